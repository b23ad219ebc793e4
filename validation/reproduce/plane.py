"""Figures 7 and 8 of preston2022: a bond that stretches and turns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from electronwind import ClassicalBody, Harmonic, fast
from electronwind.models import stretch_and_turn

from .figure import BLACK, BLUE, GREEN, GREY, RED, Figure, Floats, Statement, span, stack, write
from .oscillator import parts, ratio

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["Comparison", "compare", "preston2022_fig7", "preston2022_fig8"]

MODEL = stretch_and_turn()
STIFFNESS, REST = np.array([0.1, 0.05]), np.array([2.0, 0.0])
START = np.array([2.25, 0.6])
SETTLED = 200.0
CHOSEN = f"start at rest at q = {START[0]}, theta = {START[1]}; compared from t = {SETTLED:.0f} on"


@dataclass(frozen=True)
class Comparison:
    """An Ehrenfest and a perturbative trajectory from a common point.

    Attributes
    ----------
    mass : float
        Mass of both coordinates.
    times : ndarray, shape (t,)
        Times since the common point.
    exact, truncated : ndarray, shape (t, 2)
        Positions q, theta.
    velocity : ndarray, shape (t, 2)
        Velocities of the Ehrenfest trajectory.
    force, adiabatic, first : ndarray, shape (t, 2)
        Force along the Ehrenfest trajectory and its orders zero and one.
    berry : ndarray, shape (t, 2)
        The part of `first` from the antisymmetric friction.
    """

    mass: float
    times: Floats
    exact: Floats
    truncated: Floats
    velocity: Floats
    force: Floats
    adiabatic: Floats
    first: Floats
    berry: Floats

    @property
    def off(self) -> Floats:
        """Largest distance of the two trajectories so far, over the range of the first, shape (t, 2)."""
        distance = np.abs(self.exact - self.truncated) / np.ptp(self.exact, axis=0)
        return np.asarray(np.maximum.accumulate(distance))


@cache
def compare(mass: float, length: float) -> Comparison:
    """Run both dynamics for `length` from the point that the Ehrenfest trajectory has reached at SETTLED."""
    body = ClassicalBody([mass, mass], Harmonic(STIFFNESS, REST))
    times = np.linspace(0, SETTLED + length, int(SETTLED + length) * 2 + 1)
    run: Any = fast.ehrenfest(MODEL, body, (START, np.zeros(2)), times)
    late = times >= SETTLED
    times, x, v, force = times[late], run.position[late], run.velocity[late], run.force[late]
    langevin: Any = fast.langevin(MODEL, body, (x[0], v[0]), times)
    adiabatic, first = parts(MODEL, x, v)
    friction = np.asarray(fast.friction(MODEL.at(x)))
    turning = (friction - friction.swapaxes(-1, -2)) / 2
    berry = -np.einsum("tmn,tn->tm", turning, v)
    return Comparison(mass, times - SETTLED, x, langevin.position, v, force, adiabatic, first, berry)


def preston2022_fig7(out: Path) -> Figure:
    """Compute the exact and the perturbative force on both coordinates along an Ehrenfest trajectory.

    Notes
    -----
    Source: preston2022 Fig. 7, masses 100. The start is not given.
    """
    run = compare(100.0, 600.0)
    truncated = run.adiabatic + run.first
    gap = [float(np.max(np.abs(run.force - truncated)[:, k]) / span(run.force[:, k])) for k in range(2)]
    work = float(
        np.max(np.abs(np.sum(run.berry * run.velocity, axis=1)))
        / np.max(np.linalg.norm(run.berry, axis=1) * np.linalg.norm(run.velocity, axis=1))
    )
    share = [float(np.max(np.abs(run.berry[:, k])) / np.max(np.abs(run.first[:, k]))) for k in range(2)]
    statements = (
        Statement(
            "the forces include antisymmetric ones: the motion of one coordinate pushes the other, and "
            "the net antisymmetric force is perpendicular to the motion",
            f"largest antisymmetric force over the largest of first order: {share[0]:.1%} on q, "
            f"{share[1]:.1%} on theta; its work {work:.0e} of force times way. F0 + F1 is off the exact "
            f"force by up to {gap[0]:.0%} of its range on q, {gap[1]:.0%} on theta",
            min(share) > 1e-3 and work < 1e-12,
            CHOSEN,
        ),
    )

    def draw(canvas: Canvas) -> None:
        labels = ("(a) force on q", "(b) force on theta")
        above, below = canvas.subplots(2, 1, sharex=True)
        for k, (axes, label) in enumerate(zip((above, below), labels, strict=True)):
            axes.plot(run.times, run.force[:, k], color=BLUE, lw=1.4, label="exact (Ehrenfest)")
            axes.plot(run.times, truncated[:, k], color=BLACK, lw=1, ls="--", label="F0 + F1 (perturbative)")
            axes.set_title(label, fontsize="small", loc="left")
            axes.set_ylabel("force (atomic units)")
        below.set_xlabel("time (atomic units)")
        canvas.legend(*below.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)

    name = "preston2022-fig7"
    columns = {"time": run.times} | {
        f"{what}_{coordinate}": values[:, k]
        for k, coordinate in enumerate(MODEL.coordinates)
        for what, values in (
            ("exact", run.force),
            ("F0", run.adiabatic),
            ("F1", run.first),
            ("berry", run.berry),
        )
    }
    return Figure(
        name,
        statements,
        {"gap_q": gap[0], "gap_theta": gap[1], "berry_q": share[0], "berry_theta": share[1]},
        write(out, name, columns, draw, (7, 5)),
    )


def preston2022_fig8(out: Path) -> Figure:
    """Compute trajectories in the plane of the two coordinates, by both methods, and the field of forces.

    Notes
    -----
    Source: preston2022 Fig. 8, masses 100 for a length of 600 and 10 for 200. The start is not given.
    """
    runs = compare(100.0, 600.0), compare(10.0, 200.0)
    final = [run.off[-1] for run in runs]
    # When the distance passes a tenth of the range, in periods of the stretch.
    passes = []
    for run in runs:
        beyond = np.flatnonzero(np.max(run.off, axis=1) > 0.1)
        period = 2 * np.pi * np.sqrt(run.mass / STIFFNESS[0])
        passes.append(float(run.times[beyond[0]] / period) if len(beyond) else np.inf)
    curl = float(np.asarray(fast.curl(MODEL.at([2.0, 1.0])))[0, 1])
    ratios = [[ratio(run.mass, k) for k in STIFFNESS] for run in runs]
    statements = (
        Statement(
            "(a) at Omega/Gamma = 0.32 and 0.22 there are only small differences between the trajectories",
            f"largest distance over the range: {final[0][0]:.0%} in q, {final[0][1]:.0%} in theta at t = "
            f"{runs[0].times[-1]:.0f}",
            bool(np.max(final[0]) < 0.25),
            f'{CHOSEN}; "small" is read as below 1/4',
        ),
        Statement(
            "(b) at Omega/Gamma = 1 and 0.7 they deviate almost instantly and largely",
            f"{final[1][0]:.0%} in q, {final[1][1]:.0%} in theta at t = {runs[1].times[-1]:.0f}; a tenth "
            f"of the range is passed after {passes[1]:.2f} periods of q, in (a) after {passes[0]:.2f}",
            bool(np.max(final[1]) > 2 * np.max(final[0]) and passes[1] < 0.5 and passes[1] < passes[0]),
            CHOSEN,
        ),
        Statement(
            "the adiabatic force is typically not conservative",
            f"curl {curl:.9f} at q = 2, theta = 1",
            abs(curl) > 1e-6,
        ),
    )
    q, theta = np.meshgrid(np.linspace(1.3, 2.9, 13), np.linspace(-1.1, 1.1, 12), indexing="ij")
    points = np.stack([q, theta], axis=-1)
    field = np.asarray(fast.force(MODEL.at(points))) - STIFFNESS * (points - REST)

    def draw(canvas: Canvas) -> None:
        pair = canvas.subplots(1, 2)
        for axes, run, (one, two), part in zip(pair, runs, ratios, "ab", strict=True):
            axes.quiver(q, theta, field[..., 0], field[..., 1], color=GREY, angles="xy", width=0.003)
            axes.plot(*run.exact.T, color=BLUE, lw=1.3, label="Ehrenfest")
            axes.plot(*run.truncated.T, color=BLACK, lw=1, ls="--", label="perturbative")
            axes.plot(*run.exact[0], "o", color=GREEN, ms=7, label="start", zorder=3)
            for path in (run.exact, run.truncated):
                axes.plot(
                    *path[-1], "s", color=RED, ms=6, zorder=3, label="end" if path is run.exact else None
                )
            axes.set_title(
                f"({part}) Omega/Gamma = {one:.2f} (q), {two:.2f} (theta); t = {run.times[-1]:.0f}",
                fontsize="small",
                loc="left",
            )
            axes.set_xlabel("q (atomic units)")
            axes.set_ylabel("theta (rad)")
        canvas.legend(
            *pair[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False
        )

    name = "preston2022-fig8"
    columns = stack(
        [
            {"mass": run.mass, "time": run.times, "q": run.exact[:, 0], "theta": run.exact[:, 1],
             "q_perturbative": run.truncated[:, 0], "theta_perturbative": run.truncated[:, 1]}
            for run in runs
        ]
    )  # fmt: skip
    return Figure(
        name,
        statements,
        {
            f"{what}_{run.mass:g}": float(value)
            for run, end, period in zip(runs, final, passes, strict=True)
            for what, value in (("off_q", end[0]), ("off_theta", end[1]), ("periods", period))
        }
        | {"curl": curl},
        write(out, name, columns, draw, (9.5, 4.6)),
    )
