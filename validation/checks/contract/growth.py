"""What calls cost when many follow: memory that is not given back, and time that goes up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES
from electronwind.external.burden import burden

from ...core.check import Comparison, Problem
from ...systems.questions import large, posed
from ...under_test.answers import Misbehaved
from .calls import contract

__all__ = ["ALPHA", "rising"]

Array = NDArray[Any]

CALLS, SECONDS = 100, 0.25
# What numpy itself keeps of a call is a tenth of this. The questions have answers as long as this.
KEPT = 512
# Of one series: the probability that times in random order rise so.
ALPHA = 1e-6
# A trend that takes longer to matter is left to chance: by so much the last third takes longer.
MATTERS = 1.5
# In proportion to the calls before: 1.9 times as long in the last series as in the second.
GOES_ON = 1.25


def rising(times: Array, alpha: float = ALPHA) -> bool:
    """Return whether times go up: by the test of Mann and Kendall, and by enough to matter.

    Parameters
    ----------
    times : ndarray, shape (calls,)
        Of the calls of a series.
    alpha : float
        Probability of a yes where any order of the times is as likely as any other.

    Notes
    -----
    The number of pairs in order less that of pairs out of order has variance n (n - 1) (2n + 5)/18, and is
    normal to a percent from ten times on: Kendall, Rank Correlation Methods (1948).
    """
    from scipy.special import ndtri

    n, third = len(times), len(times) // 3
    score = float(np.sum(np.triu(np.sign(times[None, :] - times[:, None]), 1)))
    significant = score > -float(ndtri(alpha)) * np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    return bool(significant and np.median(times[-third:]) > MATTERS * np.median(times[:third]))


@contract(
    "growth",
    (*OBSERVABLES, "mode_rates", "jellium_curl", "jellium_friction", "jellium_vector_potential"),
    "an answer depends on the question only",
    "A hundred calls for the {function}, all with one question, must not keep memory, nor take longer and "
    "longer. Usual mistakes: a list of all answers that nobody reads, a cache that is searched from its "
    "beginning.",
    {"": "answers-never-dropped slower-every-call"},
    problems=large,
    cost="long",
)
def _growth(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    found = solver.beside(burden, posed(name, problem), CALLS, SECONDS)
    kept = np.diff(found["memory"]) / found["asked"]
    if np.all(kept > KEPT):
        raise Misbehaved(name, f"kept {np.min(kept):.3g} bytes of memory of each call")
    before, after = found["times"]
    if rising(before) and (slower := float(np.median(after) / np.median(before))) > MATTERS:
        # A machine that slows down does so once, or for a while; calls that slow down go on.
        last = solver.beside(burden, posed(name, problem), CALLS, SECONDS)["times"][-1]
        if np.median(last) > GOES_ON * np.median(after):
            raise Misbehaved(name, f"took {slower:.3g} times as long after {before.size} calls")
    yield Comparison(name, 0.0, 0.0, 1.0, "exact")
