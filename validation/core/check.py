"""What a check is: one small function, and the record that says what it is for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from electronwind import NAMES, OpenSystem

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["CHECKS", "TIERS", "Asked", "Check", "Comparison", "Cost", "Covering", "Problem", "Tier", "check"]

Cost = Literal["cheap", "dear", "long"]
Tier = Literal["law", "link", "analytic", "table", "cross", "statistical", "refuse", "contract"]
TIERS: tuple[Tier, ...] = get_args(Tier)


@dataclass(frozen=True)
class Problem:
    """One input of a check: a system, and the numbers that go with it.

    Attributes
    ----------
    system : OpenSystem
        The system that the solver is given.
    numbers : dict
        Energies, frequencies and the parameters a closed form needs; JSON can hold them.
    """

    system: OpenSystem
    numbers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Asked:
    """A call of a solver about a system.

    Attributes
    ----------
    observable : str
        The function.
    system : OpenSystem
        What it is given.
    argument : tuple
        Energy or frequency, where the observable has one.
    """

    observable: str
    system: OpenSystem
    argument: tuple[ArrayLike, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """One value of a solver against what it must be.

    Attributes
    ----------
    observable : str
        What is compared.
    got, want : array_like
        Value of the solver, and the value it is held against; same shape.
    scale : float
        Size that the error is measured against; never the size of a value that cancels to zero.
    kind : {"exact", "value", "run"}
        Which row of the tolerance table applies: an identity of the solver's own values, a value of the
        reference, or what was integrated over time.
    condition : float
        Condition number of the problem, 1 where it is well-posed; see `tolerances.condition`.
    uncertainty : float
        Absolute uncertainty of `want` itself, such as the error bound of a finite difference.
    call : Asked or None
        The call that `got` stands for, whose system the tolerance goes by; None where that of the problem
        does, as in runs in time.
    whole : bool
        Whether `got` is the very answer to that call, and not made of it.
    when : str
        Under which circumstances the solver was asked, in words that follow the name of the observable;
        empty where they are the usual ones.
    """

    observable: str
    got: ArrayLike
    want: ArrayLike
    scale: float
    kind: Literal["exact", "value", "run"] = "value"
    condition: float = 1.0
    uncertainty: float = 0.0
    call: Asked | None = None
    whole: bool = False
    when: str = ""

    @property
    def error(self) -> float:
        """Largest deviation in units of `scale`, after the uncertainty of `want` is granted."""
        difference = np.abs(np.asarray(self.got) - np.asarray(self.want, dtype=complex))
        worst = float(np.max(difference, initial=0.0))
        return max(worst - self.uncertainty, 0.0) / self.scale


Judge = Callable[[Any, Problem], Iterator[Comparison]]


@dataclass(frozen=True)
class Covering:
    """How a check poses every kind of question, and not what chance brings.

    Attributes
    ----------
    questions : callable
        ``questions(strength, seed)`` returns problems that have every tuple of so many features.
    simpler : callable
        ``simpler(problem)`` yields problems that have one of its features less.
    """

    questions: Callable[[int, int], Sequence[Problem]]
    simpler: Callable[[Problem], Iterator[Problem]]


@dataclass(frozen=True)
class Check:
    """The record of a check.

    Attributes
    ----------
    id : str
        ``tier.name``, unique.
    tier : str
        One of `TIERS`.
    observables : tuple of str
        What the solver must offer for the check to run.
    source : str
        Paper and equation, or the law by name.
    says : str
        The sentence that a failing user reads.
    catches : tuple of str
        The mistakes it is there to catch.
    problems : SearchStrategy
        Draws the `Problem`; hypothesis shrinks it on failure.
    judge : callable
        ``judge(solver, problem)`` yields comparisons. The solver is guarded: it returns arrays of the
        promised shape or raises.
    cost : {"cheap", "dear", "long"}
        Dear checks call the reference or follow a run; they get fewer examples. Long ones take seconds
        for one problem, and are no part of a quick run.
    covering : Covering, optional
        Poses the problems of a run in place of `problems`, which other campaigns draw from.
    """

    id: str
    tier: Tier
    observables: tuple[str, ...]
    source: str
    says: str
    catches: tuple[str, ...]
    problems: SearchStrategy[Problem]
    judge: Judge
    cost: Cost = "cheap"
    covering: Covering | None = None


CHECKS: dict[str, Check] = {}


def check(
    id: str,
    observables: str,
    *,
    problems: SearchStrategy[Problem],
    source: str,
    says: str,
    catches: Iterable[str],
    cost: Cost = "cheap",
    covering: Covering | None = None,
) -> Callable[[Judge], Judge]:
    """Register a function as the check `id`; its tier is the part of `id` before the dot.

    Raises
    ------
    ValueError
        An id that is taken or has no known tier, an unknown observable, or a check that names no
        mistake it catches.
    """
    tier: Tier | None = next((tier for tier in TIERS if tier == id.partition(".")[0]), None)
    names = tuple(observables.split())
    if tier is None or id in CHECKS:
        raise ValueError(f"check id {id!r}: expected an unused id of the form tier.name")
    if unknown := [name for name in names if name not in NAMES]:
        raise ValueError(f"check {id!r}: unknown observables {unknown}")
    if not (faults := tuple(catches)):
        raise ValueError(f"check {id!r}: expected at least one mistake that it catches")

    found: Tier = tier

    def register(judge: Judge) -> Judge:
        CHECKS[id] = Check(id, found, names, source, says, faults, problems, judge, cost, covering)
        return judge

    return register
