"""Classical coordinates under the mean force of the electrons that they drive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import ArrayLike

from electronwind import InvalidSystemError
from electronwind.body import ClassicalBody
from electronwind.dynamics import EhrenfestRun, checked_start, checked_times, only_wide_band
from electronwind.models import Model

from .checkpoint import Checkpoint, fingerprint
from .clock import Clock
from .driven import launch
from .marching import march_ehrenfest
from .modes import Electrons, Sweep
from .options import Options, checked_method, checked_options
from .spectral import Grid

__all__ = ["checked_body", "ehrenfest"]

Array = np.ndarray[Any, Any]

# What a state holds besides the electrons and the clock.
STATE = ("x", "v", "work", "force", "last", "errors", "pace")
CLOCK = ("tick", "level", "easy", "misled")

# Sweeps and inner iterations of one step before it counts as too long.
SWEEPS, ITERATIONS = 12, 60
# What a sweep may still change in a coordinate, as a part of the accuracy asked for.
SETTLED = 1e-3


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
    progress: Callable[[float], Any] | None = None,
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
    progress : callable, optional
        Called with the fraction done after every step.
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
    only_wide_band("ehrenfest", model.leads)
    moments = checked_times(times)
    d = len(model.coordinates)
    x, v = checked_start(start, d)
    checked_body(body, d)
    options = checked_options(accuracy, step, order)
    shape = x.shape[:-1]
    x, v = x.reshape(-1, d), v.reshape(-1, d)
    if checked_method(method, grid):
        return _shaped(march_ehrenfest(model, body, (x, v), moments, options, grid), shape)
    run = _Run(model, body, x, v, moments, options)
    saved = None
    if checkpoint is not None:
        saved = Checkpoint(checkpoint, run.fingerprint(), every)
        run.restore(saved.load())
    while not run.clock.done:
        run.advance()
        if progress is not None:
            progress(run.clock.tick / run.clock.total)
        if saved is not None:
            saved.save(run.state(), now=run.clock.done)
    return _shaped(run.result(), shape)


def _shaped(run: EhrenfestRun, shape: tuple[int, ...]) -> EhrenfestRun:
    """Return the run with its axis of starts given back the shape of the batch."""
    parts = {f.name: getattr(run, f.name) for f in fields(run) if f.name not in ("times", "error")}
    return replace(run, **{name: part.reshape(*shape, *part.shape[1:]) for name, part in parts.items()})


def checked_body(body: ClassicalBody, d: int) -> None:
    """Refuse a body whose masses do not fit d coordinates.

    Raises
    ------
    InvalidSystemError
        Naming `body`.
    """
    if not isinstance(body, ClassicalBody):
        raise InvalidSystemError("body", f"{body!r:.60}", "a ClassicalBody")
    if body.mass.shape not in ((1,), (d,)):
        raise InvalidSystemError("body.mass", f"shape {body.mass.shape}", f"shape ({d},) or one number")


class _Run:
    """A run that is under way: coordinates, electrons, the clock, and what was recorded."""

    def __init__(
        self, model: Model, body: ClassicalBody, x: Array, v: Array, times: Array, options: Options
    ) -> None:
        self._model, self._body, self._times, self._options = model, body, times, options
        self.electrons, self.clock = launch(model, x, times, options)
        e, (batch, d) = self.electrons, x.shape
        slope = model.gradient(x)
        force = -e.degeneracy * np.einsum("bdij,bji->bd", slope, e.steady).real
        self._x, self._v, self._work = x, v, np.zeros(batch)
        # The force at the nodes of the last step, and its length: the next one extrapolates from there.
        self._force: Array = np.repeat(force[:, None], options.nodes, axis=1)
        self._last = 1.0
        # Velocity gained per error of the density matrix and time.
        self._push = e.degeneracy * float(np.max(np.linalg.norm(slope, axis=(-2, -1)))) / float(min(body.mass))
        # Errors of the density matrix now, of the coordinates in total, of anything between nodes; largest
        # velocity and acceleration so far.
        self._errors, self._pace = np.array([e.lost, 0.0, 0.0]), np.zeros(2)
        sizes = {"position": (d,), "velocity": (d,), "force": (d,), "current": (len(e.gammas),)}
        sizes |= {"electronic": (), "work": ()}
        self._kept: dict[str, Array] = {
            name: np.zeros((batch, len(times), *size)) for name, size in sizes.items()
        }
        first = {"position": x, "velocity": v, "force": force}
        first["current"] = e.degeneracy * e.steady_current
        first["electronic"] = e.degeneracy * np.einsum("bij,bji->b", e.start, e.steady).real
        for name, value in first.items():
            self._kept[name][:, 0] = value

    def advance(self) -> None:
        """Make one step, as long as the accuracy allows."""
        clock, accuracy = self.clock, self._options.accuracy
        while True:
            moved = self._sweeps()
            error = np.inf
            if moved is not None:
                t = clock.time(self.electrons.grid.nodes)
                inside = slice(*np.searchsorted(self._times, t[[0, -1]], side="right"))
                nodes = self._observed(*moved)
                sweep = moved[-1]
                drift = self._drift(moved[0], moved[2])
                between = max(map(self.electrons.rough, nodes.values())) if inside.start < inside.stop else 0.0
                part = clock.step / (clock.end - clock.start)
                allowed = accuracy * np.array([max(1 - sweep.contraction, part), part, 1.0])
                ease = float(np.max(np.array([sweep.error, drift, between]) / allowed))
                error = max(sweep.error, drift, between)
                if ease <= 1 or self._options.fixed:
                    break
            clock.shorten(error)
        if inside.start < inside.stop:
            weights = self.electrons.grid.at((self._times[inside] - t[0]) / (t[-1] - t[0]))
            for name, values in nodes.items():
                self._kept[name][:, inside] = np.moveaxis(np.tensordot(weights, values, (1, 1)), 0, 1)
        self._x, self._v, self._work = (nodes[name][:, -1] for name in ("position", "velocity", "work"))
        self._force, self._last = nodes["force"], clock.step
        now = self._errors[0] * sweep.contraction + sweep.error
        total = self._errors[1] + drift + self._time_scale() * clock.step * self._push * now
        self._errors = np.array([now, total, max(self._errors[2], between)])
        self.electrons.accept(sweep)
        clock.advance(ease)

    def _sweeps(self) -> tuple[Array, Array, Array, Sweep] | None:
        """Return position, velocity and force at the nodes, and the electrons; None if nothing settles."""
        e, step = self.electrons, self.clock.step
        force, x = self._ahead(step), self._x[:, None]
        goal = SETTLED * self._options.accuracy * max(1.0, float(np.max(np.abs(x))))
        for k in range(SWEEPS):
            before = x
            moved = self._move(force, x, goal / 10)
            if moved is None:
                return None
            x, v = moved
            if k and np.max(np.abs(x - before)) <= goal:
                return x, v, force, sweep
            h = self._model.hamiltonian(x[:, :1] + 0 * x if self._options.frozen else x)
            sweep = e.sweep(step, h)
            density = e.density_matrix(sweep.density)
            force = -e.degeneracy * np.einsum("bqdij,bqji->bqd", self._model.gradient(x), density).real
        return None

    def _ahead(self, step: float) -> Array:
        """Return the force at the nodes of the next step, extrapolated from the last one."""
        grid = self.electrons.grid
        coefficients = grid.coefficients @ self._force
        where = legendre.legvander(1 + 2 * grid.nodes * step / self._last, len(grid.nodes) - 1)
        # Beyond the smallest term of the series extrapolation loses more than it gains.
        size = np.max(np.abs(coefficients), axis=(0, 2)) * np.abs(where[-1])
        kept = 1 + int(np.argmin(size[1:]))
        return where[:, :kept] @ coefficients[:, :kept]

    def _move(self, force: Array, x: Array, goal: float) -> tuple[Array, Array] | None:
        """Return position and velocity at the nodes under a given force of the electrons."""
        grid, step, body = self.electrons.grid, self.clock.step, self._body
        free = self._x[:, None] + step * grid.nodes[:, None] * self._v[:, None]
        x = x + 0 * free
        for _ in range(ITERATIONS):
            gained = step * (grid.integral @ ((force - body.potential.gradient(x)) / body.mass))
            x, before = free + step * (grid.integral @ gained), x
            change = float(np.max(np.abs(x - before)))
            if not np.isfinite(change):
                return None
            if change <= goal:
                return x, self._v[:, None] + gained
        return None

    def _observed(self, x: Array, v: Array, force: Array, sweep: Sweep) -> dict[str, Array]:
        """Return what is recorded, at the nodes."""
        e = self.electrons
        h, density = e.start[:, None] + sweep.offset, e.density_matrix(sweep.density)
        power = e.power(sweep.density, sweep.inflow, sweep.offset)
        return {
            "position": x,
            "velocity": v,
            "force": force,
            "current": e.current(sweep.density, sweep.inflow),
            "electronic": e.degeneracy * np.einsum("bqij,bqji->bq", h, density).real,
            "work": self._work[:, None] + self.clock.step * (power @ e.grid.integral.T),
        }

    def _drift(self, x: Array, force: Array) -> float:
        """Return the error that the step adds to a coordinate, that of the velocity carried on."""
        acceleration = (force - self._body.potential.gradient(x)) / self._body.mass
        self._pace = np.maximum(self._pace, [np.max(np.abs(self._v)), np.max(np.abs(acceleration))])
        step = self.clock.step
        return step * self.electrons.smooth(acceleration) * (step + self._time_scale())

    def _time_scale(self) -> float:
        """Return the time in which an error of the velocity becomes one of the position."""
        velocity, acceleration = self._pace
        duration = self.clock.end - self.clock.start
        return min(duration, velocity / acceleration) if acceleration > 0 else duration

    def fingerprint(self) -> str:
        """Return a digest of the problem: what the functions of model and body return along a first guess."""
        x = self._x + np.linspace(0, 1, 5)[:, None, None] * self._v
        h, slope = self._model.hamiltonian(x), self._model.gradient(x)
        potential = self._body.potential
        numbers = [self._x, self._v, self._times, h, slope, self._body.mass]
        numbers += [potential.energy(x), potential.gradient(x)]
        return fingerprint(numbers, self._model.leads, self._model.degeneracy, self._options)

    def state(self) -> dict[str, Any]:
        """Return all that the rest of the run depends on."""
        e, clock = self.electrons, self.clock
        numbers = {"modes": e.modes, "density": e.density, "offset": e.offset, "inflow": e.inflow}
        numbers |= {name: getattr(self, f"_{name}") for name in STATE}
        numbers |= {name: getattr(clock, name) for name in CLOCK}
        return numbers | {f"kept_{k}": a for k, a in self._kept.items()}

    def restore(self, state: dict[str, Array] | None) -> None:
        """Go to a state that was saved."""
        if state is None:
            return
        e, clock = self.electrons, self.clock
        e.modes, e.density, e.offset, e.inflow = (state[k] for k in ("modes", "density", "offset", "inflow"))
        for name in STATE:
            setattr(self, f"_{name}", state[name])
        self._last = float(self._last)
        for name in CLOCK:
            setattr(clock, name, state[name].item())
        self._kept = {name: state[f"kept_{name}"] for name in self._kept}

    def result(self) -> EhrenfestRun:
        """Return the result, one axis for the batch."""
        kept = self._kept
        kinetic = np.sum(self._body.mass * kept["velocity"] ** 2, axis=-1) / 2
        potential = self._body.potential.energy(kept["position"])
        error = float(self._errors[1] + self._errors[2])
        return EhrenfestRun(self._times, kinetic=kinetic, potential=potential, error=error, **kept)
