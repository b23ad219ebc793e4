"""Writing the tables: any executor, any interrupt, always the same bytes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, closing, nullcontext
from functools import partial
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import pytest
from command import electronwind
from in_turn import InTurn
from killing import killed_at

pytest.importorskip("flint", reason="the extra certify is not installed")

from electronwind.validation.tables import generate, storage

DATA = Path(generate.__file__).parent / "data"
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
        [*call, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=environment(),
    )


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.mark.slow
def test_made_again_they_are_identical(tmp_path: Path) -> None:
    """Tables made anew equal the stored ones to the last byte; what is there is kept, damage is made good."""
    seen: list[tuple[str, str]] = []

    def make() -> None:
        seen.clear()
        generate.regenerate(tmp_path, only="cold-[12]", report=lambda *told: seen.append(told))

    make()
    assert sorted(seen) == [("cold-1", "written"), ("cold-2", "written")]
    assert same_as_stored(tmp_path, "cold-[12]")
    damaged = tmp_path / "cold-2.json"
    damaged.write_text(damaged.read_text()[:-200])
    make()
    assert seen == [("cold-1", "kept"), ("cold-2", "written")]
    assert same_as_stored(tmp_path, "cold-[12]")


def test_complete_set_gets_the_same_manifest(tmp_path: Path) -> None:
    """With nothing left to do the manifest is written again, byte for byte."""
    copy = Path(shutil.copytree(DATA, tmp_path / "data"))
    before = (copy / "manifest.json").read_bytes()
    (copy / "manifest.json").unlink()
    assert generate.regenerate(copy)
    assert (copy / "manifest.json").read_bytes() == before


def test_what_a_killed_run_left_behind_goes_and_what_another_is_writing_stays(tmp_path: Path) -> None:
    """Two runs may fill one folder: each renames its own files, and clears away old ones only."""
    old, fresh = tmp_path / ".cold-1.json.1.part", tmp_path / ".cold-2.json.2.part"
    for part in (old, fresh):
        part.write_text("half")
    os.utime(old, (0, 0))
    generate.regenerate(tmp_path, executor=InTurn(), only="cold-1")
    assert not old.exists()
    assert fresh.exists()


@pytest.mark.parametrize("apart", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_killed_run_resumes(apart: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After kill -9 half-way, finished files are kept and the rest gives the same bytes."""
    monkeypatch.chdir(tmp_path)
    out, some = tmp_path / "out", "[cw]*-1" if apart else "cold-[12]"
    if apart:
        run = command(out, "--only", some)
        assert run.stdout is not None
        with run.stdout:
            assert any(line.strip().endswith("-1") for line in run.stdout)
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
    else:
        # Other processes take longer to start than the tables to make.
        monkeypatch.setattr(generate, "processes_or_cluster", lambda *_: nullcontext(InTurn()))
        assert killed_at(3, ("tables", "regenerate", "--out", str(out), "--only", some))
    done = {path.name: path.stat().st_mtime_ns for path in out.glob("[!.]*.json")}
    assert 0 < len(done) < len(list(DATA.glob(f"{some}.json")))
    assert not generate.regenerate(out, executor=InTurn(), only=some)
    assert {name: (out / name).stat().st_mtime_ns for name in done} == done
    assert same_as_stored(out, some)


def test_a_further_observable_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values of a sound file are kept, whichever are missing; the file is the same in the end."""
    payload = storage.parse("cold-1", storage.read(DATA, "cold-1.json"))
    del payload["values"]["force"], payload["values"]["curl"]
    (tmp_path / "cold-1.json").write_text(storage.text(payload))
    asked = []
    make = generate.make
    monkeypatch.setattr(generate, "make", lambda id, names: asked.append((id, names)) or make(id, names))
    generate.regenerate(tmp_path, executor=InTurn(), only="cold-1")
    assert asked == [("cold-1", ("force", "curl"))]
    assert same_as_stored(tmp_path, "cold-1")


def test_questions_are_made_again_like_tables(tmp_path: Path) -> None:
    """The answers to questions are written, kept, and the same to the last byte."""
    seen: list[tuple[str, str]] = []
    for _ in range(2):
        generate.regenerate(
            tmp_path, executor=InTurn(), only="jellium-curl-2", report=lambda *told: seen.append(told)
        )
    assert [what for _, what in seen] == ["written", "kept"]
    assert same_as_stored(tmp_path, "jellium-curl-2")


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", [partial(ThreadPoolExecutor, 3), pytest.param(InTurn, marks=pytest.mark.slow)]
)
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
    assert {(call, id) for call, id, _ in given} == {
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


@pytest.fixture(params=[3])
def cluster(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler and two workers, processes of their own; the parameter: how many a task may cost."""
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    folder = tmp_path_factory.mktemp("cluster")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    scheduler = ["scheduler", "--host", address, "--no-dashboard"]
    worker = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    worker += ["--local-directory", str(folder)]
    allowed = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(request.param)}
    with ExitStack() as stack:
        started = []
        for role, *arguments in (scheduler, worker, worker):
            call = [sys.executable, "-m", f"distributed.cli.dask_{role}", *arguments]
            log = stack.enter_context((folder / f"{len(started)}.log").open("wb"))
            process = subprocess.Popen(call, stdout=log, stderr=log, cwd=folder, env=environment() | allowed)
            stack.callback(process.wait)
            stack.callback(process.kill)
            started.append(process)
        yield address, started[1:]


@pytest.mark.slow
def test_dask_cluster_loses_nothing_when_a_worker_dies(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    """A real scheduler with two workers, one of them killed at work, writes the same files."""
    address, workers = cluster
    code, said = run_that_loses(workers[0], tmp_path, address)
    assert code == 0
    assert "0 kept" in said
    assert workers[0].wait() == -signal.SIGKILL
    assert workers[1].poll() is None
    assert same_as_stored(tmp_path, "two-level-*")


@pytest.mark.slow
@pytest.mark.parametrize("cluster", [0], indirect=True)
def test_work_that_costs_too_many_workers_is_a_matter_of_words(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    """The cluster gives it up; the command ends with exit code 1 and keeps what is done."""
    address, workers = cluster
    code, said = run_that_loses(workers[0], tmp_path, address)
    assert code == 1
    assert "what is finished is kept" in said
    assert "Traceback" not in said
    assert list(tmp_path.glob("two-level-*.json"))


def run_that_loses(worker: subprocess.Popen[bytes], folder: Path, address: str) -> tuple[int, str]:
    """Write tables while a worker of the cluster is killed; return exit code and what follows a table."""
    run = command(folder, "--only", "two-level-*", "--scheduler", address)
    assert run.stdout is not None
    with run.stdout:
        # While the workers are still starting it tells that there is none.
        assert any(line.startswith("two-level-") for line in run.stdout)
        assert kill_at_work(address, worker, run)
        said = run.stdout.read()
    return run.wait(), said


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


def test_no_scheduler_is_a_matter_of_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An address where nobody answers ends in exit code 2, not in a traceback."""
    words = ("--out", str(tmp_path), "--only", "cold-1", "--scheduler", "nonsense")
    assert electronwind("tables", "regenerate", *words) == 2
    said = capsys.readouterr().err
    assert "nonsense" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_scheduler_that_dies_is_a_matter_of_words(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    """Exit code 2, no traceback, and what is finished is kept; before, workers that are gone are told of."""
    address, workers = cluster
    run = command(tmp_path, "--only", "two-level-*", "--scheduler", address)
    assert run.stdout is not None
    with run.stdout:
        for line in run.stdout:
            if line.startswith("two-level-") or list(tmp_path.glob("two-level-*.json")):
                break
        for worker in workers:
            worker.kill()
        for line in run.stdout:
            if "has no worker; waiting" in line:
                break
        kill_scheduler(address)
        said = run.stdout.read()
    assert run.wait(60) == 2
    assert "does not answer any more" in said
    assert "Traceback" not in said
    assert list(tmp_path.glob("two-level-*.json"))


def kill_scheduler(address: str) -> None:
    from distributed import Client

    connect: Any = Client
    with connect(address, timeout=10) as client:
        pid = client.run_on_scheduler(os.getpid)
        client.close()
    os.kill(pid, signal.SIGKILL)
