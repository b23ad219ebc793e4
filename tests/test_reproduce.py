"""The published figures come out with the published numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from electronwind.validation.reproduce import FIGURES


def test_preston2022_fig1(tmp_path: Path) -> None:
    """The friction of two levels is negative on one interval around -0.2, known to ten digits."""
    figure = FIGURES["preston2022-fig1"](tmp_path)
    assert figure.agrees
    assert figure.numbers == {
        "zero_0": pytest.approx(-0.3108521226258, abs=1e-12),
        "zero_1": pytest.approx(-0.0511545883664, abs=1e-12),
        "minimum": pytest.approx(-0.11445500440, abs=1e-11),
        "at": pytest.approx(-0.1938916880, abs=1e-9),
    }


def test_todorov2010_fig3(tmp_path: Path) -> None:
    """The curl at the corner of a bent chain follows cot(phi) at a small bias."""
    figure = FIGURES["todorov2010-fig3"](tmp_path)
    assert figure.agrees
    assert figure.numbers["deviation"] < 1e-6
    assert abs(figure.numbers["half_filling"]) < 1e-9


@pytest.mark.parametrize("name", FIGURES)
def test_files(name: str, tmp_path: Path) -> None:
    """A figure is a plot and the table of its numbers, with a verdict in words."""
    figure = FIGURES[name](tmp_path)
    plot, table = figure.files
    assert plot.read_bytes().startswith(b"\x89PNG")
    columns = np.genfromtxt(table, delimiter=",", names=True)
    assert len(columns) > 50
    assert all(np.isfinite(columns[key]).all() for key in columns.dtype.names or ())
    assert figure.verdict == "agrees with the paper"
