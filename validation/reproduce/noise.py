"""One level with a moving coordinate (preston2022 Sec. III D): trajectories, and noise along them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from electronwind import ClassicalBody, Harmonic, NoiseRecord, Trajectory, fast
from electronwind.models import single_level

from .figure import Floats
from .oscillator import BROADENING

__all__ = ["LENGTH", "Course", "crossing", "turn"]

# The paper's "trajectory length", and the longest delay that enters its integrals (Eq. 67-69).
LENGTH = 300.0
# Of the density matrix; the integrals over the delays are good to three digits or better.
ACCURACY = 1e-7


@dataclass(frozen=True)
class Course:
    """An Ehrenfest trajectory of the single level.

    Parameters
    ----------
    ratio : float
        Omega/Gamma; the mass follows from it.
    bias : float
        Difference of the electrochemical potentials, symmetric about zero.
    amplitude : float
        Distance from the minimum of the potential, at rest, at t = 0.
    temperature, h0 : float
        Of both leads; energy of the level at x = 0.
    """

    ratio: float
    bias: float
    amplitude: float
    temperature: float = 0.001
    h0: float = 0.0

    @property
    def model(self) -> single_level:
        """The junction, with the two broadenings of Sec. III B."""
        temperatures = (self.temperature, self.temperature)
        return single_level(h0=self.h0, mu=(self.bias / 2, -self.bias / 2), temperature=temperatures)

    @property
    def period(self) -> float:
        """Period of the bare oscillator."""
        return 2 * np.pi / (self.ratio * BROADENING)

    def path(self, since: float) -> Trajectory:
        """Return the motion until a period and a quarter after `since`."""
        body = ClassicalBody(1 / (self.ratio * BROADENING) ** 2, Harmonic(1.0, 0.0))
        end = since + 1.25 * self.period
        times = np.linspace(0, end, int(np.ceil(end / min(self.period / 100, 2.0))) + 1)
        run: Any = fast.ehrenfest(self.model, body, ([self.amplitude], [0.0]), times)
        return Trajectory(times, run.position, run.velocity)

    def noise(self, path: Trajectory, time: float, delays: Floats) -> NoiseRecord:
        """Return the noise of the force at a time, and its correlation with the delays before."""
        record: NoiseRecord = fast.two_time_noise(self.model, path, time, delays, accuracy=ACCURACY)
        return record


def crossing(path: Trajectory, since: float) -> float:
    """Return the first time after `since` at which the coordinate is zero."""
    return _first(
        scipy.interpolate.CubicHermiteSpline(path.times, path.position[:, 0], path.velocity[:, 0]), since
    )


def turn(path: Trajectory, since: float) -> float:
    """Return the first time after `since` at which the coordinate turns."""
    curve = scipy.interpolate.CubicHermiteSpline(path.times, path.position[:, 0], path.velocity[:, 0])
    return _first(curve.derivative(), since)


def _first(curve: scipy.interpolate.PPoly, since: float) -> float:
    roots = curve.roots(extrapolate=False)
    return float(np.min(roots[roots > since]))
