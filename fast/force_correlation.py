"""Correlation of the force with itself in time, at rest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OpenSystem
from electronwind.doors import checked_axis

from . import elapsed, elapsed_bands
from .bound_pairs import filled, projector
from .bound_states import found_states
from .calculus import adjoint
from .contacts import groups
from .levels import refuse_unfilled
from .scale import own_units
from .spectrum import spectrum

__all__ = ["force_correlation"]

Array = np.ndarray[Any, Any]


@own_units
def force_correlation(system: OpenSystem, delays: ArrayLike) -> NDArray[np.complex128]:
    """Return c_mu,nu(s) = <df_mu(s) df_nu(0)> in the steady state.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    delays : array_like, shape () or (s,)
        Real times s, below zero too. Unit: hbar / energy.

    Returns
    -------
    ndarray, shape (..., [s,] d, d)
        Unit: energy squared per length squared. All spins. c(-s) is the conjugate transpose of c(s), and c(0)
        is positive semidefinite. `force_noise` is its Fourier transform. What bound states add never decays.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens and the leads do not fill alike.
    InvalidSystemError
        A delay that is not finite and real.
    PrecisionError
        Leads with bands: a delay so long that its oscillations cannot be followed, some ten thousand periods
        of the widest band, or a level all but decoupled from the leads.

    Notes
    -----
    Source: todorov2014 Eq. 52-58, for open systems and any bias: c(s) = Tr[L_mu P(s) L_nu N(s)^+] with N the
    occupied and P = A - N the empty states. Wide-band leads: closed form, see `elapsed`; without a good basis
    of eigenvectors, and for leads with bands, quadrature: see `elapsed_bands`.
    """
    tau = checked_axis("delays", delays)
    times, place = np.unique(np.abs(tau.ravel()), return_inverse=True)
    found = _wide(system, times) if system.wide_band else _banded(system, times)
    value = found.reshape(-1, *found.shape[-3:])[:, place]
    value = np.where((tau.ravel() < 0)[:, None, None], adjoint(value), value)
    d = system.coordinates
    return np.asarray(system.degeneracy * value.reshape(*system.shape, *tau.shape, d, d))


def _wide(system: OpenSystem, times: Array) -> Array:
    """Return c(s) per spin at times from zero on, shape (B, S, d, d), of wide-band leads."""
    parts, d = spectrum(system), system.coordinates
    result = np.empty((len(parts.sound), len(times), d, d), complex)
    if np.any(parts.sound):
        sound = parts if np.all(parts.sound) else parts.take(parts.sound)
        occupied, full = elapsed.elapsed(sound, times)
        gradient = np.stack([part[:, 0] for part in sound.gradient], axis=1)
        result[parts.sound] = _correlated(gradient, occupied, full)
    for index in np.flatnonzero(~parts.sound):
        one = system[np.unravel_index(index, system.shape)] if system.shape else system
        result[index] = _banded(one, times)[0]
    return result


def _banded(system: OpenSystem, times: Array) -> Array:
    """Return c(s) per spin at times from zero on, shape (B, S, d, d), of any leads."""
    refuse_unfilled(system)
    states = found_states(system)
    d = system.coordinates
    result = np.empty((len(states), len(times), d, d), complex)
    for where, group in groups(system):
        occupied, full = elapsed_bands.elapsed(group, times)
        for row, index in enumerate(where):
            for state in states[index].bound:
                one = system[np.unravel_index(index, system.shape)] if system.shape else system
                share = projector(state)[np.ix_(group.touched, group.touched)]
                turn = np.exp(-1j * state.energy * times)[:, None, None] * share
                full[row] += turn
                occupied[row] += filled(one, state)[0] * turn
        result[where] = _correlated(group.gradient, occupied, full)
    return result


def _correlated(gradient: Array, occupied: Array, full: Array) -> Array:
    """Return Tr[L_mu P(s) L_nu N(s)^+] for the gradient (B, d, n, n), shape (B, S, d, d)."""
    b, s, n, _ = full.shape
    d = gradient.shape[1]
    force = gradient[:, None]
    left = (force @ (full - occupied)[:, :, None]).reshape(b, s, d, n * n)
    right = np.swapaxes(force @ adjoint(occupied)[:, :, None], -1, -2).reshape(b, s, d, n * n)
    return np.asarray(left @ np.swapaxes(right, -1, -2))
