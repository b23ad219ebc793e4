"""The leads: what an electrode is, in three kinds, each a module of its own."""

from __future__ import annotations

from .base import Cell, Lead, checked_leads, lead_from_dict
from .chain import ChainLead
from .periodic import PeriodicLead
from .wide_band import WideBandLead

__all__ = ["Cell", "ChainLead", "Lead", "PeriodicLead", "WideBandLead", "checked_leads", "lead_from_dict"]
