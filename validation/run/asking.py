"""Asking the reference once more what is on file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

__all__ = ["derived"]


def derived(question: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return what the reference answers when it is asked now."""
    from electronwind import OpenSystem, reference

    from ..checks.motion.tools import observed, setting
    from ..core.check import Problem
    from ..truth.oracle import reference_says
    from ..under_test.guard import Guarded

    system = OpenSystem.from_dict(question["system"])
    if "observable" in question:
        name, argument = question["observable"], question["argument"]
        return reference_says(name, system, argument, question["digits"])
    problem = Problem(system, question["numbers"])
    return observed(Guarded(reference), question["run"], setting(problem), digits=question["digits"])
