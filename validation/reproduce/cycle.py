"""Figure 6 of preston2022: the limit cycle, from the growth of swings over few periods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from electronwind import fast

from .figure import BLACK, BLUE, GREY, ORANGE, RED, Figure, Floats, Statement, stack, tabulate, write
from .oscillator import MODEL, body, equilibrium, frequency, swings
from .steady import friction_of_two_levels, negative_region

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["balance", "growth", "preston2022_fig6"]

MASS = 5000.0
PERIOD = 2 * np.pi / frequency(MASS)
STARTS = np.array([0.02, 0.05, 0.08, 0.11, 0.14, 0.17, 0.2, 0.22, 0.24, 0.27, 0.3])
# Half the width of the bracket around the cycle, of its amplitude.
MARGIN = 0.001
# The growth must not depend on how the run is stepped.
FINE: dict[str, float] = {"accuracy": 1e-9}
COARSE: dict[str, float] = {"step": 10.0, "order": 8}


def growth(solver: Callable[..., Any], starts: Floats, periods: int, **options: Any) -> tuple[Floats, Floats]:
    """Return amplitudes of oscillations, and the logarithm of their growth over each later period.

    Parameters
    ----------
    solver : callable
        `fast.ehrenfest` or `fast.langevin`.
    starts : ndarray, shape (s,)
        Distances from equilibrium of starts at rest.
    periods : int
        Length of the run; over the first the electrons forget the start.
    **options
        Handed to the solver.

    Returns
    -------
    amplitude : ndarray, shape (s,)
        Half the way from turn to turn, on average over the second period.
    rate : ndarray, shape (s, p)
        Growth over each period, from half a period to the next.
    """
    times = np.arange(0, (periods + 0.7) * PERIOD, PERIOD / 120)
    start = equilibrium() + np.asarray(starts)[:, None]
    run = solver(MODEL, body(MASS), (start, np.zeros_like(start)), times, **options)
    halves = []
    for i in range(len(starts)):
        _, where = swings(times, run, body(MASS), i)
        halves.append(np.abs(np.diff(where))[1 : 2 * periods - 1] / 2)
    half = np.array(halves)
    return half[:, :2].mean(axis=1), np.log(half[:, 2:] / half[:, :-2])


@dataclass(frozen=True)
class Bracket:
    """Amplitudes just below and just above a cycle, and how they grow and shrink in each period."""

    below: float
    above: float
    grows: float
    shrinks: float
    error: float
    periods: int

    @property
    def width(self) -> float:
        """Width of the bracket over the amplitude."""
        return self.above / self.below - 1

    @property
    def holds(self) -> bool:
        """Whether growth and shrinkage are beyond twice the error, and the bracket below 1 %."""
        return min(self.grows, self.shrinks) > 2 * self.error and self.width < 0.01


def _bracket(start: float) -> Bracket:
    starts = start * np.array([1 - MARGIN, 1 + MARGIN])
    ends, rates = growth(fast.ehrenfest, starts, 20, **FINE)
    _, rough = growth(fast.ehrenfest, starts, 20, **COARSE)
    return Bracket(
        below=float(ends[0]),
        above=float(ends[1]),
        grows=float(np.min(rates[0])),
        shrinks=float(np.min(-rates[1])),
        error=float(np.max(np.abs(rates - rough))),
        periods=rates.shape[1] // 2,
    )


def balance(amplitude: float) -> float:
    """Return the growth per period of x = equilibrium + amplitude cos, by the work of the friction alone."""
    angle = np.pi * (np.arange(256) + 0.5) / 256
    friction = friction_of_two_levels(equilibrium() + amplitude * np.cos(angle))
    return -PERIOD / MASS * float(np.mean(friction * np.sin(angle) ** 2))


def _zero(rate: Callable[[float], Any]) -> float:
    return float(scipy.optimize.brentq(lambda a: float(rate(a)), 0.2, 0.26, xtol=1e-12))


def _direct(rate: Callable[[float], Any]) -> tuple[Floats, Floats]:
    """Return the amplitudes of a longer run at its end, and what the growth of the short ones predicts."""
    periods = 60
    amplitude, rates = growth(fast.ehrenfest, np.array([0.05, 0.12, 0.18]), periods)
    cycles = np.arange(rates.shape[1] // 2 + 1.0)
    # The amplitude is that of one period; the next rate leads to the next one.
    direct = amplitude * np.exp(rates[:, ::2].sum(axis=1))
    return direct, np.array([envelope(rate, float(a), cycles)[-1] for a in amplitude])


def envelope(rate: Callable[[float], Any], start: float, cycles: Floats) -> Floats:
    """Return the amplitude over times in periods, where ln amplitude grows by `rate` of it per period."""
    done = scipy.integrate.solve_ivp(
        lambda _, y: [rate(float(np.exp(y[0])))], (0, cycles[-1]), [np.log(start)], t_eval=cycles, rtol=1e-8
    )
    return np.asarray(np.exp(done.y[0]))


def preston2022_fig6(out: Path) -> Figure:
    """Compute the limit cycle of the Ehrenfest and of the perturbative dynamics at mass 5000.

    Notes
    -----
    Source: preston2022 Fig. 6. A trajectory reaches the cycle after 10^6 units of time. Instead one
    ensemble of starts runs for a few periods: how much each swing grows gives the whole course, and
    the cycle is where the growth changes sign. It is bracketed by a longer run just below and just
    above it, at two accuracies.
    """
    found: dict[str, tuple[Floats, Floats]] = {}
    for label, solver in (("ehrenfest", fast.ehrenfest), ("langevin", fast.langevin)):
        amplitude, rates = growth(solver, STARTS, 4)
        found[label] = amplitude, rates.mean(axis=1)
    course = {label: scipy.interpolate.CubicSpline(*pair) for label, pair in found.items()}
    cycle = {
        label: float(scipy.optimize.brentq(lambda a, c=curve: float(c(a)), 0.2, 0.26))
        for label, curve in course.items()
    }
    harmonic = _zero(balance)
    # A start at rest loses a little of its amplitude before the electrons follow.
    bracket = _bracket(float(np.interp(cycle["ehrenfest"], found["ehrenfest"][0], STARTS)))
    cycles = np.linspace(0, 2500, 501)
    grown = {label: envelope(curve, STARTS[0], cycles) for label, curve in course.items()}
    direct, predicted = _direct(course["ehrenfest"])
    missed = float(np.max(np.abs(direct / predicted - 1)))
    apart = float(np.max(np.abs(grown["langevin"] / grown["ehrenfest"] - 1)))
    region = negative_region()
    left, right = equilibrium() - cycle["ehrenfest"], equilibrium() + cycle["ehrenfest"]
    slow = {label: float(rates[0]) for label, (_, rates) in found.items()}
    statements = (
        Statement(
            "the amplitude increases in the Ehrenfest and in the perturbative approach",
            f"growth per period at amplitude {STARTS[0]}: {slow['ehrenfest']:.4%} and {slow['langevin']:.4%}",
            min(slow.values()) > 0,
            "starts at rest",
        ),
        Statement(
            "oscillations increase until they reach regions of positive viscosity, and form a limit cycle",
            f"Ehrenfest: grows at amplitude {bracket.below:.4f}, by {bracket.grows:.1e} or more in each "
            f"of {bracket.periods} periods, and shrinks at {bracket.above:.4f}, by {bracket.shrinks:.1e} "
            f"or more (change with the accuracy of the run {bracket.error:.0e}): a bracket of "
            f"{bracket.width:.2%}, the cycle at {cycle['ehrenfest']:.4f}. It turns at {left:.3f} and "
            f"{right:.3f}; the viscosity is negative from {region[0]:.3f} to {region[1]:.3f}",
            bracket.holds and left < region[0] and right > region[1],
            "amplitude: half the way from turn to turn",
        ),
        Statement(
            "the two methods diverge from each other over longer time-scales",
            f"perturbative cycle at {cycle['langevin']:.4f} (harmonic balance of the friction "
            f"{harmonic:.4f}), {cycle['ehrenfest'] / cycle['langevin'] - 1:+.1%} for Ehrenfest; on the "
            f"way there the amplitudes differ by up to {apart:.0%}. A run of 60 periods ends at "
            f"amplitudes {missed:.2%} off the drawn course",
            apart > 0.1 and missed < 0.01,
            f"both from amplitude {STARTS[0]}",
        ),
    )

    def draw(canvas: Canvas) -> None:
        long, rate = canvas.subplots(2, 1, height_ratios=[3, 2])
        fine = np.linspace(STARTS[0], STARTS[-1], 200)
        styles = {
            "ehrenfest": (BLUE, "Ehrenfest", "-"),
            "langevin": (ORANGE, "perturbative (Langevin)", "--"),
        }
        for label, (colour, words, line) in styles.items():
            reach = grown[label]
            time = cycles * PERIOD
            if label == "ehrenfest":
                low, high = equilibrium() - reach, equilibrium() + reach
                long.fill_between(time, low, high, color=colour, alpha=0.15, lw=0)
            for sign in (-1, 1):
                long.plot(
                    time, equilibrium() + sign * reach, line, color=colour, label=words if sign > 0 else None
                )
            rate.plot(*found[label], "os"[label == "langevin"], color=colour, ms=4, label=words)
            rate.plot(fine, course[label](fine), line, color=colour, lw=1)
        for edge in region:
            long.axhline(
                edge, color=RED, ls=":", lw=1.2, label="viscosity changes sign" if edge > -0.2 else None
            )
        long.set_xlabel("time (atomic units)")
        long.set_ylabel("x, between its turns")
        long.legend(frameon=False, fontsize="small", loc="center right")
        rate.axhline(0, color=GREY, lw=0.8)
        rate.plot(fine, [balance(a) for a in fine], color=BLACK, lw=1, ls=":", label="harmonic balance")
        rate.axvline(cycle["ehrenfest"], color=BLUE, lw=0.8, ls="--", label="Ehrenfest cycle")
        rate.set_xlabel("amplitude (half the way from turn to turn)")
        rate.set_ylabel("growth per period")
        rate.legend(frameon=False, fontsize="small")

    name = "preston2022-fig6"
    columns = {"time": cycles * PERIOD} | {f"amplitude_{label}": reach for label, reach in grown.items()}
    files = write(out, name, columns, draw, (7, 6.5))
    growths = stack(
        [{"langevin": float(label == "langevin"), "amplitude": a, "growth_per_period": g}
         for label, (a, g) in found.items()]
    )  # fmt: skip
    return Figure(
        name,
        statements,
        {
            "cycle": cycle["ehrenfest"], "below": bracket.below, "above": bracket.above,
            "grows": bracket.grows, "shrinks": bracket.shrinks, "error": bracket.error,
            "cycle_langevin": cycle["langevin"], "harmonic_balance": harmonic, "apart": apart,
            "missed": missed,
        },
        (*files, tabulate(out, f"{name}-growth", growths)),
    )  # fmt: skip
