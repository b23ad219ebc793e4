"""Figures 4 and 5 of preston2022: where the electrons feed the oscillator, and where they brake it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy

from electronwind import Oscillation, fast

from .figure import BLACK, BLUE, GREEN, GREY, RED, Figure, Statement, stack, write
from .oscillator import BROADENING, MODEL, body, equilibrium, frequency, parts, ratio

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["average_power", "linear_friction", "preston2022_fig4", "preston2022_fig5"]

MASSES = (5000.0, 20.0, 10.0)
SAMPLES = 48
# Of the density matrix: a thousandth of what the smallest oscillation makes of it.
ACCURACY = 1e-7


def preston2022_fig4(out: Path) -> Figure:
    """Compute Ehrenfest trajectories, and their instantaneous power (F - F0) v.

    Notes
    -----
    Source: preston2022 Fig. 4, masses 5000, 20 and 10. The start is not given.
    """
    amplitude, periods = 0.05, 10
    panels = []
    for mass in MASSES:
        times = np.linspace(0, periods, 200 * periods + 1) * 2 * np.pi / frequency(mass)
        run = fast.ehrenfest(MODEL, body(mass), ([equilibrium() + amplitude], [0.0]), times)
        adiabatic, _ = parts(MODEL, run.position, run.velocity)
        power = ((run.force - adiabatic) * run.velocity)[:, 0]
        panels.append((mass, times, run.position[:, 0], power))
    positive = [float(np.mean(power[1:] > 0)) for _, _, _, power in panels]
    chosen = f"start at rest {amplitude} from equilibrium; {periods} periods"
    statements = (
        Statement(
            "at Omega/Gamma = 0.14 the instantaneous power is overwhelmingly positive",
            f"positive {positive[0]:.0%} of the time",
            positive[0] > 0.75,
            chosen,
        ),
        Statement(
            "at Omega/Gamma = 2.2 and 3.2 it is more often negative",
            f"positive {positive[1]:.0%} and {positive[2]:.0%} of the time",
            max(positive[1:]) < 0.5,
            chosen,
        ),
    )

    def draw(canvas: Canvas) -> None:
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import Normalize

        for axes, (mass, times, x, power) in zip(canvas.subplots(3, 1), panels, strict=True):
            largest = np.max(np.abs(power))
            axes.plot(times, x, color=GREY, lw=0.6)
            axes.scatter(
                times, x, c=power / largest, s=4, cmap="RdBu", vmin=-1, vmax=1, edgecolors="none", zorder=2
            )
            axes.set_title(
                f"Omega/Gamma = {ratio(mass):.2f}, largest power {largest:.1e}", fontsize="small", loc="left"
            )
            axes.set_ylabel("x")
            axes.set_facecolor("0.85")
        canvas.axes[-1].set_xlabel("time (atomic units)")
        colours = ScalarMappable(Normalize(-1, 1), "RdBu")
        canvas.colorbar(colours, ax=canvas.axes, label="power / largest (blue: into the motion)")

    name = "preston2022-fig4"
    columns = stack(
        [{"mass": mass, "time": times, "x": x, "power": power} for mass, times, x, power in panels]
    )
    return Figure(
        name,
        statements,
        {f"positive_mass_{mass:g}": share for mass, share in zip(MASSES, positive, strict=True)},
        write(out, name, columns, draw, (7, 6)),
    )


def linear_friction(omega: float) -> float:
    """Return the exact friction of small oscillations around equilibrium, Im response / Omega."""
    value = complex(np.asarray(fast.response(MODEL.at(equilibrium()), omega))[0, 0])
    return value.imag / omega


def average_power(omega: float, amplitude: float) -> float:
    """Return the mean power of the electrons over a period of a prescribed oscillation around equilibrium."""
    period = 2 * np.pi / omega
    # After this long the electrons have forgotten the start; it is a whole number of periods.
    settled = np.ceil(40 / BROADENING / period) * period
    # Over a period an evenly spaced sum is exact but for harmonics beyond the number of its points.
    times = settled + np.arange(SAMPLES) * period / SAMPLES
    path = Oscillation([equilibrium()], [amplitude], omega)
    run = fast.driven(MODEL, path, np.concatenate([[0.0], times]), accuracy=ACCURACY)
    velocity = -amplitude * omega * np.sin(omega * times)
    # The adiabatic force of one coordinate has a potential: it does no work over a period.
    return float(np.mean(run.force[1:, 0] * velocity))


def preston2022_fig5(out: Path) -> Figure:
    """Compute the sign of the average power over a period, over frequency and amplitude.

    Notes
    -----
    Source: preston2022 Fig. 5. Its axes and amplitudes are not given. Here the oscillation around
    equilibrium is prescribed: a free one would change its amplitude while it is measured. In the limit
    of small amplitudes the average power is -Omega^2 a^2 gamma(Omega) / 2, with gamma the exact linear
    response.
    """
    ratios = np.array(
        [0.1, 0.14, 0.2, 0.3, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.9, 2, 2.1, 2.2, 2.4, 2.7, 3, 3.3]
    )
    amplitudes = np.array([0.02, 0.05, 0.1, 0.15, 0.2, 0.25])
    # Scaled by what a unit friction would take.
    scale = (ratios[:, None] * BROADENING * amplitudes) ** 2 / 2
    power = np.array([[average_power(r * BROADENING, a) for a in amplitudes] for r in ratios]) / scale
    linear = -np.array([linear_friction(r * BROADENING) for r in ratios])
    turn = float(scipy.optimize.brentq(linear_friction, 1.5 * BROADENING, 2.5 * BROADENING)) / BROADENING
    crossings = [
        float(scipy.optimize.brentq(lambda r, a=a: average_power(r * BROADENING, a), 1.9, 2.2, xtol=1e-4))
        for a in amplitudes
    ]
    marks = [ratio(mass) for mass in MASSES]
    off = float(np.max(np.abs(power[:, 0] - linear)))
    statements = (
        Statement(
            "the average power over a period is positive far beyond where perturbation theory is valid",
            f"small oscillations: sign change at Omega/Gamma = {turn:.4f} (exact linear response); "
            f"amplitudes {amplitudes[0]} to {amplitudes[-1]}: at {min(crossings):.2f} to "
            f"{max(crossings):.2f}",
            min(turn, *crossings) > 1,
            f"oscillation prescribed around equilibrium; amplitudes from {amplitudes[0]} to {amplitudes[-1]}",
        ),
        Statement(
            "the cut-off between positive and negative lies between the points (a) and (b), (c) of Fig. 4",
            f"sign change at {turn:.4f}, near 2.09; the points lie at Omega/Gamma = "
            f"{', '.join(f'{m:.3f}' for m in marks)}",
            marks[0] < turn < marks[1] < marks[2] and abs(turn - 2.09) < 0.01,
            "the caption's colours (negative blue) contradict the text (positive blue), which is followed",
        ),
    )

    def draw(canvas: Canvas) -> None:
        raster, curve = canvas.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        raster.contourf(
            ratios, amplitudes, power.T, levels=[-9, 0, 9], colors=[RED, BLUE], alpha=0.3, antialiased=True
        )
        grid = np.meshgrid(ratios, amplitudes, indexing="ij")
        for sign, colour, shape in ((1, BLUE, "^"), (-1, RED, "v")):
            chosen = np.sign(power) == sign
            word = "positive" if sign > 0 else "negative"
            raster.plot(
                grid[0][chosen], grid[1][chosen], shape, color=colour, ms=4, label=word, clip_on=False
            )
        raster.plot(crossings, amplitudes, color=BLACK, lw=1.2, label="sign change")
        raster.plot(marks, [0.05] * 3, "o", color=GREEN, mec="white", ms=9, label="Fig. 4")
        raster.set_ylabel("amplitude")
        curve.axhline(0, color=GREY, lw=0.8)
        fine = np.linspace(ratios[0], ratios[-1], 300)
        curve.plot(
            fine, [-linear_friction(r * BROADENING) for r in fine], color=BLACK, lw=1, label="linear response"
        )
        for k, colour in ((0, BLUE), (-1, RED)):
            curve.plot(ratios, power[:, k], "o", ms=4, color=colour, label=f"amplitude {amplitudes[k]}")
        curve.axvline(turn, color=GREY, lw=0.8, ls=":")
        curve.set_xlabel("Omega/Gamma")
        curve.set_ylabel("mean power / (Omega² a² / 2)")
        curve.legend(frameon=False, fontsize="small")
        canvas.legend(*raster.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)

    name = "preston2022-fig5"
    columns = stack(
        [
            {"Omega_over_Gamma": ratios, "amplitude": a, "mean_power": power[:, k] * scale[:, k],
             "minus_effective_friction": power[:, k], "linear_response": linear}
            for k, a in enumerate(amplitudes)
        ]
    )  # fmt: skip
    return Figure(
        name,
        statements,
        {"sign_change": turn, "deviation_from_linear": off}
        | {f"sign_change_amplitude_{a:g}": c for a, c in zip(amplitudes, crossings, strict=True)},
        write(out, name, columns, draw, (7, 6.5)),
    )
