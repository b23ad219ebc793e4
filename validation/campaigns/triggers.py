"""The second matrix of the planted faults: whether what triggers each is named rightly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from electronwind import OBSERVABLES

from ..diagnosis.evidence import Clock
from ..diagnosis.trigger import Trigger, search
from ..faults.catalogue import FAULTS
from ..faults.triggers import TRIGGERS

__all__ = ["LEAST", "Named", "Verdict", "measure", "named"]

Verdict = Literal["rightly", "wrongly", "not"]
# The part that must be named rightly.
LEAST = 0.8
# Seconds for the search of one trigger.
PATIENCE = 60.0


@dataclass(frozen=True)
class Named:
    """What is said of one planted fault.

    Attributes
    ----------
    fault : str
        Its name.
    observable : str
        The function that was asked.
    says : str
        The trigger in words; empty where none was found.
    verdict : {"rightly", "wrongly", "not"}
        Whether it is the one that the fault declares.
    """

    fault: str
    observable: str
    says: str
    verdict: Verdict


def named(fault: str, found: Trigger | None) -> Verdict:
    """Return whether a trigger is the one that a fault declares.

    The same features must matter, and every value that was tried must be wrong, or right, as declared.
    """
    if found is None:
        return "not"
    declared = TRIGGERS[fault]
    right = found.values.keys() == declared.keys() and all(
        set(found.values[name]) <= set(values) and not set(found.right[name]) & set(values)
        for name, values in declared.items()
    )
    return "rightly" if right else "wrongly"


def measure(names: Iterable[str], on_named: Callable[[Named], None] = lambda _: None) -> list[Named]:
    """Search for the trigger of each fault that declares one, by the first observable that it breaks."""
    rows = []
    for name in names:
        fault = FAULTS[name]
        observable = next((o for o in fault.observables if o in OBSERVABLES), None)
        if name not in TRIGGERS or observable is None:
            continue
        # Overflow is a usual sign of a wrong solver, and no news.
        with np.errstate(all="ignore"):
            found = search(observable, fault.factory(), Clock(PATIENCE))
        says = "" if found is None else found.says
        rows.append(Named(name, observable, says, named(name, found)))
        on_named(rows[-1])
    return rows
