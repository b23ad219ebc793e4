"""Figures 4 and 5 of cunningham2014: a wire that settles, and the noise of its current along the wire."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from electronwind import Units, pen_and_paper

from ..simulation.run import MICROAMPERE, Course, quantum
from .figure import BLACK, BLUE, GREY, RED, Figure, Floats, Statement, stack, write
from .wire_runs import REDUCED, Plan, Pool, einstein

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["cunningham2014_fig4", "cunningham2014_fig5", "flight", "noise", "predicted_noise"]

# The paper's number for 200 atoms at 0.5 V, and what its fit gives for any length (Eq. 13, 16).
PRINTED, FLUCTUATION = 17.5, 1.5
ALPHA, SCALE, BETA = 0.94, 16.9, 23.2


def cunningham2014_fig4(out: Path, plan: Plan = REDUCED) -> Figure:
    """Follow the kinetic energy and the current of a wire under 0.5 V.

    Notes
    -----
    Source: cunningham2014 Fig. 4.
    """
    name = "cunningham2014-fig4"
    pool = Pool(out, plan.behind(name), plan.since)
    courses = pool.at(plan.atoms, plan.biases[0], 10.0)
    one = quantum(plan.biases[0])
    printed = plan.atoms == 200
    since = plan.since
    energy, current = (pool.mean(n, plan.atoms, plan.biases[0], 10.0) for n in ("kinetic", "mean"))
    times = [_settled(course) for course in courses]
    wanted = PRINTED if printed else _fitted(plan.atoms, plan.biases[0])
    allowed = np.hypot(FLUCTUATION / PRINTED * wanted, pool.reach("kinetic") * energy.error)
    wobble = float(np.mean([course.late(course.kinetic, since)[1] for course in courses]))

    def draw(canvas: Canvas) -> None:
        # The inset of the paper would cover the curves.
        above, below = canvas.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        for course in courses:
            above.plot(course.time / 1000, course.kinetic, linewidth=0.8)
        above.axhline(wanted, color=BLACK, linestyle=":", label="the paper")
        above.set_ylabel("kinetic energy (eV)")
        above.legend(frameon=False, loc="upper left")
        below.plot(courses[0].time / 1000, courses[0].middle, color=RED, linewidth=0.4)
        below.set_ylabel("middle bond (µA)")
        below.set_xlabel("time (ps)")

    chosen = f"{plan.atoms} atoms of 10 amu, 0.5 V, {plan.picoseconds:g} ps, counted from "
    chosen += f"{since * plan.picoseconds:g} ps on; {pool.words('kinetic')}"
    source = "as printed" if printed else "by its Eq. 13 and constants for this length"
    middle = float(np.mean([np.std(c.middle[c.time >= c.time[-1] / 2]) for c in courses]))
    statements = [
        Statement(
            "the kinetic energy rises sharply, and saturates and fluctuates about a mean after about 3 ps",
            f"the mean of the second half is first reached after {min(times):.2g} to {max(times):.2g} ps; "
            f"in the end it fluctuates by {wobble:.2g} eV",
            max(times) < 3.0 and wobble < 0.5 * energy.value,
            chosen,
        ),
        Statement(
            "200 atoms settle at a kinetic energy of 17.5 ± 1.5 eV"
            if printed
            else "wires settle at the kinetic energy of Eq. 13, 17.2 eV for 200 atoms",
            f"{energy.value:.2f} ± {energy.error:.2f} eV (standard error) against {wanted:.1f}, {source}",
            bool(abs(energy.value - wanted) < allowed),
            f"{chosen}; allowed is the paper's fluctuation and our interval",
        ),
        Statement(
            "the current is noisy, about a transmission of about 0.3"
            if printed
            else "the current is noisy, below the quantum",
            f"transmission {current.value / one:.3f} ± {current.error / one:.3f}; the current of the middle "
            f"bond fluctuates by {middle:.2g} µA",
            bool(abs(current.value / one - 0.3) < 0.08) if printed else 0.3 < current.value / one < 0.7,
            chosen,
        ),
    ]
    columns = stack(
        [
            {
                "seed": float(c.case.seed), "time_fs": c.time, "kinetic_eV": c.kinetic,
                "middle_uA": c.middle, "mean_uA": c.mean,
            }
            for c in courses
        ]
    )  # fmt: skip
    numbers = {"kinetic": energy.value, "kinetic_error": energy.error, "quanta": current.value / one}
    return Figure(name, tuple(statements), numbers, write(out, name, columns, draw, (6, 5)))


def _settled(course: Course) -> float:
    """Return when the kinetic energy first reaches its late mean, in picoseconds."""
    return float(course.time[np.argmax(course.kinetic >= course.late(course.kinetic)[0])]) / 1000


def _fitted(atoms: int, bias: float) -> float:
    """Return the kinetic energy by the paper's fit."""
    return float(pen_and_paper.energy(atoms, bias, einstein(10.0), ALPHA, SCALE, BETA))


def noise(course: Course) -> float:
    """Return the root of the variance of the current along the middle half, averaged in time; in microampere.

    Only what is late counts.
    """
    return float(np.sqrt(course.late(course.spread**2)[0]))


def predicted_noise(course: Course) -> float:
    """Return the right-hand side of Eq. 11 for a run, in microampere."""
    wire = course.case.wire
    slope = float(wire.bonds(wire.rest).slope[wire.sites.start])
    density = float(pen_and_paper.density_of_states(wire.perfect, wire.filling, wire.spacing))
    energy, mass = course.late(course.kinetic)[0], float(Units().from_amu(course.case.mass))
    return MICROAMPERE * float(pen_and_paper.current_spread(energy, mass, wire.spacing, slope, density))


def flight(course: Course) -> float:
    """Return omega tau: the time between two collisions of an electron in units of that of the vibrations.

    The transmission of a wire of length L is l/(l + L), where l is the mean free path.
    """
    wire = course.case.wire
    through = course.late(course.mean)[0] / quantum(course.case.bias)
    # In units of the spacing, as the velocity at the Fermi energy is.
    path = course.case.atoms * through / (1 - through)
    return einstein(course.case.mass) * path / float(2 * abs(wire.perfect) * np.sin(np.pi * wire.filling))


def cunningham2014_fig5(out: Path, plan: Plan = REDUCED) -> Figure:
    """Hold the spread of the current along the wire, in all runs that move, against Eq. 11.

    Notes
    -----
    Source: cunningham2014 Fig. 5. Electrons that fly on for longer than a vibration takes do not diffuse in
    it, and Eq. 11 is not of them: long wires of light atoms, and those that hardly move.
    """
    name = "cunningham2014-fig5"
    pool = Pool(out, plan.behind(name))
    moving = [
        c
        for case, c in pool.courses.items()
        if case.atoms >= 10 and not pool.rests(case.atoms, case.bias, case.mass)
    ]
    ours, theirs = (np.array([f(c) for c in moving]) for f in (noise, predicted_noise))
    ratio = ours / theirs
    flights = np.array([flight(c) for c in moving])
    diffuse = flights < 1
    top = 1.1 * float(max(ours.max(), theirs.max()))

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        axes.plot(theirs[diffuse], ours[diffuse], ".", color=BLUE, label="electrons diffuse")
        axes.plot(theirs[~diffuse], ours[~diffuse], ".", color=RED, label="they outlast a vibration")
        axes.plot([0, top], [0, top], color=GREY)
        axes.legend(frameon=False)
        axes.set_xlabel("Eq. 11 (µA)")
        axes.set_ylabel("root of the variance along the wire (µA)")

    def column(name: str) -> Floats:
        return np.array([getattr(c.case, name) for c in moving], float)

    near, far = ratio[diffuse], ratio[~diffuse]
    r = float(np.corrcoef(ours[diffuse], theirs[diffuse])[0, 1]) if len(near) > 2 else 0.0
    found = []
    if len(near):
        found.append(
            f"over that of Eq. 11: {near.min():.2f} to {near.max():.2f}, mean {near.mean():.2f}; "
            f"correlation {r:.3f}"
        )
    if len(far):
        found.append(
            f"{len(far)} others, whose electrons outlast a vibration: {far.min():.2f} to {far.max():.2f}"
        )
    statements = (
        Statement(
            "the spread of the current along the wire is qualitatively that of driven diffusion, Eq. 11",
            "; ".join(found),
            bool(r > 0.9 and near.min() > 0.5 and near.max() < 2),
            f"{len(near)} runs in which the time between collisions, by the current, is less than one over "
            "the Einstein frequency; bonds of the middle half, every 5 fs in the second half of a run",
        ),
    )
    columns = {key: column(key) for key in ("atoms", "bias", "mass", "seed")}
    columns |= {"flight": flights, "predicted_uA": theirs, "spread_uA": ours}
    numbers = {"ratio": float(ratio.mean()), "correlation": r}
    return Figure(name, statements, numbers, write(out, name, columns, draw))
