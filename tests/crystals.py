"""Periodic leads, drawn and by hand, and energies inside, outside and at the edges of their bands."""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind import PeriodicLead

PAIR, LINK = np.array([[0.0, -1], [-1, 0]]), np.array([[0.0, 0], [-1, 0]])
TRIPLE = np.diag([-1.0, -1], 1) + np.diag([-1.0, -1], -1)
HOOK = np.zeros((3, 3))
HOOK[2, 0] = -1.0
ENERGIES = np.array([-2.7, -2, -1.99, -1.1, -1, -0.3, 0, 1e-9, 0.4, 1, 1.7, 2, 2.2])


def drawn(m: int, rank: int, seed: int = 0, coupled: int | None = None) -> PeriodicLead:
    """Return a lead with complex cells of m orbitals and a hopping of some rank."""
    rng = np.random.default_rng(seed)

    def matrix(*shape: int) -> Any:
        return rng.normal(size=shape) + 1j * rng.normal(size=shape)

    cell = matrix(m, m)
    sites = range(coupled or m)
    hopping = matrix(m, rank) @ matrix(rank, m) / m
    return PeriodicLead(sites, cell + cell.conj().T, hopping, 0.0, 0.0, matrix(len(sites), m))


DRAWN = [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (4, 4), (6, 3)]
