"""Numbers on the wire: as JSON holds them, without loss in either direction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind._arrays import is_masked

__all__ = ["MaskedError", "decode", "encode", "filled", "hexadecimal", "plain", "refuse_masked"]


class MaskedError(ValueError):
    """An array has a true mask: what is under a mask is no value, like NaN."""


def plain(value: Any) -> NDArray[Any]:
    """Return what a solver returned as an array of numbers; those of mpmath are rounded to double precision.

    Raises
    ------
    TypeError, ValueError
        Not an array of numbers, or one with a true mask.
    """
    refuse_masked(value)
    array = np.asarray(value)
    if array.dtype.kind == "O" and value is not None:
        array = np.array(array, dtype=complex)
        if not np.any(np.imag(array)):
            array = np.real(array)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"returned {type(value).__name__} {value!r:.60}; expected numbers")
    return array


def filled(value: Any, shape: tuple[int, ...]) -> Any:
    """Return lists as an array, without entries as one of this shape if they can stand for it.

    Lists cannot tell the axes behind an empty one. Anything else is returned as it came.
    """
    if not isinstance(value, list | tuple):
        return value
    array = np.asarray(value)
    return array if array.size or array.shape != shape[: array.ndim] else array.reshape(shape)


def refuse_masked(value: Any) -> None:
    """Refuse a masked array with a true mask.

    Raises
    ------
    MaskedError
        Where the mask is true.
    """
    if is_masked(value):
        place = np.argwhere(np.ma.getmaskarray(value))[0]
        raise MaskedError(f"returned a masked value at {[int(i) for i in place]}")


def encode(value: Any) -> Any:
    """Return an array as nested lists, a complex one as ``{"re": ..., "im": ...}`` of such lists.

    Numbers of mpmath are rounded to double precision. Infinity and NaN, which JSON lacks, are words.

    Raises
    ------
    TypeError, ValueError
        Not an array of numbers.
    """
    array = plain(value)
    if array.dtype.kind == "c":
        return {"re": _real(np.real(array)), "im": _real(np.imag(array))}
    return _real(array)


def _real(array: NDArray[Any]) -> Any:
    if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
        return _words(array.tolist())
    return array.tolist()


def _words(value: Any) -> Any:
    if isinstance(value, list):
        return [_words(item) for item in value]
    return value if math.isfinite(value) else str(value)


def hexadecimal(value: Any) -> Any:
    """Return plain data with every float as a hexadecimal string of C99."""
    if isinstance(value, dict):
        return {key: hexadecimal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hexadecimal(item) for item in value]
    return value.hex() if isinstance(value, float) else value


def decode(value: Any) -> NDArray[Any]:
    """Return the array that a value on the wire stands for.

    Parameters
    ----------
    value : number, str, dict or list
        Nested lists of numbers. A number may be a string, decimal or hexadecimal; ``{"re", "im"}`` is a
        complex number, or an array of them where its parts are lists.

    Raises
    ------
    ValueError
        Anything else, in words.
    """
    if isinstance(value, dict):
        return _complex(value)
    try:
        array = np.array(value)
    # Lists of unequal lengths.
    except ValueError:
        array = np.array(None)
    if array.dtype.kind in "biuf":
        return array
    numbers = _plain(value)
    try:
        return np.array(numbers)
    except ValueError:
        raise ValueError("expected nested lists of numbers, all rows of the same length") from None


def _complex(value: dict[str, Any]) -> NDArray[np.complex128]:
    if value.keys() != {"re", "im"}:
        raise ValueError(
            f'expected {{"re": ..., "im": ...}} for a complex number, got the keys {list(value)}'
        )
    real, imaginary = decode(value["re"]), decode(value["im"])
    if real.shape != imaginary.shape or "c" in real.dtype.kind + imaginary.dtype.kind:
        raise ValueError("expected real parts and imaginary parts of the same shape")
    # Not real + 1j * imaginary, which loses the sign of zeros.
    array = np.empty(real.shape, dtype=complex)
    array.real, array.imag = real, imaginary
    return array


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return complex(_complex(value))
    if isinstance(value, str):
        return _number(value)
    if isinstance(value, (int, float)):
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"got the number {value!r:.20}..., which is too large") from None
    hint = ', and JSON has no NaN: send "nan"' if value is None else ""
    raise ValueError(f"got {value!r:.40} for a number{hint}")


def _number(text: str) -> float:
    try:
        if "x" in text.lower():
            return float.fromhex(text)
        # Fortran writes the exponent of double precision with a D.
        return float(text.upper().replace("D", "E"))
    except (ValueError, OverflowError):
        raise ValueError(f"got {text!r:.40} for a number") from None
