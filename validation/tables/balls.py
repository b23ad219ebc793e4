"""Complex balls: the numbers of a rigorous enclosure, and a system made of them.

An `acb` of python-flint is a midpoint with a radius, and every operation on it encloses the true result.
Binary floats are exact balls, so the enclosures are those of the very system in the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
from flint import acb, acb_mat, arb, ctx, fmpq

from electronwind import OpenSystem

from .channels import Channel, channels, rational

__all__ = [
    "Junction",
    "NeedsPrecision",
    "adjoint",
    "adjugate",
    "exact",
    "identity",
    "imaginary",
    "largest",
    "matrix",
    "precision",
    "rational",
    "real",
    "trace",
    "whole",
]

# An acb, an arb or an acb_mat: python-flint carries no types.
Ball = Any
BallMatrix = Any


class NeedsPrecision(ArithmeticError):  # noqa: N818 - a request, answered with more bits
    """The balls are too wide to go on; more bits help."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Compute with `bits` bits inside the block."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def whole(x: Ball) -> int:
    """Return the whole number that an exact ball holds."""
    return int(x.unique_fmpz())


def exact(number: Fraction) -> Ball:
    """Return a ball around a fraction, of radius zero where that is binary."""
    return arb(fmpq(number.numerator, number.denominator))


def matrix(entries: Any) -> BallMatrix:
    """Return an array of complex floats, shape (n, n), as an exact ball matrix."""
    return acb_mat([[acb(complex(entry)) for entry in row] for row in np.asarray(entries)])


def identity(n: int) -> BallMatrix:
    """Return the unit matrix."""
    return acb_mat([[int(i == j) for j in range(n)] for i in range(n)])


def adjoint(m: BallMatrix) -> BallMatrix:
    """Return the conjugate transpose."""
    return m.transpose().conjugate()


def adjugate(m: BallMatrix) -> BallMatrix:
    """Return the transposed matrix of cofactors: determinant times inverse, also where that is singular."""
    n = m.nrows()
    found = acb_mat(n, n)
    for i in range(n):
        for j in range(n):
            rows = [[m[a, b] for b in range(n) if b != i] for a in range(n) if a != j]
            found[i, j] = (acb_mat(rows).det() if rows else acb(1)) * (-1) ** (i + j)
    return found


def trace(a: BallMatrix, b: BallMatrix) -> Ball:
    """Return Tr[a b] without the product."""
    n = a.nrows()
    return sum((a[i, j] * b[j, i] for i in range(n) for j in range(n)), acb(0))


def real(z: Ball) -> Ball:
    """Return the real part as a complex ball."""
    return acb(acb(z).real)


def imaginary(z: Ball) -> Ball:
    """Return the imaginary part as a complex ball."""
    return acb(acb(z).imag)


def largest(m: BallMatrix) -> Ball:
    """Return an upper bound of the Frobenius norm, and so of the spectral norm."""
    total = sum((x.abs_upper() ** 2 for x in m.entries()), arb(0))
    return arb(total.sqrt().upper())


class Junction:
    """A single system in balls.

    Attributes
    ----------
    h, gradient : acb_mat, list of acb_mat
        Hamiltonian and its derivatives L.
    mu, temperature : list of Fraction
        By lead, exact.
    broadening : list of acb_mat
        By lead; zero where the self-energy depends on energy.
    channels : list of list of Channel
        By lead, the chains that it is the sum of; none behind a wide-band lead.
    degeneracy : int
        Spin factor.
    """

    def __init__(self, system: OpenSystem) -> None:
        self.system = system
        self.n = system.levels
        self.degeneracy = system.degeneracy
        self.h = matrix(system.hamiltonian)
        self.gradient = [matrix(part) for part in system.gradient]
        self.mu = [rational(lead.mu) for lead in system.leads]
        self.temperature = [rational(lead.temperature) for lead in system.leads]
        self.channels = [channels(lead, self.n) for lead in system.leads]
        self.frames: dict[Any, Any] = {}
        empty = np.zeros((self.n, self.n))
        self.broadening = [matrix(lead.broadening if lead.wide_band else empty) for lead in system.leads]

    @property
    def leads(self) -> range:
        """Indices of the leads."""
        return range(len(self.mu))

    @property
    def chains(self) -> list[Channel]:
        """The chains of all leads."""
        return [channel for found in self.channels for channel in found]

    @property
    def mixed(self) -> bool:
        """Whether a lead has no band."""
        return not all(self.channels)

    @property
    def total(self) -> BallMatrix:
        """Gamma of all wide-band leads."""
        return add(self.broadening, self.n)

    def effective(self) -> BallMatrix:
        """Return H = h - i Gamma/2."""
        return self.h - self.total * acb(0, 0.5)


def add(matrices: Iterable[BallMatrix], n: int) -> BallMatrix:
    """Return the sum of n x n matrices."""
    return sum(matrices, acb_mat(n, n))
