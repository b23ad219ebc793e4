"""The benchmark as one self-contained page: time against size, digits against time, and the tables."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ..core.writing import visible
from ..report.pages import template
from ..report.plots import svg
from ..report.summary import duration
from .ladder import LADDERS
from .measure import FLOOR
from .model import Benchmark
from .terminal import TITLES, lines, memory

if TYPE_CHECKING:
    from jinja2 import Template
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["digits_against_time", "render", "time_against_size"]

# Told apart by people who see few colours, on a white page and on a black one.
COLOURS = ("#2f7ed8", "#d9730d", "#12957a", "#b8479b", "#8d6e2f", "#6b62c9")
MARKERS = "osD^vP"
GREY = "#8a8f98"
# A placeholder that the page turns into the colour of its text.
INK = "#010101"
SIZE = {"levels": "levels", "batch": "batch", "temperature": "1 / temperature", "chain": "levels"}


def time_against_size(result: Benchmark, ladder: str) -> str:
    """Return a panel per observable: median time over size for each solver, and the floor in grey."""
    from matplotlib.figure import Figure

    names = [name for family, name in result.families() if family == ladder]
    across = 4
    down = -(-len(names) // across)
    figure = Figure(figsize=(9.2, 0.7 + 1.75 * down), layout="constrained")
    panels = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    for panel, name in zip(panels.flat, names, strict=False):
        _dress(panel)
        panel.set_title(name, fontsize=8.5, color=INK)
        grey = [
            (s.rung.work, float(np.median(s.floor)))
            for s in result.standings
            if (s.rung.ladder, s.rung.observable) == (ladder, name) and s.floor
        ]
        if grey:
            panel.plot(*zip(*grey, strict=True), color=GREY, lw=1.2, ls="--", label=f"numpy {FLOOR}")
        for i, label in enumerate(result.labels):
            climb = result.climb(label, ladder, name)
            if not climb:
                continue
            x = [s.rung.work for s, _ in climb]
            low, middle, high = np.percentile([o.times for _, o in climb], (25, 50, 75), axis=1)
            style = {"color": COLOURS[i % len(COLOURS)], "label": label}
            panel.errorbar(
                x, middle, yerr=[middle - low, high - middle], marker=MARKERS[i % len(MARKERS)],
                ms=3.2, lw=1.2, elinewidth=0.8, **style,
            )  # fmt: skip
        panel.set_xscale("log")
        panel.set_yscale("log")
    for panel in panels.flat[len(names) :]:
        panel.set_visible(False)
    figure.supxlabel(SIZE[ladder], fontsize=8.5, color=INK)
    figure.supylabel("seconds for a call", fontsize=8.5, color=INK)
    shown: dict[str, Artist] = {}
    for panel in panels.flat:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            shown.setdefault(label, handle)
    if shown:
        figure.legend(
            list(shown.values()), list(shown), loc="outside upper right", ncols=len(shown),
            fontsize=8, frameon=False, labelcolor=INK,
        )  # fmt: skip
    figure.patch.set_alpha(0)
    return svg(figure, f"time-{ladder}")


def digits_against_time(result: Benchmark) -> str:
    """Return a panel per ladder: correct digits over median time, a point per rung."""
    from matplotlib.figure import Figure

    ladders = [ladder for ladder in LADDERS if any(s.rung.ladder == ladder for s in result.standings)]
    figure = Figure(figsize=(9.2, 2.9), layout="constrained")
    panels = figure.subplots(1, len(ladders), sharey=True, squeeze=False)
    for panel, ladder in zip(panels.flat, ladders, strict=True):
        _dress(panel)
        panel.set_title(ladder, fontsize=8.5, color=INK)
        for i, label in enumerate(result.labels):
            points = [
                (outcome.median, outcome.digits)
                for name in dict.fromkeys(name for family, name in result.families() if family == ladder)
                for _, outcome in result.climb(label, ladder, name)
            ]
            if points:
                panel.scatter(
                    *zip(*points, strict=True), s=15, lw=0, alpha=0.75, color=COLOURS[i % len(COLOURS)],
                    marker=MARKERS[i % len(MARKERS)], label=label,
                )  # fmt: skip
        panel.set_xscale("log")
        panel.set_xlabel("seconds for a call", fontsize=8.5, color=INK)
        panel.set_ylim(0, 16.5)
    panels.flat[0].set_ylabel("correct digits", fontsize=8.5, color=INK)
    figure.patch.set_alpha(0)
    return svg(figure, "work")


def _dress(panel: Axes) -> None:
    panel.tick_params(colors=INK, labelsize=7.5, which="both", length=0)
    panel.spines[:].set_visible(False)
    panel.set_facecolor("none")
    panel.grid(color=GREY, lw=0.5, alpha=0.35)


def render(result: Benchmark) -> str:
    """Return the page: no script, no address, everything inline."""
    from markupsafe import Markup

    shown = [ladder for ladder in LADDERS if any(s.rung.ladder == ladder for s in result.standings)]
    text = _template().render(
        result=result,
        titles=TITLES,
        floor=FLOOR,
        ladders={ladder: lines(result, ladder) for ladder in shown},
        plots={ladder: Markup(time_against_size(result, ladder)) for ladder in shown},
        work=Markup(digits_against_time(result)) if shown else "",
        bad=[
            (standing.rung.id, outcome)
            for standing in result.standings
            for outcome in standing.outcomes
            if outcome.status in ("wrong", "crashed", "skipped")
        ],
    )
    return visible(text)


@cache
def _template() -> Template:
    filters = {"duration": duration, "memory": memory}
    return template("electronwind.validation.benchmark", "benchmark.html.j2", filters)
