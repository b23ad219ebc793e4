"""How a trigger is declared, and the values of features that many faults have in common.

Feature by feature, as `systems.features` and `systems.call_features` know them, a declaration says for which
values a fault shows. It is read off the fault's code, and not off what a search for it found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "ABOVE_ZERO", "ALWAYS", "BATCHES", "BIASED", "CHAINS", "CURVED", "DIFFERENT", "HEATED", "LARGER",
    "LISTS", "MANY", "MORE", "MOVING", "OFF_ZERO", "OTHER_SPINS", "UNEQUAL", "UP_TO_USUAL", "WIDE",
    "Declared", "Reading", "having", "nameless", "no_question", "shown",
]  # fmt: skip

Reading = dict[str, tuple[str, ...]]
Sort = Literal["shown", "nameless", "no question"]


@dataclass(frozen=True)
class Declared:
    """What some planted faults have in common.

    Attributes
    ----------
    names : tuple of str
        The faults.
    sort : {"shown", "nameless", "no question"}
        Whether a kind of question shows them that the features can say; one that has no name among
        them; or no single question at all.
    readings : tuple of mapping
        By feature, the values for which they show; more than one where the features of what is posed
        coincide, or a fault has two causes. An empty one stands for every question.
    why : str
        What the trigger is, or why there is none, in words.
    """

    names: tuple[str, ...]
    sort: Sort
    readings: tuple[Reading, ...] = field(default=())
    why: str = ""


def having(**values: tuple[str, ...]) -> Reading:
    """Return what a question must be, by feature."""
    return values


def shown(names: str, *readings: Reading) -> Declared:
    """Return the declaration of faults that questions with these features show."""
    return Declared(tuple(names.split()), "shown", readings)


def nameless(names: str, why: str) -> Declared:
    """Return the declaration of faults whose trigger is no value of a feature."""
    return Declared(tuple(names.split()), "nameless", (), why)


def no_question(names: str, why: str) -> Declared:
    """Return the declaration of faults that no single question shows."""
    return Declared(tuple(names.split()), "no question", (), why)


ALWAYS: Reading = {}
# Values of several functions are put together: a question has those of its own.
MANY = ("2", "3", "3-4", "3+", "4+", "5-8", "9+")
LARGER = ("some", "several axes", "100+")
BATCHES = ("one", *LARGER)
OTHER_SPINS = ("2", "3+")
WIDE = having(kind=("wide-band",))
CHAINS = ("chain", "mixed")
DIFFERENT = ("different", "tiny bias", "reversed")
UNEQUAL = ("different", "nearly equal", "some zero")
HEATED = ("different", "equal", "nearly equal", "some zero")
BIASED = having(balance=("broken",))
LISTS = ("list of one", "list")
OFF_ZERO = ("positive", "negative", "both")
UP_TO_USUAL = ("usual", "tiny")
CURVED = having(family=("curved", "object"))
MOVING = having(path=("oscillation", "straight", "knots", "function"))
# More than one time, and a delay other than 0.
MORE = ("uneven", "even", "late", "negative", "whole numbers", "long", "many")
ABOVE_ZERO = ("rising", "one", "not in order", "the same twice", "whole numbers")
