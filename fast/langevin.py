"""Classical coordinates under the adiabatic force, friction and white noise of the electrons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from electronwind.body import ClassicalBody
from electronwind.doors import (
    blamed,
    checked_accuracy,
    checked_body,
    checked_flag,
    checked_model,
    checked_positive,
    checked_seed,
    checked_start,
    checked_times,
    only_wide_band,
)
from electronwind.dynamics import LangevinRun
from electronwind.models import Model
from electronwind.progress import checked_progress

from .brownian import Noisy, Smooth
from .checkpoint import checked_checkpoint, followed
from .density import force
from .field import Field
from .friction import friction

__all__ = ["langevin"]

Array = np.ndarray[Any, Any]

# A step of a noisy run turns the phase of the fastest vibration by this much, and damps it by no more.
TURN = 0.1
# Finite difference of the gradient of the potential, relative to a length of one.
NUDGE = 1e-5


def langevin(
    model: Model,
    body: ClassicalBody,
    start: Sequence[ArrayLike],
    times: ArrayLike,
    *,
    noise: bool = False,
    seed: int | None = None,
    accuracy: float = 1e-9,
    step: float | None = None,
    progress: bool | Callable[[float], Any] = False,
    checkpoint: str | Path | None = None,
    every: float = 30.0,
) -> LangevinRun:
    """Return the motion of coordinates under adiabatic force and friction, with or without white noise.

    Parameters
    ----------
    model : Model
        The family h(x), on wide-band leads.
    body : ClassicalBody
        Masses and the potential apart from the electrons.
    start : pair of array_like, shape (..., d)
        Position and velocity at the first time. A batch of starts is one run; each has its own noise.
    times : array_like, shape (t,)
        Increasing times.
    noise : bool
        Whether the force fluctuates, with <df df> = white_noise delta(t).
    seed : int, optional
        Seed of the noise; drawn, and told in the result, where none is given.
    accuracy : float
        Relative and absolute error at the times of a run without noise, for each step; 1e-12 at the least.
    step : float, optional
        Longest step of a run with noise; a fraction of the fastest vibration at the starts by default.
    progress : bool or callable
        True for a bar on a terminal and a line every few seconds elsewhere, or a function that is called
        with the fraction done.
    checkpoint, every : optional
        As in `ehrenfest`.

    Returns
    -------
    LangevinRun

    Raises
    ------
    InvalidSystemError
        Bad times, starts or options, or a checkpoint of another problem.
    UnbroadenedLevelError
        A level that no lead broadens.
    UnsupportedError
        A chain lead, or more steps than anybody waits for.
    PrecisionError
        The equation could not be integrated, as where a friction below zero drives the velocity up.

    Notes
    -----
    Source: preston2022 Eq. 9, 19, 20. Without noise: Dormand and Prince of order 8. With noise: half a step
    of friction and noise, exact at fixed position for any friction matrix, half a kick, a drift, and back
    (OBABO); averages err in second order of the step. The noise depends on the position only, so that no
    rule of stochastic integration has to be chosen. Of one or two coordinates force, friction and noise
    are interpolated where the run comes by more than a few times, far within the accuracy (see `table`).
    """
    model = checked_model(model, lambda: start[0])
    d = len(model.coordinates)
    only_wide_band("langevin", model.leads)
    x, v = checked_start(start, d)
    moments = checked_times(times)
    noise, seed, accuracy = (
        checked_flag("noise", noise),
        checked_seed(seed),
        checked_accuracy(accuracy, 1e-12),
    )
    step = None if step is None else checked_positive("step", step, "a finite length of time")
    checked_progress(progress)
    watched = checked_body(body, x, strict=noise)
    shape = x.shape[:-1]
    x, v = x.reshape(-1, d), v.reshape(-1, d)
    file, every = checked_checkpoint(checkpoint, every)
    field = Field(model, x, accuracy, noise)
    run: Noisy | Smooth
    if noise:
        longest = step or _natural_step(model, watched, x)
        run = Noisy(field, watched, x, v, moments, longest, seed)
        # Each step takes the exponential of a matrix of a few rows: threads of BLAS spend some fifty times as
        # much there on waiting for each other as one spends on all of it.
        with threadpool_limits(1, "blas"):
            followed(run, "langevin", progress, file, every)
        seed = run.seed
    else:
        seed = None
        with blamed(watched):
            run = Smooth(field, watched, x, v, moments, accuracy)
            followed(run, "langevin", progress, file, every)
    position, velocity = (run.history.arrays()[name] for name in ("position", "velocity"))
    system = model.at(position)
    pull = force(system) - np.einsum("...ij,...j->...i", friction(system), velocity)
    x, v, pull = (part.reshape(*shape, len(moments), d) for part in (position, velocity, pull))
    return LangevinRun(moments, x, v, pull, seed)


def _natural_step(model: Model, body: ClassicalBody, x: Array) -> float:
    """Return a fraction of the fastest vibration or decay of any coordinate at the starts."""
    mass = np.broadcast_to(body.mass, x.shape[-1:])
    rates = [np.abs(friction(model.at(x)) / mass[:, None]).max()]
    for nudge in NUDGE * np.eye(x.shape[-1]):
        stiffness = (body.potential.gradient(x + nudge) - body.potential.gradient(x - nudge)) / (2 * NUDGE)
        stiffness = stiffness - (force(model.at(x + nudge)) - force(model.at(x - nudge))) / (2 * NUDGE)
        rates.append(np.sqrt(np.max(np.abs(stiffness / mass))))
    fastest = float(max(rates))
    return TURN / fastest if fastest > 0 else np.inf
