"""Rungs of ``electronwind benchmark`` under asv, so that their time, memory and digits have a history."""

# Where the ladder is not there, asv skips all of this.
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

import copy
import time
from typing import Any

import numpy as np

from electronwind import fast

try:
    from electronwind.validation.benchmark.ladder import RUNGS, Rung, Workload, floor, workload
    from electronwind.validation.benchmark.problems import arguments
    from electronwind.validation.core.tolerances import MOST_DIGITS, digits, tolerance

    BY_ID = {rung.id: rung for rung in RUNGS}
except ModuleNotFoundError:  # asv measures commits from before there was a ladder, too
    BY_ID = {}

# A few of each ladder: asv runs each in processes of its own, and the whole ladder would take an hour.
CHOSEN = (
    "levels/30/friction",
    "levels/100/density_matrix",
    "levels/100/friction",
    "levels/100/force_noise",
    "batch/1000/every",
    "batch/10000/every",
    "temperature/0.0001/friction",
    "temperature/0.0001/force_noise",
    "chain/5/force",
    "chain/5/curl",
)


def climb(rung: Rung, task: Workload) -> dict[str, Any]:
    """Evaluate a rung on a system object of its own: the fast solver keeps results with the object."""
    system = copy.copy(task.system)
    return {name: getattr(fast, name)(system, *arguments(name)) for name in rung.asked}


class Ladder:
    params = CHOSEN
    param_names = ("rung",)
    timeout = 600
    version = "1"

    def setup(self, id: str) -> None:
        if id not in BY_ID:
            raise NotImplementedError  # asv's word for: skip
        self.rung = BY_ID[id]
        self.task = workload(self.rung)
        for name, value in climb(self.rung, self.task).items():
            comparison = self.task.compare(name, value)
            allowed = tolerance(comparison, self.task.system.levels)
            assert comparison.error <= allowed, f"{id}: {name} is off by {comparison.error:.1e}"

    def time_fast(self, id: str) -> None:
        climb(self.rung, self.task)

    def peakmem_fast(self, id: str) -> None:
        climb(self.rung, self.task)

    def track_digits_lost(self, id: str) -> float:
        """Digits short of double precision, of the worst observable; more is worse."""
        answers = climb(self.rung, self.task)
        errors = [self.task.compare(name, value).error for name, value in answers.items()]
        return MOST_DIGITS - digits(max(errors))

    def track_eig_floor(self, id: str) -> float:
        """Time in units of numpy.linalg.eig of the same matrices, in turns."""
        matrices = floor(self.task.system)
        ratios = []
        for _ in range(9):
            start = time.perf_counter()
            np.linalg.eig(matrices)
            middle = time.perf_counter()
            climb(self.rung, self.task)
            ratios.append((time.perf_counter() - middle) / (middle - start))
        return float(np.median(ratios))

    track_digits_lost.unit = "digits"  # type: ignore[attr-defined]  # asv reads it there
    track_eig_floor.unit = "ratio"  # type: ignore[attr-defined]  # asv reads it there
