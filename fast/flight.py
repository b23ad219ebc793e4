"""Coordinates and the electrons of a chain that drive each other, step by step: see `hopping`.

The coordinates fly under the acceleration that past ones extrapolate to (`adams`), so that a step of the
electrons is made once. All is of order 4 in its length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from electronwind import InvalidSystemError, PrecisionError
from electronwind.body import ClassicalBody
from electronwind.dynamics import EhrenfestRun
from electronwind.models import Model

from . import adams, sliced
from .checkpoint import fingerprint
from .clock import counted
from .flight_state import Now, State
from .history import History, Memory, Stream
from .hopping import ENOUGH, POLES, Chain, Electrons
from .laws import OFF, SLACK, filled

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
# time left to this part of it; digits of past times in units of the step.
HELD, SAME, EVEN = 0.9, 1e-6, 9
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
        self._watch = watch
        self._body, self._times = body, times
        self._accuracy, self._step, self._frozen = accuracy, step, frozen
        # What was asked for is kept where it is stable.
        free = accuracy is None and step is None
        self._part = PART if free else 1.0
        self.electrons = e = Electrons(model, chain, x, frozen, ENOUGH if free else POLES)
        batch, d = x.shape
        n, leads = len(e.energies), len(e.leads)
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
            np.zeros((batch, leads)),
        )
        # Where the next density matrix is written: of two that are in turn, the one that is not now.
        self._spare = np.zeros_like(e.sigma)
        self._past: list[tuple[float, Array]] = []
        self._time, self._count, self._longest = float(times[0]), 0, 0.0
        self._duration = float(times[-1] - times[0])
        longest = min(step or np.inf, e.bound(e.hopping) * self._part)
        self._pace = longest * 2.0**-DOUBLINGS
        if len(times) > 1:
            counted(self._duration, longest)
        # What the family refused in the steps that were too long.
        self._refusal: InvalidSystemError | None = None
        # Velocity gained per error of the density matrix and time; time in which electrons leave the chain.
        self._push = 4 * e.degeneracy * float(np.max(np.abs(e.slope))) / float(np.min(body.mass))
        self._memory = 2 * n / float(np.max(np.abs(e.hopping)))
        # Errors of the density matrix now and of the coordinates in total; largest velocity and acceleration.
        self._errors, self._speed = np.array([e.lost, 0.0]), np.zeros(2)
        sizes: dict[str, tuple[int, ...]] = {"position": (d,), "velocity": (d,), "force": (d,)}
        sizes |= {"current": (leads,), "entered": (leads,), "bond_current": (n - 1,)}
        sizes |= dict.fromkeys(("electronic", "work", "charge", "kinetic", "potential"), ())
        shapes = {name: (batch, len(times), *size) for name, size in sizes.items()}
        self.history: History = Memory(shapes)
        if stream is not None:
            self.history = Stream(stream, shapes, times, self.fingerprint())
        self._record(0)

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
        end, e = float(self._times[self._count + 1]), self.electrons
        now, drift, rough = self._now, 0.0, 0.0
        while True:
            length = min(self._pace, e.bound(self._now.hopping) * self._part)
            count = self._steps(end - self._time, length)
            length = (end - self._time) / count
            tried = self._tried(length)
            if tried is not None:
                now, drift, rough = tried
            ease = np.inf if tried is None else self._ease(length, drift, rough)
            if ease <= 1:
                break
            self._pace = length * _factor(ease)
            if self._pace < e.bound(e.hopping) / FINEST:
                raise self._refusal or PrecisionError(
                    f"the motion at t = {self._time:.6g} cannot be followed to the accuracy asked for: steps "
                    f"of {length:.2g} still err too much; a potential must not jump"
                )
        self._refusal = None
        self._past = [(self._time, self._now.acceleration), *self._past][: adams.DEPTH - 1]
        old = self._errors[0] * max(0.0, 1 - length / self._memory) + rough
        total = self._errors[1] + drift + self._time_scale() * length * self._push * old
        self._errors = np.array([old, total])
        self._speed = np.maximum(self._speed, [np.max(np.abs(now.v)), np.max(np.abs(now.acceleration))])
        self._spare = self._now.sigma
        self._now, self._longest = now, max(self._longest, length)
        grown = min(LONGER * self._pace, self._step or np.inf)
        self._pace = grown if self._fixed else length * _factor(ease)
        self._time = end if count == 1 else self._time + length
        if count == 1:
            self._count += 1
            self._record(self._count)

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

    def _ease(self, length: float, drift: float, rough: float) -> float:
        """Return the error of a step as a fraction of that allowed, or nothing where steps are fixed."""
        if self._fixed or self._accuracy is None:
            return 0.0
        part = length / min(self._duration, self._memory)
        return max(drift / (length / self._duration), rough / min(part, 1.0)) / self._accuracy

    def _time_scale(self) -> float:
        """Return the time in which an error of the velocity becomes one of the position."""
        velocity, acceleration = self._speed
        return min(self._duration, velocity / acceleration) if acceleration > 0 else self._duration

    def _tried(self, length: float) -> tuple[Now, float, float] | None:
        """Return the state after a step, and what it errs by in coordinates and in the density matrix."""
        now, body, e = self._now, self._body, self.electrons
        known = [(self._time, now.acceleration), *self._past]
        # Equal steps, which differ by rounding, share their weights; no error of a step is as small as this.
        past = tuple(round((t - self._time) / length, EVEN) for t, _ in known)
        pulls = np.stack([a for _, a in known])
        ways = [
            part * length * now.v + length**2 * _mixed(adams.ahead(past, part), pulls) for part in (0.5, 1.0)
        ]
        x = np.stack([now.x + way for way in ways], axis=1)
        if not np.all(np.isfinite(x)):
            return None
        # A step may reach beyond where the family is defined, and a shorter one stay within.
        try:
            hopping, slope = e.bonds(x)
        except InvalidSystemError as refusal:
            self._refusal = refusal
            return None
        if length > e.bound(hopping):
            return None
        h = np.concatenate([now.hopping[:, None], hopping], axis=1)
        modes, inflow = e.follow(now.modes, now.inflow, h, length)
        sigma = self._spare
        seen, slopes = e.step(now.sigma, h, inflow, length, sigma)
        # By the rule of the density matrix itself, so that no particle is lost.
        stages = list(sliced.MOMENT)
        shares = np.array(sliced.SHARE) / sum(sliced.SHARE)
        power, current = e.entering(h[:, stages], inflow[:, stages], seen)
        force = e.force(slope[:, 1], sigma)
        acceleration = (force - body.potential.gradient(x[:, 1])) / body.mass
        if not np.all(np.isfinite(acceleration)):
            return None
        pulls = np.concatenate([acceleration[None], pulls])
        gained = _mixed(adams.gained((1.0, *past)), pulls)
        after = Now(
            x[:, 1], now.v + length * gained, acceleration, force, h[:, 2], sigma, modes, inflow[:, 2],
            now.work + length * power @ shares,
            now.entered + length * np.einsum("bsl,s->bl", current, shares),
        )  # fmt: skip
        rough = _rough(slopes, length)
        if len(past) < adams.DEPTH:
            # The first steps are too short to err, and know too little to tell.
            return after, 0.0, rough
        gain = _mixed(adams.gained((1.0, *past[:-1])), pulls[:-1]) - gained
        weights = adams.ahead((1.0, *past), 1.0) - np.array([0.0, *adams.ahead(past, 1.0)])
        drift = length**2 * float(np.max(np.abs(_mixed(weights, pulls))))
        return after, drift + length * self._time_scale() * float(np.max(np.abs(gain))), rough

    def _record(self, index: int) -> None:
        """Keep what is asked for at the present time."""
        now, e = self._now, self.electrons
        diagonals = [np.diagonal(now.sigma, k, -2, -1)[..., 1:-1] for k in (0, 1)]
        filled_levels, order, flow = diagonals[0][:, 0], diagonals[1][:, 0], diagonals[1][:, 1]
        seen = np.stack([filled_levels, np.pad(order, ((0, 0), (0, 1)))], axis=1)
        _, current = e.entering(now.hopping, now.inflow, seen)
        energy = filled_levels @ e.energies + 2 * np.sum(now.hopping * order, axis=-1)
        row = {"position": now.x, "velocity": now.v, "force": now.force, "current": current}
        row |= {"entered": now.entered, "bond_current": 2 * e.degeneracy * now.hopping * flow}
        row |= {"electronic": e.degeneracy * energy, "work": now.work}
        row |= {"charge": e.degeneracy * np.sum(filled_levels, axis=-1)}
        row |= {"kinetic": np.sum(self._body.mass * now.v**2, axis=-1) / 2}
        row |= {"potential": self._body.potential.energy(now.x)}
        self.history.put(index, row)
        # Off-diagonal elements further out are bounded by those of the diagonal.
        near = np.zeros((len(order), order.shape[-1], 2, 2), complex)
        near[..., 0, 0], near[..., 1, 1] = filled_levels[:, :-1], filled_levels[:, 1:]
        near[..., 0, 1] = order + 1j * flow
        filled(near, SLACK + OFF * self._errors[0])
        if self._watch is not None:
            self._watch(float(self._times[index]), row)

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
        times, pulls = np.zeros(adams.DEPTH - 1), np.zeros((adams.DEPTH - 1, *self._now.x.shape))
        for k, (time, pull) in enumerate(self._past):
            times[k], pulls[k] = time, pull
        marks = (self._time, self._pace, self._errors, self._speed, self._count, self._longest)
        return State(*marks, len(self._past), times, pulls, self._now)

    @state.setter
    def state(self, state: State) -> None:
        self._time, self._pace, self._errors, self._speed, self._count, self._longest = state[:6]
        pairs = zip(state.past_times, state.past_pulls, strict=True)
        self._past = [(float(time), pull) for time, pull in pairs][: state.past]
        self._now = state.now

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


def _mixed(weights: Array, pulls: Array) -> Array:
    """Return the sum of weights times accelerations, shape (k, B, d)."""
    # A tensordot takes longer to begin than this takes.
    return np.asarray((weights @ pulls.reshape(len(pulls), -1)).reshape(pulls.shape[1:]))


def _factor(ease: float) -> float:
    """Return how much longer the next step may be, after one whose error was that part of the allowed."""
    return float(np.clip(SAFE * max(ease, 1e-12) ** (-1 / 5), SHORTER, LONGER))


def _rough(slopes: Array, length: float) -> float:
    """Return what a step errs by in the density matrix, from derivatives at its stages, shape (B, 4, n - 1).

    A linear equation has z^5/120 of its value as the error, where z is the phase of the step. The second and
    the third stage differ by z^3/4 of it, the first two by z^2/2. Elements that are not looked at, and the
    modes, may err by several times that.
    """
    first, second = (float(np.max(np.abs(slopes[:, k + 1] - slopes[:, k]))) for k in (0, 1))
    phase = 2 * min(second / first, 1.0) if first > 0 else 0.0
    return 4 * length * second * phase**2 / 30
