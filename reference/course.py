"""A model carried along a path, in the numbers of the arithmetic, and the panels of its time axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

import mpmath
import numpy as np

from electronwind.doors import checked_digits as within
from electronwind.doors import checked_path, checked_position, only_wide_band
from electronwind.errors import PrecisionError
from electronwind.models import Model
from electronwind.motion import Oscillation, Path, Trajectory

from .arithmetic import Array, array, export, number
from .past import refuse_long
from .problem import Problem

__all__ = [
    "ROUNDING",
    "Course",
    "Tell",
    "carried",
    "checked_digits",
    "order_for",
    "panels",
    "settled",
    "shared",
]

LEAST_DIGITS, MOST_DIGITS = 6, 40
ROUNDING, FLOAT = 3, 17
# Phase that the fastest energy gathers on a panel, and the nodes it takes: see `order_for`.
PHASE = 6.0
# Nodes added to every panel, and its length in that of the first attempt. No two attempts share nodes: the
# panels next to a jump double, so that half the length alone would give the same ones.
REFINEMENTS = ((4, 1.0), (8, 1.0), (12, 0.6), (16, 0.35), (20, 0.2))

# So many knots of a trajectory are always heeded.
FEW_KNOTS = 16

Result = TypeVar("Result")
# What is told the fraction done.
Tell = Callable[[float], Any]


def checked_digits(digits: int) -> int:
    """Return the digits asked for, refusing what the runs in time do not offer.

    Raises
    ------
    InvalidSystemError
        Naming `digits`.
    """
    return within(digits, LEAST_DIGITS, MOST_DIGITS)


def carried(digits: int) -> int:
    """Return the digits that a result carries: some more than were asked for, and those of double precision.

    What follows from one another in it does so to these.
    """
    return max(digits + ROUNDING, FLOAT)


def order_for(digits: int) -> int:
    """Return how many nodes interpolate e^{i x} on [-PHASE / 2, PHASE / 2] to `digits` digits."""
    order, error = 4, 1.0
    while error > 10.0**-digits:
        order += 1
        error = 2 * math.exp(order * math.log(PHASE / 4) - math.lgamma(order + 1))
    return order


class Course:
    """A model carried along a path; times are counted from `origin`.

    Parameters
    ----------
    name : str
        Name of the observable, for refusals.
    model : Model
        The family h(x).
    path : callable
        t -> x; a `Path` is evaluated in the arithmetic itself, any other callable in float64.
    origin : float
        The time at which the electrons are steady.
    digits : int
        Digits of the result.

    Raises
    ------
    UnbroadenedLevelError, UnsupportedError, InvalidSystemError
        No steady state to begin with, a `ChainLead`, a path of the wrong shape.
    """

    def __init__(
        self, name: str, model: Model, path: Callable[[Any], Any], origin: float, digits: int
    ) -> None:
        only_wide_band(name, model.leads)
        self.name = "trajectory" if name == "two_time_noise" else "path"
        self.model, self.path, self.origin = model, checked_path(self.name, path), origin
        start = model.at(checked_position(self.name, path, origin, len(model.coordinates)))
        self.problem = Problem(start, digits)
        self.problem.check()
        self.leads = self.problem.wide_bands
        cold = min((float(lead.temperature) for lead in self.leads if lead.temperature > 0), default=1.0)
        scale = self.problem.scale
        # Differences of times next to the start, and of their hyperbolic sines, cost this much.
        self.work_digits = math.ceil(1.5 * digits + 15 + max(0.0, math.log10(scale / cold)))
        self._slowest = min(-e.imag for e in self.problem.resonances)
        self._start, self._digits = np.asarray(start.hamiltonian), digits

    def afford(self, span: float, leads_forget: bool = True) -> None:
        """Refuse a run over a span of time that is too long, from what is known at the start.

        Parameters
        ----------
        span : float
            Time that is followed.
        leads_forget : bool
            Whether what a lead remembers fades with its temperature.

        Raises
        ------
        UnsupportedError
            More panels than the reference offers.
        """
        length = self.panel_length(self._largest(self._start[None]))
        coldest = min(float(lead.temperature) for lead in self.leads) if leads_forget else 0.0
        refuse_long(self._slowest, math.pi * coldest, span, length, self._digits * math.log(10))

    def _checked(self, t: float) -> Array:
        return checked_position(self.name, self.path, t, len(self.model.coordinates))

    def position(self, t: Any) -> Any:
        """Return x(t) for one number t."""
        if isinstance(self.path, Path):
            moment = export(np.array([t], dtype=object), "mpf", mpmath.mp.dps)[0]
            return self.path.at(moment + mpmath.mpf(self.origin), mpmath.mp)
        return self._checked(float(t) + self.origin)

    def hamiltonian(self, times: Array) -> Array:
        """Return h(x(t)), shape ``(t, n, n)``."""
        return self._stack(self.model.hamiltonian, times)

    def gradient(self, times: Array) -> Array:
        """Return dh/dx at x(t), shape ``(t, d, n, n)``."""
        return self._stack(self.model.gradient, times)

    def _stack(self, family: Callable[[Any, Any], Any], times: Array) -> Array:
        return np.stack([array(family(self.position(t), mpmath.mp)) for t in times])

    def rate(self, span: float) -> float:
        """Return the largest energy on the way, from the mus and with the half-widths, in float64."""
        moments = self.origin + np.linspace(0.0, span, 65)
        return self._largest(
            np.array([self.model.hamiltonian(self._checked(t)) for t in moments], dtype=complex)
        )

    def _largest(self, h: Array) -> float:
        mus = [float(lead.mu) for lead in self.leads]
        unit = np.eye(h.shape[-1])
        broad = np.linalg.norm(np.sum([lead.broadening for lead in self.leads], axis=0).astype(complex), 2)
        sizes = [np.max(np.linalg.norm(h - mu * unit, 2, axis=(-2, -1))) for mu in mus]
        return float(max(sizes) + broad / 2)

    def panel_length(self, rate: float) -> float:
        """Return the length of a panel on which nothing that is known turns by more than `PHASE`."""
        turning = 2 * self.path.frequency if isinstance(self.path, Oscillation) else 0.0
        hottest = max(float(lead.temperature) for lead in self.leads)
        # The nearest pole of the kernels is 1/T away.
        return min(PHASE / (rate + turning), 1 / hottest if hottest > 0 else math.inf)

    def breaks(self, length: float) -> list[float]:
        """Return where the path is known not to be smooth, unless these are many and dense.

        Dense on the scale `length`, the knots of a trajectory that was computed are next to smooth.
        """
        if not isinstance(self.path, Trajectory):
            return []
        knots = [float(t) for t in self.path.times if t > self.origin]
        few = len(knots) <= FEW_KNOTS
        return knots if few or len(knots) * length < 4 * (knots[-1] - self.origin) else []


def panels(span: Any, length: float, digits: int, breaks: list[Any]) -> list[Any]:
    """Return the edges of panels of [0, span], no longer than `length`, graded where the path is not smooth.

    A jump of the velocity at 0 leaves tau^2 log(tau) in K and tau^3 log(tau) in sigma, one of the
    acceleration at a break one power more; the panels next to it are so short that this is below the
    rounding there. Behind a break the memory looks back across it, so they shrink towards it from both sides.
    """
    full = number(length)
    jump, bend = (math.ceil(digits * math.log2(10) / power) for power in (2, 3))
    # A path may end with the span, so that nothing past it may be asked for.
    end = span if span > 0 else full / number(2) ** jump
    inner = sorted({b for b in breaks if 0 < b < end})
    edges = [number(0)]
    for start, stop in pairwise([number(0), *inner, end]):
        room = stop - start
        shrinking = _ramp(full, bend, room / 2) if stop < end else []
        growing = _ramp(full, bend if start > 0 else jump, room / 2 if shrinking else room)
        marks = [start, *(start + r for r in growing), *(stop - r for r in reversed(shrinking)), stop]
        for low, high in pairwise(marks):
            count = math.ceil(float((high - low) / full)) or 1
            edges += [*(low + (high - low) / count * k for k in range(1, count)), high]
    return edges


def _ramp(full: Any, doublings: int, room: Any) -> list[Any]:
    """Return distances that double up to `full`, as far as there is room for them."""
    return [r for k in range(doublings + 1) if (r := full / number(2) ** (doublings - k)) < room]


def shared(tell: Tell, batch: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Tell]]:
    """Yield the indices of a batch, each with what is told how far that one is, of as many equal parts."""
    count = math.prod(batch)
    for done, index in enumerate(np.ndindex(batch)):
        yield index, partial(_part, tell, done, count)


def _part(tell: Tell, done: int, count: int, part: float) -> None:
    tell((done + part) / count)


def settled(
    what: str,
    compute: Callable[[int, float, Tell], Result],
    difference: Callable[[Result, Result], float],
    length: float,
    digits: int,
    tell: Tell,
) -> tuple[Result, float]:
    """Return what two rules agree on to `digits`, by the finer of them, and how much they differ.

    Parameters
    ----------
    what : str
        For the refusal.
    compute : callable
        Order of the rule, length of the panels and what is told the part of it that is done, to the result.
    difference : callable
        Two results to the size of their difference.
    length : float
        Of the panels, to begin with.
    digits : int
        The difference is to be at most ``10**-digits``.
    tell : callable
        It is called with the fraction done: nobody knows how many rules it takes, and each is counted as
        half of what is left.

    Raises
    ------
    PrecisionError
        It is not, on panels of a fifth of the length.
    """
    # The quadrature converges about twice as fast as the interpolation that `order_for` counts on.
    order, error = order_for(digits - 3), math.inf
    coarse = compute(order, length, lambda part: tell(part / 2))
    left = 0.5
    for more, share in REFINEMENTS:
        fine = compute(order + more, length * share, partial(_halved, tell, left))
        left /= 2
        error = difference(fine, coarse)
        if error <= 10.0**-digits:
            tell(1.0)
            return fine, error
        coarse = fine
    raise PrecisionError(
        f"two rules for {what} differ by {error:.1e}; 1e-{digits} was asked for. Is the path smooth?"
    )


def _halved(tell: Tell, left: float, part: float) -> None:
    tell(1 - left + left / 2 * part)
