"""Prescribed motions of the coordinates, as data: one formula for float64 and high precision.

A solver takes any callable ``path(t) -> x``. Those here can also be written to JSON, and evaluated by the
reference in its own arithmetic through ``at(t, xp)``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import FloatArray, described, real, refuse_disorder, scalar
from .errors import InvalidSystemError

__all__ = ["Oscillation", "Path", "Straight", "Trajectory", "path_from_dict"]


class Path(ABC):
    """A motion x(t) of d coordinates."""

    def __call__(self, t: ArrayLike) -> FloatArray:
        """Return x(t), shape (..., d), for times of shape (...)."""
        moments = real("t", t)
        return np.asarray(self.at(moments[..., None], np), dtype=float)

    @abstractmethod
    def at(self, t: Any, xp: Any) -> Any:
        """Return x(t) in the arithmetic of `xp`, numpy or an mpmath context.

        Parameters
        ----------
        t : number of `xp`, or ndarray of shape (..., 1)
            Time.
        xp : module or context
            numpy, or an mpmath context for an object array of its numbers, shape (d,).
        """

    @abstractmethod
    def altered(self, delay: float = 0.0, speed: float = 1.0, mix: ArrayLike | None = None) -> Path:
        """Return the path mix x(speed (t - delay)).

        Parameters
        ----------
        delay : float
            Time by which the motion comes later.
        speed : float
            Positive: the factor by which it is faster.
        mix : array_like, shape (d, d), optional
            Matrix from the old coordinates to the new; the unit matrix where none is given.
        """

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that `path_from_dict` reads without loss."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]  # paths are dataclasses
        return {"kind": type(self).__name__} | {
            name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()
        }


def _numbers(values: NDArray[Any], xp: Any) -> NDArray[Any]:
    if xp is np:
        return values
    return np.array([xp.convert(float(value)) for value in values], dtype=object)


def _mixed(mix: ArrayLike | None, values: NDArray[Any]) -> NDArray[Any]:
    if mix is None:
        return values
    matrix, d = real("mix", mix), values.shape[-1]
    if matrix.shape != (d, d):
        raise InvalidSystemError("mix", f"shape {matrix.shape}", f"shape ({d}, {d})")
    return np.asarray(values @ matrix.T)


def _positive(name: str, value: ArrayLike) -> float:
    number = scalar(name, value)
    if number <= 0:
        raise InvalidSystemError(name, f"{number:g}", "a finite number > 0")
    return number


@dataclass(frozen=True)
class Straight(Path):
    """Motion at constant velocity, x(t) = start + velocity t.

    Parameters
    ----------
    start, velocity : array_like, shape (d,)
        Position at t = 0, and velocity.

    Raises
    ------
    InvalidSystemError
        What is not finite, or shapes that differ.
    """

    start: FloatArray
    velocity: FloatArray

    def __init__(self, start: ArrayLike, velocity: ArrayLike) -> None:
        _keep(self, start=start, velocity=velocity)

    def at(self, t: Any, xp: Any) -> Any:
        """Return x(t); see `Path.at`."""
        return _numbers(self.start, xp) + _numbers(self.velocity, xp) * t

    def altered(self, delay: float = 0.0, speed: float = 1.0, mix: ArrayLike | None = None) -> Straight:
        """Return mix x(speed (t - delay)); see `Path.altered`."""
        delay, speed = scalar("delay", delay), _positive("speed", speed)
        velocity = speed * _mixed(mix, self.velocity)
        return Straight(_mixed(mix, self.start) - delay * velocity, velocity)


@dataclass(frozen=True)
class Oscillation(Path):
    """Harmonic motion, x(t) = center + amplitude cos(frequency t + phase), one frequency for all coordinates.

    Parameters
    ----------
    center, amplitude, phase : array_like, shape (d,)
        Mean position, amplitude and phase, in radians, of each coordinate.
    frequency : float
        Angular frequency.

    Raises
    ------
    InvalidSystemError
        What is not finite, shapes that differ, or a frequency that is not positive.
    """

    center: FloatArray
    amplitude: FloatArray
    frequency: float
    phase: FloatArray

    def __init__(
        self, center: ArrayLike, amplitude: ArrayLike, frequency: float, phase: ArrayLike = 0.0
    ) -> None:
        object.__setattr__(self, "frequency", _positive("frequency", frequency))
        shape, turn = np.shape(np.atleast_1d(real("center", center))), real("phase", phase)
        _keep(self, center=center, amplitude=amplitude, phase=turn if turn.ndim else np.full(shape, turn))

    def at(self, t: Any, xp: Any) -> Any:
        """Return x(t); see `Path.at`."""
        angle = _numbers(self.phase, xp) + (self.frequency if xp is np else xp.convert(self.frequency)) * t
        turn = np.cos(angle) if xp is np else np.array([xp.cos(a) for a in angle], dtype=object)
        return _numbers(self.center, xp) + _numbers(self.amplitude, xp) * turn

    def altered(self, delay: float = 0.0, speed: float = 1.0, mix: ArrayLike | None = None) -> Oscillation:
        """Return mix x(speed (t - delay)); see `Path.altered`."""
        delay, frequency = scalar("delay", delay), _positive("speed", speed) * self.frequency
        turned = _mixed(mix, self.amplitude * np.exp(1j * (self.phase - frequency * delay)))
        return Oscillation(_mixed(mix, self.center), np.abs(turned), frequency, np.angle(turned))


@dataclass(frozen=True)
class Trajectory(Path):
    """The cubic Hermite interpolant of positions and velocities; at rest before the first time.

    Parameters
    ----------
    times : array_like, shape (t,)
        Increasing times, at least two.
    position, velocity : array_like, shape (t, d)
        What the interpolant takes at the times.

    Raises
    ------
    InvalidSystemError
        What is not finite, times that do not increase, or shapes that do not fit; when it is called, a
        time past the last.
    """

    times: FloatArray
    position: FloatArray
    velocity: FloatArray

    def __init__(self, times: ArrayLike, position: ArrayLike, velocity: ArrayLike) -> None:
        moments = real("times", times)
        if moments.ndim != 1 or len(moments) < 2:
            raise InvalidSystemError("times", f"shape {moments.shape}", "two or more increasing times")
        refuse_disorder("times", moments)
        for name, value in (
            ("position", real("position", position)),
            ("velocity", real("velocity", velocity)),
        ):
            if value.ndim != 2 or len(value) != len(moments) or not value.size:
                raise InvalidSystemError(name, f"shape {value.shape}", f"shape ({len(moments)}, d)")
            object.__setattr__(self, name, value)
        if self.position.shape != self.velocity.shape:
            raise InvalidSystemError(
                "velocity", f"shape {self.velocity.shape}", f"shape {self.position.shape}"
            )
        object.__setattr__(self, "times", moments)

    def at(self, t: Any, xp: Any) -> Any:
        """Return x(t); see `Path.at`."""
        if np.any(np.asarray(t) > self.times[-1]):
            came = f"{float(np.max(t)):g}, past the end of the trajectory"
            raise InvalidSystemError("t", came, f"a time up to {self.times[-1]:g}")
        if xp is np:
            from scipy.interpolate import CubicHermiteSpline  # slow to load, and no other path needs it

            curve = CubicHermiteSpline(self.times, self.position, self.velocity)
            return curve(np.maximum(t[..., 0], self.times[0]))
        i = int(np.clip(np.searchsorted(self.times, float(t), "right") - 1, 0, len(self.times) - 2))
        start, step = xp.convert(self.times[i]), xp.convert(self.times[i + 1]) - xp.convert(self.times[i])
        s = max(xp.zero, (t - start) / step)
        x, v = (_numbers(part[i], xp) for part in (self.position, self.velocity))
        y, w = (_numbers(part[i + 1], xp) for part in (self.position, self.velocity))
        rise = y - x
        # Arrays come first: a number of mpmath writes one down, in words, before it gives way to it.
        return x + (v * step + (rise * 3 - (v * 2 + w) * step + ((v + w) * step - rise * 2) * s) * s) * s

    def altered(self, delay: float = 0.0, speed: float = 1.0, mix: ArrayLike | None = None) -> Trajectory:
        """Return mix x(speed (t - delay)); see `Path.altered`."""
        delay, speed = scalar("delay", delay), _positive("speed", speed)
        position, velocity = (_mixed(mix, part) for part in (self.position, self.velocity))
        return Trajectory(self.times / speed + delay, position, speed * velocity)


_KINDS: dict[str, type[Path]] = {kind.__name__: kind for kind in (Straight, Oscillation, Trajectory)}


def path_from_dict(data: Mapping[str, Any]) -> Path:
    """Return the path that `Path.to_dict` wrote.

    Raises
    ------
    InvalidSystemError
        An unknown kind, or not the keys of that kind.
    """
    if not isinstance(data, Mapping):
        raise InvalidSystemError("data", described(data), "an object with the keys of a path")
    name = data.get("kind")
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise InvalidSystemError("kind", described(name), " or ".join(_KINDS))
    given, known = {*data} - {"kind"}, {f.name for f in fields(kind)}  # type: ignore[arg-type]  # paths are dataclasses
    if given != known:
        keys = described(sorted(map(str, given)))
        raise InvalidSystemError("data", f"keys {keys}", f"keys {', '.join(sorted(known))} of a {name}")
    return kind(**{key: value for key, value in data.items() if key != "kind"})


def _keep(path: Path, **values: ArrayLike) -> None:
    shape = None
    for name, value in values.items():
        array = np.atleast_1d(real(name, value))
        if array.ndim != 1 or not array.size or shape not in (None, array.shape):
            raise InvalidSystemError(name, f"shape {array.shape}", f"shape {shape or '(d,)'}")
        shape = array.shape
        object.__setattr__(path, name, array)
