"""Density matrix, curl and currents of large systems whose leads touch few levels.

As in `chains`, one lead is the reference: what it fills alone is an integral off the real axis, and the bias
window holds what the others add. There G Gamma G^+ of a lead is a product of columns of G, so that columns
are all that is resolved, and the sum over energies is one product of matrices.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from electronwind import OpenSystem, PrecisionError

from .adaptive import settled
from .attached import EPS, Attached, alike, attached
from .contour import THERMAL, Rule, excess, fermi_rule
from .fermi import Fermi
from .gaps import band_edges, inside_band
from .narrow import NARROW, size

__all__ = ["curl", "current", "density_matrix", "serves"]

Array = np.ndarray[Any, Any]

# Relative accuracy of the window, and weight in it that contour and window may differ by.
LIMIT, MISSED = 1e-10, 1e-9
# Complex numbers in memory at once, for the points of one call.
CHUNK = 4_000_000
# Multiples of the temperature where a Fermi function is cut into pieces.
MARKS = (-45, -24, -12, -3, 0, 3, 12, 24, 45)
# From this size on narrow resonances are left to the rule as well.
LARGE = 25
# Half-widths, over the distance to the mark before, up to which a resonance is a mark.
SHARP = 0.5
# Roundings in a column of G, over the distance from a level of h.
NOISE = 64
# Finest panel next to a cold potential, in units of the largest distance of a level.
FINEST = 1e-13


def serves(system: OpenSystem) -> bool:
    """Tell whether a system is best swept: a small one with a narrow resonance in the window is not."""
    if system.levels >= LARGE:
        return True
    a = attached(system)
    z = a.resonances()
    low, high = _ends(system)
    inside = (z.real > low) & (z.real < high)
    return bool(np.all(-z.imag[inside] > NARROW * float(size(system))))


class Slice(NamedTuple):
    """Energies of the window.

    Attributes
    ----------
    columns : ndarray, shape (E, n, p)
        G on the levels that leads touch, in the eigenbasis.
    broadening : list of ndarray, shape (E, s, s)
        Of each lead on its own levels.
    added : ndarray, shape (E, leads)
        Weight of the rule over 2 pi, times occupation less that of the reference.
    """

    columns: Array
    broadening: list[Array]
    added: Array


def density_matrix(system: OpenSystem) -> Array:
    """Return the density matrix of a system without batch axes, shape (n, n).

    Raises
    ------
    PrecisionError
        The rule did not converge, or misses a level.
    """
    a = attached(system)
    sigma = _equilibrium(a)
    first = float(np.trace(sigma).real)
    seen = np.zeros(len(system.leads))
    for part in _window(a):
        for lead, (gamma, f) in enumerate(zip(part.broadening, part.added.T, strict=True)):
            if lead and f.any():
                u = part.columns[:, :, a.parts[lead]]
                sigma += _outer(u @ (f[:, None, None] * gamma), u)
        total = _spectral_weight(a, part)
        seen += total @ part.added
    _refuse_missed(a, seen, first)
    sigma = a.back(sigma)
    return np.asarray((sigma + sigma.conj().T) / 2)


def curl(system: OpenSystem) -> Array:
    """Return the curl of the mean force of one system and one spin, shape (d, d)."""
    a = attached(system)
    n, d = system.levels, system.coordinates
    # Few levels move with a coordinate: sparse rows of dh/dx, in the eigenbasis on the right.
    moved = np.flatnonzero(np.any(system.gradient != 0, axis=(0, 1)))
    few = sparse.csr_array(system.gradient[:, moved][:, :, moved].reshape(d * len(moved), len(moved)))
    basis = a.vectors[moved]
    flow = np.zeros((d, d))
    seen = np.zeros(len(system.leads))
    for part in _window(a):
        points, p = len(part.columns), part.columns.shape[2]
        u = basis @ np.moveaxis(part.columns, 1, 0).reshape(n, -1)
        lu = (few @ u).reshape(d, len(moved), points, p)
        # u^+ L u, shape (points, d, p, p)
        q = np.einsum("iea,dieb->edab", u.reshape(len(moved), points, p).conj(), lu, optimize=True)
        spread = np.zeros((points, p, p), complex)
        for gamma, mine in zip(part.broadening, a.parts, strict=True):
            spread[:, mine[:, None], mine] += gamma
        for lead, (gamma, f) in enumerate(zip(part.broadening, part.added.T, strict=True)):
            if lead and f.any():
                mine = a.parts[lead]
                # Tr[L_mu A L_nu X_a] = Tr[Gamma_a u_a^+ L_mu u Gamma u^+ L_nu u_a]
                left = (gamma * f[:, None, None])[:, None] @ q[:, :, mine] @ spread[:, None]
                flow += np.einsum("emab,evba->mv", left, q[:, :, :, mine], optimize=True).imag
        seen += _spectral_weight(a, part) @ part.added
    _refuse_missed(a, seen)
    return flow - flow.T


def current(system: OpenSystem) -> Array:
    """Return the current from each lead of one system and one spin, shape (leads,)."""
    a = attached(system)
    flow = np.zeros(len(system.leads))
    seen = np.zeros(len(system.leads))
    for part in _window(a):
        for x, y in _pairs(len(flow)):
            mine, other = a.parts[x], a.parts[y]
            # Columns in the eigenbasis, rows on the levels of lead x.
            g = a.tips[:, mine].conj().T @ part.columns[:, :, other]
            passed = np.einsum(
                "eij,ejk,ekl,eil->e", part.broadening[x], g, part.broadening[y], g.conj(), optimize=True
            ).real
            net = float(passed @ (part.added[:, x] - part.added[:, y]))
            flow[x] += net
        seen += _spectral_weight(a, part) @ part.added
    _refuse_missed(a, seen)
    return flow


def _pairs(leads: int) -> Iterator[tuple[int, int]]:
    return ((x, y) for x in range(leads) for y in range(leads) if x != y)


def _outer(left: Array, right: Array) -> Array:
    """Return the sum of left right^+ over energies and columns, shape (n, n)."""
    n = left.shape[1]
    return np.asarray(
        np.moveaxis(left, 0, 1).reshape(n, -1) @ np.moveaxis(right, 0, 1).reshape(n, -1).conj().T
    )


def _spectral_weight(a: Attached, part: Slice) -> Array:
    """Return the trace of the spectral function, shape (E,)."""
    total: Any = 0
    for gamma, mine in zip(part.broadening, a.parts, strict=True):
        u = part.columns[:, :, mine]
        total = total + np.einsum("eka,eab,ekb->e", u, gamma, u.conj(), optimize=True).real
    return np.asarray(total)


# --------------------------------------------------------------------------- off the axis


def _rule(a: Attached, lead: int) -> tuple[Rule, complex]:
    """Return the rule for the occupation of a lead, and what is to be added times the unit matrix."""
    system = a.system
    mu, temperature = (
        np.asarray(float(part)) for part in (system.leads[lead].mu, system.leads[lead].temperature)
    )
    reach = np.asarray(float(np.max(np.abs(a.values - mu))) + _strength(a))
    for edge in band_edges(system):
        reach = np.maximum(reach, abs(edge - mu))
    rule = fermi_rule(mu, temperature, reach, np.asarray(_nearest(a, float(mu), float(reach))), lifted=True)
    anchor = mu - 1j * reach
    (known,) = Fermi(mu[None], temperature[None]).derivatives(anchor[None], range(1))
    return rule, complex(known[0] - np.sum(rule.weights / (rule.nodes - anchor)))


def _strength(a: Attached) -> float:
    """Return a bound of the self-energy near the bands of the leads."""
    middle = np.array([*band_edges(a.system), 0.0])
    return float(np.max(np.abs(a.self_energy(middle + 0j)))) * a.tips.shape[1]


def _nearest(a: Attached, mu: float, reach: float) -> float:
    """Return a distance from mu within which G is analytic.

    The pole next to mu is not closer than the inverse norm of G there, over the slope of z - h - Sigma(z).
    """
    edges = [abs(edge - mu) for edge in band_edges(a.system)]
    nearest = min([reach, *edges])
    if nearest <= 2 * FINEST * reach:
        return FINEST * reach
    here, aside = a.self_energy(np.array([mu + 0j, mu + 0.25j * nearest]))
    slope = 1 + 8 * float(np.max(np.abs(aside - here))) / nearest
    r, inside = a._resolvent(np.array([mu + 0j]))
    t = np.linalg.solve(np.eye(len(here)) - here @ inside[0], here)
    g = np.diag(r[0]) + (r[0][:, None] * (a.tips @ t)) @ (r[0] * a.tips.conj().T)
    return max(FINEST * reach, min(nearest, 1 / (float(np.linalg.norm(g)) * slope)))


def _equilibrium(a: Attached) -> Array:
    """Return the density matrix with every lead occupied like the first, in the eigenbasis."""
    rule, offset = _rule(a, 0)
    total = a.summed(rule.nodes, rule.weights) + offset * np.eye(len(a.values))
    return np.asarray(1j * (total - total.conj().T) / (2 * np.pi))


def _particles(a: Attached, lead: int) -> float:
    """Return the number of particles with every lead occupied like one of them."""
    rule, offset = _rule(a, lead)
    total = a.trace(rule.nodes, rule.weights) + offset * len(a.values)
    return -total.imag / np.pi


def _refuse_missed(a: Attached, seen: Array, first: float | None = None) -> None:
    """Raise where the window does not hold the states that the contour counts in it.

    Where it is known already, `first` is the number of particles with every lead occupied like the first.
    """
    leads = a.system.leads
    for lead, part in enumerate(seen):
        if alike(leads[lead], leads[0]):
            continue
        first = _particles(a, 0) if first is None else first
        missed = abs(_particles(a, lead) - first - float(part))
        if not missed <= MISSED:
            raise PrecisionError(
                f"the integral over the bias window misses {missed:.1e} of the weight of the levels: one is "
                "all but decoupled from the leads"
            )


# --------------------------------------------------------------------------- on the axis


def _window(a: Attached) -> Iterator[Slice]:
    """Yield the energies of the bias window; columns of G are resolved on every panel.

    Raises
    ------
    PrecisionError
        The rule did not converge.
    """
    system = a.system
    start, width = _pieces(a)
    if not len(start):
        return
    error = bulk = 0.0
    reach = float(np.max(np.abs(a.values)))

    def sample(piece: Array, s: Array) -> tuple[list[Array], Array, Array, tuple[Array, ...]]:
        # sin^2 flattens both ends of every piece: band edges there are square roots.
        e = start[piece] + width[piece] * np.sin(np.pi * s / 2) ** 2
        jacobian = width[piece] * np.pi * np.sin(np.pi * s) / 2
        columns, gammas = a.columns(e)
        first = system.leads[0]
        offsets = [excess(e, lead.mu, lead.temperature, first.mu, first.temperature) for lead in system.leads]
        net = np.stack(offsets, axis=1) * jacobian[:, None]
        sizes = np.sum(np.abs(columns) ** 2, axis=(1, 2)) * sum(
            np.abs(net).max(axis=1) * np.abs(gamma).max(axis=(1, 2)) for gamma in gammas
        )
        # A state at the edge of a band makes columns diverge, like 1/s; the broadening takes it away.
        factors = [columns * np.sin(np.pi * s)[:, None, None]]
        factors += [
            net[:, :, None, None] * gamma[:, None] for gamma in gammas if np.abs(gamma).max(initial=0.0) > 0
        ]
        # Close to a level of h itself rounding is all that is left to resolve.
        distance = np.min(np.abs(e[:, None] - a.values), axis=1)
        return factors, sizes, NOISE * EPS * reach / np.maximum(distance, 1e-300), (columns, net, *gammas)

    most = CHUNK // (a.tips.size * 4)
    for panel in settled(sample, len(start), most):
        columns, net, *gammas = panel.data
        error, bulk = error + panel.error, bulk + panel.bulk
        if len(net):
            yield Slice(columns, list(gammas), net * panel.weights[:, None] / (2 * np.pi))
    if not error <= LIMIT * bulk:
        raise PrecisionError(
            f"the integral over the bias window reached a relative error of {error / bulk:.1e} only, not "
            f"{LIMIT:.0e}; a level may be all but decoupled from the leads"
        )


def _pieces(a: Attached) -> tuple[Array, Array]:
    """Return start and width of the pieces of the window: where leads differ and one that counts is open."""
    system = a.system
    if all(alike(lead, system.leads[0]) for lead in system.leads):
        return np.empty(0), np.empty(0)
    edges = band_edges(system)
    marks = [float(lead.mu + k * lead.temperature) for lead in system.leads for k in MARKS]
    points = np.clip([*marks, *edges, *_sharp(a.resonances())], *_ends(system))
    points = np.unique(points)
    tiny = 1e-14 * float(np.max(np.abs(points)))
    kept = [
        (low, high - low)
        for low, high in pairwise(points)
        if high - low > tiny and any(inside_band(lead, (low + high) / 2) for lead in system.leads)
    ]
    start, width = (
        (np.array(part) for part in zip(*kept, strict=True)) if kept else (np.empty(0), np.empty(0))
    )
    return start, width


def _sharp(levels: Array) -> list[float]:
    """Return the energies of resonances that a panel between their neighbours would not resolve."""
    found: list[float] = []
    before = -np.inf
    for z in levels[np.argsort(levels.real)]:
        if -z.imag < SHARP * (z.real - before):
            before = float(z.real)
            found.append(before)
    return found


def _ends(system: OpenSystem) -> tuple[float, float]:
    """Return the energies between which the occupations of leads may differ."""
    ends = [float(lead.mu + side * THERMAL * lead.temperature) for lead in system.leads for side in (-1, 1)]
    return min(ends), max(ends)
