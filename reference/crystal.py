r"""A semi-infinite crystal in high precision: the Green's function of its first cell, and its bands.

The surface solves :math:`g = (E - h_0 - t\,g\,t^\dagger)^{-1}`, which has many solutions on the real axis.
The right one is the limit from above. Doubling (each step removes every other cell) converges above the axis,
to a start whose height is small against the distance to the nearest edge of a band; from there Newton's
method goes to the energy itself, on which no trace of the height is left.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import Any

import mpmath
import numpy as np

from electronwind.errors import PrecisionError

from .arithmetic import Array, adjoint, array, export, inverses, number, precision, working
from .end_states import end_states
from .stein import in_floats, sizes, solved
from .turns import turns

__all__ = ["Crystal"]

# Height of the start over the distance to the nearest edge, and over that where Newton's method goes astray.
HEIGHTS = (-3, -20, -60)  # powers of two
# Heights, over the largest energy of the cell, from which floats are good enough for the start.
FLOAT = 1e-4
# Digits in which poles are looked for.
LOOKING = 40
DOUBLINGS, NEWTON, SECANTS = 2000, 14, 12
# Relative step of Newton's method in floats from which many digits go on, and what a step has to gain there.
FOOTHOLD, GAIN = 1e-6, 0.01
# Distance from an edge, over the largest energy of the cell, at which Newton's method has no foothold: the
# energies where bands cross are known to as many digits as floats have.
CROSSED = 1e-13
# What a wave that leaves may grow by, and a broadening be below zero, in floats.
SLACK, ROUNDED = 1e-7, 1e-14
# How far a wave number of an extremum in floats may be off.
ASTRAY = 4e-3


class Crystal:
    """The repetition of a cell.

    Parameters
    ----------
    onsite, hopping : ndarray, shape (m, m)
        Floats, as numbers of the arithmetic.
    """

    def __init__(self, onsite: Array, hopping: Array) -> None:
        self.onsite, self.hopping, self.back = onsite, hopping, adjoint(hopping)
        self.size = len(onsite)
        self.scale = float(max(np.max(abs(onsite)), np.max(abs(hopping))))
        self._found: dict[int, list[tuple[int, Any]]] = {}
        # Self-energy and slope are asked for at the same energies.
        self._last: tuple[Array, tuple[int, str], Array] | None = None

    @property
    def edges(self) -> list[Any]:
        """Energies of all maxima and minima of the bands, sorted; crossings of bands are among them."""
        return sorted(energy for _, energy in self._extrema())

    @property
    def bands(self) -> list[tuple[Any, Any]]:
        """Lower and upper edge of each band, counted by energy."""
        inside = [[energy for k, energy in self._extrema() if k == band] for band in range(self.size)]
        return [(min(energies), max(energies)) for energies in inside]

    def surface(self, energies: Array) -> Array:
        """Return g at the end, shape ``(nodes, m, m)``, at real energies or at energies above the axis.

        Raises
        ------
        PrecisionError
            At one of the energies g is infinite.
        """
        last, now = self._last, precision()
        if last is None or last[0] is not energies or last[1] != now:
            self._last = last = energies, now, self._surface(energies)
        return last[2]

    def _surface(self, energies: Array) -> Array:
        edges = self.edges
        near = np.array([min(abs(e - edge) for edge in edges) for e in energies], dtype=object)
        result = np.empty((len(energies), self.size, self.size), dtype=object)
        there = near <= CROSSED * self.scale
        for node in np.flatnonzero(there):
            result[node] = self._at_edge(energies[node])
        shut = np.flatnonzero(~there & self._shut(energies))
        if shut.size:
            result[shut] = self._in_gap(energies[shut])
        there[shut] = True
        left = np.flatnonzero(~there)
        if left.size:
            g, settled = self._quickly(energies[left], near[left])
            settled &= self._leaving(g)
            result[left[settled]] = g[settled]
            left = left[~settled]
        for power in HEIGHTS:
            if left.size:
                height = near[left] * number(2.0**power)
                g, settled = self._newton(energies[left], self._start(energies[left], height))
                settled &= self._leaving(g)
                result[left[settled]] = g[settled]
                left = left[~settled]
        if left.size:
            raise _infinite(energies[left[0]])
        return result

    def slope(self, g: Array) -> Array:
        """Return dg/dE from g, of the same shape."""
        # g' = -g (1 - t g' t^+) g
        return solved(g @ self.hopping, self.back @ g, -(g @ g))

    def end_states(self) -> list[Any]:
        """Return the energies of states bound to the end, poles of g between two bands, to some 25 digits."""
        bands = sorted(self.bands)
        highest, gaps = bands[0][1], []
        for low, high in bands[1:]:
            if low - highest > CROSSED * self.scale:
                gaps.append((highest, low))
            highest = max(highest, high)
        return end_states(gaps, self._plain_trace, self._trace, self.scale)

    def _plain_trace(self, energies: Any) -> Any:
        with working(LOOKING):
            return np.real(self._trace(array(energies)).astype(complex))

    def _trace(self, energies: Array) -> Array:
        return np.asarray(np.trace(self._surface(energies), axis1=-2, axis2=-1))

    def _shut(self, energies: Array) -> Any:
        """Return which energies are real and in no band."""
        bands = self.bands
        shut = [e.imag == 0 and not any(low <= e.real <= high for low, high in bands) for e in energies]
        return np.array(shut, dtype=bool)

    def _in_gap(self, energies: Array) -> Array:
        """Return g where no wave leaves: doubling gets there alone, with digits to spare beside a pole."""
        digits = mpmath.mp.dps
        with working(2 * digits):
            above = energies + number(1j) * (number(self.scale) * number(10) ** (-2 * digits))
            g = self._doubled(above, inverses, number(10) ** -digits)
        # Nearer to a pole than half of the digits tell, it is met.
        if (met := np.flatnonzero(sizes(g) * self.scale > 10.0 ** (digits / 2))).size:
            raise _infinite(energies[met[0]])
        return np.asarray((g + adjoint(g)) / 2)

    def _start(self, energies: Array, height: Array) -> Array:
        """Return g at some height above the energies."""
        result = np.empty((len(energies), self.size, self.size), dtype=object)
        high = height >= FLOAT * self.scale
        z = energies + number(1j) * height
        if np.any(high):
            plain = self._doubled(z[high].astype(complex), np.linalg.inv, 1e-20)
            result[high] = array(plain)
        if not np.all(high):
            result[~high] = self._doubled(z[~high], inverses, number(10) ** -mpmath.mp.dps)
        return result

    def _doubled(self, z: Array, inverse: Any, small: Any) -> Array:
        """Return g above the axis; every step removes every other cell of what is left."""
        onsite, out, back = (part.astype(z.dtype) for part in (self.onsite, self.hopping, self.back))
        level = z[:, None, None] * np.eye(self.size, dtype=int)
        end = inside = np.broadcast_to(onsite, level.shape)
        out, back = np.broadcast_to(out, level.shape), np.broadcast_to(back, level.shape)
        for _ in range(DOUBLINGS):
            g = inverse(level - inside)
            end = end + out @ g @ back
            inside = inside + out @ g @ back + back @ g @ out
            out, back = out @ g @ out, back @ g @ back
            if np.max(abs(out)) * np.max(abs(back)) <= (small * self.scale) ** 2:
                break
        return np.asarray(inverse(level - end))

    def _quickly(self, energies: Array, near: Array) -> tuple[Array, Array]:
        """Return g, and where it was found: by Newton's method in floats, then with slopes in floats.

        Every step in many digits gains as many as floats have, for the price of one small inverse.
        """
        plain, sure = self._plain(energies.astype(complex), near.astype(float))
        out, back = self.hopping.astype(complex), self.back.astype(complex)
        g = np.full(plain.shape, number(0j), dtype=object)
        settled = np.zeros(len(g), dtype=bool)
        left = np.flatnonzero(sure)
        g[left] = array(plain[left]) if left.size else g[left]
        level = energies[:, None, None] * np.eye(self.size, dtype=int) - self.onsite
        before = np.full(len(g), np.inf)
        for _ in range(NEWTON):
            if not left.size:
                break
            short = inverses(level[left] - self.hopping @ g[left] @ self.back) - g[left]
            step = in_floats(plain[left] @ out, back @ plain[left], short.astype(complex))
            g[left] += array(step)
            size = sizes(step) / sizes(plain[left])
            first = np.isinf(before[left])
            gain = size / np.maximum(before[left], 1e-300)
            before[left] = size
            # What a step leaves undone is to the step what this one is to the last.
            done = (size == 0) | (~first & (gain < GAIN) & (size * gain <= 10.0**-mpmath.mp.dps))
            settled[left[done]] = True
            left = left[~done & (first | (gain < GAIN))]
        return g, settled

    def _plain(self, z: Any, near: Any) -> tuple[Any, Any]:
        """Return g in floats, and where Newton's method settled there on waves that leave."""
        onsite, out, back = (part.astype(complex) for part in (self.onsite, self.hopping, self.back))
        level = z[:, None, None] * np.eye(self.size) - onsite
        plain, sure = np.zeros(level.shape, complex), np.zeros(len(z), dtype=bool)
        for power in HEIGHTS[:2]:
            left = np.flatnonzero(~sure)
            if not left.size:
                break
            with np.errstate(all="ignore"), suppress(np.linalg.LinAlgError):
                g = self._doubled(z[left] + 1j * near[left] * 2.0**power, np.linalg.inv, 1e-20)
                step = g
                for _ in range(NEWTON):
                    again = np.linalg.inv(level[left] - out @ g @ back)
                    step = in_floats(again @ out, back @ again, again - g)
                    g = g + step
                found = sizes(step) <= FOOTHOLD * sizes(g)
                found[found] = self._leaving(g[found])
                plain[left[found]], sure[left[found]] = g[found], True
        return plain, sure

    def _newton(self, energies: Array, g: Array) -> tuple[Array, Array]:
        """Return the solution next to g, and where it was reached."""
        settled = np.zeros(len(energies), dtype=bool)
        level = energies[:, None, None] * np.eye(self.size, dtype=int) - self.onsite
        goal = number(10) ** (-0.6 * mpmath.mp.dps)
        g = g.copy()
        for _ in range(NEWTON):
            left = np.flatnonzero(~settled)
            if not left.size:
                break
            again = inverses(level[left] - self.hopping @ g[left] @ self.back)
            step = solved(again @ self.hopping, self.back @ again, again - g[left])
            g[left] += step
            largest = [np.max(abs(part), axis=(-1, -2)) for part in (step, g[left])]
            settled[left] = largest[0] <= goal * largest[1]
        return g, settled

    def _leaving(self, g: Array) -> Array:
        """Return where g has waves that leave alone: none grows, and the broadening is none below zero."""
        plain, back = g.astype(complex), self.back.astype(complex)
        factors = np.linalg.eigvals(plain @ back)
        sigma = adjoint(back) @ plain @ back
        widths = np.linalg.eigvalsh(1j * (sigma - adjoint(sigma)))
        largest = np.max(np.abs(sigma), axis=(-1, -2))
        # Next to a pole g t^+ is large and its eigenvalues are not: rounding moves them by that much more.
        blurred = SLACK + ROUNDED * sizes(plain @ back) ** 2
        return (np.max(np.abs(factors), axis=-1) <= 1 + blurred) & (widths[:, 0] >= -SLACK * largest)

    def _at_edge(self, energy: Any) -> Array:
        """Return g at an edge or a crossing, where it may be finite: from two heights, without their root."""
        digits = mpmath.mp.dps
        with working(4 * digits):
            height = number(self.scale) * number(10) ** (-2 * digits)
            steps = np.array([energy + number(1j) * height, energy + number(1j) * height / 4], dtype=object)
            high, low = self._doubled(steps, inverses, number(10) ** (-4 * digits))
            growth = np.max(abs(low)) / np.max(abs(high))
            value = 2 * low - high
        if growth > 1.5:
            raise _infinite(energy)
        return value

    def _extrema(self) -> list[tuple[int, Any]]:
        """Return band and energy of every maximum and minimum, in the working precision."""
        digits = mpmath.mp.dps
        if digits not in self._found:
            self._found[digits] = [self._refined(*place) for place in self._places]
        return self._found[digits]

    @cached_property
    def _places(self) -> list[tuple[int, float]]:
        """Band and wave number, in floats, of every extremum."""
        return turns(self.onsite.astype(complex), self.hopping.astype(complex))

    def _refined(self, band: int, wave: float) -> tuple[int, Any]:
        """Return the energy of an extremum by secants on the velocity; of a crossing, as floats have it."""
        digits = mpmath.mp.dps
        before, here = mpmath.mpf(wave), mpmath.mpf(wave) + mpmath.mpf(2) ** -30
        first, second = self._band(band, before)[1], self._band(band, here)[1]
        small = self.scale * mpmath.mpf(10) ** (-0.55 * digits)
        for _ in range(SECANTS):
            if abs(second) <= small or second == first:
                break
            before, here = here, here - second * (here - before) / (second - first)
            first, second = second, self._band(band, here)[1]
        if abs(second) > small or abs(here - wave) > ASTRAY:
            here = mpmath.mpf(wave)
        return band, number(self._band(band, here)[0])

    def _band(self, band: int, wave: Any) -> tuple[Any, Any]:
        """Return energy and velocity of a band at a wave number."""
        digits = mpmath.mp.dps
        onsite, hopping = (mpmath.matrix(export(m, "mpc", digits)) for m in (self.onsite, self.hopping))
        out = hopping * mpmath.expj(wave)
        energies, states = mpmath.eighe(onsite + out + out.H)
        state = states[:, band]
        return energies[band], (state.H * (1j * (out - out.H)) * state)[0].real


def _infinite(energy: Any) -> PrecisionError:
    return PrecisionError(
        f"the self-energy of a periodic lead is infinite at the energy {float(energy.real):.15g}"
    )
