"""Published figures, computed anew by `electronwind.fast` and held against their paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.polynomial import Chebyshev
from numpy.typing import NDArray
from scipy.optimize import brentq

from electronwind import fast
from electronwind.models import bent_chain, two_level

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FIGURES", "Figure"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A figure computed anew.

    Attributes
    ----------
    statement, ours, verdict : str
        What the paper states, our numbers for it, and whether they agree.
    agrees : bool
        The verdict.
    numbers : dict
        Our numbers.
    files : tuple of Path
        What was written: the plot and its numbers.
    """

    statement: str
    ours: str
    verdict: str
    agrees: bool
    numbers: dict[str, float]
    files: tuple[Path, ...]


def _friction(x: Any) -> Floats:
    """Friction of the two-level junction at its published parameters, for an array of x."""
    system = two_level().at(np.asarray(x)[..., None])
    return np.asarray(fast.friction(system), dtype=float)[..., 0, 0]


def preston2022_fig1(out: Path) -> Figure:
    """Compute the friction of two levels over their shift, and the interval where it is negative.

    Notes
    -----
    Source: preston2022 Fig. 1 and Sec. III B: lambda = eta = 0.1, gamma = 0.05, mu = +-0.12,
    T = 0.001.
    """
    x = np.linspace(-1, 1, 1001)
    friction = _friction(x)
    crossings = np.flatnonzero(np.diff(np.sign(friction)))
    zeros = [float(brentq(lambda y: float(_friction(y)), x[i], x[i + 1], xtol=1e-14)) for i in crossings]
    i = int(np.argmin(friction))
    # A search for the minimum stops at half the digits; the slope of an interpolant does not.
    near = Chebyshev.interpolate(_friction, 16, domain=(x[i] - 0.01, x[i] + 0.01))
    at = float(min(near.deriv().roots().real, key=lambda root: abs(root - x[i])))
    lowest = float(_friction(at))
    one_interval = len(zeros) == 2
    agrees = one_interval and zeros[0] < -0.2 < zeros[1] and abs(at + 0.2) < 0.05
    ends = " and ".join(f"{zero:.10f}" for zero in zeros) or "none"
    ours = f"changes sign at {ends}; lowest {lowest:.9f} at x = {at:.9f}"

    def draw(axes: Axes) -> None:
        axes.axhline(0, color="0.6", lw=0.8)
        if one_interval:
            axes.axvspan(*zeros, color="#c0262d", alpha=0.12, lw=0, label="negative")
        axes.plot(x, friction, color="#2563c9")
        axes.plot(at, lowest, "o", color="#c0262d", ms=4, label="lowest")
        axes.set_xlabel("x (atomic units)")
        axes.set_ylabel("friction (atomic units)")
        axes.legend(frameon=False)

    return Figure(
        statement="the viscosity is negative in a small region around x = -0.2",
        ours=ours,
        verdict=_verdict(agrees),
        agrees=agrees,
        numbers={"minimum": lowest, "at": at} | {f"zero_{k}": zero for k, zero in enumerate(zeros)},
        files=_write(out, "preston2022-fig1", {"x": x, "friction": friction}, draw),
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
    agrees = deviation < 1e-6 and abs(half) < 1e-6

    def draw(axes: Axes) -> None:
        axes.axhline(0, color="0.6", lw=0.8)
        axes.plot(filling, closed, color="0.35", lw=1, label="cot(phi), Eq. 32")
        axes.plot(filling, curl, "o", color="#2563c9", ms=3, label="electronwind.fast")
        axes.set_xlabel("filling phi / pi")
        axes.set_ylabel("curl / [(4 eV / pi) (H'/H)^2]")
        axes.legend(frameon=False)

    return Figure(
        statement="the unscreened curl is cot(phi) in units of (4 eV / pi)(H'/H)^2",
        ours=f"largest deviation {deviation:.1e} for 91 fillings; {half:.1e} at half filling",
        verdict=_verdict(agrees),
        agrees=agrees,
        numbers={"deviation": deviation, "half_filling": half},
        files=_write(out, "todorov2010-fig3", {"filling": filling, "curl": curl, "cot_phi": closed}, draw),
    )


FIGURES: dict[str, Callable[[Path], Figure]] = {
    "preston2022-fig1": preston2022_fig1,
    "todorov2010-fig3": todorov2010_fig3,
}


def _verdict(agrees: bool) -> str:
    return "agrees with the paper" if agrees else "DISAGREES with the paper"


def _write(
    out: Path, name: str, columns: dict[str, Floats], draw: Callable[[Axes], None]
) -> tuple[Path, Path]:
    # Imported late: the command line answers without it. No pyplot, which keeps global state.
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(6, 4), layout="constrained")
    draw(canvas.add_subplot(title=name))
    plot, table = out / f"{name}.png", out / f"{name}.csv"
    canvas.savefig(plot, dpi=150)
    np.savetxt(
        table,
        np.column_stack(list(columns.values())),
        fmt="%.17g",
        delimiter=",",
        header=",".join(columns),
        comments="",
    )
    return plot, table
