"""Every observable on questions of every kind: by pairs of features, at sizes that no other check draws.

Others are held against the fast solver; where they differ, and the reference takes little time, it decides.
The fast solver itself is held against what it says of the same question put otherwise: each member and each
point by itself, levels and leads in reverse order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import ArrayLike, NDArray

from electronwind import OBSERVABLES, OpenSystem, fast

from ...core.check import Asked, Comparison, Covering, Problem
from ...core.tolerances import condition, natural, slack, tolerance
from ...systems.combinations import apart, rows
from ...systems.features import FEATURES, read
from ...systems.posed import posed
from ...systems.transformations import backwards
from ...truth.oracle import arbitrate, is_police
from ..family import family
from ..tools import accuracy, arguments
from .cross import PLAIN

Array = NDArray[Any]

# Levels of a system that the reference answers for within a second, on wide bands and on others.
SOON, SOON_BANDS = 4, 2


def questions(name: str, strength: int, seed: int) -> Sequence[Problem]:
    """Return questions about an observable that have every tuple of so many features."""
    return [posed(name, row, seed) for row in rows(name, strength)]


def drawn(name: str) -> SearchStrategy[Problem]:
    """Return a strategy for these questions."""
    return st.builds(partial(posed, name), st.sampled_from(rows(name, 2)), st.integers(0, 2**16))


def simpler(name: str, problem: Problem) -> Iterator[Problem]:
    """Yield questions with one feature less of those that a plain question has not."""
    row = read(name, problem.system, *arguments(name, problem))
    for feature in row:
        plain = row | {feature: next(iter(FEATURES[feature].values))}
        if plain != row and not apart(plain):
            yield posed(name, plain, 0)


def judge(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    """Hold an answer against the fast solver or, where that is judged, against itself put otherwise."""
    system, argument = problem.system, arguments(name, problem)
    got = getattr(solver, name)(system, *argument)
    scale = max(natural(name, system, *argument), float(np.max(np.abs(got), initial=0.0)))
    comparison = Comparison(name, got, got, scale, call=Asked(name, system, argument), whole=True)
    if not got.size:
        # Its shape was looked at.
        yield comparison
        return

    def passes(one: Comparison) -> bool:
        return one.error <= tolerance(one, system.levels, accuracy(solver))

    police = is_police(solver)
    want = _otherwise(solver, name, system, argument, got) if police else _police(name, system, argument)
    comparison = replace(comparison, want=want, whole=not police, kind="exact" if police else "value")
    if not passes(comparison):
        scale, kappa = condition(name, system, *argument)
        comparison = replace(comparison, scale=scale, condition=kappa)
        if police:
            # The other answer errs as well.
            doubt = slack(name, system, *argument)
            comparison = replace(comparison, uncertainty=doubt)
    if not (passes(comparison) or police):
        comparison = _arbitrated(comparison, np.asarray(got), want)
    yield comparison


def _police(name: str, system: OpenSystem, argument: tuple[ArrayLike, ...]) -> Array:
    return np.asarray(getattr(fast, name)(system, *argument))


def _arbitrated(comparison: Comparison, got: Array, want: Array) -> Comparison:
    """Return the comparison after the reference had its say where the two differ most.

    Where that would take long, the fast solver answers for itself: by what it says of the question put
    otherwise.
    """
    call = comparison.call
    assert call is not None
    name, system, argument = call.observable, call.system, call.argument
    if system.levels > (SOON if system.wide_band else SOON_BANDS):
        again = _otherwise(fast, name, system, argument, want)
        return replace(comparison, uncertainty=2 * float(np.max(np.abs(again - want))))
    cells = want.shape[: want.ndim - len(OBSERVABLES[name].axes)]
    off = np.abs(got - want).reshape(*cells, -1).max(axis=-1)
    worst = np.unravel_index(int(np.argmax(off)), cells)
    one, point = _single(system, argument, worst)
    found = np.array(want)
    found[worst] = arbitrate(name, one, *point).value
    return replace(comparison, want=found)


def _single(
    system: OpenSystem, argument: tuple[ArrayLike, ...], cell: tuple[Any, ...]
) -> tuple[OpenSystem, tuple[float, ...]]:
    """Return the member and the point of a cell of the batch axes and that of the argument."""
    member, last = cell[: len(system.shape)], cell[len(system.shape) :]
    return system[member] if member else system, tuple(float(np.asarray(a)[last]) for a in argument)


def _otherwise(
    solver: Any, name: str, system: OpenSystem, argument: tuple[ArrayLike, ...], got: Array
) -> Array:
    """Return the answer with some cells from questions put otherwise."""
    axes = OBSERVABLES[name].axes
    cells = got.shape[: got.ndim - len(axes)]
    back = tuple(slice(None, None, -1) if axis in ("n", "leads") else slice(None) for axis in axes)
    found = np.array(got)
    size = int(np.prod(cells))
    for number in sorted({0, size // 2, size - 1}):
        cell = np.unravel_index(number, cells)
        one, point = _single(system, argument, cell)
        found[cell] = getattr(solver, name)(backwards(one), *point)[back]
    return found


for _name in OBSERVABLES:
    family(
        "cross.covering",
        (_name,),
        problems=drawn(_name),
        covering=Covering(partial(questions, _name), partial(simpler, _name)),
        source="the definitions, on inputs of every kind",
        says="The {observable} is wrong for some kind of input: of many levels or coordinates, in a batch, "
        "nearly degenerate, in an unusual unit, on leads of some kind or place. What such questions have in "
        "common is said first.",
        catches=PLAIN,
    )(judge)
