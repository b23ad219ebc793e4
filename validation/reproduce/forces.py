"""Figures 2 and 3 of preston2022: the exact force along a trajectory against its first orders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from electronwind import fast

from .figure import BLACK, BLUE, GREY, RED, Figure, Floats, Statement, span, stack, write
from .oscillator import BROADENING, MODEL, body, equilibrium, frequency, parts, ratio, swings

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["preston2022_fig2", "preston2022_fig3"]


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.mean(values**2)))


def preston2022_fig2(out: Path) -> Figure:
    """Compute the exact force and its first two orders along Ehrenfest trajectories.

    Notes
    -----
    Source: preston2022 Fig. 2, Omega/Gamma = 0.32, mass 1000. The start is not given: here once at
    rest away from equilibrium, once in motion through equilibrium.
    """
    mass, amplitude, periods = 1000.0, 0.1, 5
    period = 2 * np.pi / frequency(mass)
    times = np.linspace(0, periods * period, 100 * periods + 1)
    start = np.array([[equilibrium() + amplitude], [equilibrium()]])
    speed = np.array([[0.0], [amplitude * frequency(mass)]])
    run = fast.ehrenfest(MODEL, body(mass), (start, speed), times)
    adiabatic, first = parts(MODEL, run.position, run.velocity)
    exact, truncated = run.force[..., 0], (adiabatic + first)[..., 0]
    turns, _ = swings(times, run, body(mass), 0)
    true_period = float(np.mean(turns[2:] - turns[:-2]))

    def change(force: Floats, since: float, until: float) -> float:
        """Largest change of a force from one period to the next, over its range."""
        inside = times[(times >= since) & (times <= until)]
        step = np.interp(inside + true_period, times, force) - np.interp(inside, times, force)
        return float(np.max(np.abs(step))) / span(force[times > period])

    transient = 10 / BROADENING
    early = [change(force, 0, transient) for force in (*exact, *truncated)]
    late = [change(force, 3 * period, 3.9 * period) for force in (*exact, *truncated)]
    statements = (
        Statement(
            "the methods differ in the transient, which depends on the start",
            f"up to t = {transient:.0f} the exact force is off its periodic course by {early[0]:.0%} of "
            f"its range from rest, {early[1]:.0%} from motion; the perturbative one by {early[2]:.0%} and "
            f"{early[3]:.0%}",
            early[1] > 3 * max(early[2:]) and early[1] > 2 * early[0],
            f"start at rest {amplitude} from equilibrium, or moving through it as fast as that swing",
        ),
        Statement(
            "then each settles into periodicity",
            f"from the fourth period to the fifth the exact force changes by {max(late[:2]):.1%} of its "
            f"range, the perturbative one by {max(late[2:]):.1%}",
            max(late) < 0.02,
        ),
    )

    def draw(canvas: Canvas) -> None:
        titles = ("(a) start at rest", "(b) start in motion")
        above, below = canvas.subplots(2, 1, sharex=True)
        for i, (axes, title) in enumerate(zip((above, below), titles, strict=True)):
            axes.plot(times, exact[i], color=BLUE, lw=1.4, label="exact (Ehrenfest)")
            axes.plot(times, truncated[i], color=BLACK, lw=1, ls="--", label="F0 + F1 (perturbative)")
            axes.set_title(title, fontsize="small", loc="left")
            axes.set_ylabel("force (atomic units)")
        below.set_xlabel("time (atomic units)")
        canvas.legend(*below.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)

    name = "preston2022-fig2"
    columns = stack(
        [
            {"start_in_motion": float(i), "time": times, "x": run.position[i, :, 0], "exact": exact[i],
             "F0": adiabatic[i, :, 0], "F1": first[i, :, 0]}
            for i in range(2)
        ]
    )  # fmt: skip
    return Figure(
        name,
        statements,
        {"transient_rest": early[0], "transient_motion": early[1], "late": max(late)},
        write(out, name, columns, draw, (7, 5)),
    )


def _linear_share(omega: float) -> float:
    """Share of the orders above the first in the limit of small amplitudes, from the response at omega."""
    system = MODEL.at(equilibrium())
    still, moving = (complex(np.asarray(fast.response(system, w))[0, 0]) for w in (0.0, omega))
    first = 1j * omega * float(np.asarray(fast.friction(system))[0, 0])
    return abs(moving - still - first) / abs(first)


def preston2022_fig3(out: Path) -> Figure:
    """Compute the first order of the force against the sum of all higher orders.

    Notes
    -----
    Source: preston2022 Fig. 3, masses 5000 and 10. The start is not given. The expansion is in the
    velocity, so its worth depends on the amplitude as well as on Omega/Gamma.
    """
    small, large = 0.05, 0.2
    panels = []
    shares = {}
    for mass in (5000.0, 10.0):
        period = 2 * np.pi / frequency(mass)
        # The electrons forget their start within a few lifetimes 1/Gamma.
        settled = int(np.ceil(20 / BROADENING / period))
        times = np.linspace(0, (settled + 2) * period, 100 * (settled + 2) + 1)
        start = equilibrium() + np.array([[small], [large]])
        run = fast.ehrenfest(MODEL, body(mass), (start, np.zeros_like(start)), times)
        adiabatic, first = parts(MODEL, run.position, run.velocity)
        higher = run.force - adiabatic - first
        late = slice(100 * settled, None)
        panels.append((mass, (times[late] - times[late][0]) / period, first[:, late, 0], higher[:, late, 0]))
        for k, amplitude in enumerate((small, large)):
            shares[mass, amplitude] = _rms(higher[k, late]) / _rms(first[k, late])
    linear = {mass: _linear_share(frequency(mass)) for mass in (5000.0, 10.0)}
    chosen = f'initial amplitudes {small} (drawn) and {large}; "small" is read as below 1/4'
    statements = (
        Statement(
            "the higher orders have only a small relative contribution at Omega/Gamma = 0.14",
            f"rms of the higher orders over that of the first: {shares[5000, small]:.2f} at amplitude "
            f"{small}, {shares[5000, large]:.2f} at {large}, and {linear[5000]:.2f} in the limit of small "
            "amplitudes, by the exact linear response",
            min(linear[5000], shares[5000, small]) < 0.25,
            chosen,
            erratum="the small parameter is not Omega/Gamma alone; the velocity enters, and even the exact "
            "linear response differs from the first order by more",
        ),
        Statement(
            "the higher orders are increasingly relevant at Omega/Gamma = 3.2",
            f"the same ratio: {shares[10, small]:.2f} at amplitude {small}, {shares[10, large]:.2f} at "
            f"{large}, {linear[10]:.2f} in the limit",
            min(shares[10, small], linear[10]) > 1 and shares[10, small] > 2 * shares[5000, small],
            chosen,
        ),
    )

    def draw(canvas: Canvas) -> None:
        for axes, (mass, time, first, higher) in zip(canvas.subplots(1, 2), panels, strict=True):
            axes.axhline(0, color=GREY, lw=0.8)
            axes.plot(time, first[0], color=BLUE, label="first order")
            axes.plot(time, higher[0], color=RED, ls="--", label="sum of higher orders")
            axes.set_title(f"Omega/Gamma = {ratio(mass):.2f}", fontsize="small", loc="left")
            axes.set_xlabel("time / period")
            axes.ticklabel_format(axis="y", scilimits=(0, 0))
        canvas.axes[0].set_ylabel("force (atomic units)")
        handles = canvas.axes[0].get_legend_handles_labels()
        canvas.legend(*handles, loc="outside lower center", ncols=2, frameon=False)

    name = "preston2022-fig3"
    columns = stack(
        [
            {"mass": mass, "initial_amplitude": amplitude, "time_over_period": time,
             "first": first[k], "higher": higher[k]}
            for mass, time, first, higher in panels
            for k, amplitude in enumerate((small, large))
        ]
    )  # fmt: skip
    return Figure(
        name,
        statements,
        {f"share_mass_{mass:g}_amplitude_{amplitude}": share for (mass, amplitude), share in shares.items()}
        | {f"share_mass_{mass:g}_linear": share for mass, share in linear.items()},
        write(out, name, columns, draw, (8, 3.6)),
    )
