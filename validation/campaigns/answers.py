"""Asking the reference the standard problems, and whether it still answers as on file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..run.asking import derived
from ..run.runner import OnRecord
from ..truth.standard import SEED, Fields, answer

__all__ = ["differs", "gather"]


def differs(question: Mapping[str, Any]) -> bool:
    """Ask the reference once more, and return whether it answers to another effect than the file."""
    filed = answer(question)
    if filed is None:
        return True
    from ..truth.archive import alike

    return not alike(filed, derived(question), question["digits"])


def gather(on_record: OnRecord | None = None) -> Mapping[str, Fields]:
    """Return the answers of the reference by canonical question, for quick and for default runs.

    Raises
    ------
    KeyboardInterrupt
        A run was interrupted: part of the answers must not pass for all of them.
    """
    from ..run.runner import validate
    from ..truth.archive import gathered

    with gathered() as found:
        for quick in (True, False):
            # Without limit of time: a slow machine must not pose fewer problems.
            report = validate("fast", quick=quick, seed=SEED, timeout=math.inf, on_record=on_record)
            if not report.complete:
                raise KeyboardInterrupt
    return found
