"""Figures of cunningham2014 in motion: gold wires whose atoms move, shorter ones than in the paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..simulation.run import Case, follow, quantum
from .figure import BLUE, Figure, Statement, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["cunningham2014_fig8"]

ATOMS, MASS = 30, 10.0
BIASES = (0.1, 0.15, 0.2, 0.3, 0.5)
# In femtosecond; wires of this length settle within the first half.
DURATION = 1500.0


def cunningham2014_fig8(out: Path) -> Figure:
    """Compute the transmission of a wire of 30 atoms by bias, about the critical one.

    Notes
    -----
    Source: cunningham2014 Fig. 8 (a) and Eq. 17.
    """
    courses = [follow(Case(ATOMS, bias, MASS, DURATION)) for bias in BIASES]
    passing = np.array([c.late(c.mean)[0] / quantum(c.case.bias) for c in courses])
    energy = np.array([c.late(c.kinetic)[0] for c in courses])

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        axes.plot(BIASES, passing, "o-", color=BLUE)
        axes.set_xlabel("bias (V)")
        axes.set_ylabel("current in quanta of conductance")

    statements = (
        Statement(
            "below a critical bias the wire carries one quantum, and above it the energy of the atoms rises",
            ", ".join(f"{t:.3f} at {v:g} V" for t, v in zip(passing, BIASES, strict=True)),
            bool(np.all(passing[:2] > 0.99) and np.all(passing[3:] < 0.85) and energy[-1] > 50 * energy[0]),
            "30 atoms in place of 200; 1.5 ps, one trajectory for each bias",
        ),
    )
    name = "cunningham2014-fig8"
    columns = {"bias_V": np.array(BIASES), "quanta": passing, "kinetic_eV": energy}
    numbers = {"quanta_0.1V": float(passing[0]), "quanta_0.5V": float(passing[-1])}
    return Figure(name, statements, numbers, write(out, name, columns, draw))
