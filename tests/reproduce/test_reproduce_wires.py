"""The figures of cunningham2014 at rest: what they state, and numbers known from elsewhere."""

from pathlib import Path

import numpy as np
import pytest

from electronwind.validation.reproduce import FIGURES
from electronwind.validation.reproduce.wires import frequencies, instability

PAGE = Path(__file__).parents[2] / "docs" / "wires.md"


def test_the_curves_are_in_units_of_the_paper():
    """1/fs for 10 amu."""
    assert np.ptp(frequencies(20)) == pytest.approx(0.36675, abs=6e-6)
    xi, pairs, part = instability(40, 0.5)
    assert xi == pytest.approx(3.1995e-3, abs=6e-8)
    assert pairs == 3
    assert 0 < part < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cunningham2014-fig2", "cunningham2014-fig3"])
def test_the_statements_hold(name, tmp_path):
    """All of them; the page says the same words."""
    figure = FIGURES[name](tmp_path)
    page = PAGE.read_text()

    assert all(statement.agrees for statement in figure.statements)
    assert all(f"| {statement.says} |" in page for statement in figure.statements)
    assert all(path.stat().st_size > 1000 for path in figure.files)
    if name.endswith("3"):
        numbers = {20: 0.0028, 30: 0.0128, 40: 0.0204, 15: 0.0301}
        for atoms, bias in numbers.items():
            assert figure.numbers[f"critical_{atoms}"] == pytest.approx(bias, abs=6e-5)
