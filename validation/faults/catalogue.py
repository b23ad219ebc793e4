"""All planted faults; importing this module registers them."""

from __future__ import annotations

from . import (
    branches,
    calls,
    formula,
    reading,
    software,
    time_bodies,
    time_driven,
    time_memory,
    values,
)
from .registry import FAULTS, Fault

__all__ = [
    "FAULTS",
    "Fault",
    "branches",
    "calls",
    "formula",
    "reading",
    "software",
    "time_bodies",
    "time_driven",
    "time_memory",
    "values",
]
