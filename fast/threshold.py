"""Whether a state at the very edge of a band is bound, decided in rational numbers.

Floats are rational, and so is the self-energy of a chain at the edge of its own band, coupling^2 over the
hopping: at the edge the matrix E - h - Sigma(E) is known exactly, and so are the signs of its eigenvalues.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import isqrt

from electronwind import ChainLead, OpenSystem

__all__ = ["signs"]

Matrix = list[list[Fraction]]


def signs(system: OpenSystem, chains: list[ChainLead], owner: ChainLead, side: int) -> tuple[int, int] | None:
    """Return how many eigenvalues of E - h - Sigma(E) are above zero, and not below it.

    Parameters
    ----------
    system : OpenSystem
        Without batch axes.
    chains : list of ChainLead
        Those that broaden something; all others are left out.
    owner : ChainLead
        The chain at the edge of whose band E lies.
    side : int
        1 for the upper edge, -1 for the lower one.

    Returns
    -------
    tuple of int, or None
        None where a self-energy is not rational.
    """
    n = system.levels
    energy = _exact(owner.onsite) + side * 2 * abs(_exact(owner.hopping))
    h = system.hamiltonian
    real = [[energy * (i == j) - Fraction(float(h[i, j].real)) for j in range(n)] for i in range(n)]
    for lead in chains:
        sigma = _self_energy(lead, energy)
        if sigma is None:
            return None
        real[lead.site][lead.site] -= sigma
    if not h.imag.any():
        above, below = _counts(real)
        return above, n - below
    # A Hermitian matrix as a real one of twice the size has every eigenvalue twice.
    imaginary = [[Fraction(-float(h[i, j].imag)) for j in range(n)] for i in range(n)]
    upper = [real[i] + [-x for x in imaginary[i]] for i in range(n)]
    lower = [imaginary[i] + real[i] for i in range(n)]
    above, below = _counts(upper + lower)
    return above // 2, n - below // 2


def _exact(value: object) -> Fraction:
    return Fraction(float(value))  # type: ignore[arg-type]  # an array without axes


def _self_energy(lead: ChainLead, energy: Fraction) -> Fraction | None:
    offset, half = energy - _exact(lead.onsite), 2 * abs(_exact(lead.hopping))
    square = offset**2 - half**2
    root = Fraction(isqrt(max(square.numerator, 0)), isqrt(square.denominator))
    if root**2 != square:
        return None
    return 2 * _exact(lead.coupling) ** 2 / (offset + (root if offset > 0 else -root))


def _counts(matrix: Matrix) -> tuple[int, int]:
    """Return the numbers of positive and of negative eigenvalues of a real symmetric matrix.

    All roots of its characteristic polynomial are real, so that the rule of Descartes is exact.
    """
    coefficients = _characteristic(matrix)
    size = len(coefficients) - 1
    flipped = [c * (-1) ** (size - k) for k, c in enumerate(coefficients)]
    return _changes(coefficients), _changes(flipped)


def _characteristic(matrix: Matrix) -> list[Fraction]:
    """Return the coefficients of det(x - matrix), highest power first, after Faddeev and LeVerrier."""
    size = len(matrix)
    every = range(size)
    coefficients = [Fraction(1)]
    power = [[Fraction(0)] * size for _ in every]
    for k in range(1, size + 1):
        for i in every:
            power[i][i] += coefficients[-1]
        columns = list(zip(*power, strict=True))
        power = [[_dot(row, column) for column in columns] for row in matrix]
        coefficients.append(-sum((power[i][i] for i in every), Fraction(0)) / k)
    return coefficients


def _dot(row: list[Fraction], column: tuple[Fraction, ...]) -> Fraction:
    return sum((a * b for a, b in zip(row, column, strict=True) if a), Fraction(0))


def _changes(coefficients: list[Fraction]) -> int:
    kept = [c for c in coefficients if c]
    return sum((a > 0) != (b > 0) for a, b in pairwise(kept))
