"""Deriving stored values once more: a random sample, enclosed anew."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .storage import Table

__all__ = ["Verdict", "recheck", "sample"]


@dataclass(frozen=True)
class Verdict:
    """One stored value, derived anew.

    Attributes
    ----------
    table, observable : str
        Which.
    holds : bool
        Whether the fresh enclosure lies within the stored one.
    """

    table: str
    observable: str
    holds: bool


def sample(tables: Sequence[Table], size: int, seed: int) -> list[tuple[Table, str]]:
    """Return some of all (table, observable) pairs, at random without repetition."""
    pairs = [(table, name) for table in tables for name in table.values]
    return random.Random(seed).sample(pairs, min(size, len(pairs)))


def recheck(pairs: Sequence[tuple[Table, str]]) -> Iterator[Verdict]:
    """Yield the verdict on each pair.

    Raises
    ------
    ModuleNotFoundError
        python-flint is not installed.
    """
    from .certify import holds

    for table, name in pairs:
        entry = dict(table.values[name].entry)
        yield Verdict(table.id, name, holds(name, table.system, table.argument(name), entry))
