"""Failures that no known mistake explains: consequences of one that is found, or groups of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from electronwind import NAMES, OpenSystem

from ..core.record import Cause, Record
from ..core.values import array_of
from .culprit import Culprit
from .evidence import Evidence, extent, is_wrong
from .where import separating
from .words import listed, problem_lines

__all__ = ["attach", "rooted"]

FRAME = re.compile(r'File "([^"\n]+)", line (\d+)')
RAISED = re.compile(r"raised (\w+(?:: .{0,80})?)", re.DOTALL)
# Errors below this are digits that are lost, not a formula that is wrong.
LOST = 1e-4


def attach(evidence: Evidence, causes: list[Cause], left: Iterable[Record]) -> list[Cause]:
    """Return all causes: the known ones with what follows from them, then groups of what is left."""
    groups: dict[tuple[str, ...], list[Record]] = {}
    follows: dict[int, list[Record]] = {}
    for record in left:
        home = _home(evidence, record, causes)
        if home is not None:
            follows.setdefault(home, []).append(record)
        else:
            groups.setdefault(_signature(evidence, record), []).append(record)
    known = [
        replace(cause, follows=tuple(r.id for r in _sorted(evidence, follows.get(number, []))))
        for number, cause in enumerate(causes)
    ]
    found = [_group(evidence, records) for records in _merged(evidence, groups)]
    return sorted([*known, *found], key=lambda cause: (-len(cause.fits), not cause.known))


def rooted(evidence: Evidence, causes: list[Cause]) -> list[Cause]:
    """Return the causes, those that follow from another one as a part of that.

    Where a link between two wrong functions holds, one was computed from the other: the more elementary one
    is the root, which comes first in the table of observables.
    """
    links = [set(r.observables) for r in evidence.passed if r.tier == "link" and len(r.observables) == 2]
    found = list(causes)
    for cause in causes:
        for root in list(found):
            pairs = ({one, other} for one in root.observables for other in cause.observables)
            alone = len(root.observables) == len(cause.observables) == 1
            earlier = alone and NAMES.index(root.observables[0]) < NAMES.index(cause.observables[0])
            if earlier and cause in found and any(pair in links for pair in pairs):
                found[found.index(root)] = replace(root, follows=(*root.follows, *cause.checks))
                found.remove(cause)
    return found


def _home(evidence: Evidence, record: Record, causes: list[Cause]) -> int | None:
    """Return the number of the cause that a failure follows from, or None.

    A call that shows another wrong value stands for itself; a law or a link only says that one of the
    functions that it asks for is wrong.
    """
    if record.status == "crashed":
        return None
    wrong = {evidence.blamed(record)} if record.id in evidence.calls else set(record.observables)
    for number, cause in enumerate(causes):
        if wrong & set(cause.observables):
            return number
    return None


def _signature(evidence: Evidence, record: Record) -> tuple[str, ...]:
    """Return what failures of one group have in common."""
    if record.status != "crashed":
        return ("failed", evidence.blamed(record))
    raised, frame = _raised(record)
    return ("crashed", raised.partition(":")[0], frame) if raised else ("crashed", evidence.blamed(record))


def _raised(record: Record) -> tuple[str, str]:
    """Return the exception that a solver raised, and its place; empty where it raised none."""
    found = RAISED.search(record.message)
    if found is None:
        return "", ""
    details = record.failure.details if record.failure is not None else ""
    frames = [(file, line) for file, line in FRAME.findall(details) if "electronwind" not in Path(file).parts]
    own = [(file, line) for file, line in frames if "site-packages" not in Path(file).parts]
    place = (own or frames)[-1:]
    return found[1].strip().rstrip("."), "".join(f"{Path(file).name}:{line}" for file, line in place)


def _merged(evidence: Evidence, groups: dict[tuple[str, ...], list[Record]]) -> list[list[Record]]:
    """Return the groups, those as one whose functions are wrong alike: a link between them holds."""
    links = [set(r.observables) for r in evidence.passed if r.tier == "link" and len(r.observables) == 2]
    found: list[tuple[set[str], list[Record]]] = []
    order = sorted(groups, key=lambda key: NAMES.index(key[1]) if key[1] in NAMES else len(NAMES))
    for key in order:
        name = key[1]
        home = next((g for g in found if any({name, other} in links for other in g[0])), None)
        if key[0] == "failed" and home is not None:
            home[0].add(name)
            home[1].extend(groups[key])
        else:
            found.append(({name} if key[0] == "failed" else set(), list(groups[key])))
    return [records for _, records in found]


def _sorted(evidence: Evidence, records: Iterable[Record]) -> list[Record]:
    return sorted(
        records, key=lambda r: (r.id not in evidence.calls, len(r.observables), extent(evidence, r))
    )


def _group(evidence: Evidence, records: list[Record]) -> Cause:
    records = _sorted(evidence, records)
    blamed = {evidence.blamed(record) for record in records}
    wrong = tuple(name for name in NAMES if name in blamed)
    is_, each = ("is", "") if len(wrong) == 1 else ("are", "each ")
    if records[0].status == "crashed":
        says = _crash(records[0], wrong)
        bad = [call for record in records if (call := _crashing(record)) is not None]
        bad += [call for name in wrong for call in evidence.unanswered.get(name, [])]
        good = [call for name in wrong for call in evidence.asked.get(name, [])]
    else:
        errors = [record.error for record in records if record.error is not None]
        digits = [record.digits for record in records if record.digits is not None]
        lost = bool(errors) and max(errors) < LOST
        worst = f"right to {max(min(digits, default=0.0), 0.0):.1f} digits only"
        says = f"{listed(wrong or ('a value',))} {is_} {each}{worst if lost else 'wrong'}"
        calls = [call for name in wrong for call in evidence.known(name)]
        bad, good = ([call for call in calls if is_wrong(call) == kind] for kind in (True, False))
    shown = problem_lines(min(records, key=lambda record: extent(evidence, record)))
    where = separating(bad, good)
    return Cause(says, False, wrong, where, (), tuple(record.id for record in records), (), shown)


def _crash(record: Record, wrong: tuple[str, ...]) -> str:
    raised, place = _raised(record)
    if not raised:
        return " ".join(record.message.rstrip(".").split())
    names = listed(wrong or ("the solver",))
    said = f"{names} raise{'s' if len(wrong) < 2 else ''} {' '.join(raised.split())}"
    return f"{said}, in {place}" if place else said


def _crashing(record: Record) -> Culprit | None:
    failure = record.failure
    if failure is None or not failure.system:
        return None
    with suppress(Exception):
        if (call := failure.call) is None:
            return Culprit(failure.observable, OpenSystem.from_dict(failure.system), ())
        argument = () if call.argument is None else (array_of(call.argument),)
        return Culprit(call.observable, OpenSystem.from_dict(call.system), argument)
    return None
