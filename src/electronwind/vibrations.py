"""What a solver returns for small vibrations of a body that current flows through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["GROWTH", "Vibrations"]

Array = NDArray[Any]

# Im omega above this part of the largest |omega| is growth; below it, rounding of two real frequencies that
# all but meet.
GROWTH = 1e-6


@dataclass(frozen=True)
class Vibrations:
    r"""Small vibrations :math:`u\,e^{-i\omega t}` about a position, of :math:`M\ddot u = -K u - \eta\dot u`.

    Attributes
    ----------
    frequencies : ndarray, shape (..., 2d)
        Complex omega, in the order of their real, then of their imaginary parts. Im omega > 0 grows. With
        omega comes -omega*, the same motion; without friction also -omega. Unit: energy / hbar.
    modes : ndarray, shape (..., d, 2d)
        ``modes[..., :, k]`` is the displacement u of ``frequencies[..., k]``, with ``sum(mass |u|^2) = 1``
        and its largest entry real and positive.
    growing : ndarray of int, shape (...)
        Number of frequencies with Re omega >= 0 and Im omega > GROWTH max |omega|: motions that grow, each of
        them a pair omega, -omega*. With the friction where that is asked for.
    instability : ndarray, shape (...)
        The mean of |Im omega| over the 2d frequencies *without* friction, Xi of cunningham2014 Eq. 8. Unit:
        energy / hbar.
    stiffness : ndarray, shape (..., d, d)
        K, minus the derivative of the total force; the first index is that of the force.
    symmetric, antisymmetric : ndarray, shape (..., d, d)
        S and A, the parts of ``K(V) - K(0)``, where K(0) is the stiffness with all leads at the mean of
        their potentials and the mean of their temperatures.

    Notes
    -----
    Source: cunningham2014 Eq. 5-8.
    """

    frequencies: Array
    modes: Array
    growing: Array
    instability: Array
    stiffness: Array
    symmetric: Array
    antisymmetric: Array
