"""Mistakes in calls: caches, values that depend on the order of calls, and input that is written into."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES, OpenSystem, fast

from .. import registry
from ..registry import ALL
from ..steady.values import MATRICES
from .software import POINTS, altered

Array = NDArray[Any]
CALLS = "an answer depends on the question only"


def bytes_of(*arrays: Any) -> Any:
    """Return what tells arrays apart."""
    return tuple((np.shape(a), np.asarray(a).tobytes()) for a in arrays)


def lead_bytes(system: OpenSystem) -> Any:
    """Return what tells the leads of systems apart."""
    return tuple(bytes_of(*vars(lead).values()) for lead in system.leads)


def cached(name: str, says: str, key: Callable[..., Any], observables: tuple[str, ...] = ALL) -> None:
    """Plant a cache whose key lacks something: ``key(system, *argument)``; shapes always belong to it."""

    def functions() -> dict[str, Callable[..., Any]]:
        known: dict[Any, Any] = {}

        def ask(observable: str, system: OpenSystem, *argument: Any) -> Any:
            shapes = (system.gradient.shape, len(system.leads), [np.shape(a) for a in argument])
            where = (observable, repr(shapes), key(system, *argument))
            if where not in known:
                known[where] = getattr(fast, observable)(system, *argument)
            return known[where]

        return {o: partial(ask, o) for o in observables}

    registry.plant(name, says, functions, observables, kind="software", source=CALLS)


cached("stale-cache", "The answer for an earlier system of the same shapes is returned.",
       lambda s, *a: bytes_of(*a))  # fmt: skip
cached("cache-ignores-hamiltonian", "The key of a cache lacks the Hamiltonian.",
       lambda s, *a: (bytes_of(s.gradient, *a), s.degeneracy, lead_bytes(s)))  # fmt: skip
cached("cache-ignores-leads", "The key of a cache lacks the leads.",
       lambda s, *a: (bytes_of(s.hamiltonian, s.gradient, *a), s.degeneracy))  # fmt: skip
cached("cache-ignores-gradient", "The key of a cache lacks dh/dx.",
       lambda s, *a: (bytes_of(s.hamiltonian, *a), s.degeneracy, lead_bytes(s)),
       ("force", *MATRICES))  # fmt: skip
cached("cache-ignores-degeneracy", "The key of a cache lacks the spin factor.",
       lambda s, *a: (bytes_of(s.hamiltonian, s.gradient, *a), lead_bytes(s)),
       tuple(o for o in ALL if OBSERVABLES[o].spin))  # fmt: skip
cached("cache-ignores-point", "The key of a cache lacks the energy or frequency.",
       lambda s, *a: (bytes_of(s.hamiltonian, s.gradient), s.degeneracy, lead_bytes(s)),
       POINTS)  # fmt: skip


def counted(name: str, says: str, change: Callable[[Any, int], Any]) -> None:
    """Plant a value that depends on the number of calls so far."""

    def functions() -> dict[str, Callable[..., Any]]:
        calls = count()

        def ask(observable: str, system: OpenSystem, *argument: Any) -> Any:
            return change(np.asarray(getattr(fast, observable)(system, *argument)), next(calls))

        return {o: partial(ask, o) for o in ALL}

    registry.plant(name, says, functions, ALL, kind="software", source=CALLS)


counted("depends-on-history", "The value drifts with the number of calls.",
        lambda v, k: v * (1 + 1e-6 * (k + 1)))  # fmt: skip
counted("noise-of-threads", "The thirteenth digit differs from call to call.",
        lambda v, k: v * (1 + 5e-13 * np.sin(7.0 * k)))  # fmt: skip
counted("every-third-call", "Every third call is off, as if a work array were in use.",
        lambda v, k: v * 1.001 if k % 3 == 2 else v)  # fmt: skip


def writing(write: Callable[..., None], observables: tuple[str, ...] = ALL) -> Callable[[], dict[str, Any]]:
    """Return functions that write into their input once they have the right answer."""

    def ask(observable: str, system: OpenSystem, *argument: Any) -> Any:
        value = getattr(fast, observable)(system, *argument)
        write(system, *argument)
        return value

    return lambda: {o: partial(ask, o) for o in observables}


def _shift(system: OpenSystem, *_: Any) -> None:
    """Shift the Hamiltonian in place."""
    system.hamiltonian[..., 0, 0] += 1.0


def _replace(system: OpenSystem, *_: Any) -> None:
    """Put another Hamiltonian in the place of the given one."""
    object.__setattr__(system, "hamiltonian", 2 * system.hamiltonian + 1.0)


def _negate(system: OpenSystem, point: Any) -> None:
    """Change an array argument in place."""
    if np.ndim(point):
        point.setflags(write=True)
        point *= -1.0


for _name, _says, _write, _observables in (
    ("writes-into-hamiltonian", "The Hamiltonian is used as a work array.", _shift, ALL),
    ("replaces-hamiltonian", "The Hamiltonian of the given system is replaced.", _replace, ALL),
    (
        "writes-into-argument",
        "The array of energies or frequencies is used as a work array.",
        _negate,
        POINTS,
    ),
):
    registry.plant(_name, _says, writing(_write, _observables), _observables, kind="software",
                   source=CALLS)  # fmt: skip


def _no_matrix(value: Array, system: OpenSystem, *_: Any) -> Array:
    """Give up where levels coincide."""
    levels = np.linalg.eigvalsh(system.hamiltonian)
    if system.levels > 1 and np.min(np.diff(levels)) < 1e-9:
        raise np.linalg.LinAlgError("Singular matrix")
    return value


altered("gives-up-on-degenerate-levels", "Coinciding levels raise an error.", ALL, _no_matrix,
        source="degenerate levels are allowed")  # fmt: skip
