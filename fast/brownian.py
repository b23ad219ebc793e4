"""Coordinates under adiabatic force and friction, with and without white noise, step by step."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy
from scipy.linalg import expm

from electronwind import InvalidSystemError, PrecisionError
from electronwind.body import ClassicalBody

from .checkpoint import fingerprint
from .clock import HALVINGS, Refused, counted
from .field import SHARE, Field
from .history import Memory

__all__ = ["Noisy", "Smooth"]

Array = np.ndarray[Any, Any]

# Tolerance of a step at which rounding stops it.
LEAST = 3e-14
# What a large whole number is cut into.
WORD = 2**64


class _Run:
    """What both kinds of runs are about."""

    def __init__(self, field: Field, body: ClassicalBody, x: Array, v: Array, times: Array) -> None:
        self._field, self._body, self._times, self._start = field, body, times, (x, v)
        self._reached = 0
        shape = (len(x), len(times), x.shape[-1])
        self.history = Memory({"position": shape, "velocity": shape})
        self._note(x, v)

    @property
    def done(self) -> bool:
        """Whether the end is reached."""
        return self._reached == len(self._times)

    def _note(self, x: Array, v: Array) -> None:
        """Record where it is at the next of the times."""
        self.history.put(self._reached, {"position": x, "velocity": v})
        self._reached += 1

    def _digest(self, *options: object) -> str:
        """Return a digest of the problem, and of what family and potential return near the start."""
        x, v = self._start
        near = np.concatenate([x + share * v for share in np.linspace(0, 1e-3, 3)])
        potential = self._body.potential
        numbers = [x, v, self._times, self._body.mass, self._field.exact(near), potential.gradient(near)]
        return fingerprint(numbers, (), *options)


class _Now(NamedTuple):
    """A run without noise at one time; rate of change, length of the next step, and times reached."""

    t: float
    y: Array
    rate: Array
    step: float
    reached: int
    field: Any


class Smooth(_Run):
    """A run without noise that is under way."""

    def __init__(
        self, field: Field, body: ClassicalBody, x: Array, v: Array, times: Array, accuracy: float
    ) -> None:
        super().__init__(field, body, x, v, times)
        self._accuracy = accuracy
        aim = max(SHARE * accuracy, LEAST)
        begin = np.concatenate([x.ravel(), v.ravel()])
        duration = float(times[-1] - times[0])
        self._refused, self._shortest = Refused(duration), duration / 2**HALVINGS
        self._solver = scipy.integrate.DOP853(self._rate, times[0], begin, times[-1], rtol=aim, atol=aim)

    @property
    def state(self) -> _Now:
        """All that the rest of the run depends on."""
        known = self._solver
        return _Now(float(known.t), known.y, known.f, float(known.h_abs), self._reached, self._field.state)

    @state.setter
    def state(self, state: _Now) -> None:
        known = self._solver
        known.t, known.y, known.f, known.h_abs, self._reached, self._field.state = state

    @property
    def fraction(self) -> float:
        """Part of the time that is done."""
        return float((self._solver.t - self._times[0]) / (self._times[-1] - self._times[0]))

    def advance(self) -> None:
        """Make one step, as long as the accuracy allows."""
        known = self._solver
        message = known.step()
        new = slice(self._reached, int(np.searchsorted(self._times, known.t, side="right")))
        failure = PrecisionError(f"the motion could not be followed past t = {known.t:.6g}: {message}")
        cause = self._refused.instead(known.t, failure)
        # Ever shorter steps towards where the family ends never get there.
        ending = cause is not failure and known.h_abs < self._shortest
        if known.status == "failed" or ending or not np.all(np.isfinite(known.y)):
            raise cause from failure
        if new.start < new.stop:
            values = known.dense_output()(self._times[new])
            for value in values.T:
                self._note(*value.reshape(2, *self._start[0].shape))

    def fingerprint(self) -> str:
        """Return a digest of the problem."""
        return self._digest(self._accuracy)

    def _rate(self, t: float, state: Array) -> Array:
        if not np.all(np.isfinite(state)):
            return np.full_like(state, np.nan)  # too long a step: a shorter one is tried
        x, v = state.reshape(2, *self._start[0].shape)
        # It may reach beyond where the family is defined, too.
        try:
            pull, damping = self._field(x)
        except InvalidSystemError as refusal:
            self._refused.note(t, refusal)
            return np.full_like(state, np.nan)
        pull = pull - self._body.potential.gradient(x) - np.einsum("bij,bj->bi", damping, v)
        return np.concatenate([v.ravel(), (pull / self._body.mass).ravel()])


class _Noise(NamedTuple):
    """A run with noise at one time: its steps since the last time that was reached, and the generator."""

    x: Array
    v: Array
    pull: Array
    damping: Array
    spread: Array
    made: int
    reached: int
    generator: Array
    field: Any


class Noisy(_Run):
    """A run with noise that is under way."""

    def __init__(
        self,
        field: Field,
        body: ClassicalBody,
        x: Array,
        v: Array,
        times: Array,
        longest: float,
        seed: int | None,
    ) -> None:
        super().__init__(field, body, x, v, times)
        counted(float(times[-1] - times[0]), longest)
        self._longest, self._given, self._made = longest, seed, 0
        self.seed = int(np.random.SeedSequence().entropy) if seed is None else seed  # type: ignore[arg-type]  # of no seed: one int
        self._generator = np.random.default_rng(self.seed)
        self._x, self._v = x, v
        self._mass = np.broadcast_to(body.mass, x.shape[-1:])
        self._pulled = self._pull(x)
        self._half: tuple[Array, Array] | None = None

    @property
    def state(self) -> _Noise:
        """All that the rest of the run depends on."""
        inner = self._generator.bit_generator.state["state"]
        drawn = self.seed if self._given is None else 0
        numbers = (drawn, inner["state"], inner["inc"])
        words = np.array([part for n in numbers for part in divmod(n, WORD)], dtype=np.uint64)
        place = (self._x, self._v, *self._pulled, self._made, self._reached)
        return _Noise(*place, words, self._field.state)

    @state.setter
    def state(self, state: _Noise) -> None:
        self._x, self._v, *pulled, self._made, self._reached, words, self._field.state = state
        self._pulled, self._half = (pulled[0], pulled[1], pulled[2]), None
        drawn, inner, inc = (int(high) * WORD + int(low) for high, low in words.reshape(3, 2))
        if self._given is None:
            self.seed = drawn
        now = dict(self._generator.bit_generator.state)
        self._generator.bit_generator.state = now | {"state": {"state": inner, "inc": inc}}

    @property
    def fraction(self) -> float:
        """Part of the time that is done."""
        begin, end = self._times[0], self._times[-1]
        return float((self._times[self._reached - 1] - begin + self._made * self._step) / (end - begin))

    @property
    def _steps(self) -> int:
        """Number of steps to the next of the times."""
        return int(np.ceil(self._gap / self._longest))

    @property
    def _gap(self) -> float:
        if self.done:
            return 0.0
        return float(self._times[self._reached] - self._times[self._reached - 1])

    @property
    def _step(self) -> float:
        return self._gap / max(1, self._steps)

    def advance(self) -> None:
        """Make one step."""
        step, (pull, damping, spread) = self._step, self._pulled
        half = _relaxation(damping, spread, step / 2) if self._half is None else self._half
        v = self._relaxed(self._v, *half) + step / 2 * pull
        self._x = self._x + step * v
        if not np.all(np.isfinite(self._x)):
            raise PrecisionError("the coordinates ran away; a shorter step may help")
        self._pulled = pull, damping, spread = self._pull(self._x)
        half = _relaxation(damping, spread, step / 2)
        self._v = self._relaxed(v + step / 2 * pull, *half)
        self._made, self._half = self._made + 1, half
        if self._made == self._steps:
            self._note(self._x, self._v)
            self._made, self._half = 0, None

    def fingerprint(self) -> str:
        """Return a digest of the problem."""
        return self._digest(self._longest, self._given)

    def _pull(self, x: Array) -> tuple[Array, Array, Array]:
        """Return acceleration, damping and diffusion of the velocity at a position."""
        pull, damping, spread = self._field(x)
        pull = (pull - self._body.potential.gradient(x)) / self._mass
        return pull, damping / self._mass[:, None], spread / np.multiply.outer(self._mass, self._mass)

    def _relaxed(self, v: Array, fade: Array, root: Array) -> Array:
        kick = self._generator.standard_normal(v.shape)
        return np.einsum("bij,bj->bi", fade, v) + np.einsum("bij,bj->bi", root, kick)


def _relaxation(damping: Array, spread: Array, duration: float) -> tuple[Array, Array]:
    """Return exp(-damping t) and a root of the covariance that white noise builds up meanwhile."""
    d = damping.shape[-1]
    # Van Loan's block exponential: the upper right block times the transpose of the decay.
    block = np.zeros((*damping.shape[:-2], 2 * d, 2 * d))
    block[..., :d, :d], block[..., :d, d:] = -damping, spread
    block[..., d:, d:] = np.swapaxes(damping, -1, -2)
    grown = expm(block * duration)
    fade = grown[..., :d, :d]
    covariance = grown[..., :d, d:] @ np.swapaxes(fade, -1, -2)
    values, vectors = np.linalg.eigh((covariance + np.swapaxes(covariance, -1, -2)) / 2)
    return fade, vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]
