"""What lies between the benchmark and a solver in a process of its own: the toll of a call, and its meters.

Time is taken in this process, which the solver does not share. What a call costs on the way there and back is
measured on a solver that computes nothing, in a process of its own that no solver under test can touch.
"""

from __future__ import annotations

import copy
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from electronwind import load_solver
from electronwind.external import Apart, Bounds

from ..under_test.guard import Guarded
from .ladder import Rung, Workload
from .problems import arguments

__all__ = ["Meter", "Toll", "after"]

# The least of so many calls is the toll.
CALLS = 5
# No answer takes less than this: what is left of a time after the toll may be smaller than its noise.
LEAST = 1e-6


class Meter:
    """What the system says of a solver's process: its processor time, and the most memory that it held.

    Parameters
    ----------
    solver : Apart
        The solver.
    """

    def __init__(self, solver: Apart) -> None:
        self._solver = solver

    @property
    def cpu(self) -> float:
        """Seconds of processor time of all its threads so far; Linux only, 0 elsewhere."""
        if (pid := self._solver.pid) is None:
            return 0.0
        with suppress(OSError):
            # The clock of another process, as clock_getcpuclockid of POSIX gives it on Linux.
            return time.clock_gettime((~pid << 3) | 2)
        return 0.0

    def held(self) -> int:
        """Return the bytes that it holds now, and begin anew to watch for the most."""
        with suppress(OSError):
            Path(f"/proc/{self._solver.pid}/clear_refs").write_text("5", encoding="ascii")
        return self._status("VmRSS")

    @property
    def most(self) -> int:
        """Largest number of bytes that it held since `held`."""
        return self._status("VmHWM")

    def _status(self, name: str) -> int:
        with suppress(OSError):
            for line in Path(f"/proc/{self._solver.pid}/status").read_text(encoding="utf-8").splitlines():
                if line.startswith(f"{name}:"):
                    return 1024 * int(line.split()[1])
        return 0


class Toll:
    """Measures what asking costs.

    Parameters
    ----------
    bounds : Bounds
        Those of the solvers.
    """

    def __init__(self, bounds: Bounds) -> None:
        solver: Any = load_solver("electronwind.external.null", bounds)
        self._guarded, self._meter = Guarded(solver), Meter(solver)

    def of(self, rung: Rung, task: Workload) -> tuple[float, float]:
        """Return the seconds on the clock, and of the solver's processor, of all calls of a rung."""
        found = []
        for _ in range(CALLS):
            system = copy.copy(task.system)
            before, worked = sum(self._guarded.seconds.values()), self._meter.cpu
            for name in rung.asked:
                getattr(self._guarded, name)(system, *arguments(name))
            found.append((sum(self._guarded.seconds.values()) - before, self._meter.cpu - worked))
        return min(seconds for seconds, _ in found), min(worked for _, worked in found)


def after(toll: float, seconds: float) -> float:
    """Return a time after the toll."""
    return max(seconds - toll, LEAST)
