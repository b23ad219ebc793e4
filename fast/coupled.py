"""Coordinates and electrons that drive each other, step by step."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import legendre

from electronwind import InvalidSystemError, PrecisionError
from electronwind.body import ClassicalBody
from electronwind.dynamics import EhrenfestRun
from electronwind.models import Model

from .checkpoint import fingerprint
from .clock import Refused, Tick
from .driven import launch
from .history import Memory
from .laws import OFF, SLACK, filled
from .modes import Present, Sweep
from .options import Options

__all__ = ["Coupled"]

Array = np.ndarray[Any, Any]

# Sweeps and inner iterations of one step before it counts as too long.
SWEEPS, ITERATIONS = 12, 60
# What a sweep may still change in a coordinate, as a part of the accuracy asked for.
SETTLED = 1e-3


class _State(NamedTuple):
    """The run at one time; see the attributes of these names."""

    x: Array
    v: Array
    work: Array
    force: Array
    last: float
    errors: Array
    pace: Array
    electrons: Present
    clock: Tick


class Coupled:
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
        self._push = (
            e.degeneracy * float(np.max(np.linalg.norm(slope, axis=(-2, -1)))) / float(min(body.mass))
        )
        self._refused = Refused(float(times[-1] - times[0]))
        # Errors of the density matrix now, of the coordinates in total, of anything between nodes; largest
        # velocity and acceleration so far.
        self._errors, self._pace = np.array([e.lost, 0.0, 0.0]), np.zeros(2)
        sizes: dict[str, tuple[int, ...]] = {
            "position": (d,),
            "velocity": (d,),
            "force": (d,),
            "current": (len(e.gammas),),
        }
        sizes |= {"electronic": (), "work": ()}
        self.history = Memory({name: (batch, len(times), *size) for name, size in sizes.items()})
        first = {"position": x, "velocity": v, "force": force}
        first["current"] = e.degeneracy * e.steady_current
        first["electronic"] = e.degeneracy * np.einsum("bij,bji->b", e.start, e.steady).real
        self.history.put(0, first)

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
                between = (
                    max(map(self.electrons.rough, nodes.values())) if inside.start < inside.stop else 0.0
                )
                part = clock.step / (clock.end - clock.start)
                shares = np.array([clock.share(sweep.contraction), part, 1.0])
                ease = float(np.max(np.array([sweep.error, drift, between]) / shares)) / accuracy
                error = max(sweep.error, drift, between)
                if ease <= 1 or self._options.fixed:
                    break
            try:
                clock.shorten(error, "a family or a potential")
            except PrecisionError as failure:
                raise self._refused.instead(clock.time(), failure) from failure
        if inside.start < inside.stop:
            weights = self.electrons.grid.at((self._times[inside] - t[0]) / (t[-1] - t[0]))
            rows = {name: np.tensordot(weights, values, (1, 1)) for name, values in nodes.items()}
            for k in range(inside.stop - inside.start):
                self.history.put(inside.start + k, {name: values[k] for name, values in rows.items()})
        self._x, self._v, self._work = (nodes[name][:, -1] for name in ("position", "velocity", "work"))
        self._force, self._last = nodes["force"], clock.step
        now = self._errors[0] * sweep.contraction + sweep.error
        total = self._errors[1] + drift + self._time_scale() * clock.step * self._push * now
        self._errors = np.array([now, total, max(self._errors[2], between)])
        filled(self.electrons.density_matrix(sweep.density[:, -1]), SLACK + OFF * now)
        self.electrons.accept(sweep)
        clock.advance(ease)

    def _sweeps(self) -> tuple[Array, Array, Array, Sweep] | None:
        """Return position, velocity and force at the nodes, and the electrons; None if nothing settles."""
        e, step = self.electrons, self.clock.step
        force, x = self._ahead(step), self._x[:, None]
        goal = SETTLED * self._options.accuracy * max(1.0, float(np.max(np.abs(x))))
        sweep: Sweep | None = None
        for _ in range(SWEEPS):
            before = x
            moved = self._move(force, x, goal / 10)
            if moved is None:
                return None
            x, v = moved
            if sweep is not None and np.max(np.abs(x - before)) <= goal:
                return x, v, force, sweep
            # A sweep may reach beyond where the family is defined, and a shorter step stay within.
            try:
                h = self._model.hamiltonian(x[:, :1] + 0 * x if self._options.frozen else x)
                slope = self._model.gradient(x)
            except InvalidSystemError as refusal:
                self._refused.note(self.clock.time(), refusal)
                return None
            sweep = e.sweep(step, h)
            density = e.density_matrix(sweep.density)
            force = -e.degeneracy * np.einsum("bqdij,bqji->bqd", slope, density).real
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
        numbers += [potential.energy(self._x), potential.gradient(x)]
        return fingerprint(numbers, self._model.leads, self._model.degeneracy, self._options)

    @property
    def state(self) -> _State:
        """All that the rest of the run depends on."""
        now = (self._x, self._v, self._work, self._force, self._last, self._errors, self._pace)
        return _State(*now, self.electrons.state, self.clock.state)

    @state.setter
    def state(self, state: _State) -> None:
        self._x, self._v, self._work, self._force, self._last, self._errors, self._pace = state[:7]
        self.electrons.state, self.clock.state = state.electrons, state.clock

    def result(self) -> EhrenfestRun:
        """Return the result, one axis for the batch."""
        kept = self.history.arrays()
        kinetic = np.sum(self._body.mass * kept["velocity"] ** 2, axis=-1) / 2
        potential = self._body.potential.energy(kept["position"])
        error = float(self._errors[1] + self._errors[2])
        return EhrenfestRun(
            self._times, kinetic=kinetic, potential=potential, error=error, kernel="modes", **kept
        )
