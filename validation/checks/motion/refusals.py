"""Runs that have no answer: a result in the place of a refusal is a wrong answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from electronwind import DYNAMICS, OpenSystem, WideBandLead, models
from electronwind.external.caller import Question, given

from ...core.check import Comparison, Problem
from ...systems.questions import posed, questions
from ...under_test.answers import Answered, Raised
from ...under_test.guard import Unsupported
from ..family import family

__all__: list[str] = []

Array = NDArray[Any]
# A question, and what is wrong with it.
Spoilt = tuple[Question, str]


def _with(question: Question, **changes: Any) -> Question:
    """Return a question with some arguments replaced: by name, ``problem`` for the first."""
    row = DYNAMICS[question.name].arguments
    all_of = dict(zip(row, (question.problem, *question.arguments), strict=True)) | changes
    first, *others = (all_of[name] for name in row)
    return replace(question, problem=first, arguments=tuple(others))


def _disorder(question: Question) -> Iterator[Spoilt]:
    for times in ([0.0, 1.0, 0.5], [0.0, 0.0, 1.0], [0.0, np.nan], [0.0, np.inf], []):
        yield (
            _with(question, times=np.array(times)),
            f"the times {times} do not increase",
        )


def _backwards(question: Question) -> Iterator[Spoilt]:
    for delays in ([0.0, -1.0], [-0.5], [0.0, np.nan], []):
        yield _with(question, delays=np.array(delays)), f"the delays {delays} are no numbers from 0 on"


def _jump(t: Any) -> Array:
    """Return a position that is another one from t = 1/3 on."""
    moved = np.asarray(t, dtype=float)[..., None] > 1 / 3
    return np.where(moved, np.array([1.0, -0.5]), np.array([0.0, 0.25]))


def _leap(question: Question) -> Iterator[Spoilt]:
    name = "path" if "path" in DYNAMICS[question.name].arguments else "trajectory"
    yield _with(question, **{name: _jump}), "the path jumps"
    yield _with(question, **{name: lambda t: np.full_like(_jump(t), np.nan)}), "the path is at no place"


def _adrift(question: Question) -> Iterator[Spoilt]:
    x, v = question.arguments[1]
    for start in (
        (np.full(2, np.nan), v),
        (x, np.full(2, np.inf)),
        (x[:1], v),
        (np.stack([x, x]), np.stack([v, v, v])),
    ):
        yield _with(question, start=start), "the start is no place and velocity for each coordinate"


def _isolated(question: Question) -> Iterator[Spoilt]:
    one = np.diag([1.0, 0.0])
    leads = [WideBandLead(one, 0.5, 0.25), WideBandLead(one, -0.5, 0.25)]
    system = OpenSystem(np.zeros((2, 2)), [np.eye(2), np.diag([1.0, -0.5])], leads)
    yield (
        replace(question, problem=models.tangent(system)),
        "no lead broadens one of the levels and the leads disagree on it",
    )


_CASES: Mapping[str, tuple[tuple[str, ...], Callable[[Question], Iterator[Spoilt]], str, str]] = {
    "times": (
        ("driven", "ehrenfest", "langevin"), _disorder, "times[0] < times[1] < ...",
        "Times that do not increase, and such as are no numbers, have no {observable} run: an error must say "
        "so. Usual mistakes: they are sorted, a step of no length or backwards.",
    ),
    "delays": (
        ("two_time_noise",), _backwards, "delays >= 0",
        "Delays below zero, and such as are no numbers, ask for what the {observable} record does not hold: "
        "an error must say so. Usual mistake: their size is taken.",
    ),
    "path": (
        ("driven", "two_time_noise"), _leap, "a path is continuous",
        "Along a path that jumps, or is at no place, there is no {observable} run: an error must say so. "
        "Usual mistake: the path is only looked at where the steps end.",
    ),
    "start": (
        ("ehrenfest", "langevin"), _adrift, "a body begins somewhere",
        "A start that is no number, or not one for each coordinate, begins no {observable} run: an error "
        "must say so. Usual mistake: what is missing is taken for zero.",
    ),
    "isolated": (
        ("driven", "ehrenfest", "langevin", "two_time_noise"), _isolated,
        "a level that no lead broadens has no steady state",
        "A {observable} run begins in the steady state, which a level that no lead reaches does not have: an "
        "error must say so. Usual mistakes: an empty level, a small width that decides.",
    ),
}  # fmt: skip

_CATCHES = {
    "times": "run-times-sorted",
    "delays": "run-delays-by-size",
    "path": "run-jump-smoothed",
    "start": "run-start-mended",
    "isolated": "run-isolated-level-touched",
}


def _refused(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    for question, why in _CASES[problem.numbers["case"]][1](posed(name, problem)):
        try:
            solver.beside(given, question)
        except (Raised, Unsupported):
            yield Comparison(name, 0.0, 0.0, 1.0, "exact")
            continue
        raise Answered(name, f"returned a run; expected an error, since {why}")


def _spoilt(case: str) -> SearchStrategy[Problem]:
    """Return a strategy for a question that is to be spoilt in that way."""
    return questions("driven").map(lambda problem: Problem(problem.system, {**problem.numbers, "case": case}))


for _case, (_names, _, _source, _says) in _CASES.items():
    family(
        f"refuse.{_case}",
        _names,
        problems=_spoilt(_case),
        source=_source,
        says=_says,
        catches={"": _CATCHES[_case]},
        cost="dear",
    )(_refused)
