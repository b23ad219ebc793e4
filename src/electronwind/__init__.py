"""electronwind: a wind tunnel for codes that compute current-induced forces.

This package holds the problem: what is to be computed, and nothing of how. The solvers are
`electronwind.fast` and `electronwind.reference`; the judge is `electronwind.validation`.
"""

from __future__ import annotations

from importlib.metadata import version

from . import models
from .errors import (
    InvalidSystemError,
    PrecisionError,
    SolverLoadError,
    SolverProcessError,
    UnbroadenedLevelError,
    UnsupportedError,
)
from .leads import ChainLead, Lead, WideBandLead
from .models import Model
from .observables import OBSERVABLES, Observable
from .solvers import load_solver
from .system import OpenSystem
from .units import Units

__all__ = [
    "OBSERVABLES",
    "ChainLead",
    "InvalidSystemError",
    "Lead",
    "Model",
    "Observable",
    "OpenSystem",
    "PrecisionError",
    "SolverLoadError",
    "SolverProcessError",
    "UnbroadenedLevelError",
    "Units",
    "UnsupportedError",
    "WideBandLead",
    "load_solver",
    "models",
]
__version__ = version("electronwind")
