"""Classical coordinates under the adiabatic force, friction and white noise of the electrons."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy.linalg import expm

from electronwind import PrecisionError
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

from .clock import counted
from .density import force
from .friction import friction
from .noise import white_noise
from .progress import checked_progress, told
from .spectrum import spectrum
from .table import Table

__all__ = ["langevin"]

Array = np.ndarray[Any, Any]

# A step of a noisy run turns the phase of the fastest vibration by this much, and damps it by no more.
TURN = 0.1
# Finite difference of the gradient of the potential, relative to a length of one.
NUDGE = 1e-5
# Between the steps the polynomial of order 7 errs by several times what the pair of rules finds in a step:
# the tolerance of a step is this much of the accuracy, down to where rounding stops it.
SHARE, LEAST = 0.02, 3e-14
# Error of the interpolated forces, as a part of that tolerance; below the second number rounding would be
# larger, and each force is computed.
TABLED, ROUNDED = 0.1, 1e-13


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

    Returns
    -------
    LangevinRun

    Raises
    ------
    InvalidSystemError
        Bad times, starts or options.
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
    field = _adiabatic(model, x, accuracy, noise)
    with told(progress, "langevin") as tell:
        if noise:
            seed = int(np.random.SeedSequence().entropy) if seed is None else seed  # type: ignore[arg-type]  # of no seed: one int
            longest = step or _natural_step(model, watched, x)
            counted(float(moments[-1] - moments[0]), longest)
            generator = np.random.default_rng(seed)
            position, velocity = _noisy(field, watched, x, v, moments, longest, generator, tell)
        else:
            seed = None
            with blamed(watched):
                position, velocity = _smooth(field, watched, x, v, moments, accuracy, tell)
    system = model.at(position)
    pull = force(system) - np.einsum("...ij,...j->...i", friction(system), velocity)
    x, v, pull = (part.reshape(*shape, len(moments), d) for part in (position, velocity, pull))
    return LangevinRun(moments, x, v, pull, seed)


def _adiabatic(model: Model, x: Array, accuracy: float, noise: bool) -> Callable[[Array], tuple[Array, ...]]:
    """Return a function of the position: force and friction, and with noise the white noise."""
    d = x.shape[-1]
    shapes: list[tuple[int, ...]] = [(d,), (d, d), (d, d)][: 3 if noise else 2]
    groups = tuple(math.prod(shape) for shape in shapes)
    cuts = np.cumsum(groups)[:-1]

    def compute(x: Array) -> Array:
        system = model.at(x)
        parts = [force(system), friction(system), *([white_noise(system)] if noise else [])]
        return np.concatenate([part.reshape(len(x), -1) for part in parts], axis=-1)

    def split(values: Array) -> tuple[Array, ...]:
        parts = zip(np.split(values, cuts, axis=-1), shapes, strict=True)
        return tuple(part.reshape(-1, *shape) for part, shape in parts)

    tolerance = TABLED * SHARE * accuracy
    if tolerance < ROUNDED:
        return lambda x: split(compute(x))
    system = model.at(x)
    # In a cell of this side a level moves by no more than the largest energy.
    slope = float(np.max(np.linalg.norm(system.gradient, axis=(-2, -1)), initial=0.0))
    side = float(np.max(np.abs(spectrum(system).effective))) / slope if slope > 0 else 1.0
    table = Table(compute, side, tolerance, groups)
    return lambda x: split(table(x))


def _smooth(
    field: Callable[[Array], tuple[Array, ...]],
    body: ClassicalBody,
    x: Array,
    v: Array,
    times: Array,
    accuracy: float,
    tell: Callable[[float], Any],
) -> tuple[Array, Array]:
    shape = x.shape

    def rate(t: float, state: Array) -> Array:
        if not np.all(np.isfinite(state)):
            return np.full_like(state, np.nan)  # too long a step: a shorter one is tried
        tell((t - times[0]) / (times[-1] - times[0]))
        x, v = state.reshape(2, *shape)
        pull, damping = field(x)
        pull = pull - body.potential.gradient(x) - np.einsum("bij,bj->bi", damping, v)
        return np.concatenate([v.ravel(), (pull / body.mass).ravel()])

    begin = np.concatenate([x.ravel(), v.ravel()])
    if len(times) == 1:
        states: Array = begin[:, None]
    else:
        aim = max(SHARE * accuracy, LEAST)
        run = scipy.integrate.solve_ivp(
            rate, (times[0], times[-1]), begin, "DOP853", times, rtol=aim, atol=aim
        )
        if not run.success or not np.all(np.isfinite(run.y)):
            raise PrecisionError(f"the motion could not be followed past t = {run.t[-1]:.6g}: {run.message}")
        states = run.y
    both = np.moveaxis(states.reshape(2, *shape, len(times)), -1, 2)
    return both[0], both[1]


def _noisy(
    adiabatic: Callable[[Array], tuple[Array, ...]],
    body: ClassicalBody,
    x: Array,
    v: Array,
    times: Array,
    longest: float,
    generator: np.random.Generator,
    tell: Callable[[float], Any],
) -> tuple[Array, Array]:
    positions, velocities = [x], [v]
    mass = np.broadcast_to(body.mass, x.shape[-1:])

    def field(x: Array) -> tuple[Array, Array, Array]:
        pull, damping, spread = adiabatic(x)
        pull = (pull - body.potential.gradient(x)) / mass
        return pull, damping / mass[:, None], spread / np.multiply.outer(mass, mass)

    def relax(v: Array, fade: Array, root: Array) -> Array:
        kick = generator.standard_normal(v.shape)
        return np.einsum("bij,bj->bi", fade, v) + np.einsum("bij,bj->bi", root, kick)

    pull, damping, spread = field(x)
    for begin, gap in zip(times[:-1], np.diff(times), strict=True):
        count = int(np.ceil(gap / longest))
        step = gap / count
        half = _relaxation(damping, spread, step / 2)
        for k in range(count):
            v = relax(v, *half) + step / 2 * pull
            x = x + step * v
            if not np.all(np.isfinite(x)):
                raise PrecisionError("the coordinates ran away; a shorter step may help")
            pull, damping, spread = field(x)
            half = _relaxation(damping, spread, step / 2)
            v = relax(v + step / 2 * pull, *half)
            tell((begin + (k + 1) * step - times[0]) / (times[-1] - times[0]))
        positions.append(x)
        velocities.append(v)
    return np.stack(positions, axis=1), np.stack(velocities, axis=1)


def _relaxation(damping: Array, spread: Array, duration: float) -> tuple[Array, Array]:
    """Return exp(-damping t) and a root of the covariance that white noise builds up meanwhile."""
    d = damping.shape[-1]
    # Van Loan's block exponential: the upper right block times the transpose of the decay.
    block = np.zeros((*damping.shape[:-2], 2 * d, 2 * d))
    block[..., :d, :d], block[..., :d, d:] = -damping, spread
    block[..., d:, d:] = np.swapaxes(damping, -1, -2)
    grown = expm(block * duration)
    fade = grown[..., :d, :d]
    covariance = grown[..., :d, d:] @ np.swapaxes(fade, -1, -2)
    values, vectors = np.linalg.eigh((covariance + np.swapaxes(covariance, -1, -2)) / 2)
    return fade, vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]


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
