"""Which features go together, and few rows of them that hold every pair that does, or every triple.

The rows are data: `covertable` makes them where the table of features changes (``make covering``), and a run
only reads them. They are in an order in which the first few hold every single value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from itertools import combinations
from pathlib import Path

from electronwind import OBSERVABLES

from .call_features import OF_CALLS
from .features import FEATURES, Row, asked_of, decoded

__all__ = ["IMPOSSIBLE", "PATH", "against", "apart", "coverage", "parts", "possible", "rows", "sort_of"]

PATH = Path(__file__).with_suffix(".json")

# Values of some features, as their digits: `((0, "1"), (3, "0"))`.
Tuple = tuple[tuple[int, str], ...]
_EMPTY = (list(FEATURES).index("batch"), str(list(FEATURES["batch"].values).index("empty")))
_ONE = ("1",)
_CLOSE = ("none", "1e-12", "1e-8")

# What cannot be: a question that has one of the values of each feature of a line. Beyond what the words
# mean, a lead with a band sits on one site, so it reaches every level of one only; and two levels that
# coincide are bound where all leads touch them at a single site. A hundred systems on leads with bands could
# be, and take seconds.
IMPOSSIBLE: tuple[Mapping[str, tuple[str, ...]], ...] = (
    {"levels": _ONE, "entries": ("complex",)},
    {"levels": _ONE, "gap": _CLOSE},
    {"levels": _ONE, "place": ("ends", "shared", "inner")},
    {"levels": ("2",), "place": ("inner",)},
    {"levels": ("2", "3-4", "5-8", "9+"), "kind": ("chain", "periodic"), "place": ("all",)},
    {"leads": _ONE, "kind": ("mixed",)},
    {"leads": _ONE, "place": ("shared",)},
    {"leads": _ONE, "temperatures": ("different", "nearly equal", "some zero")},
    {"leads": _ONE, "potentials": ("different", "tiny bias")},
    {"leads": ("3", "4+"), "place": ("ends",)},
    {"leads": _ONE, "place": ("ends", "inner"), "gap": _CLOSE},
    {"leads": ("2",), "place": ("shared",), "gap": _CLOSE},
    {"temperatures": ("zero",), "warmth": ("warm",)},
    {"batch": ("100+",), "kind": ("chain", "periodic", "mixed")},
    {"batch": ("none",), "parameters": ("as h", "their own")},
    {"batch": ("empty",), "gap": _CLOSE},
    {"batch": ("empty",), "entries": ("complex",)},
    {"batch": ("empty",), "parameters": ("as h", "their own")},
    {"shape": ("number", "list of one"), "sign": ("both",)},
    {"sign": ("zero",), "size": ("usual", "large")},
    *OF_CALLS,
)


def apart(row: Row) -> bool:
    """Return whether some values of a row, or of part of one, do not go together."""
    return any(all(row.get(name) in values for name, values in line.items()) for line in IMPOSSIBLE)


def against(row: Row) -> tuple[str, ...]:
    """Return the names of the features whose values in a row do not go together."""
    lines = (line for line in IMPOSSIBLE if all(row.get(name) in values for name, values in line.items()))
    return tuple(dict.fromkeys(name for line in lines for name in line))


@cache
def _arrays() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(PATH.read_text(encoding="utf-8"))
    return found


def sort_of(name: str) -> str:
    """Return by which name the rows of a function are kept: observables share theirs."""
    if name not in OBSERVABLES:
        return name
    return "question" if OBSERVABLES[name].argument else "system"


def _words(name: str, strength: int) -> list[str]:
    """Return the rows that hold every tuple of so many values, as words, the most telling first."""
    found = _arrays()[f"{sort_of(name)}-{max(strength, 2)}"]
    if strength > 1:
        return found
    first: list[str] = []
    while coverage(name, first, 1) != (whole := len(possible(name, 1)), whole):
        first = found[: len(first) + 1]
    return first


@cache
def rows(name: str, strength: int) -> tuple[Row, ...]:
    """Return rows of features that hold every tuple of so many values that go together.

    Parameters
    ----------
    name : str
        The function that is asked.
    strength : {1, 2, 3}
        Single values, pairs or triples.
    """
    return tuple(decoded(name, word) for word in _words(name, strength))


def parts(name: str, word: str, strength: int) -> set[Tuple]:
    """Return the tuples of so many values that a word of features holds.

    Of an empty batch those with its emptiness alone: where no number is compared, nothing else is judged.
    """
    found = set(combinations(enumerate(word), strength))
    empty = name in OBSERVABLES and word[_EMPTY[0] : _EMPTY[0] + 1] == _EMPTY[1]
    return {part for part in found if _EMPTY in part} if empty else found


@cache
def possible(name: str, strength: int) -> Mapping[Tuple, int]:
    """Return every tuple of so many values that a question about a function can have, numbered."""
    found = set().union(*(parts(name, word, strength) for word in _words(name, max(strength, 2))))
    return {part: number for number, part in enumerate(sorted(found))}


@lru_cache(maxsize=2**15)
def _mask(name: str, word: str, strength: int) -> int:
    """Return the numbers of the possible tuples that a word holds, as bits: their union costs nothing."""
    # A report may come from elsewhere.
    if len(word) != len(asked_of(name)):
        return 0
    known = possible(name, strength)
    return sum(1 << known[part] for part in parts(name, word, strength) if part in known)


def coverage(name: str, words: Iterable[str], strength: int) -> tuple[int, int]:
    """Return how many tuples of so many values questions hold, and how many are possible.

    Parameters
    ----------
    name : str
        The function that was asked.
    words : iterable of str
        Features of the questions, as `features.code` writes them; what is no such word holds nothing.
    strength : {1, 2, 3}
        Single values, pairs or triples.
    """
    seen = 0
    for word in words:
        seen |= _mask(name, word, strength)
    return seen.bit_count(), len(possible(name, strength))
