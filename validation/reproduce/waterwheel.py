"""Figures about the waterwheel: a test particle over a ribbon, and the two senses of a circular mode."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from electronwind import OpenSystem, WideBandLead, decompose, fast
from electronwind.models import ribbon_particle

from ..systems.ribbons import to_second_order
from .figure import BLUE, GREEN, GREY, ORANGE, RED, Figure, Floats, Statement, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["todorov2011_rates", "todorov2011_ribbon", "todorov2014_response"]

WIDTH, FILLING, BIAS = 80, 4.5, 1e-6
MASS, FREQUENCY = 100.0, 0.05


def todorov2011_ribbon(out: Path) -> Figure:
    """Compute what a weak test particle over a ribbon measures, and what free electrons have there.

    Notes
    -----
    Source: todorov2011 Eq. 7-11; the curl is along z, and depends on the distance from the walls.
    """
    walls = WIDTH + 1
    energy = (FILLING * np.pi / walls) ** 2
    flow = ribbon_particle(WIDTH, 4, 1.0, -1.0, (energy - 4 + BIAS / 2, energy - 4 - BIAS / 2))
    y = np.linspace(0.0, WIDTH - 1.0, 118)
    lattice = np.array([to_second_order(flow, np.array([1.5, v])) for v in y]) / BIAS
    n = np.arange(1, int(FILLING) + 1)
    k = np.sqrt(energy - (n * np.pi / walls) ** 2)
    phase = np.multiply.outer((y + 1) * np.pi / walls, n)
    waves, slopes = 2 / walls * np.sin(phase) ** 2, 2 / walls * np.sin(2 * phase) * n * np.pi / walls
    states, bent = (part @ (1 / k) / (2 * np.pi) for part in (waves, slopes))
    current, shear = (2 * np.sum(part, axis=1) / (2 * np.pi) for part in (waves, slopes))
    # m = 1/2: rot F = 2 pi m C^2 rot(D j), and -d/dy of it along z.
    free = -np.pi * (bent * current + states * shear)
    size = float(np.max(np.abs(free)))
    apart = float(np.max(np.abs(lattice - free))) / size
    # The full problem, at a few places and two strengths.
    strengths, places = (0.01, 0.1), (0.4, 1.1, 2.6)
    narrow = ribbon_particle(4, 4, 1.0, mu=(-2.3, -2.6))
    ratios = []
    for c in strengths:
        made = ribbon_particle(4, 4, c, mu=(-2.3, -2.6))
        got = [float(fast.curl(made.at([1.4, p]))[0, 1]) / c**2 for p in places]
        want = [to_second_order(narrow, np.array([1.4, p])) for p in places]
        ratios.append(float(np.max(np.abs(np.array(got) / want - 1))))

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.axhline(0, color=GREY, lw=0.8)
        axes.plot(y, free, color=GREY, lw=1, label="2 pi m C^2 rot(D j), free electrons")
        axes.plot(y, lattice, "o", color=BLUE, ms=3, label="test particle on the lattice")
        axes.set_xlabel("y / lattice constant")
        axes.set_ylabel("curl / (C^2 eV)")
        axes.legend(frameon=False)

    statements = (
        Statement(
            "to lowest order in C the curl is a property of the flow, 2 pi m C^2 rot(D j)",
            f"on a lattice with k_F = {np.sqrt(energy):.2f} it is off by {100 * apart:.1f}% of the largest",
            apart < 0.05,
            "ribbon of 80 sites, 4.5 half waves across; the limit of long waves is taken in the tests",
        ),
        Statement(
            "the point defect is a noninvasive test particle where C is small",
            f"the full curl is off the second order by at most {100 * ratios[0]:.2f}% at C = 0.01 and "
            f"{100 * ratios[1]:.1f}% at C = 0.1",
            ratios[0] < 0.02 and 5 < ratios[1] / ratios[0] < 20,
            "ribbon of 4 sites, a window from -2.6 to -2.3 in units of the hopping, three places",
        ),
    )
    name = "todorov2011-ribbon"
    columns: dict[str, Floats] = {"y": y, "lattice": lattice, "free": free}
    return Figure(name, statements, {"apart": apart}, write(out, name, columns, draw))


def _turning(bias: float) -> OpenSystem:
    """Return three levels in a ring that two coordinates deform, between two leads."""
    h = np.array([[0.0, 0.4, 0.1], [0.4, 0.05, 0.4], [0.1, 0.4, 0.0]])
    x = np.array([[0.0, 0.3, 0.0], [0.3, 0.0, -0.3], [0.0, -0.3, 0.0]])
    y = np.array([[0.2, 0.1, 0.2], [0.1, 0.0, -0.2], [0.2, -0.2, -0.2]])
    ends = [np.diag([0.3, 0.0, 0.0]), np.diag([0.0, 0.0, 0.3])]
    leads = [WideBandLead(e, side * bias / 2, 0.01) for e, side in zip(ends, (1, -1), strict=True)]
    return OpenSystem(h, [x, y], leads, 2)


def todorov2011_rates(out: Path) -> Figure:
    """Compute the growth of the anticlockwise and of the clockwise mode over the bias.

    Notes
    -----
    Source: todorov2011 Eq. 29-34, at one frequency and mass.
    """
    biases = np.linspace(-1.5, 1.5, 61)
    rates = np.array([fast.mode_rates(_turning(float(v)), FREQUENCY, MASS) for v in biases])
    chi = np.array([fast.response(_turning(float(v)), FREQUENCY) for v in biases])
    turn = -(chi[:, 0, 1] - chi[:, 1, 0]).real
    drag = -np.trace(chi, axis1=1, axis2=2).imag
    difference = float(np.max(np.abs(rates[:, 0] - rates[:, 1] - turn / (MASS * FREQUENCY))))
    total = float(np.max(np.abs(rates.sum(axis=1) - drag / (MASS * FREQUENCY))))
    size = float(np.max(np.abs(rates)))
    still = rates[len(biases) // 2]
    growing = rates > 0
    unstable = np.array([np.abs(turn) > np.abs(drag)]).ravel() & (drag < 0)
    agreed = bool(np.all(np.any(growing, axis=1)[drag < 0] == unstable[drag < 0]))
    onset = float(np.min(np.abs(biases[np.any(growing, axis=1)]))) if np.any(growing) else float("nan")

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.axhline(0, color=GREY, lw=0.8)
        axes.plot(biases, rates[:, 0], color=BLUE, label="anticlockwise")
        axes.plot(biases, rates[:, 1], color=RED, label="clockwise")
        axes.set_xlabel("bias (energy)")
        axes.set_ylabel("d ln N/dt")
        axes.legend(frameon=False)

    statements = (
        Statement(
            "the work of the curl around an orbit is the stimulated emission into one sense of rotation less "
            "that into the other",
            f"difference of both rates less the curl over M w: {difference / size:.0e} of the largest rate; "
            f"their sum less the friction over M: {total / size:.0e}",
            max(difference, total) < 1e-12 * size,
            "three levels between two leads, w = 0.05, M = 100",
        ),
        Statement(
            "beyond a bias one of the two modes grows: the curl exceeds w times the trace of the friction",
            f"from |eV| = {onset:.2f} on; without bias both fall by {abs(still[0]):.2e}",
            agreed and np.isfinite(onset) and bool(np.all(still < 0)),
            "three levels between two leads, w = 0.05, M = 100",
        ),
    )
    name = "todorov2011-rates"
    columns: dict[str, Floats] = {"bias": biases, "anticlockwise": rates[:, 0], "clockwise": rates[:, 1]}
    return Figure(name, statements, {"onset": onset}, write(out, name, columns, draw))


def todorov2014_response(out: Path) -> Figure:
    """Compute the four parts of the response, K and L, over the frequency.

    Notes
    -----
    Source: todorov2014 Eq. 20-44: K symmetric and antisymmetric, L symmetric (friction) and antisymmetric
    (Lorentz-like), even in the frequency, and the two limits of slow motion.
    """
    system = _turning(0.8)
    w = np.linspace(0.01, 3.0, 300)
    parts = decompose(fast.response(system, w), w)
    xy = {
        "non-conservative K": parts.nonconservative[:, 0, 1],
        "Lorentz-like -L": parts.lorentz[:, 0, 1],
        "friction -L_xx": parts.friction[:, 0, 0],
        "friction -L_yy": parts.friction[:, 1, 1],
    }
    curl = float(fast.curl(system)[0, 1])
    xi = np.asarray(fast.friction(system))
    slow = decompose(fast.response(system, 1e-4), 1e-4)
    turned = float(2 * slow.nonconservative[0, 1])
    rest = float(np.max(np.abs(slow.friction + slow.lorentz - xi)))
    fast_end = float(np.max(np.abs(parts.friction[-1])) / np.max(np.abs(parts.friction[0])))

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.axhline(0, color=GREY, lw=0.8)
        for (label, values), colour in zip(xy.items(), (BLUE, RED, GREEN, ORANGE), strict=True):
            axes.plot(w, values, color=colour, label=label)
        axes.set_xlabel("frequency (energy / hbar)")
        axes.set_ylabel("K (energy / length^2), -L (hbar / length^2)")
        axes.legend(frameon=False)

    statements = (
        Statement(
            "for slow motion K - K^T is the curl, and L the velocity-dependent force of slow atoms",
            f"at w = 1e-4 {turned:.8f} and {curl:.8f}; L and minus the friction matrix differ by {rest:.0e}",
            abs(turned / curl - 1) < 1e-5 and rest < 1e-5,
            "three levels between two leads, eV = 0.8",
        ),
        Statement(
            "fast motion leaves the electrons behind: the friction fades",
            f"at w = 3 {100 * fast_end:.1f}% of that at w = 0.01",
            fast_end < 0.2,
            "three levels between two leads, eV = 0.8",
        ),
    )
    name = "todorov2014-response"
    columns: dict[str, Floats] = {"frequency": w} | {
        key.replace(" ", "_").replace("-", ""): v for key, v in xy.items()
    }
    return Figure(name, statements, {"curl": curl}, write(out, name, columns, draw))
