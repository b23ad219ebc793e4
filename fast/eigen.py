"""The calculus in the eigenbasis of H: closed forms, for systems with a good eigenbasis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from .calculus import Integral, adjoint, contraction, product
from .contour import levels_rule
from .fermi import Fermi, Points
from .pauli import EqualPauli, RulePauli
from .spectrum import Spectrum

__all__ = ["Eigen"]

Array = np.ndarray[Any, Any]


class Eigen:
    """The calculus in the eigenbasis of H."""

    def __init__(self, parts: Spectrum, frequency: Array) -> None:
        self.spectrum = parts
        self._frequency = frequency
        self._still = not np.any(frequency)
        inverse_gaps = cache(
            lambda shift: 1 / (self.levels(-shift)[..., :, None] - self.levels(0).conj()[..., None, :])
        )
        self._inverse_gaps: Callable[[int], Array] = lambda shift: inverse_gaps(0 if self._still else shift)
        # What belongs to the system alone is kept with its spectrum; what belongs to the frequency, here.
        static = parts.memo
        self._points: dict[int, Points] = static.setdefault("points", {})
        if not self._still:
            self._points = {shift: p for shift, p in self._points.items() if shift == 0}
        if "sources" not in static:
            inverse, vectors = parts.inverse, parts.vectors
            static["sources"] = self.sylvester(product(product(inverse, parts.broadening), adjoint(inverse)))
            static["vertices"] = [product(product(inverse, gradient), vectors) for gradient in parts.gradient]
            static["probes"] = [self.collect(gradient) for gradient in parts.gradient]
        self.sources: Array = static["sources"]
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
        return b * self._inverse_gaps(shift)

    def points(self, shift: int) -> Points:
        """Return the Fermi functions of all leads evaluated at the eigenvalues plus `shift` frequencies."""
        shift = 0 if self._still else shift
        if shift not in self._points:
            # Two derivatives serve the friction, which has no frequency.
            self._points[shift] = self._fermi().at(self.levels(shift), 0 if shift else 2)
        return self._points[shift]

    def _fermi(self) -> Fermi:
        return Fermi(self.spectrum.mu[..., None], self.spectrum.temperature[..., None])

    def fermi(self) -> Integral:
        """Return the integrals over the Fermi functions of all leads, with an axis of leads in front."""
        return _EigenIntegral(self._fermi(), lambda shift: self.points(-shift), self._inverse_gaps)

    def pauli(self) -> Iterator[tuple[slice, slice, Integral]]:
        """Yield some occupied and some empty leads, and the integrals over ``f_a(w) (1 - f_b(w + W))``."""
        temperature, every = self.spectrum.temperature, slice(None)
        if np.all(temperature == temperature[0]):
            yield every, every, self._equal(every, every)
            return
        for a, b in np.ndindex(len(temperature), len(temperature)):
            some, others = slice(a, a + 1), slice(b, b + 1)
            equal = np.all(temperature[a] == temperature[b])
            yield some, others, (self._equal if equal else self._unequal)(some, others)

    def _equal(self, some: slice, others: slice) -> Integral:
        s = self.spectrum
        # Seen from z, the empty lead sits at mu - frequency: it is evaluated at z + frequency.
        empty = s.mu[None, others] - self._frequency
        equal = EqualPauli(
            s.mu[some, None, ..., None], empty[..., None], s.temperature[some, None, ..., None]
        )
        return _EigenIntegral(
            equal,
            lambda shift: equal.combine(
                self.points(-shift)[some, None], self.points(1 - shift)[None, others]
            ),
            self._inverse_gaps,
        )

    def _unequal(self, some: slice, others: slice) -> Integral:
        s = self.spectrum
        both = np.broadcast_arrays(self.levels(0), self.levels(-1))
        rule = levels_rule(
            (s.mu[some, None], s.mu[None, others] - self._frequency),
            (s.temperature[some, None], s.temperature[None, others]),
            np.concatenate(both, axis=-1),
        )
        weight = RulePauli(rule)
        return _EigenIntegral(weight, lambda shift: weight.at(self.levels(-shift)), self._inverse_gaps)


class _EigenIntegral:
    """Integrals in the eigenbasis: values, derivatives and divided differences at eigenvalues."""

    def __init__(
        self,
        weight: Fermi | EqualPauli | RulePauli,
        at: Callable[[int], Points],
        inverse_gaps: Callable[[int], Array],
    ) -> None:
        self._weight, self._at, self._inverse_gaps = weight, cache(at), inverse_gaps
        self._difference = cache(lambda shift: weight.difference(self._at(shift), self._at(0)))

    def g(self, b: Array, shift: int = 0) -> Array:
        return self._at(shift).value[..., :, None] * b

    def gg(self, b: Array) -> Array:
        return self._at(0).slopes[0][..., :, None] * b

    def gbg(self, b: Array, shift: int = 0) -> Array:
        return self._difference(shift) * b

    def gbg_traces(self, a: list[Array], b: list[Array], shift: int = 0) -> Array:
        return contraction(self._difference(shift), a, b)

    def gba_traces(self, a: list[Array], b: list[Array], shift: int = 0) -> Array:
        # G B G^+ is G Z - Z G^+ with Z the entries of B over the gaps.
        values = self._at(shift).value[..., :, None] - self._at(0).value.conj()[..., None, :]
        return contraction(values * self._inverse_gaps(shift), a, b)

    def ggbg(self, b: Array) -> Array:
        assert isinstance(self._weight, Fermi)
        here = self._at(0)
        return self._weight.second_difference(here, here, self._difference(0)) * b
