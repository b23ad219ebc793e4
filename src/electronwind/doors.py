"""The doors of the solvers: what every public function does with its arguments before anything else.

Both solvers refuse the same things in the same words: `InvalidSystemError` with the name of the argument,
what came and what was expected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._arrays import FloatArray, described, real, refuse_disorder, scalar, whole
from .body import ClassicalBody
from .errors import InvalidSystemError, UnsupportedError
from .leads import Lead
from .models.base import Model
from .models.door import checked_model
from .motion import Path
from .system import OpenSystem
from .watched import Watched, blamed, called

__all__ = [
    "blamed",
    "checked_accuracy",
    "checked_axis",
    "checked_body",
    "checked_choice",
    "checked_delays",
    "checked_digits",
    "checked_flag",
    "checked_increasing",
    "checked_model",
    "checked_path",
    "checked_place",
    "checked_position",
    "checked_positions",
    "checked_positive",
    "checked_seed",
    "checked_start",
    "checked_system",
    "checked_times",
    "described",
    "only_wide_band",
    "scalar",
    "whole",
]


def checked_system(system: OpenSystem) -> OpenSystem:
    """Return the snapshot that a solver is given, refusing anything else.

    Raises
    ------
    InvalidSystemError
        Naming `system`.
    """
    if not isinstance(system, OpenSystem):
        hint = " (a family becomes one by its method at(x))" if hasattr(system, "at") else ""
        raise InvalidSystemError("system", described(system), f"an OpenSystem{hint}")
    return system


def checked_axis(name: str, value: ArrayLike) -> FloatArray:
    """Return energies or frequencies, one or an array of them with one axis.

    Raises
    ------
    InvalidSystemError
        Naming the argument as `name`.
    """
    array = real(name, value)
    if array.ndim > 1 or not array.size:
        raise InvalidSystemError(
            name, f"an array of shape {array.shape}", "a number, or numbers of shape (k,)"
        )
    return array


def checked_digits(digits: int, least: int, most: int) -> int:
    """Return the decimal digits asked for, refusing what is no whole number from `least` to `most`.

    Raises
    ------
    InvalidSystemError
        Naming `digits`.
    """
    return whole("digits", digits, least, most)


def checked_accuracy(accuracy: float, least: float) -> float:
    """Return the accuracy asked for, refusing what is no number from `least` to 0.1.

    Raises
    ------
    InvalidSystemError
        Naming `accuracy`.
    """
    number = scalar("accuracy", accuracy)
    if not least <= number <= 0.1:
        raise InvalidSystemError("accuracy", f"{number:g}", f"a number from {least:g} to 0.1")
    return number


def checked_place(name: str, x: ArrayLike, model: Model) -> FloatArray:
    """Return positions of shape (..., d), d that of the family; a bare number where d = 1.

    Raises
    ------
    InvalidSystemError
        Naming the argument as `name`.
    """
    place = real(name, x)
    d = len(model.coordinates)
    if place.ndim == 0 and d == 1:
        place = place[None]
    if place.ndim == 0 or place.shape[-1] != d or not place.size:
        raise InvalidSystemError(
            name, f"an array of shape {place.shape}", f"shape (..., {d}), one number for each coordinate"
        )
    return place


def checked_positive(name: str, value: float, what: str) -> float:
    """Return a number > 0, refusing anything else; `what` says what it is.

    Raises
    ------
    InvalidSystemError
        Naming the argument as `name`.
    """
    number = scalar(name, value)
    if number <= 0:
        raise InvalidSystemError(name, f"{number:g}", f"{what} > 0")
    return number


def checked_flag(name: str, value: bool) -> bool:
    """Return True or False, refusing anything else.

    Raises
    ------
    InvalidSystemError
        Naming the argument as `name`.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise InvalidSystemError(name, described(value), "True or False")
    return bool(value)


def checked_choice(name: str, value: str, choices: Sequence[str]) -> str:
    """Return one of the words, refusing anything else.

    Raises
    ------
    InvalidSystemError
        Naming the argument as `name`.
    """
    if not isinstance(value, str) or value not in choices:
        raise InvalidSystemError(name, described(value), " or ".join(map(repr, choices)))
    return value


def checked_seed(seed: int | None) -> int | None:
    """Return a seed, or None where one is to be drawn.

    Raises
    ------
    InvalidSystemError
        Naming `seed`.
    """
    return None if seed is None else whole("seed", seed, 0)


def checked_times(times: ArrayLike) -> FloatArray:
    """Return the times asked for, refusing what is not one or more increasing finite numbers.

    Raises
    ------
    InvalidSystemError
        Naming `times`.
    """
    return checked_increasing("times", times)


def checked_increasing(name: str, values: ArrayLike) -> FloatArray:
    """Return numbers in increasing order, refusing what is not one or more of them.

    Raises
    ------
    InvalidSystemError
        Naming the argument as `name`.
    """
    numbers = np.atleast_1d(real(name, values))
    if numbers.ndim != 1 or not len(numbers):
        raise InvalidSystemError(name, f"an array of shape {numbers.shape}", f"one or more increasing {name}")
    refuse_disorder(name, numbers)
    return numbers


def checked_delays(delays: ArrayLike) -> FloatArray:
    """Return the delays asked for, refusing what is not one or more numbers >= 0.

    Raises
    ------
    InvalidSystemError
        Naming `delays`.
    """
    values = np.atleast_1d(real("delays", delays, minimum=0.0))
    if values.ndim != 1 or not len(values):
        raise InvalidSystemError("delays", f"an array of shape {values.shape}", "one or more delays >= 0")
    return values


def checked_path(name: str, path: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the path, refusing what cannot be called.

    Raises
    ------
    InvalidSystemError
        Naming the path as `name`.
    """
    if not callable(path) or isinstance(path, type):
        raise InvalidSystemError(name, described(path), "a Path, or a function t -> x")
    return path


def checked_position(name: str, path: Callable[[Any], Any], t: float, coordinates: int) -> FloatArray:
    """Return ``path(t)``, refusing what is not `coordinates` finite numbers.

    Raises
    ------
    InvalidSystemError
        Naming the path as `name`, with the time.
    """
    place = f"{name}({t:g})"
    x = np.atleast_1d(real(place, called(place, checked_path(name, path), t)))
    if x.shape != (coordinates,):
        expected = f"shape ({coordinates},), one number for each coordinate"
        raise InvalidSystemError(place, f"an array of shape {x.shape}", expected)
    return x


def checked_start(start: Sequence[ArrayLike], coordinates: int) -> tuple[FloatArray, FloatArray]:
    """Return positions and velocities of the starts, broadcast to one shape (..., d).

    Raises
    ------
    InvalidSystemError
        Naming `start`.
    """
    try:
        if isinstance(start, (Set, Mapping)):
            raise TypeError("position and velocity have an order")
        x, v = start
    except Exception as error:  # what unpacks itself may raise anything
        raise InvalidSystemError("start", described(start), "a pair (x, v)") from error
    parts = [np.atleast_1d(real(f"start[{k}]", part)) for k, part in enumerate((x, v))]
    for k, part in enumerate(parts):
        if part.shape[-1] != coordinates or not part.size:
            expected = f"shape (..., {coordinates}), one number for each coordinate"
            raise InvalidSystemError(f"start[{k}]", f"an array of shape {part.shape}", expected)
    try:
        position, velocity = np.broadcast_arrays(*parts)
    except ValueError as error:
        shapes = f"shapes {parts[0].shape} and {parts[1].shape}"
        raise InvalidSystemError("start", shapes, "shapes that broadcast together") from error
    return position, velocity


def checked_body(body: ClassicalBody, x: FloatArray, *, strict: bool = False) -> ClassicalBody:
    """Return the body with its potential watched, refusing what does not fit the starts x, shape (..., d).

    Parameters
    ----------
    body : ClassicalBody
        What the run is given.
    x : ndarray, shape (..., d)
        Positions at the start, where the potential is tried.
    strict : bool
        Whether a gradient that is not finite is refused at once; otherwise a shorter step may avoid it, and
        `blamed` says so where none does.

    Raises
    ------
    InvalidSystemError
        Naming `body`.
    """
    if not isinstance(body, ClassicalBody):
        raise InvalidSystemError("body", described(body), "a ClassicalBody")
    d = x.shape[-1]
    if body.mass.shape not in ((1,), (d,)):
        raise InvalidSystemError("body.mass", f"shape {body.mass.shape}", f"shape ({d},) or one number")
    watched = Watched(body.potential, strict=True)
    # Two positions in an axis of their own, as the nodes of a step: no wrong axis fits by chance.
    starts = np.repeat(x.reshape(-1, 1, d), 2, axis=1)
    watched.energy(starts)
    watched.gradient(starts)
    watched.strict = strict
    return ClassicalBody(body.mass, watched)


def only_wide_band(name: str, leads: Sequence[Lead]) -> None:
    """Refuse leads with a band edge.

    Raises
    ------
    UnsupportedError
        A lead is no `WideBandLead`.
    """
    for lead in leads:
        if not lead.wide_band:
            kind = type(lead).__name__
            raise UnsupportedError(f"{name} with a {kind} is not offered: only wide-band leads are")


def checked_positions(name: str, path: Callable[[Any], Any], t: FloatArray, coordinates: int) -> FloatArray:
    """Return x at the times t, shape (t, d), refusing what is not d finite numbers at each.

    Raises
    ------
    InvalidSystemError
        Naming the path as `name`, with the time.
    """
    if isinstance(path, Path):
        # A path knows its arrays; where it does not, it is asked time by time and blamed for one of them.
        x = called(f"{name}({t[0]:g} ... {t[-1]:g})", path, t)
        if np.shape(x) == (len(t), coordinates) and np.all(np.isfinite(x)):
            return np.asarray(x)
    return np.stack([checked_position(name, path, float(moment), coordinates) for moment in t])
