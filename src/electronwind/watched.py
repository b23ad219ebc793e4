"""A user's own functions: what they return is looked at, and what they raise is told with where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._arrays import FloatArray, described, real
from .body import ClassicalBody
from .errors import InvalidSystemError, PrecisionError, UnbroadenedLevelError, UnsupportedError
from .slope import slope_of

__all__ = ["Watched", "blamed", "called"]

# Those that say by themselves what is wrong.
OWN = (InvalidSystemError, PrecisionError, UnbroadenedLevelError, UnsupportedError)
# So many numbers of a position are told.
TOLD = 6


def called(place: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a user's function returns.

    Parameters
    ----------
    place : str
        The function with its argument, for the refusal.
    function : callable
        The user's own.
    arguments
        What it is given.

    Raises
    ------
    InvalidSystemError
        It raised something else than an error of electronwind, which is the cause of this one.
    """
    try:
        return function(*arguments)
    except OWN:
        raise
    except Exception as error:
        words = f"{type(error).__name__}: {described(error.args[0]) if error.args else 'no message'}"
        raise InvalidSystemError(place, words, "a function that returns its value") from error


def told(x: NDArray[Any]) -> str:
    """Return a position in words."""
    numbers = np.ravel(x)
    words = ", ".join(f"{float(number):.6g}" for number in numbers[:TOLD])
    return f"x = [{words}{', ...' if numbers.size > TOLD else ''}]"


class Watched:
    """A potential whose values have the right shape and are finite.

    Parameters
    ----------
    surface : Surface
        The user's potential.
    strict : bool
        Whether a gradient that is not finite is refused at once. A solver that chooses its steps may go
        round such a place, and is asked `blamed` where it cannot.

    Attributes
    ----------
    odd : tuple of str or None
        The function that last returned what is not finite, and what that was where, unless it has been well
        since.

    Raises
    ------
    InvalidSystemError
        On a call: naming the function of the potential, with the position.
    """

    def __init__(self, surface: Any, strict: bool) -> None:
        # A run may be given the body of another run.
        self.surface: Any = surface.surface if isinstance(surface, Watched) else surface
        self.strict = strict
        self.odd: tuple[str, str] | None = None

    def energy(self, x: FloatArray) -> FloatArray:
        """Return U(x), shape (...), for x of shape (..., d)."""
        return self._values("energy", x, x.shape[:-1])

    def gradient(self, x: FloatArray) -> FloatArray:
        """Return dU/dx, shape (..., d), for x of shape (..., d)."""
        return self._values("gradient", x, x.shape)

    def hessian(self, x: FloatArray) -> FloatArray:
        """Return d2U/dx2, shape (d, d), at one position x of shape (d,).

        Where the potential has no hessian, it is worked out of the gradient, to about 13 digits.

        Raises
        ------
        PrecisionError
            The gradient is not smooth about x.
        """
        if callable(getattr(self.surface, "hessian", None)):
            found = self._values("hessian", x, (len(x), len(x)))
        else:
            size = float(np.max(np.abs(self.gradient(x)), initial=0.0))
            found = slope_of("body.potential.gradient", self.gradient, x, size)
        return np.asarray((found + found.T) / 2)

    def _values(self, name: str, x: FloatArray, shape: tuple[int, ...]) -> FloatArray:
        values = called(f"body.potential.{name} at {told(x)}", getattr(self.surface, name), x)
        return self.judged(name, values, x, shape)

    def judged(self, name: str, values: Any, x: FloatArray, shape: tuple[int, ...]) -> FloatArray:
        """Return what the function `name` returned at x as float64, refusing another shape than `shape`.

        Raises
        ------
        InvalidSystemError
            Naming the function, with the position.
        """
        place = f"body.potential.{name}"
        # A strange number is no reason to stop yet; what is no number is.
        plain = _plain(f"{place} at {told(x)}", values)
        if plain.shape != shape:
            expected = f"shape {shape} for x of shape {x.shape}"
            raise InvalidSystemError(place, f"values of shape {plain.shape}", expected)
        if np.all(finite := np.isfinite(plain)):
            self.odd = None
        elif np.all(np.isfinite(x)):
            first = np.argwhere(~finite)[0]
            where = x[tuple(first[: x.ndim - 1])]
            self.odd = place, f"{plain[tuple(first)]:g} at {told(where)}"
            # No step depends on the energy: it cannot be gone round.
            if self.strict or name == "energy":
                raise InvalidSystemError(*self.odd, "finite numbers")
        return plain


@contextmanager
def blamed(body: ClassicalBody) -> Iterator[None]:
    """Refuse the watched potential of a body where a run fails at a place without a finite gradient.

    Raises
    ------
    InvalidSystemError
        In place of a `PrecisionError`, which is its cause.
    """
    try:
        yield
    except PrecisionError as error:
        if not isinstance(body.potential, Watched) or body.potential.odd is None:
            raise
        raise InvalidSystemError(*body.potential.odd, f"finite numbers ({error})") from error


def _plain(place: str, values: Any) -> FloatArray:
    """Return values as float64; those of an array of floats with NaN and infinity."""
    masked = isinstance(values, np.ma.MaskedArray)
    if isinstance(values, (np.ndarray, np.floating)) and values.dtype.kind == "f" and not masked:
        with np.errstate(over="ignore"):  # beyond double precision is infinity, told as such
            return np.asarray(values, dtype=float)
    return real(place, values)
