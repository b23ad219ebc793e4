"""The validators behind every public constructor: one check, one wording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidSystemError

__all__ = ["ComplexArray", "FloatArray", "assembled", "hermitian", "positive_semidefinite", "real"]

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

# Rounding in a user's own construction of a Hermitian matrix is forgiven up to this fraction of its
# largest entry; what is stored is exactly Hermitian.
ROUNDING = 1e-12


def _numbers(name: str, value: ArrayLike, dtype: type[Any]) -> NDArray[Any]:
    try:
        array = np.array(value, dtype=dtype)
    except (TypeError, ValueError) as error:
        kind = "real" if dtype is np.float64 else "complex"
        raise InvalidSystemError(name, f"{value!r:.80}", f"an array of {kind} numbers") from error
    if not np.all(np.isfinite(array)):
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise InvalidSystemError(f"{name}{list(where) or ''}", str(array[where]), "a finite number")
    return array


def real(name: str, value: ArrayLike, minimum: float | None = None) -> FloatArray:
    """Return a read-only copy of `value` as float64, refusing NaN, infinity and what is below `minimum`."""
    if np.iscomplexobj(value):
        raise InvalidSystemError(name, "complex numbers", "real numbers")
    array: FloatArray = _numbers(name, value, np.float64)
    if minimum is not None and np.any(array < minimum):
        where = tuple(int(i) for i in np.argwhere(array < minimum)[0])
        raise InvalidSystemError(f"{name}{list(where) or ''}", f"{array[where]}", f"a number >= {minimum:g}")
    array.setflags(write=False)
    return array


def assembled(parts: Mapping[str, ArrayLike]) -> ComplexArray:
    """Return the complex array of the parts ``re`` and ``im``; a sum would lose the sign of zeros."""
    array = np.empty(np.broadcast_shapes(np.shape(parts["re"]), np.shape(parts["im"])), dtype=complex)
    array.real, array.imag = parts["re"], parts["im"]
    return array


def hermitian(name: str, value: ArrayLike, core: int = 2) -> ComplexArray:
    """Return a read-only copy of `value`, made exactly Hermitian in its last two axes.

    Parameters
    ----------
    name : str
        Name of the argument, for the error message.
    value : array_like, shape (..., n, n)
        The matrices.
    core : int
        Number of axes that are not batch axes: 2 for a Hamiltonian, 3 for a gradient.

    Raises
    ------
    InvalidSystemError
        Not an array of square matrices, not finite, or not Hermitian beyond rounding.
    """
    array: ComplexArray = _numbers(name, value, np.complex128)
    layout = "(..., n, n)" if core == 2 else "(..., d, n, n)"
    if array.ndim < core or array.shape[-1] != array.shape[-2] or 0 in array.shape[-core:]:
        raise InvalidSystemError(
            name, f"shape {array.shape}", f"shape {layout} with no empty axis among the last {core}"
        )
    adjoint = np.swapaxes(array, -1, -2).conj()
    if not np.array_equal(array, adjoint):
        _refuse_skew(name, array, np.abs(array - adjoint))
    result: ComplexArray = array + adjoint
    # Part by part: a complex division may turn the sign of zeros, so that a copy would not be the same.
    result.real *= 0.5
    result.imag *= 0.5
    result.setflags(write=False)
    return result


def _refuse_skew(name: str, array: ComplexArray, deviation: FloatArray) -> None:
    allowed = ROUNDING * np.max(np.abs(array), axis=(-1, -2), keepdims=True)
    if np.any(deviation > allowed):
        where = tuple(int(i) for i in np.argwhere(deviation > allowed)[0])
        other = (*where[:-2], where[-1], where[-2])
        raise InvalidSystemError(
            f"{name}{list(where)}",
            f"{array[where]:.6g} opposite {array[other]:.6g}",
            "a Hermitian matrix (each entry the conjugate of the one across the diagonal)",
        )


def positive_semidefinite(name: str, value: ArrayLike) -> ComplexArray:
    """Return a read-only Hermitian copy of `value`, refusing a negative eigenvalue beyond rounding."""
    array = hermitian(name, value)
    lowest = np.linalg.eigvalsh(array)[..., 0]
    allowed = -ROUNDING * np.max(np.abs(array), axis=(-1, -2))
    if np.any(lowest < allowed):
        where = tuple(int(i) for i in np.argwhere(lowest < allowed)[0])
        raise InvalidSystemError(
            f"{name}{list(where) or ''}",
            f"a matrix with eigenvalue {lowest[where]:.6g}",
            "a positive semidefinite matrix (a broadening is a rate)",
        )
    return array
