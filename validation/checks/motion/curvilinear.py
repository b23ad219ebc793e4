"""Runs in curvilinear coordinates: what moves does not know in which coordinates it is described."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import Model, models

from ...core.check import Comparison, Problem
from ...systems.motion import SMOOTH, motions
from ...systems.strategies import systems
from ..family import family
from .laws import delayed
from .tools import compare, observed, setting

__all__: list[str] = []

Array = NDArray[Any]

# By how much the coordinates are bent.
BENT = 0.375
JUNCTIONS = systems((1, 2), (2, 2), (2, 2), temperatures=(0.2, 0.05, 0.5), bias=0.25)
SAYS = (
    "The same motion in curvilinear coordinates is the same motion: the {observable} run must change as the "
    "coordinates do, each time by dx/dy of its own. Usual mistakes: dh/dx of one time for both, dh/dx of the "
    "start, a family taken for linear in its coordinates."
)
SOURCE = "covariance: x = x(y), F_y = (dx/dy)^T F_x"


def straight(y: Array) -> Array:
    """Return x_m = y_m (1 + b y_(m-1)), shape (..., d)."""
    return np.asarray(y * (1 + BENT * np.roll(y, 1, axis=-1)))


def jacobian(y: Array) -> Array:
    """Return dx_m/dy_k, shape (..., d, d)."""
    one = np.eye(y.shape[-1])
    before = np.roll(one, -1, axis=-1)
    return np.asarray(one * (1 + BENT * np.roll(y, 1, axis=-1))[..., None] + before * BENT * y[..., None])


def bent(model: Model) -> Model:
    """Return the family in the coordinates y."""
    return models.family(
        lambda y: model.hamiltonian(straight(np.asarray(y))),
        lambda y: np.einsum(
            "...mk,...mij->...kij", jacobian(np.asarray(y)), model.gradient(straight(np.asarray(y)))
        ),
        model.leads,
        len(model.coordinates),
        model.degeneracy,
    )


@family(
    "law.curvilinear",
    ("driven",),
    problems=motions(JUNCTIONS, kinds=SMOOTH),
    source=SOURCE,
    says=SAYS,
    catches={"": "frozen-gradient"},
    cost="dear",
)
def _driven(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    path = given.path
    assert path is not None
    got = observed(solver, name, replace(given, model=bent(given.model)))
    want = observed(solver, name, replace(given, path=lambda t: straight(path(t))))
    slopes = np.array([jacobian(path(t)) for t in given.times])
    want["force"] = np.einsum("tmk,tm->tk", slopes, want["force"])
    yield from compare(name, got, want, problem.system)


@family(
    "law.curvilinear",
    ("two_time_noise",),
    problems=motions(JUNCTIONS, kinds=SMOOTH).map(delayed),
    source=SOURCE,
    says=SAYS,
    catches={"": "memory-vertices-of-now memory-transposed"},
    cost="long",
)
def _noise(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    path = given.path
    assert path is not None
    got = observed(solver, name, replace(given, model=bent(given.model)))
    flat = observed(solver, name, replace(given, path=lambda t: straight(path(t))))
    now = jacobian(path(given.moment))
    then = np.array([jacobian(path(given.moment - delay)) for delay in given.times])
    want = {
        "exact": np.einsum("mk,tmn,tnl->tkl", now, flat["exact"], then),
        "adiabatic": np.einsum("mk,tmn,nl->tkl", now, flat["adiabatic"], now),
        "adiabatic_white": now.T @ flat["adiabatic_white"] @ now,
    }
    yield from compare(name, got, want, problem.system)
