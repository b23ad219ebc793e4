"""electronwind.validation: the judge. Checks, the runner, the command line and the report."""

if __name__ != "electronwind.validation":
    raise ImportError(f"this folder is the package electronwind.validation, not {__name__}")

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .public import (
        CHECKS,
        Check,
        Comparison,
        Problem,
        Record,
        Report,
        check,
        parametrize_with_checks,
        replay,
        validate,
    )

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

if not TYPE_CHECKING:

    def __getattr__(name):
        # All rooms are loaded for whoever asks for one of these, and not for a command that needs some.
        if name in __all__:
            from . import public

            return getattr(public, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
