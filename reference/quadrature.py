"""The integration rule: Gauss-Legendre panels of two orders, bisected until they agree.

The places where the integrand is not analytic are known: the resonances, the poles of the Fermi
functions, the band edges. A panel is cut until all of them lie outside its Bernstein ellipse, where the
rule of order m converges like ``ELLIPSE**(-2 m)``. Nothing rests on that: the difference of the two
orders is the error estimate of every panel, and panels are cut further until the sum of the estimates is
small enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from electronwind.errors import PrecisionError

from .arithmetic import Array, array, function, number, pi, precision

__all__ = ["Cosine", "Line", "Map", "Piece", "Quadrature", "Tail"]

# Sum of the semi-axes of the ellipse, in half-lengths of the panel, that is to be free of singularities.
ELLIPSE = 3.0
# Digits beyond those asked for that the lower order aims at, to cover the height of the poles.
MARGIN = 8
MOST_PANELS = 4000


class Map(Protocol):
    """A change of variable from t on the panel to the energy."""

    def energy(self, t: Array) -> tuple[Array, Array]:
        """Return the energies E(t) and the Jacobian |dE/dt|."""
        ...

    def inverse(self, energy: Any) -> list[Any]:
        """Return the points t that the energy, complex in general, comes from."""
        ...


class Line:
    """No change of variable: E = t."""

    def energy(self, t: Array) -> tuple[Array, Array]:
        """Return t itself and 1."""
        return t, np.full_like(t, number(1))

    def inverse(self, energy: Any) -> list[Any]:
        """Return the energy itself."""
        return [energy]


@dataclass(frozen=True)
class Tail:
    """E = end / t for t in [0, 1]: from the end to infinity on its side of zero."""

    end: Any

    def energy(self, t: Array) -> tuple[Array, Array]:
        """Return end / t and |end| / t^2."""
        return self.end / t, abs(self.end) / (t * t)

    def inverse(self, energy: Any) -> list[Any]:
        """Return end / energy."""
        return [self.end / energy] if energy != 0 else []


@dataclass(frozen=True)
class Cosine:
    """E = start + (stop - start) sin(t)^2 for t in [0, pi/2]: no square roots at the two ends.

    On a band this is ``E = centre - 2 |t| cos(2 t)``, the dispersion of the chain.
    """

    start: Any
    stop: Any

    def energy(self, t: Array) -> tuple[Array, Array]:
        """Return E(t) and (stop - start) sin(2 t)."""
        sin = np.frompyfunc(function("sin"), 1, 1)
        width, s = self.stop - self.start, sin(t)
        return s * s * width + self.start, sin(t * 2) * width

    def inverse(self, energy: Any) -> list[Any]:
        """Return the three images next to [0, pi/2]; others are further away."""
        ratio = number(0j) + (energy - self.start) / (self.stop - self.start)
        t = function("asin")(function("sqrt")(ratio))
        return [t, -t, pi() - t]


@dataclass(frozen=True)
class Piece:
    """A part of the energy axis: the interval [start, stop] of the variable of `map`."""

    map: Map
    start: Any
    stop: Any


@dataclass(eq=False)
class _Panel:
    piece: Piece
    start: Any
    stop: Any
    weights: tuple[Array, Array]
    data: Any


class Quadrature:
    """Integrals over pieces of the energy axis that share their nodes and what is known there.

    Parameters
    ----------
    pieces : iterable of Piece
        The domain. It has to end, or be cut by `breakpoints`, wherever the integrand jumps.
    singularities : iterable of numbers
        Energies at which the integrand is not analytic: with its complex conjugate each.
    breakpoints : iterable of numbers
        Real energies that must not lie inside a panel.
    evaluate : callable
        Called once per panel with its energies, shape ``(nodes,)``; an integrand is given the result.
    digits : int
        The sum of the error estimates is at most ``10**-digits`` of the natural size of an integral,
        the sum of the absolute panel contributions, in the largest component.
    most_panels : int
        More than this many are refused.

    Notes
    -----
    To be built and used inside `working`, in a precision that exceeds `digits`.
    """

    def __init__(
        self,
        pieces: Iterable[Piece],
        singularities: Iterable[Any],
        breakpoints: Iterable[Any],
        evaluate: Callable[[Array], Any],
        digits: int,
        most_panels: int = MOST_PANELS,
    ) -> None:
        self.evaluate = evaluate
        self.digits = digits
        self.most_panels = most_panels
        self.low = math.ceil((digits + MARGIN) / (2 * math.log10(ELLIPSE)))
        self.high = self.low + 4
        singularities, breakpoints = list(singularities), list(breakpoints)
        self.pieces = list(pieces)
        cut: list[tuple[Piece, Any, Any]] = []
        for piece in self.pieces:
            tiny = (piece.stop - piece.start) / number(2) ** (precision()[0] - 10)
            cuts = {piece.start, piece.stop}
            for energy in breakpoints:
                cuts.update(t.real for t in piece.map.inverse(energy) if _inside(t, piece))
            edges = sorted(cuts)
            poles = [t for energy in singularities for t in piece.map.inverse(energy)]
            # The ends are band edges, or ends of the domain: the map has removed what is there.
            poles = [t for t in poles if min(abs(t - piece.start), abs(t - piece.stop)) > tiny]
            for start, stop in pairwise(edges):
                cut += self._graded(piece, start, stop, poles, len(cut))
        # Only now, when they are known not to be too many.
        self.panels = [self._panel(*part) for part in cut]

    def _graded(
        self, piece: Piece, start: Any, stop: Any, poles: list[Any], before: int
    ) -> list[tuple[Piece, Any, Any]]:
        """Cut [start, stop] until no pole is inside the ellipse of a panel; there are some `before`."""
        panels: list[tuple[Piece, Any, Any]] = []
        rest = [(start, stop)]
        while rest:
            a, b = rest.pop()
            focal = ELLIPSE + 1 / ELLIPSE  # sum of the distances to the foci a and b, in half-lengths
            half = (b - a) / 2
            middle = a + half
            if any(float((abs(t - a) + abs(t - b)) / half) < focal for t in poles):
                if len(panels) + len(rest) + before > self.most_panels:
                    raise PrecisionError(
                        f"the integrand varies too fast: more than {self.most_panels} panels"
                    )
                rest += [(middle, b), (a, middle)]
            else:
                panels.append((piece, a, b))
        return panels

    def _panel(self, piece: Piece, start: Any, stop: Any) -> _Panel:
        half = (stop - start) / 2
        energies, weights = [], []
        for order in (self.low, self.high):
            x, weight = gauss_legendre(order, precision())
            energy, jacobian = piece.map.energy(x * half + (start + half))
            energies.append(energy)
            weights.append(weight * half * jacobian)
        data = self.evaluate(np.concatenate(energies))
        return _Panel(piece, start, stop, (weights[0], weights[1]), data)

    def integrate(
        self,
        integrand: Callable[[Any], Array],
        magnitude: Callable[[Any], Array] | None = None,
    ) -> Array:
        """Return the integral over dE of `integrand`.

        Parameters
        ----------
        integrand : callable
            Takes what `evaluate` returned for the nodes of one panel and returns the values there,
            shape ``(nodes, ...)``.
        magnitude : callable, optional
            Takes the same and returns, shape ``(nodes,)``, the size of the terms that cancel in the
            integrand. An integrand that vanishes but for their rounding then counts as converged.

        Returns
        -------
        ndarray of numbers, shape (...)

        Raises
        ------
        PrecisionError
            The error estimate is too large and there are too many panels already.
        """
        done = [(panel, *self._contribution(panel, integrand, magnitude)) for panel in self.panels]
        while True:
            size = _largest(np.asarray(sum(abs(value) for _, value, _, _ in done)))
            rounding = sum(noise for *_, noise in done)
            allowed = max(
                size / number(10) ** self.digits,
                rounding / number(10) ** (self.digits + MARGIN),
            )
            error = sum(estimate for _, _, estimate, _ in done)
            if error <= allowed:
                return np.asarray(sum(value for _, value, _, _ in done), dtype=object)
            share = allowed / (2 * len(done))
            bad = sum(estimate > share for _, _, estimate, _ in done)
            if not bad or len(done) + bad > self.most_panels:
                raise PrecisionError(
                    f"an integral has a relative error of {float(error / size):.1e} on {len(done)} "
                    f"panels; 1e-{self.digits} was asked for"
                )
            refined = []
            for entry in done:
                if entry[2] > share:
                    halves = self._halves(entry[0])
                    refined += [(p, *self._contribution(p, integrand, magnitude)) for p in halves]
                else:
                    refined.append(entry)
            done = refined
            self.panels = [panel for panel, *_ in done]

    def _halves(self, panel: _Panel) -> list[_Panel]:
        middle = panel.start + (panel.stop - panel.start) / 2
        return [
            self._panel(panel.piece, panel.start, middle),
            self._panel(panel.piece, middle, panel.stop),
        ]

    def _contribution(
        self,
        panel: _Panel,
        integrand: Callable[[Any], Array],
        magnitude: Callable[[Any], Array] | None,
    ) -> tuple[Array, Any, Any]:
        """Return the integral over the panel, its error estimate, and that of `magnitude`."""
        values = integrand(panel.data)
        low, high = panel.weights
        value = np.tensordot(high, values[self.low :], axes=1)
        estimate = _largest(abs(value - np.tensordot(low, values[: self.low], axes=1)))
        noise = number(0)
        if magnitude is not None:
            noise = np.tensordot(high, magnitude(panel.data)[self.low :], axes=1)
        return value, estimate, noise


def _inside(t: Any, piece: Piece) -> bool:
    return bool(t.imag == 0 and piece.start < t.real < piece.stop)


def _largest(values: Array) -> Any:
    return max(np.ravel(values), default=number(0))


@lru_cache(maxsize=64)
def gauss_legendre(order: int, precision: tuple[int, str]) -> tuple[Array, Array]:
    """Return nodes and weights on [-1, 1] in the working precision, which is `precision`.

    Newton's method on the Legendre polynomial, from the nodes in float64.
    """
    nodes = array(np.polynomial.legendre.leggauss(order)[0])
    correct = 48  # bits
    while True:
        p, slope = _legendre(order, nodes)
        if correct >= precision[0]:
            return nodes, 2 / ((1 - nodes * nodes) * slope * slope)
        nodes = nodes - p / slope
        correct = 2 * correct - 4


def _legendre(order: int, x: Array) -> tuple[Array, Array]:
    """Return P_order and its derivative."""
    previous, current = x * 0 + 1, x
    for k in range(2, order + 1):
        previous, current = current, (x * current * (2 * k - 1) - previous * (k - 1)) / k
    return current, (x * current - previous) * order / (x * x - 1)
