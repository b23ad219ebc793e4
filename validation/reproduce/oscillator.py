"""The oscillator of preston2022 Sec. III B: one coordinate that shifts two levels, near its equilibrium."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from electronwind import ClassicalBody, Harmonic, fast
from electronwind.models import Model, two_level

from .figure import Floats

__all__ = [
    "BROADENING", "MODEL", "REST", "STIFFNESS", "body", "equilibrium", "frequency", "parts", "ratio",
    "swings",
]  # fmt: skip

MODEL = two_level()
STIFFNESS, REST = 1.0, -0.22
# The Gamma of the paper's Omega/Gamma is the sum of the two leads: only then do its masses fit its ratios.
BROADENING = 0.1


def frequency(mass: float, stiffness: float = STIFFNESS) -> float:
    """Return Omega of the bare oscillator."""
    return float(np.sqrt(stiffness / mass))


def ratio(mass: float, stiffness: float = STIFFNESS) -> float:
    """Return Omega/Gamma."""
    return frequency(mass, stiffness) / BROADENING


def body(mass: float) -> ClassicalBody:
    """Return the oscillator with its published potential."""
    return ClassicalBody(mass, Harmonic(STIFFNESS, REST))


@cache
def equilibrium() -> float:
    """Return where the adiabatic force holds the spring."""

    def pull(x: float) -> float:
        return float(np.asarray(fast.force(MODEL.at(x)))[0]) - STIFFNESS * (x - REST)

    return float(scipy.optimize.brentq(pull, -0.3, -0.15, xtol=1e-15))


def parts(model: Model, position: Floats, velocity: Floats) -> tuple[Floats, Floats]:
    """Return the forces of order zero and one in the velocity (preston2022 Eq. 19, 20), shape (..., d)."""
    system = model.at(position)
    first = -np.einsum("...mn,...n->...m", np.asarray(fast.friction(system)), velocity)
    return np.asarray(fast.force(system)), first


def swings(times: Floats, run: Any, of: ClassicalBody, which: ArrayLike = ()) -> tuple[Floats, Floats]:
    """Return the times at which one coordinate turns, and where.

    Parameters
    ----------
    times : ndarray, shape (t,)
        Times of the run.
    run : EhrenfestRun or LangevinRun
        What moved.
    of : ClassicalBody
        What moved it, apart from the electrons.
    which : index
        One run of the batch.
    """
    at = tuple(np.atleast_1d(np.asarray(which, dtype=int)))
    x, v, f = (np.asarray(part)[at] for part in (run.position, run.velocity, run.force))
    acceleration = (f - of.potential.gradient(x)) / of.mass
    turns = scipy.interpolate.CubicHermiteSpline(times, v[:, 0], acceleration[:, 0]).roots(extrapolate=False)
    # The start at rest is no turn: its root may fall on either side of the first time.
    turns = turns[turns > times[0] + (times[-1] - times[0]) * 1e-9]
    return turns, np.asarray(scipy.interpolate.CubicHermiteSpline(times, x[:, 0], v[:, 0])(turns))
