"""Rates at which a current winds up the two circular modes of an oscillator in a plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from electronwind.doors import checked_axis, checked_digits, checked_positive, checked_system
from electronwind.errors import InvalidSystemError
from electronwind.system import OpenSystem

from .arithmetic import Array, array, export, imag, number, real, working
from .batch import LEAST_DIGITS, MOST_DIGITS, ROUNDING
from .noise import force_noise

__all__ = ["mode_rates"]

GUARD = 5  # digits beyond those asked for that the two rates are computed with


def mode_rates(system: OpenSystem, frequency: ArrayLike, mass: float, digits: int = 30) -> Array:
    """Growth rates of the anticlockwise and of the clockwise mode.

    Parameters
    ----------
    system : OpenSystem
        With two coordinates, X and Y.
    frequency : array_like, shape () or (W,)
        Angular frequency of both oscillators, > 0. Unit: energy / hbar.
    mass : float
        Mass of both oscillators. Unit: hbar^2 / (energy length^2).
    digits : int
        Decimal digits, 15 to 50, relative to the rates of emission and of absorption.

    Returns
    -------
    ndarray of mpf, shape (..., [W,] 2)
        d ln N/dt of the modes (+) and (-), times the degeneracy. Unit: energy / hbar.

    Raises
    ------
    InvalidSystemError
        Not two coordinates, a frequency or a mass that is not > 0, or `digits` out of range.
    UnbroadenedLevelError, PrecisionError, UnsupportedError
        As of `force_noise`.

    Notes
    -----
    The golden rule: f_+ = f_X + i f_Y takes a quantum from the mode (+), its adjoint gives one to it, and an
    electron goes from a filled state to an empty one. With N + 1 for N in the emission,

        d ln N_+/dt = (pi / 2 M w) int dE { Tr[f_+^+ rho(E) f_+ rho_h(E - w)]
                                            - Tr[f_+ rho(E) f_+^+ rho_h(E + w)] },

    rho = N / 2 pi the filled and rho_h = P / 2 pi the empty part of the density of states. (-) has f_+ and
    its adjoint exchanged. Source: todorov2011 Eq. 28-30.
    """
    if checked_system(system).coordinates != 2:
        raise InvalidSystemError("system", f"{system.coordinates} coordinates", "two coordinates, X and Y")
    w = checked_axis("frequency", frequency)
    if np.any(w <= 0):
        where = [int(i) for i in np.argwhere(w <= 0)[0]]
        raise InvalidSystemError(f"frequency{where or ''}", f"{w[w <= 0].flat[0]:g}", "a frequency > 0")
    mass = checked_positive("mass", mass, "a mass")
    asked = min(checked_digits(digits, LEAST_DIGITS, MOST_DIGITS) + GUARD, MOST_DIGITS)
    with working(asked + ROUNDING):
        taken, given = (array(force_noise(system, shift, digits=asked)) for shift in (w, -w))
        # (1, i)^+ S (1, i) is the rate with f_+, the same of the conjugate vector that with its adjoint.
        taken_plus, taken_minus = _turning(taken)
        given_minus, given_plus = _turning(given)
        rates = np.stack([given_plus - taken_plus, given_minus - taken_minus], axis=-1)
        scale = array(w) * number(mass) * 4
        return export(rates / np.asarray(scale)[..., None], "mpf", digits + ROUNDING)


def _turning(noise: Array) -> tuple[Array, Array]:
    """Return (1, s i)^+ S (1, s i) for s = 1 and -1, of Hermitian S, shape (..., 2, 2)."""
    both, turn = real(noise[..., 0, 0] + noise[..., 1, 1]), 2 * imag(noise[..., 0, 1])
    return both - turn, both + turn
