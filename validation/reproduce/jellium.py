"""Figures of todorov2014: the curl of the force on a scatterer in a free-electron wire."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import j1

from electronwind import InvalidSystemError, JelliumWire, fast

from .figure import BLACK, BLUE, GREEN, GREY, RED, Figure, Floats, Statement, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["half_space", "todorov2014_fig5", "todorov2014_fig6"]

# In units of the Fermi wavelength, k_F = 2 pi and the mass 1; the curl is linear in so small a bias.
FERMI, BIAS = 2 * np.pi**2, 1e-3
CHOSEN = (
    "sides of 10.1 and 20.1 Fermi wavelengths for 10 and 20, where a subband opens at the Fermi energy; "
    "eV = 5e-5 of it"
)


def _wire(side: float) -> JelliumWire:
    return JelliumWire(side=side, fermi_energy=FERMI, bias=BIAS)


def half_space(x: Floats) -> Floats:
    """Return the y component of the curl per bias at distances x > 0 from a single wall.

    ``-2 pi d/dx (D j)`` with D = (k_F/2 pi^2)(1 - sin(2 k x)/(2 k x)) and j = (1/2 pi)(k^2/4 pi -
    k J_1(2 k x)/(4 pi x)), differentiated on points of Chebyshev.
    """
    k = 2 * np.pi

    def product(x: Floats) -> Floats:
        states = k / (2 * np.pi**2) * (1 - np.sinc(2 * k * x / np.pi))
        return np.asarray(states * (k**2 / (4 * np.pi) - k * j1(2 * k * x) / (4 * np.pi * x)) / (2 * np.pi))

    step = 1e-4
    weights = np.array([1, -8, 0, 8, -1]) / (12 * step)
    return np.asarray(-2 * np.pi * sum(w * product(x + n * step) for n, w in enumerate(weights, -2)))


def todorov2014_fig5(out: Path) -> Figure:
    """Compute the curl of the force over the cross section of a wire.

    Notes
    -----
    Source: todorov2014 Fig. 5 and Eq. 38, in the limit of a small bias and frequency.
    """
    side, points = 10.1, 41
    axis = side * (np.arange(points) + 0.5) / points
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    curl = np.asarray(fast.jellium_curl(_wire(side), grid)) / BIAS
    length = np.linalg.norm(curl, axis=-1)
    depth = np.minimum(
        np.minimum(grid[..., 0], side - grid[..., 0]), np.minimum(grid[..., 1], side - grid[..., 1])
    )
    skin, core = float(np.max(length)), float(np.sqrt(np.mean(length[depth > 1] ** 2)))
    outer = float(np.sqrt(np.mean(length[depth <= 1] ** 2)))
    circulating = bool(curl[0, points // 2, 1] * curl[-1, points // 2, 1] < 0)
    try:
        fast.jellium_curl(_wire(10.0), [[0.25, 2.2]])
        edge = "answered"
    except InvalidSystemError:
        edge = "refused"
    near = [
        float(np.asarray(fast.jellium_curl(_wire(s), [[0.25, 2.2]]))[0, 1]) / BIAS
        for s in (10.1, 10.01, 10.001)
    ]

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.quiver(
            grid[..., 0],
            grid[..., 1],
            curl[..., 0],
            curl[..., 1],
            color=BLUE,
            pivot="mid",
            width=2e-3,
            scale=60,
        )
        axes.set_aspect("equal")
        axes.set_xlabel("x / Fermi wavelength")
        axes.set_ylabel("y / Fermi wavelength")

    statements = (
        Statement(
            "the curl is largest in a thin region of one Fermi wavelength close to the surface",
            f"largest {skin:.2f}; root mean square {outer:.2f} within one Fermi wavelength of the surface "
            f"and {core:.2f} further in",
            outer > 3 * core and circulating,
            CHOSEN,
        ),
        Statement(
            "the figure is for S = 10 Fermi wavelengths, in the limit of a small bias and frequency",
            f"at (0.25, 2.2) {', '.join(f'{v:.1f}' for v in near)} for sides of 10.1, 10.01 and 10.001; at "
            f"10 it is {edge}",
            False,
            CHOSEN,
            "20^2 = 12^2 + 16^2: a subband opens at the Fermi energy, where the density of states diverges",
        ),
    )
    name = "todorov2014-fig5"
    columns = {
        "x": grid[..., 0].ravel(), "y": grid[..., 1].ravel(),
        "curl_x": curl[..., 0].ravel(), "curl_y": curl[..., 1].ravel(),
    }  # fmt: skip
    numbers = {"largest": skin, "core": core}
    return Figure(name, statements, numbers, write(out, name, columns, draw, (6, 6)))


def todorov2014_fig6(out: Path) -> Figure:
    """Compute the y component of the curl along the last five Fermi wavelengths to the surface.

    Notes
    -----
    Source: todorov2014 Fig. 6; on that line the subbands of the edge at sides of 10 and 20 vanish.
    """
    x = np.linspace(0.01, 4.99, 499)
    sides = (10.1, 20.1, 40.1)
    curls = {
        s: np.asarray(fast.jellium_curl(_wire(s), np.stack([x, np.full_like(x, s / 2)], -1)))[:, 1] / BIAS
        for s in sides
    }
    wall = half_space(x)
    peaks = {s: float(np.min(c)) for s, c in curls.items()}
    places = {s: float(x[np.argmin(c)]) for s, c in curls.items()}
    step = float(x[1] - x[0])
    held = {s: float(np.sum(c) * step) for s, c in curls.items()}
    inner = {s: float(np.sqrt(np.mean(c[x > 3] ** 2))) for s, c in curls.items()}
    deepest = float(np.min(wall))
    spread = max(abs(p / deepest - 1) for p in peaks.values())

    def listed(values: dict[float, float], form: str) -> str:
        return ", ".join(f"{v:{form}}" for v in values.values())

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.axhline(0, color=GREY, lw=0.8)
        for s, colour in zip(sides, (BLUE, RED, GREEN), strict=True):
            axes.plot(x, curls[s], color=colour, lw=1, label=f"side {s:g}")
        axes.plot(x, wall, color=BLACK, lw=0.8, ls="--", label="one wall")
        axes.invert_xaxis()
        axes.set_xlabel("distance from the wall / Fermi wavelength")
        axes.set_ylabel("y component of the curl / (C^2 eV)")
        axes.legend(frameon=False)

    statements = (
        Statement(
            "the curl is a surface phenomenon",
            f"peaks at {listed(places, '.3f')} of a Fermi wavelength from the wall; rms beyond 3 of "
            f"them {listed(inner, '.2f')}, for sides {', '.join(f'{s:g}' for s in sides)}",
            max(places.values()) < 0.3 and inner[10.1] < 0.1 * abs(deepest),
            CHOSEN,
        ),
        Statement(
            "it is independent of the size of the wire",
            f"peaks {listed(peaks, '.2f')} and {deepest:.3f} at a single wall; integral over the five "
            f"wavelengths {listed(held, '.2f')}, and -1 at a single wall",
            spread < 0.12,
            f"{CHOSEN}; within 12% counts as independent",
        ),
    )
    name = "todorov2014-fig6"
    columns: dict[str, Floats] = {"distance": x} | {f"side_{s:g}": c for s, c in curls.items()}
    numbers = {f"peak_{s:g}": p for s, p in peaks.items()} | {"wall": deepest}
    return Figure(name, statements, numbers, write(out, name, columns | {"wall": wall}, draw))
