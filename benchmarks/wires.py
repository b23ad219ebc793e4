"""Speed of the static response of wires, as ratios measured side by side in one run.

The baseline is what a careful user writes: dense Green's functions on an energy grid by batched inverses, and
the response of every pair of bonds from their entries. It is run on a few of its energies and scaled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial.legendre import leggauss

from electronwind import OpenSystem, models
from electronwind.fast.bond_response import bond_response
from electronwind.fast.dressed import dressed
from electronwind.fast.linear import chain_of
from electronwind.fast.stiffness import stiffness
from electronwind.fast.vibrations import vibrations

try:
    from .steady import paired, seconds
except ImportError:  # asv imports this file as a top-level module
    from steady import paired, seconds  # type: ignore[no-redef]  # as asv imports it

Array = np.ndarray[Any, Any]
ATOMS, BIAS = 200, 0.5
# As many energies as the displaced wire takes for twelve digits, and those that are timed.
GRID, TIMED = 560, 16


def wire(displaced: bool = False) -> tuple[Any, Any, Array]:
    """Return a long gold wire, its body, and the positions of its atoms."""
    model = models.wire(ATOMS, bias=BIAS, ends="chain", temperature=0.0)
    shift = 0.03 * np.sin(1.7 * np.arange(ATOMS)) if displaced else 0.0
    return model, model.body(10.0), model.rest + shift


def dense(system: OpenSystem, energies: Array) -> Array:
    """Return the sum over energies of Tr[B_i G B_j G] of all pairs of bonds, from dense inverses."""
    g, _ = dressed(system, energies)
    total: Array = np.sum(g[:, 1:, :-1] * g[:, :-1, 1:] + g[:, 1:, 1:] * g[:, :-1, :-1], axis=0)
    return 2 * total


class WireStatics:
    """The rows of the table in README, each a ratio to dense Green's functions on a grid."""

    timeout = 600
    number, repeat = 1, 1

    def setup(self) -> None:
        """Make the wires and warm up."""
        self.perfect, self.displaced = wire(), wire(True)
        nodes, _ = leggauss(TIMED)
        self.energies = self.perfect[0].mu + 1j * (1 + nodes)

    def _ratio(self, case: tuple[Any, Any, Array]) -> float:
        model, body, x = case
        # The gradient is not needed: a response of bonds.
        system = OpenSystem(model.hamiltonian(x), np.zeros((1, model.levels, model.levels)), model.leads, 2)
        few = seconds(lambda: dense(system, self.energies))
        return few * GRID / TIMED / seconds(lambda: vibrations(model, body, x, friction=False))

    def track_dense_over_perfect(self) -> float:
        """Return how often the closed form with its spectrum fits into the time of the dense grid."""
        return self._ratio(self.perfect)

    def track_dense_over_displaced(self) -> float:
        """Return the same of the displaced wire, by continued fractions."""
        return self._ratio(self.displaced)

    def time_perfect(self) -> None:
        """The stiffness of 200 atoms with its spectrum."""
        vibrations(*self.perfect, friction=False)

    def time_displaced(self) -> None:
        """The stiffness of 200 displaced atoms."""
        stiffness(*self.displaced)

    def track_growth(self) -> float:
        """Return by how much twice the atoms take longer: four for O(N^2)."""
        model, _, x = self.displaced
        long, short = models.wire(2 * ATOMS, bias=BIAS, ends="chain", temperature=0.0), model
        ends = [chain_of(m, m.leads, m.rest if m is long else x) for m in (long, short)]
        chains = [part.chain for part in ends if part is not None]
        return paired(lambda: bond_response(chains[0]), lambda: bond_response(chains[1]), rounds=3)
