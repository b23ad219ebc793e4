"""How much work a run puts into each check, and into the search after a failure."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["FULL", "QUICK", "THOROUGH", "Effort", "Patience"]

# A run searches as long as so many failures may take, and never less than this part of it after one.
FAILURES, LEAST = 10, 0.03


@dataclass(frozen=True)
class Effort:
    """How much work a run puts into each check.

    Attributes
    ----------
    cheap, dear : int
        Number of problems for a check of that cost.
    seconds : float
        After this time a check draws no further problem.
    longer : float
        How many times as long one may take that poses questions of every kind, where these are many.
    shrinking : float
        Seconds granted to the search for a smaller failing problem.
    naming : float
        Seconds granted to the search for the call that is wrong, and for a planted fault like it.
    skip_simplest : bool
        Whether to pass over the first problem, unless it is the only one. It is always the simplest
        that hypothesis can draw: worth a look in a long run, a waste in a short one.
    strength : int
        How many features together a check that covers kinds of questions poses in every way that is
        possible.
    most : int, optional
        The check ends after so many problems, as if the time were up: how a run is repeated that was.
    """

    cheap: int = 16
    dear: int = 3
    seconds: float = 60.0
    longer: float = 1.0
    shrinking: float = 10.0
    naming: float = 2.0
    skip_simplest: bool = False
    strength: int = 2
    most: int | None = None


FULL = Effort()
THOROUGH = Effort(cheap=100, dear=10, longer=10.0, strength=3)
QUICK = Effort(cheap=9, dear=2, seconds=1.0, shrinking=1.0, naming=0.5, skip_simplest=True, strength=1)


class Patience:
    """Time for the searches of one run: each failure is granted its part of what the others left.

    A solver that is wrong throughout fails hundreds of checks. The first failures are shrunk as far as the
    effort allows, later ones less and less.
    """

    def __init__(self, effort: Effort) -> None:
        self._whole = self._left = FAILURES * (effort.shrinking + effort.naming)

    def grant(self, effort: Effort) -> Effort:
        """Return the effort for the next check."""
        part = max(self._left / self._whole, LEAST)
        return replace(effort, shrinking=part * effort.shrinking, naming=part * effort.naming)

    def spend(self, seconds: float) -> None:
        """Count the time that a search took."""
        self._left -= seconds
