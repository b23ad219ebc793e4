r"""Systems with chain leads, whose self-energy depends on the energy.

One lead is the reference: with its occupation everywhere the density matrix is an equilibrium one, an
integral of G alone, taken off the real axis (`contour`). What the other leads add lives in the bias window,
where an adaptive rule (`adaptive`) runs between the potentials, thermal edges, band edges and levels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import (
    ChainLead,
    Lead,
    OpenSystem,
    PrecisionError,
    UnbroadenedLevelError,
    UnsupportedError,
    WideBandLead,
)
from electronwind.doors import checked_system

from .adaptive import integrate
from .calculus import adjoint
from .contour import THERMAL, fermi_rule, occupation
from .fermi import Fermi
from .levels import refuse_unbroadened
from .spectrum import spectrum

__all__ = ["curl", "current", "density_matrix", "green", "refuse_chains"]

Array = np.ndarray[Any, Any]

# Relative accuracy of the window below which it refuses to answer, and matrix entries in memory at once.
LIMIT, CHUNK = 1e-10, 250_000


def refuse_chains(system: OpenSystem, name: str) -> None:
    """Raise where `name` is not offered because a lead is a chain.

    Raises
    ------
    InvalidSystemError
        Not a system.
    UnsupportedError
        Some lead is a `ChainLead`.
    """
    if not checked_system(system).wide_band:
        raise UnsupportedError(
            f"{name} of a system with a ChainLead is not offered; with a ChainLead there are "
            "density_matrix, force, curl, current, bond_current and transmission"
        )


def _self_energy(lead: ChainLead, z: Array) -> Array:
    """Return the retarded self-energy on the lead's site at z, shape (..., E), Im z >= 0."""
    offset = z - lead.onsite[..., None] + 0j
    edge = 2 * np.abs(lead.hopping)[..., None]
    # The product of two principal roots has Im >= 0 and grows like z: the decaying solution, on the
    # band too, where a choice by modulus would be a coin toss.
    root = np.sqrt(offset - edge) * np.sqrt(offset + edge)
    surface: Array = 2 / (offset + root)
    return surface * lead.coupling[..., None] ** 2


def green(system: OpenSystem, z: Array) -> tuple[Array, list[Array]]:
    """Return the Green's function and the broadening of each lead.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    z : ndarray, shape (..., E)
        Energies with Im z >= 0.

    Returns
    -------
    g : ndarray, shape (..., E, n, n)
    gammas : list of ndarray, broadcasting to (..., E, n, n)

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens.
    """
    if system.wide_band:
        spectrum(system)  # refuses unbroadened levels
    else:
        refuse_unbroadened(system, _self_energy)
    return _green(system, z)


def _green(system: OpenSystem, z: Array) -> tuple[Array, list[Array]]:
    n = system.levels
    z = np.broadcast_to(z, (*system.shape, z.shape[-1]))
    inverse = z[..., None, None] * np.eye(n) - system.hamiltonian[..., None, :, :]
    gammas: list[Array] = []
    for lead in system.leads:
        if isinstance(lead, WideBandLead):
            gammas.append(lead.broadening[..., None, :, :])
            inverse = inverse + 0.5j * gammas[-1]
        else:
            sigma = _self_energy(lead, z)
            inverse[..., lead.site, lead.site] -= sigma
            gamma: Array = np.zeros(inverse.shape)
            gamma[..., lead.site, lead.site] = -2 * sigma.imag
            gammas.append(gamma)
    return _invert(inverse), gammas


def _invert(matrix: Array) -> Array:
    try:
        return np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        raise UnbroadenedLevelError(
            "the Green's function diverges at one of the energies: a band edge with an infinite density of "
            "states, or a level that no lead broadens"
        ) from None


def _numbers(system: OpenSystem, lead: Lead) -> tuple[Array, Array]:
    return np.broadcast_to(lead.mu, system.shape), np.broadcast_to(lead.temperature, system.shape)


def _equilibrium(system: OpenSystem) -> Array:
    """Return the density matrix with every lead occupied like the first."""
    mu, temperature = _numbers(system, system.leads[0])
    size = np.linalg.norm(system.hamiltonian, axis=(-1, -2)) + np.abs(mu)
    for lead in system.leads:
        if isinstance(lead, ChainLead):
            size = size + np.abs(lead.onsite - mu) + 2 * np.abs(lead.hopping) + np.abs(lead.coupling)
        else:
            size = size + np.linalg.norm(lead.broadening, axis=(-1, -2))
    # Branch points and resonances may come close to mu, so the panels are graded down to rounding.
    rule = fermi_rule(mu, temperature, size, 1e-13 * size)
    anchor = mu - 1j * size
    (known,) = Fermi(mu[..., None], temperature[..., None]).derivatives(anchor[..., None], range(1))
    offset = known[..., 0] - np.sum(rule.weights / (rule.nodes - anchor[..., None]), axis=-1)
    g, _ = _green(system, rule.nodes)
    total = np.einsum("...s,...sij->...ij", rule.weights, g)
    total = total + offset[..., None, None] * np.eye(system.levels)
    return 1j * (total - np.swapaxes(total, -1, -2).conj()) / (2 * np.pi)


def _breakpoints(system: OpenSystem) -> Array:
    """Return where the integrand of the window may be sharp, sorted, shape (..., K)."""
    marks: list[Array] = []
    lows: list[Array] = []
    highs: list[Array] = []
    levels = np.linalg.eigvalsh(system.hamiltonian)
    marks.extend(np.moveaxis(levels, -1, 0))
    for lead in system.leads:
        mu, temperature = _numbers(system, lead)
        marks.extend(mu + k * temperature for k in (-45, -24, -12, -3, 0, 3, 12, 24, 45))
        lows.append(mu - THERMAL * temperature)
        highs.append(mu + THERMAL * temperature)
        if isinstance(lead, ChainLead):
            half = 2 * np.abs(lead.hopping)
            marks.extend(np.broadcast_to(lead.onsite + side * half, system.shape) for side in (-1, 1))
            # A level shifts by the real part of the self-energy.
            moved = system.hamiltonian[..., None, :, :] * np.ones((system.levels, 1, 1))
            moved[..., lead.site, lead.site] += _self_energy(lead, levels).real
            shifted = np.moveaxis(np.linalg.eigvalsh(moved), (-2, -1), (0, 1))
            marks.extend(shifted.reshape(system.levels**2, *system.shape))
    low, high = np.min(lows, axis=0), np.max(highs, axis=0)
    inside = [np.clip(mark, low, high) for mark in [*marks, low, high]]
    return np.sort(np.stack(inside, axis=-1), axis=-1)


def _window(
    system: OpenSystem, integrand: Callable[[Array, list[Array], list[Array]], tuple[Array, Array]]
) -> Array:
    """Integrate over the bias window.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    integrand : callable
        ``integrand(g, gammas, occupations)`` at energies of shape (..., K), the occupations those of
        each lead, shape (..., K); returns values and the size of their terms, both of shape (..., K, ...).

    Raises
    ------
    PrecisionError
        The rule did not converge.
    """
    points = _breakpoints(system)
    start, width = points[..., :-1], np.diff(points, axis=-1)
    # Pieces that rounding made of one point count for nothing; they are evaluated off the axis, since
    # the Green's function may diverge there (a band edge).
    point = width <= 1e-14 * np.max(np.abs(points), axis=-1, keepdims=True)
    real = ~np.all(point, axis=tuple(range(point.ndim - 1)))
    # An empty window still has a shape.
    real[0] |= not np.any(real)
    start, point, width = start[..., real], point[..., real], np.where(point, 0.0, width)[..., real]
    axes = len(system.shape)

    def values(piece: Array, s: Array) -> tuple[Array, Array]:
        # sin^2 flattens both ends of every piece: band edges there are square roots.
        energies = start[..., piece] + width[..., piece] * np.sin(np.pi * s / 2) ** 2
        jacobian = width[..., piece] * np.pi * np.sin(np.pi * s) / 2
        g, gammas = _green(system, energies + 1j * point[..., piece])
        occupations = [occupation(energies, *_numbers(system, lead)) for lead in system.leads]
        found, terms = integrand(g, gammas, occupations)
        found = found * jacobian.reshape(*jacobian.shape, *(1,) * (found.ndim - axes - 1))
        sizes = jacobian * np.max(terms, axis=tuple(range(jacobian.ndim, terms.ndim)))
        return np.moveaxis(found, axes, 0), np.moveaxis(sizes, axes, 0)

    entries = system.levels**2 * (system.coordinates + 1) * max(1, math.prod(system.shape))
    value, error = integrate(values, int(np.sum(real)), CHUNK // entries)
    if error > LIMIT:
        raise PrecisionError(
            f"the integral over the bias window reached a relative error of {error:.1e} only, not "
            f"{LIMIT:.0e}; a level may be all but decoupled from the leads"
        )
    return value


def density_matrix(system: OpenSystem) -> NDArray[np.complex128]:
    """Return the steady-state density matrix; see `electronwind.fast.density_matrix`."""
    refuse_unbroadened(system, _self_energy)

    def added(g: Array, gammas: list[Array], occupations: list[Array]) -> tuple[Array, Array]:
        first = occupations[0]
        total: Any = 0
        for gamma, f in zip(gammas[1:], occupations[1:], strict=True):
            total = total + (f - first)[..., None, None] * (g @ gamma @ adjoint(g))
        total = total + 0 * g
        return total, np.abs(total)

    sigma: Any = _equilibrium(system) + _window(system, added) / (2 * np.pi)
    return (sigma + adjoint(sigma)) / 2


def curl(system: OpenSystem) -> NDArray[np.float64]:
    """Return the curl of the mean force; see `electronwind.fast.curl`."""
    refuse_unbroadened(system, _self_energy)
    gradient = system.gradient[..., None, :, :, :]

    def traces(g: Array, gammas: list[Array], occupations: list[Array]) -> tuple[Array, Array]:
        # 2 Im Tr[L_mu A L_nu X_a] of each lead, weighed against the reference: todorov2010 Eq. 24 with
        # the part common to all leads, which has no curl, left out.
        spectral = 1j * (g - adjoint(g))
        left = gradient @ spectral[..., None, :, :]
        # One lead alone drives no curl, of the same shape.
        total = np.zeros((*left.shape[:-2], system.coordinates), dtype=complex)
        for gamma, f in zip(gammas[1:], occupations[1:], strict=True):
            right = gradient @ (g @ gamma @ adjoint(g))[..., None, :, :]
            trace = np.einsum("...mij,...vji->...mv", left, right)
            total = total + (f - occupations[0])[..., None, None] * trace
        # Where there is no curl the imaginary part is rounding, of the size of the whole.
        return np.imag(total), np.abs(total)

    flow = _window(system, traces) * (system.degeneracy / np.pi)
    result: NDArray[np.float64] = (flow - np.swapaxes(flow, -1, -2)) / 2
    return result


def current(system: OpenSystem) -> NDArray[np.float64]:
    """Return the current from each lead; see `electronwind.fast.current`."""
    refuse_unbroadened(system, _self_energy)

    def flows(g: Array, gammas: list[Array], occupations: list[Array]) -> tuple[Array, Array]:
        result = []
        for a, gamma in enumerate(gammas):
            total: Any = 0
            for b, other in enumerate(gammas):
                trace = np.einsum("...ij,...ji->...", gamma @ g, other @ adjoint(g)).real
                total = total + (occupations[a] - occupations[b]) * trace
            result.append(total)
        flow = np.stack(result, axis=-1)
        return flow, np.abs(flow)

    return _window(system, flows) * (system.degeneracy / (2 * np.pi))
