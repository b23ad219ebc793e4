"""The files of runs: a table and a picture for each, and a table of all runs of a sweep."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .run import Course, quantum

__all__ = ["write_picture", "write_summaries", "write_table"]

COLUMNS = {
    "time": "time_fs",
    "kinetic": "kinetic_eV",
    "balance": "balance_eV",
    "left": "current_left_uA",
    "middle": "current_middle_uA",
    "right": "current_right_uA",
    "mean": "current_mean_uA",
    "spread": "current_std_uA",
}


def write_table(course: Course, path: Path) -> Path:
    """Write a run as a CSV file, one row for each time."""
    columns = np.stack([getattr(course, name) for name in COLUMNS], axis=1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS.values())
        writer.writerows([f"{value:.10g}" for value in row] for row in columns)
    return path


def write_summaries(courses: Sequence[Course], path: Path) -> Path:
    """Write the parameters and the late means of runs as a CSV file, one row for each."""
    rows = [course.summary() for course in courses]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_picture(course: Course, path: Path) -> Path:
    """Draw kinetic energy and current against time."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 5.2), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True)
    time = course.time / 1000
    case = course.case
    above.set_title(f"{case.atoms} atoms of {case.mass:g} amu at {case.bias:g} V")
    above.plot(time, course.kinetic, color="#0072b2")
    above.set_ylabel("kinetic energy (eV)")
    below.plot(time, course.middle, color="#999999", linewidth=0.6, label="bond in the middle")
    below.plot(time, course.mean, color="#d55e00", label="mean over the wire")
    below.axhline(quantum(case.bias), color="#222222", linestyle=":", label="one quantum of conductance")
    below.set_ylabel("current (µA)")
    below.set_xlabel("time (ps)")
    below.legend(loc="upper right", fontsize=8)
    figure.savefig(path, dpi=150)
    return path
