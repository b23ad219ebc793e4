"""One law as a check per observable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from electronwind import NAMES

from ..core.check import Comparison, Cost, Covering, Problem, check

__all__ = ["Judge", "family", "laws"]


Judge = Callable[[str, Any, Problem], Iterator[Comparison]]


def family(
    law: str,
    names: Iterable[str],
    *,
    problems: SearchStrategy[Problem],
    source: str,
    says: str,
    catches: Mapping[str, str],
    cost: Cost = "cheap",
    covering: Covering | None = None,
) -> Callable[[Judge], Judge]:
    """Register one law as a check per observable, ``law.observable``.

    Parameters
    ----------
    law : str
        ``tier.name``.
    names : iterable of str
        The observables.
    problems, source, cost, covering
        As for `check`.
    says : str
        The sentence, with ``{observable}`` in it.
    catches : mapping
        Mistakes by observable, several in one string; those under ``""`` are common to all.
    """

    def register(judge: Judge) -> Judge:
        for name in names:
            words = name.replace("_", " ")
            check(
                f"{law}.{name}",
                name,
                problems=problems,
                source=source,
                says=says.format(observable=words),
                catches=catches.get(name, catches.get("", "")).split(),
                cost=cost,
                covering=covering,
            )(partial(judge, name))
        return judge

    return register


def laws(ids: Iterable[str]) -> set[str]:
    """Return the different checks among some: one law of several observables counts once."""
    parts = ((id, *id.rpartition(".")[::2]) for id in ids)
    return {law if last in NAMES and "." in law else id for id, law, last in parts}
