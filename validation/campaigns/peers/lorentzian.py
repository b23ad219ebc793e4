"""Telling a junction between Lorentzian leads from a system on wide-band leads.

A lead whose spectral density is a Lorentzian is one more level on a wide-band lead. Codes for open quantum
systems know such leads as baths: they need the junction proper, and the parameters of each bath.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import null_space

from electronwind import OpenSystem

__all__ = ["Bath", "Junction", "junction"]

Array = NDArray[Any]

# Entries that must vanish may carry the rounding errors of a change of basis.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Bath:
    """A level on wide-band leads of one potential and one temperature, as the junction sees it.

    Attributes
    ----------
    coupling : ndarray, shape (m,)
        Elements of the Hamiltonian from the junction's levels to this one.
    center : float
        Energy of the level.
    width : float
        Half-width W of its spectral density: half the broadening.
    mu, temperature : float
        Of its leads.
    shares : dict
        Part of the broadening that each lead contributes, by its number.
    """

    coupling: Array
    center: float
    width: float
    mu: float
    temperature: float
    shares: dict[int, float]


@dataclass(frozen=True, eq=False)
class Junction:
    """What is left of a system when the levels of its leads are taken for baths.

    Attributes
    ----------
    hamiltonian : ndarray, shape (m, m)
        In a basis of the junction's own levels.
    gradient : ndarray, shape (d, m, m)
        Likewise.
    baths : list of Bath
        One for each level of a lead that touches the junction.
    basis : ndarray, shape (n, m + len(baths))
        The levels of the junction and of the baths, in those of the system.
    """

    hamiltonian: Array
    gradient: Array
    baths: list[Bath]
    basis: Array


def junction(system: OpenSystem) -> Junction:
    """Return a system as a junction between Lorentzian baths.

    The levels of the leads are found in any basis: they are the eigenvectors of broadenings of rank one.

    Parameters
    ----------
    system : OpenSystem
        A single one, no batch.

    Raises
    ------
    NotImplementedError
        The system is of another kind; the message says in which way.
    """
    parts = _levels_of_leads(system)
    lead_levels = np.array([vector for vector, _, _ in parts]).reshape(-1, system.levels).T
    inner = null_space(lead_levels.conj().T) if parts else np.eye(system.levels)
    if not (parts and inner.size):
        raise NotImplementedError("no level besides those that wide-band leads broaden")
    basis = np.hstack([inner, lead_levels])
    h = basis.conj().T @ system.hamiltonian @ basis
    gradient = basis.conj().T @ system.gradient @ basis
    m = inner.shape[1]
    between = h[m:, m:] - np.diag(np.diag(h[m:, m:]))
    _must_vanish(between, h, "a coupling between the levels of two leads")
    for block in (gradient[:, m:, :], gradient[:, :, m:]):
        _must_vanish(block, gradient, "a gradient that acts on the level of a lead")
    baths = [
        Bath(h[m + a, :m], float(h[m + a, m + a].real), width, *_filling(system, shares), shares)
        for a, (_, width, shares) in enumerate(parts)
    ]
    return Junction(h[:m, :m], gradient[:, :m, :m], baths, basis)


def _levels_of_leads(system: OpenSystem) -> list[tuple[Array, float, dict[int, float]]]:
    """Return vector, half-width and shares of each level that leads broaden."""
    found: list[tuple[Array, float, dict[int, float]]] = []
    for a, lead in enumerate(system.leads):
        if not lead.wide_band:
            raise NotImplementedError("a chain lead")
        widths, vectors = np.linalg.eigh(lead.broadening)
        if not widths[-1]:
            continue
        _must_vanish(widths[:-1], widths, "a wide-band lead on more than one level")
        vector, width = vectors[:, -1], float(widths[-1]) / 2
        overlaps = [abs(np.vdot(other, vector)) for other, _, _ in found]
        same = next((i for i, overlap in enumerate(overlaps) if 1 - overlap < ROUNDING), None)
        if same is None:
            _must_vanish(np.array(overlaps), np.ones(1), "wide-band leads on levels that overlap")
            found.append((vector, width, {a: width}))
        else:
            old, sum_, shares = found[same]
            found[same] = (old, sum_ + width, shares | {a: width})
    return [(v, w, {a: part / w for a, part in shares.items()}) for v, w, shares in found]


def _filling(system: OpenSystem, shares: dict[int, float]) -> tuple[float, float]:
    """Return the one potential and temperature of the leads on one level."""
    found = {(float(system.leads[a].mu), float(system.leads[a].temperature)) for a in shares}
    if len(found) > 1:
        raise NotImplementedError("leads of different potential or temperature on one level")
    return found.pop()


def _must_vanish(block: Array, whole: Array, what: str) -> None:
    if np.max(np.abs(block), initial=0.0) > ROUNDING * np.max(np.abs(whole), initial=0.0):
        raise NotImplementedError(f"{what}: not a junction between Lorentzian leads")
