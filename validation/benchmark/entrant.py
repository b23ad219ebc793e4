"""A solver in the run: what it declines, what it is predicted to take, and its memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from electronwind import OBSERVABLES, OpenSystem
from electronwind.external import Apart
from electronwind.solvers import offers

from ..core.fingerprint import identity
from ..under_test.guard import Guarded
from .growth import predict
from .ladder import EVERY, Rung
from .toll import Meter

__all__ = ["Entrant"]

# Part of the free memory that a call may be predicted to take.
ROOM = 0.8


class _Watched:
    """A solver whose calls are watched: inside the guard, so that the copies it makes do not count."""

    def __init__(self, solver: Any, call: Callable[..., Any]) -> None:
        self._solver, self._call = solver, call

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._solver, name)
        return partial(self._call, value) if name in OBSERVABLES and callable(value) else value


@dataclass
class Entrant:
    """A solver in the run.

    Attributes
    ----------
    label : str
        What it is called in this run.
    solver : object
        The solver itself.
    spec : str
        The name it was loaded by; empty for an object.
    role : str
        ``subject`` or ``baseline``.
    """

    label: str
    solver: Any
    spec: str = ""
    role: str = "subject"
    history: dict[tuple[str, str], list[tuple[float, float, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.peak, self.cpu = 0, 0.0
        self._meter = Meter(self.solver) if isinstance(self.solver, Apart) else None
        self.guarded = Guarded(_Watched(self.solver, self._clocked))
        self.watched = Guarded(_Watched(self.solver, self._metered))

    def _metered(self, function: Callable[..., Any], *given: Any) -> Any:
        """Call a function of the solver, and keep the most memory that it held at a time."""
        if self._meter is not None:
            before = self._meter.held()
            try:
                return function(*given)
            finally:
                self.peak = max(self.peak, self._meter.most - before)
        tracemalloc.start()
        try:
            return function(*given)
        finally:
            self.peak = max(self.peak, tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

    def _clocked(self, function: Callable[..., Any], *given: Any) -> Any:
        """Call a function of the solver, and add up the processor time of its process."""
        start = self._worked()
        try:
            return function(*given)
        finally:
            self.cpu += self._worked() - start

    def _worked(self) -> float:
        return time.process_time() if self._meter is None else self._meter.cpu

    @property
    def elsewhere(self) -> bool:
        """Whether the solver is a program, whose memory and processor time are not seen."""
        return self.spec.startswith("exec:")

    @property
    def pays(self) -> bool:
        """Whether its times hold the toll of another process, and it is known."""
        return self._meter is not None

    def about(self) -> dict[str, Any]:
        """Return the solver as data."""
        return {
            "label": self.label,
            "role": self.role,
            "name": self.guarded.name,
            "version": self.guarded.under_test.version,
            "spec": self.spec,
            "accuracy": self.guarded.accuracy,
            "offers": list(offers(self.solver)),
            "identity": identity(self.spec, self.solver),
        }

    def remember(self, rung: Rung, seconds: float, peak: int) -> None:
        """Keep what a call of a rung took, for predictions."""
        known = self.history.setdefault((rung.ladder, rung.observable), [])
        known.append((rung.work, seconds, peak))

    def refuses(self, rung: Rung, system: OpenSystem) -> str:
        """Return in words why the rung is beyond what the solver offers, or an empty string."""
        missing = [name for name in rung.asked if name not in offers(self.solver)]
        if missing and rung.observable == EVERY:
            return f"it offers {len(rung.asked) - len(missing)} of {len(rung.asked)} observables"
        return f"{missing[0]} is not offered" if missing else self.guarded.limits.exclude(system)

    def exceeds(self, rung: Rung, rounds: int, budget: float) -> str:
        """Return in words why the rung is predicted to take too much, or an empty string."""
        known = self.history.get((rung.ladder, rung.observable), [])
        sizes = [work for work, _, _ in known]
        ahead = predict(rung.ladder, sizes, [seconds for _, seconds, _ in known], rung.work)
        room = predict(rung.ladder, sizes, [float(peak) for _, _, peak in known], rung.work)
        if ahead is not None and (total := (1 + rounds) * ahead[0]) > budget:
            return (
                f"predicted {total:.3g} s for {1 + rounds} calls, from {known[-1][1]:.3g} s for one at "
                f"{_size(rung, sizes[-1])} and growth like size^{ahead[1]:.2g}; the budget is {budget:g} s"
            )
        free = _free_memory()
        if room is not None and free is not None and room[0] > ROOM * free:
            return f"predicted {room[0] / 1e9:.3g} GB of memory; {free / 1e9:.3g} GB are free"
        return ""


def _size(rung: Rung, work: float) -> str:
    return f"temperature {1 / work:g}" if rung.ladder == "temperature" else f"size {work:g}"


def _free_memory() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return 1024 * int(found[0]) if found else None
