"""Figures about screening: the curl at a bend whose corner is neutral, or has a U, or many neutral mates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from electronwind import fast
from electronwind.functionals import Hubbard, LocalNeutrality
from electronwind.models import bent_chain

from .figure import BLACK, BLUE, GREEN, GREY, ORANGE, RED, Figure, Floats, Statement, write
from .neutrality import at_bias, small_bias

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from electronwind.functionals import MeanField

__all__ = ["todorov2010_fig3", "todorov2010_neutrality", "todorov2010_strength"]

BIAS = 1e-4
FILLINGS = 91
UNIT = "curl / [(4 eV / pi) (H'/H)^2]"
COLOURS = (BLUE, RED, GREEN, ORANGE, BLACK)


def _curl(filling: float, functional: MeanField | None, bias: float = BIAS) -> float:
    """Return the curl of the bent chain in units of (4 eV/pi)(H'/H)^2, at a corner with this mean field."""
    level = 2 * bent_chain.hopping * np.cos(np.pi * filling)
    model = bent_chain(mu=(level + bias / 2, level - bias / 2))
    if functional is None:
        system = model.at([0.0, 0.0])
    else:
        system = fast.self_consistent(model, functional, [0.0, 0.0]).system
    # H' = -decay H at one bond length.
    return float(fast.curl(system)[0, 1]) / (4 * bias / np.pi * bent_chain.decay**2)


def todorov2010_fig3(out: Path) -> Figure:
    """Compute the curl at the corner of a bent chain over its filling, without screening and with.

    Notes
    -----
    Source: todorov2010 Fig. 3, both lines, and Eq. 32, 33: in units of (4 eV / pi) (H'/H)^2 the curl is
    cot(phi), and (cos(phi) - 1 + 2 phi/pi)/sin(phi) where the corner is neutral, with E = 2 H cos(phi) at the
    Fermi level and the filling phi / pi. The paper is linear in the bias V; here eV = 1e-4 |H|, which changes
    the curl by less than a part in 10^6.
    """
    filling = np.linspace(0.05, 0.95, FILLINGS)
    phi, middle = np.pi * filling, FILLINGS // 2
    bare = np.array([_curl(f, None) for f in filling])
    neutral = np.array([_curl(f, LocalNeutrality([1], 2 * f)) for f in filling])
    closed = 1 / np.tan(phi)
    closed_neutral = (np.cos(phi) - 1 + 2 * filling) / np.sin(phi)
    deviation, other = (
        float(np.max(np.abs(got - want) / np.maximum(np.abs(want), 1)))
        for got, want in ((bare, closed), (neutral, closed_neutral))
    )
    half = [float(bare[middle]), float(neutral[middle])]
    low = filling <= 1 / 3
    ratio = neutral[low] / bare[low]
    left = float((bare[middle - 1] and neutral[middle - 1] / bare[middle - 1]) or 0.0)

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.axhline(0, color=GREY, lw=0.8)
        axes.plot(filling, closed, color=GREY, lw=1, label="Eq. 32 and 33")
        axes.plot(filling, closed_neutral, color=GREY, lw=1, ls="--")
        axes.plot(filling, bare, "o", color=BLUE, ms=3, label="no screening")
        axes.plot(filling, neutral, "s", color=RED, ms=3, label="neutral corner")
        axes.set_xlabel("filling phi / pi")
        axes.set_ylabel(UNIT)
        axes.legend(frameon=False)

    statements = (
        Statement(
            "the unscreened curl is cot(phi) in units of (4 eV / pi)(H'/H)^2",
            f"largest deviation {deviation:.1e} for {FILLINGS} fillings; {half[0]:.1e} at half filling",
            deviation < 1e-6 and abs(half[0]) < 1e-6,
            "bias eV = 1e-4 |H|",
        ),
        Statement(
            "with a neutral corner it is (cos(phi) - 1 + 2 phi/pi)/sin(phi), and both vanish at half filling",
            f"largest deviation {other:.1e} for {FILLINGS} fillings; {half[1]:.1e} at half filling",
            other < 1e-6 and max(map(abs, half)) < 1e-6,
            "bias eV = 1e-4 |H|",
        ),
        Statement(
            "up to a filling of 1/3 the screened curl is at most a third of the unscreened one: screening "
            "reduces it considerably and does not eliminate it",
            f"ratio {ratio[0]:.3f} to {ratio[-1]:.3f} at fillings {filling[low][0]:.2f} to "
            f"{filling[low][-1]:.2f}; {left:.3f} next to half filling, where both vanish",
            bool(np.all(ratio <= 1 / 3 + 1e-6) and np.all(ratio > 0)),
            "bias eV = 1e-4 |H|",
        ),
    )
    name = "todorov2010-fig3"
    columns = {"filling": filling, "curl": bare, "cot_phi": closed, "curl_neutral": neutral}
    return Figure(
        name,
        statements,
        {"deviation": deviation, "half_filling": half[0], "deviation_neutral": other},
        write(out, name, columns | {"eq_33": closed_neutral}, draw),
    )


def todorov2010_strength(out: Path) -> Figure:
    """Compute the curl at the corner of a bent chain over the strength U of the repulsion there.

    Notes
    -----
    Source: todorov2010 Eq. 20-25 with a Hubbard energy; the curl falls short of that of a neutral corner by
    1/(1 + u), u = U/(2 |H|) with both spins.
    """
    strengths = np.logspace(-2, 3, 41)
    fillings = (0.1, 0.2, 0.3, 0.4)
    found = {f: np.array([_curl(f, Hubbard([1], u, 2 * f)) for u in strengths]) for f in fillings}
    share = strengths / (2 + strengths)
    closed = {f: (np.cos(np.pi * f) - (1 - 2 * f) * share) / np.sin(np.pi * f) for f in fillings}
    deviation = max(float(np.max(np.abs(found[f] / closed[f] - 1))) for f in fillings)
    ends = [found[0.3][k] * np.tan(0.3 * np.pi) for k in (0, -1)]

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        for f, colour in zip(fillings, COLOURS, strict=False):
            scale = np.tan(np.pi * f)
            axes.semilogx(strengths, closed[f] * scale, color=GREY, lw=1)
            axes.semilogx(strengths, found[f] * scale, "o", color=colour, ms=3, label=f"filling {f:g}")
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("U / |H|")
        axes.set_ylabel("curl / curl without screening")
        axes.legend(frameon=False)

    statement = Statement(
        "(not in the paper) a finite U screens by the share u/(1 + u) of a neutral corner, u = U/(2 |H|)",
        f"largest relative deviation {deviation:.1e}; at filling 0.3 from {ends[0]:.4f} of the bare curl at "
        f"U = 0.01 |H| to {ends[1]:.4f} at 1000 |H|",
        deviation < 1e-5,
        "bias eV = 1e-4 |H|; fillings 0.1 to 0.4",
    )
    name = "todorov2010-strength"
    columns: dict[str, Floats] = {"U": strengths} | {f"curl_{f:g}": found[f] for f in fillings}
    return Figure(name, (statement,), {"deviation": deviation}, write(out, name, columns, draw))


def todorov2010_neutrality(out: Path) -> Figure:
    """Compute the curl at the corner of a bent chain over the number of neutral atoms about it.

    Notes
    -----
    Source: the question at the end of todorov2010 Sec. VI.
    """
    cold = np.array([1, 3, 5, 7, 11, 15, 21, 31, 41, 61, 81, 121, 161, 241, 321, 481, 641, 961])
    filling = 0.3
    bare = small_bias(filling, 0)
    curves = {t: np.array([small_bias(filling, int(m), t) for m in cold]) / small_bias(filling, 0, t)
              for t in (0.0, 0.0025, 0.01, 0.02)}  # fmt: skip
    few = cold[:8]
    biased = {v: np.array([at_bias(filling, int(m), v) for m in few]) / at_bias(filling, 0, v)
              for v in (1e-3, 0.2, 0.8)}  # fmt: skip
    roots = curves[0.0][9:] ** -0.5
    slope, start = np.polyfit(np.log(cold[9:]), roots, 1)
    fit = float(np.max(np.abs(1 / (start + slope * np.log(cold[9:])) ** 2 / curves[0.0][9:] - 1)))
    linear = float(np.max(np.abs(biased[1e-3] / curves[0.0][:8] - 1)))
    at_241 = int(np.flatnonzero(cold == 241)[0])
    ends = {t: float(c[-1] / c[at_241]) for t, c in curves.items()}
    at_31 = {v: float(c[-1] / c[-3]) for v, c in biased.items()}
    uneven = small_bias(0.45, 3) / small_bias(0.45, 1)

    def draw(canvas: Canvas) -> None:
        left, right = canvas.subplots(1, 2)
        for (t, values), colour in zip(curves.items(), COLOURS, strict=False):
            left.semilogx(cold, values**-0.5, "o-", color=colour, ms=3, lw=0.8, label=f"T = {t:g} |H|")
        left.semilogx(cold, start + slope * np.log(cold), color=GREY, lw=0.8, ls="--", label="a + b ln m")
        left.set_ylabel("(curl without screening / curl)^(1/2)")
        for (v, values), colour in zip(biased.items(), COLOURS, strict=False):
            right.loglog(few, values, "o-", color=colour, ms=3, lw=0.8, label=f"eV = {v:g} |H|")
        right.set_ylabel("curl / curl without screening")
        for axes in (left, right):
            axes.set_xlabel("neutral atoms m")
            axes.legend(frameon=False)

    words = ", ".join(
        f"{m}: {v:.4f}" for m, v in zip(cold, curves[0.0], strict=True) if m in (1, 11, 61, 241, 961)
    )
    statements = (
        Statement(
            "(asked in Sec. VI) strict neutrality of more and more atoms takes the curl away, like "
            "1/(a + b ln m)^2",
            f"curl over that without screening at filling 0.3 and T = 0 {words}; a = {start:.3f}, b = "
            f"{slope:.3f} fit m from 61 to 961 within {100 * fit:.1f}%",
            fit < 0.02 and slope > 0,
            "bias eV -> 0 by plane waves; the solver at eV = 1e-3 |H| differs by "
            f"{linear:.0e} for m up to 31",
        ),
        Statement(
            "(asked in Sec. VI) a temperature ends the decay at the length v/T",
            "curl at 961 atoms over that at 241: "
            + ", ".join(f"{r:.3f} at T = {t:g}" for t, r in ends.items()),
            ends[0.0] < 0.8 and ends[0.02] > 0.97 and sorted(ends.values()) == list(ends.values()),
            "filling 0.3, bias -> 0",
        ),
        Statement(
            "(asked in Sec. VI) a bias ends the decay at the length v/eV",
            "curl at 31 atoms over that at 15: "
            + ", ".join(f"{r:.3f} at eV = {v:g}" for v, r in at_31.items()),
            at_31[1e-3] < 0.9 and at_31[0.8] > 0.97,
            "filling 0.3, T = 0, the self-consistent state at that bias",
        ),
        Statement(
            "(asked in Sec. VI) for few atoms it is not monotone",
            f"at filling 0.45 three neutral atoms leave {uneven:.2f} times what one leaves",
            uneven > 1.5,
            "bias -> 0, T = 0",
        ),
    )
    name = "todorov2010-neutrality"
    columns = {"atoms": cold.astype(float)} | {f"curl_T{t:g}": c for t, c in curves.items()}
    numbers = {"a": float(start), "b": float(slope), "bare": bare}
    return Figure(name, statements, numbers, write(out, name, columns, draw, (8, 4)))
