"""The certified tables: proven, guarded by checksums, and the same whenever and wherever they are made."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, closing
from decimal import Decimal
from functools import partial
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from command import electronwind

from electronwind import OBSERVABLES, fast, reference
from electronwind.validation.check import CHECKS, Comparison, Problem
from electronwind.validation.checks.table import judge
from electronwind.validation.tables import Table, TableError, storage, tables
from electronwind.validation.tables.problems import problem_set
from electronwind.validation.tolerances import natural, tolerance

flint = pytest.importorskip("flint", reason="the extra certify is not installed")

from electronwind.validation.tables import certify, generate, pauli  # noqa: E402
from electronwind.validation.tables.balls import Junction, precision  # noqa: E402
from electronwind.validation.tables.chain import Chain  # noqa: E402
from electronwind.validation.tables.closed import Closed  # noqa: E402
from electronwind.validation.tables.integrals import Integrals  # noqa: E402
from electronwind.validation.tables.perfect import Perfect  # noqa: E402

DATA = Path(generate.__file__).parent / "data"
PAIRS = [(table.id, name) for table in tables().values() for name in table.values]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the tables that may be damaged."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def numbers(table: Table, name: str) -> list[tuple[Decimal, Decimal]]:
    """Return the stored decimal midpoints of the entries, real and imaginary part."""
    entry = table.values[name].entry
    re = np.array(entry["re"], dtype=object).ravel()
    im = np.array(entry.get("im", np.full(re.shape, "0")), dtype=object).ravel()
    return [(Decimal(x), Decimal(y)) for x, y in zip(re, im, strict=True)]


# --- what is in them ------------------------------------------------------------------------------


def test_set_is_large_and_covers_every_observable() -> None:
    """At least 60 systems, every observable on most, exceptional points and cold leads among them."""
    assert len(tables()) >= 60
    for name in OBSERVABLES:
        assert sum(name in table.values for table in tables().values()) >= 60
    systems = [table.system for table in tables().values()]
    assert max(system.levels for system in systems) == 8
    heats = [{float(lead.temperature) for lead in system.leads} for system in systems]
    assert any(len(heat) == 3 for heat in heats)
    assert {0.0, 1e-4} <= set.union(*heats)
    assert any(not system.wide_band for system in systems)


def test_every_value_has_thirty_digits() -> None:
    """The radius is below 1e-30 of the largest entry, and of all that vanishes identically."""
    for id, name in PAIRS:
        entries = numbers(tables()[id], name)
        radius = Decimal(tables()[id].values[name].entry["radius"])
        largest = max(max(abs(x), abs(y)) for x, y in entries)
        assert radius <= Decimal("1e-30") * largest or (largest == 0 and radius <= Decimal("1e-40"))


def test_stored_problems_are_those_of_the_problem_set() -> None:
    """Building the systems again gives the stored floats, so that a regeneration starts from the same."""
    assert list(tables()) == list(problem_set())
    for id, problem in problem_set().items():
        stored = tables()[id]
        assert np.array_equal(problem.system.hamiltonian, stored.system.hamiltonian), id
        assert stored.arguments == {"energy": problem.energy, "frequency": problem.frequency}


def test_fast_solver_agrees_with_every_value() -> None:
    """The closed forms in double precision reproduce all tables within their tolerance."""
    for id, name in PAIRS:
        table = tables()[id]
        numbers = {"table": id, **table.arguments}
        for comparison in judge(name, fast, Problem(table.system, numbers)):
            assert comparison.error <= tolerance(comparison, table.system.levels), (id, name)


def disagreement(id: str, name: str) -> float:
    """Return the distance of the reference at 30 digits from a stored value, after both their errors."""
    table = tables()[id]
    argument = table.argument(name)
    extra = () if argument is None else (argument,)
    values = np.ravel(getattr(reference, name)(table.system, *extra, digits=30))
    with mpmath.workdps(50):
        stored = [mpmath.mpc(str(x), str(y)) for x, y in numbers(table, name)]
        worst = max(abs(x - y) for x, y in zip(values, stored, strict=True))
        size = max([natural(name, table.system, *extra), *(float(abs(x)) for x in stored)])
        return float(worst) - 2 * table.values[name].radius - 1e-29 * size * table.values[name].condition


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("two-level-at-minus-0.2", "friction"),
        ("exceptional-2-cold", "curl"),
        ("two-level-at-unequal-temperatures", "white_noise"),
        ("chain-warm", "current"),
        ("bent-chain-at-warm", "density_matrix"),
        ("three-2", "response"),
    ],
)
def test_reference_agrees(id: str, name: str) -> None:
    """Quadrature of the definition gives the same thirty digits."""
    assert disagreement(id, name) <= 0


@pytest.mark.slow
@pytest.mark.parametrize("id", [table.id for table in tables().values()])
def test_reference_agrees_with_every_value(id: str) -> None:
    """Quadrature of the definitions gives the same thirty digits of everything that is stored."""
    wrong = [name for name in tables()[id].values if disagreement(id, name) > 0]
    assert not wrong


# --- the proofs -----------------------------------------------------------------------------------


def overlap(left: Any, right: Any) -> bool:
    """Return whether two arrays of balls enclose a common value."""
    pairs = zip(np.ravel(certify._array(left)), np.ravel(certify._array(right)), strict=True)
    return all(flint.acb(x).overlaps(flint.acb(y)) for x, y in pairs)


@pytest.mark.parametrize("id", ["two-level-at-0", "exceptional-3-cold", "warm-2", "degenerate-cold"])
@pytest.mark.parametrize("name", ["density_matrix", "curl", "current"])
def test_closed_form_and_integral_overlap(id: str, name: str) -> None:
    """The closed form and the certified integral of the definition enclose the same value."""
    with precision(192):
        at = Junction(tables()[id].system)
        narrow, wide = getattr(Closed(at, 1e-30), name)(), getattr(Integrals(at, 1e-30), name)()
        assert overlap(narrow, wide)
        assert all(flint.acb(z).rad() < 1e-25 for z in np.ravel(certify._array(wide)))


def test_perfect_chain_and_integral_overlap() -> None:
    """On the window of the bias the plane waves give what the Green's functions of the chain give."""
    with precision(192):
        at = Junction(tables()["perfect-3"].system)
        assert overlap(Perfect(at, 1e-30).curl(), Integrals(at, 1e-30).curl())
        assert overlap(Perfect(at, 1e-30).current(), Integrals(at, 1e-30).current())


def test_noise_kernels_overlap() -> None:
    """The integral for unequal temperatures gives the closed form where they are equal."""
    with precision(192):
        at = Junction(tables()["exceptional-2-warm"].system)
        closed = Closed(at, 1e-40)
        chain = Chain([closed.retarded(), closed.advanced(), closed.retarded(), closed.advanced()])
        mu, heat = (at.mu[0], at.mu[1]), (at.temperature[0], at.temperature[1])
        short = pauli.pauli_kernel(mu, heat, chain, 1e-40)
        assert short is not None
        long = pauli._window_kernel(mu, heat, chain, 1e-40)
        for hull, size in chain.clusters:
            for m in range(size):
                assert long(hull, m).overlaps(short(hull, m))
                assert long(hull, m).rad() < 1e-35


def test_wrong_digit_does_not_hold() -> None:
    """A stored value that is off in its last digits is not confirmed."""
    table = tables()["two-level-cold"]
    entry = json.loads(json.dumps(table.values["force"].entry))
    assert certify.holds("force", table.system, None, entry)
    entry["re"][0] = str(Decimal(entry["re"][0]) + 3 * Decimal(entry["radius"]))
    assert not certify.holds("force", table.system, None, entry)


def test_vanishing_value_is_enclosed_around_zero() -> None:
    """The curl at equilibrium is zero within an absolute radius."""
    value = tables()["equilibrium-2"].values["curl"]
    assert not np.any(value.midpoint)
    assert 0 < value.radius <= 1e-40


# --- the checks -----------------------------------------------------------------------------------


def test_one_check_per_observable_draws_every_table() -> None:
    """The tier holds each observable against all its tables."""
    assert {f"table.{name}" for name in OBSERVABLES} == {id for id in CHECKS if id.startswith("table.")}


def test_check_measures_against_the_stored_digits() -> None:
    """A solver that is off by a part in 10^9 fails, with the stored condition number."""

    class Off:
        @staticmethod
        def force(system: Any) -> Any:
            return np.asarray(fast.force(system)) * (1 + 1e-9)

    table = tables()["two-level-at-0"]
    (found,) = judge("force", Off, Problem(table.system, {"table": table.id}))
    assert isinstance(found, Comparison)
    assert found.condition == table.values["force"].condition
    assert found.error > tolerance(found, 2)


# --- damage ---------------------------------------------------------------------------------------


def change_a_digit(path: Path) -> None:
    text = path.read_text()
    place = text.index('"radius"')
    digit = next(i for i in range(place, 0, -1) if text[i].isdigit())
    path.write_text(text[:digit] + str(9 - int(text[digit])) + text[digit + 1 :])


def forge(path: Path) -> None:
    """Change a digit and write a checksum that fits."""
    payload = json.loads(path.read_text())
    del payload["sha256"]
    payload["values"]["force"]["re"][0] = "1.0"
    path.write_text(storage.text(payload))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (change_a_digit, "edited by hand, or damaged"),
        (forge, "not that of the manifest"),
        (lambda path: path.write_text(path.read_text()[:-200]), "cut short"),
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "damaged"),
        (lambda path: path.write_text("[]"), "not of schema"),
        (lambda path: change_a_digit(path.with_name("chain-cold.json")), "table chain-cold"),
        (lambda path: path.with_name("manifest.json").write_text("{"), "table manifest.json"),
    ],
)
def test_damage_is_refused_in_words(
    copy: Path, damage: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is not what was certified is named, and none of its values is used."""
    damage(copy / "two-level-at-0.json")
    with pytest.raises(TableError, match=words):
        list(storage.verified(copy))
    assert electronwind("tables", "check", "--from", str(copy)) == 1
    assert words in capsys.readouterr().err
    assert electronwind("tables", "list", "--from", str(copy)) == 1


# --- the command line -----------------------------------------------------------------------------


def test_check_derives_a_sample_anew(capsys: pytest.CaptureFixture[str]) -> None:
    """All checksums are verified, and a few random values are enclosed once more."""
    assert electronwind("tables", "check", "--sample", "5", "--seed", "3") == 0
    assert "5 values derived anew (seed 3), 0 wrong" in capsys.readouterr().out


def test_check_finds_a_wrong_value(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong value whose checksums all fit does not survive being derived anew."""
    for path in copy.glob("*.json"):
        if path.stem not in ("cold-1", "manifest"):
            path.unlink()
    payload = storage.parse("cold-1", storage.read(copy, "cold-1.json"))
    payload["values"]["current"]["re"] = ["1.5", "-1.5"]
    (copy / "cold-1.json").write_text(storage.text(payload))
    manifest = storage.manifest_text(1, {}, {"cold-1": storage.digest(payload)})
    (copy / "manifest.json").write_text(manifest)
    assert electronwind("tables", "check", "--from", str(copy)) == 1
    assert "WRONG cold-1: current" in capsys.readouterr().out


def test_check_without_flint_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without python-flint the checksums are verified, and the rest is refused with the way out."""
    monkeypatch.setattr("electronwind.validation.tables.command.find_spec", lambda module: None)
    assert electronwind("tables", "check") == 2
    assert electronwind("tables", "regenerate") == 2
    said = capsys.readouterr()
    assert "all checksums right" in said.out
    assert "electronwind[certify]" in said.err


def test_list_shows_every_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Every system is listed with the number of its certified values."""
    assert electronwind("tables", "list") == 0
    assert f"{len(tables())} systems, {len(PAIRS)} certified values" in capsys.readouterr().out


# --- making them ----------------------------------------------------------------------------------

SOME = "two-level-at-[m0]*"


def same_as_stored(folder: Path, pattern: str) -> bool:
    """Return whether the files are, byte for byte, those that come with electronwind."""
    names = {path.name for path in DATA.glob(f"{pattern}.json")}
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    return made == {name: (DATA / name).read_bytes() for name in names}


def command(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the command that writes tables, as leader of a group of processes."""
    call = [sys.executable, "-m", "electronwind", "tables", "regenerate", "--out", str(folder)]
    return subprocess.Popen(
        [*call, *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True, env=environment()
    )


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


class InTurn(Executor):
    """An executor that does the work when it is given."""

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Return what is done already."""
        done: Future[Any] = Future()
        done.set_result(call(*arguments, **named))
        return done


def test_made_again_they_are_identical(tmp_path: Path) -> None:
    """Tables made anew equal the stored ones to the last byte; what is there is kept, damage is made good."""
    seen: list[tuple[str, str]] = []

    def make() -> None:
        seen.clear()
        generate.regenerate(tmp_path, only="cold-[12]", report=lambda *told: seen.append(told))

    make()
    assert sorted(seen) == [("cold-1", "written"), ("cold-2", "written")]
    assert same_as_stored(tmp_path, "cold-[12]")
    change_a_digit(tmp_path / "cold-2.json")
    make()
    assert seen == [("cold-1", "kept"), ("cold-2", "written")]
    assert same_as_stored(tmp_path, "cold-[12]")


def test_complete_set_gets_the_same_manifest(copy: Path) -> None:
    """With nothing left to do the manifest is written again, byte for byte."""
    before = (copy / "manifest.json").read_bytes()
    (copy / "manifest.json").unlink()
    assert generate.regenerate(copy)
    assert (copy / "manifest.json").read_bytes() == before


def test_killed_run_resumes(tmp_path: Path) -> None:
    """After kill -9 half-way, finished files are kept and the rest gives the same bytes."""
    run = command(tmp_path, "--only", SOME)
    assert run.stdout is not None
    with run.stdout:
        run.stdout.readline()
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    done = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("[!.]*.json")}
    assert 0 < len(done) < len(list(DATA.glob(f"{SOME}.json")))
    assert not generate.regenerate(tmp_path, only=SOME)
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in done} == done
    assert same_as_stored(tmp_path, SOME)


def test_killed_worker_costs_nothing_but_time(tmp_path: Path) -> None:
    """A process that is killed at work is replaced, and no table is lost."""
    before = set(active_children())
    killed = []

    def kill_one(id: str, what: str) -> None:
        if not killed:
            victim = next(process for process in active_children() if process not in before)
            assert victim.pid is not None
            os.kill(victim.pid, signal.SIGKILL)
            killed.append(victim.pid)

    generate.regenerate(tmp_path, jobs=2, only=SOME, report=kill_one)
    assert killed
    assert same_as_stored(tmp_path, SOME)


@pytest.mark.parametrize("kind", [partial(ThreadPoolExecutor, 3), InTurn])
def test_any_executor_will_do(tmp_path: Path, kind: Callable[[], Executor]) -> None:
    """The work goes to the executor that is given, which stays open, and gives the same bytes."""
    before = set(active_children())
    with kind() as pool:
        given = []
        with pytest.MonkeyPatch.context() as patch:
            submit = pool.submit
            patch.setattr(pool, "submit", lambda *call: given.append(call) or submit(*call))
            generate.regenerate(tmp_path, executor=pool, only=SOME)
        assert pool.submit(len, "open").result() == 4
    assert {(call, id) for call, id in given} == {
        (generate.make, path.stem) for path in DATA.glob(f"{SOME}.json")
    }
    assert set(active_children()) == before
    assert same_as_stored(tmp_path, SOME)


def test_a_given_executor_that_breaks_is_not_replaced(tmp_path: Path) -> None:
    """It is the caller's: the error is theirs to see, and no other executor takes over."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(os._exit, 1)
        with pytest.raises(BrokenExecutor):
            generate.regenerate(tmp_path, executor=pool, only="cold-1")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler and two workers, processes of their own."""
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    folder = tmp_path_factory.mktemp("cluster")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    scheduler = ["scheduler", "--host", address, "--no-dashboard"]
    worker = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    worker += ["--local-directory", str(folder)]
    with ExitStack() as stack:
        started = []
        for role, *arguments in (scheduler, worker, worker):
            call = [sys.executable, "-m", f"distributed.cli.dask_{role}", *arguments]
            log = stack.enter_context((folder / f"{len(started)}.log").open("wb"))
            process = subprocess.Popen(call, stdout=log, stderr=log, cwd=folder, env=environment())
            stack.callback(process.wait)
            stack.callback(process.kill)
            started.append(process)
        yield address, started[1:]


def test_dask_cluster_loses_nothing_when_a_worker_dies(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    """A real scheduler with two workers, one of them killed at work, writes the same files."""
    address, workers = cluster
    run = command(tmp_path, "--only", "two-level-*", "--scheduler", address)
    assert run.stdout is not None
    with run.stdout:
        run.stdout.readline()
        lost = kill_at_work(address, workers[0], run)
        rest = run.stdout.read()
    assert run.wait() == 0
    assert lost
    assert "0 kept" in rest
    assert workers[0].wait() == -signal.SIGKILL
    assert workers[1].poll() is None
    assert same_as_stored(tmp_path, "two-level-*")


def kill_at_work(address: str, worker: subprocess.Popen[bytes], run: subprocess.Popen[str]) -> list[str]:
    """Kill a worker while it has something to do; return what the scheduler was waiting for.

    A worker that is stopped finishes nothing: what the scheduler still expects of it after a while is lost
    with it. One that is found idle goes on.
    """
    from distributed import Client

    connect: Any = Client
    with connect(address, timeout=10) as client:
        places = {pid: place for place, pid in client.run(os.getpid).items()}
        while run.poll() is None:
            worker.send_signal(signal.SIGSTOP)
            time.sleep(0.3)
            expected = [str(key) for key in client.processing().get(places[worker.pid], ())]
            if expected:
                worker.kill()
                return expected
            worker.send_signal(signal.SIGCONT)
            time.sleep(0.1)
    return []


def test_no_scheduler_is_a_matter_of_words(tmp_path: Path) -> None:
    """An address where nobody answers ends in exit code 2, not in a traceback."""
    run = command(tmp_path, "--only", "cold-1", "--scheduler", "nonsense")
    assert run.communicate(timeout=60)
    assert run.returncode == 2
