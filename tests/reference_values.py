"""Values of the reference: asked for by name, and compared in the precision of the numbers."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES, OpenSystem, reference

Array = NDArray[Any]
X = mpmath.mpf


def compute(name: str, system: OpenSystem, argument: Any = 0.07, digits: int = 15) -> NDArray[Any]:
    """Return an observable by name, with its second argument where it takes one."""
    arguments = (argument,) if OBSERVABLES[name].argument else ()
    value: NDArray[Any] = getattr(reference, name)(system, *arguments, digits=digits)
    return value


def assert_close(value: Any, expected: Any, tolerance: float) -> None:
    """Compare in the precision of the numbers, relative to the largest entry expected."""
    value, expected = np.asarray(value), np.asarray(expected)
    assert value.shape == expected.shape
    with mpmath.workdps(60):
        size = max(abs(mpmath.mpmathify(entry)) for entry in expected.ravel())
        for index in np.ndindex(value.shape):
            error = abs(mpmath.mpmathify(value[index]) - mpmath.mpmathify(expected[index]))
            assert error <= tolerance * max(size, X(tolerance)), (index, value, expected)


def largest(difference: Any) -> float:
    return float(np.max(np.abs(np.asarray(difference).astype(complex))))
