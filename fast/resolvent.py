"""The calculus without eigenvectors: sums of resolvents on a path above the real axis."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from scipy.linalg import solve_sylvester

from .calculus import Integral, adjoint
from .contour import Rule, fermi_rule, levels_rule
from .fermi import Fermi
from .spectrum import Spectrum

__all__ = ["Resolvent"]

Array = np.ndarray[Any, Any]

# From this size on the Kronecker form of a Sylvester equation loses to a loop over LAPACK's own solver.
KRONECKER = 12


class Resolvent:
    """The calculus in the basis of the system itself, with resolvents above the real axis."""

    def __init__(self, parts: Spectrum, frequency: Array) -> None:
        self.spectrum = parts
        self._frequency = frequency
        # The path of an integral has to clear the levels of G(w), G(w + W) and G(w - W) alike.
        shifts = (0 * frequency, frequency, -frequency)
        self._levels = np.concatenate([parts.values + s[..., None] for s in shifts], axis=-1)
        self.sources = self.sylvester(parts.broadening)
        self.vertices = self.probes = parts.gradient

    def collect(self, b: Array) -> Array:
        """Return B as it stands between G^+ and G, under a trace."""
        return b

    back = collect

    def sylvester(self, b: Array, shift: int = 0) -> Array:
        """Return Z of ``(H - shift) Z - Z H^+ = B``."""
        h = self.spectrum.effective
        n = h.shape[-1]
        one = np.eye(n)
        left = h if shift == 0 else h - shift * self._frequency[..., None, None] * one
        left, right, b = np.broadcast_arrays(left, adjoint(h), b)
        if n > KRONECKER:
            flat = (part.reshape(-1, n, n) for part in (left, -right, b))
            return np.array([solve_sylvester(*each) for each in zip(*flat, strict=True)]).reshape(b.shape)
        # Row-major vec: left Z is (left x 1) vec Z, and Z right is (1 x right^T) vec Z.
        matrix = np.einsum("...ik,jl->...ijkl", left, one) - np.einsum("ik,...lj->...ijkl", one, right)
        size = (*b.shape[:-2], n * n)
        solution = np.linalg.solve(matrix.reshape(*size, n * n), b.reshape(*size, 1))
        return solution.reshape(b.shape)

    def fermi(self) -> Integral:
        """Return the integrals over the Fermi functions of all leads, with an axis of leads in front."""
        s = self.spectrum
        mu, temperature = s.mu, s.temperature
        distance = np.abs(self._levels - mu[..., None])
        rule = fermi_rule(mu, temperature, np.max(distance, -1), np.min(distance, -1))
        # The integral of G alone diverges like a logarithm; a scalar resolvent with known J is split off.
        anchor = mu - 1j * np.max(distance, -1)
        (known,) = Fermi(mu, temperature).derivatives(anchor, range(1))
        offset = known - np.sum(rule.weights / (rule.nodes - anchor[..., None]), -1)
        return _ResolventIntegral(self, rule, offset, self._frequency)

    def pauli(self) -> Iterator[tuple[slice, slice, Integral]]:
        """Yield some occupied and some empty leads, and the integrals over ``f_a(w) (1 - f_b(w + W))``."""
        s = self.spectrum
        for a, b in np.ndindex(len(s.mu), len(s.mu)):
            some, others = slice(a, a + 1), slice(b, b + 1)
            mu = s.mu[some, None], s.mu[None, others] - self._frequency
            rule = levels_rule(mu, (s.temperature[some, None], s.temperature[None, others]), self._levels)
            yield some, others, _ResolventIntegral(self, rule, np.zeros(mu[1].shape), self._frequency)


class _ResolventIntegral:
    """Integrals as sums over the nodes of a rule."""

    def __init__(self, calculus: Resolvent, rule: Rule, offset: Array, frequency: Array) -> None:
        self._sylvester, self._rule, self._offset = calculus.sylvester, rule, offset
        effective = calculus.spectrum.effective
        one = np.eye(effective.shape[-1])

        def resolvent(shift: int) -> Array:
            nodes = rule.nodes + shift * frequency[..., None]
            return np.linalg.inv(nodes[..., None, None] * one - effective[..., None, :, :])

        self._resolvent = cache(resolvent)

    def _sum(self, products: Array) -> Array:
        return np.einsum("...s,...sij->...ij", self._rule.weights, products)

    def g(self, b: Array, shift: int = 0) -> Array:
        return self._sum(self._resolvent(shift)) @ b + self._offset[..., None, None] * b

    def gg(self, b: Array) -> Array:
        r = self._resolvent(0)
        return self._sum(r @ r) @ b

    def gbg(self, b: Array, shift: int = 0) -> Array:
        return self._sum(self._resolvent(shift) @ b[..., None, :, :] @ self._resolvent(0))

    def gbg_traces(self, a: list[Array], b: list[Array], shift: int = 0) -> Array:
        return _traces(a, [self.gbg(one, shift) for one in b])

    def gba_traces(self, a: list[Array], b: list[Array], shift: int = 0) -> Array:
        split = [self._sylvester(one, shift) for one in b]
        return _traces(a, [self.g(z, shift) - adjoint(self.g(adjoint(z))) for z in split])

    def ggbg(self, b: Array) -> Array:
        r = self._resolvent(0)
        return self._sum(r @ r @ b[..., None, :, :] @ r)


def _traces(a: list[Array], b: list[Array]) -> Array:
    """Return the sum over leads of Tr[A B] for each A and B, shape (B, W, a, b)."""
    rows = [[np.einsum("l...ij,l...ji->...", *np.broadcast_arrays(x, y)) for y in b] for x in a]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
