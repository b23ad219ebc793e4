"""A cause in words: what is wrong and where, and the simplest problem that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.record import Record
from ..core.values import array_of
from ..core.writing import counted
from ..faults.catalogue import FAULTS

__all__ = ["listed", "of_fault", "problem_lines"]

NOTHING = 1e-13
NUMBER = ("no", "one", "two", "three", "four", "five", "six")


def listed(names: Sequence[str]) -> str:
    """Return names as in a sentence: "a, b and c"."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def of_fault(name: str) -> str:
    """Return what a planted fault does, as a part of a sentence."""
    said = FAULTS[name].says.rstrip(".")
    first = said.split(" ", 1)[0]
    return said if first.isupper() and len(first) > 1 else said[:1].lower() + said[1:]


def problem_lines(record: Record) -> tuple[str, ...]:
    """Return the smallest problem of a failure in a few lines: what was asked, what came, what is right."""
    failure = record.failure
    if failure is None or not failure.system:
        return ()
    call = failure.call
    system = failure.system if call is None else call.system
    lines = [_system(system)]
    name = failure.observable if call is None else call.observable
    got, want = (failure.got, failure.want) if call is None else (call.got, call.want)
    argument = None if call is None else call.argument
    asked = name if argument is None else f"{name} at {_short(array_of(argument))}"
    if got is None or want is None:
        return (*lines, f"{asked}: no usable answer")
    have, right = array_of(got), np.broadcast_to(array_of(want), np.shape(array_of(got)))
    if have.ndim == 0 or have.size == 1:
        return (*lines, f"{asked}: {_pair(have.reshape(-1)[0], right.reshape(-1)[0])}")
    apart = np.abs(have - right)
    place = tuple(int(i) for i in np.unravel_index(np.argmax(apart), have.shape))
    where = ", ".join(map(str, place))
    return (*lines, f"{asked}, entry [{where}]: {_pair(have[place], right[place])}")


def _system(system: dict[str, Any]) -> str:
    """Return a system in a line."""
    h, slopes = array_of(system["hamiltonian"]), array_of(system["gradient"])
    batch, levels = h.shape[:-2], h.shape[-1]
    leads = system["leads"]
    chains = sum(lead["kind"] == "chain" for lead in leads)
    kind = "" if not chains else " (chains)" if chains == len(leads) else f" ({_count(chains, 'chain')})"
    parts = [
        _count(levels, "level"),
        _count(slopes.shape[-3], "coordinate"),
        _count(len(leads), "lead") + kind,
    ]
    heats, mus = ([array_of(lead[key]) for lead in leads] for key in ("temperature", "mu"))
    parts += [f"T = {_each(heats)}", f"mu = {_each(mus)}"]
    if system["degeneracy"] != 1:
        parts.append(f"spin factor {system['degeneracy']:g}")
    if batch:
        parts.insert(0, f"a batch of {int(np.prod(batch))}")
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    said = counted(number, noun)
    return said.replace(str(number), NUMBER[number], 1) if number < len(NUMBER) else said


def _each(values: list[Any]) -> str:
    said = [_short(value) for value in values]
    return said[0] if len(set(said)) == 1 else " and ".join(said) if len(said) == 2 else ", ".join(said)


def _short(value: Any) -> str:
    numbers = np.asarray(value)
    if numbers.ndim:
        return (
            f"[{', '.join(_short(x) for x in numbers.reshape(-1)[:3])}{', ...' if numbers.size > 3 else ''}]"
        )
    return _number(numbers[()], 6)


def _number(value: Any, digits: int) -> str:
    number = complex(value)
    # Parts that are roundings of the other tell a reader nothing.
    if abs(number.imag) <= NOTHING * abs(number):
        return f"{number.real:.{digits}g}"
    if abs(number.real) <= NOTHING * abs(number):
        return f"{number.imag:.{digits}g}j"
    return f"{number:.{digits}g}"


def _pair(got: Any, want: Any) -> str:
    """Return both numbers with as many digits as show the difference."""
    for digits in (4, 7, 10, 13, 16):
        one, other = _number(got, digits), _number(want, digits)
        if one != other:
            break
    return f"{one}, right {other}"
