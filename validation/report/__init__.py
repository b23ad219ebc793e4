"""The report of a run: its data and schema, and its forms for people and for machines."""

from __future__ import annotations

from ..core.record import Failure, Record, Sample, Status
from .model import Report

__all__ = ["Failure", "Record", "Report", "Sample", "Status"]
