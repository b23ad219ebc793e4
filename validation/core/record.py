"""What is said of one check: a record, and of its failure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BAD",
    "RAN",
    "STATUSES",
    "Call",
    "Cause",
    "Failure",
    "Fields",
    "Recalled",
    "Record",
    "Sample",
    "Status",
    "plain",
]


Status = Literal[
    "passed",
    "failed",
    "crashed",
    "unsupported",
    "expected-failure",
    "unexpected-pass",
    "error",
]


STATUSES: tuple[Status, ...] = get_args(Status)


# What counts against the solver, or against the suite: exit code 1.
BAD: tuple[Status, ...] = ("failed", "crashed", "unexpected-pass", "error")


RAN: tuple[Status, ...] = ("passed", "failed", "crashed", "expected-failure", "unexpected-pass")


@dataclass(frozen=True)
class Sample:
    """One comparison of a run, for the plots."""

    observable: str
    digits: float
    condition: float
    passed: bool


@dataclass(frozen=True)
class Call:
    """One call of the solver that gave a wrong value, or none.

    Attributes
    ----------
    observable : str
        The function.
    system : dict
        What it was given: `OpenSystem.to_dict`.
    argument : float, list or None
        Energy or frequency, where the observable has one.
    want : list or None
        The certified value, as in `Failure`; None where the solver gave no usable answer.
    scale : float
        Size that errors are measured against.
    got : list or None
        What the solver returned, where that is known.
    allowed : float
        Error that is allowed, in units of `scale`.
    """

    observable: str
    system: dict[str, Any]
    argument: Any = None
    want: Any = None
    scale: float = 1.0
    got: Any = None
    allowed: float = 0.0


@dataclass(frozen=True)
class Failure:
    """The smallest problem on which a check failed.

    Attributes
    ----------
    observable : str
        What was compared, or the function that crashed.
    system, numbers : dict
        The problem: `OpenSystem.to_dict`, and the numbers that go with it.
    got, want : list or None
        Value of the solver and the right value, nested lists of numbers, complex ones as
        ``{"re": ..., "im": ...}``; None where the solver gave no answer.
    scale, error, tolerance, digits, condition : float or None
        As in `Comparison`, the error in units of the scale.
    call : Call or None
        The call of the solver that shows the failure on its own, where there is one.
    details : str
        Traceback, where something raised.
    """

    observable: str
    system: dict[str, Any]
    numbers: dict[str, Any]
    got: Any = None
    want: Any = None
    scale: float | None = None
    error: float | None = None
    tolerance: float | None = None
    digits: float | None = None
    condition: float | None = None
    call: Call | None = None
    details: str = ""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the failure that `Report.to_dict` wrote."""
        call = data.get("call")
        fields: dict[str, Any] = _numeric(data) | {"call": call and Call(**_numeric(call))}
        return cls(**fields)


@dataclass(frozen=True)
class Cause:
    """What some failures of a run have in common.

    Attributes
    ----------
    says : str
        The likely mistake in words, without a full stop at the end.
    known : bool
        Whether the mistake is like one that is known; otherwise `says` only tells what is wrong.
    observables : tuple of str
        The functions that are wrong.
    where : str
        Where they are wrong, and are right elsewhere; empty where that is not known.
    faults : tuple of str
        Planted faults that fit as well as any, the likeliest first.
    fits : tuple of str
        Ids of the failing checks that the cause explains, the one that shows it best first.
    follows : tuple of str
        Ids of failing checks that involve those functions too: likely consequences.
    problem : tuple of str
        The simplest failing problem in a few lines: what was asked, what came, what is right.
    trigger : str
        What a question must be for the first of the functions to be wrong, without a full stop at the end;
        empty where that was not found.
    """

    says: str
    known: bool
    observables: tuple[str, ...]
    where: str = ""
    faults: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    problem: tuple[str, ...] = ()
    trigger: str = ""

    @property
    def checks(self) -> tuple[str, ...]:
        """Ids of all failing checks that belong to the cause."""
        return (*self.fits, *self.follows)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the cause that `Report.to_dict` wrote."""
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return cls(**fields)


@dataclass(frozen=True)
class Record:
    """What one check found.

    Attributes
    ----------
    id, tier, observables, source, says
        From the check.
    status : str
        One of `STATUSES`.
    message : str
        The verdict in a sentence.
    examples, unsupported_examples, comparisons : int
        Problems that were judged, problems that the solver declined, values that were compared.
    digits, error, tolerance, condition : float or None
        Of the comparison with the fewest digits.
    seconds : float
        Time of the whole check, oracle included.
    calls, solver_seconds : dict
        Calls of the solver and time inside it, per observable.
    oracle_seconds : float
        Time for the right values and the condition of the problems.
    recalled : int
        Values of the reference that were on file already.
    asked_again, refuted : int
        Values on file that the reference was asked again all the same, and those of them that it did not
        repeat.
    rests_on : tuple of Recalled
        What was recalled, for those who ask again; no part of the report.
    stopped_early : bool
        Whether the time budget ended the drawing of problems.
    judged : dict
        By observable, the features of the questions whose answers were compared with something.
    """

    id: str
    tier: str
    observables: tuple[str, ...]
    source: str
    says: str
    status: Status
    message: str
    examples: int = 0
    unsupported_examples: int = 0
    comparisons: int = 0
    digits: float | None = None
    error: float | None = None
    tolerance: float | None = None
    condition: float | None = None
    seconds: float = 0.0
    calls: dict[str, int] = field(default_factory=dict)
    solver_seconds: dict[str, float] = field(default_factory=dict)
    oracle_seconds: float = 0.0
    recalled: int = 0
    asked_again: int = 0
    refuted: int = 0
    rests_on: tuple[Recalled, ...] = field(default=(), repr=False, compare=False)
    stopped_early: bool = False
    judged: dict[str, tuple[str, ...]] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    failure: Failure | None = None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the record that `Report.to_dict` wrote."""
        failure = data["failure"]
        return cls(
            **_numeric(data)
            | {
                "observables": tuple(data["observables"]),
                "judged": {name: tuple(words) for name, words in data.get("judged", {}).items()},
                "samples": tuple(Sample(**_numeric(sample)) for sample in data["samples"]),
                "failure": failure and Failure.from_dict(failure),
            }
        )


def _numeric(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with numbers where `plain` had to write words."""
    words = ("digits", "error", "tolerance", "condition", "scale", "allowed")
    return data | {key: float(data[key]) for key in words if isinstance(data.get(key), str)}


def plain(value: ArrayLike | Any) -> Any:
    """Return `value` as data for JSON, which knows neither arrays, complex numbers nor infinity."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, (complex, np.complexfloating)):
        return {"re": plain(value.real), "im": plain(value.imag)}
    # Halves of characters, which an operating system may hand to a solver, are no text.
    return value if value is None else str(value).encode("utf-8", "backslashreplace").decode("utf-8")


Fields = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Recalled:
    """A value that was not computed because it was known: the question and the answer."""

    question: Any
    answer: Fields
