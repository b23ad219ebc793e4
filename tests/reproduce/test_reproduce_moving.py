"""The figures of wires in motion, on shorter wires and runs still."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from electronwind.validation.reproduce import FIGURES, moving


@pytest.mark.slow
def test_the_figure_of_the_critical_bias(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture, a table of finite numbers, and a verdict that a run too short to settle does not get."""
    for name, value in (("ATOMS", 4), ("DURATION", 20.0), ("BIASES", (0.1, 0.15, 0.2, 0.3))):
        monkeypatch.setattr(moving, name, value)
    figure = FIGURES["cunningham2014-fig8"](tmp_path)
    plot, table = figure.files
    assert plot.read_bytes()[:4] == b"\x89PNG"
    numbers = np.loadtxt(table, delimiter=",", skiprows=1)
    assert np.allclose(numbers[:, 0], moving.BIASES)
    assert numbers[0, 1] == pytest.approx(1, abs=0.01)
    assert not figure.statements[0].agrees
