"""What the judge is to others; whoever imports it has all checks registered."""

from __future__ import annotations

from .core.check import CHECKS, Check, Comparison, Problem, check
from .core.record import Record
from .pytest_plugin.parametrize import parametrize_with_checks
from .report.model import Report
from .run.replay import replay
from .run.runner import validate

__all__ = [
    "CHECKS",
    "Check",
    "Comparison",
    "Problem",
    "Record",
    "Report",
    "check",
    "parametrize_with_checks",
    "replay",
    "validate",
]
