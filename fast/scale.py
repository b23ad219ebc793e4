"""Energies far from one: solved in units of their own, since their cubes leave double precision."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import numpy as np

from electronwind import (
    OBSERVABLES,
    Lead,
    OpenSystem,
    PrecisionError,
    UnbroadenedLevelError,
    UnsupportedError,
)
from electronwind.doors import checked_axis, checked_system

__all__ = ["in_own_units", "own_units"]

Array = np.ndarray[Any, Any]
F = TypeVar("F", bound=Callable[..., Array])
Value = TypeVar("Value")

# Between two to these powers nothing that is computed leaves double precision, and nothing is changed.
ORDINARY = 200
# The largest energies in one batch are not further apart than two to this power.
APART = 400


def own_units(function: F) -> F:
    """Let an observable be computed in units in which the largest energy is about one.

    The unit is a power of two, so that no digit changes. It is the door of the observable as well: what is no
    system is refused here, and what is no number does not leave.
    """
    row = OBSERVABLES[function.__name__]

    @wraps(function)
    def solve(system: OpenSystem, *args: Any, **kwargs: Any) -> Array:
        exponent = _exponent(checked_system(system))
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                if not exponent:
                    value: Array = function(system, *args, **kwargs)
                else:
                    factor = math.ldexp(1.0, -exponent)
                    # The only other argument is an energy or a time.
                    turned = math.ldexp(1.0, -exponent * row.argument_power)
                    args = tuple(checked_axis(row.argument, given) * turned for given in args)
                    kwargs = {name: checked_axis(name, given) * turned for name, given in kwargs.items()}
                    with _told_in(exponent):
                        value = function(_scaled(system, factor), *args, **kwargs)
                    value = value * _power_of_two(exponent * row.power)
            if np.all(np.isfinite(value)):
                return value
        except OverflowError:  # of a ratio of two energies
            pass
        raise PrecisionError(f"{row.name} leaves the range of double precision, for {_extremes(system)}")

    return cast(F, solve)


def _power_of_two(exponent: int) -> float:
    """Return two to a power, which has to be a number of full precision."""
    factor = math.ldexp(1.0, exponent)
    if factor < sys.float_info.min:
        raise OverflowError
    return factor


def in_own_units(system: OpenSystem, function: Callable[[OpenSystem, float], Value]) -> Value:
    """Return ``function(scaled, unit)`` for the system in units in which its largest energy is about one.

    For what returns no array: `function` gives energies in the old units itself, times `unit`.
    """
    exponent = _exponent(system)
    if not exponent:
        return function(system, 1.0)
    with _told_in(exponent):
        return function(_scaled(system, math.ldexp(1.0, -exponent)), math.ldexp(1.0, exponent))


@contextmanager
def _told_in(exponent: int) -> Iterator[None]:
    """Say of the energies in a refusal what their unit is."""
    try:
        yield
    except (UnbroadenedLevelError, PrecisionError) as error:
        unit = math.ldexp(1.0, exponent)
        raise type(error)(f"{error} (energies in units of {unit:.6g})") from error


_EXPONENTS: WeakKeyDictionary[OpenSystem, int] = WeakKeyDictionary()


def _exponent(system: OpenSystem) -> int:
    """Return the power of two of the largest energy of a batch, or 0 where it is an ordinary one."""
    if system not in _EXPONENTS:
        # A sum of squares is quick, and infinite or zero where it is none.
        arrays = [system.hamiltonian, *(part for lead in system.leads for part in _energies(lead))]
        with np.errstate(over="ignore"):
            total = sum(float(np.vdot(array, array).real) for array in arrays)
        ordinary = 4.0**-ORDINARY < total < 4.0**ORDINARY
        _EXPONENTS[system] = 0 if ordinary else _measured(system)
    return _EXPONENTS[system]


def _measured(system: OpenSystem) -> int:
    """Return the power of two of the largest energies of a batch, the middle one."""
    sizes = np.max(np.abs(system.hamiltonian), axis=(-1, -2))
    for lead in system.leads:
        for part in _energies(lead):
            sizes = np.maximum(sizes, part)
    if not sizes.size or not np.any(sizes):
        return 0
    low, high = (math.frexp(float(size))[1] for size in (np.min(sizes[sizes > 0]), np.max(sizes)))
    if high - low > APART:
        raise UnsupportedError(
            f"the largest energies of the systems of this batch run from {np.min(sizes[sizes > 0]):.2g} to "
            f"{np.max(sizes):.2g}: too far apart for one batch; call for them one by one"
        )
    return (low + high) // 2


def _energies(lead: Lead) -> list[Array]:
    """Return the sizes of the energies of a lead, each of a shape that broadcasts to that of its batch."""
    return [lead.size, np.abs(lead.mu), lead.temperature]


def _extremes(system: OpenSystem) -> str:
    """Return the smallest and the largest energy in words, and the largest gradient."""
    parts = [np.abs(system.hamiltonian), *(part for lead in system.leads for part in _energies(lead))]
    sizes = np.concatenate([np.ravel(part) for part in parts])
    low, high, steep = np.min(sizes[sizes > 0]), np.max(sizes), np.max(np.abs(system.gradient))
    return f"energies from {low:.2g} to {high:.2g} and a gradient of up to {steep:.2g}"


def _scaled(system: OpenSystem, factor: float) -> OpenSystem:
    """Return the system with all energies times a power of two."""
    leads = [lead.scaled(factor) for lead in system.leads]
    return OpenSystem(system.hamiltonian * factor, system.gradient * factor, leads, system.degeneracy)
