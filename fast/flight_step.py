"""One step of a run on a chain, from a state to the next and what it errs by: see `flight`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from electronwind import InvalidSystemError
from electronwind.body import ClassicalBody

from . import adams, sliced
from .flight_state import Now
from .hopping import Electrons

__all__ = ["KEPT", "Past", "Step", "Stepper"]

Array = np.ndarray[Any, Any]
# Times, accelerations and slopes of the density matrix before the present ones, the latest first.
Past = list[tuple[float, Array, Array]]
# How many of them are kept: the error of order 5 is read from so many slopes and the present one.
KEPT = 4

# What the density matrix may have gained in half a step by rounding alone, twice.
ROUNDING = 4 * float(np.finfo(float).eps)
# Digits of past times in units of the step.
EVEN = 9
# Which moments the stages of the density matrix are at, and what each counts for.
STAGES = list(sliced.MOMENT)
SHARES = np.array(sliced.SHARE) / sum(sliced.SHARE)


class Step(NamedTuple):
    """What a step came to.

    Attributes
    ----------
    now : Now
        The state after it.
    limit : float
        The longest step that is stable there.
    drift, rough : float
        What it errs by in coordinates and in the density matrix.
    slope : ndarray, shape (B, n - 1)
        Derivative of the first off-diagonal of the density matrix at its start.
    """

    now: Now
    limit: float
    drift: float
    rough: float
    slope: Array


class Stepper:
    """What makes steps of the coordinates of a body and the electrons of a chain.

    Parameters
    ----------
    body, electrons
        The two.
    careful : bool
        Whether lengths of steps follow from what they err by.

    Attributes
    ----------
    refusal : InvalidSystemError or None
        What the family refused in the last step that was too long.
    """

    def __init__(self, body: ClassicalBody, electrons: Electrons, careful: bool) -> None:
        self.refusal: InvalidSystemError | None = None
        self._body, self._electrons, self._careful = body, electrons, careful

    def limit(self, hopping: Array) -> float:
        """Return the longest step that is stable at a hopping of shape (..., n - 1)."""
        return float(np.min(self._electrons.bound(hopping)))

    def step(
        self, now: Now, time: float, past: Past, length: float, scale: float, spare: Array
    ) -> Step | None:
        """Return what a step comes to, or None where it is too long.

        Parameters
        ----------
        now, time, past
            The state, its time and what was before.
        length : float
            Of the step.
        scale : float
            The time in which an error of the velocity becomes one of the position.
        spare : ndarray, shape (B, 2, n + 2, n + 2)
            Where the density matrix after the step is written, inside a border of zeros.
        """
        body, e = self._body, self._electrons
        recent = past[: adams.DEPTH - 1]
        known = [(time, now.acceleration), *((t, pull) for t, pull, _ in recent)]
        # Equal steps, which differ by rounding, share their weights; no error of a step is as small as this.
        before = tuple(round((t - time) / length, EVEN) for t, _ in known)
        pulls = np.stack([a for _, a in known])
        flight = length * now.v
        x = np.stack(
            [
                now.x + part * flight + length**2 * _mixed(adams.ahead(before, part), pulls)
                for part in (0.5, 1.0)
            ],
            axis=1,
        )
        if not np.isfinite(x).all():
            return None
        # A step may reach beyond where the family is defined, and a shorter one stay within.
        try:
            hopping, slope = e.bonds(x)
        except InvalidSystemError as refusal:
            self.refusal = refusal
            return None
        limits = e.bound(hopping)
        if length > np.min(limits):
            return None
        h = np.concatenate([now.hopping[:, None], hopping], axis=1)
        modes, inflow = e.follow(now.modes, now.inflow, h, length)
        seen, slopes = e.step(now.sigma, h, inflow, length, spare)
        # By the rule of the density matrix itself, so that no particle is lost.
        power, current = e.entering(h[:, STAGES], inflow[:, STAGES], seen)
        force = e.force(slope[:, 1], spare)
        acceleration = (force - body.potential.gradient(x[:, 1])) / body.mass
        if not np.isfinite(acceleration).all():
            return None
        pulls = np.concatenate([acceleration[None], pulls])
        gained = _mixed(adams.gained((1.0, *before)), pulls)
        after = Now(
            x[:, 1], now.v + length * gained, acceleration, force, h[:, 2], spare, modes, inflow[:, 2],
            now.work + length * power @ SHARES,
            now.entered + length * SHARES @ current,
        )  # fmt: skip
        limit, rough = float(np.min(limits[:, 1])), _rough(slopes, length)
        slope = slopes[:, 0]
        if self._careful and len(past) == KEPT:
            rough = max(rough, _bent(time, slope, past, length))
        if len(before) < adams.DEPTH:
            # The first steps are too short to err, and know too little to tell.
            return Step(after, limit, 0.0, rough, slope)
        gain = _mixed(adams.gained((1.0, *before[:-1])), pulls[:-1]) - gained
        weights = adams.ahead((1.0, *before), 1.0) - np.array([0.0, *adams.ahead(before, 1.0)])
        drift = length**2 * float(np.max(np.abs(_mixed(weights, pulls))))
        return Step(after, limit, drift + length * scale * float(np.max(np.abs(gain))), rough, slope)


def _mixed(weights: Array, pulls: Array) -> Array:
    """Return the sum of weights times accelerations, shape (k, B, d)."""
    # A tensordot takes longer to begin than this takes.
    return np.asarray((weights @ pulls.reshape(len(pulls), -1)).reshape(pulls.shape[1:]))


def _rough(slopes: Array, length: float) -> float:
    """Return what a step errs by in the density matrix, from derivatives at its stages, shape (B, 4, n - 1).

    A linear equation has z^5/120 of its value as the error, where z is the phase of the step. The second and
    the third stage differ by z^3/4 of it, the first two by z^2/2. Elements that are not looked at, and the
    modes, may err by several times that.
    """
    first, second = (float(np.max(np.abs(slopes[:, k + 1] - slopes[:, k]))) for k in (0, 1))
    phase = 2 * min(second / first, 1.0) if first > 0 else 0.0
    return 4 * length * second * phase**2 / 30


def _bent(time: float, slope: Array, past: Past, length: float) -> float:
    """Return what a step errs by in the density matrix, from five slopes in a row.

    The stages of one step are blind where their differences cross zero: a chain takes what a step gains to
    elements that they do not see, and back. Their estimate was small by hundreds there, so that steps
    trebled. The fifth derivative is read here from other times; length^5/120 of it is the error of a linear
    equation. A quarter of that leaves the lengths to the stages where these do see.
    """
    times = (np.array([time, *(t for t, _, _ in past)]) - time) / length
    apart = times[:, None] - times
    np.fill_diagonal(apart, 1.0)
    weights = 1 / np.prod(apart, axis=1)
    fourth = np.tensordot(weights, np.stack([slope, *(s for _, _, s in past)]), 1)
    # A slope is what was gained in a part of its step: the shorter that is, the more of it is rounding.
    lengths = np.array([1.0, *-np.diff(times)])
    rounding = ROUNDING * float(np.sum(np.abs(weights) / lengths))
    return max(0.0, length * float(np.max(np.abs(fourth))) - rounding) / 20
