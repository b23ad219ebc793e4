"""Related systems: parts of one replaced, leads filled otherwise, cut in two, or written as cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import Lead, OpenSystem, PeriodicLead, WideBandLead

__all__ = [
    "as_cells",
    "backwards",
    "changed",
    "filled",
    "parted",
    "refilled",
    "relead",
    "together",
]

Array = NDArray[Any]

# A lead cut in two: what each part has of the couplings, so that the broadenings add up to the whole.
PARTS = (0.6, 0.8)


def changed(system: OpenSystem, **parts: Any) -> OpenSystem:
    """Return the system with some of hamiltonian, gradient, leads and degeneracy replaced."""
    old = {key: getattr(system, key) for key in ("hamiltonian", "gradient", "leads", "degeneracy")}
    return OpenSystem(**(old | parts))


def relead(system: OpenSystem, change: Callable[[WideBandLead], tuple[Any, Any, Any]]) -> list[Lead]:
    """Return the wide-band leads with broadening, potential and temperature changed by a function."""
    return [WideBandLead(*change(lead)) if lead.wide_band else lead for lead in system.leads]


def filled(lead: Any, mu: Any, temperature: Any) -> Any:
    """Return the lead with another occupation."""
    return replace(lead, mu=mu, temperature=temperature)


def refilled(system: OpenSystem, occupation: Callable[[int, Any], tuple[Any, Any]]) -> OpenSystem:
    """Return the system with the leads filled to ``(mu, temperature) = occupation(number, lead)``."""
    leads = [filled(lead, *occupation(a, lead)) for a, lead in enumerate(system.leads)]
    return changed(system, leads=leads)


def parted(lead: Any) -> list[Any]:
    """Return two unequal leads that together are one of this occupation."""
    return [lead.strengthened(part) for part in PARTS]


def as_cells(lead: Any) -> PeriodicLead:
    """Return a lead with bands as cells: a chain is one orbital in each."""
    onsite, hopping, coupling = lead.cell
    return PeriodicLead(lead.sites, onsite, hopping, lead.mu, lead.temperature, coupling)


def backwards(system: OpenSystem) -> OpenSystem:
    """Return the system with its levels and its leads in reverse order."""
    n = system.levels
    leads = [lead.moved(range(n)[::-1], n) for lead in reversed(system.leads)]
    h, gradient = (part[..., ::-1, ::-1] for part in (system.hamiltonian, system.gradient))
    return changed(system, hamiltonian=h, gradient=gradient, leads=leads)


def together(value: Array, axes: int, parts: list[list[Any]]) -> Array:
    """Return entries per lead, on the first `axes` axes, with those of the parts of a lead added up."""
    starts = np.cumsum([0, *(len(part) for part in parts)])[:-1]
    for axis in range(axes):
        value = np.add.reduceat(value, starts, axis=axis)
    return value
