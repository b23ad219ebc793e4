"""Mistakes about problems that have no answer: a number in the place of an error."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from electronwind import OpenSystem, UnbroadenedLevelError, WideBandLead, fast

from ...systems.transformations import changed
from .. import registry

ISOLATED = ("density_matrix", "force", "friction", "white_noise")
EDGES = ("friction", "white_noise")
# Far below all that is drawn, and far above rounding.
SMALL = 1e-6


def answering(
    name: str,
    says: str,
    change: Callable[[OpenSystem], OpenSystem],
    observables: tuple[str, ...],
    source: str,
) -> None:
    """Plant a solver that answers for another system where the fast one refuses."""

    def ask(observable: str, system: OpenSystem) -> Any:
        try:
            return getattr(fast, observable)(system)
        except UnbroadenedLevelError:
            return getattr(fast, observable)(change(system))

    registry.plant(
        name,
        says,
        lambda: {o: partial(ask, o) for o in observables},
        observables,
        kind="software",
        source=source,
    )


def _touched(system: OpenSystem, leads: int) -> OpenSystem:
    """Let the first so many wide-band leads broaden every level a little."""
    little = SMALL * np.eye(system.levels)

    def fields(a: int, lead: WideBandLead) -> dict[str, Any]:
        return {"broadening": lead.broadening + little} if a < leads else {}

    return registry.releaded(system, fields, "wide-band")


def _at(system: OpenSystem, potential: float) -> OpenSystem:
    """Bring all leads to one potential."""
    return registry.releaded(system, lambda _, lead: {"mu": potential})


def _probed(system: OpenSystem) -> OpenSystem:
    """Broaden every level a little by one more lead, at the potential and temperature of the first."""
    first = system.leads[0]
    # Not as faint as others would take it: the peaks at the edges would cost seconds.
    probe = WideBandLead(1e-2 * np.eye(system.levels), first.mu, first.temperature)
    return changed(system, leads=[*system.leads, probe])


answering(
    "isolated-level-half-filled",
    "A small imaginary part of all energies fills a level that no lead broadens.",
    lambda system: _touched(system, len(system.leads)),
    ISOLATED,
    "a level that no lead broadens has no steady state",
)
answering(
    "isolated-level-of-first-lead",
    "A level that no lead broadens is filled like the first lead.",
    lambda system: _touched(system, 1),
    ISOLATED,
    "a level that no lead broadens has no steady state",
)
answering(
    "edges-of-band-missed",
    "A small imaginary part of all energies keeps finite what is infinite.",
    _probed,
    EDGES,
    "the density of states of a chain diverges at the edges of its band",
)
answering(
    "bound-state-of-mean-potential",
    "A bound state on which the leads disagree is filled as by their mean potential.",
    lambda system: _at(system, float(np.mean([lead.mu for lead in system.leads]))),
    ISOLATED,
    "a bound state on which the leads disagree has no steady occupation",
)
answering(
    "bound-state-of-first-potential",
    "A bound state on which the leads disagree is filled as by the first lead.",
    lambda system: _at(system, float(system.leads[0].mu)),
    ISOLATED,
    "a bound state on which the leads disagree has no steady occupation",
)
