"""The second matrix of the planted faults: whether what triggers each is named rightly."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from electronwind import NAMES

from ..core.canonical import canonical
from ..core.fingerprint import rooms, suite
from ..diagnosis.evidence import Clock
from ..diagnosis.saying import Trigger
from ..diagnosis.trigger import search
from ..faults.catalogue import FAULTS
from ..faults.triggers import TRIGGERS, Reading
from ..work.journal import Journal
from .mutation.results import wilson

__all__ = ["LEAST", "VERDICTS", "Named", "counted", "markdown", "measure", "named", "questions"]

Verdict = Literal["rightly", "wrongly", "not found", "no question"]
VERDICTS: tuple[Verdict, ...] = ("rightly", "wrongly", "not found", "no question")
# The part that must be named rightly.
LEAST = 0.8
# What the search and the faults depend on; declarations, reports and other checks are none of it.
ROOMS = (
    "checks/motion",
    "core",
    "diagnosis",
    "faults/motion",
    "faults/registry.py",
    "faults/software",
    "faults/steady",
    "systems",
    "under_test",
)
# Seconds of the processor for the search of one trigger: other work on the machine must not decide.
PATIENCE = 120.0


@dataclass(frozen=True)
class Named:
    """What is said of one planted fault.

    Attributes
    ----------
    fault : str
        Its name.
    observable : str
        The function that was asked: the first that it may make wrong.
    says : str
        The trigger in words; empty where none was found.
    verdict : {"rightly", "wrongly", "not found", "no question"}
        Whether it is the one that the fault declares; of those that no single question shows, "wrongly"
        where one was found all the same.
    """

    fault: str
    observable: str
    says: str
    verdict: Verdict


def named(fault: str, found: Trigger | None) -> Verdict:
    """Return whether a trigger is the one that a fault declares.

    The same features must matter, and every value that was tried must be wrong, or right, as declared.
    """
    declared = TRIGGERS[fault]
    if found is None:
        return "no question" if declared.sort == "no question" else "not found"
    return "rightly" if any(_is(reading, found) for reading in declared.readings) else "wrongly"


def _is(reading: Reading, found: Trigger) -> bool:
    return found.values.keys() == reading.keys() and all(
        set(found.values[name]) <= set(values) and not set(found.right[name]) & set(values)
        for name, values in reading.items()
    )


def measure(
    names: Iterable[str],
    on_named: Callable[[Named], None] = lambda _: None,
    *,
    journal: Path | None = None,
) -> list[Named]:
    """Search for the trigger of each fault, by the first function that it may make wrong.

    Parameters
    ----------
    names : iterable of str
        Faults; they are taken in the order of these functions, runs in time last.
    on_named : callable
        Called with what is said of each.
    journal : Path, optional
        A line for every fault that is done; it is done again where its code, the search or a right answer
        has changed since, and not where the declaration has.
    """
    rows = []
    key = "" if journal is None else canonical(["triggers", rooms(*ROOMS), suite()["oracle"]])
    with Journal(journal, key) as done:
        for name in sorted(names, key=lambda name: NAMES.index(_first(name))):
            if name not in done.known:
                # Overflow is a usual sign of a wrong solver, and no news.
                with np.errstate(all="ignore"):
                    done.keep(
                        name,
                        _plain(
                            search(_first(name), FAULTS[name].factory(), Clock(PATIENCE, time.process_time))
                        ),
                    )
            found = done.known[name]
            trigger = Trigger(**found) if found is not None else None
            says = "" if trigger is None else trigger.says
            rows.append(Named(name, _first(name), says, named(name, trigger)))
            on_named(rows[-1])
    return rows


def _first(name: str) -> str:
    """Return the first function that a fault may make wrong, in the order of reports."""
    return min(FAULTS[name].observables, key=NAMES.index)


def _plain(found: Trigger | None) -> dict[str, Any] | None:
    if found is None:
        return None
    values, right = (
        {name: list(known) for name, known in side.items()} for side in (found.values, found.right)
    )
    return {"observable": found.observable, "values": values, "right": right}


def questions(rows: Iterable[Named]) -> list[Named]:
    """Return those that some question shows, whether its kind has a name or not."""
    return [row for row in rows if TRIGGERS[row.fault].sort != "no question"]


def counted(rows: Iterable[Named], of: Callable[[Named], str]) -> Mapping[str, Counter[Verdict]]:
    """Return the number of each verdict by what a function tells of a row."""
    found: dict[str, Counter[Verdict]] = {}
    for row in rows:
        found.setdefault(of(row), Counter())[row.verdict] += 1
    return found


def markdown(rows: Sequence[Named]) -> str:
    """Return the second matrix as a part of the documentation on faults."""
    asked = questions(rows)
    right = sum(row.verdict == "rightly" for row in asked)
    sorts = Counter(TRIGGERS[row.fault].sort for row in rows)
    lines = [
        "## What triggers each, and whether it is named",
        "",
        "Each fault declares, from its code, which kinds of questions it answers wrongly "
        "(`validation/faults/triggers/`). The search that begins a report is given the solver alone, and "
        "what it says is held against that: the same features must matter, with the same values.",
        "",
        f"Searched for: {len(rows)} of {len(FAULTS)} faults, written on {datetime.now(UTC):%d %B %Y} by the "
        f"suite `{suite()['sha256'][:12]}`.",
        "",
        f"Named rightly: {right} of {len(asked)} that some question shows, {_part(asked)}; "
        f"of all {len(rows)} {_part(rows)}, with intervals by Wilson at 95 %. Counted as not named are "
        f"{sorts['nameless']} whose trigger is no feature in the table; {sorts['no question']} are of no "
        "single question.",
        "",
    ]
    lines += _table("function", rows, lambda row: f"`{row.observable}`")
    lines += _table("class", rows, lambda row: f"{FAULTS[row.fault].kind}, {TRIGGERS[row.fault].sort}")
    lines += ["Why the trigger is no feature, or there is none:", ""]
    for why in dict.fromkeys(TRIGGERS[row.fault].why for row in rows if TRIGGERS[row.fault].why):
        of_it = [f"`{row.fault}`" for row in rows if TRIGGERS[row.fault].why == why]
        lines.append(f"- {why}: {', '.join(of_it)}.")
    lines += ["", "| fault | is wrong | named |", "|---|---|---|"]
    lines += [
        f"| `{row.fault}` | {f'{row.observable} {row.says}' if row.says else ''} | {row.verdict} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def _table(head: str, rows: Sequence[Named], of: Callable[[Named], str]) -> list[str]:
    lines = [f"| {head} | {' | '.join(VERDICTS)} | named rightly |", f"|---|{'--:|' * len(VERDICTS)}---|"]
    for part, count in counted(rows, of).items():
        numbers = " | ".join(str(count[verdict]) for verdict in VERDICTS)
        asked = questions(row for row in rows if of(row) == part)
        lines.append(f"| {part} | {numbers} | {_part(asked)} |")
    return [*lines, ""]


def _part(rows: Sequence[Named]) -> str:
    if not rows:
        return "none"
    right = sum(row.verdict == "rightly" for row in rows)
    low, high = wilson(right, len(rows))
    return f"{100 * right / len(rows):.0f} % ({100 * low:.0f} % to {100 * high:.0f} %)"
