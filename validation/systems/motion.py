"""Hypothesis strategies for junctions in motion: paths, bodies, and systems that soon forget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from electronwind import (
    OpenSystem,
    Oscillation,
    Path,
    Straight,
    Trajectory,
)

from ..core.check import Problem
from .matrices import numbers
from .strategies import Drawing, systems, wide, with_leads

__all__ = ["SMOOTH", "bodies", "forgetful", "motions", "paths"]

SMOOTH: tuple[type[Path], ...] = (Oscillation, Straight)
KINDS: tuple[type[Path], ...] = (*SMOOTH, Trajectory)
# Times of a short run, with steps of different lengths.
TIMES = (0.0, 0.5, 0.75, 1.75)


@st.composite
def forgetful(draw: Drawing, /, least: float = 0.5, **more: Any) -> OpenSystem:
    """Return a strategy for warm systems whose modes all decay at the rate `least` or faster.

    What was at the start fades within a short run.
    """
    system = draw(systems(**({"levels": (1, 2), "leads": (2, 2), "temperatures": (0.2, 0.5)} | more)))
    leads = [(lead.broadening, lead.mu, lead.temperature) for lead in wide(system)]
    # Broadenings are positive: one that is 2 least times the unit matrix makes every mode decay so fast.
    broad = (leads[0][0] + 2 * least * np.eye(system.levels), *leads[0][1:])
    return with_leads(system, [broad, *leads[1:]])


@st.composite
def _vector(draw: Drawing, d: int, limit: int = 8, unit: int = 16) -> list[float]:
    return [draw(numbers(limit, unit)) for _ in range(d)]


@st.composite
def paths(
    draw: Drawing, d: int, times: tuple[float, ...] = TIMES, kinds: Sequence[type[Path]] = KINDS
) -> Path:
    """Return a strategy for motions of d coordinates that are defined at the times."""
    kind = draw(st.sampled_from(kinds))
    if kind is Oscillation:
        # One phase per coordinate: the path encloses an area.
        phase = draw(_vector(d, 24, 8))
        return Oscillation(draw(_vector(d)), draw(_vector(d, 12)), draw(st.integers(4, 24)) / 8, phase)
    if kind is Straight:
        return Straight(draw(_vector(d)), draw(_vector(d)))
    knots = [times[0], (times[0] + times[-1]) / 2, times[-1]]
    rows = [(draw(_vector(d)), draw(_vector(d))) for _ in knots]
    return Trajectory(knots, [x for x, _ in rows], [v for _, v in rows])


@st.composite
def motions(
    draw: Drawing,
    junctions: SearchStrategy[OpenSystem],
    times: tuple[float, ...] = TIMES,
    kinds: Sequence[type[Path]] = KINDS,
) -> Problem:
    """Return a strategy for problems of a junction under a prescribed motion."""
    system = draw(junctions)
    path = draw(paths(system.coordinates, times, kinds))
    return Problem(system, {"path": path.to_dict(), "times": list(times)})


@st.composite
def bodies(draw: Drawing, junctions: SearchStrategy[OpenSystem], times: tuple[float, ...] = TIMES) -> Problem:
    """Return a strategy for problems of a junction that moves a body: light, in a harmonic potential."""
    system = draw(junctions)
    d = system.coordinates
    heavy = [draw(st.integers(4, 16)) / 2 for _ in range(d)]
    stiff = [draw(st.integers(2, 16)) / 4 for _ in range(d)]
    rest, x, v = (draw(_vector(d)) for _ in range(3))
    body = {"mass": heavy, "stiffness": stiff, "rest": rest, "start": [x, v]}
    return Problem(system, body | {"times": list(times)})
