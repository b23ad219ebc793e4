"""Currents through the leads and between levels, and the transmission behind them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OpenSystem, PrecisionError
from electronwind.doors import checked_axis

from . import chains
from .bloch import EndStateError
from .calculus import Calculus
from .density import density_matrix
from .evaluate import evaluate
from .laws import balanced, passing
from .leads import edges
from .scale import own_units

__all__ = ["bond_current", "current", "transmission"]

Array = np.ndarray[Any, Any]

# Of a smooth function at one to four steps on both sides, what it is between; the step, as a fraction of the
# distance to the nearest edge, and how well two steps agree; one that a narrow level does not escape.
SMOOTH = (4 / 5, -2 / 5, 4 / 35, -1 / 70)
STEP, AGREED = 1 / 256, 1e-9
CLOSE, ROUGH = 1e-8, 1e-5


@own_units
def current(system: OpenSystem) -> NDArray[np.float64]:
    """Return the particles per time that flow from each lead into the system.

    Parameters
    ----------
    system : OpenSystem
        Any leads.

    Returns
    -------
    ndarray, shape (..., leads)
        Sums to zero. Unit: energy / hbar, all spins. The electric current of electrons has the other sign.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens.

    Notes
    -----
    Source: Landauer-Buttiker, I_a = sum_b int dw/2pi T_ab (f_a - f_b).
    """
    if not system.wide_band:
        return balanced(system, chains.current(system))
    return balanced(system, evaluate(system, _current))


def _current(calculus: Calculus) -> Array:
    parts = calculus.spectrum
    collectors, weight = calculus.collect(parts.broadening), calculus.fermi()
    flow = np.zeros((*parts.mu.shape[1:], len(collectors)))
    for b, y in enumerate(calculus.sources):
        # T_ab (f_a - f_b), nothing for a = b; both terms of G Gamma_b G^+ = G Y - Y G^+ have the same real
        # trace.
        filled = weight.g(y)
        passed = np.einsum("...ij,...ji->...", collectors, filled - filled[b])
        flow += 2 * np.moveaxis(passed.real, 0, -1)
    return flow * (parts.degeneracy / (2 * np.pi))


@own_units
def bond_current(system: OpenSystem) -> NDArray[np.float64]:
    """Return the particles per time that flow from level i to level j, 2 Im(h_ji sigma_ij).

    Parameters
    ----------
    system : OpenSystem
        Any leads.

    Returns
    -------
    ndarray, shape (..., n, n)
        Antisymmetric. Unit: energy / hbar, all spins.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens.
    """
    sigma = density_matrix(system)
    flow = 2 * system.degeneracy * (np.swapaxes(system.hamiltonian, -1, -2) * sigma).imag
    return (flow - np.swapaxes(flow, -1, -2)) / 2


@own_units
def transmission(system: OpenSystem, energy: ArrayLike) -> NDArray[np.float64]:
    """Return T[a, b] = Tr[Gamma_a G Gamma_b G^+], the transmission from lead b to lead a, per spin.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    energy : array_like, shape () or (E,)
        Real energies.

    Returns
    -------
    ndarray, shape (..., [E,] leads, leads)
        Dimensionless. The diagonal holds the same formula, not a reflection.

    Raises
    ------
    UnbroadenedLevelError
        On wide bands alone a level that no lead broadens; on others the energy of one.
    PrecisionError
        The energy is that of a state at the end of a lead, or next to an edge or a narrow level.
    InvalidSystemError
        An energy that is not finite and real.
    """
    e = checked_axis("energy", energy)
    result: NDArray[np.float64] = passing(system, _transmissions(system, e.reshape(-1)))
    return result.reshape(*system.shape, *e.shape, *result.shape[-2:])


def _transmissions(system: OpenSystem, e: Array) -> Array:
    """Return the transmissions at energies of shape (E,), shape (..., E, leads, leads)."""
    try:
        return _through(system, e)
    except EndStateError:
        if len(e) > 1:
            return np.concatenate([_transmissions(system, one) for one in e[:, None]], axis=-3)
        return _across(system, e)


def _across(system: OpenSystem, e: Array) -> Array:
    """Return the transmissions at an energy where a self-energy is infinite: what passes is smooth there.

    Raises
    ------
    PrecisionError
        Something else is sharp beside it.
    """
    marks = np.concatenate([edges(lead).ravel() for lead in system.leads])
    room = min(float(np.max(np.abs(marks))), float(np.min(np.abs(marks - e))))
    near, first, second = (
        sum(
            weight * sum(_through(system, e + side * k * step * room) for side in (-1, 1))
            for k, weight in enumerate(SMOOTH, 1)
        )
        for step in (CLOSE, STEP, STEP / 2)
    )
    size = max(float(np.max(np.abs(second))), 1.0)
    if np.max(np.abs(first - second)) > AGREED * size or np.max(np.abs(near - second)) > ROUGH * size:
        raise PrecisionError(
            f"a self-energy is infinite at the energy {e[0]:.15g}, and a level next to it hardly decays: "
            "rounding decides what passes"
        )
    return np.asarray(second)


def _through(system: OpenSystem, e: Array) -> Array:
    green, gammas = chains.green(system, e)
    halves = [gamma @ green for gamma in gammas]
    others = [gamma @ np.swapaxes(green, -1, -2).conj() for gamma in gammas]
    rows = [
        np.stack([np.einsum("...ij,...ji->...", left, right).real for right in others], axis=-1)
        for left in halves
    ]
    return np.stack(rows, axis=-2)
