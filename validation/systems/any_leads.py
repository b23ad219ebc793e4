"""Hypothesis strategies for systems on leads of every kind, under the names of those on wide bands.

Three in four systems have wide-band leads only, since closed forms judge them fast and hard. In the others
leads are wide bands, chains and cells in any mixture. What is infinite there is left out by how they are
made: a state at the edge of a band, or a bound one that the leads fill differently. In `systems` one
wide-band lead reaches every level, so that nothing is bound whatever is done to h; in `loose` no lead does,
but all bonds are weaker than those of the leads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from electronwind import ChainLead, Lead, OpenSystem, PeriodicLead, WideBandLead

from . import strategies
from .chains import at_centre, chains
from .matrices import numbers
from .strategies import TEMPERATURES, Drawing, Span
from .transformations import as_cells, changed, filled, refilled

__all__ = ["decoupled", "equilibrium", "hard", "loose", "near_equal", "single_level", "stacks", "systems"]

# Chains are seen most often: cells of two orbitals take five times as long.
_KINDS = ("chain", "orbital", "wide", "chain", "orbital", "chain", "wide", "cells")


def _lead(draw: Drawing, like: WideBandLead, real: bool) -> Lead:
    """Draw a lead in place of a wide-band one, of its occupation."""
    kind = draw(st.sampled_from(_KINDS))
    if kind == "wide":
        return like
    n = like.broadening.shape[-1]
    hopping, onsite = draw(st.integers(8, 24)) * draw(st.sampled_from([-1, 1])) / 16, draw(at_centre(8))
    # A lead that touches nothing still does.
    coupling = draw(st.integers(4, 16)) / 16 if np.any(like.broadening) else 0.0
    site = draw(st.integers(0, n - 1))
    chain = ChainLead(site, hopping, like.mu, like.temperature, onsite, coupling)
    if kind == "chain":
        return chain
    phase = 1.0 if real else 1j ** draw(st.integers(0, 3))
    if kind == "orbital":
        cells = as_cells(chain)
        coupled = cells.coupling * phase
        return PeriodicLead(
            cells.sites, cells.onsite, cells.hopping * phase, like.mu, like.temperature, coupled
        )
    rung, second = draw(st.integers(1, 8)) / 16 * phase, draw(st.integers(8, 24)) / 16
    return PeriodicLead(
        [site],
        [[onsite, rung], [np.conj(rung), onsite + 0.125]],
        np.diag([hopping, np.sign(hopping) * second]),
        like.mu,
        like.temperature,
        [[coupling, coupling / 2]],
    )


@st.composite
def _anchored(draw: Drawing, wide: SearchStrategy[OpenSystem], real: bool) -> OpenSystem:
    """Draw a system of a strategy, one lead reaching every level and the others of any kind."""
    system = draw(wide)
    touching = [a for a, lead in enumerate(system.leads) if np.any(lead.broadening)] or [0]
    kept = draw(st.sampled_from(touching))
    leads = [
        WideBandLead(lead.broadening + np.eye(system.levels) / 8, lead.mu, lead.temperature)
        if a == kept
        else _lead(draw, lead, real)
        for a, lead in enumerate(system.leads)
    ]
    return changed(system, leads=leads)


@st.composite
def loose(
    draw: Drawing,
    levels: Span = (2, 3),
    coordinates: Span = (1, 2),
    leads: Span = (2, 4),
    *,
    temperatures: tuple[float, ...] = TEMPERATURES,
    real: bool = False,
    bias: float = 0.0,
) -> OpenSystem:
    """Return a strategy for chains of weak bonds on leads with one and the same band, in chains or cells.

    Beyond two leads further ones hang on any site, by a coupling that binds nothing either.
    """
    system = draw(chains((max(levels[0], 2), max(levels[1], 2)), coordinates, temperatures=temperatures))
    ends: list[Any] = list(system.leads)
    for _ in range(draw(st.integers(max(leads[0], 2), max(leads[1], 2))) - 2):
        site, mu = draw(st.integers(0, system.levels - 1)), draw(numbers(20))
        ends.append(ChainLead(site, -1.0, mu, draw(st.sampled_from(temperatures)), 0.0, 0.25))
    dressed = [draw(st.sampled_from([lambda x: x, lambda x: x, as_cells]))(lead) for lead in ends]
    found = changed(system, leads=dressed)
    if real:
        found = changed(found, hamiltonian=found.hamiltonian.real, gradient=found.gradient.real)
    if bias:
        first = float(ends[0].mu)
        found = refilled(found, lambda a, lead: (first + a * (bias + abs(lead.mu)), lead.temperature))
    return found


def _mixed(wide: SearchStrategy[OpenSystem], real: bool = False) -> SearchStrategy[OpenSystem]:
    return st.one_of(wide, wide, wide, _anchored(wide, real))


def systems(*spans: Span, real: bool = False, **more: Any) -> SearchStrategy[OpenSystem]:
    """Return a strategy like `strategies.systems`; a wide-band lead reaches every level."""
    return _mixed(strategies.systems(*spans, real=real, **more), real)


def equilibrium(*spans: Span, real: bool = False, **more: Any) -> SearchStrategy[OpenSystem]:
    """Return a strategy like `strategies.equilibrium`, and for leads with one band."""

    def level(system: OpenSystem) -> OpenSystem:
        first = system.leads[0]
        return refilled(system, lambda a, lead: (first.mu, first.temperature))

    wide = strategies.equilibrium(*spans, real=real, **more)
    narrow = loose(*spans, real=real, **{k: v for k, v in more.items() if k == "temperatures"}).map(level)
    return st.one_of(wide, wide, wide, wide, _anchored(wide, real), narrow)


def single_level(**more: Any) -> SearchStrategy[OpenSystem]:
    """Return a strategy for one level on leads of any kind."""
    return systems((1, 1), **more)


def near_equal(**more: Any) -> SearchStrategy[OpenSystem]:
    """Return a strategy like `strategies.near_equal`."""
    return _mixed(strategies.near_equal(**more))


def decoupled(**more: Any) -> SearchStrategy[OpenSystem]:
    """Return a strategy like `strategies.decoupled`."""
    return _mixed(strategies.decoupled(**more))


def hard(
    levels: Span = (1, 3), coordinates: Span = (1, 2), leads: Span = (2, 3), **more: Any
) -> SearchStrategy[OpenSystem]:
    """Return a strategy like `strategies.hard`, with one to four leads of any kind besides."""
    wide = strategies.hard(levels, coordinates, leads, **more)
    few = (1, 4) if leads == (2, 3) else leads
    banded = _anchored(strategies.systems(levels, coordinates, few, **more), False)
    return st.one_of(wide, wide, wide, wide, banded, loose(levels, coordinates, few, **more))


def stacks(systems: SearchStrategy[OpenSystem], size: int = 3) -> SearchStrategy[OpenSystem]:
    """Return a strategy for batches: one system, with potentials and broadenings of its own for each member.

    Where nothing binds, h is its own besides.
    """

    def stack(system: OpenSystem, steps: list[float]) -> OpenSystem:
        move = np.asarray(steps)
        h = system.hamiltonian
        anchored = any(lead.wide_band for lead in system.leads)
        shift = np.multiply.outer(move, system.gradient[0]) if anchored else 0 * np.multiply.outer(move, h)
        # A weaker coupling binds no state that a stronger one does not.
        weaker = 1 - np.abs(move) / (2 + 2 * np.max(np.abs(move)))
        leads = [filled(lead, lead.mu + move, lead.temperature).strengthened(weaker) for lead in system.leads]
        return changed(system, hamiltonian=h + shift, leads=leads)

    return st.builds(stack, systems, st.lists(numbers(8), min_size=size, max_size=size))
