"""electronwind: a wind tunnel for codes that compute current-induced forces.

This package holds the problem: what is to be computed, and nothing of how. The solvers are
`electronwind.fast` and `electronwind.reference`; the judge is `electronwind.validation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import functionals, models
from .body import ClassicalBody, Harmonic, PairPotential, Potential
from .bound import BoundStates
from .calls import CALLS, DYNAMICS, NAMES, STATICS, Dynamics, Static
from .decomposition import Decomposition, decompose
from .dynamics import DrivenRun, EhrenfestRun, LangevinRun, NoiseRecord
from .errors import (
    GradientWarning,
    InvalidSystemError,
    PrecisionError,
    ProbeWarning,
    SolverLoadError,
    SolverProcessError,
    UnbroadenedLevelError,
    UnsupportedError,
)
from .jellium import JelliumWire
from .laws import PowerLaw
from .leads import ChainLead, Lead, PeriodicLead, WideBandLead
from .loading import load_solver
from .models import Model
from .models.derivative import GradientCheck, check_gradient
from .motion import Oscillation, Path, Straight, Trajectory, path_from_dict
from .observables import OBSERVABLES, Observable
from .system import OpenSystem
from .units import Units
from .vibrations import Vibrations

__all__ = [
    "CALLS",
    "DYNAMICS",
    "NAMES",
    "OBSERVABLES",
    "STATICS",
    "BoundStates",
    "ChainLead",
    "ClassicalBody",
    "Decomposition",
    "DrivenRun",
    "Dynamics",
    "EhrenfestRun",
    "GradientCheck",
    "GradientWarning",
    "Harmonic",
    "InvalidSystemError",
    "JelliumWire",
    "LangevinRun",
    "Lead",
    "Model",
    "NoiseRecord",
    "Observable",
    "OpenSystem",
    "Oscillation",
    "PairPotential",
    "Path",
    "PeriodicLead",
    "Potential",
    "PowerLaw",
    "PrecisionError",
    "ProbeWarning",
    "SolverLoadError",
    "SolverProcessError",
    "Static",
    "Straight",
    "Trajectory",
    "UnbroadenedLevelError",
    "Units",
    "UnsupportedError",
    "Vibrations",
    "WideBandLead",
    "check_gradient",
    "decompose",
    "functionals",
    "load_solver",
    "models",
    "path_from_dict",
]


if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name):
        # What reads the version takes a third as long to load as numpy, and few ask for it.
        if name == "__version__":
            from importlib.metadata import version

            return version("electronwind")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
