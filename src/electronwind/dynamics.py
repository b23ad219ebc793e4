"""What a solver of the time-dependent problem is given and returns: doors, and results.

Any object with these attributes will do for a solver under test; the two solvers of the project return
these. Batch axes come first; then the axis of times or delays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import FloatArray, real
from .errors import InvalidSystemError, UnsupportedError
from .leads import Lead, WideBandLead

__all__ = [
    "DrivenRun",
    "EhrenfestRun",
    "LangevinRun",
    "NoiseRecord",
    "checked_delays",
    "checked_position",
    "checked_start",
    "checked_times",
    "fields_of",
    "only_wide_band",
]

Array = NDArray[Any]


@dataclass(frozen=True)
class DrivenRun:
    """A junction under a prescribed motion.

    Attributes
    ----------
    times : ndarray, shape (t,)
        The times asked for.
    density_matrix : ndarray, shape (..., t, n, n)
        sigma(t), per spin.
    force : ndarray, shape (..., t, d)
        Mean force on the coordinates.
    current : ndarray, shape (..., t, leads)
        Particles per time from each lead into the system.
    error : float
        Estimate of the largest error of the density matrix.
    """

    times: Array
    density_matrix: Array
    force: Array
    current: Array
    error: float


@dataclass(frozen=True)
class EhrenfestRun:
    """Classical coordinates under the mean force of the electrons that they drive.

    Attributes
    ----------
    times : ndarray, shape (t,)
        The times asked for.
    position, velocity, force : ndarray, shape (..., t, d)
        Coordinates, velocities, and the force of the electrons, without that of the potential.
    current : ndarray, shape (..., t, leads)
        Particles per time from each lead into the system.
    kinetic, potential : ndarray, shape (..., t)
        Energies of the body.
    electronic : ndarray, shape (..., t)
        Tr[h sigma], times the spin factor.
    work : ndarray, shape (..., t)
        Energy that the leads gave to the electrons since ``times[0]``, the integral of Tr[h dsigma/dt]:
        kinetic + potential + electronic - work is constant.
    error : float
        Estimate of the largest error of a coordinate.
    """

    times: Array
    position: Array
    velocity: Array
    force: Array
    current: Array
    kinetic: Array
    potential: Array
    electronic: Array
    work: Array
    error: float


@dataclass(frozen=True)
class LangevinRun:
    """Classical coordinates under adiabatic force, friction and, where asked for, white noise.

    Attributes
    ----------
    times : ndarray, shape (t,)
        The times asked for.
    position, velocity, force : ndarray, shape (..., t, d)
        Coordinates, velocities, and adiabatic force minus friction times velocity.
    seed : int or None
        Seed of the noise; None without noise.
    """

    times: Array
    position: Array
    velocity: Array
    force: Array
    seed: int | None


@dataclass(frozen=True)
class NoiseRecord:
    """Correlation of the force at one time with the force before, along a trajectory.

    Attributes
    ----------
    delays : ndarray, shape (tau,)
        The delays asked for, >= 0.
    exact : ndarray, shape (tau, d, d)
        D(t, t - tau) = Tr[L(t) G^>(t, t - tau) L(t - tau) G^<(t - tau, t)]; complex.
    adiabatic : ndarray, shape (tau, d, d)
        The same at rest in the position at t.
    white, adiabatic_white : ndarray, shape (d, d)
        Their real symmetric parts, integrated over delays from minus to plus the largest one.
    correlation_time : ndarray, shape (d,)
        Diagonal of `white` over the variance, that of Re D(t, t).
    """

    delays: Array
    exact: Array
    adiabatic: Array
    white: Array
    adiabatic_white: Array
    correlation_time: Array


def fields_of(result: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return those of the fields that a result has, as attributes or as entries of a table."""
    if isinstance(result, Mapping):
        found = {name: result.get(name) for name in names}
    else:
        found = {name: getattr(result, name, None) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def checked_times(times: ArrayLike) -> FloatArray:
    """Return the times asked for, refusing what is not one or more increasing finite numbers.

    Raises
    ------
    InvalidSystemError
        Naming `times`.
    """
    moments = real("times", np.atleast_1d(times))
    if moments.ndim != 1 or not len(moments) or np.any(np.diff(moments) <= 0):
        got = f"shape {moments.shape}" if moments.ndim != 1 or not len(moments) else "times that do not rise"
        raise InvalidSystemError("times", got, "one or more increasing times")
    return moments


def checked_delays(delays: ArrayLike) -> FloatArray:
    """Return the delays asked for, refusing what is not one or more numbers >= 0.

    Raises
    ------
    InvalidSystemError
        Naming `delays`.
    """
    values = real("delays", np.atleast_1d(delays), minimum=0.0)
    if values.ndim != 1 or not len(values):
        raise InvalidSystemError("delays", f"shape {values.shape}", "one or more delays")
    return values


def checked_position(name: str, path: Callable[[Any], Any], t: float, coordinates: int) -> FloatArray:
    """Return ``path(t)``, refusing what is not `coordinates` finite numbers.

    Raises
    ------
    InvalidSystemError
        Naming the path as `name`.
    """
    if not callable(path):
        raise InvalidSystemError(name, f"{path!r:.60}", "a callable t -> x")
    x = real(f"{name}({t:g})", np.atleast_1d(path(t)))
    if x.shape != (coordinates,):
        raise InvalidSystemError(f"{name}({t:g})", f"shape {x.shape}", f"shape ({coordinates},)")
    return x


def checked_start(start: Sequence[ArrayLike], coordinates: int) -> tuple[FloatArray, FloatArray]:
    """Return positions and velocities of the starts, broadcast to one shape (..., d).

    Raises
    ------
    InvalidSystemError
        Naming `start`.
    """
    try:
        x, v = start
    except (TypeError, ValueError) as error:
        raise InvalidSystemError("start", f"{start!r:.60}", "a pair (x, v)") from error
    parts = [real(f"start[{k}]", np.atleast_1d(part)) for k, part in enumerate((x, v))]
    for k, part in enumerate(parts):
        if part.shape[-1] != coordinates:
            raise InvalidSystemError(f"start[{k}]", f"shape {part.shape}", f"shape (..., {coordinates})")
    try:
        position, velocity = np.broadcast_arrays(*parts)
    except ValueError as error:
        shapes = f"shapes {parts[0].shape} and {parts[1].shape}"
        raise InvalidSystemError("start", shapes, "shapes that broadcast together") from error
    return position, velocity


def only_wide_band(name: str, leads: Sequence[Lead]) -> tuple[WideBandLead, ...]:
    """Return the leads, refusing those with a band edge.

    Raises
    ------
    UnsupportedError
        A lead is a `ChainLead`.
    """
    wide = tuple(lead for lead in leads if isinstance(lead, WideBandLead))
    if len(wide) < len(leads):
        raise UnsupportedError(f"{name} with a ChainLead is not offered: only wide-band leads are")
    return wide
