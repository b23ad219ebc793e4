"""Mistakes about atomic wires that any solver can make: whose bonds pull, and how many energies it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import roots_legendre

from electronwind import OpenSystem, WideBandLead, fast

from ...systems.transformations import changed
from ..registry import adjoint, misread, plant

Array = NDArray[Any]

# Energies in the bias window, as a code might have them for a wire of ten atoms.
FEW = 60
THERMAL = 40.0


def highest(gradient: Array) -> Array:
    """Return dh/dx with the entries of the highest level that each coordinate touches."""
    touched = np.any(gradient != 0, axis=-1)
    last = touched.shape[-1] - 1 - np.argmax(touched[..., ::-1], axis=-1)
    mine = np.arange(touched.shape[-1]) == last[..., None]
    return np.where(mine[..., :, None] | mine[..., None, :], gradient, 0)


misread(
    "force-of-one-bond",
    "An atom feels the bond on one of its sides alone.",
    lambda system: changed(system, gradient=highest(system.gradient)),
    "force",
    source="cunningham2014 Eq. 4: the trace with all of dh/dx",
)


def _coarse(system: OpenSystem) -> Any:
    """Integrate what two wide-band leads add in their window on a fixed number of energies."""
    if system.shape or len(system.leads) != 2 or not system.wide_band:
        return fast.force(system)
    left, right = system.leads
    ends = [float(lead.mu) + side * THERMAL * float(lead.temperature)
            for lead in system.leads for side in (-1, 1)]  # fmt: skip
    low, high = min(ends), max(ends)
    nodes, weights = roots_legendre(FEW)
    w, weights = (low + high) / 2 + (high - low) / 2 * nodes, weights * (high - low) / 2
    h = system.hamiltonian - 0.5j * sum(system.broadenings)
    g = np.linalg.inv(w[:, None, None] * np.eye(system.levels) - h)
    added = weights * (_filled(left, w) - _filled(right, w)) / (2 * np.pi)
    states = g @ left.broadening @ adjoint(g)
    still = WideBandLead(left.broadening, right.mu, right.temperature)
    rest = fast.density_matrix(changed(system, leads=[still, right]))
    sigma = rest + np.einsum("w,wij->ij", added, states)
    return -system.degeneracy * np.einsum("aij,ji->a", system.gradient, sigma).real


def _filled(lead: WideBandLead, w: Array) -> Array:
    mu, heat = float(lead.mu), float(lead.temperature)
    if heat == 0:
        return np.asarray((w < mu).astype(float))
    return np.asarray(1 / (1 + np.exp(np.clip((w - mu) / heat, -700, 700))))


plant(
    "fixed-window-nodes",
    f"The bias window is integrated on {FEW} energies, however long the wire.",
    lambda: {"force": _coarse},
    ("force",),
    source="the phase of a state along N atoms is 2 N V/(hbar v)",
)
