"""Related systems: parts of one replaced, and leads of every kind seen in another way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import ChainLead, Lead, OpenSystem, PeriodicLead, WideBandLead

__all__ = [
    "as_cells",
    "changed",
    "conjugated",
    "copied",
    "filled",
    "mirrored",
    "parted",
    "raised",
    "refilled",
    "relead",
    "spread",
    "strengthened",
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


def _with(lead: Any, **numbers: Any) -> Any:
    return type(lead)(**(vars(lead) | numbers))


def filled(lead: Any, mu: Any, temperature: Any) -> Any:
    """Return the lead with another occupation."""
    return _with(lead, mu=mu, temperature=temperature)


def refilled(system: OpenSystem, occupation: Callable[[int, Any], tuple[Any, Any]]) -> OpenSystem:
    """Return the system with the leads filled to ``(mu, temperature) = occupation(number, lead)``."""
    leads = [filled(lead, *occupation(a, lead)) for a, lead in enumerate(system.leads)]
    return changed(system, leads=leads)


def raised(lead: Any, step: Any) -> Any:
    """Return the lead with its band and its potential moved by an energy."""
    if isinstance(lead, WideBandLead):
        return _with(lead, mu=lead.mu + step)
    if isinstance(lead, ChainLead):
        return _with(lead, mu=lead.mu + step, onsite=lead.onsite + step)
    cell = lead.onsite + np.asarray(step)[..., None, None] * np.eye(lead.onsite.shape[-1])
    return _with(lead, mu=lead.mu + step, onsite=cell)


def conjugated(lead: Any) -> Any:
    """Return the lead with time reversed."""
    return _with(lead, **{name: np.conj(getattr(lead, name)) for name, core in lead.axes.items() if core})


def mirrored(lead: Any) -> Any:
    """Return the lead of holes: energies are minus the conjugate, broadenings the conjugate."""
    back = conjugated(lead)
    if isinstance(lead, WideBandLead):
        return _with(back, mu=-lead.mu)
    return _with(back, mu=-lead.mu, onsite=-back.onsite, hopping=-back.hopping)


def strengthened(lead: Any, factor: float) -> Any:
    """Return the lead with its couplings to the system times a factor."""
    if isinstance(lead, WideBandLead):
        return _with(lead, broadening=factor**2 * lead.broadening)
    return _with(lead, coupling=factor * lead.coupling)


def parted(lead: Any) -> list[Any]:
    """Return two unequal leads that together are one of this occupation."""
    if isinstance(lead, WideBandLead):
        # Shares that are exact in binary.
        return [_with(lead, broadening=share * lead.broadening) for share in (0.3125, 0.6875)]
    return [strengthened(lead, part) for part in PARTS]


def as_cells(lead: Any) -> PeriodicLead:
    """Return a lead with bands as cells: a chain is one orbital in each."""
    if isinstance(lead, PeriodicLead):
        return lead
    onsite, hopping, coupling = (
        np.asarray(part)[..., None, None] for part in (lead.onsite, lead.hopping, lead.coupling)
    )
    return PeriodicLead(lead.sites, onsite, hopping, lead.mu, lead.temperature, coupling)


def spread(lead: Any, u: Array) -> Any:
    """Return the lead in another orthonormal basis of the levels, where it touches all of them."""
    if isinstance(lead, WideBandLead):
        return _with(lead, broadening=u @ lead.broadening @ u.conj().T)
    cells = as_cells(lead)
    return _with(cells, sites=range(len(u)), coupling=u[:, list(cells.sites)] @ cells.coupling)


def backwards(system: OpenSystem) -> OpenSystem:
    """Return the system with its levels and its leads in reverse order."""
    last = system.levels - 1
    leads = []
    for lead in reversed(system.leads):
        if isinstance(lead, WideBandLead):
            leads.append(_with(lead, broadening=lead.broadening[..., ::-1, ::-1]))
        elif isinstance(lead, ChainLead):
            leads.append(_with(lead, site=last - lead.site))
        else:
            leads.append(_with(lead, sites=[last - site for site in lead.sites]))
    h, gradient = (part[..., ::-1, ::-1] for part in (system.hamiltonian, system.gradient))
    return changed(system, hamiltonian=h, gradient=gradient, leads=leads)


def copied(lead: Any, count: int, levels: int) -> list[Any]:
    """Return the leads that one becomes on `count` copies of a system of so many levels."""
    if isinstance(lead, WideBandLead):
        return [_with(lead, broadening=np.kron(np.eye(count), lead.broadening))]
    if isinstance(lead, ChainLead):
        return [_with(lead, site=lead.site + k * levels) for k in range(count)]
    return [_with(lead, sites=[site + k * levels for site in lead.sites]) for k in range(count)]


def together(value: Array, axes: int, parts: list[list[Any]]) -> Array:
    """Return entries per lead, on the first `axes` axes, with those of the parts of a lead added up."""
    starts = np.cumsum([0, *(len(part) for part in parts)])[:-1]
    for axis in range(axes):
        value = np.add.reduceat(value, starts, axis=axis)
    return value
