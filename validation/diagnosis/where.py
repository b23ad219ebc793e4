"""Where a function is wrong, in words: the trait that all wrong answers share and no right one has."""

from __future__ import annotations

from collections.abc import Sequence

from .culprit import Culprit
from .panel import traits

__all__ = ["separating"]

# Fewer right answers than these may lack a trait by accident.
LEAST_RIGHT = 2


def separating(wrong: Sequence[Culprit], right: Sequence[Culprit]) -> str:
    """Return the trait of all wrong calls that no right one has, or an empty string."""
    if not wrong or len(right) < LEAST_RIGHT:
        return ""
    bad = [traits(call.system, call.argument) for call in wrong]
    good = [traits(call.system, call.argument) for call in right]
    for trait in bad[0]:
        if all(one[trait] for one in bad) and not any(one[trait] for one in good):
            return trait
    return ""
