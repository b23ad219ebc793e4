"""The first exchange with a program: what it says of itself, and why it may be refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from electronwind.calls import CALLS
from electronwind.claims import CONVENTIONS, Limits, check_conventions, declared_orders
from electronwind.errors import SolverLoadError
from electronwind.observables import OBSERVABLES

__all__ = ["PROTOCOL", "Description", "greeting"]

PROTOCOL = "electronwind/1"
FLOATS = ("decimal", "hexadecimal")


def greeting() -> dict[str, Any]:
    """Return what the request ``describe`` tells the program about the suite."""
    return {"protocol": PROTOCOL, "conventions": CONVENTIONS}


@dataclass(frozen=True)
class Description:
    """What a program says of itself.

    Attributes
    ----------
    name, version : str
        As it calls itself.
    observables : tuple of str
        What it offers.
    accuracy : object
        The relative accuracy that it claims, not yet judged; None where it claims none.
    limits : Limits
        The problems that it is made for.
    floats : {"decimal", "hexadecimal"}
        How it wants to be sent numbers.
    runs : tuple of str
        The runs in time that it offers; none but of the suite's own worker.
    time_accuracy : object
        The relative accuracy that it claims for these, not yet judged; None where it claims none.
    orders : tuple of int
        Orders of convergence that it declares for these.
    """

    name: str
    version: str
    observables: tuple[str, ...]
    accuracy: Any
    limits: Limits
    floats: str
    runs: tuple[str, ...] = ()
    time_accuracy: Any = None
    orders: tuple[int, ...] = ()

    @classmethod
    def read(cls, reply: Mapping[str, Any], worker: bool = False) -> Self:
        """Return the description in the answer to ``describe``.

        Parameters
        ----------
        reply : mapping
            The answer.
        worker : bool
            Whether the suite's own worker gave it. The protocol knows no runs in time: what another
            program says of them is passed over.

        Raises
        ------
        SolverLoadError
            Another protocol, other conventions, or a field that is missing or ill-formed.
        """
        if reply.get("protocol") != PROTOCOL:
            raise SolverLoadError(f"protocol: expected {PROTOCOL!r}, got {reply.get('protocol')!r:.60}")
        name, version = reply.get("name"), reply.get("version", "")
        # A name goes into files, a terminal and a page.
        if not all(isinstance(text, str) and text.isprintable() for text in (name, version)) or not name:
            raise SolverLoadError(f"name, version: expected texts, got {name!r:.60} and {version!r:.60}")
        names = _names(reply, "observables", OBSERVABLES)
        floats = reply.get("floats", FLOATS[0])
        if floats not in FLOATS:
            raise SolverLoadError(f"floats: expected {' or '.join(FLOATS)}, got {floats!r:.60}")
        check_conventions(reply.get("conventions"))
        limits = Limits.declared(reply.get("limits"))
        described = cls(name, version, names, reply.get("accuracy"), limits, floats)
        if not worker:
            return described
        return replace(
            described,
            runs=_names(reply, "runs", CALLS),
            time_accuracy=reply.get("time_accuracy"),
            orders=declared_orders(reply.get("orders")),
        )


def _names(reply: Mapping[str, Any], key: str, known: Iterable[str]) -> tuple[str, ...]:
    names = reply.get(key)
    if not isinstance(names, list):
        raise SolverLoadError(f"{key}: expected a list of names, got {names!r:.60}")
    for found in names:
        # A misspelt name would otherwise pass for an observable that is not supported.
        if not isinstance(found, str) or found not in known:
            raise SolverLoadError(f"{key}: {found!r:.60} is none; expected some of {', '.join(known)}")
    return tuple(names)
