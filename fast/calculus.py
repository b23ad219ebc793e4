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
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_sylvester

from electronwind import OpenSystem

from .contour import Rule, fermi_rule, pauli_rule
from .fermi import Fermi, Points
from .pauli import EqualPauli, RulePauli
from .spectrum import Spectrum, spectrum

__all__ = ["Calculus", "Integral", "evaluate"]

Array = NDArray[Any]

# Resolvents held in memory at once on the contour, in matrix entries.
CHUNK = 4_000_000
# From this size on the Kronecker form of a Sylvester equation loses to a loop over LAPACK's own solver.
KRONECKER = 12


class Integral(Protocol):
    """Integrals of one weight times retarded products, applied to or enclosing a matrix B."""

    def g(self, b: Array, shift: Array | None = None) -> Array:
        """Return the integral of G(w + shift) B."""

    def gg(self, b: Array) -> Array:
        """Return the integral of G G B."""

    def gbg(self, b: Array, shift: Array | None = None) -> Array:
        """Return the integral of G(w + shift) B G(w)."""

    def ggbg(self, b: Array) -> Array:
        """Return the integral of G G B G."""


class Calculus(Protocol):
    """A system in some basis of its levels.

    Attributes
    ----------
    spectrum : Spectrum
        The system itself.
    """

    spectrum: Spectrum

    def inject(self, b: Array) -> Array:
        """Return B as it stands between G and G^+."""

    def vertex(self, b: Array) -> Array:
        """Return B as it stands between G and G."""

    def probe(self, b: Array) -> Array:
        """Return B as it stands between G^+ and G, under a trace."""

    def back(self, x: Array) -> Array:
        """Return a product G ... G^+ in the basis of the system."""

    def sylvester(self, b: Array, shift: Array | None = None) -> Array:
        """Return Z of ``(H - shift) Z - Z H^+ = B``."""

    def fermi(self, lead: int) -> Integral:
        """Return the integrals over the Fermi function of a lead."""

    def pauli(self, occupied: int, empty: int, frequency: Array) -> Integral:
        """Return the integrals over ``f_occupied(w) (1 - f_empty(w + frequency))``."""


def adjoint(x: Array) -> Array:
    """Return the conjugate transpose in the last two axes."""
    return np.swapaxes(x, -1, -2).conj()


class Eigen:
    """The calculus in the eigenbasis of H."""

    def __init__(self, parts: Spectrum, frequency: Array) -> None:
        del frequency  # closed forms have no path to lay
        self.spectrum = parts

    def inject(self, b: Array) -> Array:
        """Return B as it stands between G and G^+."""
        return self.spectrum.inverse @ b @ adjoint(self.spectrum.inverse)

    def vertex(self, b: Array) -> Array:
        """Return B as it stands between G and G."""
        return self.spectrum.inverse @ b @ self.spectrum.vectors

    def probe(self, b: Array) -> Array:
        """Return B as it stands between G^+ and G, under a trace."""
        return adjoint(self.spectrum.vectors) @ b @ self.spectrum.vectors

    def back(self, x: Array) -> Array:
        """Return a product G ... G^+ in the basis of the system."""
        return self.spectrum.vectors @ x @ adjoint(self.spectrum.vectors)

    def sylvester(self, b: Array, shift: Array | None = None) -> Array:
        """Return Z of ``(H - shift) Z - Z H^+ = B``, entry by entry."""
        e = self.spectrum.values
        left = e if shift is None else e - shift[..., None]
        return b / (left[..., :, None] - e.conj()[..., None, :])

    def points(self, lead: int, shift: Array | None = None) -> Points:
        """Return the Fermi function of a lead evaluated at the eigenvalues plus `shift`."""
        s = self.spectrum
        key = ("points", lead)
        if shift is None and key in s.memo:
            found: Points = s.memo[key]
            return found
        z = s.values if shift is None else s.values + shift[..., None]
        points = Fermi(s.mu[lead][..., None], s.temperature[lead][..., None]).at(z)
        if shift is None:
            s.memo[key] = points
        return points

    def fermi(self, lead: int) -> Integral:
        """Return the integrals over the Fermi function of a lead."""
        s = self.spectrum
        weight = Fermi(s.mu[lead][..., None], s.temperature[lead][..., None])

        def shifted(shift: Array | None) -> Points:
            return self.points(lead, None if shift is None else -shift)

        return _EigenIntegral(weight, shifted)

    def pauli(self, occupied: int, empty: int, frequency: Array) -> Integral:
        """Return the integrals over ``f_occupied(w) (1 - f_empty(w + frequency))``."""
        s = self.spectrum
        mu = s.mu[occupied], s.mu[empty] - frequency
        temperature = s.temperature[occupied], s.temperature[empty]
        if np.any(temperature[0] != temperature[1]):
            here = s.values + 0 * frequency[..., None]
            levels = np.concatenate([here, here - frequency[..., None]], axis=-1)
            weight = RulePauli(_pauli_rule(mu, temperature, levels))

            def at(shift: Array | None) -> Points:
                return weight.at(here if shift is None else here - shift[..., None])

            return _EigenIntegral(weight, at)
        equal = EqualPauli(*(part[..., None] for part in (*mu, temperature[0])))
        still = not np.any(frequency)

        def combined(shift: Array | None) -> Points:
            # Seen from z, the empty lead sits at mu - frequency: it is evaluated at z + frequency.
            if shift is None:
                both = self.points(occupied), self.points(empty, None if still else frequency)
            else:
                both = self.points(occupied, None if still else -shift), self.points(empty)
            return equal.combine(*both)

        return _EigenIntegral(equal, combined)


class _EigenIntegral:
    """Integrals in the eigenbasis: values, derivatives and divided differences at eigenvalues."""

    def __init__(
        self, weight: Fermi | EqualPauli | RulePauli, at: Callable[[Array | None], Points]
    ) -> None:
        self._weight, self._at = weight, at
        self._here = at(None)
        self._first: Array | None = None

    def g(self, b: Array, shift: Array | None = None) -> Array:
        p = self._here if shift is None else self._at(shift)
        return p.value[..., :, None] * b

    def gg(self, b: Array) -> Array:
        return self._here.slope[..., :, None] * b

    def gbg(self, b: Array, shift: Array | None = None) -> Array:
        if shift is not None:
            return self._weight.difference(self._at(shift), self._here) * b
        if self._first is None:
            self._first = self._weight.difference(self._here, self._here)
        return self._first * b

    def ggbg(self, b: Array) -> Array:
        assert isinstance(self._weight, Fermi | EqualPauli)
        first = self.gbg(np.ones(1))
        return self._weight.second_difference(self._here, self._here, first) * b


class Contour:
    """The calculus in the basis of the system itself, with resolvents above the real axis."""

    def __init__(self, parts: Spectrum, frequency: Array) -> None:
        self.spectrum = parts
        # The path of an integral has to clear the levels of G(w), G(w + W) and G(w - W) alike.
        shifts = (0 * frequency, frequency, -frequency)
        self._levels = np.concatenate([parts.values + s[..., None] for s in shifts], axis=-1)

    def inject(self, b: Array) -> Array:
        """Return B as it stands between G and G^+."""
        return b

    vertex = probe = back = inject

    def sylvester(self, b: Array, shift: Array | None = None) -> Array:
        """Return Z of ``(H - shift) Z - Z H^+ = B``."""
        h = self.spectrum.effective
        n = h.shape[-1]
        one = np.eye(n)
        left = h if shift is None else h - shift[..., None, None] * one
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
        # The integral of G alone diverges like log(1); a scalar resolvent with known J is split off.
        anchor = mu - 1j * np.max(distance, -1)
        (known,) = Fermi(mu, temperature).derivatives(anchor, range(1))
        offset = known - np.sum(rule.weights / (rule.nodes - anchor[..., None]), -1)
        return _ContourIntegral(s.effective, rule, offset)

    def pauli(self, occupied: int, empty: int, frequency: Array) -> Integral:
        """Return the integrals over ``f_occupied(w) (1 - f_empty(w + frequency))``."""
        s = self.spectrum
        mu = s.mu[occupied], s.mu[empty] - frequency
        temperature = s.temperature[occupied], s.temperature[empty]
        rule = _pauli_rule(mu, temperature, self._levels)
        return _ContourIntegral(s.effective, rule, np.zeros(mu[1].shape))


class _ContourIntegral:
    """Integrals as sums over the nodes of a rule."""

    def __init__(self, effective: Array, rule: Rule, offset: Array) -> None:
        self._effective, self._rule, self._offset = effective, rule, offset
        self._here = self._resolvent(None)

    def _resolvent(self, shift: Array | None) -> Array:
        one = np.eye(self._effective.shape[-1])
        nodes = self._rule.nodes if shift is None else self._rule.nodes + shift[..., None]
        return np.linalg.inv(nodes[..., None, None] * one - self._effective[..., None, :, :])

    def _sum(self, products: Array) -> Array:
        return np.einsum("...s,...sij->...ij", self._rule.weights, products)

    def g(self, b: Array, shift: Array | None = None) -> Array:
        r = self._here if shift is None else self._resolvent(shift)
        return self._sum(r) @ b + self._offset[..., None, None] * b

    def gg(self, b: Array) -> Array:
        return self._sum(self._here @ self._here) @ b

    def gbg(self, b: Array, shift: Array | None = None) -> Array:
        r = self._here if shift is None else self._resolvent(shift)
        return self._sum(r @ b[..., None, :, :] @ self._here)

    def ggbg(self, b: Array) -> Array:
        return self._sum(self._here @ self._here @ b[..., None, :, :] @ self._here)


def _pauli_rule(mu: tuple[Array, Array], temperature: tuple[Array, Array], levels: Array) -> Rule:
    mu = (np.broadcast_to(mu[0], mu[1].shape), mu[1])
    nearest = np.min([np.min(np.abs(levels - m[..., None]), -1) for m in mu], axis=0)
    spread = tuple(np.broadcast_to(t, mu[1].shape) for t in temperature)
    return pauli_rule(mu, (spread[0], spread[1]), nearest)


def evaluate(
    system: OpenSystem,
    formula: Callable[[Calculus, Array], Array],
    frequency: ArrayLike = 0.0,
) -> Array:
    """Evaluate a formula over the batch of a system, each part in the calculus that suits it.

    Parameters
    ----------
    system : OpenSystem
        Wide-band leads only.
    formula : callable
        ``formula(calculus, frequency)`` with `frequency` of shape (1, W); returns shape (B, W, ...).
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
        result = formula(Eigen(parts, column), column)
    else:
        blocks = [(parts.sound, Eigen)] if np.any(parts.sound) else []
        blocks += [(mask, Contour) for mask in _chunks(~parts.sound, parts.effective.shape[-1] ** 2)]
        done = [(mask, formula(kind(parts.take(mask), column), column)) for mask, kind in blocks]
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
    if np.iscomplexobj(array) or array.ndim > 1 or not np.all(np.isfinite(array.astype(float))):
        raise ValueError(
            f"{name}: expected a finite real number or a one-dimensional array of them, got {value!r:.60}"
        )
    return array.astype(float)
