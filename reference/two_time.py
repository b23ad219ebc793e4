"""Correlation of the force at two times along a trajectory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from electronwind.doors import (
    checked_delays,
    checked_model,
    checked_path,
    checked_position,
    only_wide_band,
    scalar,
)
from electronwind.dynamics import NoiseRecord
from electronwind.errors import InvalidSystemError
from electronwind.models import Model
from electronwind.motion import Trajectory
from electronwind.progress import checked_progress, told

from .arithmetic import Array, adjoint, export, number, real, working
from .course import Course, Tell, carried, checked_digits, settled, shared
from .lesser import Lesser
from .memory import trace
from .panels import rule

__all__ = ["two_time_noise"]

FADED = 4  # more digits than those asked for: what has decayed below does not count


def two_time_noise(
    model: Model,
    trajectory: Callable[[Any], Any],
    time: float,
    delays: ArrayLike,
    *,
    since: float | None = None,
    digits: int = 12,
    progress: bool | Callable[[float], Any] = False,
) -> NoiseRecord:
    """Correlation of the force at one time with the force before, along a trajectory.

    Parameters
    ----------
    model : Model
        The family h(x), on wide-band leads.
    trajectory : callable
        t -> x, shape ``(d,)``. A `Path` is evaluated in the arithmetic of the reference.
    time : float
        The later time t.
    delays : array_like, shape (tau,)
        Numbers >= 0, in any order.
    since : float, optional
        The junction rests at ``trajectory(since)`` up to then. By default the first time of a
        `Trajectory`, and otherwise so early that `digits` digits have forgotten it.
    digits : int
        Decimal digits, 6 to 40, relative to the largest entry of each quantity.
    progress : bool or callable
        True for a bar on a terminal and a line every few seconds elsewhere, or a function that is called
        with the fraction done.

    Returns
    -------
    NoiseRecord
        With arrays of mpc and mpf.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime at the start.
    UnsupportedError
        A lead is a `ChainLead`, or the delays are too long; see `driven`.
    PrecisionError
        Two rules do not agree to `digits`: the trajectory is not smooth.
    InvalidSystemError
        A negative delay, `since` after `time`, or a trajectory of the wrong shape.

    Notes
    -----
    G^<(t, t') for one t and all t' by collocation in the time domain, see `lesser`; G^>(t, t') =
    G^<(t, t') - i U(t, t') for t > t'. Everything is done twice, with four nodes more in every panel. The
    cost grows with the memory of the electrons times the shorter of it and that of the coldest lead,
    hbar / pi k_B T, both in units of hbar over the largest energy: one to five seconds for one level with
    Gamma = 0.1 and 8 digits, T = 0 to 0.5. The adiabatic twin is the same code with the junction at rest
    in the position at t.
    Source: preston2022 Eq. 31, 35-37, 62-69.
    """
    model = checked_model(model, lambda: trajectory(float(time)))
    only_wide_band("two_time_noise", model.leads)
    checked_path("trajectory", trajectory)
    time, taus, digits = scalar("time", time), checked_delays(delays), checked_digits(digits)
    since, reach = None if since is None else scalar("since", since), float(np.max(taus))
    checked_position("trajectory", trajectory, time, len(model.coordinates))
    if since is None:
        since = _forgotten(model, trajectory, time, reach, digits)
    if since > time:
        raise InvalidSystemError("since", f"{since:g}", f"a number up to the time {time:g}")
    checked_progress(progress)
    course = Course("two_time_noise", model, trajectory, since, digits)
    course.afford(reach, leads_forget=False)
    with told(progress, "two_time_noise") as tell, working(course.work_digits):
        (_, first), (_, second) = shared(tell, (2,))
        now = number(float(time)) - number(course.origin)
        moving = _converged(course, now, lambda t: max(t, number(0)), taus, digits, first)
        resting = _converged(course, now, lambda _: now, taus, digits, second)
        variance, kept = np.diagonal(moving.variance), carried(digits)
        # A coordinate that no level feels has no noise to remember: zero over one.
        variance = np.where(variance == 0, number(1), variance)
        return NoiseRecord(
            taus,
            export(moving.correlation, "mpc", kept),
            export(resting.correlation, "mpc", kept),
            export(moving.white, "mpf", kept),
            export(resting.white, "mpf", kept),
            export(np.diagonal(moving.white) / variance, "mpf", kept),
        )


def _forgotten(
    model: Model, trajectory: Callable[[Any], Any], time: float, reach: float, digits: int
) -> float:
    """Return a time so early that electrons at t - reach do not remember it."""
    if isinstance(trajectory, Trajectory):
        return float(trajectory.times[0])
    course = Course("two_time_noise", model, trajectory, float(time), digits)
    slowest = min(-e.imag for e in course.problem.resonances)
    return time - reach - (digits + 2 * FADED) * math.log(10) / slowest


@dataclass(frozen=True)
class _Noise:
    """D at the delays, ``(tau, d, d)``, its integral and its value at delay 0, ``(d, d)``."""

    correlation: Array
    white: Array
    variance: Array


def _converged(
    course: Course, now: Any, clock: Callable[[Any], Any], taus: Array, digits: int, tell: Tell
) -> _Noise:
    """Return the noise of a junction that at t is where the course is at clock(t)."""
    length = course.panel_length(course.rate(float(now)))

    def compute(order: int, length: float, tell: Tell) -> _Noise:
        return _noise(course, now, clock, taus, length, order, digits, tell)

    def difference(fine: _Noise, coarse: _Noise) -> float:
        correlations = _relative(fine.correlation, coarse.correlation, fine.variance)
        return max(correlations, _relative(fine.white, coarse.white, fine.white))

    return settled("the noise", compute, difference, length, digits, tell)[0]


def _relative(new: Array, old: Array, scale: Array) -> float:
    size = float(np.max(abs(scale)))
    return float(np.max(abs(new - old))) / size if size else 0.0


def _noise(
    course: Course,
    now: Any,
    clock: Callable[[Any], Any],
    taus: Array,
    length: float,
    order: int,
    digits: int,
    tell: Tell,
) -> _Noise:
    """Return the noise by one rule."""
    places = [now - number(float(tau)) for tau in taus]
    oldest = min(places)
    jumps = [number(0)] if clock(-number(1)) == 0 and now > 0 else []
    knots = [number(t) - number(course.origin) for t in course.breaks(length)]
    edges = _edges(now, jumps, [oldest, *knots], number(length), digits)

    def carried(family: Callable[[Array], Array], times: Array) -> Array:
        return family(np.array([clock(t) for t in times], dtype=object))

    faded = number(10) ** -(digits + FADED)
    lesser = Lesser(
        course.leads, lambda t: carried(course.hamiltonian, t), edges, rule(order), oldest, faded, tell
    )
    late = carried(course.gradient, np.array([now], dtype=object))[0]
    spin = course.problem.degeneracy

    def correlation(times: Array, less: Array, propagator: Array) -> Array:
        """Return D(t, t'), Eq. 62: G^<(t', t) = -G^<(t, t')^+."""
        greater = less - propagator * number(1j)
        left = late[None] @ greater[:, None]
        right = carried(course.gradient, times) @ -adjoint(less)[:, None]
        return trace(left[:, :, None], right[:, None]) * spin

    at_once = correlation(np.array([now], dtype=object), lesser.last[None], lesser.unit[None])[0]
    values = np.empty((len(taus), *at_once.shape), dtype=object)
    values[:] = at_once
    white: Array = real(at_once) * 0
    for panel in lesser.panels:
        if panel.stop <= oldest:
            continue
        found = correlation(panel.times, panel.less, panel.from_now)
        symmetric = real(found) + np.swapaxes(real(found), -1, -2)
        white = white + np.tensordot(panel.weights, symmetric, axes=1)
        inside = [k for k, t in enumerate(places) if panel.start <= t < panel.stop]
        if inside:
            x = [(places[k] - panel.start) / (panel.stop - panel.start) * 2 - 1 for k in inside]
            values[inside] = np.tensordot(rule(order).interpolation(np.array(x)), found, axes=1)
    return _Noise(values, white, real(at_once))


def _edges(now: Any, jumps: list[Any], breaks: list[Any], length: Any, digits: int) -> Iterator[Any]:
    """Return the edges from `now` down without end, graded towards `now` and the jumps of the velocity."""
    shortest = length / 2 ** math.ceil(digits * math.log2(10) / 2)
    marks = sorted({b for b in breaks if b < now}, reverse=True)
    edge = now
    while True:
        yield edge
        gap = min(abs(edge - place) for place in (now, *jumps))
        step = min(length, max(gap, shortest))
        following = edge - step
        for jump in jumps:
            if edge > jump:
                # Halving towards a jump from above, as doubling away from it below.
                room = (edge - jump) / 2
                following = max(following, edge - room if room > shortest else jump)
        while marks and marks[0] >= edge:
            marks.pop(0)
        if marks and following < marks[0]:
            following = marks.pop(0)
        edge = following
