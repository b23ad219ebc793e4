"""Comparisons in the tests say all that they forgive: numpy adds a relative tolerance where none is named."""

import ast
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parents[1]


def unnamed(source: str) -> list[int]:
    """Return the lines with an absolute tolerance beside an unnamed relative one."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).rpartition(".")[2] in ("allclose", "isclose", "assert_allclose")
        and len(call.args) < 3
        and {"atol"} == {word.arg for word in call.keywords} & {"atol", "rtol"}
    ]


def test_an_absolute_tolerance_is_not_the_only_one_that_is_named():
    files = {path: unnamed(path.read_text()) for path in HERE.rglob("*.py")}
    assert len(files) > 100
    assert {str(path): lines for path, lines in files.items() if lines} == {}


def test_what_numpy_forgives_unasked():
    """The reason, and that the search finds it."""
    assert np.allclose(1e5, 1e5 + 0.5, atol=1e-12, rtol=1e-5)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(1e5 + 0.5, 1e5, atol=1e-12, rtol=0)
    assert unnamed("np.allclose(a, b, atol=1e-12)\nassert_allclose(a, b, rtol=0, atol=1)") == [1]
