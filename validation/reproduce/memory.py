"""Figures 9 and 10 of preston2022: what the motion does to the noise of the force."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .figure import BLUE, GREEN, GREY, RED, Figure, Floats, Statement, stack, write
from .noise import LENGTH, Course, crossing, turn

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["preston2022_fig9", "preston2022_fig10"]

AMPLITUDE = 1.0
CHOSEN = f"Gamma_L = Gamma_R = 0.05, initial amplitude {AMPLITUDE:g} at rest"


def preston2022_fig9(out: Path) -> Figure:
    """Compute the correlation of the force over the delay, exact and adiabatic.

    Notes
    -----
    Source: preston2022 Fig. 9 and Eq. 62-65. Its ratios Omega/Gamma, broadenings, temperature and
    amplitude are not given.
    """
    ratios, since = (0.1, 0.5, 1.0), 100.0
    delays = np.linspace(0, since, 201)
    panels: list[tuple[str, float, list[tuple[Course, Floats, Floats]]]] = []
    off: dict[tuple[str, float, float], float] = {}
    fades: dict[tuple[str, float], float] = {}
    for where, event in (("x = 0", crossing), ("turn", turn)):
        for bias in (0.0, 0.2):
            curves = []
            for ratio in ratios:
                course = Course(ratio, bias, AMPLITUDE)
                path = course.path(since)
                record = course.noise(path, event(path, since), delays)
                exact, adiabatic = np.real(record.exact[:, 0, 0]), np.real(record.adiabatic[:, 0, 0])
                curves.append((course, exact, adiabatic))
                off[where, bias, ratio] = float(np.max(np.abs(exact - adiabatic)) / adiabatic[0])
                if bias == 0:
                    fades[where, ratio] = float(delays[np.abs(exact) > 0.02 * exact[0]][-1])
            panels.append((where, bias, curves))
    statements = _fig9_statements(
        ratios, off, fades, f"{CHOSEN}, T = 0.001; end at the first such point after t = 100"
    )

    def draw(canvas: Canvas) -> None:
        grid = canvas.subplots(2, 2, sharex=True, sharey=True)
        for axes, (where, bias, curves), part in zip(grid.ravel(), panels, "abcd", strict=True):
            for (course, exact, adiabatic), colour in zip(curves, (BLUE, GREEN, RED), strict=True):
                axes.plot(delays, exact * 1e3, color=colour, lw=1.3, label=f"Omega/Gamma = {course.ratio:g}")
                axes.plot(delays, adiabatic * 1e3, color=colour, lw=1, ls="--")
            axes.axhline(0, color=GREY, lw=0.8)
            axes.set_title(f"({part}) {where}, V = {bias:g}", fontsize="small", loc="left")
            axes.set_xlim(0, 80)
        for axes in grid[:, 0]:
            axes.set_ylabel("D(tau) / 10⁻³ (atomic units)")
        for axes in grid[1]:
            axes.set_xlabel("delay tau (atomic units); dashed: adiabatic")
        grid[0, 0].legend(frameon=False, fontsize="small")

    name = "preston2022-fig9"
    columns = stack(
        [
            {"at_turn": float(where == "turn"), "bias": bias, "Omega_over_Gamma": course.ratio,
             "delay": delays, "exact": exact, "adiabatic": adiabatic}
            for where, bias, curves in panels
            for course, exact, adiabatic in curves
        ]
    )  # fmt: skip
    return Figure(
        name,
        statements,
        {
            f"off_{where.replace(' = ', '')}_V{bias:g}_{ratio:g}": value
            for (where, bias, ratio), value in off.items()
        }
        | {f"fades_{where.replace(' = ', '')}_{ratio:g}": value for (where, ratio), value in fades.items()},
        write(out, name, columns, draw, (8, 6)),
    )


def _fig9_statements(
    ratios: tuple[float, ...],
    off: dict[tuple[str, float, float], float],
    fades: dict[tuple[str, float], float],
    chosen: str,
) -> tuple[Statement, ...]:
    places, fast_ones = ("x = 0", "turn"), ratios[1:]

    def listed(bias: float) -> str:
        return "; ".join(
            ", ".join(f"{off[where, bias, ratio]:.3f}" for ratio in ratios) + f" at {where}"
            for where in places
        )

    def rises(values: dict[tuple[str, float], float]) -> bool:
        return all(values[where, a] < values[where, b] for where in places for a, b in pairwise(ratios))

    periods = {key: time / Course(key[1], 0.0, AMPLITUDE).period for key, time in fades.items()}
    over = f"Omega/Gamma = {', '.join(f'{ratio:g}' for ratio in ratios)}"
    fading = "; ".join(
        ", ".join(f"{fades[where, r]:.0f} ({periods[where, r]:.2f} periods)" for r in ratios) + f" at {where}"
        for where in places
    )
    worse = [(where, r) for where, r in fades if off[where, 0.2, r] > off[where, 0.0, r]]
    turns = [r for r in ratios if off["turn", 0.0, r] > off["x = 0", 0.0, r]]
    return (
        Statement(
            "the feedback of the motion on the noise becomes especially important at larger Omega/Gamma",
            "largest difference of D and its adiabatic value, over the latter at tau = 0, for V = 0 "
            f"and {over}: " + listed(0.0),
            rises({(where, ratio): off[where, 0.0, ratio] for where, ratio in fades}),
            chosen,
        ),
        Statement(
            "a voltage nullifies the feedback",
            f"the same at V = 0.2: {listed(0.2)}"
            + "".join(f"; more than at V = 0 for Omega/Gamma = {r:g} at {where}" for where, r in worse),
            all(off[where, 0.2, r] < off[where, 0.0, r] / 2 for where in places for r in fast_ones),
            f"judged at Omega/Gamma = {fast_ones[0]:g} and above; {chosen}",
        ),
        Statement(
            "correlations fade over shorter times where Omega/Gamma is smaller",
            f"D stays below 2 % of its start, for V = 0 and {over}, after {fading}",
            rises(periods),
            f"judged in periods; {chosen}",
        ),
        Statement(
            "the separation of time-scales is less satisfactory at the turning points",
            "see the first row: worse at a turn for Omega/Gamma = " + ", ".join(f"{r:g}" for r in turns),
            set(fast_ones) <= set(turns),
            f"judged at Omega/Gamma = {fast_ones[0]:g} and above; {chosen}",
        ),
    )


def preston2022_fig10(out: Path) -> Figure:
    """Compute the white noise over its adiabatic value along a period, at several temperatures.

    Notes
    -----
    Source: preston2022 Fig. 10 and Eq. 67, 68, Omega/Gamma = 1, V = 0. Temperature, broadenings and
    amplitude are not given; "Gamma" is their sum.
    """
    temperatures = (0.0005, 0.001, 0.002, 0.01)
    lowest: dict[float, float] = {}
    shown: list[Floats] = []
    for temperature in temperatures:
        course = Course(1.0, 0.0, AMPLITUDE, temperature)
        ends, position, ratio = _along_a_period(course, 12 if temperature == 0.001 else 6)
        lowest[temperature] = float(np.min(ratio))
        if temperature == 0.001:
            shown = [ends, position, ratio]
    ends, position, ratio = shown
    _, _, weaker = _along_a_period(Course(1.0, 0.0, AMPLITUDE / 2), 6)
    largest = int(np.argmax(ratio))
    extent = np.max(position), np.min(position)
    depth = float((position[largest] - np.mean(extent)) / (extent[0] - extent[1]) * 2)
    where = np.interp(2.0, [lowest[t] for t in temperatures[::-1]], temperatures[::-1], np.nan, np.nan)
    statements = (
        Statement(
            "at Omega/Gamma = 1, V = 0, D_w is over twice D_w(0) at its minimum along a period",
            f"minimum {lowest[0.001]:.2f}, maximum {ratio[largest]:.0f}; from half the amplitude the "
            f"minimum is {np.min(weaker):.2f}",
            lowest[0.001] > 2,
            f"{CHOSEN}, T = 0.001; delays up to {LENGTH:.0f}",
        ),
        Statement(
            "(not stated: the temperature) the minimum is above 2 only for T near 0.001 or below",
            "minimum " + ", ".join(f"{value:.2f} at T = {t:g}" for t, value in lowest.items())
            + f"; it passes 2 at T = {where:.4f}",
            lowest[0.001] > 2 > lowest[0.002],
            CHOSEN,
        ),
        Statement(
            "the adiabatic assumption is weakest near the turning points",
            f"largest at x = {position[largest]:.2f}, of a swing from {extent[1]:.2f} to {extent[0]:.2f}",
            abs(depth) > 0.9,
            CHOSEN,
        ),
    )  # fmt: skip

    def draw(canvas: Canvas) -> None:
        course = Course(1.0, 0.0, AMPLITUDE)
        along, scan = canvas.subplots(2, 1, height_ratios=[3, 2])
        path = course.path(LENGTH)
        times = np.linspace(LENGTH, LENGTH + course.period, 200)
        along.plot(times, path(times)[:, 0], color=GREY, lw=0.8)
        dots = along.scatter(ends, position, c=ratio, s=36, cmap="viridis", norm="log", zorder=2)
        bar = canvas.colorbar(
            dots, ax=along, label="D_w / D_w(0)", ticks=[1, 2, 3, 5, 10, 20, 50], format="%g"
        )
        bar.minorticks_off()
        along.set_xlabel("time (atomic units)")
        along.set_ylabel("x (atomic units)")
        scan.axhline(2, color=GREY, lw=0.8, ls=":")
        scan.plot(temperatures, list(lowest.values()), "o-", color=BLUE, lw=1)
        scan.set_xscale("log")
        scan.set_xlabel("temperature (atomic units)")
        scan.set_ylabel("lowest D_w / D_w(0)")

    name = "preston2022-fig10"
    return Figure(
        name,
        statements,
        {f"lowest_T{t:g}": value for t, value in lowest.items()}
        | {
            "largest": float(ratio[largest]),
            "passes_2_at": float(where),
            "lowest_half": float(np.min(weaker)),
        },
        write(out, name, {"time": ends, "x": position, "ratio": ratio}, draw, (7, 6)),
    )


def _along_a_period(course: Course, points: int) -> tuple[Floats, Floats, Floats]:
    """Return times over a period past LENGTH, positions there, and white noise over its adiabatic value."""
    path = course.path(LENGTH)
    ends = LENGTH + course.period * np.arange(points) / points
    records = [course.noise(path, time, np.array([0.0, LENGTH])) for time in ends]
    ratio = [float(record.white[0, 0] / record.adiabatic_white[0, 0]) for record in records]
    return ends, path(ends)[:, 0], np.array(ratio)
