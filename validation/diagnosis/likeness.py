"""Which planted faults give just the answer that a solver gave: what its mistake may be, in words."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import fast

from ..faults.catalogue import FAULTS
from ..under_test.guard import Guarded
from .culprit import Culprit

__all__ = ["likely", "sentence"]

# A fault counts where it explains all but this fraction of the difference to the right value.
UNEXPLAINED = 1e-4
# A solver that claims an accuracy is granted it, up to this fraction: beyond, anything looks alike.
GRANTED = 1e-2
MOST = 3

Array = NDArray[Any]


def likely(
    call: Culprit, *, seconds: float = 1.0, among: Iterable[str] | None = None, first: Iterable[str] = ()
) -> list[str]:
    """Return the names of the planted faults that answer as a solver did.

    Parameters
    ----------
    call : Culprit
        What the solver was asked, what it answered, and the right value.
    seconds : float
        After this time no further fault is tried.
    among : iterable of str, optional
        Faults to try; all where none is given.
    first : iterable of str
        Faults to try first.

    Notes
    -----
    A fault that gives the right value on this system matches nothing, however small the error of the
    solver: both differences are held against each other, and not against the value.
    """
    start = time.perf_counter()
    if call.got is None or not 0 < call.error < np.inf:
        return []
    size = call.error * call.scale
    near = max(UNEXPLAINED * size, min(GRANTED * size, call.allowed * call.scale))
    named = set(first)
    names = [n for n in (FAULTS if among is None else among) if call.observable in FAULTS[n].observables]
    names.sort(key=lambda name: (name not in named, FAULTS[name].kind != "physics"))
    found = []
    # Overflow is a usual sign of a wrong solver, and no news.
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        right = np.asarray(getattr(fast, call.observable)(call.system, *call.argument))
        for name in names:
            if time.perf_counter() - start > seconds:
                break
            value = _answer(name, call)
            if value is None or value.shape != call.got.shape:
                continue
            # What the fast solver itself has wrong is no planted fault.
            planted = _apart(value, right) > size / 2
            if planted and _apart(value, call.got) <= near:
                found.append(name)
    return found


def sentence(names: list[str]) -> str:
    """Return a sentence that names faults, at most `MOST` of them, or an empty string."""
    if not names:
        return ""
    said = [f"{name} ({FAULTS[name].says.rstrip('.')})" for name in names[:MOST]]
    if len(names) == 1:
        return f"It matches the planted fault {said[0]}."
    more = f", and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"It matches planted faults that are alike here: {'; '.join(said)}{more}."


def _answer(name: str, call: Culprit) -> Array | None:
    # Some faults write into what they are given.
    guarded = Guarded(FAULTS[name].factory())
    try:
        return np.asarray(getattr(guarded, call.observable)(call.system, *call.argument))
    # Some raise where others return nonsense: either way this one is no match.
    except Exception:
        return None


def _apart(one: Array, other: Array) -> float:
    return float(np.max(np.abs(one - other), initial=0.0))
