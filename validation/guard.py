"""A solver under guard: each answer has the promised shape and type, or is a fault in words."""

from __future__ import annotations

import copy
import time
from collections import defaultdict
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OBSERVABLES, Observable, OpenSystem, SolverLoadError, SolverProcessError
from electronwind.claims import Limits, check_conventions
from electronwind.solvers import solver_name, solver_version

__all__ = [
    "Guarded",
    "Hung",
    "NotFinite",
    "OverwroteInput",
    "Raised",
    "SolverFault",
    "Unsupported",
    "WrongShape",
    "WrongType",
    "claimed_accuracy",
]

# A solver that claims less than two digits leaves nothing to judge: ten times its claim is allowed.
COARSEST_CLAIM = 1e-2


class SolverFault(Exception):  # noqa: N818 - the subclasses say what the solver did
    """The solver under test gave no usable answer.

    Attributes
    ----------
    observable : str
        The function that was called.
    """

    did: ClassVar[str] = "failed"

    def __init__(self, observable: str, words: str) -> None:
        super().__init__(observable, words)
        self.observable = observable
        self.words = words

    def __str__(self) -> str:
        return f"{self.observable} {self.words}"


class Raised(SolverFault):
    """It raised; the original error is the ``__cause__``."""

    did = "raised"


class Hung(SolverFault):
    """It did not answer in time."""

    did = "did not answer"


class WrongShape(SolverFault):
    """It returned an array of another shape."""

    did = "returned a wrong shape"


class NotFinite(SolverFault):
    """It returned NaN or infinity."""

    did = "returned NaN or infinity"


class WrongType(SolverFault):
    """It returned something that is not numbers, or complex numbers for a real observable."""

    did = "returned a wrong type"


class OverwroteInput(SolverFault):
    """It changed, or tried to change, the system or the argument that it was given."""

    did = "wrote into its input"


class Unsupported(Exception):  # noqa: N818 - not an error: an answer, with words
    """The solver does not offer this observable, or not for this system."""


def claimed_accuracy(solver: Any) -> float:
    """Return the relative accuracy that `solver` claims, 0 where it claims none.

    Raises
    ------
    SolverLoadError
        A claim that is no number, is not positive, or is coarser than two digits.
    """
    claim = getattr(solver, "accuracy", None)
    if claim is None:
        return 0.0
    expected = f"expected a relative error above 0 and at most {COARSEST_CLAIM:g}"
    try:
        value = float(claim)
    except (TypeError, ValueError) as error:
        raise SolverLoadError(f"attribute accuracy: {expected}, got {claim!r:.60}") from error
    if not 0 < value <= COARSEST_CLAIM:
        raise SolverLoadError(f"attribute accuracy: {expected}, got {value:g}")
    return value


class Guarded:
    """The functions of a solver, checked at every call.

    Each observable is a method of the same name that returns a fresh numpy array, complex or float
    as the table of observables says. Numbers of mpmath are rounded to double precision.

    Parameters
    ----------
    solver : object
        A module or object with functions named as in `OBSERVABLES`.

    Attributes
    ----------
    name, version : str
        As the solver calls itself.
    accuracy : float
        Relative accuracy that the solver claims, 0 where it claims none.
    limits : Limits
        The problems that it declares to be made for; others are not passed on to it.
    calls, seconds : dict
        Number of calls of the solver and time inside it, per observable.

    Raises
    ------
    SolverLoadError
        A claim of accuracy, limits or conventions that cannot be accepted.
    """

    def __init__(self, solver: Any) -> None:
        self.name = solver_name(solver)
        self.version = solver_version(solver)
        self.accuracy = claimed_accuracy(solver)
        self.limits = Limits.declared(getattr(solver, "limits", None))
        check_conventions(getattr(solver, "conventions", None))
        self.calls: defaultdict[str, int] = defaultdict(int)
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._solver = solver
        self._given: tuple[OpenSystem, OpenSystem] | None = None

    def __getattr__(self, name: str) -> Any:
        if name in OBSERVABLES:
            return partial(self._call, OBSERVABLES[name])
        raise AttributeError(f"a guarded solver has observables only, not {name!r}")

    def _lend(self, system: OpenSystem) -> OpenSystem:
        """Return the copy of `system` that the solver may see; one copy serves repeated calls.

        All checks share the fixed cases: a damaged one would put the blame on other functions.
        """
        if self._given is None or self._given[0] is not system:
            lent = copy.deepcopy(system)
            for array in _arrays(lent):
                array.setflags(write=False)
            self._given = (system, lent)
        return self._given[1]

    def _call(self, row: Observable, system: OpenSystem, *argument: ArrayLike) -> NDArray[Any]:
        function = getattr(self._solver, row.name, None)
        if not callable(function):
            raise Unsupported(f"{row.name} is not offered")
        if len(argument) != bool(row.argument):
            raise TypeError(f"expected the call {row.signature}")
        if beyond := self.limits.exclude(system, *argument):
            raise Unsupported(f"{row.name}: {beyond}")
        if self.limits.divide(system, *argument):
            return self.limits.piecewise(partial(self._call, row), system, *argument)
        lent = self._lend(system)
        extra = [np.array(value, dtype=float) for value in argument]
        for array in extra:
            array.setflags(write=False)
        # A scalar goes in as a Python float: not every solver takes arrays without axes.
        passed = [array if array.ndim else float(array) for array in extra]
        self.calls[row.name] += 1
        start = time.perf_counter()
        try:
            value = function(lent, *passed)
        except NotImplementedError as error:
            raise Unsupported(f"{row.name}: {error or 'not implemented for this system'}") from error
        except KeyboardInterrupt:
            raise
        # SystemExit included: a solver that leaves the program must not take the suite with it.
        except (Exception, SystemExit) as error:
            if isinstance(error, SolverProcessError) and error.hung:
                raise Hung(row.name, str(error)) from error
            if "read-only" in str(error):
                words = f"tried to write into its input, which is read-only ({error})"
                raise OverwroteInput(row.name, words) from error
            if isinstance(error, SolverProcessError):
                raise Raised(row.name, str(error)) from error
            raise Raised(row.name, f"raised {type(error).__name__}: {error}".rstrip(": ")) from error
        finally:
            self.seconds[row.name] += time.perf_counter() - start
            intact = all(map(_same_bytes, _arrays(system), _arrays(lent)))
            if not intact:
                self._given = None
        if not intact or not all(map(np.array_equal, extra, argument)):
            raise OverwroteInput(row.name, "changed the system or the argument that it was given")
        return _checked(row, value, row.shape(system, extra[0].shape if extra else ()))


def _arrays(system: OpenSystem) -> list[NDArray[Any]]:
    found = [system.hamiltonian, system.gradient]
    for lead in system.leads:
        found += [value for value in vars(lead).values() if isinstance(value, np.ndarray)]
    return found


def _same_bytes(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return one.shape == other.shape and one.tobytes() == other.tobytes()


def _checked(row: Observable, value: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return `value` as a fresh array of the promised shape and type."""
    expected = f"{'complex' if row.complex else 'real'} numbers of shape {shape}"
    try:
        raw = np.asarray(value)
        if raw.dtype.kind not in "iufcO" or value is None:
            raise TypeError
        numbers = np.array(raw, dtype=complex)
    except (TypeError, ValueError) as error:
        came = f"{type(value).__name__} {value!r:.60}".rstrip()
        raise WrongType(row.name, f"returned {came}; expected {expected}") from error
    if numbers.shape != shape:
        raise WrongShape(row.name, f"returned shape {numbers.shape}; expected {expected}")
    if not np.all(np.isfinite(numbers)):
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(numbers))[0])
        bad = numbers[where] if row.complex else numbers[where].real
        raise NotFinite(row.name, f"returned {bad} at {list(where)}; expected finite {expected}")
    if row.complex:
        return numbers
    if np.any(np.imag(numbers)):
        where = tuple(int(i) for i in np.argwhere(np.imag(numbers))[0])
        words = f"returned the complex number {numbers[where]:.6g} at {list(where)}"
        raise WrongType(row.name, f"{words}; expected {expected}")
    return np.array(np.real(numbers))
