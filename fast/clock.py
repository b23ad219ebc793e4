"""Steps of time: an interval in halves of halves, so that few lengths occur and the end is met exactly."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from electronwind import InvalidSystemError, PrecisionError, UnsupportedError

__all__ = ["HALVINGS", "Clock", "Refused", "Tick", "counted"]

Array = np.ndarray[Any, Any]

# The longest step over the shortest is two to this power.
HALVINGS = 24
# A first step this many halvings down finds its length by growing, at little cost.
CAUTION = 4
# The next step is twice as long where this one had such a fraction of the error allowed; where that was
# premature, half the fraction that misled, which is forgotten by and by.
EASY, FORGIVING = 1e-3, 1.1
# Part of the error that a step may add, however short.
RARE = 1e-2


# Days of computing.
MOST_STEPS = 10**9

# A run that fails no further than this part of it from what a family refused has come to the edge of it.
NEAR = 1e-3


def counted(duration: float, step: float) -> int:
    """Return how many steps no longer than `step` a run takes.

    Raises
    ------
    UnsupportedError
        More than anybody waits for.
    """
    count = duration / step * (1 - 1e-12)
    if count > MOST_STEPS:
        raise UnsupportedError(
            f"a run over {duration:.3g} units of time in steps of {step:.2g}, which is what was asked for or "
            f"what the largest energy allows, takes {count:.1e} of them; at most {MOST_STEPS:.0e} are offered"
        )
    return max(1, int(np.ceil(count)))


class Refused:
    """What a family refused in a step that was too long: a shorter one may stay where it is defined.

    Parameters
    ----------
    duration : float
        Of the run.
    """

    def __init__(self, duration: float) -> None:
        self._near = NEAR * duration
        self._last: tuple[float, InvalidSystemError] | None = None

    def note(self, t: float, error: InvalidSystemError) -> None:
        """Keep what was refused at a time."""
        self._last = t, error

    def instead(self, t: float, failure: PrecisionError) -> InvalidSystemError | PrecisionError:
        """Return what to raise where no step from a time on is short enough: the refusal next to it."""
        if self._last is None or abs(self._last[0] - t) > self._near:
            return failure
        return self._last[1]


class Tick(NamedTuple):
    """What changes of a clock; see there."""

    tick: int
    level: int
    easy: float
    misled: float


class Clock:
    """The present time and the length of the next step, in whole numbers of the shortest step.

    Parameters
    ----------
    start, end : float
        The interval.
    longest : float
        No step is longer.
    fixed : bool
        Whether every step is the longest.

    Attributes
    ----------
    tick, level : int
        Time, and halvings of the next step.
    easy, misled : float
        Fraction of the error allowed below which steps grow, and the one that made this step grow.
    """

    def __init__(self, start: float, end: float, longest: float, fixed: bool = False) -> None:
        self.start, self.end, self.fixed = start, end, fixed
        self.count = counted(end - start, longest)
        self.tick = 0
        self.level = 0 if fixed else CAUTION
        self.halvings = 0 if fixed else HALVINGS
        self.easy, self.misled = EASY, 0.0

    @property
    def state(self) -> Tick:
        """The time and how steps are chosen, as data."""
        return Tick(self.tick, self.level, self.easy, self.misled)

    @state.setter
    def state(self, state: Tick) -> None:
        self.tick, self.level, self.easy, self.misled = state

    @property
    def total(self) -> int:
        """Number of ticks of the whole interval."""
        return self.count << self.halvings

    @property
    def step(self) -> float:
        """Length of the next step."""
        return (self.end - self.start) / (self.count << self.level)

    @property
    def shortest(self) -> float:
        """Length of the shortest step."""
        return (self.end - self.start) / self.total

    def share(self, contraction: float) -> float:
        """Return the part of the error allowed that a step may add, where steps leave `contraction` of it.

        Errors that are forgotten may be made again; short steps are rare, as next to a kink of the path.
        """
        return max(1 - contraction, self.step / (self.end - self.start), RARE)

    @property
    def done(self) -> bool:
        """Whether the end is reached."""
        return self.tick >= self.total

    def time(self, fraction: Any = 0.0) -> Any:
        """Return the time at a fraction of the next step; 1 of the last step is the end exactly."""
        done = (self.tick + fraction * 2.0 ** (self.halvings - self.level)) / self.total
        return self.start * (1 - done) + self.end * done

    def shorten(self, error: float, smooth: str = "a path") -> None:
        """Halve the next step, whose error was too large; for a refusal, what must not jump.

        Raises
        ------
        PrecisionError
            It is the shortest already.
        """
        if self.fixed or self.level >= self.halvings:
            raise PrecisionError(
                f"the motion at t = {self.time():.6g} cannot be followed to the accuracy asked for: steps of "
                f"{self.step:.2g} still err by {error:.2g}; {smooth} must not jump"
            )
        self.level += 1
        if self.misled:
            self.easy = min(self.easy, self.misled / 2)
        self.misled = 0.0

    def advance(self, ease: float) -> None:
        """Go to the end of the step, whose error was the fraction `ease` of that allowed."""
        self.tick += 1 << (self.halvings - self.level)
        # Only from every other step on does one of twice the length fit the grid of such steps.
        aligned = self.tick % (1 << (self.halvings - self.level + 1)) == 0
        self.misled, self.easy = 0.0, min(EASY, FORGIVING * self.easy)
        if not self.fixed and self.level > 0 and ease < self.easy and aligned:
            self.level -= 1
            self.misled = ease
