"""Numbers of a report as arrays again: what `model.plain` wrote."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["array_of"]


def array_of(value: Any) -> NDArray[Any]:
    """Return nested lists of numbers as an array, complex where they are."""
    return np.array(_numbers(value))


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    if isinstance(value, dict):
        # A sum with 1j would make NaN of an infinite part.
        re, im = (np.array(_numbers(value[key]), dtype=float) for key in ("re", "im"))
        whole = np.empty(re.shape, dtype=complex)
        whole.real, whole.imag = re, im
        return whole if whole.ndim else complex(whole)
    return float(value) if isinstance(value, (str, int)) else value
