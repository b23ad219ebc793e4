"""Arguments that have no answer: a number in the place of a refusal is a wrong answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from electronwind import OBSERVABLES, STATICS
from electronwind.external.caller import given

from ...core.check import Comparison, Problem
from ...systems.questions import posed, questions
from ...under_test.answers import Answered, Raised
from ...under_test.guard import Unsupported
from ..family import family

__all__: list[str] = []

WHY = "nothing is defined there"
_NO_NUMBER: tuple[Any, ...] = (np.nan, np.inf, np.array([0.5, np.nan]))
_NO_PLACE = (np.array([np.nan, 0.0]), np.array([0.0]), np.array([0.0, 0.0, 0.0]))
_OUTSIDE = (np.array([-1.0, 1.0]), np.array([1.0, np.nan]), np.array([[1.0, 1.0], [1.0, 1e3]]))

# By function which of its arguments, counted without the problem, is what it must not be.
_CASES: Mapping[str, Mapping[int, tuple[Any, ...]]] = {
    **{name: {0: _NO_NUMBER} for name, row in OBSERVABLES.items() if row.argument},
    "mode_rates": {0: (0.0, -0.5, np.array([0.5, -0.5]), *_NO_NUMBER), 1: (0.0, -1.0, np.nan)},
    **{name: {len(row.arguments) - 2: _NO_PLACE} for name, row in STATICS.items() if "x" in row.arguments},
    **{name: {0: _OUTSIDE} for name, row in STATICS.items() if "points" in row.arguments},
}  # fmt: skip


def _refused(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    question = posed(name, problem)
    for place, values in _CASES[name].items():
        for value in values:
            arguments = (*question.arguments[:place], value, *question.arguments[place + 1 :])
            try:
                solver.beside(given, replace(question, arguments=arguments))
            except (Raised, Unsupported):
                yield Comparison(name, 0.0, 0.0, 1.0, "exact")
                continue
            raise Answered(name, f"returned an answer for {value}; expected an error, since {WHY}")


for _name in _CASES:
    family(
        "refuse.arguments",
        (_name,),
        problems=questions(_name),
        source="what is no number, no place or no frequency",
        says="The {observable} at what is no finite number, at a place of another number of coordinates or "
        "outside of a wire, at a frequency or for a mass that is not positive, is undefined: an error must "
        "say so. Usual mistakes: the size is taken, NaN is answered, what is too much is left out.",
        catches={_name: "rates-by-size" if _name == "mode_rates" else "refusals-become-zero"},
        cost="dear",
    )(_refused)
