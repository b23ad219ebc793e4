"""Electrons under a prescribed motion of the coordinates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from electronwind import OpenSystem
from electronwind.doors import (
    checked_model,
    checked_path,
    checked_positions,
    checked_times,
    only_wide_band,
)
from electronwind.dynamics import DrivenRun
from electronwind.models import Model

from .clock import Clock
from .laws import OFF, SLACK, filled
from .marching import march_driven
from .modes import Electrons, Sweep
from .options import Options, checked_method, checked_options
from .progress import checked_progress, told
from .spectral import Grid
from .spectrum import spectrum

__all__ = ["driven", "launch", "longest_step"]

Array = np.ndarray[Any, Any]

# Phase that the fastest level may turn in one step, and logarithm of its decay.
TURN, FADE = 12.0, 3.0


def driven(
    model: Model,
    path: Callable[[Any], Any],
    times: ArrayLike,
    *,
    accuracy: float = 1e-9,
    step: float | None = None,
    order: int | None = None,
    method: str = "modes",
    grid: Grid | None = None,
    progress: bool | Callable[[float], Any] = False,
) -> DrivenRun:
    """Return the electrons of a junction whose coordinates move along a prescribed path.

    Parameters
    ----------
    model : Model
        The family h(x), on wide-band leads.
    path : callable
        ``path(t) -> x`` of shape (d,); a `Path` is evaluated for many times at once. Continuous.
    times : array_like, shape (t,)
        Increasing times. At the first one the electrons are in the steady state of the position there.
    accuracy : float
        Largest error of the density matrix that the steps are chosen for. A function that is not smooth, and
        unlike a `Trajectory` does not say where, may cost a digit more: a jump in the fifth derivative was
        seen to err by 1.1e-8 at the default.
    step : float, optional
        Length of all steps, which fit the interval and are no longer; the accuracy then is what it is.
    order : int, optional
        Order of the error in the length of the steps: 1 (h is that of the start of a step, as in
        preston2022 Eq. 49), or an even number from 2 on; 1, 2 or 4 on a grid. From 4 on there may be a
        logarithm: leads remember as 1/t, and the error falls as dt^4 log(1/dt).
    method : {"modes", "spectral"}
        Auxiliary modes, or the scheme of preston2022 on a grid of frequencies, which wants a `step` and
        estimates its error from a second run with steps of twice the length.
    grid : Grid, optional
        The frequencies of the spectral method.
    progress : bool or callable
        True for a bar on a terminal and a line every few seconds elsewhere, or a function that is called
        with the fraction done after every step; on a grid there is none.

    Returns
    -------
    DrivenRun

    Raises
    ------
    InvalidSystemError
        Times that do not increase, or a path that does not return d finite numbers.
    UnbroadenedLevelError
        A level that no lead broadens at the start.
    UnsupportedError
        A chain lead.
    PrecisionError
        The accuracy is out of reach, as where the path jumps.

    Notes
    -----
    Source: preston2022 Eq. 35-51, by auxiliary modes instead of a grid of frequencies; see `modes`.
    """
    model = checked_model(model, lambda: path(float(np.atleast_1d(times)[0])))
    d = len(model.coordinates)
    only_wide_band("driven", model.leads)
    checked_path("path", path)
    moments = checked_times(times)
    options = checked_options(accuracy, step, order)
    checked_progress(progress)

    def along(t: Array) -> Array:
        return checked_positions("path", path, t, d)

    if checked_method(method, grid):
        return march_driven(model, along, moments, options, grid)
    # A path that ends too early is refused before the work.
    ends = along(moments[[0, -1]])
    electrons, clock = launch(model, ends[:1], moments, options)
    record = _Record(model, moments, electrons)
    error = worst = electrons.lost
    with told(progress, "driven") as tell:
        while not clock.done:
            t = clock.time(electrons.grid.nodes)
            x = along(t)
            h = model.hamiltonian(x)[None]
            frozen = np.repeat(h[:, :1], len(t), axis=1) if options.frozen else h
            sweep = electrons.sweep(clock.step, frozen)
            # What a constant h leaves out of a step is no concern of the collocation.
            added = sweep.error + clock.step * float(np.max(np.abs(h - frozen)))
            inside = record.within(t)
            between = record.between(sweep) if inside.start < inside.stop else 0.0
            ease = max(sweep.error / clock.share(sweep.contraction), between) / options.accuracy
            # Written so that a NaN is too large an error.
            if not (ease <= 1 or options.fixed):
                clock.shorten(max(sweep.error, between))
                continue
            record.write(inside, t, sweep)
            electrons.accept(sweep)
            clock.advance(ease)
            error = error * sweep.contraction + added
            worst = max(worst, error + between)
            tell(clock.tick / clock.total)
    return record.run(along(moments), worst)


def launch(model: Model, x: Array, moments: Array, options: Options) -> tuple[Electrons, Clock]:
    """Return the electrons at rest at x, shape (B, d), and the clock of the run."""
    system = model.at(x)
    duration = float(moments[-1] - moments[0]) or 1.0
    longest = options.step if options.step else longest_step(system, duration)
    # The last time itself, not the sum that rounds to its neighbour: it must lie within the last step.
    end = float(moments[-1]) if len(moments) > 1 else float(moments[0]) + duration
    clock = Clock(float(moments[0]), end, longest, options.fixed)
    electrons = Electrons(system, options.nodes, clock.shortest, options.accuracy / 10)
    if len(moments) == 1:
        clock.tick = clock.total
    return electrons, clock


def longest_step(system: OpenSystem, duration: float) -> float:
    """Return a step in which no level turns its phase by more than `TURN` or decays by more than `FADE`."""
    values = spectrum(system).values
    spread = float(np.max(np.abs(values.real - np.mean(values.real))))
    return min(duration, 1 / max(spread / TURN, float(np.max(-values.imag)) / FADE))


class _Record:
    """The electrons at the times asked for."""

    def __init__(self, model: Model, times: Array, electrons: Electrons) -> None:
        self._model, self._times, self._electrons = model, times, electrons
        self._density: Array = np.zeros((len(times), *electrons.density.shape[1:]), complex)
        self._inflow: Array = np.zeros((len(times), *electrons.inflow.shape[1:]), complex)

    def within(self, t: Array) -> slice:
        """Return which times lie in a step, its start left out."""
        return slice(*np.searchsorted(self._times, t[[0, -1]], side="right"))

    def between(self, sweep: Sweep) -> float:
        """Return the error of the density matrix between the nodes."""
        return self._electrons.rough(sweep.density)

    def write(self, inside: slice, t: Array, sweep: Sweep) -> None:
        """Keep the electrons at the times in a step."""
        if inside.start < inside.stop:
            weights = self._electrons.grid.at((self._times[inside] - t[0]) / (t[-1] - t[0]))
            self._density[inside] = np.tensordot(weights, sweep.density[0], 1)
            self._inflow[inside] = np.tensordot(weights, sweep.inflow[0], 1)

    def run(self, x: Array, error: float) -> DrivenRun:
        """Return the result, at the positions x of the times."""
        electrons = self._electrons
        density = filled(electrons.density_matrix(self._density[None])[0], SLACK + OFF * error)
        force = -electrons.degeneracy * np.einsum("tdij,tji->td", self._model.gradient(x), density).real
        current = electrons.current(self._density[None], self._inflow[None])[0]
        return DrivenRun(self._times, density, force, current, error)
