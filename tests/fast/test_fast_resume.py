"""Runs in time that were killed: whichever it is, it goes on from its files to the very same numbers."""

from __future__ import annotations

import copy
import importlib
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from electronwind import DYNAMICS, ClassicalBody, Harmonic, InvalidSystemError, Straight, fast, models
from electronwind.fast import brownian, checkpoint, coupled, flight
from electronwind.fast.field import Field
from electronwind.fast.hopping import chain_of
from electronwind.fast.options import checked_options

# Under its name the package has the function.
course = importlib.import_module("electronwind.fast.driven")

MODEL, BODY = models.two_level(), ClassicalBody(5.0, Harmonic(1.0, -0.22))
STARTS = np.array([[-0.2], [0.1]]), np.array([[0.02], [0.0]])
WIRE = models.wire(4, bias=0.5)
ATOMS = WIRE.rest + 0.02 * np.cos(np.arange(4.0)), np.zeros(4)
LONG = np.linspace(0, 12, 13)

RUNS: dict[str, Callable[..., Any]] = {
    "driven": partial(fast.driven, MODEL, Straight([-0.2], [0.05]), LONG),
    "ehrenfest": partial(fast.ehrenfest, MODEL, BODY, STARTS, LONG),
    "ehrenfest on a chain": partial(
        fast.ehrenfest, WIRE, WIRE.body(10.0), ATOMS, LONG / 4, method="neighbours"
    ),
    "langevin": partial(fast.langevin, MODEL, BODY, STARTS, LONG),
    "langevin with noise": partial(fast.langevin, MODEL, BODY, STARTS, LONG, noise=True, seed=5),
    "langevin with noise of no seed": partial(fast.langevin, MODEL, BODY, STARTS, LONG, noise=True),
}
# Electrons along a given trajectory are two short runs, whose steps are what is asked for.
WITHOUT = {"two_time_noise"}


def arrays(run: Any) -> dict[str, Any]:
    found = {f.name: getattr(run, f.name) for f in fields(run)}
    return {name: part for name, part in found.items() if part is not None and not isinstance(part, str)}


def same(one: Any, other: Any) -> bool:
    left, right = arrays(one), arrays(other)
    return left.keys() == right.keys() and all(np.array_equal(left[k], right[k]) for k in left)


def killed(run: Callable[..., Any], part: float) -> None:
    """Kill a process that runs at a part of the way: it leaves nothing but its files."""
    child = os.fork()
    if not child:
        try:
            run(progress=lambda done: os.kill(os.getpid(), signal.SIGKILL) if done > part else None)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def test_every_run_in_time_is_here() -> None:
    """One that is new has a checkpoint, or says why not."""
    assert {name.split()[0] for name in RUNS} | WITHOUT == set(DYNAMICS)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no SIGKILL")
# The threads are those of BLAS, which survive a fork.
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(
    "kind",
    # What the others keep is seen by `test_a_state_is_all_that_a_run_is`, and the driven one goes on below.
    [
        kind
        if kind in ("ehrenfest", "langevin with noise of no seed")
        else pytest.param(kind, marks=pytest.mark.slow)
        for kind in RUNS
    ],
)
def test_a_killed_run_goes_on_to_the_same_bits(kind: str, tmp_path: Path) -> None:
    """Killed twice, the second time a little after it went on; what it had done is not done again."""
    file = tmp_path / "run"
    files: dict[str, Any] = {"checkpoint": file, "every": 0.0}
    for part in (0.3, 0.6):
        killed(partial(RUNS[kind], **files), part)
    first: list[float] = []
    again = RUNS[kind](progress=first.append, **files)
    assert first[0] > 0.6
    seed = {"seed": again.seed} if "no seed" in kind else {}
    assert same(again, RUNS[kind](**seed))
    first.clear()
    assert same(RUNS[kind](progress=first.append, **files), again)
    assert not first


@pytest.mark.night("langevin", "chain")
@pytest.mark.parametrize("kind", RUNS)
def test_what_is_recorded_is_appended(kind: str, tmp_path: Path) -> None:
    """No writing touches what an earlier one wrote, and the state is as large at the end as at first."""
    file, rows = tmp_path / "run", tmp_path / f"run{checkpoint.ROWS}"
    seen: list[tuple[int, bytes]] = []

    def look(_: float) -> None:
        if rows.exists():
            seen.append((file.stat().st_size, rows.read_bytes()))

    RUNS[kind](progress=look, checkpoint=file, every=0.0)
    assert len({size for size, _ in seen}) <= 2
    assert len({part for _, part in seen}) > 3
    for (_, one), (_, other) in pairwise(seen):
        assert other.startswith(one)


def objects() -> dict[str, Callable[[], Any]]:
    x, v = STARTS
    options = checked_options(1e-9, None, None)
    chain = chain_of(WIRE)
    assert chain is not None
    place = ATOMS[0][None], ATOMS[1][None]

    def along(t: Any) -> Any:
        return -0.2 + 0.05 * np.asarray(t)[:, None]

    body = WIRE.body(10.0)
    return {
        "driven": lambda: course._Course(MODEL, along, LONG, options),
        "coupled": lambda: coupled.Coupled(MODEL, BODY, x, v, LONG, options),
        "flight": lambda: flight.Flight(WIRE, chain, body, *place, LONG, None, None, False),
        "smooth": lambda: brownian.Smooth(Field(MODEL, x, 1e-9, False), BODY, x, v, LONG, 1e-9),
        "noisy": lambda: brownian.Noisy(Field(MODEL, x, 1e-9, True), BODY, x, v, LONG, 0.1, 3),
    }


@pytest.mark.parametrize("kind", objects())
def test_a_state_is_all_that_a_run_is(kind: str) -> None:
    """A run taken to the state of another one makes the same next steps, whatever it did before."""
    make = objects()[kind]
    one, other = make(), make()
    other.advance()
    for _ in range(12):
        one.advance()
    one.history.unsaved()
    # A copy, as from a file: kernels may work in place.
    other.state = copy.deepcopy(one.state)
    for _ in range(5):
        one.advance()
        other.advance()
    left, right = (checkpoint._flat(run.state) for run in (one, other))
    assert left.keys() == right.keys()
    for name in left:
        # Below the diagonal of a chain stand numbers of some step before, which nothing reads.
        seen = np.triu if name == "now.sigma" else np.asarray
        assert np.array_equal(seen(left[name]), seen(right[name])), name
        assert type(left[name]) is type(right[name]), name


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that was left after some rows."""
    folder: Path = tmp_path_factory.mktemp("left")

    class LeftError(Exception):
        pass

    def leave(done: float) -> None:
        if done > 0.5:
            raise LeftError

    with pytest.raises(LeftError):
        RUNS["driven"](checkpoint=folder / "run", every=0.0, progress=leave)
    return folder


@pytest.fixture
def halfway(left: Path, tmp_path: Path) -> tuple[Callable[..., Any], Path]:
    """Return a run that goes on from there, and the file of its state."""
    shutil.copytree(left, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "run"
    return partial(RUNS["driven"], checkpoint=file, every=0.0), file


@pytest.fixture(scope="module")
def whole() -> Any:
    """Return the run without a stop."""
    return RUNS["driven"]()


def damage(rows: Path, how: str) -> None:
    content = rows.read_bytes()
    rows.unlink()
    if how == "cut short":
        rows.write_bytes(content[:-1])
    elif how == "a flipped bit":
        rows.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    elif how == "a link":
        rows.with_name("elsewhere").write_bytes(content)
        rows.symlink_to(rows.with_name("elsewhere"))
    elif how == "a pipe":
        os.mkfifo(rows)


@pytest.mark.parametrize("how", ["cut short", "a flipped bit", "a link", "a pipe", "missing"])
def test_damaged_rows_are_refused(how: str, halfway: Any, tmp_path: Path) -> None:
    """Whatever happened to them, no run goes on from anything else; the file is named."""
    run, file = halfway
    damage(tmp_path / f"run{checkpoint.ROWS}", how)
    with pytest.raises(InvalidSystemError, match=f"{file}.*goes with run.rows") as caught:
        run()
    assert "remove it to begin anew" in str(caught.value)


def test_rows_after_the_state_are_written_again(halfway: Any, whole: Any, tmp_path: Path) -> None:
    """A process that dies between the two writings leaves more rows than its state counts on."""
    run, _ = halfway
    with (tmp_path / f"run{checkpoint.ROWS}").open("ab") as file:
        file.write(b"half a row")
    # The second time from the files alone.
    assert same(run(), whole)
    assert same(run(), whole)


def test_rows_of_a_state_that_is_gone_are_no_hindrance(halfway: Any, whole: Any, tmp_path: Path) -> None:
    """They are not gone on from; a link in their place is not followed."""
    run, file = halfway
    rows, mine = tmp_path / f"run{checkpoint.ROWS}", tmp_path / "mine"
    file.unlink()
    rows.unlink()
    mine.write_text("precious")
    rows.symlink_to(mine)
    assert same(run(), whole)
    assert mine.read_text() == "precious"


# By day one state, which all the others refuse.
@pytest.mark.night("langevin", "ehrenfest")
@pytest.mark.parametrize("kind", RUNS)
def test_the_state_of_another_run_is_refused(kind: str, tmp_path: Path) -> None:
    """Every run knows its own files."""
    file = tmp_path / "run"
    RUNS[kind](checkpoint=file)
    for other, run in RUNS.items():
        if other != kind:
            with pytest.raises(InvalidSystemError, match=r"another problem|cannot be read"):
                run(checkpoint=file)
