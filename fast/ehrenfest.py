"""Classical coordinates under the mean force of the electrons that they drive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from electronwind.body import ClassicalBody
from electronwind.doors import (
    blamed,
    checked_body,
    checked_model,
    checked_start,
    checked_times,
    only_wide_band,
    scalar,
)
from electronwind.dynamics import EhrenfestRun
from electronwind.models import Model

from .checkpoint import Checkpoint, checked_file
from .coupled import Coupled
from .marching import march_ehrenfest
from .options import checked_method, checked_options
from .progress import checked_progress, told
from .spectral import Grid

__all__ = ["ehrenfest"]


def ehrenfest(
    model: Model,
    body: ClassicalBody,
    start: Sequence[ArrayLike],
    times: ArrayLike,
    *,
    accuracy: float = 1e-9,
    step: float | None = None,
    order: int | None = None,
    method: str = "modes",
    grid: Grid | None = None,
    progress: bool | Callable[[float], Any] = False,
    checkpoint: str | Path | None = None,
    every: float = 30.0,
) -> EhrenfestRun:
    """Return the motion of coordinates under the mean force of the electrons that they drive.

    Parameters
    ----------
    model : Model
        The family h(x), on wide-band leads.
    body : ClassicalBody
        Masses and the potential apart from the electrons.
    start : pair of array_like, shape (..., d)
        Position and velocity at the first time. A batch of starts is one run, with common steps.
    times : array_like, shape (t,)
        Increasing times. At the first one the electrons are in the steady state of the position. What is
        kept grows with their number, not with the time between them.
    accuracy, step, order, method, grid
        As in `driven`; on a grid velocity Verlet, order 1 or 2, without progress and checkpoint.
    progress : bool or callable
        True for a bar on a terminal and a line every few seconds elsewhere, or a function that is called
        with the fraction done after every step.
    checkpoint : path, optional
        A file that the state is written to, and read from where it exists: a run that was killed goes on to
        the very same numbers. It stays when the run is done.
    every : float
        Seconds between two writings.

    Returns
    -------
    EhrenfestRun
        Its error adds up, over all steps, what the coordinates and the force may be off.

    Raises
    ------
    InvalidSystemError
        Bad times, starts or options, or a checkpoint of another problem.
    UnbroadenedLevelError
        A level that no lead broadens at a start.
    UnsupportedError
        A chain lead.
    PrecisionError
        The accuracy is out of reach.

    Notes
    -----
    Source: preston2022 Eq. 5-11 and Sec. II E, by auxiliary modes (see `modes`). Coordinates and electrons
    share the nodes of a step: the force is extrapolated from the step before, and electrons and coordinates
    are swept in turns until nothing changes. The mass makes that quick.
    """
    model = checked_model(model, lambda: start[0])
    d = len(model.coordinates)
    only_wide_band("ehrenfest", model.leads)
    x, v = checked_start(start, d)
    moments = checked_times(times)
    options = checked_options(accuracy, step, order)
    on_grid = checked_method(method, grid)
    checked_progress(progress)
    path, every = checked_file(checkpoint), scalar("every", every, minimum=0.0)
    watched = checked_body(body, x, strict=on_grid)
    shape = x.shape[:-1]
    x, v = x.reshape(-1, d), v.reshape(-1, d)
    if on_grid:
        return _shaped(march_ehrenfest(model, watched, (x, v), moments, options, grid), shape)
    run = Coupled(model, watched, x, v, moments, options)
    saved = None
    if path is not None:
        saved = Checkpoint(path, run.fingerprint(), every)
        run.restore(saved.load(run.state()))
    with blamed(watched), told(progress, "ehrenfest") as tell:
        while not run.clock.done:
            run.advance()
            tell(run.clock.tick / run.clock.total)
            if saved is not None:
                saved.save(run.state, now=run.clock.done)
    return _shaped(run.result(), shape)


def _shaped(run: EhrenfestRun, shape: tuple[int, ...]) -> EhrenfestRun:
    """Return the run with its axis of starts given back the shape of the batch."""
    parts = {f.name: getattr(run, f.name) for f in fields(run) if f.name not in ("times", "error")}
    return replace(run, **{name: part.reshape(*shape, *part.shape[1:]) for name, part in parts.items()})
