"""Mistakes in how runs are asked for: one time, batches of starts, the order of delays, long waiting."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from electronwind import DYNAMICS, Model, fast

from .registry import Fields, plant_run, rows

# Those that begin with a path or a body, and have times.
TIMED = tuple(name for name, row in DYNAMICS.items() if "times" in row.arguments)
BODIES = tuple(name for name, row in DYNAMICS.items() if row.begins == "start")


def _needs_steps(run: str, *given: Any, **options: Any) -> Fields:
    """Return a run that is filled in step by step: with one time there is none."""
    found = rows(getattr(fast, run)(*given, **options), run)
    return {name: 0 * value for name, value in found.items()} if len(given[-1]) == 1 else found


def _first_velocity(run: str, model: Model, body: Any, start: Any, *given: Any, **options: Any) -> Any:
    x, v = (np.asarray(part, dtype=float) for part in start)
    if x.ndim > v.ndim:
        whole = np.zeros_like(x)
        whole[(0,) * (x.ndim - v.ndim)] = v
        v = whole
    return getattr(fast, run)(model, body, (x, v), *given, **options)


for _run in TIMED:
    plant_run(f"{_run}-needs-steps", "At a single time there is no step, and nothing is filled in.",
              {_run: partial(_needs_steps, _run)}, source="a run at more times is the same run",
              kind="software")  # fmt: skip
for _run in BODIES:
    plant_run(f"{_run}-velocity-of-first", "Of starts with one velocity the first has it, the others rest.",
              {_run: partial(_first_velocity, _run)}, source="x and v broadcast to one batch",
              kind="software")  # fmt: skip


def _delays_sorted(model: Model, trajectory: Any, time: float, delays: Any, **options: Any) -> Any:
    return fast.two_time_noise(model, trajectory, time, np.sort(delays), **options)


def _twin_at_earlier(model: Model, trajectory: Any, time: float, delays: Any, **options: Any) -> Fields:
    found = rows(fast.two_time_noise(model, trajectory, time, delays, **options), "two_time_noise")
    middle = np.asarray(trajectory(time - float(np.max(delays)) / 2), dtype=float)
    rest = fast.two_time_noise(model, lambda t: middle + 0 * np.asarray(t)[..., None], time, delays)
    still = rows(rest, "two_time_noise")
    return found | {name: still[name] for name in ("adiabatic", "adiabatic_white")}


def _lags(model: Model, path: Any, times: Any, **options: Any) -> Any:
    first = float(times[0])
    return fast.driven(model, lambda t: path(t - 1e-6 * (t - first) ** 2), times, **options)


plant_run("memory-delays-sorted", "Delays are sorted, and the record is left in that order.",
          {"two_time_noise": _delays_sorted}, source="an array of delays is answered in its order",
          kind="software")  # fmt: skip
plant_run("memory-twin-at-earlier", "The adiabatic record rests where the body was half a delay before.",
          {"two_time_noise": _twin_at_earlier}, source="preston2022 Eq. 62")  # fmt: skip
plant_run("driven-clock-lags", "Time is added up from steps that are rounded down.", {"driven": _lags},
          source="electrons feel h(x(t))", kind="software")  # fmt: skip
