"""What a run on a chain is at one time, as data."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Now", "State"]

Array = np.ndarray[Any, Any]


class Now(NamedTuple):
    """The state of all runs at one time: coordinates, electrons, and what was given and entered so far."""

    x: Array
    v: Array
    acceleration: Array
    force: Array
    hopping: Array
    sigma: Array
    modes: Array
    inflow: Array
    work: Array
    entered: Array


class State(NamedTuple):
    """The run at one time; see the attributes of these names. Of the past only the first rows count."""

    time: float
    pace: float
    errors: Array
    speed: Array
    reached: int
    longest: float
    past: int
    past_times: Array
    past_pulls: Array
    past_slopes: Array
    now: Now
