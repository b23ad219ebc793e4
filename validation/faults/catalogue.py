"""All planted faults; importing this module registers them."""

from __future__ import annotations

from . import calls, formula, reading, software, values
from .registry import FAULTS, Fault

__all__ = ["FAULTS", "Fault", "calls", "formula", "reading", "software", "values"]
