"""Hypothesis strategies for systems on chain leads, and on leads with Lorentzian bands."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from electronwind import (
    ChainLead,
    OpenSystem,
    WideBandLead,
)

from .matrices import MOST, Matrix, hermitians, numbers, some_broadenings, some_of, squares
from .strategies import HOT, SLOWEST, TEMPERATURES, Drawing, Span, assembled, potentials, slowest_rate

__all__ = ["at_centre", "chains", "lorentzian", "mixed"]


def at_centre(limit: int) -> SearchStrategy[float]:
    """Return a strategy for energies of which many are zero."""
    return st.one_of(st.just(0.0), numbers(limit))


@st.composite
def chains(
    draw: Drawing,
    levels: Span = (2, 4),
    coordinates: Span = (1, 2),
    *,
    temperatures: tuple[float, ...] = TEMPERATURES,
) -> OpenSystem:
    """Return a strategy for chains with some disorder between two semi-infinite chains.

    Notes
    -----
    Beyond the band the eigenvalues of h + Sigma(E) fall monotonically with E, so there is no bound state
    above the band if none of them exceeds its upper edge there, and likewise below.
    """
    n = draw(st.integers(*levels))
    hops = np.array(draw(st.lists(st.integers(10, 15), min_size=n - 1, max_size=n - 1))) / -16
    # A chain of weaker bonds than those of the leads leaves this much room for the levels.
    room = int(16 * (1 - np.max(np.abs(hops), initial=0.0)))
    sites = draw(st.lists(numbers(min(room, 4)), min_size=n, max_size=n))
    h = np.diag(sites) + np.diag(hops, 1) + np.diag(hops, -1) + 0j
    phase = 1j ** draw(st.integers(0, 3))
    h[0, 1] *= phase
    h[1, 0] = np.conj(h[0, 1])
    gradient = list(draw(hermitians(draw(st.integers(*coordinates)), n, most=levels[1])))
    heat = draw(some_of(temperatures, 2))
    mus = [draw(numbers(20)) for _ in range(2)]
    ends = zip((0, n - 1), mus, heat, strict=True)
    leads = [ChainLead(site, -1.0, mu, T, 0.0, 0.75) for site, mu, T in ends]
    return OpenSystem(h, gradient, leads, draw(st.integers(1, 2)))


@st.composite
def mixed(
    draw: Drawing,
    levels: Span = (1, 2),
    coordinates: Span = (1, 2),
    *,
    temperatures: tuple[float, ...] = TEMPERATURES,
) -> OpenSystem:
    """Return a strategy for systems on a wide-band lead and on one or two chains, no two alike.

    Some have levels far below everything else, bands far wider, or all energies small. The wide-band lead
    reaches every level, so that no state is bound outside the bands of the chains.
    """
    unit = draw(st.sampled_from([1 / 64, 1.0]))
    n = draw(st.integers(*levels))
    h, *gradient = draw(hermitians(1 + draw(st.integers(*coordinates)), n, most=levels[1]))
    h = h - draw(st.sampled_from([64, 0])) * np.eye(n)

    def occupied() -> tuple[float, float]:
        return unit * draw(at_centre(20)), unit * draw(st.sampled_from(temperatures))

    leads: list[WideBandLead | ChainLead] = [
        WideBandLead(unit * (draw(some_broadenings(1, n))[0] + np.eye(n) / 8), *occupied())
    ]
    for _ in range(draw(st.integers(1, 2))):
        hopping = unit * draw(st.integers(8, 24)) * draw(st.sampled_from([-1, 1, 16])) / 16
        onsite, coupling = unit * draw(at_centre(8)), unit * draw(st.integers(4, 16)) / 16
        leads.append(ChainLead(draw(st.integers(0, n - 1)), hopping, *occupied(), onsite, coupling))
    order = draw(st.permutations(range(len(leads))))
    return OpenSystem(unit * h, gradient, [leads[k] for k in order], draw(st.integers(1, 2)))


@st.composite
def lorentzian(
    draw: Drawing,
    levels: Span = (1, 2),
    coordinates: Span = (1, 2),
    leads: Span = (2, 2),
    *,
    temperatures: tuple[float, ...] = HOT,
    common: bool = False,
    real: bool = False,
) -> OpenSystem:
    """Return a strategy for junctions whose leads have Lorentzian bands.

    Parameters
    ----------
    levels, coordinates, leads : tuple of int
        Smallest and largest number of each, with no fewer leads than levels; a system has one more level
        for each lead.
    temperatures : tuple of float
        Each lead gets one of these.
    common : bool
        One potential and one temperature for all leads.
    real : bool
        Real matrices: time-reversal symmetry.

    Notes
    -----
    A lead whose spectral density is a Lorentzian of half-width W is one more level, on a wide-band lead of
    broadening 2W. The gradient acts on the junction's own levels only.
    """
    n, d, k = (draw(st.integers(*span)) for span in (levels, coordinates, leads))
    couplings, imaginary = draw(squares(2, max(MOST, leads[1]), 16, 16))[:, :k, :n]
    couplings = couplings + (0j if real else 1j * imaginary)
    h = np.zeros((n + k, n + k), dtype=complex)
    h[:n, :n], *own = draw(hermitians(1 + d, n, real, levels[1]))
    h[range(n, n + k), range(n, n + k)] = [draw(numbers(16)) for _ in range(k)]
    widths = [draw(st.integers(2, 8)) / 4 for _ in range(k)]
    broadenings = [2 * width * np.diag(np.eye(n + k)[n + a]) + 0j for a, width in enumerate(widths)]

    def joined() -> Matrix:
        link = np.zeros_like(h)
        link[n:, :n] = couplings
        return np.asarray(h + link + link.conj().T)

    if slowest_rate(joined(), broadenings) < SLOWEST:
        couplings = np.eye(k, n) + 0j
    # Levels far from the centre of a band hardly decay.
    while slowest_rate(joined(), broadenings) < SLOWEST:
        h /= 2
    gradient = np.zeros((d, n + k, n + k), dtype=complex)
    gradient[:, :n, :n] = own
    mus, heat = potentials(draw, h, k), draw(some_of(temperatures, k))
    if common:
        mus, heat = mus[:1] * k, heat[:1] * k
    return assembled(draw, joined(), list(gradient), broadenings, mus, heat)
