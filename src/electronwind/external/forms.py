"""The forms in which a caller may write the same numbers: types, layouts in memory, sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FORMS", "reformed"]

Array = NDArray[Any]


def _spread(array: Array) -> Array:
    """Return the entries as every other one of a longer array."""
    longer = np.empty((*array.shape[:-1], 2 * array.shape[-1]))
    longer[..., ::2], longer[..., 1::2] = array, array + 0.25
    return longer[..., ::2]


def _fixed(array: Array) -> Array:
    fixed = array.copy()
    fixed.setflags(write=False)
    return fixed


Form = Callable[[Any], Any]


def _as(kind: type[Any]) -> Form:
    """Return the form that has numbers of a type, where it holds them."""
    span = np.finfo(kind) if kind is np.float32 else np.iinfo(kind)

    def write(x: Array) -> Any:
        # A conversion beyond the span is undefined.
        if not np.all((x >= span.min) & (x <= span.max)):
            return None
        # Of an array without axes numpy makes a number.
        found = x.astype(kind)[()]
        return found if np.all(found == x) else None

    return write


def _of_arrays(write: Form) -> Form:
    return lambda x: write(x) if x.ndim else None


def _of_numbers(write: Form) -> Form:
    return lambda x: None if x.ndim else write(x)


# None where a number or an array cannot be written so.
_FORMS: dict[str, Form] = {
    "whole numbers": _as(np.int64),
    "whole numbers of a byte": _as(np.int8),
    "whole numbers without sign": _as(np.uint16),
    "numbers in single precision": _as(np.float32),
    "a whole number of Python": _of_numbers(lambda x: int(x) if x == round(float(x)) else None),
    "a number of numpy": _of_numbers(lambda x: np.float64(x)),
    "an array without axes": _of_numbers(lambda x: x.copy()),
    "a list": _of_arrays(lambda x: x.tolist()),
    "a tuple": _of_arrays(lambda x: tuple(x.tolist())),
    "numbers in the other order of bytes": _of_arrays(lambda x: x.astype(x.dtype.newbyteorder())),
    "every other entry of a longer array": _of_arrays(_spread),
    "a view in reverse": _of_arrays(lambda x: x[..., ::-1].copy()[..., ::-1]),
    "an array in the order of Fortran": _of_arrays(lambda x: np.asfortranarray(x) if x.ndim > 1 else None),
    "an array that cannot be written into": _of_arrays(_fixed),
}
FORMS: tuple[str, ...] = tuple(_FORMS)


def reformed(value: Any, form: str) -> tuple[Any, bool]:
    """Return arguments in another form, and whether that changed any."""
    if isinstance(value, tuple):
        parts = [reformed(part, form) for part in value]
        return tuple(part for part, _ in parts), any(changed for _, changed in parts)
    if isinstance(value, (float, np.ndarray)):
        new = _FORMS[form](np.asarray(value, dtype=float))
        if new is not None:
            return new, True
    return value, False
