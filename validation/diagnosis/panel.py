"""A few systems that differ by one trait each: where a solver is right, and where it is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from electronwind import OBSERVABLES, ChainLead, OpenSystem, WideBandLead

__all__ = ["HARD", "panel", "questions", "traits"]

H = np.array([[0.25, 0.125 - 0.375j], [0.125 + 0.375j, -0.5]])
SLOPES = np.array([[[0.5, 0.25j], [-0.25j, -0.25]], [[-0.375, 0.5 - 0.125j], [0.5 + 0.125j, 0.75]]])
WIDTHS = (
    np.array([[0.5, 0.25j], [-0.25j, 0.375]]),
    np.array([[0.25, -0.125], [-0.125, 0.5]]),
    np.array([[0.125, 0.0625], [0.0625, 0.25]]),
)
MUS, HEATS = (0.5, -0.25, 0.0625), (0.125, 0.25, 0.0625)
# The first so many questions are the ones on which hardly two mistakes look alike.
HARD = 3


def _junction(
    *,
    levels: int = 2,
    coordinates: int = 2,
    leads: int = 3,
    real: bool = False,
    mus: tuple[float, ...] = MUS,
    heats: tuple[float, ...] = HEATS,
    degeneracy: int = 2,
) -> OpenSystem:
    def matrix(given: Any) -> Any:
        part = given[..., :levels, :levels]
        return part.real + 0j if real else part

    ends = zip(WIDTHS[:leads], mus, heats, strict=False)
    return OpenSystem(
        matrix(H),
        matrix(SLOPES[:coordinates]),
        [WideBandLead(matrix(width), mu, heat) for width, mu, heat in ends],
        degeneracy,
    )


def _chain() -> OpenSystem:
    h = [[0.125, -0.75], [-0.75, -0.25]]
    leads = [ChainLead(0, -1.0, 0.25, 0.125, 0.0, 0.75), ChainLead(1, -1.0, -0.25, 0.25, 0.0, 0.75)]
    return OpenSystem(h, SLOPES, leads, 1)


def _batch(one: OpenSystem, other: OpenSystem) -> OpenSystem:
    h, slopes = (np.stack([getattr(s, part) for s in (one, other)]) for part in ("hamiltonian", "gradient"))
    return OpenSystem(h, slopes, one.leads, one.degeneracy)


@cache
def panel() -> list[OpenSystem]:
    """Return the systems, the ones first on which hardly two mistakes look alike."""
    hard, plain = _junction(), _junction(levels=1, coordinates=1, leads=2, degeneracy=1)
    turned = OpenSystem(H.conj() + 0.25 * np.eye(2), SLOPES[::-1], hard.leads, 2)
    return [
        hard,
        turned,
        _junction(degeneracy=1),
        plain,
        _junction(levels=1, coordinates=1, leads=2, degeneracy=3),
        _junction(levels=1, coordinates=1, leads=2, degeneracy=1, heats=(0.0, 0.0)),
        _junction(heats=(0.0, 0.0, 0.0)),
        _junction(heats=(0.125, 0.125, 0.125)),
        _junction(mus=(0.125, 0.125, 0.125)),
        _junction(mus=(0.125, 0.125, 0.125), heats=(0.125, 0.125, 0.125)),
        _junction(real=True),
        _junction(leads=2),
        _junction(coordinates=1),
        _batch(hard, turned),
        _chain(),
    ]


def questions(observable: str) -> Iterator[tuple[OpenSystem, tuple[ArrayLike, ...]]]:
    """Yield what the observable is asked: each system, with energies or frequencies where it takes them."""
    takes = OBSERVABLES[observable].argument
    for number, system in enumerate(panel()):
        yield system, ((0.375,) if takes else ())
        if takes and not number:
            yield system, (-0.375,)
            yield system, (np.array([-0.5, 0.0, 0.25]),)


def traits(system: OpenSystem, argument: tuple[ArrayLike, ...]) -> dict[str, bool]:
    """Return what is special about a question, in words that follow "where" or "unless"."""
    heats = [np.asarray(lead.temperature) for lead in system.leads]
    mus = [np.asarray(lead.mu) for lead in system.leads]
    spread = [float(np.max(x) - np.min(x)) if len(x) > 1 else 0.0 for x in (heats, mus)]
    matrices = [system.hamiltonian, system.gradient, *(m for lead in system.leads for m in lead.matrices)]
    return {
        "it is given a batch of systems": bool(system.shape),
        "there are chain leads": not system.wide_band,
        "all temperatures are 0": all(not np.any(heat) for heat in heats),
        "a temperature is above 0": any(np.any(heat) for heat in heats),
        "the spin factor is not 1": system.degeneracy != 1,
        "the matrices are complex": any(np.any(np.imag(matrix)) for matrix in matrices),
        "there are more than two leads": len(system.leads) > 2,
        "there is more than one level": system.levels > 1,
        "there is more than one coordinate": system.coordinates > 1,
        "the leads differ in temperature": spread[0] > 0,
        "the leads differ in potential": spread[1] > 0,
        "it is given an array of energies or frequencies": any(np.ndim(x) for x in argument),
    }
