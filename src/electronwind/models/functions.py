"""One function of x that a user wrote, called in the way in which it was written."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from .._arrays import described, hermitian, is_masked
from ..errors import InvalidSystemError

__all__ = ["UserFunction"]

Array = NDArray[Any]

# A function is taken to be batched where a batch of points gives the same as the points one by one, to
# this part of the largest entry; the points must differ by more than the second number for that to say
# anything.
SAME, APART = 1e-9, 1e-6


class UserFunction:
    """h(x) or dh/dx of a user, for one point or many.

    The function may take an array of shape (..., d), one point of shape (d,), rows of points only, or a bare
    number where d = 1; which of them, it shows. A batch is handed over as a whole only after it gave
    the same as its points one by one.

    Parameters
    ----------
    function : callable
        ``f(x)``, or ``f(x, xp=numpy)`` where it serves an mpmath context as well.
    role : {"hamiltonian", "gradient"}
        What it returns: shape (n, n), or (d, n, n) and, for one coordinate, (n, n).
    name : str, optional
        What the function is called; its own name by default.

    Attributes
    ----------
    exact : bool
        Whether it takes an mpmath context, as far as is known.
    """

    def __init__(self, function: Callable[..., Any], role: str, name: str | None = None) -> None:
        self.role, self.function = role, function
        self.name = name or getattr(function, "__qualname__", type(function).__name__)
        self.takes_xp = self.exact = _takes_xp(function)
        self._core = 2 if role == "hamiltonian" else 3
        # How one point, and how a batch, is handed over; None until that is known.
        self._form: Callable[[Array], Any] | None = None
        self._batch: Callable[[Array], Any] | None = None
        self._one_by_one = False
        self._levels: int | None = None

    def __call__(self, points: Array) -> Array:
        """Return the Hermitian matrices at points of shape (N, d), N > 0: (N, n, n) or (N, d, n, n)."""
        values = self._point(points[0])[None] if len(points) == 1 else self._many(points)
        matrices = self._checked(points, values)
        return matrices if np.iscomplexobj(values) else np.real(matrices).copy()

    def _checked(self, points: Array, values: Array) -> Array:
        """Return the values at points, each exactly Hermitian, refusing what is none and naming its x."""
        try:
            matrices: Array = hermitian(self._label, values, self._core)
        except InvalidSystemError as error:
            self._blame(points, values, error)
        if self._levels not in (None, matrices.shape[-1]):
            raise self._refused(
                f"{matrices.shape[-1]} levels, at x = {_text(points[0])}", self._wanted(points)
            )
        self._levels = matrices.shape[-1]
        return matrices

    def precise(self, x: Array, xp: Any) -> Array | None:
        """Return the matrices at one point in the numbers of `xp`; None where the function has no such."""
        if not self.exact:
            return None
        one = len(x) == 1
        for argument in (x[0], x) if one and self._form in (None, _number) else (x,):
            try:
                value = self._fitted(
                    np.asarray(self.function(argument, xp=xp), dtype=object), one, (), len(x)
                )
                if value is None:
                    continue
                numbers = np.asarray(np.frompyfunc(xp.convert, 1, 1)(value), dtype=object)
                rounded = numbers.astype(complex)
            # numpy's own functions do not know mpmath numbers; and a function that is wrong is so at
            # double precision too, where it is reported.
            except Exception:
                continue
            self._checked(np.array([x], dtype=float), rounded[None])
            return numbers
        self.exact = False
        return None

    @property
    def _label(self) -> str:
        return f"{self.role} (the function {self.name})"

    def _call(self, argument: Any) -> Any:
        value = self.function(argument, xp=np) if self.takes_xp else self.function(argument)
        if is_masked(value):
            raise ValueError("a masked array")
        return value

    def _fitted(self, value: Any, one: bool, batch: tuple[int, ...], d: int) -> Array | None:
        """Return a copy of a value whose shape fits, with its axis of coordinates, and None otherwise."""
        array = np.array(value)
        if self._core == 3 and one and array.ndim == len(batch) + 2:
            array = array[..., None, :, :]
        square = array.ndim >= 2 and array.shape[-1] == array.shape[-2] > 0
        if not square or array.ndim != len(batch) + self._core or array.shape[: len(batch)] != batch:
            return None
        return array if self._core == 2 or array.shape[-3] == d else None

    def _point(self, x: Array) -> Array:
        d = len(x)
        if self._form is not None:
            return self._value(self._form, x)
        failures: list[InvalidSystemError] = []
        for form in (_number, _vector, _row) if d == 1 else (_vector, _row):
            try:
                value = self._value(form, x)
            except InvalidSystemError as error:
                failures.append(error)
                continue
            self._form = form
            return value
        # A function that indexes x cannot but fail for a number, and says nothing by that.
        misled = isinstance(failures[0].__cause__, (IndexError, TypeError))
        raise failures[1 if d == 1 and misled else 0]

    def _value(self, form: Callable[[Array], Any], x: Array) -> Array:
        """Return the value at one point, refusing in words what is none."""
        try:
            value = self._call(form(x.copy()))
        except Exception as error:
            got = f"{type(error).__name__}: {error}".rstrip(": ")
            raise self._refused(f"{got:.200} raised at x = {_text(x)}", self._wanted(x)) from error
        try:
            array = np.asarray(value)
        except Exception as error:
            raise self._refused(f"{described(value)} at x = {_text(x)}", self._wanted(x)) from error
        batch = (1,) if form is _row else ()
        fitted = self._fitted(array, len(x) == 1, batch, len(x))
        if fitted is None:
            came = f"shape {array.shape}" if array.ndim or array.dtype.kind in "biufc" else described(value)
            raise self._refused(f"{came} at x = {_text(x)}", self._wanted(x))
        return fitted[0] if form is _row else fitted

    def _many(self, points: Array) -> Array:
        if self._batch is not None:
            found = self._whole(self._batch, points)
            if found is not None:
                return found
        singly = self._singly(points)
        spread = np.ptp(points, axis=0)
        if self._batch or self._one_by_one or not np.any(spread > APART * np.max(np.abs(points), axis=0)):
            return singly
        for batch in (_rows, _column) if points.shape[1] == 1 else (_rows,):
            whole = self._whole(batch, points)
            if whole is not None and _alike(whole, singly):
                self._batch = batch
                return singly
        self._one_by_one = True
        return singly

    def _singly(self, points: Array) -> Array:
        """Return the values at all points by one call for each."""
        values = [self._point(x) for x in points]
        for x, value in zip(points, values, strict=True):
            if value.shape != values[0].shape:
                shapes = f"shape {value.shape} at x = {_text(x)}, and {values[0].shape} at {_text(points[0])}"
                raise self._refused(shapes, self._wanted(x))
        return np.stack(values)

    def _whole(self, batch: Callable[[Array], Any], points: Array) -> Array | None:
        """Return the values at all points by one call, or None where that gives none."""
        try:
            value = self._call(batch(points.copy()))
            return self._fitted(value, points.shape[1] == 1, points.shape[:1], points.shape[1])
        # Made for single points; or wrong at one of them, which the calls one by one will name.
        except Exception:
            return None

    def _blame(self, points: Array, values: Array, error: InvalidSystemError) -> NoReturn:
        """Raise the refusal of the first point whose value is none."""
        for x, value in zip(points, values, strict=True):
            try:
                hermitian(self._label, value, self._core)
            except InvalidSystemError as found:
                where = found.argument.removeprefix(self._label)
                raise InvalidSystemError(
                    f"{self._label}{where}", f"{found.got} at x = {_text(x)}", found.expected
                ) from None
        raise error

    def _wanted(self, x: Array) -> str:
        n = self._levels or "n"
        if self._core == 2:
            return f"a Hermitian matrix h(x), shape ({n}, {n})"
        return f"Hermitian matrices dh/dx, shape ({x.shape[-1]}, {n}, {n}): one for each coordinate"

    def _refused(self, got: str, expected: str) -> InvalidSystemError:
        return InvalidSystemError(self._label, got, expected)


def _number(x: Array) -> Any:
    return x[0]


def _vector(x: Array) -> Array:
    return x


def _row(x: Array) -> Array:
    return x[None]


def _rows(points: Array) -> Array:
    return points


def _column(points: Array) -> Array:
    return points[:, 0]


def _alike(one: Array, other: Array) -> bool:
    size = np.max(np.abs(other))
    return bool(one.shape == other.shape and np.all(np.abs(one - other) <= SAME * size))


def _takes_xp(function: Callable[..., Any]) -> bool:
    try:
        return "xp" in inspect.signature(function).parameters
    # What is written in C need not have a signature.
    except (TypeError, ValueError):
        return False


def _text(x: Array) -> str:
    numbers = [f"{value:.6g}" for value in np.atleast_1d(x)[:6]]
    more = ", ..." if np.size(x) > len(numbers) else ""
    return numbers[0] if np.size(x) == 1 else f"[{', '.join(numbers)}{more}]"
