r"""The free-electron wire from its definition: sums over subbands, integrals over energy by quadrature.

With :math:`\chi_{nm} = (2/S) \sin(n \pi x/S) \sin(m \pi y/S)` and wave numbers k, k' of two subbands at the
energies E and E', the force on the scatterer responds to its motion through products of the local density
of states and the occupied states (todorov2014 Eq. 31, 32), differentiated at the place of the scatterer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from numpy.typing import ArrayLike

from electronwind.doors import checked_digits
from electronwind.jellium import JelliumWire, checked_points, checked_wire, refuse_openings

from .arithmetic import Array
from .batch import LEAST_DIGITS, MOST_DIGITS, ROUNDING
from .tanh_sinh import integral

__all__ = ["jellium_curl", "jellium_friction", "jellium_vector_potential"]

# Its functions are made when it is, which no type checker sees.
mp: Any = mpmath.mp


class _Section:
    """The subbands of one wire at one point, those of one edge taken together.

    Attributes
    ----------
    totals : ndarray of int, shape (K,)
        n^2 + m^2, increasing.
    edges : ndarray, shape (K,)
        Energies at which they open.
    weights : ndarray, shape (K,)
        chi^2 at the point.
    slopes : ndarray, shape (2, K)
        Its derivatives along x and y.
    """

    def __init__(self, side: Any, point: tuple[Any, Any], most: int) -> None:
        self.unit = (mp.pi / side) ** 2 / 2
        sines, slopes = [], []
        for place in point:
            angles = [mp.pi * n * place / side for n in range(1, int(most**0.5) + 1)]
            sines.append([mp.sin(a) ** 2 for a in angles])
            slopes.append([n * mp.pi / side * mp.sin(2 * a) for n, a in enumerate(angles, start=1)])
        found: dict[int, list[Any]] = {}
        size = 4 / side**2
        for n in range(1, len(sines[0]) + 1):
            for m in range(1, len(sines[0]) + 1):
                if n * n + m * m <= most:
                    (a, da), (b, db) = ((sines[i][j - 1], slopes[i][j - 1]) for i, j in ((0, n), (1, m)))
                    row = found.setdefault(n * n + m * m, [mp.zero, mp.zero, mp.zero])
                    row[0], row[1], row[2] = (
                        row[0] + size * a * b,
                        row[1] + size * da * b,
                        row[2] + size * a * db,
                    )
        self.totals = np.array(sorted(found), dtype=int)
        table = np.array([found[total] for total in self.totals], dtype=object).reshape(-1, 3).T
        self.weights, self.slopes = table[0], table[1:]
        self.edges = np.array([self.unit * int(total) for total in self.totals], dtype=object)

    def open(self, energy: Any) -> tuple[Array, Array]:
        """Return weights and slopes, shape (3, k), of the subbands that are open, and their wave numbers."""
        count = int(np.sum(self.edges < energy))
        k = np.array([mp.sqrt(2 * (energy - edge)) for edge in self.edges[:count]], dtype=object)
        return np.concatenate([self.weights[None, :count], self.slopes[:, :count]]), k


def jellium_curl(wire: JelliumWire, points: ArrayLike, digits: int = 30) -> Array:
    """Curl of the force on a scatterer in the wire, x and y component.

    Parameters
    ----------
    wire : JelliumWire
        The wire.
    points : array_like, shape (..., 2)
        Places in the cross section. Unit: length.
    digits : int
        Decimal digits, 15 to 50, relative to the largest term.

    Returns
    -------
    ndarray of mpf, shape (..., 2)
        Batch axes of the wire, then those of the points. Per spin. Unit: energy / length^2.

    Raises
    ------
    InvalidSystemError
        No wire, or points outside of it.
    PrecisionError
        The quadrature did not converge.

    Notes
    -----
    Source: todorov2014 Eq. 37-38. A scatterer C delta(r - R) has f = -C grad delta(r - R): with the local
    density of states D(R, R') at E +- W and the current-carrying states rho(R', R) at E,
    K_ab - K_ba = 4 pi C^2 Im d_a d'_b of their product, the derivative along the wire being i k of rho.
    """

    def value(one: _Numbers, point: tuple[Any, Any]) -> list[Any]:
        section = one.section(point)
        low, high = sorted((one.low, one.high))
        shifts = (one.frequency, -one.frequency)

        def integrand(energy: Any) -> Array:
            states, _ = section.open(energy)
            flow = np.sum(states, axis=-1) / (2 * mp.pi)
            total = np.array([mp.zero, mp.zero], dtype=object)
            for shift in shifts:
                there, k = section.open(energy + shift)
                density = np.sum(there / k, axis=-1) / mp.pi if k.size else np.full(3, mp.zero)
                total = total + flow[1:] * density[0] + density[1:] * flow[0]
            return total / 2

        marks = [*section.edges, *(edge - shift for edge in section.edges for shift in shifts)]
        x, y = integral(integrand, low, high, marks, digits)
        factor = 2 * mp.pi * one.strength**2 * (1 if one.high > one.low else -1)
        return [factor * y, -factor * x]

    return _each(wire, points, digits, value, (2,))


def jellium_friction(wire: JelliumWire, points: ArrayLike, digits: int = 30) -> Array:
    """Electronic friction of a scatterer that moves along the wire.

    Parameters
    ----------
    wire, points, digits
        As for `jellium_curl`.

    Returns
    -------
    ndarray of mpf, shape (...)
        Positive where the electrons take energy. Per spin. Unit: hbar / length^2.

    Raises
    ------
    InvalidSystemError, PrecisionError
        As of `jellium_curl`.

    Notes
    -----
    Source: todorov2014 Eq. 40, 48. Two derivatives along the wire of the product of density of states at
    E - W and of occupied states at E give (k^2 + k'^2)/(k k'), symmetric in both subbands, so that the
    difference of +W and -W is an integral over W above each potential.
    """

    def value(one: _Numbers, point: tuple[Any, Any]) -> Any:
        section, w = one.section(point), one.frequency

        def pairs(energy: Any) -> Any:
            (states, k), (others, q) = section.open(energy), section.open(energy - w)
            if not (k.size and q.size):
                return mp.zero
            fast, slow = (np.sum(part[0] * n) for part, n in ((states, k), (others, q)))
            here, there = (np.sum(part[0] / n) for part, n in ((states, k), (others, q)))
            return (fast * there + here * slow) / (2 * mp.pi**2)

        if w == 0:
            return mp.pi * one.strength**2 * (pairs(one.high) + pairs(one.low))
        marks = [*section.edges, *(edge + w for edge in section.edges)]
        parts = [
            integral(lambda e: np.array([pairs(e)], dtype=object), mu, mu + w, marks, digits)[0]
            for mu in (one.high, one.low)
        ]
        return mp.pi * one.strength**2 / w * sum(parts)

    return _each(wire, points, digits, value, ())


def jellium_vector_potential(wire: JelliumWire, points: ArrayLike, digits: int = 30) -> Array:
    r"""Component along the wire of the vector potential of the Lorentz-like force.

    Parameters
    ----------
    wire, points, digits
        As for `jellium_curl`.

    Returns
    -------
    ndarray of mpf, shape (...)
        Per spin. Unit: hbar / length.

    Raises
    ------
    InvalidSystemError
        As of `jellium_curl`; at frequency 0 also a subband that opens inside the bias window.
    PrecisionError
        The quadrature did not converge.

    Notes
    -----
    Source: todorov2014 Eq. 49-51. With the real part of the local Green's function, to which closed
    subbands add :math:`-\chi'^2/\kappa'`, and the current per energy,
    :math:`A = C^2 \int dE\, j_E [\mathrm{Re}\, g(E + W) - \mathrm{Re}\, g(E - W)] / 2W`. Low subbands are
    integrated one by one, :math:`\int dE/\kappa' = -\kappa'`. Of the others the four roots are one integral,

    .. math:: \sum_i c_i \sqrt{e' - b_i}
        = -\frac{1}{2 \sqrt \pi} \int_0^\infty \frac{dt}{t^{3/2}} e^{-e' t} \sum_i c_i e^{b_i t},

    under which all subbands add up to a product of theta functions, less those that were counted.
    """

    def value(one: _Numbers, point: tuple[Any, Any]) -> Any:
        sign = 1 if one.high > one.low else -1
        low, high, w = *sorted((one.low, one.high)), one.frequency
        counted = 2 * int(mp.ceil((high + w) / one.unit)) + 2
        # The sum over all subbands cancels down to those that were not counted.
        mp.dps = 3 * digits + 60
        section = _Section(one.side, point, counted)
        unit, weights = section.unit, section.weights
        # Current per energy, by the energy at which it begins.
        starts: dict[Any, Any] = {}
        for weight, edge in zip(weights, section.edges, strict=True):
            if edge < high:
                start = max(low, edge)
                starts[start] = starts.get(start, 0) + weight / (2 * mp.pi)
        carrying = [(c, start) for start, c in starts.items()]

        def bracket(t: Any) -> Any:
            grown = mp.sinh(w * t) / w if w else t
            return grown * sum(c * mp.exp(start * t) * mp.expm1((high - start) * t) for c, start in carrying)

        def tail(u: Any) -> Array:
            t = u * u
            ratio = mp.exp(-unit * t)
            rest = np.prod([_profile(place, one.side, t) for place in point])
            rest -= sum(
                weight * ratio ** int(total) for weight, total in zip(weights, section.totals, strict=True)
            )
            # The outer root of 2 is that of kappa; dt = 2 u du.
            return np.array([-mp.sqrt(2 / mp.pi) / (u * u) * rest * bracket(t)], dtype=object)

        def roots(edge: Any) -> Any:
            found = mp.zero
            for c, start in carrying:
                if w:
                    terms = ((1, high + w), (-1, start + w), (-1, high - w), (1, start - w))
                    found += c * sum(s * _root(edge - b) for s, b in terms) / (2 * w)
                else:
                    found += c * (_inverse(edge - start) - _inverse(edge - high))
            return found

        near = sum(weight * roots(edge) for weight, edge in zip(weights, section.edges, strict=True))
        end = mp.sqrt((digits + 20) * mp.log(10) / (unit * (counted + 1) - high - w))
        far = integral(tail, mp.zero, end, [end / 8, end / 2], digits)[0]
        return sign * one.strength**2 * (near + far)

    refuse_openings(checked_wire(wire))
    return _each(wire, points, digits, value, ())


class _Numbers:
    """One wire in the working precision."""

    def __init__(self, wire: JelliumWire) -> None:
        self.side, fermi, bias, self.frequency, self.strength = (
            mp.mpf(float(getattr(wire, name)))
            for name in ("side", "fermi_energy", "bias", "frequency", "strength")
        )
        self.high, self.low = fermi + bias / 2, fermi - bias / 2
        self.unit = (mp.pi / self.side) ** 2 / 2

    def section(self, point: tuple[Any, Any]) -> _Section:
        """Return all subbands that may be open."""
        highest = max(self.high, self.low) + self.frequency
        return _Section(self.side, point, int(mp.ceil(highest / self.unit)))


def _root(difference: Any) -> Any:
    """Return the real part of kappa."""
    return mp.sqrt(2 * difference) if difference > 0 else mp.zero


def _inverse(difference: Any) -> Any:
    """Return the real part of 1 / kappa."""
    return 1 / mp.sqrt(2 * difference) if difference > 0 else mp.zero


def _profile(place: Any, side: Any, t: Any) -> Any:
    """Return the sum of (2/S) sin^2(n pi x/S) exp(-(n pi/S)^2 t/2) over n, by whichever series is short."""
    a, share = (mp.pi / side) ** 2 * t / 2, place / side
    small = mp.mpf(10) ** (-mp.dps)
    if a > mp.pi:
        total, n = mp.zero, 1
        while (size := mp.exp(-a * n * n)) > small:
            total += size * (1 - mp.cos(2 * mp.pi * n * share))
            n += 1
        return total / side
    # Poisson: images of the point in the walls.
    steep = mp.pi**2 / a
    total, n = 1 - mp.exp(-steep * share**2), 1
    while (size := mp.exp(-steep * (n - 1) ** 2)) > small:
        images = mp.exp(-steep * (n + share) ** 2) + mp.exp(-steep * (n - share) ** 2)
        total += 2 * mp.exp(-steep * n * n) - images
        n += 1
    return total * mp.sqrt(mp.pi / a) / (2 * side)


def _each(
    wire: JelliumWire,
    points: ArrayLike,
    digits: int,
    value: Callable[[_Numbers, tuple[Any, Any]], Any],
    axes: tuple[int, ...],
) -> Array:
    """Return the values for every wire of the batch at every point."""
    places = checked_points(checked_wire(wire), points)
    digits = checked_digits(digits, LEAST_DIGITS, MOST_DIGITS)
    result = np.empty((*wire.shape, *places.shape[:-1], *axes), dtype=object)
    for index in np.ndindex(wire.shape):
        for at in np.ndindex(places.shape[:-1]):
            # Beside an edge the wave number loses half of the digits of the energy.
            with mpmath.workdps(2 * digits + 30):
                x, y = (mp.mpf(float(part)) for part in places[at])
                found = value(_Numbers(wire[index] if index else wire), (x, y))
            with mpmath.workdps(digits + ROUNDING):
                result[(*index, *at)] = [+part for part in found] if axes else +found
    return result
