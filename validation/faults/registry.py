"""The record of a fault, and how one is planted: the fast solver with the smallest possible change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES, OpenSystem, fast

from ..systems.transformations import changed

__all__ = [
    "ALL",
    "FAULTS",
    "Fault",
    "Kind",
    "adjoint",
    "altered",
    "misread",
    "plant",
    "releaded",
    "solver",
    "transpose",
]

Array = NDArray[Any]
Kind = Literal["physics", "software"]

ALL = tuple(OBSERVABLES)


@dataclass(frozen=True)
class Fault:
    """A solver with one mistake.

    Attributes
    ----------
    name : str
        What checks name in their `catches`.
    kind : {"physics", "software"}
        Whether a formula or only its code is wrong.
    says : str
        The mistake in one sentence.
    source : str
        The equation, law or convention that it breaks.
    observables : tuple of str
        The functions that may return something wrong.
    factory : callable
        Returns the wrong solver, a new one at each call.
    """

    name: str
    kind: Kind
    says: str
    source: str
    observables: tuple[str, ...]
    factory: Callable[[], Any]


FAULTS: dict[str, Fault] = {}


def plant(
    name: str,
    says: str,
    functions: Callable[[], dict[str, Callable[..., Any]]],
    observables: Iterable[str],
    *,
    kind: Kind = "physics",
    source: str,
) -> None:
    """Register the fast solver with some functions replaced, made anew for each solver.

    Raises
    ------
    ValueError
        A name that is taken.
    """
    if name in FAULTS:
        raise ValueError(f"fault {name!r}: the name is taken")
    FAULTS[name] = Fault(
        name, kind, says, source, tuple(observables), lambda: solver(f"wrong: {name}", **functions())
    )


def solver(name: str, **functions: Callable[..., Any]) -> Any:
    """Return the fast solver under another name, with some of its functions replaced."""
    right = {observable: getattr(fast, observable) for observable in ALL}
    return SimpleNamespace(name=name, **(right | functions))


def altered(
    name: str,
    says: str,
    observables: str | Iterable[str],
    change: Callable[..., Any],
    *,
    kind: Kind = "physics",
    source: str = "definition of the observable",
) -> None:
    """Plant a mistake in the value: ``change(value, system, *argument)``."""
    names = observables.split() if isinstance(observables, str) else list(observables)

    def ask(observable: str, system: OpenSystem, *argument: Any) -> Any:
        return change(getattr(fast, observable)(system, *argument), system, *argument)

    plant(name, says, lambda: {o: partial(ask, o) for o in names}, names, kind=kind, source=source)


def misread(
    name: str,
    says: str,
    change: Callable[[OpenSystem], OpenSystem],
    observables: str | Iterable[str] = ALL,
    *,
    kind: Kind = "physics",
    source: str = "definition of the system",
) -> None:
    """Plant a mistake in how the system is read: ``change(system)``."""
    names = observables.split() if isinstance(observables, str) else list(observables)

    def ask(observable: str, system: OpenSystem, *argument: Any) -> Any:
        return getattr(fast, observable)(change(system), *argument)

    plant(name, says, lambda: {o: partial(ask, o) for o in names}, names, kind=kind, source=source)


def releaded(
    system: OpenSystem, change: Callable[[int, Any], dict[str, Any]], kind: str | None = None
) -> OpenSystem:
    """Return the system with fields of each lead replaced, or of each of a kind: ``change(number, lead)``."""
    leads = [
        replace(lead, **change(a, lead)) if kind in (None, lead.kind) else lead
        for a, lead in enumerate(system.leads)
    ]
    return changed(system, leads=leads)


def transpose(matrix: Array) -> Array:
    """Return the transpose of the last two axes."""
    return np.swapaxes(matrix, -1, -2)


def adjoint(matrix: Array) -> Array:
    """Return the conjugate transpose."""
    return np.conj(transpose(matrix))
