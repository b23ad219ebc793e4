"""The waterwheel: how fast a current winds up, or brakes, the two senses of rotation of a vibration."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import InvalidSystemError, OpenSystem
from electronwind.doors import checked_axis, checked_positive, checked_system

from .response import response

__all__ = ["mode_rates"]

Array = np.ndarray[Any, Any]


def mode_rates(system: OpenSystem, frequency: ArrayLike, mass: float) -> NDArray[np.float64]:
    """Return d ln N/dt of the anticlockwise and of the clockwise mode of a two-dimensional oscillator.

    Parameters
    ----------
    system : OpenSystem
        With two coordinates, x and y.
    frequency : array_like, shape () or (W,)
        Angular frequency of the oscillator, > 0. Unit: energy / hbar.
    mass : float
        Its mass, the same along x and y.

    Returns
    -------
    ndarray, shape (..., [W,] 2)
        The anticlockwise mode first. Positive where the current winds the mode up. Unit: energy / hbar.

    Raises
    ------
    InvalidSystemError
        Another number of coordinates, or a frequency or mass that is not positive.
    UnbroadenedLevelError
        A level that no lead broadens.

    Notes
    -----
    Source: todorov2011 Eq. 29-30, at any bias, temperature and frequency: the sum of both rates is the trace
    of the velocity-dependent force over the mass, their difference the work of the curl of the force at that
    frequency. A mode is unstable where its rate is positive: the current drives it harder than electronic
    friction brakes it. The rates are those of large N, without the quanta that noise adds.
    """
    if checked_system(system).coordinates != 2:
        raise InvalidSystemError(
            "system", f"{system.coordinates} coordinates", "two coordinates, x and y: a plane to turn in"
        )
    w = checked_axis("frequency", frequency)
    if np.any(w <= 0):
        where = tuple(int(i) for i in np.argwhere(w <= 0)[0])
        raise InvalidSystemError(f"frequency{list(where) or ''}", f"{w[where]:g}", "a frequency > 0")
    mass = checked_positive("mass", mass, "a mass")
    chi = response(system, w)
    # response = -(K + i w L), K and L real.
    drag = -(chi[..., 0, 0] + chi[..., 1, 1]).imag
    turn = -(chi[..., 0, 1] - chi[..., 1, 0]).real
    return np.stack([drag + turn, drag - turn], axis=-1) / (2 * mass * w[..., None])
