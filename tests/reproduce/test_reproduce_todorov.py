"""The figures of the three papers of Todorov and what goes beyond them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_reproduce import PAGE

from electronwind.validation.reproduce import FIGURES
from electronwind.validation.reproduce.jellium import half_space
from electronwind.validation.reproduce.neutrality import at_bias, small_bias
from electronwind.validation.reproduce.statements import rows

QUICK = ("todorov2014-fig5", "todorov2014-fig6", "todorov2014-response", "todorov2011-rates")
SLOW = ("todorov2010-strength", "todorov2010-neutrality", "todorov2011-ribbon")


def bears_out(name: str, out: Path) -> None:
    figure = FIGURES[name](out)
    assert figure.expected
    plot, table = figure.files
    assert plot.read_bytes().startswith(b"\x89PNG")
    columns = np.genfromtxt(table, delimiter=",", names=True)
    assert all(np.isfinite(columns[key]).all() for key in columns.dtype.names or ())
    if PAGE.exists():
        page = PAGE.read_text()
        assert all(row.split(" | ")[1] in page for row in rows([figure]))


@pytest.mark.parametrize("name", QUICK)
def test_the_statements_are_borne_out(name: str, tmp_path: Path) -> None:
    """Every verdict is the one that is known, and the page lists the statement."""
    bears_out(name, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_the_longer_ones_are_borne_out(name: str, tmp_path: Path) -> None:
    """The same, of those that take seconds."""
    bears_out(name, tmp_path)


@pytest.mark.parametrize("atoms", [0, 1, 7])
def test_plane_waves_and_the_solver_agree_on_neutral_atoms(atoms: int) -> None:
    """At a small bias, where the closed form is linear."""
    assert at_bias(0.3, atoms, 1e-5) == pytest.approx(small_bias(0.3, atoms), rel=1e-6)


def test_a_temperature_and_a_bias_end_the_decay() -> None:
    """Cold and unbiased it goes on; a low temperature is that of none for few atoms."""
    cold, warm = ([small_bias(0.3, m, t) for m in (3, 241, 961)] for t in (0.0, 0.02))
    assert cold[2] / cold[1] < 0.8
    assert warm[2] / warm[1] == pytest.approx(1, abs=1e-3)
    assert small_bias(0.3, 3, 1e-4) == pytest.approx(cold[0], rel=1e-4)
    small, large = (at_bias(0.3, 15, v) / at_bias(0.3, 7, v) for v in (1e-4, 0.8))
    assert small < 0.8
    assert large > 0.95


def test_one_wall_holds_minus_one() -> None:
    """The integral of the curl over the skin is -2 pi D j of the bulk, which is -1 in these units."""
    x = np.linspace(0.0005, 40, 200001)
    assert np.trapezoid(half_space(x), x) == pytest.approx(-1, abs=2e-3)
    assert np.min(half_space(x)) == pytest.approx(-7.243, abs=2e-3)
