"""The validators behind every public constructor: one check, one wording."""

from __future__ import annotations

import operator
import reprlib
import sys
from collections.abc import Mapping
from numbers import Number
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidSystemError

__all__ = [
    "MOST",
    "ComplexArray",
    "FloatArray",
    "assembled",
    "complex_numbers",
    "described",
    "hermitian",
    "is_masked",
    "is_number",
    "matrices",
    "positive_semidefinite",
    "real",
    "refuse_disorder",
    "scalar",
    "whole",
]

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

# Rounding in a user's own construction of a Hermitian matrix is forgiven up to this fraction of its
# largest entry; what is stored is exactly Hermitian.
ROUNDING = 1e-12
# The largest number, and the largest count that is taken for one.
MOST = 2**31 - 1
LARGEST = float(np.finfo(float).max)
# Axes that an array of numpy has at the most: a sequence nested deeper is none.
DEEPEST = 32

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60


def described(value: object) -> str:
    """Return what came in a few words: never the whole of it, whatever it is."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape} and type {value.dtype}"
    try:
        return " ".join(_SHORT.repr(value).split())[:90]
    except Exception:  # a repr is anybody's code
        return object.__repr__(value)


def is_number(value: object) -> bool:
    """Tell whether one value is a number; a boolean, a span of time and text are none."""
    return isinstance(value, Number) and not isinstance(value, (bool, np.timedelta64))


def is_masked(value: object) -> TypeGuard[np.ma.MaskedArray[Any, Any]]:
    """Tell whether a value is a masked array with a true mask.

    Where nobody has made a masked array yet, asking numpy about them would load all that is for them.
    """
    return "numpy.ma" in sys.modules and isinstance(value, np.ma.MaskedArray) and bool(np.ma.is_masked(value))


def _refuse_entries(name: str, value: object, kind: str, place: tuple[int, ...] = ()) -> None:
    """Refuse, by its place, what is no number in nested sequences: numpy would make one of it."""
    if isinstance(value, (list, tuple)) and len(place) <= DEEPEST:
        for i, part in enumerate(value):
            _refuse_entries(name, part, kind, (*place, i))
        return
    where = f"{name}{list(place) if place else ''}"
    if is_masked(value):
        # A mask stands for a value that is not there, like NaN.
        inner = (*place, *map(int, np.argwhere(np.ma.getmaskarray(value))[0]))
        raise InvalidSystemError(f"{name}{list(inner) or ''}", "a masked entry", "a finite number")
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "O":
            _refuse_entries(name, value.tolist(), kind, place)
        elif value.dtype.kind not in "iufc":
            raise InvalidSystemError(where, described(value), f"{kind} numbers")
    elif not is_number(value) and not hasattr(value, "__array__"):
        raise InvalidSystemError(where, described(value), f"an array of {kind} numbers")


def _numbers(name: str, value: ArrayLike, dtype: type[Any]) -> NDArray[Any]:
    # Most of what comes, since systems are made of parts of others: nothing in it can be of a wrong kind.
    plain = type(value) is np.ndarray and value.dtype in (np.float64, dtype)
    array = np.array(value, dtype=dtype) if plain else _converted(name, value, dtype)
    if not np.all(np.isfinite(array)):
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise InvalidSystemError(f"{name}{list(where) or ''}", str(array[where]), "a finite number")
    return array


def _converted(name: str, value: ArrayLike, dtype: type[Any]) -> NDArray[Any]:
    kind = "real" if dtype is np.float64 else "complex"
    _refuse_entries(name, value, kind)
    try:
        # Numbers that are too large become infinite and are refused as such.
        with np.errstate(all="ignore"):
            plain = np.asarray(value)
            _refuse_entries(name, plain, kind)
            if dtype is np.float64 and plain.dtype.kind == "c":
                raise InvalidSystemError(name, f"complex numbers, {described(value)}", "real numbers")
            return np.array(plain, dtype=dtype)
    except InvalidSystemError:
        raise
    except OverflowError as error:
        words = f"{described(value)}, beyond the range of float64"
        raise InvalidSystemError(name, words, f"{kind} numbers of at most {LARGEST:.3g}") from error
    except Exception as error:  # a ragged sequence is a ValueError; an object that converts itself, anything
        raise InvalidSystemError(name, described(value), f"an array of {kind} numbers") from error


def real(name: str, value: ArrayLike, minimum: float | None = None) -> FloatArray:
    """Return a read-only copy of `value` as float64, refusing what is no finite number or below `minimum`."""
    array: FloatArray = _numbers(name, value, np.float64)
    if minimum is not None and np.any(array < minimum):
        where = tuple(int(i) for i in np.argwhere(array < minimum)[0])
        raise InvalidSystemError(f"{name}{list(where) or ''}", f"{array[where]}", f"a number >= {minimum:g}")
    array.setflags(write=False)
    return array


def complex_numbers(name: str, value: ArrayLike) -> ComplexArray:
    """Return a copy of `value` as complex128, refusing what is no finite number."""
    array: ComplexArray = _numbers(name, value, np.complex128)
    return array


def scalar(name: str, value: ArrayLike, minimum: float | None = None) -> float:
    """Return one finite real number, refusing anything else and what is below `minimum`."""
    array = real(name, value, minimum)
    if array.ndim:
        raise InvalidSystemError(name, f"an array of shape {array.shape}", "one finite real number")
    return float(array)


def refuse_disorder(name: str, times: FloatArray) -> None:
    """Refuse times, shape (t,), that do not increase, by the first that does not."""
    if np.any(stuck := np.diff(times) <= 0):
        k = int(np.argmax(stuck)) + 1
        raise InvalidSystemError(
            f"{name}[{k}]", f"{times[k]:g} after {times[k - 1]:g}", f"{name} that increase"
        )


def whole(name: str, value: object, low: int, high: int | None = None) -> int:
    """Return a whole number from `low` to `high`, refusing anything else, booleans and floats included."""
    expected = f"a whole number >= {low}" if high is None else f"a whole number from {low} to {high}"
    try:
        index = operator.index(value)  # type: ignore[arg-type]  # of what is none: refused below
    except Exception as error:  # what converts itself may raise anything
        raise InvalidSystemError(name, described(value), expected) from error
    boolean = isinstance(value, bool) or getattr(value, "dtype", None) == np.bool_
    if boolean or index < low or (high is not None and index > high):
        raise InvalidSystemError(name, described(value), expected)
    return index


def assembled(parts: Mapping[str, ArrayLike], name: str = "value") -> ComplexArray:
    """Return the complex array of the parts ``re`` and ``im``; a sum would lose the sign of zeros."""
    if not isinstance(parts, Mapping) or not {"re", "im"} <= parts.keys():
        raise InvalidSystemError(name, described(parts), "an object with the parts re and im")
    re, im = (real(f"{name}.{part}", parts[part]) for part in ("re", "im"))
    if re.shape != im.shape:
        raise InvalidSystemError(
            f"{name}.im", f"shape {im.shape}", f"shape {re.shape}, that of the real part"
        )
    array = np.empty(re.shape, dtype=complex)
    array.real, array.imag = re, im
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
    layout, more = (
        ("(..., n, n)", "") if core == 2 else ("(..., d, n, n)", ", one matrix for each coordinate,")
    )
    if array.ndim < core or array.shape[-1] != array.shape[-2] or 0 in array.shape[-core:]:
        raise InvalidSystemError(
            name, f"shape {array.shape}", f"shape {layout}{more} with no empty axis among the last {core}"
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


def matrices(name: str, value: ArrayLike, rows: int, columns: int) -> ComplexArray:
    """Return a read-only copy of `value`, complex matrices of shape ``(..., rows, columns)``."""
    array: ComplexArray = _numbers(name, value, np.complex128)
    if array.shape[-2:] != (rows, columns):
        raise InvalidSystemError(name, f"shape {array.shape}", f"shape (..., {rows}, {columns})")
    array.setflags(write=False)
    return array


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
