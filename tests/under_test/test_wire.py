"""The protocol of programs: numbers go over the line to the bit, and its document says what it is."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from electronwind import OBSERVABLES
from electronwind.claims import CONVENTIONS, Limits
from electronwind.external.wire import decode, encode


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ([1, 2.5], [1.0, 2.5]),
        (["0x1.8p-1", "-0x1p+0"], [0.75, -1.0]),
        (["1.5", "1.5D+00", "1e3"], [1.5, 1.5, 1000.0]),
        ([{"re": 1, "im": "0x1p-1"}], [1 + 0.5j]),
        ({"re": [[1, 2]], "im": [[3, 4]]}, [[1 + 3j, 2 + 4j]]),
        (0.1, 0.1),
    ],
)
def test_numbers(sent: Any, value: Any) -> None:
    """Numbers come as numbers or as strings, decimal or hexadecimal, complex ones in parts."""
    assert decode(json.loads(json.dumps(sent))).tolist() == value


@pytest.mark.parametrize(
    "sent",
    [None, "x", [1, [2]], {"re": 1}, {"re": [1], "im": 1}, {"re": {"re": 1, "im": 1}, "im": 1}, [10**400]],
)
def test_no_numbers(sent: Any) -> None:
    """What is no array of numbers is refused."""
    with pytest.raises(ValueError, match=r"expected|got"):
        decode(sent)


@pytest.mark.parametrize(
    "value",
    [
        np.array([0.1, -0.0, 5e-324, 1.7976931348623157e308, np.nextafter(1, 2)]),
        np.array([complex(-0.0, 0.0), complex(0.1, -0.0)]),
        np.array([np.inf, -np.inf]),
        np.float64(1 / 3),
    ],
)
def test_no_bit_is_lost(value: Any) -> None:
    """A value that goes over the line arrives with the same bits."""
    assert decode(json.loads(json.dumps(encode(value)))).tobytes() == value.tobytes()


def test_specification() -> None:
    """The document states every convention, limit and observable as the suite has it."""
    path = Path(__file__).parents[2] / "docs" / "protocol.md"
    if not path.exists():
        pytest.skip("not in a checkout: the document is not installed")
    text = path.read_text(encoding="utf-8")
    for key, value in CONVENTIONS.items():
        assert f"| `{key}` | `{value}` |" in text
    for row in OBSERVABLES.values():
        argument = f"`{row.argument}` " if row.argument else ""
        extra = {"energy": "[E,] ", "frequency": "[W,] ", "delays": "[s,] "}.get(row.argument, "")
        kind = "complex " if row.complex else ""
        assert f"| `{row.name}` | {argument}| `(..., {extra}{', '.join(row.axes)})` | {kind}|" in text
    for field in fields(Limits):
        assert f"`{field.name}`" in text
