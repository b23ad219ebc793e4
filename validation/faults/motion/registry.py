"""How a mistake is planted in runs in time: wrong solvers that offer runs and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import DYNAMICS, Lead, Model, OpenSystem, fast

from ..registry import FAULTS, Fault, Kind

__all__ = [
    "RUNS",
    "Refitted",
    "keeping_state",
    "plant_run",
    "refitted",
    "reported",
    "rows",
    "rows_late",
    "steady",
]

Array = NDArray[Any]
Fields = dict[str, Any]
Wrong = Callable[..., Any]

RUNS = tuple(DYNAMICS)
# How late "one step late" is.
LAG = 0.05


def plant_run(
    name: str,
    says: str,
    functions: Mapping[str, Wrong] | Callable[[], Mapping[str, Wrong]],
    *,
    source: str,
    kind: Kind = "physics",
    runs: Sequence[str] = (),
    orders: tuple[int, ...] = (),
) -> None:
    """Register the runs of the fast solver with some of them replaced.

    Parameters
    ----------
    name, says, source, kind
        As for `plant`.
    functions : mapping or callable
        Wrong functions by run; a callable makes them anew for each solver, and needs `runs`.
    runs : sequence of str
        The runs that are replaced.
    orders : tuple of int
        Orders that the wrong solver says it offers.

    Raises
    ------
    ValueError
        A name that is taken.
    """
    if name in FAULTS:
        raise ValueError(f"fault {name!r}: the name is taken")

    def make() -> Any:
        wrong = functions() if callable(functions) else functions
        right = {run: getattr(fast, run) for run in RUNS}
        return SimpleNamespace(
            name=f"wrong: {name}",
            orders=orders,
            time_accuracy=fast.time_accuracy,
            **(right | dict(wrong)),
        )

    touched = tuple(runs) or tuple(functions)  # type: ignore[arg-type]  # keywords are str
    FAULTS[name] = Fault(name, kind, says, source, touched, make)


def rows(result: Any, run: str) -> Fields:
    """Return the fields of a result, as a dictionary that the guard reads like one."""
    return {field: np.array(getattr(result, field)) for field in DYNAMICS[run].fields}


def reported(run: str, name: str, says: str, change: Callable[..., Mapping[str, Any]], **more: Any) -> None:
    """Plant a mistake in what is reported: ``change(fields, model, *arguments)`` gives the wrong fields."""

    def wrong(model: Model, *arguments: Any, **options: Any) -> Fields:
        found = rows(getattr(fast, run)(model, *arguments, **options), run)
        return found | dict(change(found, model, *arguments))

    plant_run(name, says, {run: wrong}, **more)


def keeping_state(run: str, field: str) -> None:
    """Plant a work array that outlives a run, and is seen in a field of the next."""

    def make() -> dict[str, Wrong]:
        kept = [0.0]

        def wrong(*given: Any, **options: Any) -> Fields:
            found = rows(getattr(fast, run)(*given, **options), run)
            last, kept[0] = kept[0], float(np.max(np.abs(found[field])))
            return found | {field: found[field] + 1e-3 * last}

        return {run: wrong}

    plant_run(f"{run}-keeps-state", "A work array of the last run is used on.", make, kind="software",
              source="an answer depends on the question only", runs=(run,))  # fmt: skip


class Refitted(Model):
    """A family with other leads."""

    def __init__(self, model: Model, change: Callable[[int, Any], dict[str, Any]] = lambda *_: {}) -> None:
        self._model = model
        leads: list[Any] = list(model.leads)
        self._leads = tuple(replace(lead, **change(a, lead)) for a, lead in enumerate(leads))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    @property
    def coordinates(self) -> tuple[str, ...]:  # type: ignore[override]  # a field there
        """Names of the coordinates."""
        return self._model.coordinates

    @property
    def degeneracy(self) -> int:  # type: ignore[override]  # a field there
        """Spin factor."""
        return self._model.degeneracy

    @property
    def leads(self) -> tuple[Lead, ...]:
        """The other leads."""
        return self._leads

    # A family of a user's class knows numpy alone, and its matrices come after the batch.
    def _hamiltonian(self, x: Any, xp: Any) -> Any:
        if hasattr(self._model, "_hamiltonian"):
            return self._model._hamiltonian(x, xp)
        return np.moveaxis(self._model.hamiltonian(np.stack(x, axis=-1)), (-2, -1), (0, 1))

    def _gradient(self, x: Any, xp: Any) -> Any:
        if hasattr(self._model, "_gradient"):
            return self._model._gradient(x, xp)
        return np.moveaxis(self._model.gradient(np.stack(x, axis=-1)), (-3, -2, -1), (0, 1, 2))


def refitted(
    runs: Sequence[str], prefix: str, name: str, says: str,
    change: Callable[[Model], Callable[[int, Any], dict[str, Any]]], **more: Any,
) -> None:  # fmt: skip
    """Plant a mistake in how the leads are read, in each of some runs."""

    def wrong(run: str, model: Model, *arguments: Any, **options: Any) -> Any:
        return getattr(fast, run)(Refitted(model, change(model)), *arguments, **options)

    plant_run(f"{prefix}-{name}", says, {run: partial(wrong, run) for run in runs}, **more)


def rows_late(run: str, fields: Sequence[str], *given: Any, **options: Any) -> Fields:
    """Return a run of the fast solver with some fields taken a moment too early.

    The last of the arguments are the times.
    """
    *others, times = given
    times = np.asarray(times, dtype=float)
    before = np.maximum(times - LAG, times[0])
    both = np.unique(np.concatenate([times, before]))
    found = rows(getattr(fast, run)(*others, both, **options), run)
    at, early = np.searchsorted(both, times), np.searchsorted(both, before)
    kept: Fields = {}
    for field, axes in DYNAMICS[run].fields.items():
        where = axes.index("t") - len(axes)
        kept[field] = np.take(found[field], early if field in fields else at, axis=where)
    return kept


def steady(model: Model, path: Any, times: Any) -> OpenSystem:
    """Return the batch of systems along a path."""
    return model.at(np.array([np.asarray(path(float(t))) for t in np.asarray(times)]))
