"""All planted faults; importing this module registers them."""

from __future__ import annotations

from . import (
    branches,
    calls,
    closed,
    formula,
    reading,
    software,
    surface,
    time_bodies,
    time_driven,
    time_memory,
    values,
    viscous,
)
from .registry import FAULTS, Fault

__all__ = [
    "FAULTS",
    "Fault",
    "branches",
    "calls",
    "closed",
    "formula",
    "reading",
    "software",
    "surface",
    "time_bodies",
    "time_driven",
    "time_memory",
    "values",
    "viscous",
]
