"""Speed of the fast solver on junctions in motion, as ratios measured side by side in one run.

The workload is the two-level junction of preston2022 at T = 0.001 under a prescribed oscillation, the density
matrix to 1e-6 in the middle and at the end. Grids of frequencies step with a constant h in its fourth-order
form and the longest step that the accuracy allows, on the smallest grid that it allows; both are tried out
before the clock starts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from electronwind import fast, models
from electronwind.body import ClassicalBody, Harmonic
from electronwind.fast.marching import march
from electronwind.motion import Oscillation

MODEL = models.two_level()
# Omega/Gamma = 1, amplitude across the avoided crossing.
PATH = Oscillation([-0.2], [0.15], 0.1)
TIMES = np.linspace(0.0, 3 * 2 * np.pi / 0.1, 3)
ACCURACY = 1e-6
BATCH = 1000


def seconds(work: Callable[[], Any]) -> float:
    """Return the CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def truth() -> Any:
    """Return the density matrices to 1e-11."""
    return fast.driven(MODEL, PATH, TIMES, accuracy=1e-11).density_matrix


def grids(kind: str) -> list[fast.Grid]:
    """Return grids of growing size; a coarse tail costs a uniform grid dear."""
    if kind == "gauss":
        return [fast.Grid("gauss", reach, nodes) for reach in (1e4, 3e4) for nodes in (6, 8, 10, 12)]
    # The cutoff is a constant that the comparison takes off; spacing is what counts (below T).
    return [
        fast.Grid("uniform", reach, int(2 * reach / dw)) for reach in (5, 20) for dw in (2e-3, 1.5e-3, 1e-3)
    ]


def cheapest(kind: str, want: Any) -> Callable[[], Any]:
    """Return the cheapest run on a grid that is as accurate as asked for; uniform ones may be cut off."""
    for grid in grids(kind):
        for step in (2.0, 1.0, 0.5):
            (density, _), _ = march(MODEL, PATH, TIMES, step, 4, grid)
            error = density - want
            if np.max(np.abs(error - error[0] if kind == "uniform" else error)) < ACCURACY:
                return lambda grid=grid, step=step: march(MODEL, PATH, TIMES, step, 4, grid)
    raise AssertionError(f"no {kind} grid reaches {ACCURACY:g}")


class Drive:
    """Whole runs at equal accuracy, grids in units of the modes."""

    timeout = 600
    number, repeat = 1, 1

    def setup(self) -> None:
        self.want = truth()

    def modes(self) -> None:
        run = fast.driven(MODEL, PATH, TIMES, accuracy=ACCURACY)
        assert np.max(np.abs(run.density_matrix - self.want)) < ACCURACY

    def _ratio(self, kind: str) -> float:
        other = cheapest(kind, self.want)
        self.modes()
        return float(np.median([seconds(other) / seconds(self.modes) for _ in range(5)]))

    def track_uniform_grid(self) -> float:
        """The scheme of the paper on a uniform grid, in units of the modes."""
        return self._ratio("uniform")

    def track_gauss_grid(self) -> float:
        """The same on graded Gauss panels, in units of the modes."""
        return self._ratio("gauss")

    track_uniform_grid.unit = track_gauss_grid.unit = "ratio"  # type: ignore[attr-defined]  # asv reads it there


class Ensemble:
    """A batch of trajectories in units of one, and the memory of a long run."""

    timeout = 600
    number, repeat = 1, 1

    def setup(self) -> None:
        generator = np.random.default_rng(0)
        self.start = generator.normal(-0.2, 0.1, (BATCH, 1)), generator.normal(0, 0.005, (BATCH, 1))
        self.body = ClassicalBody(1000.0, Harmonic(1.0, -0.22))

    def run(self, count: int) -> None:
        x, v = self.start
        fast.ehrenfest(MODEL, self.body, (x[:count], v[:count]), [0.0, 400.0], accuracy=ACCURACY)

    def track_thousand_trajectories(self) -> float:
        """A batch of 1000 trajectories, in units of one trajectory."""
        self.run(1)
        return seconds(lambda: self.run(BATCH)) / float(
            np.median([seconds(lambda: self.run(1)) for _ in range(3)])
        )

    def peakmem_long_run(self) -> None:
        fast.ehrenfest(MODEL, self.body, ([-0.2], [0.0]), [0.0, 20_000.0], accuracy=ACCURACY)

    def peakmem_short_run(self) -> None:
        fast.ehrenfest(MODEL, self.body, ([-0.2], [0.0]), [0.0, 200.0], accuracy=ACCURACY)

    track_thousand_trajectories.unit = "ratio"  # type: ignore[attr-defined]  # asv reads it there


class Times:
    """Time of single runs, for trends."""

    def time_driven(self) -> None:
        fast.driven(MODEL, PATH, TIMES)

    def time_two_time_noise(self) -> None:
        fast.two_time_noise(MODEL, PATH, 40.0, np.linspace(0, 100, 11))
