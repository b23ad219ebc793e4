"""Figures of the steady state: the viscosity of two levels, and the curl at a bend."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy
from numpy.polynomial import Chebyshev

from electronwind import fast
from electronwind.models import bent_chain, two_level

from .figure import BLUE, GREY, RED, Figure, Floats, Statement, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["friction_of_two_levels", "negative_region", "preston2022_fig1", "todorov2010_fig3"]


def friction_of_two_levels(x: Any) -> Floats:
    """Return the friction of two levels at their published parameters, for an array of x."""
    system = two_level().at(np.asarray(x)[..., None])
    return np.asarray(fast.friction(system), dtype=float)[..., 0, 0]


def negative_region() -> list[float]:
    """Return where between -1 and 1 the friction of two levels changes sign."""
    x = np.linspace(-1, 1, 1001)
    crossings = np.flatnonzero(np.diff(np.sign(friction_of_two_levels(x))))
    return [
        float(scipy.optimize.brentq(lambda y: float(friction_of_two_levels(y)), x[i], x[i + 1], xtol=1e-14))
        for i in crossings
    ]


def preston2022_fig1(out: Path) -> Figure:
    """Compute the friction of two levels over their shift, and the interval where it is negative.

    Notes
    -----
    Source: preston2022 Fig. 1 and Sec. III B: lambda = eta = 0.1, gamma = 0.05, mu = +-0.12,
    T = 0.001.
    """
    x = np.linspace(-1, 1, 1001)
    friction = friction_of_two_levels(x)
    zeros = negative_region()
    i = int(np.argmin(friction))
    # A search for the minimum stops at half the digits; the slope of an interpolant does not.
    near = Chebyshev.interpolate(friction_of_two_levels, 16, domain=(x[i] - 0.01, x[i] + 0.01))
    at = float(min(near.deriv().roots().real, key=lambda root: abs(root - x[i])))
    lowest = float(friction_of_two_levels(at))
    one_interval = len(zeros) == 2
    agrees = one_interval and zeros[0] < -0.2 < zeros[1] and abs(at + 0.2) < 0.05
    ends = " and ".join(f"{zero:.10f}" for zero in zeros) or "none"

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.axhline(0, color=GREY, lw=0.8)
        if one_interval:
            axes.axvspan(*zeros, color=RED, alpha=0.15, lw=0, label="negative")
        axes.plot(x, friction, color=BLUE)
        axes.plot(at, lowest, "o", color=RED, ms=4, label="lowest")
        axes.set_xlabel("x (atomic units)")
        axes.set_ylabel("viscosity (atomic units)")
        axes.legend(frameon=False)

    statement = Statement(
        "the viscosity is negative in a small region around x = -0.2",
        f"changes sign at {ends}; lowest {lowest:.9f} at x = {at:.9f}",
        agrees,
    )
    name = "preston2022-fig1"
    return Figure(
        name,
        (statement,),
        {"minimum": lowest, "at": at} | {f"zero_{k}": zero for k, zero in enumerate(zeros)},
        write(out, name, {"x": x, "friction": friction}, draw),
    )


def todorov2010_fig3(out: Path) -> Figure:
    """Compute the curl at the corner of a bent chain over its filling, without screening.

    Notes
    -----
    Source: todorov2010 Fig. 3, solid line, and Eq. 32: in units of (4 eV / pi) (H'/H)^2 the curl is
    cot(phi), where E = 2 H cos(phi) at the Fermi level and the filling is phi / pi. The paper is
    linear in the bias V; here eV = 1e-4 |H|, which changes the curl by less than a part in 10^6.
    """
    bias = 1e-4
    filling = np.linspace(0.05, 0.95, 91)
    phi = np.pi * filling
    curl = np.empty_like(phi)
    for i, angle in enumerate(phi):
        level = 2 * bent_chain.hopping * np.cos(angle)
        system = bent_chain(mu=(level + bias / 2, level - bias / 2)).at([0.0, 0.0])
        curl[i] = np.asarray(fast.curl(system), dtype=float)[0, 1]
    # H' = -decay H at one bond length, and the decay is 1.
    curl /= 4 * bias / np.pi * bent_chain.decay**2
    closed = 1 / np.tan(phi)
    deviation = float(np.max(np.abs(curl - closed) / np.maximum(np.abs(closed), 1)))
    half = float(curl[45])

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.axhline(0, color=GREY, lw=0.8)
        axes.plot(filling, closed, color=GREY, lw=1, label="cot(phi), Eq. 32")
        axes.plot(filling, curl, "o", color=BLUE, ms=3, label="electronwind.fast")
        axes.set_xlabel("filling phi / pi")
        axes.set_ylabel("curl / [(4 eV / pi) (H'/H)^2]")
        axes.legend(frameon=False)

    statement = Statement(
        "the unscreened curl is cot(phi) in units of (4 eV / pi)(H'/H)^2",
        f"largest deviation {deviation:.1e} for 91 fillings; {half:.1e} at half filling",
        deviation < 1e-6 and abs(half) < 1e-6,
        "bias eV = 1e-4 |H|",
    )
    name = "todorov2010-fig3"
    return Figure(
        name,
        (statement,),
        {"deviation": deviation, "half_filling": half},
        write(out, name, {"filling": filling, "curl": curl, "cot_phi": closed}, draw),
    )
