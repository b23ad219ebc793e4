"""Deriving stored values once more: a random sample, enclosed anew."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from .storage import CallTable, Table, Value

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


def sample(tables: Sequence[Table | CallTable], size: int, seed: int) -> list[tuple[Table | CallTable, str]]:
    """Return some of all (table, observable) pairs, or (question, field), at random without repetition."""
    pairs = [(table, name) for table in tables for name in table.values]
    return random.Random(seed).sample(pairs, min(size, len(pairs)))


def recheck(pairs: Sequence[tuple[Table | CallTable, str]]) -> Iterator[Verdict]:
    """Yield the verdict on each pair.

    Raises
    ------
    ModuleNotFoundError
        python-flint is not installed.
    """
    from .certify import certify, holds

    for table, name in pairs:
        if isinstance(table, CallTable):
            yield _again(table, name)
            continue
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


def _again(table: CallTable, field: str) -> Verdict:
    """Return the verdict on one field of the answer to a question."""
    from .derive import derive

    value, fresh = table.values[field], Value(derive(table.call, table.data)[field])
    found = {
        "value": value.midpoint.shape == fresh.midpoint.shape and _near(value, fresh),
        "radius": value.radius == fresh.radius,
        "condition": abs(value.condition / fresh.condition - 1) < SCATTER,
        "route": value.certified == fresh.certified and value.route == fresh.route,
    }
    return Verdict(table.id, field, tuple(what for what, right in found.items() if not right))


def _near(value: Value, fresh: Value) -> bool:
    """Return whether all decimals are within both radii of each other."""
    allowed = Decimal(value.entry["radius"]) + Decimal(fresh.entry["radius"])
    return all(
        abs(Decimal(x) - Decimal(y)) <= allowed
        for key in ("re", "im")
        if key in fresh.entry
        for x, y in zip(np.ravel(value.entry[key]), np.ravel(fresh.entry[key]), strict=True)
    )
