"""Electrons under a prescribed motion."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from electronwind.doors import checked_model, checked_path, checked_position, checked_times, only_wide_band
from electronwind.dynamics import DrivenRun
from electronwind.models import Model
from electronwind.motion import Oscillation, Straight
from electronwind.progress import checked_progress, told

from .arithmetic import Array, export, number, working
from .course import Course, Tell, carried, checked_digits, panels, settled
from .memory import Electrons, Moments, trace
from .panels import rule

__all__ = ["driven", "inside"]


def driven(
    model: Model,
    path: Callable[[Any], Any],
    times: ArrayLike,
    digits: int | None = None,
    *,
    progress: bool | Callable[[float], Any] = False,
) -> DrivenRun:
    """Electrons under a prescribed motion, from the steady state at the first time on.

    Parameters
    ----------
    model : Model
        The family h(x), on wide-band leads.
    path : callable
        t -> x, shape ``(d,)``. A `Path` is evaluated in the arithmetic of the reference; any other
        callable in float64, which leaves about 14 digits.
    times : array_like, shape (t,)
        Increasing times. At the first the electrons are in the steady state of the position there,
        whatever the velocity.
    digits : int, optional
        Decimal digits, 6 to 40, absolute in the density matrix and in K_a. Where none is given, 15 for a
        motion that is smooth (`Straight`, `Oscillation`), and 10 for any other: a trajectory whose knots
        are dense, or a path or family known in float64 only.
    progress : bool or callable
        True for a bar on a terminal and a line every few seconds elsewhere, or a function that is called
        with the fraction done.

    Returns
    -------
    DrivenRun
        With arrays of mpc and mpf. `error` is the largest difference, in density matrix and currents, from
        the same with four nodes less in every panel (and, later, with longer panels): the error of the
        coarser of the two. The finer one is returned.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime at the first position.
    UnsupportedError
        A lead is a `ChainLead`, or the largest energy is some thousand times the slowest decay, or the run
        is as long against the largest energy.
    PrecisionError
        Panels of a fifth of the natural length did not reach `digits`: the path is not smooth.
    InvalidSystemError
        Times that do not increase, or a path of the wrong shape.

    Notes
    -----
    Gauss-Legendre collocation of the propagator, of the memory integral K_a(t) and of the equation of
    motion, in the time domain: there is no frequency grid. See `memory`. The cost grows with the number of
    nodes times those in the memory of the electrons: three periods of the two-level junction of preston2022
    at Omega = 0.14 take about four seconds at 15 digits, a strongly coupled junction with three leads as
    much for three units of time. Source: preston2022 Eq. 11, 31-41.
    """
    model = checked_model(model, lambda: path(float(np.atleast_1d(times)[0])))
    only_wide_band("driven", model.leads)
    checked_path("path", path)
    if digits is None:
        digits = 15 if isinstance(path, (Straight, Oscillation)) and model.exact else 10
    moments, digits = checked_times(times), checked_digits(digits)
    # A path that ends too early is refused before the work.
    checked_position("path", path, float(moments[-1]), len(model.coordinates))
    checked_progress(progress)
    course = Course("driven", model, path, float(moments[0]), digits)
    course.afford(float(moments[-1] - moments[0]))
    with told(progress, "driven") as tell, working(course.work_digits):
        places = [number(float(t)) - number(course.origin) for t in moments]
        rate = course.rate(float(moments[-1] - moments[0]))

        def compute(order: int, length: float, tell: Tell) -> Moments:
            return _run(course, places, rate, length, order, digits, tell)

        def difference(fine: Moments, coarse: Moments) -> float:
            currents = fine.current(course.leads) - coarse.current(course.leads)
            return max(float(np.max(abs(change))) for change in (fine.sigma - coarse.sigma, currents))

        length = course.panel_length(rate)
        found, error = settled("the electrons in motion", compute, difference, length, digits, tell)
        force = -trace(course.gradient(np.array(places)), found.sigma[:, None])
        spin, kept = course.problem.degeneracy, carried(digits)
        return DrivenRun(
            moments,
            export(found.sigma, "mpc", kept),
            export(force * spin, "mpf", kept),
            export(found.current(course.leads) * spin, "mpf", kept),
            error,
        )


def _run(
    course: Course, places: list[Any], rate: float, length: float, order: int, digits: int, tell: Tell
) -> Moments:
    """Return the electrons at the places, times from the start on, by one rule."""
    breaks = [number(t) - number(course.origin) for t in course.breaks(length)]
    edges = panels(places[-1], length, digits, breaks)
    h = course.hamiltonian(np.array([number(0)]))[0]
    electrons = Electrons(course.leads, h, edges, rule(order), number(rate), number(length), digits)
    found = [electrons.start]
    for panel, start in enumerate(edges[:-1]):
        if start >= places[-1]:
            break
        moments = electrons.advance(course.hamiltonian(electrons.nodes(panel)))
        rows = inside(electrons, panel, places)
        if len(rows):
            found.append(moments.at(rows))
        electrons.keep()
        tell(min(1.0, float(edges[panel + 1] / places[-1])))
    return Moments(np.concatenate([m.sigma for m in found]), np.concatenate([m.K for m in found]))


def inside(electrons: Electrons, panel: int, places: list[Any]) -> Array:
    """Return the rows that interpolate to those places that lie in a panel, without its start."""
    start, stop = electrons.edges[panel : panel + 2]
    within = places[bisect_right(places, start) : bisect_right(places, stop)]
    x = np.array([(place - start) / (stop - start) * 2 - 1 for place in within], dtype=object)
    return electrons.rule.interpolation(x)
