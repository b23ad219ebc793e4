"""Coordinates and the electrons of a chain that drive each other, step by step: see `hopping`.

The coordinates fly under the acceleration that past ones extrapolate to (`adams`), so that a step of the
electrons is made once. All is of order 4 in its length. Here the steps are chosen; `flight_step` makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from electronwind import PrecisionError
from electronwind.body import ClassicalBody
from electronwind.dynamics import EhrenfestRun
from electronwind.models import Model

from .checkpoint import fingerprint
from .clock import counted
from .flight_record import Record
from .flight_state import Now, State
from .flight_step import KEPT, Past, Step, Stepper
from .history import History
from .hopping import ENOUGH, POLES, Chain, Electrons

__all__ = ["MANY", "Flight"]

Array = np.ndarray[Any, Any]

# Levels from which on this way is chosen by itself.
MANY = 24
# Steps are this part of the stable ones where nothing is asked for: the trajectories of long wires are
# chaotic, so that no accuracy of theirs lasts.
PART = 0.7
# The first steps double in length while accelerations are being collected.
DOUBLINGS = 12
# The next step is longer by at most one factor and shorter by the other, and a little less than it may be.
LONGER, SHORTER, SAFE = 2.0, 0.2, 0.8
# A step is as long as the one before where that is longer than this part of what it may be, and fits into the
# time left to this part of it.
HELD, SAME = 0.9, 1e-6
# The longest step over the shortest.
FINEST = 2.0**24


class Flight:
    """A run that is under way on a chain: coordinates, electrons, and what was recorded.

    Parameters
    ----------
    model : Model
        The family.
    chain : Chain
        Its bonds.
    body : ClassicalBody
        Masses and potential.
    x, v : ndarray, shape (B, d)
        The starts.
    times : ndarray, shape (t,)
        Increasing.
    accuracy : float or None
        Largest error of the density matrix, and of a coordinate; None for steps of 0.7 of the length
        that is stable.
    step : float or None
        Longest step.
    frozen : bool
        Whether the leads inject what they do at the start for ever, whatever the atoms do since.
    stream : Path, optional
        A file that what is recorded goes to.
    watch : callable, optional
        It is called with each time that was asked for, and what is recorded there.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens at a start.
    UnsupportedError
        More steps than anybody waits for, or a stream and no h5py.
    InvalidSystemError
        The file of the stream holds another run.
    """

    def __init__(
        self,
        model: Model,
        chain: Chain,
        body: ClassicalBody,
        x: Array,
        v: Array,
        times: Array,
        accuracy: float | None,
        step: float | None,
        frozen: bool,
        stream: Path | None = None,
        watch: Callable[[float, Mapping[str, Array]], Any] | None = None,
    ) -> None:
        self._body, self._times = body, times
        self._accuracy, self._step, self._frozen = accuracy, step, frozen
        # What was asked for is kept where it is stable.
        free = accuracy is None and step is None
        self._part = PART if free else 1.0
        self.electrons = e = Electrons(model, chain, x, frozen, ENOUGH if free else POLES)
        self._stepper = Stepper(body, e, not self._fixed)
        batch, n = len(x), len(e.energies)
        force = e.force(e.slope, e.sigma)
        self._now = Now(
            x,
            v,
            (force - body.potential.gradient(x)) / body.mass,
            force,
            e.hopping,
            e.sigma.copy(),
            np.zeros((batch, n, e.poles), complex),
            e.steady,
            np.zeros(batch),
            np.zeros((batch, len(e.leads))),
        )
        # Where the next density matrix is written: of two that are in turn, the one that is not now.
        self._spare = np.zeros_like(e.sigma)
        self._past: Past = []
        self._time, self._count, self._longest = float(times[0]), 0, 0.0
        self._duration = float(times[-1] - times[0])
        self._limit = self._stepper.limit(e.hopping)
        self._finest = self._limit / FINEST
        longest = min(step or np.inf, self._limit * self._part)
        self._pace = longest * 2.0**-DOUBLINGS
        if len(times) > 1:
            counted(self._duration, longest)
        # Velocity gained per error of the density matrix and time; time in which electrons leave the chain.
        self._push = 4 * e.degeneracy * float(np.max(np.abs(e.slope))) / float(np.min(body.mass))
        self._memory = 2 * n / float(np.max(np.abs(e.hopping)))
        # Errors of the density matrix now and of the coordinates in total; largest velocity and acceleration.
        self._errors, self._speed = np.array([e.lost, 0.0]), np.zeros(2)
        self._record = Record(body, e, batch, times, stream, watch, self.fingerprint())
        self._record.put(0, self._now, e.lost)

    @property
    def history(self) -> History:
        """What was recorded."""
        return self._record.history

    @property
    def done(self) -> bool:
        """Whether the end is reached."""
        return self._count >= len(self._times) - 1

    @property
    def fraction(self) -> float:
        """Part of the time that is done."""
        return (self._time - float(self._times[0])) / self._duration if self._duration else 1.0

    def advance(self) -> None:
        """Make one step, as long as stability and accuracy allow, and not past a time that was asked for."""
        end = float(self._times[self._count + 1])
        while True:
            length = min(self._pace, self._limit * self._part)
            count = self._steps(end - self._time, length)
            length = (end - self._time) / count
            made = self._stepper.step(
                self._now, self._time, self._past, length, self._time_scale(), self._spare
            )
            ease = np.inf if made is None else self._ease(length, made)
            if made is not None and ease <= 1:
                break
            self._pace = length * _factor(ease)
            if self._pace < self._finest:
                raise self._stepper.refusal or PrecisionError(
                    f"the motion at t = {self._time:.6g} cannot be followed to the accuracy asked for: steps "
                    f"of {length:.2g} still err too much; a potential must not jump"
                )
        self._stepper.refusal = None
        self._past = [(self._time, self._now.acceleration, made.slope), *self._past][:KEPT]
        old = self._errors[0] * max(0.0, 1 - length / self._memory) + made.rough
        total = self._errors[1] + made.drift + self._time_scale() * length * self._push * old
        self._errors = np.array([old, total])
        self._spare = self._now.sigma
        self._now, self._limit, self._longest = made.now, made.limit, max(self._longest, length)
        fastest = [np.max(np.abs(self._now.v)), np.max(np.abs(self._now.acceleration))]
        self._speed = np.maximum(self._speed, fastest)
        grown = min(LONGER * self._pace, self._step or np.inf)
        self._pace = grown if self._fixed else length * _factor(ease)
        self._time = end if count == 1 else self._time + length
        if count == 1:
            self._count += 1
            self._record.put(self._count, self._now, self._errors[0])

    def _steps(self, way: float, length: float) -> int:
        """Return the number of steps to the next time that was asked for, none longer than a length."""
        if self._past:
            # As many as the step before left: equal steps share the weights of `adams`.
            last = self._time - self._past[0][0]
            left = round(way / last)
            if left and abs(way / last - left) < SAME and HELD * length < last <= length:
                return left
        return max(1, int(np.ceil(way / length * (1 - 1e-12))))

    @property
    def _fixed(self) -> bool:
        return self._accuracy is None or self._step is not None

    def _ease(self, length: float, made: Step) -> float:
        """Return the error of a step as a fraction of that allowed, or nothing where steps are fixed."""
        if self._fixed or self._accuracy is None:
            return 0.0
        part = length / min(self._duration, self._memory)
        return max(made.drift / (length / self._duration), made.rough / min(part, 1.0)) / self._accuracy

    def _time_scale(self) -> float:
        """Return the time in which an error of the velocity becomes one of the position."""
        velocity, acceleration = self._speed
        return min(self._duration, velocity / acceleration) if acceleration > 0 else self._duration

    def fingerprint(self) -> str:
        """Return a digest of the problem: what the functions of model and body return along a first guess."""
        now, potential, e = self._now, self._body.potential, self.electrons
        # No two atoms are moved alike.
        pattern = np.cos(1.0 + np.arange(now.x.shape[-1]))
        x = now.x + np.linspace(0, 1e-3, 3)[:, None, None] * pattern
        numbers = [now.x, now.v, self._times, *e.bonds(x), self._body.mass]
        numbers += [potential.energy(now.x), potential.gradient(x), e.energies, e.levels]
        words = (e.degeneracy, e.kernel, self._accuracy, self._step, self._frozen)
        return fingerprint(numbers, e.leads, *words)

    @property
    def state(self) -> State:
        """All that the rest of the run depends on."""
        times, pulls = np.zeros(KEPT), np.zeros((KEPT, *self._now.x.shape))
        slopes = np.zeros((KEPT, *self._now.hopping.shape), complex)
        for k, (time, pull, slope) in enumerate(self._past):
            times[k], pulls[k], slopes[k] = time, pull, slope
        marks = (self._time, self._pace, self._errors, self._speed, self._count, self._longest)
        return State(*marks, len(self._past), times, pulls, slopes, self._now)

    @state.setter
    def state(self, state: State) -> None:
        self._time, self._pace, self._errors, self._speed, self._count, self._longest = state[:6]
        rows = zip(state.past_times, state.past_pulls, state.past_slopes, strict=True)
        self._past = [(float(time), pull, slope) for time, pull, slope in rows][: state.past]
        self._now, self._limit = state.now, self._stepper.limit(state.now.hopping)

    def result(self) -> EhrenfestRun:
        """Return the result, one axis for the batch."""
        e = self.electrons
        return EhrenfestRun(
            self._times,
            error=float(self._errors[1]),
            kernel=e.kernel,
            step=self._longest,
            poles=e.poles,
            lost=e.lost,
            **self.history.arrays(),
        )


def _factor(ease: float) -> float:
    """Return how much longer the next step may be, after one whose error was that part of the allowed."""
    return float(np.clip(SAFE * max(ease, 1e-12) ** (-1 / 5), SHORTER, LONGER))
