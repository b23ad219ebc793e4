r"""Integrals of products of resolvents, as corners of functions of one block matrix.

.. math::

    \int f(w)\,(w-B_1)^{-1} C_1 (w-B_2)^{-1} C_2 \cdots (w-B_p)^{-1}\,dw

is the upper right block of J(M), where M has the blocks B on its diagonal and the links C next to it, and
J(z) is the integral of f(w)/(w - z). J(M) follows from Newton's interpolation at the eigenvalues of M,

.. math:: J(M) = \sum_k J[z_1 \dots z_{k+1}]\,(M - z_1) \cdots (M - z_k),

which needs no eigenvectors and holds at exceptional points. Within a cluster of eigenvalues that the
balls do not tell apart, a divided difference of order k is a mean of J^(k)/k! over the convex hull of the
cluster (Hermite, Genocchi): the ball of that derivative on the whole cluster encloses it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from flint import acb, acb_mat, fmpq, fmpq_mat
from numpy.typing import NDArray

from electronwind import UnbroadenedLevelError

from .balls import Ball, BallMatrix, Junction, NeedsPrecision, identity

__all__ = ["Chain", "Kernel", "eigenvalues"]

# Taylor coefficient m of J at a ball z: (z, m) -> J^(m)(z) / m!.
Kernel = Callable[[Ball, int], Ball]


def eigenvalues(junction: Junction) -> list[Ball]:
    """Return enclosures of the eigenvalues of h - i Gamma/2, each as often as its multiplicity.

    Raises
    ------
    UnbroadenedLevelError
        An eigenvalue lies on the real axis, or cannot be told from one with the bits at hand.

    Notes
    -----
    The real form [[Re H, -Im H], [Im H, Re H]] has the eigenvalues of H and their conjugates. Its
    characteristic polynomial is exact, so multiple eigenvalues are recognised as such.
    """
    n, system = junction.n, junction.system
    half = fmpq(1, 2)
    total = sum(
        map(_rationals, system.broadenings),
        np.full((2, n, n), fmpq(0)),
    )
    re, im = _rationals(system.hamiltonian) + half * np.array([total[1], -total[0]])
    blocks = np.block([[re, -im], [im, re]])
    roots: Any = fmpq_mat(2 * n, 2 * n, blocks.ravel().tolist()).charpoly().complex_roots()
    found = [acb(z) for z, multiplicity in roots for _ in range(multiplicity) if acb(z).imag < 0]
    if len(found) != n:
        raise UnbroadenedLevelError("an eigenvalue of h - i Gamma/2 is not below the real axis")
    return found


def _rationals(entries: Any) -> NDArray[Any]:
    """Return the exact real and imaginary parts of an array of floats, shape (2, n, n)."""
    parts = np.array([np.real(entries), np.imag(entries)])
    return np.vectorize(lambda x: fmpq(*float(x).as_integer_ratio()), otypes=[object])(parts)


class Chain:
    """A product of resolvents: blocks with their eigenvalues.

    Parameters
    ----------
    blocks : sequence of (acb_mat, list of acb)
        The matrices B and their eigenvalues, each in one open half-plane.

    Attributes
    ----------
    clusters : list of (acb, int)
        Balls around eigenvalues that are not told apart, and their numbers.
    """

    def __init__(self, blocks: Sequence[tuple[BallMatrix, list[Ball]]]) -> None:
        self.blocks = [block for block, _ in blocks]
        self.n = self.blocks[0].nrows()
        clusters: list[tuple[Ball, list[Ball]]] = []
        for z in (z for _, spectrum in blocks for z in spectrum):
            hull, members = z, [z]
            apart = []
            for other in clusters:
                if hull.overlaps(other[0]):
                    hull, members = hull.union(other[0]), [*other[1], *members]
                else:
                    apart.append(other)
            clusters = [*apart, (hull, members)]
        # The union may have grown into a neighbour it did not touch before.
        if any(a[0].overlaps(b[0]) for i, a in enumerate(clusters) for b in clusters[:i]):
            raise NeedsPrecision("clusters of eigenvalues")
        self.clusters = [(hull, len(members)) for hull, members in clusters]
        self.points = [(z, hull) for hull, members in clusters for z in members]
        self.kin = [i for i, (_, members) in enumerate(clusters) for _ in members]

    def differences(self, kernel: Kernel) -> list[Ball]:
        """Return the divided differences J[z_1], J[z_1, z_2], ..."""
        size = len(self.points)
        known: dict[tuple[int, int], Ball] = {}

        def taylor(i: int, m: int) -> Ball:
            key = (self.kin[i], m)
            if key not in known:
                known[key] = kernel(self.points[i][1], m)
            return known[key]

        row = [taylor(i, 0) for i in range(size)]
        found = [row[0]]
        for k in range(1, size):
            row = [
                taylor(i, k)
                if self.kin[i] == self.kin[i + k]
                else (row[i + 1] - row[i]) / (self.points[i + k][0] - self.points[i][0])
                for i in range(size - k)
            ]
            found.append(row[0])
        return found

    def corner(self, links: Sequence[BallMatrix], differences: Sequence[Ball]) -> BallMatrix:
        """Return the upper right block of J(M) for the links C.

        Parameters
        ----------
        links : sequence of acb_mat
            One fewer than the blocks.
        differences : sequence of acb
            Of the kernel J, from `differences`.
        """
        last = len(self.blocks) - 1
        column: list[Any] = [None] * last + [identity(self.n)]
        total = acb_mat(self.n, self.n)
        for (z, _), difference in zip(self.points, differences, strict=True):
            if column[0] is not None:
                total += column[0] * difference
            # column <- (M - z) column; None is a block of zeros.
            for i in range(last + 1):
                below = links[i] * column[i + 1] if i < last and column[i + 1] is not None else None
                if column[i] is not None:
                    own = self.blocks[i] * column[i] - column[i] * z
                    column[i] = own if below is None else own + below
                else:
                    column[i] = below
        return total
