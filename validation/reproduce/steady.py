"""The figure of the steady state of preston2022: the viscosity of two levels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy
from numpy.polynomial import Chebyshev

from electronwind import fast
from electronwind.models import two_level

from .figure import BLUE, GREY, RED, Figure, Floats, Statement, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["friction_of_two_levels", "negative_region", "preston2022_fig1"]


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
