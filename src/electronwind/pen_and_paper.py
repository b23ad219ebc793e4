r"""The pen-and-paper model of long wires under current: cunningham2014 Eq. 9-20, and its fits.

Everything is in the units of the calculation, hbar = e = 1: currents are electrons per time, and the quantum
of conductance, both spins, is 1/pi. `Units` converts. Arguments are numbers, or arrays that broadcast.

The model has three constants: ``alpha``, charge per phonon at saturation; ``scale``, the kinetic energy E0 at
which the resistance of the vibrations is one inverse quantum; and ``beta``, an energy of the order of the
bandwidth that corrects short wires for localisation.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import real
from .errors import InvalidSystemError

__all__ = [
    "Fit",
    "Saturation",
    "critical_bias",
    "critical_mass",
    "current_spread",
    "current_variance",
    "density_amplitude",
    "density_of_states",
    "energy",
    "energy_scale",
    "fit_current",
    "fit_energy",
    "inverse_mean_free_path",
    "limit_energy",
    "limit_slope",
    "ohmic_current",
    "saturation_current",
    "transmission",
    "transmission_of_length",
]

Array = NDArray[Any]
Floats = float | NDArray[np.float64]

QUANTUM = 1 / np.pi
# Part of the largest 1/E to which a line through exact energies meets the axis.
ROUNDING = 1e-12


def density_of_states(hopping: Floats, filling: Floats, spacing: Floats) -> Any:
    """Return the density of states at the Fermi energy of a perfect chain, both spins, per length."""
    return 1 / (np.pi * np.abs(hopping) * np.sin(np.pi * np.asarray(filling)) * spacing)


def density_amplitude(
    wavevector: Floats,
    amplitude: Floats,
    frequency: Floats,
    slope: Floats,
    diffusion: Floats,
    density: Floats,
) -> Any:
    """Return B_k, the amplitude of the electron density that a phonon drives (after Eq. 9).

    Parameters
    ----------
    wavevector, amplitude, frequency : float or ndarray
        Of the phonon: k, A_k and omega_k.
    slope : float or ndarray
        H', derivative of the hopping with respect to the length of a bond.
    diffusion, density : float or ndarray
        Diffusion coefficient D of the electrons, and their density of states per length.
    """
    k = np.asarray(wavevector)
    conductivity = np.multiply(diffusion, density)
    return 2 * conductivity * slope * k**2 * amplitude / np.hypot(frequency, diffusion * k**2)


def current_variance(
    kinetic: Floats,
    mass: Floats,
    atoms: Floats,
    spacing: Floats,
    slope: Floats,
    density: Floats,
    diffusion: Floats,
    sound: Floats,
) -> Any:
    """Return the spatial variance of the current along a wire (Eq. 10), modes from pi/L to pi/R.

    Parameters
    ----------
    kinetic, mass : float or ndarray
        Total kinetic energy E of the atoms, and the mass M of one.
    atoms, spacing : float or ndarray
        Number N of atoms and length R of a bond.
    slope, density : float or ndarray
        H' and the density of states per length.
    diffusion, sound : float or ndarray
        Diffusion coefficient of the electrons and speed c of the phonons.
    """
    ratio = np.divide(diffusion, sound)
    low, high = np.pi / np.multiply(atoms, spacing), np.pi / np.asarray(spacing)
    span = (np.arctan(ratio * high) - np.arctan(ratio * low)) / ratio
    power = 8 * np.multiply(kinetic, spacing) / (np.multiply(mass, atoms) * np.square(sound))
    return np.square(np.multiply(slope, density) * diffusion) * power * span / np.pi


def current_spread(kinetic: Floats, mass: Floats, spacing: Floats, slope: Floats, density: Floats) -> Any:
    """Return the standard deviation of the current along a diffusive wire (Eq. 11)."""
    return np.sqrt(8 * np.divide(kinetic, mass)) * slope * spacing * density / np.pi


def saturation_current(frequency: Floats, alpha: Floats) -> Any:
    """Return the current at which the wind and the friction balance, whatever bias and length (Eq. 12)."""
    return QUANTUM * np.divide(frequency, alpha)


def ohmic_current(bias: Floats, length: Floats, mean_free_path: Floats) -> Any:
    """Return the current of a diffusive wire (Eq. 14)."""
    return QUANTUM * np.divide(bias, 1 + np.divide(length, mean_free_path))


def limit_energy(bias: Floats, frequency: Floats, alpha: Floats, scale: Floats) -> Any:
    """Return the kinetic energy at saturation without localisation (Eq. 15), that of a wire without end.

    Below the critical bias it is negative: the wire is at rest.
    """
    return scale * (np.multiply(alpha, bias) / frequency - 1)


def limit_slope(bias: Floats, frequency: Floats, alpha: Floats, scale: Floats, beta: Floats) -> Any:
    """Return b, the slope of 1/E against 1/N (after Eq. 16)."""
    return beta / ((np.multiply(alpha, bias) - frequency) * scale)


def energy(
    atoms: Floats,
    bias: Floats,
    frequency: Floats,
    alpha: Floats,
    scale: Floats,
    beta: Floats,
) -> Any:
    """Return the total kinetic energy of N atoms at saturation (Eq. 13 with Eq. 16)."""
    limit = limit_energy(bias, frequency, alpha, scale)
    n = np.asarray(atoms, dtype=float)
    return limit * n / (limit * limit_slope(bias, frequency, alpha, scale, beta) + n)


def transmission(bias: Floats, frequency: Floats, alpha: Floats) -> Any:
    """Return the transmission at saturation (Eq. 17); above one the wire is at rest."""
    return np.divide(frequency, np.multiply(alpha, bias))


def critical_bias(frequency: Floats, alpha: Floats) -> Any:
    """Return the bias below which the wire is at rest: a transmission of one in Eq. 17."""
    return np.divide(frequency, alpha)


def critical_mass(stiffness: Floats, bias: Floats, alpha: Floats) -> Any:
    """Return the mass below which the wire is at rest, from the stiffness of one atom (Eq. 17)."""
    return np.divide(stiffness, np.square(np.multiply(alpha, bias)))


def transmission_of_length(
    atoms: Floats,
    ratio: Floats,
    frequency: Floats,
    beta: Floats,
    states: Floats = 0.5,
) -> Any:
    """Return the transmission with the correction for localisation (Eq. 18).

    Parameters
    ----------
    atoms, ratio : float or ndarray
        Number of atoms, and length over mean free path, L/l = E/E0.
    frequency, beta : float or ndarray
        Of a phonon, and the bandwidth.
    states : float or ndarray
        The number eta of order one. Eq. 16 is Eq. 18 with one half.
    """
    return 1 / (1 + ratio * (1 + 2 * np.multiply(beta, states) / np.multiply(atoms, frequency)))


def inverse_mean_free_path(spread: Floats, hopping: Floats, slope: Floats, filling: Floats) -> Any:
    """Return R/l for bonds whose lengths have the mean square deviation `spread` (Eq. 19)."""
    return np.square(np.divide(slope, hopping) / np.sin(np.pi * np.asarray(filling))) * spread


def energy_scale(stiffness: Floats, hopping: Floats, slope: Floats, filling: Floats) -> Any:
    """Return E0 out of the effective stiffness of a bond (Eq. 20)."""
    return stiffness * np.square(np.divide(hopping, slope) * np.sin(np.pi * np.asarray(filling))) / 2


class Fit(NamedTuple):
    """A number out of a fit, with its standard error.

    Attributes
    ----------
    value, error : float
    """

    value: float
    error: float


class Saturation(NamedTuple):
    """The constants of Eq. 13 and 16 out of kinetic energies of wires of several lengths.

    Attributes
    ----------
    limit, slope : Fit
        Energy of a wire without end, and b.
    scale, beta : Fit
        E0 and beta that follow with a given alpha.
    """

    limit: Fit
    slope: Fit
    scale: Fit
    beta: Fit


def fit_current(masses: ArrayLike, currents: ArrayLike, stiffness: float) -> tuple[Fit, Fit]:
    """Return alpha out of the slope of 1/I against sqrt(M), and the intercept (Fig. 6a).

    Parameters
    ----------
    masses, currents : array_like, shape (k,)
        At least three, of wires at saturation.
    stiffness : float
        Of one atom, for its Einstein frequency.

    Raises
    ------
    InvalidSystemError
        Too few points or only one mass, or numbers that are not positive.
    """
    m, i = _points("masses", masses, "currents", currents)
    (slope, intercept), covariance = np.polyfit(np.sqrt(m), 1 / i, 1, cov=True)
    errors = np.sqrt(np.diag(covariance))
    # 1/I = alpha / (g omega) with omega = sqrt(K/M).
    unit = QUANTUM * np.sqrt(stiffness)
    return Fit(float(slope * unit), float(errors[0] * unit)), Fit(float(intercept), float(errors[1]))


def fit_energy(
    atoms: ArrayLike, energies: ArrayLike, bias: float, frequency: float, alpha: float
) -> Saturation:
    """Return the constants of Eq. 13 out of the line of 1/E against 1/N (Fig. 7, inset).

    Parameters
    ----------
    atoms, energies : array_like, shape (k,)
        At least three lengths, and the total kinetic energies at saturation.
    bias, frequency, alpha : float
        Of the wires; alpha as `fit_current` finds it.

    Raises
    ------
    InvalidSystemError
        Too few points or only one length, numbers that are not positive, energies that do not saturate, or a
        bias below the critical one.
    """
    n, e = _points("atoms", atoms, "energies", energies)
    above = alpha * bias - frequency
    if above <= 0:
        raise InvalidSystemError("bias", f"{bias:g}", f"a bias above the critical one, {frequency / alpha:g}")
    (slope, intercept), covariance = np.polyfit(1 / n, 1 / e, 1, cov=True)
    errors = np.sqrt(np.diag(covariance))
    # Below this an intercept is rounding: the energy goes on with the length.
    if abs(intercept) <= ROUNDING * np.max(1 / e):
        raise InvalidSystemError("energies", "energies in proportion to the length", "energies that saturate")
    limit = Fit(float(1 / intercept), float(errors[1] / intercept**2))
    scale = Fit(limit.value * frequency / above, limit.error * frequency / above)
    # beta = b (alpha V - omega) E0, and E0 follows from the intercept: beta = omega slope / intercept.
    beta = frequency * slope / intercept
    # Not relative: wires whose energy does not depend on the length have a slope of zero.
    ratio = slope / intercept
    cross = covariance[0, 0] - 2 * ratio * covariance[0, 1] + ratio**2 * covariance[1, 1]
    doubt = frequency / abs(intercept) * np.sqrt(max(cross, 0.0))
    return Saturation(limit, Fit(float(slope), float(errors[0])), scale, Fit(float(beta), float(doubt)))


def _points(first: str, x: ArrayLike, second: str, y: ArrayLike) -> tuple[Array, Array]:
    """Return the points of a fit, refusing fewer than three and what is not positive."""
    a, b = (real(name, value) for name, value in ((first, x), (second, y)))
    if a.ndim != 1 or a.shape != b.shape or len(a) < 3:
        raise InvalidSystemError(second, f"shape {b.shape}", f"three or more, as many as {first}: {a.shape}")
    for name, values in ((first, a), (second, b)):
        if np.any(values <= 0):
            raise InvalidSystemError(name, f"{np.min(values):g}", "positive numbers")
    if np.all(a == a[0]):
        raise InvalidSystemError(first, f"{a[0]:g} alone", "two or more that differ: a line is sought")
    return a, b
