"""Coordinates under the mean force of the electrons that they drive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import mpmath
import numpy as np
from numpy.typing import ArrayLike

from electronwind.body import ClassicalBody
from electronwind.doors import (
    blamed,
    checked_body,
    checked_model,
    checked_start,
    checked_times,
    only_wide_band,
)
from electronwind.dynamics import EhrenfestRun
from electronwind.errors import InvalidSystemError, PrecisionError
from electronwind.models import Model
from electronwind.progress import checked_progress, told

from .arithmetic import Array, array, export, number, real, working
from .classical import Body
from .course import ROUNDING, Course, Tell, carried, checked_digits, panels, settled, shared
from .driven import inside
from .memory import Electrons, Moments, trace
from .panels import rule

__all__ = ["ehrenfest"]

MOST_SWEEPS = 60
# The energies on the way are not known beforehand; those at the start are taken with a margin.
MARGIN = 1.25


def ehrenfest(
    model: Model,
    body: ClassicalBody,
    start: Sequence[ArrayLike],
    times: ArrayLike,
    digits: int = 12,
    *,
    progress: bool | Callable[[float], Any] = False,
) -> EhrenfestRun:
    """Coordinates under the mean force of the electrons that they drive.

    Parameters
    ----------
    model : Model
        The family h(x), on wide-band leads.
    body : ClassicalBody
        Masses, and the potential apart from the electrons.
    start : pair of array_like, shapes (..., d)
        Position and velocity at the first time, when the electrons are in the steady state of the position.
    times : array_like, shape (t,)
        Increasing times.
    digits : int
        Decimal digits, 6 to 30, absolute in the coordinates.
    progress : bool or callable
        True for a bar on a terminal and a line every few seconds elsewhere, or a function that is called
        with the fraction done.

    Returns
    -------
    EhrenfestRun
        With arrays of mpf. `error` is the largest difference of a coordinate from that by a coarser rule.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime at the first position.
    UnsupportedError
        A lead is a `ChainLead`, or the run is too long; see `driven`.
    PrecisionError
        Two rules do not agree to `digits`.
    InvalidSystemError
        A start, times or masses of the wrong shape.

    Notes
    -----
    Waveform relaxation: on each panel of `memory`, the motion under the force that the last motion gave,
    until it no longer changes. The past of the panel is summed once. One start after the other; each costs
    several times as much as `driven` along the same path, so it is for short times and few levels: the
    two-level junction of preston2022 over 60 units of time takes about three seconds at 10 digits.
    Source: preston2022 Eq. 5-11 and Sec. II E.
    """
    model = checked_model(model, lambda: start[0])
    d = len(model.coordinates)
    only_wide_band("ehrenfest", model.leads)
    x, v = checked_start(start, d)
    moments, digits = checked_times(times), checked_digits(digits)
    checked_progress(progress)
    watched, batch = checked_body(body, x), x.shape[:-1]
    with blamed(watched), told(progress, "ehrenfest") as tell:
        runs = [
            _one(model, watched, x[index], v[index], moments, digits, part)
            for index, part in shared(tell, batch)
        ]
    stacked = {
        f.name: np.array([getattr(run, f.name) for run, _ in runs], dtype=object) for f in fields(_Run)
    }
    shaped: dict[str, Any] = {
        name: export(value, "mpf", carried(digits)).reshape(*batch, *value.shape[1:])
        for name, value in stacked.items()
    }
    return EhrenfestRun(times=moments, error=max(error for _, error in runs), **shaped)


@dataclass(frozen=True)
class _Run:
    """The fields of an `EhrenfestRun` at some times; the first axis is time."""

    position: Array
    velocity: Array
    force: Array
    current: Array
    kinetic: Array
    potential: Array
    electronic: Array
    work: Array


def _one(
    model: Model, body: ClassicalBody, x: Array, v: Array, times: Array, digits: int, tell: Tell
) -> tuple[_Run, float]:
    """Return the run from one start."""
    course = Course("ehrenfest", model, lambda _: x, float(times[0]), digits)
    course.afford(float(times[-1] - times[0]))
    with working(course.work_digits):
        classical = Body(body, len(x))
        places = [number(float(t)) - number(course.origin) for t in times]
        rate = MARGIN * course.rate(0.0)

        def compute(order: int, length: float, tell: Tell) -> _Run:
            edges = panels(places[-1], length, digits, [])
            h = course.hamiltonian(np.array([number(0)]))[0]
            electrons = Electrons(course.leads, h, edges, rule(order), number(rate), number(length), digits)
            return _Flight(model, classical, electrons, digits).run(array(x), array(v), places, tell)

        def difference(fine: _Run, coarse: _Run) -> float:
            return float(np.max(abs(fine.position - coarse.position)))

        return settled("the coordinates", compute, difference, course.panel_length(rate), digits, tell)


class _Flight:
    """One run by one rule."""

    def __init__(self, model: Model, body: Body, electrons: Electrons, digits: int) -> None:
        self.model, self.body, self.electrons = model, body, electrons
        self.tolerance = number(10) ** -(digits + ROUNDING)

    def run(self, x: Array, v: Array, places: list[Any], tell: Tell) -> _Run:
        """Return the run at the places, times from the start on."""
        electrons, work = self.electrons, number(0)
        found = [self._record(x[None], v[None], electrons.start, np.array([work]))]
        for panel, start in enumerate(electrons.edges[:-1]):
            if start >= places[-1]:
                break
            half = (electrons.edges[panel + 1] - start) / 2
            xs, vs, moments, acceleration = self._relax(x, v, panel, half)
            power = self._power(xs, moments)
            works = work + (electrons.rule.primitive * half) @ power
            rows = inside(electrons, panel, places)
            if len(rows):
                record = self._record(xs, vs, moments, works)
                found.append(
                    _Run(*(np.tensordot(rows, getattr(record, f.name), axes=1) for f in fields(_Run)))
                )
            weights = electrons.rule.weights * half
            x, v, work = x + weights @ vs, v + weights @ acceleration, work + weights @ power
            electrons.keep()
            tell(min(1.0, float(electrons.edges[panel + 1] / places[-1])))
        return _Run(*(np.concatenate([getattr(part, f.name) for part in found]) for f in fields(_Run)))

    def _relax(self, x: Array, v: Array, panel: int, half: Any) -> tuple[Array, Array, Moments, Array]:
        """Return positions, velocities, electrons and accelerations at the nodes of the panel."""
        up_to = self.electrons.rule.primitive * half
        xs = x + np.multiply.outer(self.electrons.nodes(panel) - self.electrons.edges[panel], v)
        known, refusal = np.broadcast_to(x, xs.shape), None
        for _ in range(MOST_SWEEPS):
            # A sweep may reach beyond where the family is defined: half as far from where it is known to be.
            try:
                h, gradient = (self._carried(f, xs) for f in (self.model.hamiltonian, self.model.gradient))
            except InvalidSystemError as error:
                xs, refusal = (xs + known) / 2, error
                continue
            known = xs
            moments = self.electrons.advance(h)
            acceleration = (self._force(gradient, moments.sigma) - self.body.gradient(xs)) / self.body.mass
            vs = v + up_to @ acceleration
            new = x + up_to @ vs
            change = np.max(abs(new - xs))
            if change <= self.tolerance * (1 + np.max(abs(new))):
                return xs, vs, moments, acceleration
            xs = new
        failure = PrecisionError(f"the motion on a panel did not settle in {MOST_SWEEPS} sweeps")
        raise (refusal or failure) from failure

    def _carried(self, family: Any, xs: Array) -> Array:
        plain = export(xs, "mpf", mpmath.mp.dps)
        return np.stack([array(family(position, mpmath.mp)) for position in plain])

    def _force(self, gradient: Array, sigma: Array) -> Array:
        return real(-trace(gradient, sigma[:, None])) * self.model.degeneracy

    def _power(self, xs: Array, moments: Moments) -> Array:
        """Return Re Tr[h dsigma/dt]: the commutator with h does no work on the electrons."""
        leads, Gamma = self.electrons.leads, self.electrons.Gamma
        lost = (Gamma @ moments.sigma + moments.sigma @ Gamma) / 2
        h = self._carried(self.model.hamiltonian, xs)
        return real(trace(h, moments.bath(leads) - lost)) * self.model.degeneracy

    def _record(self, xs: Array, vs: Array, moments: Moments, works: Array) -> _Run:
        spin = self.model.degeneracy
        return _Run(
            xs,
            vs,
            self._force(self._carried(self.model.gradient, xs), moments.sigma),
            moments.current(self.electrons.leads) * spin,
            self.body.kinetic(vs),
            self.body.energy(xs),
            real(trace(self._carried(self.model.hamiltonian, xs), moments.sigma)) * spin,
            works,
        )
