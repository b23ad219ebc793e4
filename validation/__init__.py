"""electronwind.validation: the judge. Checks, the runner, the command line and the report."""

if __name__ != "electronwind.validation":
    raise ImportError(f"this folder is the package electronwind.validation, not {__name__}")

# `check` is the decorator from here on, and no longer the module that it comes from.
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
