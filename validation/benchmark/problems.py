"""The systems of the benchmark: of any size, and each made of small parts whose values are certified.

Many two-level blocks that share their leads, hidden behind a dense unitary, make one large system whose
traces are sums over blocks. Their numbers come from fractions of multiples of square roots, which every
machine computes alike, and no two blocks are the same: degenerate levels would be another problem.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import ChainLead, OpenSystem, WideBandLead, models

__all__ = [
    "BLOCKS",
    "ENERGY",
    "FREQUENCY",
    "arguments",
    "block_system",
    "blocks",
    "chain",
    "corner",
    "geometries",
    "hidden",
    "hide",
]

Array = NDArray[Any]

BLOCKS = 500
FREQUENCY, ENERGY = 0.1, 0.1
POTENTIALS, TEMPERATURE = (0.2, -0.15), 0.02
# Distinct geometries of a batch; a larger batch repeats them in a shuffled order.
GEOMETRIES = 8


def arguments(observable: str) -> tuple[float, ...]:
    """Return the second argument of an observable, where it has one."""
    if observable == "transmission":
        return (ENERGY,)
    return (FREQUENCY,) if observable in ("force_noise", "response") else ()


def _fractions(rows: int, columns: int) -> NDArray[np.float64]:
    """Return numbers in [0, 1), spread evenly: a Weyl sequence of square roots."""
    steps = np.array([math.sqrt(k) for k in range(2, 200) if math.isqrt(k) ** 2 != k])[:columns]
    multiples = np.arange(1, rows + 1)[:, None] * steps
    return np.asarray(multiples % 1.0, dtype=np.float64)


def blocks() -> dict[str, Array]:
    """Return the parts of all blocks: `hamiltonian`, `gradient`, and `left` and `right` broadening."""
    u = _fractions(BLOCKS, 20)

    def hermitian(first: int, diagonal: float, coupling: float) -> Array:
        a, b, re, im = (2 * u[:, first + i] - 1 for i in range(4))
        off = coupling * (re + 1j * im)
        return np.stack([diagonal * a, off, off.conj(), diagonal * b], -1).reshape(-1, 2, 2)

    def broadening(first: int) -> Array:
        p, q = 0.05 + 0.1 * u[:, first], 0.05 + 0.1 * u[:, first + 1]
        # Below the geometric mean of the diagonal, so that no combination of levels is dark.
        off = 0.025 * (2 * u[:, first + 2] - 1 + 1j * (2 * u[:, first + 3] - 1))
        return np.stack([p + 0j, off, off.conj(), q + 0j], -1).reshape(-1, 2, 2)

    return {
        "hamiltonian": hermitian(0, 1.0, 0.3),
        "gradient": np.stack([hermitian(4, 1.0, 0.7), hermitian(8, 1.0, 0.7)], axis=1),
        "left": broadening(12),
        "right": broadening(16),
    }


def _leads(left: Array, right: Array) -> list[WideBandLead]:
    parts = zip((left, right), POTENTIALS, strict=True)
    return [WideBandLead(gamma, mu, TEMPERATURE) for gamma, mu in parts]


def block_system(first: int = 0, last: int = BLOCKS) -> OpenSystem:
    """Return some blocks as a batch of systems of two levels."""
    part = {name: array[first:last] for name, array in blocks().items()}
    return OpenSystem(part["hamiltonian"], part["gradient"], _leads(part["left"], part["right"]))


def hide(parts: Array) -> Array:
    """Return blocks (k, 2, 2) as one matrix in a basis where no entry is zero.

    The basis is a product of two Householder reflections, applied as updates of rank one.
    """
    size = 2 * len(parts)
    whole = np.zeros((size, size), dtype=complex)
    for i, part in enumerate(parts):
        whole[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = part
    u = _fractions(size, 4) - 0.5
    for vector in (u[:, 0] + 1j * u[:, 1], u[:, 2] + 1j * u[:, 3]):
        v = vector / np.linalg.norm(vector)
        whole -= 2 * np.outer(v, v.conj() @ whole)
        whole -= 2 * np.outer(whole @ v, v.conj())
    return (whole + whole.conj().T) / 2


def hidden(levels: int) -> OpenSystem:
    """Return the first blocks as one system of `levels` levels; one level is a junction of preston2022."""
    if levels == 1:
        return models.single_level(temperature=(TEMPERATURE, TEMPERATURE)).at(0.3)
    part = {name: array[: levels // 2] for name, array in blocks().items()}
    gradient = np.stack([hide(part["gradient"][:, i]) for i in range(2)])
    return OpenSystem(hide(part["hamiltonian"]), gradient, _leads(hide(part["left"]), hide(part["right"])))


def geometries(temperature: float) -> OpenSystem:
    """Return the distinct geometries of a stretched and turned junction (preston2022 Eq. 56-59)."""
    u = _fractions(GEOMETRIES, 2)
    return models.stretch_and_turn(temperature=(temperature, temperature)).at([0.5, -1.5] + [2.5, 3.0] * u)


def corner() -> models.bent_chain:
    """Return the bent chain of todorov2010, warm and with unequal leads."""
    return models.bent_chain(mu=(-0.4, -0.9), temperature=(0.05, 0.1))


def chain(levels: int) -> OpenSystem:
    """Return the bent chain with an odd number of its sites counted as levels, the rest as leads.

    Where the line between system and leads is drawn is a matter of words: force, curl, current and the
    transmission from lead to lead are the same for all, and so is the density matrix of the corner.
    """
    family, middle = corner(), levels // 2
    small = family.at([-0.05, 0.02])
    hamiltonian = np.zeros((levels, levels), dtype=complex)
    bonds = np.arange(levels - 1)
    hamiltonian[bonds, bonds + 1] = hamiltonian[bonds + 1, bonds] = family.hopping
    gradient = np.zeros((2, levels, levels), dtype=complex)
    inner = slice(middle - 1, middle + 2)
    hamiltonian[inner, inner], gradient[:, inner, inner] = small.hamiltonian, small.gradient
    leads = [
        ChainLead(site, family.hopping, mu, temperature)
        for site, mu, temperature in zip((0, levels - 1), family.mu, family.temperature, strict=True)
    ]
    return OpenSystem(hamiltonian, gradient, leads, small.degeneracy)
