"""The report of a run: its data and schema, and its forms for people and for machines."""

from __future__ import annotations

from .model import Failure, Record, Report, Sample, Status

__all__ = ["Failure", "Record", "Report", "Sample", "Status"]
