"""All planted faults; importing this module registers them."""

from __future__ import annotations

from .motion import bodies as time_bodies
from .motion import driven as time_driven
from .motion import memory as time_memory
from .motion import wires as time_wires
from .registry import FAULTS, Fault
from .software import calls, refusals, software
from .steady import (
    bound,
    branches,
    closed,
    formula,
    jellium,
    reading,
    screening,
    screening_slopes,
    surface,
    values,
    vibrations,
    viscous,
    waterwheel,
    wires,
)

__all__ = [
    "FAULTS",
    "Fault",
    "bound",
    "branches",
    "calls",
    "closed",
    "formula",
    "jellium",
    "reading",
    "refusals",
    "screening",
    "screening_slopes",
    "software",
    "surface",
    "time_bodies",
    "time_driven",
    "time_memory",
    "time_wires",
    "values",
    "vibrations",
    "viscous",
    "waterwheel",
    "wires",
]
