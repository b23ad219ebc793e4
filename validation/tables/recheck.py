"""Deriving stored values once more: a random sample, enclosed anew."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .storage import Table

__all__ = ["Verdict", "recheck", "sample"]

# The last of its two digits may hang on the norms of another machine.
SCATTER = 0.1


@dataclass(frozen=True)
class Verdict:
    """One stored value, derived anew.

    Attributes
    ----------
    table, observable : str
        Which.
    wrong : tuple of str
        What is not as it is found today: ``value``, where the fresh enclosure lies outside the stored one,
        ``radius``, ``condition``, ``route``.
    """

    table: str
    observable: str
    wrong: tuple[str, ...]


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
    from .certify import certify, holds

    for table, name in pairs:
        value = table.values[name]
        argument = table.argument(name)
        fresh = certify(name, table.system, argument)
        found = {
            "value": holds(name, table.system, argument, dict(value.entry)),
            # A larger one would forgive a wrong solver.
            "radius": value.radius == float(fresh.radius),
            "condition": abs(value.condition / fresh.condition - 1) < SCATTER,
            "route": value.certified and value.route == fresh.route,
        }
        yield Verdict(table.id, name, tuple(what for what, right in found.items() if not right))
