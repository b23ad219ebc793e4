"""What makes a function wrong: the smallest set of features that a question must have.

A plain question is tried first, then those of a covering array until one is answered wrongly. Feature by
feature it is made plainer as long as the answer stays wrong, and then every other value of every feature is
tried: a feature matters where some value makes the answer right, and makes it so beside most of what else can
be asked. Equilibrium is tried besides: it takes two features at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

from electronwind import NAMES, OBSERVABLES

from ..core.record import Cause
from ..systems.combinations import against, apart, rows
from ..systems.features import Row, words_of
from ..under_test.guard import Guarded, Hung
from .differing import differs
from .evidence import Clock
from .saying import BALANCE, Trigger

__all__ = ["plain", "search", "told", "trigger"]

# None where that cannot be told.
Wrong = Callable[[Row], bool | None]
# By feature and value, whether the answer is wrong.
Kinds = dict[str, dict[str, bool]]

# Questions of one kind that must all be answered rightly before the kind counts as right.
DRAWS = 4
# Of what takes longer to ask.
FEW = 2
# How many features may be turned besides, for a value that does not go together with the rest.
ASIDES = 3
# Other questions that have a value which seems to be right; most of them decide.
OTHERS = 8
# What takes long.
SLOW = {"9+", "100+", "long", "many"}
# At equilibrium all leads agree on these.
LEVELLED = ("temperatures", "potentials")


def plain(observable: str) -> Row:
    """Return the features of a plain question: the first value of each."""
    return {name: next(iter(values)) for name, values in words_of(observable).items()}


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
    kinds: Kinds = {name: {row[name]: True} for name in row}
    # What does not go together with the rest waits until it is known what else is wrong.
    for asides in range(ASIDES + 1):
        for name, known in words_of(observable).items():
            for value in known:
                other = None if value in kinds[name] else _turned(row, name, value, kinds, asides)
                found = None if other is None else wrong(other)
                if found is not None:
                    kinds[name][value] = found
    _doubt(observable, row, kinds, wrong)
    _balance(row, kinds, wrong)
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


def _turned(row: Row, name: str, value: str, kinds: Kinds, asides: int) -> Row | None:
    """Return the row with another value, beside it so many others that are known to be wrong themselves."""
    turned = row | {name: value}
    if not asides:
        return None if apart(turned) else turned
    # Only what stands in the way is worth turning.
    free = [(n, v) for n in against(turned) if n != name for v, bad in kinds[n].items() if bad]
    for chosen in combinations(free, asides):
        other = turned | dict(chosen)
        if not apart(other):
            return other
    return None


def _doubt(observable: str, row: Row, kinds: Kinds, wrong: Wrong) -> None:
    """Take back that a value is right where it is wrong beside most of what else can be asked.

    So it is where chance made it right, or something else in the plain question: two levels that coincide
    are one number, and two leads that share a level carry no current.
    """
    # What takes long comes last.
    others = sorted(rows(observable, 2), key=lambda other: bool(SLOW & set(other.values())))
    for name in [name for name, known in kinds.items() if not all(known.values())]:
        for value in [value for value, bad in kinds[name].items() if not bad]:
            # Of all that matters besides they have a value that is wrong.
            beside = (
                {n: v if kinds[n].get(v, True) else row[n] for n, v in other.items()} | {name: value}
                for other in others
            )
            kinds[name][value] = _mostly(wrong(other) for other in beside if not apart(other))


def _mostly(found: Iterable[bool | None]) -> bool:
    """Return whether most of some answers are wrong, of as many as it takes to know."""
    counts = {True: 0, False: 0}
    for one in found:
        if one is not None:
            counts[one] += 1
        if max(counts.values()) > OTHERS / 2:
            break
    return counts[True] > counts[False]


def _balance(row: Row, kinds: Kinds, wrong: Wrong) -> None:
    """Find out whether it is right at equilibrium, which takes two features at once."""
    if not all(kinds.get(name, {}).get("equal") for name in LEVELLED):
        return
    other = _turned(row | dict.fromkeys(LEVELLED, "equal"), LEVELLED[0], "equal", {}, 0)
    if other is None or wrong(other) is not False:
        return
    kinds[BALANCE] = {"broken": True, "even": False}
    # A single lead is at equilibrium.
    if [value for value, bad in kinds["leads"].items() if not bad] == ["1"]:
        kinds["leads"]["1"] = True


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
        for seed in _while(clock, DRAWS if observable in OBSERVABLES else FEW):
            found = differs(guarded, observable, row, seed)
            if found is not False:
                return found
        return False

    try:
        return trigger(observable, wrong)
    # Another question would cost as much waiting again.
    except (_Late, Hung):
        return None


def told(causes: list[Cause], solver: Any, clock: Clock) -> list[Cause]:
    """Return the causes, each with what makes the first of its functions wrong, as far as the time allows."""
    found = []
    for cause in causes:
        name = next((name for name in cause.observables if name in NAMES), None)
        trigger = None if name is None else search(name, solver, clock)
        words = "" if trigger is None else f"{name} is wrong {trigger.says}"
        found.append(replace(cause, trigger=words))
    return found


class _Late(Exception):  # noqa: N818 - no error, and for nobody outside
    """The time is up."""


def _while(clock: Clock, draws: int) -> Iterator[int]:
    for seed in range(draws):
        if not clock.left:
            raise _Late
        yield seed
