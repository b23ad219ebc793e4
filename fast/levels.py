"""Levels that no lead broadens, where some lead is a chain: the steady state is then undefined."""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind import ChainLead, OpenSystem, UnbroadenedLevelError, WideBandLead

__all__ = ["refuse_unbroadened"]

Array = np.ndarray[Any, Any]

# Widths below this fraction of the largest energy count as none.
DARK = 1e-12
# A state bound by less than this fraction of the largest energy is a resonance at the band edge.
MARGINAL = 1e-9


def refuse_unbroadened(system: OpenSystem, self_energy: Any) -> None:
    """Raise if some level of some system of the batch keeps an infinite lifetime.

    Parameters
    ----------
    system : OpenSystem
        At least one lead is a chain.
    self_energy : callable
        ``self_energy(lead, z)``: retarded self-energy of a chain at energies z of shape (..., E).

    Raises
    ------
    UnbroadenedLevelError
        A level out of reach of every lead, or bound outside the bands of all chains.
    """
    n, shape = system.levels, system.shape
    h = system.hamiltonian
    chains = [lead for lead in system.leads if isinstance(lead, ChainLead)]
    bands = [lead for lead in system.leads if isinstance(lead, WideBandLead)]
    scale = np.max(np.abs(h), axis=(-1, -2)) + sum(np.abs(lead.coupling) for lead in chains)
    broad: Array = sum((lead.broadening for lead in bands), start=np.zeros((n, n), complex))
    sites = np.zeros(n)
    sites[[lead.site for lead in chains]] = 1.0
    # Any broadening on the chains' sites tells which levels are out of reach of all leads.
    reach = h - 0.5j * (broad + scale[..., None, None] * np.diag(sites))
    values: Array = np.linalg.eigvals(reach)
    _refuse(values.real, -values.imag <= DARK * scale[..., None], "is coupled to no lead")
    # An arbitrary potential on those sites tells which levels the wide-band leads do not reach.
    tilt = np.diag(sites * (1 + 0.6180339887 * np.arange(n)))
    vectors: Array
    values, vectors = np.linalg.eig(h + scale[..., None, None] * tilt - 0.5j * broad)
    hidden = -values.imag <= DARK * scale[..., None]
    for where in np.ndindex(shape):
        if np.any(hidden[where]):
            basis = np.linalg.qr(vectors[where][:, hidden[where]])[0]
            one = system[where] if shape else system
            _refuse_bound(one, basis, float(scale[where]), self_energy)


def _refuse_bound(system: OpenSystem, basis: Array, scale: float, self_energy: Any) -> None:
    """Count the states that the chains bind in the gaps between and beside their bands.

    In a gap E - h - Sigma(E) is Hermitian and every eigenvalue grows with E, so that a bound state
    is an eigenvalue that turns positive inside the gap.
    """
    chains = [lead for lead in system.leads if isinstance(lead, ChainLead)]
    edges = sorted(
        (float(lead.onsite + side * 2 * abs(lead.hopping)), side) for lead in chains for side in (-1, 1)
    )
    depth, gaps, last = 0, [], -np.inf
    for edge, side in edges:
        if depth == 0:
            gaps.append((last, edge))
        depth -= side
        last = edge
    gaps.append((last, np.inf))
    for low, high in gaps:
        if low < high and _positive(system, basis, high, MARGINAL * scale, self_energy) > _positive(
            system, basis, low, -MARGINAL * scale, self_energy
        ):
            outside = f"above {low:.6g}" if np.isinf(high) else f"below {high:.6g}"
            raise UnbroadenedLevelError(
                f"a state is bound at an energy {outside}, outside the band of every chain: its "
                "occupation in the steady state is undefined"
            )


def _positive(system: OpenSystem, basis: Array, e: float, floor: float, self_energy: Any) -> int:
    if np.isinf(e):
        return 0 if e < 0 else basis.shape[-1]
    matrix = e * np.eye(system.levels) - system.hamiltonian
    for lead in system.leads:
        if isinstance(lead, ChainLead):
            matrix[lead.site, lead.site] -= self_energy(lead, np.array([e]))[0].real
    inside = basis.conj().T @ matrix @ basis
    return int(np.sum(np.linalg.eigvalsh(inside) > floor))


def _refuse(energies: Array, dark: Array, words: str) -> None:
    if np.any(dark):
        raise UnbroadenedLevelError(
            f"the level at energy {energies[dark][0]:.6g} {words}: its occupation in the steady state "
            "is undefined"
        )
