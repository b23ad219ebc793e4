"""The plots of the page, as SVG that takes its colours from the page."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from electronwind import NAMES

from ..core.record import Sample
from .model import Report
from .summary import Row, rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["digits_against_condition", "digits_per_observable", "svg", "work_against_precision"]

# Placeholders that become colours of the page, so that one plot serves its light and its dark form.
INK, FAINT, GOOD, BAD = "#010101", "#020202", "#030303", "#040404"
COLOURS = {INK: "currentColor", FAINT: "var(--line)", GOOD: "var(--plot)", BAD: "var(--bad)"}
MOST_DIGITS = 16.5


def digits_per_observable(report: Report) -> str:
    """Return a strip of dots per observable: correct digits of every comparison kept."""
    found = _samples(report)
    names = [name for name in NAMES if name in found]
    if not names:
        return ""
    figure, axes = _figure(8.6, 0.9 + 0.34 * len(names))
    scatter = np.random.default_rng(0)
    for i, name in enumerate(names):
        for passed, colour in ((True, GOOD), (False, BAD)):
            chosen = [s for s in found[name] if s.passed == passed]
            height = i + scatter.uniform(-0.22, 0.22, len(chosen)) * passed
            marker = "o" if passed else "X"
            x = [_shown(s.digits) for s in chosen]
            size = 14 if passed else 55
            axes.scatter(x, height, s=size, c=colour, alpha=0.55 if passed else 1, marker=marker, lw=0)
        worst = min(_shown(s.digits) for s in found[name])
        axes.plot([worst, worst], [i - 0.36, i + 0.36], color=INK, lw=1.6)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(-0.4, MOST_DIGITS)
    axes.set_xlabel("correct digits (bar: the fewest; cross: a failure)")
    axes.grid(axis="x", color=FAINT, lw=0.7)
    return svg(figure, "strip")


def digits_against_condition(report: Report) -> str:
    """Return the digits over the condition number, with the line that double precision allows."""
    found = [s for samples in _samples(report).values() for s in samples]
    if not found:
        return ""
    figure, axes = _figure(4.3, 3.1)
    top = 10 * max(10.0, *(s.condition for s in found))
    line = np.geomspace(1, top, 50)
    axes.plot(line, np.maximum(15.65 - np.log10(line), 0), color=INK, lw=1, ls="--")
    for passed, colour, marker, size in ((True, GOOD, "o", 14), (False, BAD, "X", 55)):
        chosen = [s for s in found if s.passed == passed]
        axes.scatter(
            [s.condition for s in chosen],
            [_shown(s.digits) for s in chosen],
            s=size, c=colour, alpha=0.55 if passed else 1, marker=marker, lw=0,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_ylim(-0.4, MOST_DIGITS)
    axes.set_xlabel("condition number of the problem")
    axes.set_ylabel("correct digits")
    axes.grid(color=FAINT, lw=0.7)
    return svg(figure, "condition")


def work_against_precision(report: Report) -> str:
    """Return the fewest digits of each observable over the mean time of a call."""
    from matplotlib.ticker import LogLocator

    found = [r for r in rows(report) if r.digits is not None and r.per_call]
    if not found:
        return ""
    figure, axes = _figure(4.3, 3.1)
    # Fast solvers crowd into one corner: the names stand in a column, each tied to its point.
    found = _fanned(found)
    wanted = [_shown(row.digits or 0.0) / MOST_DIGITS for row in found]
    for row, height in zip(found, _apart(wanted, 0.08), strict=True):
        colour = BAD if row.failed or row.crashed else GOOD
        point = (row.per_call or 0.0, _shown(row.digits or 0.0))
        axes.scatter(*point, s=34, c=colour, marker="X" if colour == BAD else "o", lw=0, zorder=3)
        axes.annotate(
            row.observable,
            point,
            xytext=(1.04, height),
            textcoords="axes fraction",
            va="center",
            fontsize=7.5,
            color=INK,
            arrowprops={"arrowstyle": "-", "color": FAINT, "lw": 0.8, "relpos": (0, 0.5)},
        )
    axes.set_xscale("log")
    # Within one decade every tick would be labelled, one label over the other.
    axes.xaxis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))
    times = [row.per_call or 0.0 for row in found]
    axes.set_xlim(min(times) / 3, max(times) * 3)
    axes.set_ylim(-0.4, MOST_DIGITS)
    axes.set_xlabel("mean time of a call (s)")
    axes.set_ylabel("fewest correct digits")
    axes.grid(color=FAINT, lw=0.7)
    return svg(figure, "work")


def _fanned(found: list[Row]) -> list[Row]:
    """Return the rows from bottom to top so that the ties of names to points seldom cross.

    Of points at one height the leftmost take the outer names, and the rightmost the middle ones.
    """
    order: list[Row] = []
    for height in sorted({round(_shown(row.digits or 0.0)) for row in found}):
        level = [row for row in found if round(_shown(row.digits or 0.0)) == height]
        level.sort(key=lambda row: row.per_call or 0.0)
        order += level[::2] + level[1::2][::-1]
    return order


def _apart(wanted: list[float], gap: float) -> list[float]:
    """Return ascending heights at least `gap` apart, near the wanted ones and below 1."""
    gap = min(gap, 1 / len(wanted))
    heights: list[float] = []
    for i, height in enumerate(wanted):
        top = 1 - gap * (len(wanted) - 1 - i)
        alike = sum(abs(other - height) < gap for other in wanted) - 1
        lowest = heights[-1] + gap if heights else 0.0
        heights.append(min(max(height - gap * alike / 2, lowest), top))
    return heights


def _samples(report: Report) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for record in report.records:
        for sample in record.samples:
            found.setdefault(sample.observable, []).append(sample)
    return found


def _shown(digits: float) -> float:
    return min(max(float(digits), 0.0), 16.0)


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    # Imported late: the command line answers without it. No pyplot, which keeps global state.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.tick_params(colors=INK, labelsize=8.5, which="both", length=0)
    axes.xaxis.label.set(color=INK, size=8.5)
    axes.yaxis.label.set(color=INK, size=8.5)
    axes.spines[:].set_visible(False)
    axes.set_axisbelow(True)
    axes.set_facecolor("none")
    figure.patch.set_alpha(0)
    return figure, axes


def svg(figure: Figure, salt: str) -> str:
    """Return the figure as an element of a page: no document around it, no address in it."""
    import matplotlib as mpl

    blank: dict[str, Any] = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        figure.savefig(buffer, format="svg", metadata=blank)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:xlink)?="[^"]*"', "", text).replace("xlink:href", "href")
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    # The ids of the plots must not clash: they share a page.
    text = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{salt}-", text)
    for placeholder, colour in COLOURS.items():
        text = text.replace(placeholder, colour)
    return text
