"""Figures of cunningham2014 at rest: the frequencies of gold wires, and what current makes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from electronwind import Units, Vibrations
from electronwind.fast import critical_bias, vibrations
from electronwind.models import wire

from .figure import BLACK, BLUE, GREEN, GREY, ORANGE, RED, Figure, Floats, Statement, span, stack, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

__all__ = ["cunningham2014_fig2", "cunningham2014_fig3", "frequencies", "instability"]

MASS = 10.0
# From energy / hbar to 1 / fs.
RATE = 1 / Units().femtosecond(1.0)
LENGTHS = (2, 3, 5, 8, 10, 15, 20, 30, 40, 60, 80, 100, 120, 150, 200)
# The two whose frequencies the inset shows, and the biases and lengths of the curves: none is printed.
SHOWN = (20, 100)
BIASES = (0.5, 1.0, 1.5)
CURVES = (10, 20, 40, 100, 200)
CHOSEN = "spacing 2.373 and filling 0.36, T = 0, perfect electrodes; 10 amu as in the paper"
COLOURS = (BLUE, RED, GREEN, ORANGE, BLACK)


def _vibrations(atoms: int, bias: float) -> Vibrations:
    model = wire(atoms, bias=bias, ends="chain", temperature=0.0)
    return vibrations(model, model.body(MASS), model.rest, friction=False)


def frequencies(atoms: int) -> Floats:
    """Return the frequencies of a gold wire without current that are real, in 1/fs."""
    real = np.real(_vibrations(atoms, 0.0).frequencies)
    return np.asarray(RATE * real[real > 0])


def instability(atoms: int, bias: float) -> tuple[float, int, float]:
    """Return Xi in 1/fs, the number of growing pairs, and the part of all modes that grows by above 1/ps."""
    found = _vibrations(atoms, bias)
    real, growth = np.real(found.frequencies), RATE * np.imag(found.frequencies)
    fast = np.sum((real >= 0) & (growth > 1e-3))
    return RATE * float(found.instability), int(found.growing), float(fast) / atoms


def cunningham2014_fig2(out: Path) -> Figure:
    """Compute the range of frequencies without current, and Xi under three biases, by length.

    Notes
    -----
    Source: cunningham2014 Fig. 2 and Eq. 8.
    """
    bands = {atoms: frequencies(atoms) for atoms in LENGTHS}
    widths = np.array([span(bands[atoms]) for atoms in LENGTHS])
    table = {(n, v): instability(n, v) for n in LENGTHS for v in BIASES}
    xi = {v: np.array([table[n, v][0] for n in LENGTHS]) for v in BIASES}
    pairs = np.array([table[n, 0.5][1] for n in LENGTHS])
    top = float(np.max(bands[200]))
    at_40 = {v: table[40, v][0] / table[200, v][0] for v in BIASES}

    def draw(canvas: Canvas) -> None:
        left, right = canvas.subplots(1, 2)
        left.plot(LENGTHS, widths, "o-", color=BLUE, ms=3)
        left.set_ylabel("range of frequencies (1/fs)")
        inset = left.inset_axes((0.42, 0.12, 0.5, 0.5))
        for atoms, colour in zip(SHOWN, (BLUE, RED), strict=True):
            inset.plot(np.arange(1, len(bands[atoms]) + 1) / atoms, bands[atoms], ".", color=colour, ms=2)
        inset.set_title(f"N = {SHOWN[0]} and {SHOWN[1]}", fontsize=7)
        inset.tick_params(labelsize=6)
        for bias, colour in zip(BIASES, COLOURS, strict=False):
            right.plot(LENGTHS, 1e3 * xi[bias], "o-", color=colour, ms=3, label=f"{bias:g} V")
        right.set_ylabel("Xi (1/ps)")
        right.legend(frameon=False)
        for axes in (left, right):
            axes.set_xlabel("moving atoms N")

    shares = ", ".join(f"{100 * at_40[v]:.0f}%" for v in BIASES)
    counts = ", ".join(f"{p}" for p in pairs)
    steady = widths[LENGTHS.index(40)] / top
    statements = (
        Statement(
            "the range of frequencies saturates with N at the phonon bandwidth, of the order of 0.4 / fs",
            f"{widths[0]:.4f} at N = 2, {100 * steady:.0f}% of the bandwidth at N = 40; top of the band "
            f"{top:.4f} / fs at N = 200",
            bool(np.all(np.diff(widths[:-1]) > 0) and steady > 0.9 and abs(top - 0.4) < 0.01),
            CHOSEN,
        ),
        Statement(
            "the number of growing pairs rises in a staircase with the number of atoms",
            f"{counts} at 0.5 V for N = {', '.join(map(str, LENGTHS))}",
            bool(np.all(np.diff(pairs) >= 0) and pairs[0] == 0 and pairs[-1] > 5),
            f"{CHOSEN}; at 0.5 V",
        ),
        Statement(
            "beyond N = 40 Xi saturates with length",
            f"{shares} of Xi at N = 200 is there at N = 40, at {', '.join(f'{v:g}' for v in BIASES)} V",
            min(at_40.values()) > 0.85,
            f"{CHOSEN}; three biases",
        ),
    )
    name = "cunningham2014-fig2"
    columns = {"atoms": np.array(LENGTHS, float), "range_per_fs": widths}
    columns |= {f"xi_per_fs_{v:g}V": xi[v] for v in BIASES} | {"growing_pairs_0.5V": pairs.astype(float)}
    numbers = {"top": top, "range_2": float(widths[0])} | {f"xi_200_{v:g}V": table[200, v][0] for v in BIASES}
    return Figure(name, statements, numbers, write(out, name, columns, draw, (8, 4)))


def cunningham2014_fig3(out: Path) -> Figure:
    """Compute Xi by bias for several lengths, and the bias from which a frequency is complex.

    Notes
    -----
    Source: cunningham2014 Fig. 3 and its inset.
    """
    biases = np.linspace(0.0, 2.0, 41)
    found = {n: [instability(n, float(v)) for v in biases] for n in CURVES}
    xi = {n: np.array([row[0] for row in found[n]]) for n in CURVES}
    ends = (4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 40)
    scan = np.concatenate([np.linspace(0.0, 0.2, 161), np.linspace(0.21, 4.0, 380)])
    onset = np.array([_onset(n, scan) for n in ends])
    line = biases >= 0.3
    straight = {n: float(np.corrcoef(biases[line], xi[n][line])[0, 1]) for n in CURVES[2:]}
    few = [found[100][int(np.argmin(np.abs(biases - v)))][2] for v in (0.5, 1.0, 2.0)]
    fastest = _vibrations(100, 0.5).frequencies
    leading = RATE * fastest[np.argsort(-np.imag(fastest))][:4]

    def draw(canvas: Canvas) -> None:
        axes: Axes = canvas.add_subplot()
        for atoms, colour in zip(CURVES, COLOURS, strict=True):
            axes.plot(biases, 1e3 * xi[atoms], color=colour, label=f"N = {atoms}")
        axes.set_xlabel("bias (V)")
        axes.set_ylabel("Xi (1/ps)")
        axes.legend(frameon=False, loc="lower right")
        inset = axes.inset_axes((0.1, 0.62, 0.32, 0.33))
        inset.semilogy(ends, onset, "o-", color=GREY, ms=3)
        inset.set_title("critical bias (V) by N", fontsize=7)
        inset.tick_params(labelsize=6)

    slope = np.polyfit(biases[line], xi[100][line], 1)[0]
    words = ", ".join(f"{n}: {v:.4g}" for n, v in zip(ends, onset, strict=True))
    lines = ", ".join(f"{r:.4f}" for r in straight.values())
    shares = ", ".join(f"{100 * f:.0f}%" for f in few)
    places = ", ".join(f"{abs(w.real):.3f}" for w in leading)
    rates = ", ".join(f"{w.imag:.3f}" for w in leading)
    short, long = onset[:2], onset[[n >= 15 for n in ends]]
    statements = (
        Statement(
            "Xi rises linearly with the bias",
            f"correlation with a line {lines} for N = {', '.join(map(str, straight))}; slope "
            f"{1e3 * slope:.2f} / (ps V) at N = 100",
            min(straight.values()) > 0.995,
            f"{CHOSEN}; from 0.3 V on",
        ),
        Statement(
            "the modes with appreciable imaginary parts are a small fraction, which rises with the bias",
            f"{shares} of the modes at N = 100 and 0.5, 1 and 2 V",
            few[-1] < 0.25 and few == sorted(few) and few[0] > 0,
            f"{CHOSEN}; appreciable is read as growth by more than 1 / ps",
        ),
        Statement(
            "their real and imaginary parts are closely clustered",
            f"the fastest at N = 100, 0.5 V: |Re| {places}, Im {rates} / fs",
            bool(span(np.abs(leading.real)) < 0.1 * float(np.max(frequencies(100)))),
            CHOSEN,
        ),
        Statement(
            "the critical bias of the static response falls with the length of the wire (inset)",
            f"in V by N: {words}. It falls a hundredfold, but not steadily: frequencies meet and part",
            bool(np.min(short) > 3.0 and np.max(long) < 0.05),
            f"{CHOSEN}; steps of 1.25 mV up to 0.2 V, 10 mV above; N = 4, 5 held against 15 and more",
        ),
    )
    name = "cunningham2014-fig3"
    curves = stack([{"atoms": float(n), "bias_V": biases, "xi_per_fs": xi[n]} for n in CURVES])
    numbers = {f"critical_{n}": float(v) for n, v in zip(ends, onset, strict=True)} | {
        "slope_100": float(slope)
    }
    return Figure(name, statements, numbers, write(out, name, curves, draw))


def _onset(atoms: int, scan: Floats) -> float:
    """Return the bias at which the first frequency becomes complex."""
    model = wire(atoms, ends="chain", temperature=0.0)
    return critical_bias(
        lambda v: replace(model, bias=v), model.body(MASS), model.rest, scan, friction=False, accuracy=1e-5
    )
