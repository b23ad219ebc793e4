r"""Resonances too narrow for a rule on the energy axis: levels that chains broaden by next to nothing.

A level of half-width w is seen by a rule that comes as close as w, and there E - h has lost all digits but
those of w. So the pole is taken from where it is: at z = e - i w, on the sheet that continues the Green's
function through the bands,

.. math:: G(e + x) = \frac{|v\rangle\langle u|}{x + i w} + \sum_m c_m x^m,

with the width from the leads, w = -Im <v|Sigma|v> / <v|v>, which loses nothing where h would, and the
analytic rest from a circle about the pole. In x everything is as exact as at any other width.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from electronwind import OpenSystem, PrecisionError, UnbroadenedLevelError

from .bloch import EndStateError
from .dressed import dressed
from .gaps import band_edges
from .halving import bisected
from .leads import broadening, continued, edges, is_open, open_at, self_energy

__all__ = ["Narrow", "narrow", "shifted_levels", "suspects"]

Array = np.ndarray[Any, Any]

EPS = float(np.finfo(float).eps)
# Half-widths below this fraction of the largest energy are treated apart: above, rounding costs eps/w. Down
# to the second one a resonance that has a neighbour or an edge close by is left to the rule.
NARROW, LEFT = 1e-4, 1e-6
# So close to the edge of a band, a fraction of the largest energy, a state at the edge is no resonance.
EDGE = 1e-7
# Energies this fraction of the largest one apart are those of one state.
SAME = 1e-9
# Share of a value that rounding may take before it is refused.
LOSS = 1e-9
# Points on the circle, and halvings of its radius before a rest counts as not analytic.
POINTS, HALVINGS = 64, 20
# Last coefficients of a rest that is analytic in a disc of nearly twice the radius, over the largest one.
ANALYTIC = 1e-8
# Fixed-point steps of a level towards its resonance, and bisections and Newton steps where it is followed.
SETTLING, BISECTIONS, NEWTON = 3, 40, 8
# Last of these steps, over the width, of a resonance that was found.
SETTLED = 1e-3
# The same of one from which no further step leads away: what is left is of second order.
STILL = 1e-12
# Fractions of an interval between band edges where resonances are looked for.
SAMPLES = (1 - np.cos(np.pi * np.arange(13) / 12)) / 2


class Narrow(NamedTuple):
    """A resonance, and the Green's function about it.

    Attributes
    ----------
    energy, width : float
        e and the half-width w.
    residue : ndarray, shape (n, n)
        Of the pole at e - i w.
    rest : ndarray, shape (m, n, n)
        Coefficients of the powers of x over `radius`.
    radius : float
        Of the circle; the expansion serves up to half of it.
    """

    energy: float
    width: float
    residue: Array
    rest: Array
    radius: float

    @property
    def reach(self) -> float:
        """Distance from the energy up to which the expansion serves."""
        return self.radius / 2

    def green(self, x: Array) -> Array:
        """Return G at e + x, shape (E, n, n)."""
        powers = (x[:, None] / self.radius) ** np.arange(len(self.rest))
        n = len(self.residue)
        rest = (powers @ self.rest.reshape(len(self.rest), -1)).reshape(-1, n, n)
        return self.residue / (x + 1j * self.width)[:, None, None] + rest


def size(system: OpenSystem) -> Array:
    """Return the largest energy of each member: rounding is eps times this."""
    result: Array = np.max(np.abs(system.hamiltonian), axis=(-1, -2))
    for lead in system.leads:
        result = np.maximum(result, lead.size)
        result = np.maximum(result, np.max(np.abs(edges(lead)), axis=-1, initial=0.0))
    return np.broadcast_to(result, system.shape)


def suspects(system: OpenSystem) -> Array:
    """Return which members may have a resonance that is treated apart, shape (...)."""
    limit = NARROW * size(system)
    # No level decays more slowly than the leads that are open at all energies make all of them.
    doubtful = np.broadcast_to(np.linalg.eigvalsh(_broad(system))[..., 0] / 2 <= limit, system.shape)
    if not np.any(doubtful):
        return doubtful
    decay = np.min(shifted_levels(system)[1], axis=-1)
    return doubtful & ((decay <= limit) | _beside(system))


_SHIFTED: WeakKeyDictionary[OpenSystem, tuple[Array, Array]] = WeakKeyDictionary()


def shifted_levels(system: OpenSystem) -> tuple[Array, Array]:
    """Return about where the leads shift the levels to, and the least half-widths seen on the way there.

    Each is of shape ``(..., n)``, in the order of the levels.
    """
    if system not in _SHIFTED:
        energies: Array = np.linalg.eigvalsh(system.hamiltonian)
        decay: Array = np.full(energies.shape, np.inf)
        for _ in range(SETTLING):
            values: Array = np.linalg.eigvals(_matrices(system, energies))
            values = np.take_along_axis(values, np.argsort(values.real, axis=-1), -1)
            mine: Array = np.diagonal(values, axis1=-2, axis2=-1)
            energies, decay = mine.real, np.minimum(decay, -mine.imag)
        _SHIFTED[system] = energies, decay
    return _SHIFTED[system]


def _beside(system: OpenSystem) -> Array:
    """Return which members may hold a level beside the bands of one lead that another lead broadens."""
    sides = [np.broadcast_to(part, (*system.shape, part.shape[-1])) for part in map(edges, system.leads)]
    marks = np.sort(np.concatenate(sides, axis=-1), axis=-1)
    if not marks.shape[-1]:
        return np.zeros(system.shape, bool)
    far = 4 * system.levels * size(system)[..., None] + np.abs(marks[..., [0, -1]])
    ends = np.concatenate([-far[..., :1], marks, far[..., 1:]], axis=-1)
    middle = (ends[..., 1:] + ends[..., :-1]) / 2
    within = np.stack([np.broadcast_to(open_at(lead, middle), middle.shape) for lead in system.leads])
    partly = ~np.all(within, axis=0) & np.any(within, axis=0) & (np.diff(ends, axis=-1) > 0)
    if not np.any(partly):
        return np.zeros(system.shape, bool)
    values = np.sort(np.linalg.eigvals(_matrices(system, ends)).real, axis=-1)
    above = np.sum(values > ends[..., None], axis=-1)
    return np.any(partly & (np.diff(above, axis=-1) != 0), axis=-1)


def _broad(system: OpenSystem) -> Array:
    """Return the broadening of the leads without an edge, which is the same at all energies."""
    n = system.levels
    total = np.zeros((n, n), complex)
    for lead in system.leads:
        if not edges(lead).shape[-1]:
            total = total + broadening(lead, np.zeros(1))[..., 0, :, :]
    return total


def _matrices(system: OpenSystem, energies: Array) -> Array:
    """Return h + Sigma(E) at real energies of shape (..., E), shape (..., E, n, n)."""
    matrix: Array = system.hamiltonian[..., None, :, :] + np.zeros((energies.shape[-1], 1, 1), complex)
    for lead in system.leads:
        rows, columns = np.ix_(lead.sites, lead.sites)
        matrix[..., rows, columns] += self_energy(lead, energies)
    return matrix


def narrow(system: OpenSystem, bound: list[float]) -> tuple[list[Narrow], bool]:
    """Return the resonances of one system that are treated apart.

    Parameters
    ----------
    system : OpenSystem
        Without batch axes, at least one chain.
    bound : list of float
        Energies of states that no lead broadens and that are filled all the same.

    Returns
    -------
    found : list of Narrow
    left : bool
        Whether others are narrow as well, and left to the rule.

    Raises
    ------
    UnbroadenedLevelError
        A level in reach of a lead that does not broaden it.
    PrecisionError
        A resonance so close to another one, or to the edge of a band, that rounding decides.
    """
    scale = float(size(system))
    poles: list[tuple[complex, Array, float]] = []
    for start in _starts(system):
        pole = _followed(system, start)
        if pole is not None and not any(abs(pole[0] - other[0]) <= 64 * EPS * scale for other in poles):
            poles.append(pole)
    found, left, ends = [], False, band_edges(system)
    for z, residue, noise in poles:
        if -z.imag >= NARROW * scale:
            continue
        if -z.imag <= 4 * noise and any(abs(z - energy) <= SAME * scale for energy in bound):
            continue
        if min((abs(z - edge) for edge in ends), default=np.inf) <= max(EDGE * scale, -16 * z.imag):
            left = True
            continue
        if -z.imag <= 4 * noise:
            raise UnbroadenedLevelError(
                f"the level at energy {z.real:.6g} is broadened by no lead: its occupation in the steady "
                "state is undefined"
            )
        if noise > -LOSS * z.imag:
            raise PrecisionError(
                f"the level at energy {z.real:.6g} has a half-width of {-z.imag:.1e}, of which rounding "
                f"leaves {noise:.1e} open"
            )
        others = [abs(z - other) for other, *_ in poles if other != z]
        resonance = _expanded(system, z, residue, others, scale)
        if resonance is not None:
            found.append(resonance)
        elif -z.imag >= LEFT * scale:
            left = True
        else:
            raise PrecisionError(
                f"the level at energy {z.real:.6g}, of half-width {-z.imag:.1e}, is too close to another one "
                "or to the edge of a band for its width to be told"
            )
    return found, left


def _starts(system: OpenSystem) -> list[float]:
    """Return real energies that reproduce themselves, roughly: eigenvalues of h + Re Sigma(E) at E."""
    ends = band_edges(system)
    far = float(size(system)) * 4 * system.levels + max(map(abs, ends), default=0.0)
    levels = np.linalg.eigvalsh(system.hamiltonian)
    starts: list[float] = []
    for low, high in pairwise([-far, *ends, far]):
        if not any(is_open(lead, (low + high) / 2) for lead in system.leads):
            continue  # what is bound here was counted before
        inside = levels[(levels > low) & (levels < high)]
        marks = np.unique(np.concatenate([low + (high - low) * SAMPLES, inside, inside + EPS * far]))
        above = _above(system, marks)
        at, level = np.nonzero(above[:-1] != above[1:])
        starts += _bisected(system, level, above[at, level], marks[at], marks[at + 1])
    return starts


def _above(system: OpenSystem, energies: Array) -> Array:
    """Return which eigenvalues of h + Sigma(E), in order, exceed E in their real part."""
    values = np.sort(np.linalg.eigvals(_matrices(system, energies)).real, axis=-1)
    return values > energies[:, None]


def _bisected(system: OpenSystem, level: Array, first: Array, low: Array, high: Array) -> list[float]:
    """Return where eigenvalues cross E between two energies each, all shape (C,), if they do not jump there.

    `first` tells which of them exceed E at the lower one.
    """
    ends = low, high

    def beyond(energies: Array) -> Array:
        each = np.repeat(level, energies.shape[1])
        above = _above(system, energies.ravel())[np.arange(len(each)), each]
        return above.reshape(energies.shape) == first[:, None]

    try:
        low, high = bisected(low, high, beyond, BISECTIONS if len(level) else 0)
    except PrecisionError:
        # A self-energy is infinite: a state at the end of a lead of its own, which one of them met.
        if len(level) == 1:
            return []
        each = (
            _bisected(system, *(part[k : k + 1] for part in (level, first, *ends))) for k in range(len(level))
        )
        return [start for one in each for start in one]
    return [float(e) for e in (low + high) / 2]


# At the very edge of a band the slope of a self-energy is infinite, and no pole is found.
@np.errstate(divide="ignore", invalid="ignore")
def _followed(system: OpenSystem, e: float) -> tuple[complex, Array, float] | None:
    """Return the pole next to e, its residue, and what rounding leaves open of its width; None if none is."""
    n, start = system.levels, e
    z, scale = complex(e), float(size(system))
    before = z
    v = u = np.empty(0)
    slope = 1.0 + 0j
    for _ in range(NEWTON):
        sigma, steep = np.zeros((n, n), complex), np.zeros((n, n), complex)
        for lead in system.leads:
            try:
                value, derivative = continued(lead, np.array([z]), start)
            except EndStateError:
                # A state at the end of the lead: the eigenvalue jumps over its energy.
                return None
            sigma[np.ix_(lead.sites, lead.sites)] += value[0]
            steep[np.ix_(lead.sites, lead.sites)] += derivative[0]
        if not np.all(np.isfinite(sigma)):
            return None
        values, vectors = np.linalg.eig(system.hamiltonian + sigma)
        k = int(np.argmin(np.abs(values - z)))
        v, u = vectors[:, k], np.linalg.inv(vectors)[k]
        slope = 1 - u @ steep @ v
        # The width comes from the leads alone; what the eigenvalue says of it is rounding of h.
        width = -float(np.real(np.vdot(v, (sigma - sigma.conj().T) @ v) / 2j / np.vdot(v, v)))
        before = z
        z = complex((z - (z - values[k]) / slope).real, z.imag + (-width - z.imag) / slope.real)
        if not np.isfinite(z) or abs(z.imag) > scale:
            return None
        if abs(z - before) <= STILL * abs(z.imag):
            break
    # What does not settle is no resonance: where chains go on into the level itself, all energies solve it.
    if abs(z - before) > SETTLED * abs(z.imag) + 64 * EPS * scale:
        return None
    # Beyond an edge of a band the pole of this sheet is a virtual state, which nothing has to fill.
    if any(is_open(lead, z.real) != is_open(lead, start) for lead in system.leads):
        return None
    largest = np.sqrt(np.linalg.norm(v) * np.linalg.norm(u))
    blur = 4 * EPS * float(largest) * (n > 1)
    noise = 0.0
    for lead in system.leads:
        part, end = broadening(lead, np.array([z.real]))[0], v[list(lead.sites)]
        strength, share = float(np.linalg.norm(part)), float(np.vdot(end, part @ end).real)
        noise += blur * np.sqrt(max(share, 0.0) * strength) + blur**2 * strength
    return z, np.outer(v, u) / slope, float(noise)


def _expanded(
    system: OpenSystem, z: complex, residue: Array, others: list[float], scale: float
) -> Narrow | None:
    """Return the Green's function about a pole, from a circle around it alone; None if none is."""
    radius = min(*others, *(abs(z.real - edge) for edge in band_edges(system)), scale) / 2
    unit = np.exp(2j * np.pi * np.arange(POINTS) / POINTS)
    for _ in range(HALVINGS):
        if radius <= -16 * z.imag or EPS * scale > LOSS * radius:
            break
        x = radius * unit
        g, _ = dressed(system, z.real + x, lambda lead, at: continued(lead, at, z.real)[0])
        rest = np.fft.fft(g - residue / (x - 1j * z.imag)[:, None, None], axis=0) / POINTS
        half = rest[: POINTS // 2]
        # Powers that a pole left in the disc would have, and those that one next to it would.
        tail = np.max(np.abs(rest[POINTS // 2 :]))
        if tail <= max(ANALYTIC * np.max(np.abs(half)), 64 * EPS * scale / radius**2):
            return Narrow(z.real, -z.imag, residue, half, radius)
        radius /= 2
    return None
