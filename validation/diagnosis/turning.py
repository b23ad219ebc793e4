"""Which values of which features leave an answer wrong: few questions that turn many features at once.

A question that is answered wrongly is turned into others. Where one with many other values is still wrong,
none of these makes it right; where it is right, halving finds the feature that does, and of that feature
every value is asked alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

from ..systems.combinations import against, apart, rows
from ..systems.features import Row, words_of
from .differing import Found
from .saying import BALANCE

__all__ = ["Turning", "Wrong", "plain"]

Wrong = Callable[[Row], Found]
# By feature and value, whether the answer is wrong.
Kinds = dict[str, dict[str, bool]]

# Questions with a value that must be answered wrongly: another mistake may spoil any one of them.
VOTES = 2
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


class Turning:
    """What is known of a question that is answered wrongly, as its features are turned.

    Parameters
    ----------
    observable : str
        What is asked.
    row : dict
        Features of a question that is answered wrongly.
    wrong : callable
        Whether a question of that kind is answered wrongly; None where that cannot be told.
    once : callable
        The same by a single question, for where most of several decide.

    Attributes
    ----------
    row : dict
        Features of the plainest question found that is answered wrongly.
    kinds : dict
        By feature and value, whether the answer is wrong where a question has it.
    """

    def __init__(self, observable: str, row: Row, wrong: Wrong, once: Wrong) -> None:
        self._observable, self._wrong, self._once = observable, wrong, once
        self.row = self._plainer(row)
        # What gives no answer elsewhere may be another mistake.
        self._how = wrong(self.row)
        self._votes: Counter[tuple[str, str]] = Counter()
        self.kinds: Kinds = {name: {value: True} for name, value in self.row.items()}

    def all(self) -> None:
        """Find out about every value of every feature."""
        # What could not be made plainer matters.
        for name in self._special():
            self._each(name)
        for other in rows(self._observable, 2)[: VOTES * len(rows(self._observable, 1))]:
            self._together(other)
        # What does not go together with the rest waits until it is known what else is wrong.
        for asides in range(ASIDES + 1):
            for name in self.kinds:
                self._each(name, asides)
        self._doubt()
        self._balance()

    # --- making it plainer ------------------------------------------------------------------------

    def _special(self, row: Row | None = None) -> list[str]:
        """Return the features of which a row, by default that of the question, has not the first value."""
        goal, found = plain(self._observable), row or self.row
        return [name for name in found if found[name] != goal[name]]

    def _plainer(self, row: Row) -> Row:
        """Return the row with as many first values of features as it can have and still be wrong."""
        other = self._stripped(row, self._special(row))
        while other != row:
            row, other = other, self._stripped(other, self._special(other))
        return row

    def _stripped(self, row: Row, names: Sequence[str]) -> Row:
        """Return the row with the first values of some features, as far as they leave it wrong."""
        if not names:
            return row
        goal = plain(self._observable)
        other = row | {name: goal[name] for name in names}
        if not apart(other) and self._wrong(other):
            return other
        if len(names) == 1:
            return row
        return self._stripped(self._stripped(row, names[: len(names) // 2]), names[len(names) // 2 :])

    # --- turning features -------------------------------------------------------------------------

    def _together(self, other: Row) -> None:
        """Find out about all values of a row at once, as far as they go together with what is wrong."""
        while True:
            turned = self._mended(other)
            news = [name for name, value in turned.items() if value not in self.kinds[name]]
            if not news or apart(turned):
                return
            found = self._wrong(turned)
            if found and found == self._how:
                self._votes.update((name, turned[name]) for name in news)
                for name in news:
                    if self._votes[name, turned[name]] == VOTES:
                        self.kinds[name][turned[name]] = True
                return
            culprit = self._culprit(turned, news) if found is False else None
            if culprit is None:
                return
            self._each(culprit)

    def _mended(self, other: Row) -> Row:
        """Return a row with what is wrong in place of values that are known to make an answer right."""
        return {
            name: value if self.kinds[name].get(value, True) else self.row[name]
            for name, value in other.items()
        }

    def _culprit(self, turned: Row, names: Sequence[str]) -> str | None:
        """Return the feature of some whose value makes a question right; None where it takes several."""
        if len(names) == 1:
            return names[0] if self._right(turned, names) else None
        for half in (names[: len(names) // 2], names[len(names) // 2 :]):
            if self._right(turned, half):
                return self._culprit(turned, half)
        return None

    def _right(self, turned: Row, names: Sequence[str]) -> bool:
        other = self.row | {name: turned[name] for name in names}
        return not apart(other) and self._wrong(other) is False

    def _each(self, name: str, asides: int = 0) -> None:
        """Find out about every value of a feature, one at a time."""
        for value in words_of(self._observable)[name]:
            other = None if value in self.kinds[name] else self._turned(name, value, asides)
            found = None if other is None else self._wrong(other)
            if found is not None:
                self.kinds[name][value] = bool(found)

    def _turned(self, name: str, value: str, asides: int) -> Row | None:
        """Return the row with another value, and beside it so many others that are known to be wrong."""
        turned = self.row | {name: value}
        if not asides:
            return None if apart(turned) else turned
        # Only what stands in the way is worth turning.
        free = [(n, v) for n in against(turned) if n != name for v, bad in self.kinds[n].items() if bad]
        for chosen in combinations(free, asides):
            other = turned | dict(chosen)
            if not apart(other):
                return other
        return None

    # --- doubts -----------------------------------------------------------------------------------

    def _doubt(self) -> None:
        """Take back that a value is right where it is wrong beside most of what else can be asked.

        So it is where chance made it right, or something else in the plain question: two levels that coincide
        are one number, and two leads that share a level carry no current.
        """
        for name in [name for name, known in self.kinds.items() if not all(known.values())]:
            for value in [value for value, bad in self.kinds[name].items() if not bad]:
                self.kinds[name][value] = _mostly(map(self._alike, self._beside(name, value)))

    def _alike(self, row: Row) -> bool | None:
        """Return whether a question is answered wrongly as this one is; None where it is otherwise."""
        found = self._once(row)
        return bool(found) if found is False or found == self._how else None

    def _beside(self, name: str, value: str) -> Iterator[Row]:
        """Yield other questions with a value, which of all that matters besides have what is wrong."""
        # What takes long comes last.
        others = sorted(rows(self._observable, 2), key=lambda other: bool(SLOW & set(other.values())))
        for other in others:
            turned = self._mended(other) | {name: value}
            if not apart(turned):
                yield turned

    def _balance(self) -> None:
        """Find out whether it is right at equilibrium, which takes two features at once."""
        if not all(self.kinds.get(name, {}).get("equal") for name in LEVELLED):
            return
        level = self.row | dict.fromkeys(LEVELLED, "equal")
        if apart(level) or self._wrong(level) is not False:
            return
        self.kinds[BALANCE] = {"broken": True, "even": False}
        # A single lead is at equilibrium.
        if [value for value, bad in self.kinds["leads"].items() if not bad] == ["1"]:
            self.kinds["leads"]["1"] = True


def _mostly(found: Iterable[bool | None]) -> bool:
    """Return whether most of some answers are wrong, of as many as it takes to know."""
    counts = {True: 0, False: 0}
    for one in found:
        if one is not None:
            counts[one] += 1
        if max(counts.values()) > OTHERS / 2:
            break
    return counts[True] > counts[False]
