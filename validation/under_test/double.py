"""The reference to no more digits than double precision tells apart: quicker, as a solver under test."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

from electronwind import DYNAMICS, OBSERVABLES, STATICS
from electronwind import reference as exact

__all__ = ["reference"]

# One more than double precision holds, and what is expected of a run in time with some to spare.
STEADY, RUNS = 16, 8

reference = SimpleNamespace(
    name="reference",
    version=f"to {STEADY} digits",
    **{name: partial(getattr(exact, name), digits=STEADY) for name in (*OBSERVABLES, *STATICS)},
    **{name: partial(getattr(exact, name), digits=RUNS) for name in DYNAMICS},
)
