"""Every check of the suite, and which of them a run takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase

from ..core.check import CHECKS, TIERS, Check

__all__ = ["all_checks", "choose", "refuse_unknown", "select"]


def all_checks() -> Mapping[str, Check]:
    """Return every check of the suite by id; the first call imports them."""
    from .. import checks  # noqa: F401 - for what it registers

    return CHECKS


def select(
    checks: Mapping[str, Check], only: str | None = None, tiers: Iterable[str] | None = None
) -> list[Check]:
    """Return the checks whose id matches `only` and whose tier is in `tiers`.

    Parameters
    ----------
    checks : mapping
        All checks by id.
    only : str, optional
        Part of an id, or a pattern with ``*``, ``?`` and ``[]`` for the whole id.
    tiers : iterable of str, optional
        Names out of `TIERS`; all where none is given.

    Raises
    ------
    ValueError
        A tier that does not exist, or a selection that matches no check.
    """
    wanted = tuple(tiers or TIERS)
    if unknown := [tier for tier in wanted if tier not in TIERS]:
        raise ValueError(f"tier: expected one of {', '.join(TIERS)}, got {unknown[0]!r}")
    pattern = only or "*"
    if not set(pattern) & set("*?["):
        pattern = f"*{pattern}*"
    found = [c for c in checks.values() if c.tier in wanted and fnmatchcase(c.id, pattern)]
    if checks and not found:
        near = get_close_matches(only or "", checks, n=3, cutoff=0.5)
        hint = f"; close: {', '.join(near)}" if near else ""
        raise ValueError(f"no check matches {only or '*'!r} in tier {', '.join(wanted)}{hint}")
    return found


def choose(
    checks: Mapping[str, Check], only: str | None, tiers: Iterable[str] | None, quick: bool
) -> list[Check]:
    """Return the checks of a run, as `select`: a quick one leaves out those that take long.

    What was asked for by name runs, however long it takes.
    """
    found = select(checks, only, tiers)
    short = [check for check in found if check.cost != "long"]
    return short if quick and not only and short else found


def refuse_unknown(reasons: Mapping[str, str], checks: Mapping[str, Check]) -> None:
    """Refuse a list of expected failures that names no check, or gives no reason.

    Raises
    ------
    ValueError
        The id, and the nearest one there is.
    """
    for id, reason in reasons.items():
        if id not in checks:
            near = get_close_matches(id, checks, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"expected failures: no check is called {id!r}{hint}")
        if not isinstance(reason, str) or not reason.strip():
            raise ValueError(f"expected failures: {id!r} needs a reason in words")
