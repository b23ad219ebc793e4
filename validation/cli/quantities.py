"""Quantities on the command line: a number, and a unit that may be left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import click
import numpy as np

from electronwind import Units

__all__ = ["BIAS", "LENGTH", "MASS", "TEMPERATURE", "TIME", "Several"]

NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([a-zA-ZÅµ]*)\s*")


class Quantity(click.ParamType[float]):
    """A number with a unit; without one, it is in the first unit.

    Parameters
    ----------
    name : str
        What it is, for the help.
    units : mapping
        Each unit with its size in that in which values are wanted.
    zero : bool
        Whether zero is a value.
    """

    def __init__(self, name: str, units: Mapping[str, float], zero: bool = False) -> None:
        self.name, self._units, self._zero = name, units, zero

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the value in the unit that is wanted."""
        if isinstance(value, (int, float)):
            return float(value)
        found = NUMBER.fullmatch(str(value))
        unit = (found[2] or next(iter(self._units))) if found else ""
        if found is None or unit not in self._units:
            self.fail(
                f"{value!r} is no {self.name}: a number and one of {', '.join(self._units)}", param, ctx
            )
        size = float(found[1]) * self._units[unit]
        if not np.isfinite(size) or size < 0 or (size == 0 and not self._zero):
            self.fail(f"{value!r} is no {self.name}{' > 0' if not self._zero else ' >= 0'}", param, ctx)
        return size


class Several(click.ParamType[tuple[Any, ...]]):
    """One value or several, with commas between."""

    def __init__(self, kind: click.ParamType[Any]) -> None:
        self._kind = kind
        self.name = kind.name

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        """Return the values, each of them once."""
        if isinstance(value, tuple):
            return value
        parts = str(value).split(",")
        return tuple(dict.fromkeys(self._kind.convert(part, param, ctx) for part in parts))


TIME = Quantity("time", {"fs": 1.0, "ps": 1e3, "ns": 1e6})
BIAS = Quantity("bias", {"V": 1.0, "mV": 1e-3}, zero=True)
MASS = Quantity("mass", {"amu": 1.0, "u": 1.0})
LENGTH = Quantity("length", {"A": 1.0, "Å": 1.0, "pm": 1e-2}, zero=True)
TEMPERATURE = Quantity("temperature", {"K": Units().from_kelvin(1.0), "eV": 1.0, "meV": 1e-3}, zero=True)
