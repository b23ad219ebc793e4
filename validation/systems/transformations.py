"""Related systems: parts of one replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from electronwind import Lead, OpenSystem, WideBandLead

__all__ = ["changed", "relead"]


def changed(system: OpenSystem, **parts: Any) -> OpenSystem:
    """Return the system with some of hamiltonian, gradient, leads and degeneracy replaced."""
    old = {key: getattr(system, key) for key in ("hamiltonian", "gradient", "leads", "degeneracy")}
    return OpenSystem(**(old | parts))


def relead(system: OpenSystem, change: Callable[[WideBandLead], tuple[Any, Any, Any]]) -> list[Lead]:
    """Return the wide-band leads with broadening, potential and temperature changed by a function."""
    return [WideBandLead(*change(lead)) if lead.wide_band else lead for lead in system.leads]
