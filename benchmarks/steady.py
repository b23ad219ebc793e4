"""Speed of the fast solver on the steady state, as ratios measured side by side in one run.

The workload is a batch of two-level geometries of preston2022 at T = 0.001, ten steady observables (all but
those of excited pairs), the friction to 1e-10. Baselines run on a few geometries and are scaled to the batch,
since their cost for one geometry does not depend on the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from electronwind import OBSERVABLES, OpenSystem, WideBandLead, fast, models, reference

try:
    from . import baselines
except ImportError:  # asv imports this file as a top-level module
    import baselines  # type: ignore[no-redef]  # as asv imports it

BATCH = 10_000
FREQUENCY = 0.1
# Dearer than all others together; the grids compute neither.
PAIRS = ("pair_density", "force_correlation")
# A grid is accepted at this error of the friction relative to its largest entry.
ACCURACY = 1e-10


def ten_observables(system: OpenSystem) -> None:
    """Evaluate the steady observables except those of excited pairs, which no baseline has."""
    for row in OBSERVABLES.values():
        if row.name not in PAIRS:
            getattr(fast, row.name)(system, *([FREQUENCY] if row.argument else []))


def seconds(work: Callable[[], Any]) -> float:
    """Return the time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(work: Callable[[], Any], other: Callable[[], Any], rounds: int = 9) -> float:
    """Return the median of the ratio of two times measured in turns."""
    work()
    other()
    return float(np.median([seconds(work) / seconds(other) for _ in range(rounds)]))


def geometries(count: int) -> OpenSystem:
    """Return a batch of two-level geometries."""
    return models.two_level().at(np.linspace(-1, 1, count)[:, None])


class Ratios:
    """The three rows of the table in README, each a ratio to the fast solver or of it."""

    timeout = 600
    number, repeat = 1, 1

    def setup(self) -> None:
        self.few = [models.two_level().at(x) for x in (-0.2, 0.5)]
        self.truth = [fast.friction(system) for system in self.few]

    def batch(self) -> float:
        """Return the time of the fast solver for one geometry of the batch."""
        return min(seconds(lambda: ten_observables(geometries(BATCH))) for _ in range(5)) / BATCH

    def _grid(self, make: Callable[[OpenSystem], Any]) -> float:
        spent = 0.0
        for system, truth in zip(self.few, self.truth, strict=True):
            start = time.perf_counter()
            values = baselines.observables(system, make(system), FREQUENCY)
            spent += time.perf_counter() - start
            error = np.max(np.abs(values["friction"] - truth)) / np.max(np.abs(truth))
            assert error < ACCURACY, f"the grid is too coarse: friction off by {error:.1e}"
        return spent / len(self.few)

    def track_eig_floor(self) -> float:
        """Ten observables of the batch, in units of numpy.linalg.eig of the same batch."""
        system = geometries(BATCH)
        effective = system.hamiltonian - 0.025j * np.eye(2)
        return paired(lambda: ten_observables(geometries(BATCH)), lambda: np.linalg.eig(effective))

    def track_uniform_grid(self) -> float:
        """A uniform grid in numpy at the same friction, in units of the fast solver."""
        # Spacing: the error of the trapezoid falls like exp(-2 pi^2 T / spacing). Cutoff: like 1/W^3.
        return self._grid(lambda s: baselines.uniform(s, 8.4e-4, 30.0)) / self.batch()

    def track_gauss_panels(self) -> float:
        """Graded Gauss-Legendre panels in numpy at the same friction, in units of the fast solver."""
        return self._grid(lambda s: baselines.panels(s, 8, 40.0, FREQUENCY)) / self.batch()

    track_eig_floor.unit = track_uniform_grid.unit = track_gauss_panels.unit = "ratio"  # type: ignore[attr-defined]  # asv


class Digits:
    """Digits that the fast solver loses against the reference; more is worse."""

    params = tuple(OBSERVABLES)
    param_names = ("observable",)
    timeout = 600

    def track_digits_lost(self, name: str) -> float:
        """Digits short of double precision on the two-level junction at x = -0.2."""
        system = models.two_level().at(-0.2)
        argument = [FREQUENCY] if OBSERVABLES[name].argument else []
        want = np.asarray(getattr(reference, name)(system, *argument, digits=20)).astype(complex)
        got = getattr(fast, name)(system, *argument)
        scale = np.max(np.abs(want)) or 1.0
        return 15.95 + float(np.log10(max(np.max(np.abs(got - want)) / scale, 10**-15.95)))

    track_digits_lost.unit = "digits"  # type: ignore[attr-defined]  # asv


class Times:
    """Time and peak memory of single calls, for trends; absolute times mean little on shared machines."""

    params = (1, 10_000)
    param_names = ("batch",)

    def setup(self, batch: int) -> None:
        self.batch = batch

    def time_all_observables(self, batch: int) -> None:
        ten_observables(geometries(batch))

    def peakmem_all_observables(self, batch: int) -> None:
        ten_observables(geometries(batch))


class ExceptionalPoints:
    """The route without eigenvectors, taken where eigenvectors coalesce."""

    def setup(self) -> None:
        # Two levels meet where the overlap is a quarter of the difference of their broadenings.
        v, size = 0.25, 20
        leads = [
            WideBandLead(np.diag([1.25, 0.0]), 0.3, 0.05),
            WideBandLead(np.diag([0.0, 0.25]), -0.2, 0.05),
        ]
        hamiltonian = np.tile([[0.0, v], [v, 0.0]], (size, 1, 1))
        self.make = lambda: OpenSystem(hamiltonian, [[[1.0, 0.0], [0.0, -1.0]]], leads)

    def time_friction(self) -> None:
        fast.friction(self.make())
