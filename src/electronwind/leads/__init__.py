"""The leads: what an electrode is, in three kinds, each a module of its own."""

from __future__ import annotations

from .base import Lead, lead_from_dict
from .chain import ChainLead
from .periodic import PeriodicLead
from .wide_band import WideBandLead

__all__ = ["ChainLead", "Lead", "PeriodicLead", "WideBandLead", "lead_from_dict"]
