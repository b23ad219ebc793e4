"""The guard lets through what keeps the promise, and names what does not."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
import pytest
import toys

from electronwind import OBSERVABLES, OpenSystem, SolverLoadError, UnsupportedError, WideBandLead, fast
from electronwind.validation.under_test import guard
from electronwind.validation.under_test.loading import load


def guarded(**functions: Any) -> guard.Guarded:
    return guard.Guarded(SimpleNamespace(**functions))


def raises(given: OpenSystem) -> None:
    raise ZeroDivisionError("no pole here")


def leaves(given: OpenSystem) -> None:
    raise SystemExit(3)


def writes(given: OpenSystem) -> np.ndarray:
    given.hamiltonian[...] = 0
    return np.zeros(1)


def forces_a_write(given: OpenSystem) -> np.ndarray:
    broadening = vars(given.leads[0])["broadening"]
    broadening.setflags(write=True)
    broadening[...] = 7
    return np.zeros(1)


class Attached:
    """A number that another library keeps to itself, and that cannot even be written."""

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise RuntimeError("requires grad; detach first")

    def __repr__(self) -> str:
        raise RuntimeError("requires grad; detach first")


class Panic(BaseException):
    """As bindings to other languages have it."""


def panics(given: OpenSystem) -> np.ndarray:
    raise Panic("attempt to add with overflow")


class SpeechlessError(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise AttributeError("code")


def speechless(given: OpenSystem) -> np.ndarray:
    raise SpeechlessError


@pytest.mark.parametrize(
    ("force", "fault", "words"),
    [
        (raises, guard.Raised, "force raised ZeroDivisionError: no pole here"),
        (leaves, guard.Raised, "force raised SystemExit: 3"),
        (lambda s: np.zeros((1, 1)), guard.WrongShape, r"shape \(1, 1\); expected real.*\(1,\)"),
        (lambda s: 0.0, guard.WrongShape, r"returned shape \(\)"),
        (lambda s: [np.nan], guard.NotFinite, r"returned nan at \[0\]"),
        (lambda s: [np.inf], guard.NotFinite, "returned inf"),
        (lambda s: [-1e61], guard.NotFinite, r"returned -1e\+61 at \[0\]; .* of size 1e\+60 at most"),
        (lambda s: [1 + 1e-9j], guard.WrongType, "complex number 1"),
        (lambda s: None, guard.WrongType, "returned NoneType None; expected real"),
        (lambda s: ["a"], guard.WrongType, "returned list"),
        (lambda s: [True], guard.WrongType, "returned list"),
        (lambda s: [10**400], guard.WrongType, "returned list"),
        (lambda s: Attached(), guard.WrongType, "returned Attached; expected real"),
        (panics, guard.Raised, "force raised Panic: attempt to add with overflow"),
        (speechless, guard.Raised, "force raised SpeechlessError$"),
        (lambda s: [[1.0], [1.0, 2.0]], guard.WrongType, "returned list"),
        (writes, guard.OverwroteInput, "tried to write into its input, which is read-only"),
        (forces_a_write, guard.OverwroteInput, "changed the system"),
    ],
)
def test_fault(force: Any, fault: type[guard.SolverFault], words: str) -> None:
    """A broken promise is a fault of its own type that says what came and what was expected."""
    with pytest.raises(fault, match=words):
        guarded(force=force).force(toys.system())


def test_rounding_stays_as_it_was() -> None:
    """What a solver makes of overflow and the like is its own affair, when it loads as well."""

    def force(given: OpenSystem) -> np.ndarray:
        np.seterr(all="raise")
        return np.zeros(1)

    before = np.geterr()
    guarded(force=force).force(toys.system())
    assert np.geterr() == before


def test_loading_leaves_numpy_and_warnings_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that turns roundings and warnings into errors does so for nobody else."""
    text = "import warnings, numpy\nnumpy.seterr(all='raise')\nwarnings.simplefilter('error')\n"
    (tmp_path / "toy_strict.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    before = np.geterr(), list(warnings.filters)
    load("toy_strict", here=True)
    assert (np.geterr(), list(warnings.filters)) == before


def test_damage_stays_outside() -> None:
    """A solver that overwrites its input damages its own copy only."""
    given = toys.system()
    solver = guarded(force=forces_a_write)
    for _ in range(2):
        with pytest.raises(guard.OverwroteInput):
            solver.force(given)
    assert vars(given.leads[0])["broadening"] == 1


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_damage_to_a_large_gradient_is_seen(sign: float) -> None:
    """One bit in a million numbers, that of the sign of a zero included."""
    given = OpenSystem(np.eye(100), np.zeros((60, 100, 100)), [WideBandLead(np.eye(100), 0.0, 0.1)])

    def force(system: OpenSystem) -> np.ndarray:
        system.gradient.setflags(write=True)
        system.gradient[59, 99, 99] = sign * 0.0
        return np.zeros(60)

    if sign > 0:
        guarded(force=force).force(given)
        return
    with pytest.raises(guard.OverwroteInput):
        guarded(force=force).force(given)


@pytest.mark.parametrize(
    "value",
    [[1], [1.0], np.array([1 + 0j]), np.array([mpmath.mpf(1)]), np.array([mpmath.mpc(1)])],
    ids=["integer", "float", "complex", "mpf", "mpc"],
)
def test_accepted(value: Any) -> None:
    """Whatever stands for real numbers arrives as floats."""
    got = guarded(force=lambda s: value).force(toys.system())
    assert got.dtype == np.float64
    assert got.tolist() == [1.0]


NOTHING = [
    (name, shape, argument)
    for shape, argument in [((0,), 0.5), ((2, 0), 0.5), ((0, 3), [0.5, 0.75]), ((), []), ((2,), [])]
    for name, row in OBSERVABLES.items()
    if 0 in shape or row.argument
]


@pytest.mark.parametrize(("name", "shape", "argument"), NOTHING)
def test_lists_of_nothing(name: str, shape: tuple[int, ...], argument: Any) -> None:
    """Lists cannot tell the axes behind an empty one, and pass; an array can, and has to."""
    given, row = toys.system(shape=shape), OBSERVABLES[name]
    passed = (argument,) if row.argument else ()
    promised = row.shape(given, *map(np.shape, passed))
    value = np.zeros(promised)

    def answers(made: Any) -> Any:
        return getattr(guarded(**{name: lambda *_: made}), name)(given, *passed)

    assert answers(value.tolist()).shape == answers(tuple(value.tolist())).shape == promised
    for wrong in (np.asarray(value.tolist()), [*value.tolist(), []], [value.tolist()]):
        if np.shape(wrong) != promised:
            with pytest.raises(guard.WrongShape):
                answers(wrong)


def test_view_of_input() -> None:
    """A read-only view of the input that a solver returns arrives as an array of its own."""
    got = guarded(density_matrix=lambda s: s.hamiltonian).density_matrix(toys.system(2.0))
    assert got.base is None
    assert got.flags.writeable


def test_argument() -> None:
    """A scalar energy reaches the solver as a float, and the shape follows an array of energies."""
    seen: list[Any] = []

    def transmission(given: OpenSystem, energy: Any) -> np.ndarray:
        seen.append(energy)
        return np.zeros((*given.shape, *np.shape(energy), 1, 1))

    solver = guarded(transmission=transmission)
    assert solver.transmission(toys.system(), 0.1).shape == (1, 1)
    assert solver.transmission(toys.system(shape=(4,)), [0.1, 0.2]).shape == (4, 2, 1, 1)
    assert isinstance(seen[0], float)


def test_unsupported() -> None:
    """A missing function and NotImplementedError both mean that it is not supported, with words."""

    def curl(given: OpenSystem) -> None:
        raise UnsupportedError("chains only")

    with pytest.raises(guard.Unsupported, match="force is not offered"):
        guarded().force(toys.system())
    with pytest.raises(guard.Unsupported, match="curl: chains only"):
        guarded(curl=curl).curl(toys.system())


def test_interrupt_passes() -> None:
    """The user's interrupt is not a fault of the solver."""

    def interrupted(given: OpenSystem) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded(force=interrupted).force(toys.system())


def test_counts() -> None:
    """Calls and time inside the solver are counted per observable, failing calls included."""
    solver = guarded(force=toys.right, curl=raises)
    solver.force(toys.system())
    solver.force(toys.system())
    with pytest.raises(guard.Raised):
        solver.curl(toys.system())
    assert dict(solver.calls) == {"force": 2, "curl": 1}
    assert solver.seconds["force"] > 0


@pytest.mark.parametrize("claim", ["high", 0.0, -1e-9, 0.5, np.nan, len])
def test_claim_refused(claim: Any) -> None:
    """A claim of accuracy that would let everything pass, or is no number, is refused."""
    with pytest.raises(SolverLoadError, match="attribute accuracy: expected"):
        guard.Guarded(SimpleNamespace(accuracy=claim))


def test_claim() -> None:
    """The claim of a solver is kept, and no claim is zero."""
    assert guard.Guarded(SimpleNamespace(accuracy=1e-6)).accuracy == 1e-6
    assert guard.Guarded(SimpleNamespace()).accuracy == 0


@pytest.mark.parametrize("name", [name for name, row in OBSERVABLES.items() if row.argument])
def test_arguments_may_be_written_to_but_not_changed(name: str) -> None:
    """Compiled code asks for memory that it could write to. What it writes there is a fault all the same."""
    given, points = toys.system(), np.array([0.1, 0.3])

    def answer(system: OpenSystem, argument: np.ndarray) -> np.ndarray:
        assert argument.flags.writeable
        return np.asarray(getattr(fast, name)(system, argument))

    def scribbles(system: OpenSystem, argument: np.ndarray) -> np.ndarray:
        found = answer(system, argument)
        argument[0] = 0.7
        return found

    assert np.array_equal(
        getattr(guarded(**{name: answer}), name)(given, points), getattr(fast, name)(given, points)
    )
    with pytest.raises(guard.OverwroteInput, match="changed the system or the argument"):
        getattr(guarded(**{name: scribbles}), name)(given, points)
