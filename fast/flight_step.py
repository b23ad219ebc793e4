"""One step of a run on a chain, from a state to the next and what it errs by: see `flight`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from electronwind import InvalidSystemError
from electronwind.body import ClassicalBody

from . import adams, sliced
from .flight_state import Now
from .hopping import Electrons

__all__ = ["Past", "Step", "Stepper"]

Array = np.ndarray[Any, Any]
# Times and accelerations before the present one, the latest first.
Past = list[tuple[float, Array]]

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
    """

    now: Now
    limit: float
    drift: float
    rough: float


class Stepper:
    """What makes steps of the coordinates of a body and the electrons of a chain.

    Attributes
    ----------
    refusal : InvalidSystemError or None
        What the family refused in the last step that was too long.
    """

    def __init__(self, body: ClassicalBody, electrons: Electrons) -> None:
        self.refusal: InvalidSystemError | None = None
        self._body, self._electrons = body, electrons

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
        known = [(time, now.acceleration), *past]
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
        if len(before) < adams.DEPTH:
            # The first steps are too short to err, and know too little to tell.
            return Step(after, limit, 0.0, rough)
        gain = _mixed(adams.gained((1.0, *before[:-1])), pulls[:-1]) - gained
        weights = adams.ahead((1.0, *before), 1.0) - np.array([0.0, *adams.ahead(before, 1.0)])
        drift = length**2 * float(np.max(np.abs(_mixed(weights, pulls))))
        return Step(after, limit, drift + length * scale * float(np.max(np.abs(gain))), rough)


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
