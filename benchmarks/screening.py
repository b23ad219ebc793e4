"""Screening and the free-electron wire: ratios measured in turns, and counts, which have no noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind import JelliumWire, fast, models
from electronwind.functionals import LocalNeutrality

try:
    from .steady import paired
except ImportError:  # asv imports this file as a top-level module
    from steady import paired  # type: ignore[no-redef]  # as asv imports it

Array = np.ndarray[Any, Any]
GEOMETRIES, MAP = 1000, 200


def geometries() -> Array:
    """Return positions of the corner, of which half bind states beside the band."""
    return np.random.default_rng(7).uniform(-0.1, 0.1, (GEOMETRIES, 2))


class Screening:
    """A neutral corner of the bent chain in a thousand geometries."""

    timeout = 600
    number, repeat = 1, 1

    def setup(self) -> None:
        """Make the family and warm up."""
        self.model, self.x = models.bent_chain(), geometries()
        self.field = LocalNeutrality([1], 2 / 3)
        self._screened()

    def _screened(self) -> Any:
        return fast.self_consistent(self.model, self.field, self.x)

    def track_over_bare(self) -> float:
        """Return the time of the self-consistent batch in units of one bare batch of densities."""
        return paired(self._screened, lambda: fast.density_matrix(self.model.at(self.x)), rounds=3)

    def track_steps(self) -> int:
        """Return how often the density was asked for, for the slowest member."""
        return int(self._screened().history.shape[-1])

    def track_residual(self) -> float:
        """Return the largest residual, in electrons."""
        return float(np.max(self._screened().residual))

    track_over_bare.unit = "ratio"  # type: ignore[attr-defined]  # asv


class Jellium:
    """A map of the cross section, and one point of the sum that falls off like 1/N."""

    timeout = 600

    def setup(self) -> None:
        """Make the wire and its map."""
        self.wire = JelliumWire(side=10.1, fermi_energy=2 * np.pi**2, bias=1e-3)
        axis = 10.1 * (np.arange(MAP) + 0.5) / MAP
        self.map = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)

    def time_curl_map(self) -> None:
        """The curl on 200 x 200 points."""
        fast.jellium_curl(self.wire, self.map)

    def time_vector_potential(self) -> None:
        """A_z at one point."""
        fast.jellium_vector_potential(self.wire, [0.24, 5.05])
