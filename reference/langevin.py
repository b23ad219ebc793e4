"""Coordinates under adiabatic force and friction."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from electronwind.body import ClassicalBody
from electronwind.doors import (
    blamed,
    checked_body,
    checked_digits,
    checked_flag,
    checked_model,
    checked_seed,
    checked_start,
    checked_times,
    only_wide_band,
)
from electronwind.dynamics import LangevinRun
from electronwind.errors import InvalidSystemError, PrecisionError, UnsupportedError
from electronwind.models import Model
from electronwind.progress import checked_progress, told

from .arithmetic import Array, array, export, number, working
from .batch import LEAST_DIGITS
from .classical import Body
from .course import Tell, shared
from .density import force
from .friction import friction
from .panels import rule

__all__ = ["langevin"]

FEWEST_DIGITS, MOST_DIGITS = 4, 13
GUARD = 10
CARRIED = 17  # digits: what is given comes back as it was
# Nodes of a panel, one attempt after the other; each begins with the motion that the last one found.
LADDER = (5, 8, 12, 16, 20)
MOST_SWEEPS = 40
SHORTEST = 2.0**-20  # of the whole span
# The same where the family refused what is longer: to reach the end of a family takes no end of panels.
REFUSED = 2.0**-8


def langevin(
    model: Model,
    body: ClassicalBody,
    start: Sequence[ArrayLike],
    times: ArrayLike,
    *,
    noise: bool = False,
    seed: int | None = None,
    digits: int = 10,
    progress: bool | Callable[[float], Any] = False,
) -> LangevinRun:
    """Coordinates under adiabatic force and friction.

    Parameters
    ----------
    model : Model
        The family h(x), on wide-band leads.
    body : ClassicalBody
        Masses, and the potential apart from the electrons.
    start : pair of array_like, shapes (..., d)
        Position and velocity at the first time.
    times : array_like, shape (t,)
        Increasing times.
    noise : bool
        Not offered: a certified number cannot be random.
    seed : int, optional
        Without noise there is nothing to seed.
    digits : int
        Decimal digits, 4 to 13, absolute in the coordinates on each panel of time.
    progress : bool or callable
        True for a bar on a terminal and a line every few seconds elsewhere, or a function that is called
        with the fraction done.

    Returns
    -------
    LangevinRun
        With arrays of mpf.

    Raises
    ------
    UnsupportedError
        Noise, or a `ChainLead`.
    UnbroadenedLevelError
        A level keeps an infinite lifetime on the way.
    PrecisionError
        No panel is short enough: force or potential are not smooth.
    InvalidSystemError
        A start, times or masses of the wrong shape.

    Notes
    -----
    ``m dv/dt = F(x) - friction(x) v - dU/dx`` by Gauss-Legendre collocation, with `force` and `friction` of
    the reference at every node. A panel is kept when a rule with more nodes moves its end by less than
    ``10**-digits``, and halved otherwise. A hundred to two hundred frictions a panel, a tenth of a second
    each. Source: preston2022 Eq. 9, 18-20.
    """
    model = checked_model(model, lambda: start[0])
    d = len(model.coordinates)
    if checked_flag("noise", noise):
        raise UnsupportedError(
            "langevin with noise=True is not offered by the reference: it returns certified numbers"
        )
    only_wide_band("langevin", model.leads)
    x, v = checked_start(start, d)
    moments, digits = checked_times(times), checked_digits(digits, FEWEST_DIGITS, MOST_DIGITS)
    checked_seed(seed)
    checked_progress(progress)
    watched, batch = checked_body(body, x), x.shape[:-1]
    with blamed(watched), told(progress, "langevin") as tell, working(digits + GUARD):
        runs = [
            _Walk(model, Body(watched, d), digits).run(array(x[index]), array(v[index]), moments, part)
            for index, part in shared(tell, batch)
        ]
        found = [export(np.array(part, dtype=object), "mpf", CARRIED) for part in zip(*runs, strict=True)]
    position, velocity, forces = (part.reshape(*batch, len(moments), d) for part in found)
    return LangevinRun(moments, position, velocity, forces, None)


class _Walk:
    """One run."""

    def __init__(self, model: Model, body: Body, digits: int) -> None:
        self.model, self.body = model, body
        self.allowed = number(10) ** -digits
        # What the family refused on the panels that were too long.
        self.refusal: InvalidSystemError | None = None

    def run(self, x: Array, v: Array, times: Array, tell: Tell) -> tuple[Array, Array, Array]:
        """Return positions, velocities and forces at the times."""
        now = number(float(times[0]))
        places = [number(float(t)) for t in times]
        xs, vs, forces = [x[None]], [v[None]], [self._force(x[None], v[None])]
        length = span = places[-1] - now
        while now < places[-1]:
            length = min(length, places[-1] - now)
            step = self._panel(x, v, length)
            if step is None:
                length = length / 2
                if length < span * number(SHORTEST if self.refusal is None else REFUSED):
                    failure = PrecisionError(f"force or potential vary too fast at x = {x.astype(float)}")
                    raise (self.refusal or failure) from failure
                continue
            self.refusal = None
            order, nodes, speeds, pushes, x, v = step
            inside = [(t - now) / length * 2 - 1 for t in places if now < t <= now + length]
            if inside:
                rows = rule(order).interpolation(np.array(inside, dtype=object))
                xs.append(rows @ nodes)
                vs.append(rows @ speeds)
                forces.append(rows @ pushes)
            now = now + length
            tell(float((now - places[0]) / span))
            length = length * 2
        return np.concatenate(xs), np.concatenate(vs), np.concatenate(forces)

    def _panel(self, x: Array, v: Array, length: Any) -> tuple[int, Array, Array, Array, Array, Array] | None:
        """Return order, positions, velocities and forces at the nodes, and the end, or None: too long."""
        known: tuple[int, Array] | None = None
        before: Array | None = None
        allowed = math.inf
        for order in LADDER:
            here = rule(order)
            up_to, weights = here.primitive * (length / 2), here.weights * (length / 2)
            if known is None:
                xs = x + np.multiply.outer((here.nodes + 1) * (length / 2), v)
                vs = np.broadcast_to(v, xs.shape)
            else:
                rows = rule(known[0]).interpolation(here.nodes)
                xs, vs = np.split(rows @ known[1], 2, axis=1)
            for _ in range(MOST_SWEEPS):
                # A panel may reach beyond where the family is defined, and a shorter one stay within.
                try:
                    pushes = self._force(xs, vs)
                except InvalidSystemError as refusal:
                    self.refusal = refusal
                    return None
                acceleration = (pushes - self.body.gradient(xs)) / self.body.mass
                faster = v + up_to @ acceleration
                further = x + up_to @ faster
                change = float(np.max(abs(np.concatenate([further - xs, faster - vs]))))
                xs, vs = further, faster
                # No better than the last rule needs it, by as much as this one may be better.
                if change <= max(float(self.allowed) / 10, min(1e-2, allowed / 100)):
                    break
            else:
                return None
            end = np.stack([x + weights @ vs, v + weights @ acceleration])
            known = order, np.concatenate([xs, vs], axis=1)
            if before is not None:
                moved = float(np.max(abs(end - before)))
                if moved <= self.allowed:
                    return order, xs, vs, self._force(xs, vs), end[0], end[1]
                if moved > allowed:
                    return None
                allowed = moved
            before = end
        return None

    def _force(self, xs: Array, vs: Array) -> Array:
        """Return F - friction v, times the spin factor; the positions are rounded to float64."""
        # All of them before the work on any: the family may refuse the last one.
        systems = [self.model.at(x) for x in xs.astype(float)]
        found = []
        for system, v in zip(systems, vs, strict=True):
            adiabatic = array(force(system, digits=LEAST_DIGITS))
            found.append(adiabatic - array(friction(system, digits=LEAST_DIGITS)) @ v)
        return np.array(found, dtype=object)
