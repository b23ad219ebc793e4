"""Electrons under a prescribed motion of the coordinates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

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
from electronwind.progress import checked_progress

from .checkpoint import checked_checkpoint, fingerprint, followed
from .clock import Clock, Tick
from .history import Memory
from .laws import OFF, SLACK, filled
from .marching import march_driven
from .modes import Electrons, Present
from .options import Options, checked_method, checked_options
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
    checkpoint: str | Path | None = None,
    every: float = 30.0,
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
    checkpoint, every : optional
        As in `ehrenfest`; on a grid there is none.

    Returns
    -------
    DrivenRun

    Raises
    ------
    InvalidSystemError
        Times that do not increase, a path that does not return d finite numbers, or a checkpoint of another
        problem.
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

    on_grid = checked_method(method, grid)
    file, every = checked_checkpoint(checkpoint, every)
    if on_grid:
        return march_driven(model, along, moments, options, grid)
    run = _Course(model, along, moments, options)
    followed(run, "driven", progress, file, every)
    return run.result()


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


class _State(NamedTuple):
    """A run at one time: the electrons, the clock, the error now and the largest one."""

    electrons: Present
    clock: Tick
    error: float
    worst: float


class _Course:
    """A run that is under way along a path: ``path`` takes times of shape (t,)."""

    def __init__(self, model: Model, path: Callable[[Array], Array], times: Array, options: Options) -> None:
        self._model, self._path, self._times, self._options = model, path, times, options
        # A path that ends too early is refused before the work.
        ends = path(times[[0, -1]])
        self.electrons, self.clock = launch(model, ends[:1], times, options)
        self._error = self._worst = self.electrons.lost
        sizes = {"density": self.electrons.density.shape[1:], "inflow": self.electrons.inflow.shape[1:]}
        shapes = {name: (1, len(times), *size) for name, size in sizes.items()}
        self.history = Memory(shapes, complex=shapes)
        self.history.put(0, {name: np.zeros(size) for name, size in sizes.items()})

    @property
    def state(self) -> _State:
        """All that the rest of the run depends on."""
        return _State(self.electrons.state, self.clock.state, self._error, self._worst)

    @state.setter
    def state(self, state: _State) -> None:
        self.electrons.state, self.clock.state, self._error, self._worst = state

    @property
    def done(self) -> bool:
        """Whether the end is reached."""
        return self.clock.done

    @property
    def fraction(self) -> float:
        """Part of the steps that is done."""
        return self.clock.tick / self.clock.total

    def advance(self) -> None:
        """Make one step, as long as the accuracy allows."""
        electrons, clock, options = self.electrons, self.clock, self._options
        while True:
            t = clock.time(electrons.grid.nodes)
            x = self._path(t)
            h = self._model.hamiltonian(x)[None]
            frozen = np.repeat(h[:, :1], len(t), axis=1) if options.frozen else h
            sweep = electrons.sweep(clock.step, frozen)
            # What a constant h leaves out of a step is no concern of the collocation.
            added = sweep.error + clock.step * float(np.max(np.abs(h - frozen)))
            # The times in the step, its start left out.
            inside = slice(*np.searchsorted(self._times, t[[0, -1]], side="right"))
            between = electrons.rough(sweep.density) if inside.start < inside.stop else 0.0
            ease = max(sweep.error / clock.share(sweep.contraction), between) / options.accuracy
            # Written so that a NaN is too large an error.
            if ease <= 1 or options.fixed:
                break
            clock.shorten(max(sweep.error, between))
        if inside.start < inside.stop:
            weights = electrons.grid.at((self._times[inside] - t[0]) / (t[-1] - t[0]))
            self._note(inside, weights, sweep.density, sweep.inflow)
        electrons.accept(sweep)
        clock.advance(ease)
        self._error = self._error * sweep.contraction + added
        self._worst = max(self._worst, self._error + between)

    def _note(self, inside: slice, weights: Array, density: Array, inflow: Array) -> None:
        """Record the electrons at some times, out of values at the nodes."""
        rows = {
            "density": np.tensordot(weights, density[0], 1),
            "inflow": np.tensordot(weights, inflow[0], 1),
        }
        for k in range(len(weights)):
            self.history.put(inside.start + k, {name: values[k] for name, values in rows.items()})

    def fingerprint(self) -> str:
        """Return a digest of the problem: what the family and the path return at the times."""
        x = self._path(self._times)
        numbers = [self._times, x, self._model.hamiltonian(x), self._model.gradient(x)]
        # Of a path, times between those that are asked for tell it from another.
        numbers.append(self._path(np.linspace(self._times[0], self._times[-1], 101)))
        return fingerprint(numbers, self._model.leads, self._model.degeneracy, self._options)

    def result(self) -> DrivenRun:
        """Return the result."""
        e, kept = self.electrons, self.history.arrays()
        density = filled(e.density_matrix(kept["density"])[0], SLACK + OFF * self._worst)
        slope = self._model.gradient(self._path(self._times))
        force = -e.degeneracy * np.einsum("tdij,tji->td", slope, density).real
        current = e.current(kept["density"], kept["inflow"])[0]
        return DrivenRun(self._times, density, force, current, self._worst)
