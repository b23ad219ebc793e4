"""The truth a solver is held against, always computed by us, and who vouches for it.

The fast solver polices and the reference certifies: where a third party and the fast solver differ, the
reference is asked about that one system, and its word counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OBSERVABLES, OpenSystem

from ..core.check import Asked, Comparison
from ..core.record import Fields
from ..core.tolerances import EPS, condition, tolerance
from ..under_test.guard import Guarded, SolverFault
from ..under_test.solver import role_of
from ..work.stopwatch import ORACLE
from .archive import recall

__all__ = [
    "DIGITS",
    "RUN_DIGITS",
    "Truth",
    "agreement",
    "arbitrate",
    "is_police",
    "reference_says",
    "run_agreement",
    "truth",
]

# Enough for every digit of double precision, with some to spare for the conversion.
DIGITS = 20


@dataclass(frozen=True, eq=False)
class Truth:
    """A value and its voucher.

    Attributes
    ----------
    value : ndarray
        Float or complex, as the table of observables says.
    uncertainty : float
        Absolute.
    who : {"reference", "fast"}
        The solver that computed it.
    """

    value: NDArray[Any]
    uncertainty: float
    who: str


_CERTIFIED: WeakKeyDictionary[OpenSystem, dict[Any, Truth]] = WeakKeyDictionary()


@ORACLE.times
def arbitrate(
    observable: str,
    system: OpenSystem,
    *argument: ArrayLike,
    trusted: Callable[[Truth], bool] = lambda _: True,
) -> Truth:
    """Return what the reference says, to `DIGITS` digits before rounding to double precision.

    Parameters
    ----------
    observable, system, *argument
        As for `truth`.
    trusted : callable
        Whether a value that was recalled may be used without asking the reference again.
    """
    known = _CERTIFIED.setdefault(system, {})
    extra = [np.asarray(a, dtype=float) for a in argument]
    key = (observable, *((a.shape, a.tobytes()) for a in extra))
    if key not in known:
        row = OBSERVABLES[observable]
        shape = row.shape(system, extra[0].shape if extra else ())
        question = {
            "observable": observable,
            "system": system.to_dict(),
            "argument": [a.tolist() for a in extra],
            "digits": DIGITS,
        }
        fields = recall(
            question,
            lambda: reference_says(observable, system, extra, DIGITS),
            fits=lambda fields: (
                {name: (value.shape, np.iscomplexobj(value)) for name, value in fields.items()}
                == {"value": (shape, row.complex)}
            ),
            trusted=lambda fields: trusted(_certified(fields)),
        )
        known[key] = _certified(fields)
    return known[key]


def _certified(fields: Fields) -> Truth:
    """Return the value in an answer of the reference, which is right to double precision."""
    value = fields["value"]
    return Truth(value, float(np.max(np.abs(value), initial=0.0)) * EPS, "reference")


def reference_says(observable: str, system: OpenSystem, argument: Iterable[ArrayLike], digits: int) -> Fields:
    """Return an observable from the reference, computed to `digits` and rounded to double precision."""
    from electronwind import reference

    passed = [a if a.ndim else float(a) for a in map(np.asarray, argument)]
    raw = getattr(reference, observable)(system, *passed, digits=digits)
    dtype = complex if OBSERVABLES[observable].complex else float
    return {"value": np.asarray(raw).astype(dtype)}


@ORACLE.times
def truth(solver: Any, observable: str, system: OpenSystem, *argument: ArrayLike) -> Truth:
    """Return the value that `solver` is to be held against.

    Parameters
    ----------
    solver : object
        The solver under test: the fast solver is held against the reference, all others against the
        fast solver.
    observable : str
        Name of the observable.
    system : OpenSystem
        The system.
    *argument : array_like
        Energy or frequency, where the observable has one.
    """
    if is_police(solver):
        return arbitrate(observable, system, *argument)
    return _policed(observable, system, *argument)


def is_police(solver: Any) -> bool:
    """Return whether `solver`, under guard or bare, is the one that the reference judges."""
    return role_of(solver.under_test if isinstance(solver, Guarded) else solver) == "police"


def _policed(observable: str, system: OpenSystem, *argument: ArrayLike) -> Truth:
    from electronwind import fast

    return Truth(np.asarray(getattr(fast, observable)(system, *argument)), 0.0, "fast")


def agreement(solver: Any, observable: str, system: OpenSystem, *argument: ArrayLike) -> Comparison:
    """Return the comparison of a value of `solver` with the truth, after arbitration."""
    got = getattr(solver, observable)(system, *argument)
    scale, kappa = condition(observable, system, *argument)

    def against(verdict: Truth, given: ArrayLike = got) -> Comparison:
        return Comparison(
            observable,
            given,
            verdict.value,
            scale,
            condition=kappa,
            uncertainty=verdict.uncertainty,
            call=Asked(observable, system, argument),
            whole=True,
        )

    def passes(comparison: Comparison, house: Any) -> bool:
        claim = getattr(house, "accuracy", None) or 0.0
        return bool(comparison.error <= tolerance(comparison, system.levels, claim))

    def confirmed(verdict: Truth) -> bool:
        """Return whether the fast solver says what was recalled: alone, that decides nothing."""
        from electronwind import fast

        return passes(against(verdict, _policed(observable, system, *argument).value), fast)

    if not is_police(solver):
        comparison = against(_policed(observable, system, *argument))
        if passes(comparison, solver):
            return comparison
    return against(arbitrate(observable, system, *argument, trusted=confirmed))


# Digits of the reference for runs in time, and within seconds.
RUN_DIGITS = 9


def run_agreement(
    solver: Any,
    question: Mapping[str, Any],
    ask: Callable[..., Fields],
    got: Fields,
    against: Callable[[Fields, Fields], list[Comparison]],
    levels: int,
    digits: int = RUN_DIGITS,
) -> list[Comparison]:
    """Return the comparisons of a run of `solver` with the truth, after arbitration.

    Parameters
    ----------
    solver : object
        The solver under test.
    question : mapping
        All that the run depends on, to know it again: data for JSON.
    ask : callable
        ``ask(solver, **options)`` gives the fields of the run.
    got : mapping
        Those that `solver` gave.
    against : callable
        ``against(got, want)`` gives the comparisons with the fields that are wanted.
    levels : int
        Number of levels.
    digits : int
        Digits of the reference.
    """

    def passes(comparisons: list[Comparison], house: Any) -> bool:
        claim = getattr(house, "time_accuracy", 0.0)
        return all(one.error <= tolerance(one, levels, claim) for one in comparisons)

    def confirmed(want: Fields) -> bool:
        """As in `agreement`."""
        from electronwind import fast

        return passes(against(_run_of("fast", ask), want), fast)

    if not is_police(solver):
        comparisons = against(got, _run_of("fast", ask))
        if passes(comparisons, solver):
            return comparisons
    shapes = {name: (np.shape(value), np.iscomplexobj(value)) for name, value in got.items()}
    want = _recall(
        {**question, "digits": digits},
        lambda: _run_of("reference", ask, digits=digits),
        fits=lambda want: {n: (v.shape, np.iscomplexobj(v)) for n, v in want.items()} == shapes,
        trusted=confirmed,
    )
    return against(got, want)


_recall = ORACLE.times(recall)


@ORACLE.times
def _run_of(house: str, ask: Callable[..., Fields], **options: Any) -> Fields:
    from electronwind import fast, reference

    try:
        return ask(Guarded({"fast": fast, "reference": reference}[house]), **options)
    except SolverFault as fault:
        # Not a fault of the solver under test.
        raise RuntimeError(f"the {house} solver gave no truth: {fault}") from fault
