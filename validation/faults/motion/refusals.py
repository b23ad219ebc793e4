"""Mistakes about runs that have no answer: a run in the place of an error."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from electronwind import DYNAMICS, InvalidSystemError, PrecisionError, UnbroadenedLevelError, fast

from .registry import Fields, Refitted, plant_run, rows

TIMED = ("driven", "ehrenfest", "langevin")
BODIES = ("ehrenfest", "langevin")
PATHS = ("driven", "two_time_noise")


def _sorted(run: str, *given: Any, **options: Any) -> Fields:
    """Return a run at the times that are numbers, each once, put into the order that was asked for."""
    *others, times = given
    asked = np.nan_to_num(np.asarray(times, dtype=float), posinf=1.0)
    good = np.unique(asked) if asked.size else np.zeros(1)
    found = rows(getattr(fast, run)(*others, good, **options), run)
    at = np.searchsorted(good, asked)
    axes = DYNAMICS[run].fields
    return {
        name: np.take(value, at, axis=axes[name].index("t") - len(axes[name]))
        for name, value in found.items()
    }


def _by_size(model: Any, trajectory: Any, time: float, delays: Any, **options: Any) -> Any:
    sizes = np.abs(np.nan_to_num(np.asarray(delays, dtype=float)))
    return fast.two_time_noise(model, trajectory, time, sizes if sizes.size else np.zeros(1), **options)


def _smoothed(run: str, model: Any, path: Any, *given: Any, **options: Any) -> Any:
    try:
        return getattr(fast, run)(model, path, *given, **options)
    except (InvalidSystemError, PrecisionError):
        start = np.nan_to_num(path(float(np.ravel(given[0])[0])))
        still = lambda t: start + 0 * np.asarray(t, dtype=float)[..., None]  # noqa: E731 - a path of two lines
        return getattr(fast, run)(model, still, *given, **options)


def _mended(run: str, model: Any, body: Any, start: Any, *given: Any, **options: Any) -> Any:
    d = len(model.coordinates)
    x, v = (np.nan_to_num(np.resize(np.asarray(part, dtype=float), d), posinf=0.0) for part in start)
    good = all(np.shape(part)[-1:] == (d,) and np.all(np.isfinite(part)) for part in start)
    alike = good and (
        np.ndim(start[0]) == 1 or np.ndim(start[1]) == 1 or np.shape(start[0]) == np.shape(start[1])
    )
    return getattr(fast, run)(model, body, start if alike else (x, v), *given, **options)


def _touched(run: str, model: Any, *given: Any, **options: Any) -> Any:
    try:
        return getattr(fast, run)(model, *given, **options)
    except UnbroadenedLevelError:
        wider = Refitted(
            model, lambda _, lead: {"broadening": lead.broadening + 0.1 * np.eye(lead.broadening.shape[-1])}
        )
        return getattr(fast, run)(wider, *given, **options)


def _of(runs: tuple[str, ...], wrong: Any) -> dict[str, Any]:
    return {run: partial(wrong, run) for run in runs}


plant_run("run-times-sorted", "Times are sorted, and what is no number is left out.", _of(TIMED, _sorted),
          source="times[0] < times[1] < ...", kind="software")  # fmt: skip
plant_run("run-delays-by-size", "The size of a delay is taken.", {"two_time_noise": _by_size},
          source="delays >= 0", kind="software")  # fmt: skip
plant_run("run-jump-smoothed", "A path that cannot be followed is taken for one that rests.",
          _of(PATHS, _smoothed), source="a path is continuous", kind="software")  # fmt: skip
plant_run("run-start-mended", "What a start lacks is filled up, and what is no number is zero.",
          _of(BODIES, _mended), source="a body begins somewhere", kind="software")  # fmt: skip
plant_run("run-isolated-level-touched", "A level that no lead broadens is given a width.",
          _of(tuple(DYNAMICS), _touched), source="a level that no lead broadens has no steady state",
          kind="software")  # fmt: skip
