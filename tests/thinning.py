"""Products by night, and by day as much of them as shows every value once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pytest


def cover(sets: Iterable[Mapping[str, Any]]) -> list[bool]:
    """Tell for each set of parameters whether it is one of the few in which together every value occurs.

    The set with the most values that are new comes first; of several, the one whose others occurred least.
    """
    sets = [frozenset((name, _key(value)) for name, value in each.items()) for each in sets]
    seen: Counter[tuple[str, Hashable]] = Counter()
    missing = frozenset().union(*sets)
    chosen = [False] * len(sets)
    while missing:
        best = max(
            range(len(sets)),
            key=lambda i: (len(sets[i] & missing), -sum(seen[value] for value in sets[i]), -i),
        )
        chosen[best] = True
        seen.update(sets[best])
        missing -= sets[best]
    return chosen


def _key(value: Any) -> Hashable:
    """Return what tells a value from others; what cannot be hashed is told by its identity."""
    try:
        hash(value)
    except TypeError:
        return id(value)
    # 1, 1.0 and True are values of their own.
    return type(value), value


def few(labels: Iterable[Any], step: int, first: int = 0) -> list[object]:
    """Return every so many-th by day, the rest at night; a tuple is the values of several parameters."""
    return [label if i % step == first else _slow(label) for i, label in enumerate(labels)]


def rest(labels: Iterable[Any], step: int) -> list[object]:
    """Return by day what `few` leaves to the night, and the other way round."""
    return [_slow(label) if i % step == 0 else label for i, label in enumerate(labels)]


def _slow(label: Any) -> object:
    return pytest.param(*(label if isinstance(label, tuple) else (label,)), marks=pytest.mark.slow)


def spread(chosen: Iterable[bool], most: int | None) -> list[bool]:
    """Leave at most so many of those chosen, from the whole length of the list."""
    chosen = list(chosen)
    places = [i for i, each in enumerate(chosen) if each]
    if most is None or most >= len(places):
        return chosen
    kept = {places[i * len(places) // most] for i in range(most)}
    return [i in kept for i in range(len(chosen))]


def thin(items: Iterable[pytest.Item]) -> None:
    """Mark as slow what a thin day leaves out of each test that asks for it."""
    tests: dict[tuple[Any, Any], list[pytest.Function]] = defaultdict(list)
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if isinstance(item, pytest.Function) and "thin" in marks and "slow" not in marks:
            tests[item.path, item.originalname].append(item)
    for each in tests.values():
        mark = each[0].get_closest_marker("thin")
        assert mark is not None
        stays = spread(cover(one.callspec.params for one in each), mark.kwargs.get("most"))
        for item, day in zip(each, stays, strict=True):
            if not day:
                item.add_marker(pytest.mark.slow)


def dear(items: Iterable[pytest.Function]) -> None:
    """Mark as slow the parameter sets of one test whose ids have a word that its mark `night` names."""
    items = [item for item in items if hasattr(item, "callspec")]
    words = {word for item in items for mark in item.iter_markers("night") for word in mark.args}
    for word in words:
        named = [item for item in items if word in item.callspec.id]
        if not 0 < len(named) < len(items):
            raise pytest.UsageError(
                f"{items[0].originalname}: night: {word!r} names {len(named)} of {len(items)} parameter sets"
            )
        for item in named:
            item.add_marker(pytest.mark.slow)
