"""What makes an observable wrong: the smallest set of features that a question must have.

A plain question is tried first, then those of a covering array until one is answered wrongly. Feature by
feature it is made plainer as long as the answer stays wrong, and then every other value of every feature is
tried: a feature matters where some value makes the answer right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from electronwind import OBSERVABLES, fast

from ..core.check import Comparison
from ..core.record import Cause
from ..core.tolerances import condition, natural, tolerance
from ..systems.combinations import apart, rows
from ..systems.features import FEATURES, Row, asked_of
from ..systems.posed import posed
from ..under_test.guard import Guarded, Hung, SolverFault, Unsupported
from .evidence import Clock

__all__ = ["Trigger", "plain", "search", "told", "trigger"]

# None where that cannot be told.
Wrong = Callable[[Row], bool | None]

# Questions of one kind that must all be answered rightly before the kind counts as right.
DRAWS = 4
ORDERED = {
    "levels": ("1", "2", "3-4", "5-8", "9+"),
    "coordinates": ("1", "2", "3", "4+"),
    "leads": ("1", "2", "3", "4+"),
}
# What several values of a feature are in a word: the first that holds for all that are wrong, and for none
# that is right.
WORDS: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "batch": (
        (("some", "several axes", "100+"), "for a batch of more than one"),
        (("one", "some", "several axes", "100+"), "for a batch"),
        (("one", "some", "several axes", "100+", "empty"), "for a batch"),
    ),
    "kind": (
        (("chain", "mixed"), "where there is a chain lead"),
        (("periodic", "mixed"), "where there is a lead of cells"),
        (("chain", "periodic", "mixed"), "where a lead has a band"),
        (("wide-band", "mixed"), "where there is a wide-band lead"),
    ),
    "place": ((("ends", "shared", "inner"), "where no lead reaches every level"),),
    "parameters": ((("as h", "their own"), "where the numbers of the leads are batched"),),
    "gap": (
        (("1e-12", "1e-8"), "where two levels nearly coincide"),
        (("none", "1e-12", "1e-8"), "where two levels coincide or nearly do"),
    ),
    "temperatures": (
        (("zero", "some zero"), "where a temperature is 0"),
        (("equal", "zero"), "where all temperatures are equal"),
        (("different", "nearly equal", "some zero"), "whenever two temperatures differ"),
        (("different", "equal", "nearly equal"), "where no temperature is 0"),
        (("different", "equal", "nearly equal", "some zero"), "where a temperature is above 0"),
    ),
    "potentials": ((("different", "tiny bias"), "whenever two potentials differ"),),
    "unit": ((("tiny", "huge"), "where energies are not of order 1"),),
    "spin": ((("2", "3+"), "where the spin factor is not 1"),),
    "shape": ((("list of one", "list"), "for a list of {arguments}"),),
    "sign": (
        (("negative", "both"), "for {argument} < 0"),
        (("positive", "both"), "for {argument} > 0"),
        (("positive", "negative", "both"), "for {argument} other than 0"),
    ),
    "size": ((("usual", "large"), "unless the {argument} is small"),),
}


@dataclass(frozen=True)
class Trigger:
    """What a question about an observable must be for the answer to be wrong.

    Attributes
    ----------
    observable : str
        What is wrong.
    values : dict
        By feature that matters, the values for which the answer is wrong; empty where it always is.
    right : dict
        By feature that matters, the values for which the answer is right.
    """

    observable: str
    values: Mapping[str, tuple[str, ...]]
    right: Mapping[str, tuple[str, ...]]

    @property
    def says(self) -> str:
        """The trigger in words that follow "wrong"."""
        if not self.values:
            return "for every kind of question"
        argument = OBSERVABLES[self.observable].argument.removesuffix("s")
        found = [_words(name, self.values[name], self.right[name]) for name in self.values]
        return " and ".join(found).format(argument=argument, arguments=_plural(argument))


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if word in ("energy", "frequency") else f"{word}s"


def _words(name: str, wrong: tuple[str, ...], right: tuple[str, ...]) -> str:
    feature = FEATURES[name]
    if (order := ORDERED.get(name)) is not None and len(wrong) > 1:
        places = [order.index(value) for value in wrong]
        beyond = [order.index(value) for value in right]
        if min(places) > max(beyond):
            return f"from {order[min(places)].split('-')[0]} {name} on"
        if max(places) < min(beyond):
            return f"up to {order[max(places)].split('-')[-1]} {name}"
    for values, words in WORDS.get(name, ()):
        if len(wrong) > 1 and set(wrong) <= set(values) and not set(right) & set(values):
            return words
    return " or ".join(feature.values[value] for value in wrong)


def plain(observable: str) -> Row:
    """Return the features of a plain question: the first value of each."""
    return {name: next(iter(FEATURES[name].values)) for name in asked_of(observable)}


def trigger(observable: str, wrong: Wrong) -> Trigger | None:
    """Return the smallest set of features that makes an answer wrong, or None where none is found.

    Parameters
    ----------
    observable : str
        What is asked.
    wrong : callable
        ``wrong(row)`` tells whether a question of that kind is answered wrongly; None where the solver
        declines it, or the answer has no number that could be wrong.
    """
    start = next((row for row in (plain(observable), *rows(observable, 2)) if wrong(row)), None)
    if start is None:
        return None
    row = _plainer(start, plain(observable), wrong)
    kinds = {name: {row[name]: True} for name in row}
    idle: list[str] = []
    # What goes together with nothing else in the row waits until it is known what does not matter.
    for names in ((), idle):
        for name in row:
            for value in FEATURES[name].values:
                if value not in kinds[name] and (other := _turned(row, name, value, names)) is not None:
                    found = wrong(other)
                    if found is not None:
                        kinds[name][value] = found
        idle += [name for name, known in kinds.items() if all(known.values())]
    told = {name: known for name, known in kinds.items() if not all(known.values())}
    values, right = (
        {name: tuple(value for value in known if known[value] == wanted) for name, known in told.items()}
        for wanted in (True, False)
    )
    return Trigger(observable, values, right)


def _plainer(row: Row, goal: Row, wrong: Wrong) -> Row:
    """Return the row with as many values of the goal as it can have and still be answered wrongly."""
    for name in goal:
        other = row | {name: goal[name]}
        if other != row and not apart(other) and wrong(other):
            return _plainer(other, goal, wrong)
    return row


def _turned(row: Row, name: str, value: str, idle: tuple[str, ...] | list[str]) -> Row | None:
    """Return the row with another value, and another one of something that does not matter where need be."""
    other = row | {name: value}
    if not apart(other):
        return other
    for aside in idle:
        for spare in FEATURES[aside].values:
            if aside != name and not apart(found := other | {aside: spare}):
                return found
    return None


def search(observable: str, solver: Any, clock: Clock) -> Trigger | None:
    """Return what makes a solver wrong about an observable, as far as the time allows.

    Parameters
    ----------
    observable : str
        What is asked.
    solver : object
        The solver under test, held against the fast one.
    clock : Clock
        Where it runs out, nothing is said: half of a search tells no trigger.
    """
    guarded = Guarded(solver)

    def wrong(row: Row) -> bool | None:
        for seed in _while(clock):
            differs = _differs(guarded, observable, row, seed)
            if differs is not False:
                return differs
        return False

    try:
        return trigger(observable, wrong)
    except _Late:
        return None


def told(causes: list[Cause], solver: Any, clock: Clock) -> list[Cause]:
    """Return the causes, each with what makes the first of its functions wrong, as far as the time allows."""
    found = []
    for cause in causes:
        name = next((name for name in cause.observables if name in OBSERVABLES), None)
        trigger = None if name is None else search(name, solver, clock)
        words = "" if trigger is None else f"{name} is wrong {trigger.says}"
        found.append(replace(cause, trigger=words))
    return found


class _Late(Exception):  # noqa: N818 - no error, and for nobody outside
    """The time is up."""


def _while(clock: Clock) -> Iterator[int]:
    for seed in range(DRAWS):
        if not clock.left:
            raise _Late
        yield seed


def _differs(guarded: Guarded, observable: str, row: Row, seed: int) -> bool | None:
    problem = posed(observable, row, seed)
    system, argument = problem.system, tuple(problem.numbers.values())
    try:
        got = getattr(guarded, observable)(system, *argument)
    # Another question would cost as much waiting again.
    except Hung as fault:
        raise _Late from fault
    except SolverFault:
        return True
    except Unsupported:
        return None
    want = np.asarray(getattr(fast, observable)(system, *argument))
    if not want.size:
        return None
    scale = max(natural(observable, system, *argument), float(np.max(np.abs(want))))
    comparison = Comparison(observable, got, want, scale)
    if comparison.error <= tolerance(comparison, system.levels, guarded.accuracy):
        return False
    scale, kappa = condition(observable, system, *argument)
    comparison = Comparison(observable, got, want, scale, condition=kappa)
    # The fast solver errs as well.
    return comparison.error > 4 * tolerance(comparison, system.levels, guarded.accuracy)
