"""Levels that no lead broadens, where some lead is a chain: the steady state is then undefined."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from electronwind import ChainLead, OpenSystem, PrecisionError, UnbroadenedLevelError, WideBandLead

from .threshold import signs

__all__ = ["refuse_unbroadened"]

Array = np.ndarray[Any, Any]

# Widths below this fraction of the largest energy count as none.
DARK = 1e-12
# A chain whose coupling is below this fraction of the largest energy broadens nothing: its square, the
# width, and the inverse of that are still numbers.
NOTHING = 1e-100
# Eigenvalues this many roundings from zero have no sign of their own.
UNTOLD = 64
EPS = float(np.finfo(float).eps)


class _Edge(NamedTuple):
    """An end of a gap between bands: an edge of the band of `lead`, or infinity."""

    energy: float
    lead: ChainLead | None
    side: int


def refuse_unbroadened(system: OpenSystem) -> None:
    """Raise if some level of some system of the batch keeps an infinite lifetime.

    Parameters
    ----------
    system : OpenSystem
        At least one lead is a chain.

    Raises
    ------
    UnbroadenedLevelError
        A level out of reach of every lead, or bound outside the bands of all chains.
    PrecisionError
        A state at the edge of a band, of which rounding hides whether it is bound.
    """
    n, shape = system.levels, system.shape
    h = system.hamiltonian
    chains = [lead for lead in system.leads if isinstance(lead, ChainLead)]
    bands = [lead for lead in system.leads if isinstance(lead, WideBandLead)]
    scale = np.max(np.abs(h), axis=(-1, -2)) + sum(np.abs(lead.coupling) for lead in chains)
    broad: Array = sum((lead.broadening for lead in bands), start=np.zeros((n, n), complex))
    sites = np.zeros((*shape, n))
    for lead in chains:
        sites[..., lead.site] += np.broadcast_to(_broadens(lead, scale), shape)
    sites = np.minimum(sites, 1.0)
    # Any broadening on the chains' sites tells which levels are out of reach of all leads.
    reach = h - 0.5j * (broad + _diagonal(scale[..., None] * sites))
    values: Array = np.linalg.eigvals(reach)
    _refuse(values.real, -values.imag <= DARK * scale[..., None], "is coupled to no lead")
    # An arbitrary potential on those sites tells which levels the wide-band leads do not reach.
    tilt = scale[..., None] * sites * (1 + 0.6180339887 * np.arange(n))
    vectors: Array
    values, vectors = np.linalg.eig(h + _diagonal(tilt) - 0.5j * broad)
    hidden = -values.imag <= DARK * scale[..., None]
    for where in np.ndindex(shape):
        if np.any(hidden[where]):
            basis = np.eye(n) if np.all(hidden[where]) else np.linalg.qr(vectors[where][:, hidden[where]])[0]
            one = system[where] if shape else system
            _refuse_bound(one, basis, float(scale[where]))


def _broadens(lead: ChainLead, scale: Array) -> Array:
    return np.abs(lead.coupling) > NOTHING * scale


def _diagonal(values: Array) -> Array:
    return values[..., None] * np.eye(values.shape[-1])


def _refuse_bound(system: OpenSystem, basis: Array, scale: float) -> None:
    """Count the states that the chains bind in the gaps between and beside their bands.

    In a gap E - h - Sigma(E) is Hermitian and every eigenvalue grows with E, so that a bound state
    is an eigenvalue that turns positive inside the gap.
    """
    chains = [lead for lead in system.leads if isinstance(lead, ChainLead)]
    chains = [lead for lead in chains if _broadens(lead, np.asarray(scale))]
    edges = [
        _Edge(float(lead.onsite + side * 2 * abs(lead.hopping)), lead, side)
        for lead in chains
        for side in (-1, 1)
    ]
    depth, gaps, last = 0, [], _Edge(-np.inf, None, 0)
    for edge in sorted(edges, key=lambda edge: (edge.energy, edge.side)):
        if depth == 0:
            gaps.append((last, edge))
        depth -= edge.side
        last = edge
    gaps.append((last, _Edge(np.inf, None, 0)))
    for low, high in gaps:
        if low.energy >= high.energy:
            continue
        above = 0 if low.lead is None else _signs(system, basis, chains, low, scale)[1]
        rising = basis.shape[-1] if high.lead is None else _signs(system, basis, chains, high, scale)[0]
        if rising > above:
            outside = f"above {low.energy:.6g}" if high.lead is None else f"below {high.energy:.6g}"
            raise UnbroadenedLevelError(
                f"a state is bound at an energy {outside}, outside the band of every chain: its "
                "occupation in the steady state is undefined"
            )


def _signs(
    system: OpenSystem, basis: Array, chains: list[ChainLead], edge: _Edge, scale: float
) -> tuple[int, int]:
    """Return how many eigenvalues of E - h - Sigma(E) are above zero, and not below it, at an edge."""
    owner = edge.lead
    assert owner is not None
    matrix: Array = edge.energy * np.eye(system.levels) - system.hamiltonian
    noise = UNTOLD * EPS * system.levels * max(scale, abs(edge.energy))
    for lead in chains:
        half = 2 * abs(float(lead.hopping))
        if lead.onsite == owner.onsite and abs(lead.hopping) == abs(owner.hopping):
            # At its own edge the square root is nothing, and not the root of a rounding error.
            sigma = edge.side * lead.coupling**2 / abs(lead.hopping)
        else:
            offset = float(owner.onsite - lead.onsite) + edge.side * 2 * abs(float(owner.hopping))
            root = np.sqrt(max((offset - half) * (offset + half), 0.0))
            sigma = 2 * lead.coupling**2 / (offset + np.copysign(root, offset))
            blur = UNTOLD * EPS * (abs(offset) + half + abs(float(lead.onsite)))
            noise += abs(sigma) * blur / max(root, np.sqrt(blur * half))
        matrix[lead.site, lead.site] -= sigma
    values = np.linalg.eigvalsh(basis.conj().T @ matrix @ basis)
    if np.all(np.abs(values) > noise):
        above = int(np.sum(values > 0))
        return above, above
    exact = signs(system, chains, owner, edge.side) if basis.shape[-1] == system.levels else None
    if exact is None:
        raise PrecisionError(
            f"a state lies within {noise:.1e} of the edge {edge.energy:.15g} of a band: rounding hides "
            "whether it is bound"
        )
    return exact


def _refuse(energies: Array, dark: Array, words: str) -> None:
    if np.any(dark):
        raise UnbroadenedLevelError(
            f"the level at energy {energies[dark][0]:.6g} {words}: its occupation in the steady state "
            "is undefined"
        )
