"""Runs in time of solvers kept apart: asked for like those here, and no misbehaviour ends the suite."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toys
from hypothesis import strategies as st
from thinning import few

from electronwind import (
    DYNAMICS,
    ClassicalBody,
    Harmonic,
    Oscillation,
    Potential,
    SolverLoadError,
    SolverProcessError,
    Straight,
    Trajectory,
    UnsupportedError,
    fast,
    load_solver,
    models,
)
from electronwind.external import Bounds
from electronwind.external.runs import pack, unpack
from electronwind.solvers import offers
from electronwind.validation import validate
from electronwind.validation.core.check import Comparison, Problem
from electronwind.validation.under_test.guard import Guarded

pytestmark = pytest.mark.usefixtures("hasty")

if sys.platform == "win32":
    pytest.skip("solvers in processes of their own need POSIX", allow_module_level=True)

MODULE = """
import ctypes, os, sys, time
import numpy as np

def driven(model, path, times, **options):
    force = np.full((2, 1), -2.0)
    right = {{"density_matrix": np.zeros((2, 1, 1)), "force": force, "current": np.zeros((2, 1))}}
    {does}
    return right

def current(system):
    return np.zeros(1)

{more}
"""
TIMES = np.array([0.0, 0.5, 1.5])
PATH = Oscillation([0.1], [0.2], frequency=1.5)
JUNCTION = models.single_level(broadening=(0.5, 0.5), temperature=(0.2, 0.1))
START = (np.array([[0.1], [0.2]]), np.zeros((2, 1)))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def write(does: str = "pass", more: str = "") -> str:
    """Write a module that does something before it returns the right run, and return its name."""
    Path("toy_moving.py").write_text(MODULE.format(does=does, more=more))
    return "toy_moving"


def load(does: str = "pass", more: str = "") -> Any:
    """Return a written module as a solver in a process of its own."""
    return load_solver(write(does, more), Bounds(seconds=20))


def ask(solver: Any, **options: Any) -> Any:
    """Ask for a run of two times."""
    times = np.array([0.0, 1.0])
    return solver.driven(models.tangent(toys.system(2.0)), Straight([0.0], [1.0]), times, **options)


# What a run does is told with the question: one process serves several tests.
TOLD = "exec(options.get('does', 'pass'))"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A solver in a process of its own whose run does what it is told to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("told"))
        return load(TOLD, more="known = []")


def compare_run(solver: Any, problem: Problem) -> Iterator[Comparison]:
    """The force along a toy run is minus the level."""
    del problem
    yield Comparison("driven", ask(solver).force, [[-2.0], [-2.0]], scale=1.0, kind="run")


CHECKS = toys.suite(
    toys.make(compare_run, "law.run", "driven", problems=st.just(Problem(toys.system(2.0), {}))),
    toys.APART["law.current"],
)


@pytest.mark.thin(most=2)
@pytest.mark.night("sleep", "os._exit", "force * 1j", "sys.exit")
@pytest.mark.parametrize(
    ("does", "words"),
    few([
        ("time.sleep(60)", "driven did not answer within 0.5 s."),
        ("ctypes.string_at(0)", "driven was ended by SIGSEGV (segmentation fault)."),
        ("os._exit(3)", "driven ended with exit code 3 instead of answering."),
        ("np.ones(2**29)", "driven failed: MemoryError: Unable to allocate 4.00 GiB"),
        ("sys.exit(4)", "driven failed: SystemExit: 4."),
        ("1 / 0", "driven failed: ZeroDivisionError: division by zero."),
        ("return None", "driven returned None; expected a result with density_matrix, force, current."),
        ("right['force'] = 'none'",
         "driven failed: TypeError: returned str 'none'; expected numbers in force."),
        ("right['force'] = [[1], [1, 2]]", "driven failed: TypeError: "),
        ("right['force'] = force.T", "driven returned shape (1, 2); expected real numbers of shape (2, 1)"),
        ("right['force'] = force * 1j", "driven returned the complex number -0-2j at [0, 0]; expected real"),
        ("right['current'] = force * np.nan", "driven returned nan at [0, 0]; expected finite real numbers"),
        ("model.system.hamiltonian[...] = 0", "driven tried to write into its input, which is read-only"),
        ("model.system.hamiltonian.setflags(write=True)",
         "driven failed: ValueError: cannot set WRITEABLE flag to True of this array."),
    ], 2),
)  # fmt: skip
def test_misbehaves(does: str, words: str) -> None:
    """Whatever a run of a solver does is a record with a sentence, and the next check runs."""
    bounds = Bounds(seconds=0.5 if "sleep" in does else 20, megabytes=2000)
    run, current = validate(write(does), checks=CHECKS, quick=True, bounds=bounds, **toys.RULES).records
    assert run.status == "crashed"
    assert run.message.startswith(words)
    assert current.status == "passed"


@pytest.mark.thin(most=1)
@pytest.mark.parametrize(
    "does", ["print('x' * 10**6)", "os.write(1, b'x')", "times[:] = 7", "del right['current']"]
)
def test_harmless(does: str) -> None:
    """What is printed, changes in copies, and fields that are missing and not asked for spoil no run."""
    run, _ = validate(write(does), checks=CHECKS, quick=True, bounds=Bounds(), **toys.RULES).records
    assert (run.status, run.digits) == ("passed", 16)


def test_what_was_asked_is_kept_in_words() -> None:
    """The record of a run says what was asked, not what went over the line."""
    with pytest.raises(SolverProcessError) as caught:
        ask(load("1 / 0"), order=2)
    assert "driven(tangent(" in caught.value.details
    assert (
        "Straight(start=array([0.]), velocity=array([1.])), array([0., 1.]), order=2)" in caught.value.details
    )
    assert 'toy_moving.py", line 8, in driven' in caught.value.details


@pytest.fixture(scope="module")
def apart() -> Any:
    """The fast solver in a process of its own."""
    return Guarded(load_solver("fast", Bounds()))


def potential() -> Potential:
    """A potential of functions that no module has."""
    return Potential(lambda x: np.sum(x**4, axis=-1), lambda x: 4 * x**3)


Given = tuple[str, Callable[[], tuple[Any, ...]], dict[str, Any]]
RUNS: dict[str, Given] = {
    "path": ("driven", lambda: (PATH, TIMES), {}),
    "function": ("driven", lambda: (lambda t: PATH(float(t)), TIMES), {"order": 2, "step": 0.25}),
    "bodies": ("ehrenfest", lambda: (ClassicalBody(2.0, Harmonic(1.0)), START, TIMES), {"accuracy": 1e-6}),
    "quartic": ("ehrenfest", lambda: (ClassicalBody(2.0, potential()), START, TIMES), {}),
    "smooth": ("langevin", lambda: (ClassicalBody(2.0, Harmonic(1.0)), START, TIMES), {}),
    "noise": (
        "langevin",
        lambda: (ClassicalBody(2.0, Harmonic(1.0)), START, TIMES),
        {"noise": True, "seed": 7},
    ),
    "record": (
        "two_time_noise",
        lambda: (Trajectory(TIMES, PATH(TIMES), PATH(TIMES)), 1.0, [0.0, 0.5]),
        {"since": 0.25},
    ),
}


@pytest.mark.thin(most=2)
@pytest.mark.parametrize("label", RUNS)
def test_bits(apart: Any, label: str) -> None:
    """Runs are the same to the last bit, with what was asked for by keyword."""
    name, arguments, options = RUNS[label]
    there = getattr(apart, name)(JUNCTION, *arguments(), **options)
    here = getattr(Guarded(fast), name)(JUNCTION, *arguments(), **options)
    for field in DYNAMICS[name].fields:
        assert getattr(there, field).tobytes() == getattr(here, field).tobytes()


def test_every_run_is_compared() -> None:
    """No run in time is left out of the comparison of bits."""
    assert {name for name, _, _ in RUNS.values()} == set(DYNAMICS)


def test_keywords_are_passed_on(told: Any) -> None:
    """What is asked for by keyword reaches the solver as it was, arrays included."""
    does = "force[:] = options['step'] + np.sum(options['more'])"
    assert np.all(ask(told, does=does, step=0.5, more=np.ones(3)).force == 3.5)


def test_declarations_come_along(told: Any) -> None:
    """What a solver says of its runs is known on this side."""
    solver = load(more="time_accuracy, orders = np.float64(1e-4), np.array([1, 3])")
    assert offers(solver) == ("current", "driven")
    assert Guarded(solver).time_accuracy == 1e-4
    assert Guarded(solver).orders == (1, 3)
    assert Guarded(told).time_accuracy == 1e-6


@pytest.mark.parametrize("orders", few(["2", "['2']", "[0]", "print"], 4, 1))
def test_orders_that_are_none(orders: str) -> None:
    """Orders that are no whole numbers are refused in words, here and apart."""
    name = write(more=f"orders = {orders}")
    for bounds in (None, Bounds()):
        sys.modules.pop(name, None)
        with pytest.raises(SolverLoadError, match="orders: expected a list of whole numbers above 0"):
            Guarded(load_solver(name, bounds))


def test_known_again(told: Any) -> None:
    """A family that is asked about again is the same object, as it is without isolation."""
    does = "known.append(model); force[:] = model is known[0]"
    assert ask(told, does=does).force[0] == ask(told, does=does).force[0] == 1
    other = told.driven(models.single_level(), Straight([0.0], [1.0]), [0.0, 1.0], does=does)
    assert other.force[0] == 0


def test_a_declined_run(told: Any) -> None:
    """NotImplementedError is the answer of a solver that does not treat a run, in its words."""
    with pytest.raises(UnsupportedError, match="only at rest"):
        ask(told, does="raise NotImplementedError('only at rest')")


def test_arguments_keep_their_flags() -> None:
    """What is read-only here cannot be made writable there, and copies may be written into."""
    frozen = np.arange(6.0).reshape(2, 3).T
    frozen.setflags(write=False)
    arrays = unpack(pack((frozen, np.ones(2), np.zeros((0, 2)))))
    assert [array.flags.writeable for array in arrays] == [False, True, True]
    assert [array.shape for array in arrays] == [(3, 2), (2,), (0, 2)]
    assert arrays[0].tobytes() == frozen.tobytes()
    assert arrays[0].flags.f_contiguous
    with pytest.raises(ValueError, match="WRITEABLE"):
        arrays[0].setflags(write=True)


def test_what_cannot_travel(told: Any) -> None:
    """Arguments that cannot be put into another process are not put on the solver."""
    with pytest.raises(UnsupportedError, match="cannot be put into another process: cannot pickle"):
        ask(told, log=sys.stderr.buffer)
    sent = pack(toys.system)
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "toys")
        patch.setattr(sys, "path", [])
        with pytest.raises(
            UnsupportedError, match="cannot be read in another process: No module named 'toys'"
        ):
            unpack(sent)
