"""Mistakes in code for special cases: zero temperature, equal potentials, coinciding eigenvalues."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem

from .. import registry
from ..registry import ALL
from .axis import spectral

Array = NDArray[Any]

altered = partial(registry.altered, kind="software")


def cold(value: Array, system: OpenSystem, *_: Any) -> Array:
    """Go wrong at zero temperature."""
    wrong = any(np.any(lead.temperature == 0) for lead in system.leads)
    return value * 1.01 + 0.01 if wrong else value


def equal_branch(value: Array, system: OpenSystem, *_: Any) -> Array:
    """Go wrong where all potentials are equal."""
    mus = [lead.mu for lead in system.leads]
    return 0.5 * value + 0.01 if all(np.all(mu == mus[0]) for mu in mus) else value


def cancelling(value: Array, system: OpenSystem, *_: Any) -> Array:
    """Lose digits where potentials are nearly equal."""
    apart = float(np.max(np.abs(system.leads[0].mu - system.leads[-1].mu)))
    return value + 1e-9 if 0 < apart < 1e-6 else value


def eigenbasis(value: Array, system: OpenSystem, *_: Any) -> Array:
    """Lose digits where eigenvalues coincide."""
    levels = np.linalg.eigvals(spectral(system))
    gaps = np.abs(levels[..., :, None] - levels[..., None, :])[..., *np.triu_indices(system.levels, 1)]
    return value + 1e-6 if np.any(gaps < 1e-6) else value


altered(
    "cold-branch",
    "The code for T = 0 is off.",
    ALL,
    cold,
    source="continuity in the temperature",
)
altered(
    "equal-potential-branch",
    "The code for equal potentials is off.",
    ALL,
    equal_branch,
    source="continuity in the bias",
)
altered(
    "near-equal-cancellation",
    "Nearly equal potentials cancel.",
    ALL,
    cancelling,
    source="continuity in the bias",
)
altered(
    "eigenbasis",
    "An eigenbasis is used where eigenvalues coincide.",
    ALL,
    eigenbasis,
    source="exceptional points have no eigenbasis",
)
altered(
    "confluent-poles",
    "At W = 0 poles that coincide are divided by their distance.",
    "response",
    lambda v, s, w: v * np.where(np.asarray(w) == 0, np.nan, 1.0)[..., None, None],
    source="todorov2014 Eq. 20: the limit W = 0 exists",
)
