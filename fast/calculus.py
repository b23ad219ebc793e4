r"""Integrals over products of resolvents G = (w - H)^-1, in two ways behind one set of names.

A product with the adjoint splits without eigenvectors,
``G(w + W) B G^+(w) = G(w + W) Z - Z G^+(w)`` with ``(H - W) Z - Z H^+ = B``,
so that every observable is a sum of integrals over retarded functions alone, and the spectra of H - W and
H^+ never meet: the Sylvester equation is as well-posed as the broadening. `Eigen` has the integrals in closed
form in the eigenbasis of H. `Contour` sums resolvents on a path above the real axis and needs no
eigenvectors, so exceptional points are ordinary points to it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, reduce
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_sylvester

from electronwind import OpenSystem

from .contour import Rule, fermi_rule, pauli_rule
from .fermi import Fermi, Points
from .pauli import EqualPauli, RulePauli
from .spectrum import TINY, Spectrum, spectrum

__all__ = ["Calculus", "Integral", "evaluate"]

Array = np.ndarray[Any, Any]

# Resolvents held in memory at once on the contour, in matrix entries.
CHUNK = 4_000_000
# From this size on the Kronecker form of a Sylvester equation loses to a loop over LAPACK's own solver.
KRONECKER = 12


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

    def ggbg(self, b: Array) -> Array:
        """Return the integral of G G B G."""
        ...


class Calculus(Protocol):
    """A system in some basis of its levels, and the frequencies W of one call, shape (1, W).

    Attributes
    ----------
    spectrum : Spectrum
        The system itself.
    sources : list of ndarray, shape (B, 1, n, n)
        For each lead the anti-Hermitian Y of ``H Y - Y H^+ = Gamma``: ``G Gamma G^+ = G Y - Y G^+``.
    vertices, probes : list of ndarray, shape (B, 1, n, n)
        For each coordinate dh/dx, as it stands between G and G, and between G^+ and G under a trace.
    """

    spectrum: Spectrum
    sources: list[Array]
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

    def fermi(self, lead: int) -> Integral:
        """Return the integrals over the Fermi function of a lead."""
        ...

    def pauli(self, occupied: int, empty: int) -> Integral:
        """Return the integrals over ``f_occupied(w) (1 - f_empty(w + frequency))``."""
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


class Eigen:
    """The calculus in the eigenbasis of H."""

    def __init__(self, parts: Spectrum, frequency: Array) -> None:
        self.spectrum = parts
        self._frequency = frequency
        self._still = not np.any(frequency)
        self._inverse_gaps = cache(
            lambda shift: 1 / (self.levels(-shift)[..., :, None] - self.levels(0).conj()[..., None, :])
        )
        # What belongs to the system alone is kept with its spectrum; what belongs to the frequency, here.
        static = parts.memo
        self._points: dict[tuple[int, int], Points] = static.setdefault("points", {})
        if not self._still:
            self._points = {key: p for key, p in self._points.items() if key[1] == 0}
        if "sources" not in static:
            inverse, vectors = parts.inverse, parts.vectors
            static["sources"] = [
                self.sylvester(product(product(inverse, gamma), adjoint(inverse)))
                for gamma in parts.broadening
            ]
            static["vertices"] = [product(product(inverse, gradient), vectors) for gradient in parts.gradient]
            static["probes"] = [self.collect(gradient) for gradient in parts.gradient]
        self.sources: list[Array] = static["sources"]
        self.vertices: list[Array] = static["vertices"]
        self.probes: list[Array] = static["probes"]

    def collect(self, b: Array) -> Array:
        """Return B as it stands between G^+ and G, under a trace."""
        return product(product(adjoint(self.spectrum.vectors), b), self.spectrum.vectors)

    def back(self, b: Array) -> Array:
        """Return B = G ... G^+ in the basis of the system."""
        return product(product(self.spectrum.vectors, b), adjoint(self.spectrum.vectors))

    def levels(self, shift: int) -> Array:
        """Return the eigenvalues plus `shift` frequencies, shape (B, W, n)."""
        e = self.spectrum.values
        return e if shift == 0 or self._still else e + shift * self._frequency[..., None]

    def sylvester(self, b: Array, shift: int = 0) -> Array:
        """Return Z of ``(H - shift) Z - Z H^+ = B``, entry by entry."""
        return b * self._inverse_gaps(0 if self._still else shift)

    def points(self, lead: int, shift: int) -> Points:
        """Return the Fermi function of a lead evaluated at the eigenvalues plus `shift` frequencies."""
        key = lead, 0 if self._still else shift
        if key not in self._points:
            # Two derivatives serve the friction, which has no frequency.
            self._points[key] = self._fermi(lead).at(self.levels(key[1]), 0 if key[1] else 2)
        return self._points[key]

    def _fermi(self, lead: int) -> Fermi:
        s = self.spectrum
        return Fermi(s.mu[lead][..., None], s.temperature[lead][..., None])

    def fermi(self, lead: int) -> Integral:
        """Return the integrals over the Fermi function of a lead."""
        return _EigenIntegral(self._fermi(lead), lambda shift: self.points(lead, -shift))

    def pauli(self, occupied: int, empty: int) -> Integral:
        """Return the integrals over ``f_occupied(w) (1 - f_empty(w + frequency))``."""
        s = self.spectrum
        mu = s.mu[occupied], s.mu[empty] - self._frequency
        warm = s.temperature[occupied], s.temperature[empty]
        if np.any(warm[0] != warm[1]):
            both = np.broadcast_arrays(self.levels(0), self.levels(-1))
            rule = _pauli_rule(mu, warm, np.concatenate(both, axis=-1))
            weight = RulePauli(rule)
            return _EigenIntegral(weight, lambda shift: weight.at(self.levels(-shift)))
        equal = EqualPauli(*(part[..., None] for part in (*mu, warm[0])))
        # Seen from z, the empty lead sits at mu - frequency: it is evaluated at z + frequency.
        return _EigenIntegral(
            equal,
            lambda shift: equal.combine(self.points(occupied, -shift), self.points(empty, 1 - shift)),
        )


class _EigenIntegral:
    """Integrals in the eigenbasis: values, derivatives and divided differences at eigenvalues."""

    def __init__(self, weight: Fermi | EqualPauli | RulePauli, at: Callable[[int], Points]) -> None:
        self._weight, self._at = weight, cache(at)
        self._difference = cache(lambda shift: weight.difference(self._at(shift), self._at(0)))

    def g(self, b: Array, shift: int = 0) -> Array:
        return self._at(shift).value[..., :, None] * b

    def gg(self, b: Array) -> Array:
        return self._at(0).slopes[0][..., :, None] * b

    def gbg(self, b: Array, shift: int = 0) -> Array:
        return self._difference(shift) * b

    def ggbg(self, b: Array) -> Array:
        assert isinstance(self._weight, Fermi)
        here = self._at(0)
        return self._weight.second_difference(here, here, self._difference(0)) * b


class Contour:
    """The calculus in the basis of the system itself, with resolvents above the real axis."""

    def __init__(self, parts: Spectrum, frequency: Array) -> None:
        self.spectrum = parts
        self._frequency = frequency
        # The path of an integral has to clear the levels of G(w), G(w + W) and G(w - W) alike.
        shifts = (0 * frequency, frequency, -frequency)
        self._levels = np.concatenate([parts.values + s[..., None] for s in shifts], axis=-1)
        self.sources = [self.sylvester(gamma) for gamma in parts.broadening]
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

    def fermi(self, lead: int) -> Integral:
        """Return the integrals over the Fermi function of a lead."""
        s = self.spectrum
        mu, temperature = s.mu[lead], s.temperature[lead]
        distance = np.abs(self._levels - mu[..., None])
        rule = fermi_rule(mu, temperature, np.max(distance, -1), np.min(distance, -1))
        # The integral of G alone diverges like a logarithm; a scalar resolvent with known J is split off.
        anchor = mu - 1j * np.max(distance, -1)
        (known,) = Fermi(mu, temperature).derivatives(anchor, range(1))
        offset = known - np.sum(rule.weights / (rule.nodes - anchor[..., None]), -1)
        return _ContourIntegral(s.effective, rule, offset, self._frequency)

    def pauli(self, occupied: int, empty: int) -> Integral:
        """Return the integrals over ``f_occupied(w) (1 - f_empty(w + frequency))``."""
        s = self.spectrum
        mu = s.mu[occupied], s.mu[empty] - self._frequency
        rule = _pauli_rule(mu, (s.temperature[occupied], s.temperature[empty]), self._levels)
        return _ContourIntegral(s.effective, rule, np.zeros(mu[1].shape), self._frequency)


class _ContourIntegral:
    """Integrals as sums over the nodes of a rule."""

    def __init__(self, effective: Array, rule: Rule, offset: Array, frequency: Array) -> None:
        self._rule, self._offset = rule, offset
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

    def ggbg(self, b: Array) -> Array:
        r = self._resolvent(0)
        return self._sum(r @ r @ b[..., None, :, :] @ r)


def _pauli_rule(mu: tuple[Array, Array], temperature: tuple[Array, Array], levels: Array) -> Rule:
    mu = (np.broadcast_to(mu[0], mu[1].shape), mu[1])
    nearest = np.min([np.min(np.abs(levels - m[..., None]), -1) for m in mu], axis=0)
    spread = tuple(np.broadcast_to(t, mu[1].shape) for t in temperature)
    return pauli_rule(mu, (spread[0], spread[1]), nearest)


def evaluate(
    system: OpenSystem,
    formula: Callable[[Calculus], Array],
    frequency: ArrayLike = 0.0,
) -> Array:
    """Evaluate a formula over the batch of a system, each part in the calculus that suits it.

    Parameters
    ----------
    system : OpenSystem
        Wide-band leads only.
    formula : callable
        ``formula(calculus)``, of shape (B, W, ...).
    frequency : array_like, shape () or (W,)
        Real frequencies.

    Returns
    -------
    ndarray, shape (..., [W,] ...)

    Raises
    ------
    ValueError
        A frequency that is not a finite real number, or an array of more than one axis.
    """
    w = real_axis("frequency", frequency)
    parts = spectrum(system)
    column = w.reshape(1, -1)
    if np.all(parts.sound):
        result = formula(Eigen(parts, column))
    else:
        blocks: list[tuple[Array, type[Eigen] | type[Contour]]]
        blocks = [(parts.sound, Eigen)] if np.any(parts.sound) else []
        blocks += [(mask, Contour) for mask in _chunks(~parts.sound, parts.effective.shape[-1] ** 2)]
        done = [(mask, formula(kind(parts.take(mask), column))) for mask, kind in blocks]
        first = done[0][1]
        result = np.empty((len(parts.sound), *first.shape[1:]), first.dtype)
        for mask, value in done:
            result[mask] = value
    trailing = result.shape[2:]
    return result.reshape(*system.shape, *w.shape, *trailing)


def _chunks(mask: Array, entries: int) -> list[Array]:
    """Split a mask so that the resolvents of one part, at a few hundred nodes each, fit the memory."""
    where = np.flatnonzero(mask)
    size = max(1, CHUNK // (600 * entries))
    pieces = []
    for start in range(0, len(where), size):
        piece = np.zeros_like(mask)
        piece[where[start : start + size]] = True
        pieces.append(piece)
    return pieces


def real_axis(name: str, value: ArrayLike) -> Array:
    """Return energies or frequencies as a float array of no or one axis."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.ndim > 1 or not np.all(np.isfinite(array)):
        raise ValueError(
            f"{name}: expected a finite real number or a one-dimensional array of them, got {value!r:.60}"
        )
    return array.astype(float)
