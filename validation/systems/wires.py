"""Hypothesis strategies for atomic wires: pieces of the perfect chain, and displaced wires on wide bands."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import ChainLead, OpenSystem
from electronwind.models import wire

from ..core.check import Problem
from .strategies import Drawing

__all__ = ["displaced", "long_wires", "perfect", "wire_of"]

# Hopping and its slope in units that are exact: gold is -4.78 and 8.06.
HOPPING, SLOPE = -4.75, 8.0


@st.composite
def perfect(draw: Drawing) -> Problem:
    """Return a strategy for pieces of the perfect chain of an atomic wire, on chains without end.

    The coordinates are the lengths of all bonds but the outermost, then the positions of the atoms between
    them. All energies of a lead lie in the band, its temperature included.
    """
    n = draw(st.integers(4, 6))
    h = np.diag(np.full(n - 1, HOPPING), 1)
    bonds = np.zeros((n - 3, n, n))
    for j in range(n - 3):
        bonds[j, j + 1, j + 2] = SLOPE
    stretch = bonds + np.swapaxes(bonds, -1, -2)
    atoms = stretch[:-1] - stretch[1:]
    fillings = [draw(st.integers(4, 12)) / 16 for _ in range(2)]
    heat = [draw(st.sampled_from([0.0, 0.03125, 0.0625])) for _ in range(2)]
    mus = [2 * HOPPING * float(np.cos(np.pi * filling)) for filling in fillings]
    ends = zip((0, n - 1), mus, heat, strict=True)
    leads = [ChainLead(site, HOPPING, mu, t) for site, mu, t in ends]
    system = OpenSystem(h + h.T, np.concatenate([stretch, atoms]), leads, draw(st.integers(1, 2)))
    return Problem(system, {"bonds": n - 3})


@st.composite
def displaced(draw: Drawing) -> Problem:
    """Return a strategy for short wires of gold out of place, on matched wide-band leads under bias."""
    atoms = draw(st.integers(1, 3))
    made = {
        "atoms": atoms,
        "bias": draw(st.integers(-8, 8)) / 4,
        "temperature": draw(st.sampled_from([0.0, 0.03125, 0.125])),
        "buffer": 1,
    }
    x = np.round(wire(**made).rest * 64) / 64
    x = x + np.array([draw(st.integers(-8, 8)) for _ in range(atoms)]) / 64
    return Problem(wire(**made).at(x), {"wire": made, "x": x.tolist()})


@st.composite
def long_wires(draw: Drawing) -> Problem:
    """Return a strategy for long wires under a large bias, with the forces on a few of their atoms.

    States of the bias window then turn by many cycles along the wire.
    """
    atoms = draw(st.sampled_from([60, 80]))
    made = {"atoms": atoms, "bias": draw(st.sampled_from([3.0, 4.0])), "temperature": 0.03125, "buffer": 1}
    model = wire(**made)
    ripple = draw(st.integers(2, 6)) / 64
    x = model.rest + ripple * np.cos(draw(st.integers(1, 9)) * np.arange(atoms))
    some = [0, atoms // 3, atoms - 1]
    system = model.at(x)
    few = OpenSystem(system.hamiltonian, system.gradient[some], system.leads, system.degeneracy)
    return Problem(few, {"wire": made, "x": x.tolist(), "atoms": some})


def wire_of(problem: Problem) -> tuple[wire, NDArray[np.float64]]:
    """Return the wire of a problem and the positions of its atoms."""
    return wire(**problem.numbers["wire"]), np.array(problem.numbers["x"])
