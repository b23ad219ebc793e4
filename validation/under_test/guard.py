"""A solver under guard: each answer has the promised shape and type, or is a fault in words."""

from __future__ import annotations

import copy
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import (
    DYNAMICS,
    OBSERVABLES,
    STATICS,
    Dynamics,
    Model,
    Observable,
    OpenSystem,
    SolverProcessError,
    Static,
)
from electronwind.dynamics import answered
from electronwind.external import Apart, Program
from electronwind.external.caller import Found, Question

from .answers import (
    Hung,
    NotFinite,
    OverwroteInput,
    Raised,
    Run,
    SolverFault,
    Unsupported,
    WrongShape,
    WrongType,
    checked,
    in_words,
    run_shapes,
    static_shapes,
)
from .intact import kept
from .solver import SolverUnderTest

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
]

# Bytes from which on comparing in place costs less than copying.
LARGE = 2**16


class _Call:
    """Since when a solver has been asked, on the clock that all processes share; 0 between two calls."""

    value = 0.0


# Replaced where another process watches this one.
CALL: Any = _Call()


class Guarded:
    """The functions of a solver, checked at every call.

    Each observable is a method of the same name that returns a fresh numpy array, complex or float
    as the table of observables says. Numbers of mpmath are rounded to double precision.

    Parameters
    ----------
    solver : object
        A module or object with functions named as in `OBSERVABLES`, or what was opened of it.

    Attributes
    ----------
    under_test : SolverUnderTest
        The solver.
    name, accuracy, time_accuracy, orders, limits
        As there.
    calls, seconds : dict
        Number of calls of the solver and time inside it, per observable.
    judged : dict
        Features of the questions whose answers were compared with something, per observable.

    Raises
    ------
    SolverLoadError
        As `SolverUnderTest.opened`.
    """

    def __init__(self, solver: Any) -> None:
        self.under_test = known = SolverUnderTest.opened(solver)
        self.name, self.orders, self.limits = known.name, known.orders, known.limits
        self.accuracy, self.time_accuracy = known.accuracy, known.time_accuracy
        self.calls: defaultdict[str, int] = defaultdict(int)
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.judged: defaultdict[str, set[str]] = defaultdict(set)
        self._given: tuple[OpenSystem, OpenSystem] | None = None

    def __getattr__(self, name: str) -> Any:
        if name in OBSERVABLES:
            return partial(self._call, OBSERVABLES[name])
        if name in DYNAMICS:
            return partial(self._run, DYNAMICS[name])
        if name in STATICS:
            return partial(self._static, STATICS[name])
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
        function = self._offered(row.name)
        if len(argument) != bool(row.argument):
            raise TypeError(f"expected the call {row.signature}")
        if beyond := self.limits.exclude(system, *argument):
            raise Unsupported(f"{row.name}: {beyond}")
        if self.limits.divide(system, *argument):
            return self.limits.piecewise(partial(self._call, row), system, *argument)
        lent = self._lend(system)
        # Arguments are copies, as they are of runs: compiled code may want memory that it can write to.
        extra = [np.array(value, dtype=float) for value in argument]
        # A scalar goes in as a Python float: not every solver takes arrays without axes.
        passed = [array if array.ndim else float(array) for array in extra]
        try:
            value = self._ask(row.name, function, lent, *passed)
        finally:
            intact = all(map(_same_bytes, _arrays(system), _arrays(lent)))
            if not intact:
                self._given = None
        if not intact or not all(map(np.array_equal, extra, argument)):
            raise OverwroteInput(row.name, "changed the system or the argument that it was given")
        shape = row.shape(system, extra[0].shape if extra else ())
        with kept():
            return checked(row.name, value, shape, row.complex)

    def _ask(self, name: str, function: Callable[..., Any], *passed: Any, **options: Any) -> Any:
        """Call the solver, and put into words whatever it does instead of answering."""
        self.calls[name] += 1
        start = time.perf_counter()
        CALL.value = time.monotonic()
        try:
            # What a solver makes of roundings by `np.seterr` holds for its own.
            with np.errstate(), kept():
                return function(*passed, **options)
        except NotImplementedError as error:
            said = in_words(str, error) or "not implemented for this system"
            raise Unsupported(f"{name}: {said}") from error
        except KeyboardInterrupt:
            raise
        # SystemExit and the panics of other languages included: they must not take the suite with them.
        except BaseException as error:
            said = in_words(str, error)
            if isinstance(error, SolverProcessError) and error.hung:
                raise Hung(name, said) from error
            if "read-only" in said:
                words = f"tried to write into its input, which is read-only ({said})"
                raise OverwroteInput(name, words) from error
            if isinstance(error, SolverProcessError):
                raise Raised(name, said) from error
            raise Raised(name, f"raised {in_words(_kind, error)}: {said}".rstrip(": ")) from error
        finally:
            CALL.value = 0.0
            self.seconds[name] += time.perf_counter() - start

    def _run(self, row: Dynamics, model: Model, *arguments: Any, **options: Any) -> Run:
        """Return a run in time, each of its fields checked like the value of an observable."""
        function = self._offered(row.name)
        first, shapes = run_shapes(row, model, arguments)
        if beyond := self.limits.exclude_family(model) or self.limits.exclude(model.at(first)):
            raise Unsupported(f"{row.name}: {beyond}")
        result = self._ask(row.name, function, model, *copy.deepcopy(arguments), **options)
        return Run(row.name, self._fields(row, result, shapes))

    def _static(self, row: Static, problem: Any, *arguments: Any, **options: Any) -> Any:
        """Return what a solver says of a system, a family or a jellium wire, checked alike."""
        function = self._offered(row.name)
        shapes = static_shapes(row, (problem, *arguments))
        beyond = ""
        if row.arguments[0] == "model":
            beyond = self.limits.exclude_family(problem)
        elif row.arguments[0] == "system":
            beyond, problem = self.limits.exclude(problem), self._lend(problem)
        if beyond:
            raise Unsupported(f"{row.name}: {beyond}")
        result = self._ask(row.name, function, problem, *copy.deepcopy(arguments), **options)
        fields = self._fields(row, result, shapes)
        return fields["value"] if tuple(shapes) == ("value",) else Run(row.name, fields)

    def beside(self, work: Callable[..., Found], question: Question, *more: Any) -> Found:
        """Return what a function of `electronwind.external.caller` finds next to the solver itself.

        Nothing of this guard is in between: no copies, no types. Where the solver has a process of its own,
        the function goes to work there.

        Parameters
        ----------
        work : callable
            ``work(solver, question, *more)``, which asks for `question` first of all.
        question : Question
            The call.
        *more
            What else the function takes.

        Raises
        ------
        SolverFault
            As for any other call.
        Unsupported
            The call lies beyond the limits that the solver declares; or the solver is a program, which is
            asked over a line, one request after another.
        """
        self._offered(question.name)
        if beyond := self._excluded(question):
            raise Unsupported(f"{question.name}: {beyond}")
        solver = self.under_test.solver
        if isinstance(solver, Apart):
            return dict(
                self._ask(question.name, partial(solver.beside, question.name, work), question, *more)
            )
        if isinstance(solver, Program):
            raise Unsupported(f"{question.name}: a program is asked over a line, one request after another")
        return dict(self._ask(question.name, partial(work, solver), question, *more))

    def _excluded(self, question: Question) -> str:
        """Return in words why a question lies beyond the limits of the solver, or an empty string."""
        name, problem, arguments = question.name, question.problem, question.arguments
        if name in OBSERVABLES:
            if self.limits.divide(problem, *arguments):
                return "the solver declares that it takes no batches or no lists"
            return self.limits.exclude(problem, *arguments)
        if name in DYNAMICS:
            try:
                first = problem.at(run_shapes(DYNAMICS[name], problem, arguments)[0])
            # A run that begins nowhere is for the solver to refuse.
            except (IndexError, ValueError):
                return self.limits.exclude_family(problem)
            return self.limits.exclude_family(problem) or self.limits.exclude(first)
        if isinstance(problem, OpenSystem):
            return self.limits.exclude(problem)
        return self.limits.exclude_family(problem) if isinstance(problem, Model) else ""

    def shapes(self, question: Question) -> dict[str, tuple[int, ...]]:
        """Return the promised shape of each field of an answer."""
        name, problem, arguments = question.name, question.problem, question.arguments
        if name in OBSERVABLES:
            return {"value": OBSERVABLES[name].shape(problem, *map(np.shape, arguments) or [()])}
        if name in DYNAMICS:
            return run_shapes(DYNAMICS[name], problem, arguments)[1]
        return static_shapes(STATICS[name], (problem, *arguments))

    def _offered(self, name: str) -> Callable[..., Any]:
        function = getattr(self.under_test.solver, name, None)
        if not callable(function):
            raise Unsupported(f"{name} is not offered")
        return function

    def _fields(
        self, row: Dynamics | Static, result: Any, shapes: dict[str, tuple[int, ...]]
    ) -> dict[str, NDArray[Any]]:
        """Return the fields of a result by name, each checked."""
        if result is None:
            raise WrongType(row.name, f"returned None; expected a result with {', '.join(shapes)}")
        try:
            with kept():
                fields = answered(result, shapes)
        except KeyboardInterrupt:
            raise
        # A field may be computed when it is asked for.
        except BaseException as error:
            words = f"raised {in_words(_kind, error)} where its result was read: {in_words(str, error)}"
            raise Raised(row.name, words.rstrip(": ")) from error
        flags = row.flags if isinstance(row, Static) else ()
        with kept():
            return {
                name: checked(
                    row.name, value, shapes[name], name in row.complex, "" if name == "value" else name,
                    name in flags,
                )
                for name, value in fields.items()
            }  # fmt: skip


def _kind(error: BaseException) -> str:
    return type(error).__name__


def _arrays(system: OpenSystem) -> list[NDArray[Any]]:
    found = [system.hamiltonian, system.gradient]
    for lead in system.leads:
        found += [value for value in vars(lead).values() if isinstance(value, np.ndarray)]
    return found


def _same_bytes(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Return whether two arrays agree bit by bit; of large ones no part is copied."""
    if one.shape != other.shape:
        return False
    if one.nbytes < LARGE or not (one.flags.c_contiguous and other.flags.c_contiguous):
        return one.tobytes() == other.tobytes()
    return np.array_equal(one.reshape(-1).view(np.uint64), other.reshape(-1).view(np.uint64))
