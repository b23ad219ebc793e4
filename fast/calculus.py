r"""Integrals over products of resolvents G = (w - H)^-1: the names that every observable is written in.

A product with the adjoint splits without eigenvectors,
``G(w + W) B G^+(w) = G(w + W) Z - Z G^+(w)`` with ``(H - W) Z - Z H^+ = B``,
so that every observable is a sum of integrals over retarded functions alone, and the spectra of H - W and
H^+ never meet: the Sylvester equation is as well-posed as the broadening. `eigen` has the integrals in closed
form in the eigenbasis of H; `resolvent` sums resolvents on a path above the real axis and needs no
eigenvectors, so exceptional points are ordinary points to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any, Protocol

import numpy as np

from .spectrum import TINY, Spectrum

__all__ = ["Calculus", "Integral", "adjoint", "contraction", "product"]

Array = np.ndarray[Any, Any]


class Integral(Protocol):
    """Integrals of one weight times retarded products, applied to or enclosing a matrix B.

    A `shift` of 0, 1 or -1 counts frequencies: G(w + shift frequency).
    """

    def g(self, b: Array, shift: int = 0) -> Array:
        """Return the integral of G(w + shift) B."""
        ...

    def gg(self, b: Array) -> Array:
        """Return the integral of G G B."""
        ...

    def gbg(self, b: Array, shift: int = 0) -> Array:
        """Return the integral of G(w + shift) B G(w)."""
        ...

    def gbg_traces(self, a: list[Array], b: list[Array], shift: int = 0) -> Array:
        """Return the sum over leads of Tr[A G(w + shift) B G(w)] for each A and B, shape (B, W, a, b)."""
        ...

    def gba_traces(self, a: list[Array], b: list[Array], shift: int = 0) -> Array:
        """Return the same of Tr[A G(w + shift) B G(w)^+]."""
        ...

    def ggbg(self, b: Array) -> Array:
        """Return the integral of G G B G."""
        ...


class Calculus(Protocol):
    """A system in some basis of its levels, and the frequencies W of one call, shape (1, W).

    Attributes
    ----------
    spectrum : Spectrum
        The system itself.
    sources : ndarray, shape (leads, B, 1, n, n)
        For each lead the anti-Hermitian Y of ``H Y - Y H^+ = Gamma``: ``G Gamma G^+ = G Y - Y G^+``.
    vertices, probes : list of ndarray, shape (B, 1, n, n)
        For each coordinate dh/dx, as it stands between G and G, and between G^+ and G under a trace.
    """

    spectrum: Spectrum
    sources: Array
    vertices: list[Array]
    probes: list[Array]

    def collect(self, b: Array) -> Array:
        """Return B as it stands between G^+ and G, under a trace."""
        ...

    def back(self, b: Array) -> Array:
        """Return B = G ... G^+ in the basis of the system."""
        ...

    def sylvester(self, b: Array, shift: int = 0) -> Array:
        """Return Z of ``(H - shift) Z - Z H^+ = B``."""
        ...

    def fermi(self) -> Integral:
        """Return the integrals over the Fermi functions of all leads, with an axis of leads in front."""
        ...

    def pauli(self) -> Iterator[tuple[slice, slice, Integral]]:
        """Yield some occupied and some empty leads, and the integrals over ``f_a(w) (1 - f_b(w + W))``.

        They have an axis for the occupied leads in front, and one for the empty ones.
        """
        ...


def adjoint(x: Array) -> Array:
    """Return the conjugate transpose in the last two axes."""
    return np.swapaxes(x, -1, -2).conj()


def product(a: Array, b: Array) -> Array:
    """Return the matrix product, for tiny matrices a loop over the inner index instead of the batch."""
    if a.shape[-1] > TINY:
        return a @ b
    terms = (a[..., :, j, None] * b[..., None, j, :] for j in range(a.shape[-1]))
    return reduce(np.add, terms)


def contraction(kernel: Array, a: list[Array], b: list[Array]) -> Array:
    """Return the sum over leads and levels of K_ij A_ji B_ij for each A and B.

    Parameters
    ----------
    kernel : ndarray, shape (leads, B, W, n, n)
    a, b : list of ndarray, broadcasting to (leads, B, 1, n, n)

    Returns
    -------
    ndarray, shape (B, W, a, b)
    """
    if kernel.shape[-1] <= TINY:
        turned = [np.swapaxes(one, -1, -2) for one in a]
        rows = [[np.einsum("l...ij,l...ij->...", kernel, x * y) for y in b] for x in turned]
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    leads, batch, points, n, _ = kernel.shape
    shape = (leads, batch, 1, n, n)
    left = np.stack([np.broadcast_to(np.swapaxes(one, -1, -2), shape) for one in a], axis=2)
    right = np.stack([np.broadcast_to(one, shape) for one in b], axis=2)
    # Sizes in full: of an empty batch none can be inferred.
    flat = [part.reshape(leads, batch, part.shape[2], n * n) for part in (kernel, left, right)]
    total: Any = 0
    for k, x, y in zip(*flat, strict=True):
        # Of three factors those two go first of which there are fewer pairs.
        if points > len(a):
            pairs = (x[:, :, None] * y[:, None]).reshape(batch, len(a) * len(b), n * n)
            part = k @ np.swapaxes(pairs, -1, -2)
        else:
            part = x[:, None] @ np.swapaxes(k[:, :, None] * y[:, None], -1, -2)
        total = total + part.reshape(batch, points, len(a), len(b))
    return np.asarray(total)
