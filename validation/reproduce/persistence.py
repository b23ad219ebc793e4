"""Figures 11 and 12 of preston2022: how long the noise of the force remembers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .figure import BLACK, BLUE, RED, Figure, Floats, Statement, stack, write
from .noise import LENGTH, Course

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["preston2022_fig11", "preston2022_fig12"]

AMPLITUDE, ENDS = 1.0, 3
CHOSEN = (
    f"Gamma_L = Gamma_R = 0.05, T = 0.001, initial amplitude {AMPLITUDE:g} at rest; mean over {ENDS} end "
    f"points in the period after t = {LENGTH:.0f}, delays up to {LENGTH:.0f}"
)


def _persistence(course: Course) -> Floats:
    """Return t_corr / T_p at end points spread over a period, shape (ENDS,)."""
    path = course.path(LENGTH)
    times = LENGTH + course.period * np.arange(ENDS) / ENDS
    delays = np.array([0.0, LENGTH])
    found = [float(course.noise(path, time, delays).correlation_time[0]) for time in times]
    return np.array(found) / course.period


def preston2022_fig11(out: Path) -> Figure:
    """Compute the correlation time over the period, for growing Omega/Gamma, with and without a voltage.

    Notes
    -----
    Source: preston2022 Fig. 11 and Eq. 69, trajectory length 300. The voltage, broadenings, temperature
    and the phase of the end point are not given. The value at one end point swings with its phase, at
    small Omega/Gamma even below zero; hence the mean over a period.
    """
    ratios, biases = np.array([0.1, 0.25, 0.5, 1.0, 2.0]), (0.0, 0.2)
    found = {bias: np.array([_persistence(Course(r, bias, AMPLITUDE)) for r in ratios]) for bias in biases}
    mean = {bias: values.mean(axis=1) for bias, values in found.items()}
    one = int(np.flatnonzero(ratios == 1.0)[0])
    statements = (
        Statement(
            "t_corr / T_p increases with Omega/Gamma",
            f"V = 0: {_listed(mean[0.0])}; V = 0.2: {_listed(mean[0.2])} at Omega/Gamma = {_listed(ratios)}",
            all(bool(np.all(np.diff(values) > 0)) for values in mean.values()),
            CHOSEN,
        ),
        Statement(
            "t_corr / T_p increases with the voltage",
            f"V = 0.2 over V = 0: {np.min(mean[0.2] / mean[0.0]):.1f} to "
            f"{np.max(mean[0.2] / mean[0.0]):.1f} times; at Omega/Gamma = 1 {mean[0.0][one]:.3f} and "
            f"{mean[0.2][one]:.3f}",
            bool(np.all(mean[0.2] > mean[0.0])),
            CHOSEN,
        ),
    )

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        for bias, colour, marker in ((0.0, BLUE, "o"), (0.2, RED, "s")):
            low, high = found[bias].min(axis=1), found[bias].max(axis=1)
            axes.fill_between(ratios, low, high, color=colour, alpha=0.2, lw=0)
            axes.plot(ratios, mean[bias], marker=marker, color=colour, ms=4, label=f"V = {bias:g}")
        axes.set_xlabel("Omega/Gamma")
        axes.set_ylabel("t_corr / T_p (band: end points in a period)")
        axes.legend(frameon=False)

    name = "preston2022-fig11"
    columns = stack(
        [
            {"bias": bias, "Omega_over_Gamma": ratios, "mean": mean[bias],
             "lowest": found[bias].min(axis=1), "highest": found[bias].max(axis=1)}
            for bias in biases
        ]
    )  # fmt: skip
    return Figure(
        name,
        statements,
        {f"V{bias:g}_{r:g}": float(v) for bias in biases for r, v in zip(ratios, mean[bias], strict=True)},
        write(out, name, columns, draw),
    )


def preston2022_fig12(out: Path) -> Figure:
    """Compute the correlation time over the period, with the level moved through the window of the voltage.

    Notes
    -----
    Source: preston2022 Fig. 12, Omega/Gamma = 1. The voltage is not given; that of Fig. 9 is taken.
    """
    bias = 0.2
    levels = np.array([0.0, 0.05, 0.1, 0.15, 0.3])
    levels = np.concatenate([-levels[:0:-1], levels])
    found = np.array([_persistence(Course(1.0, bias, AMPLITUDE, h0=h0)) for h0 in levels])
    mean = found.mean(axis=1)
    inside, outside = np.abs(levels) <= 0.05, np.abs(levels) == 0.3
    statements = (
        Statement(
            "the white-noise approximation is more applicable outside the voltage window",
            f"t_corr / T_p is {mean[inside].min():.3f} to {mean[inside].max():.3f} for |h0| <= 0.05, "
            f"{mean[np.abs(levels) == 0.1].mean():.3f} at the edges, at most "
            f"{np.abs(mean[outside]).max():.3f} at |h0| = 0.3",
            bool(np.abs(mean[outside]).max() < 0.1 * mean[inside].min()),
            f"V = {bias}; {CHOSEN}",
        ),
    )

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.fill_between(levels, found.min(axis=1), found.max(axis=1), color=RED, alpha=0.2, lw=0)
        axes.plot(levels, mean, "s-", color=RED, ms=4, lw=1)
        for edge in (-bias / 2, bias / 2):
            axes.axvline(edge, color=BLUE, ls="--", lw=1, label="voltage window" if edge > 0 else None)
        axes.axhline(0, color=BLACK, lw=0.6)
        axes.set_xlabel("h0 (atomic units)")
        axes.set_ylabel("t_corr / T_p (band: end points in a period)")
        axes.legend(frameon=False)

    name = "preston2022-fig12"
    columns = {"h0": levels, "mean": mean, "lowest": found.min(axis=1), "highest": found.max(axis=1)}
    return Figure(
        name,
        statements,
        {f"h0_{h0:g}": float(value) for h0, value in zip(levels, mean, strict=True)},
        write(out, name, columns, draw),
    )


def _listed(values: Floats) -> str:
    return ", ".join(f"{value:.3g}" for value in values)
