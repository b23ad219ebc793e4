"""From one system to a batch: checks of the arguments, the loop, and mpmath numbers as the result."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from electronwind.doors import checked_axis, checked_digits, checked_system
from electronwind.observables import OBSERVABLES
from electronwind.system import OpenSystem

from .arithmetic import Array, export, number, precision, working
from .axis import static_axis
from .problem import Problem
from .quadrature import Quadrature
from .spectrum import Spectrum

__all__ = ["Work", "each", "each_at"]

LEAST_DIGITS, MOST_DIGITS = 15, 50
MOST_KEPT = 4  # pieces of work per system whose Green's functions stay in memory
ROUNDING = 3  # digits beyond those asked for that a result carries


class Work:
    """A single system together with the Green's functions that all its integrals share."""

    def __init__(self, system: OpenSystem, digits: int) -> None:
        self.problem = Problem(system, digits)
        self.problem.check()
        self._axis: Quadrature | None = None
        self._spectrum: Spectrum | None = None

    @property
    def axis(self) -> Quadrature:
        """The energy axis with the Green's functions on its nodes; inside `working` only."""
        if self._axis is None:
            self._axis = static_axis(self.problem)
        return self._axis

    def prove(self) -> None:
        """Let the axis prove that no sharp state is missing, where a crystal may bind one to its own end.

        The poles of its self-energy are looked for on a grid, and states are counted between them.

        Raises
        ------
        PrecisionError
            One is missing.
        """
        if any(lead.binds for lead in self.problem.leads):
            with working(self.problem.work_digits):
                _ = self.axis

    @property
    def spectrum(self) -> Spectrum:
        """The spectral functions in time, with their nodes; inside `working` only."""
        if self._spectrum is None:
            self._spectrum = Spectrum(self.problem)
        return self._spectrum


_kept: weakref.WeakKeyDictionary[OpenSystem, OrderedDict[Any, Work]] = weakref.WeakKeyDictionary()


def each(name: str, system: OpenSystem, digits: int, compute: Callable[[Work], Array]) -> Array:
    """Return the observable `name` of every system of the batch."""
    return each_at(name, system, None, digits, lambda work, _: compute(work))


def each_at(
    name: str,
    system: OpenSystem,
    argument: Any,
    digits: int,
    compute: Callable[[Work, Any], Array],
    filled: bool = True,
) -> Array:
    """Return the observable `name` of every system at every value of the argument.

    Parameters
    ----------
    name : str
        A row of `OBSERVABLES`: it fixes shape, kind of numbers and the factor of the degeneracy.
    system : OpenSystem
        The batch.
    argument : array_like
        Energies or frequencies; of no meaning where the observable has none.
    digits : int
        Digits of the result.
    compute : callable
        Takes the work on one system and one argument; returns the trailing axes of the value.
    filled : bool
        Whether the value rests on the occupations of the levels: all of them have to be defined then.
    """
    row = OBSERVABLES[name]
    checked_system(system)
    digits = checked_digits(digits, LEAST_DIGITS, MOST_DIGITS)
    arguments = _real(row.argument, argument) if row.argument else np.asarray(None)
    axes = row.shape(system, arguments.shape)[len(system.shape) + arguments.ndim :]
    result = np.empty((*system.shape, *arguments.shape, *axes), dtype=object)
    for index in np.ndindex(system.shape):
        work = _work(system, index, digits)
        if filled:
            work.problem.refuse_torn()
            work.prove()
        for place in np.ndindex(arguments.shape):
            with working(work.problem.work_digits):
                value = arguments[place]
                value = compute(work, number(value) if row.argument else None)
                if row.spin:
                    value = value * work.problem.degeneracy
                kind = "mpc" if row.complex else "mpf"
                result[(*index, *place)] = export(value, kind, digits + ROUNDING)
    return result


def _real(name: str, argument: Any) -> Array:
    """Return finite real numbers as an array of objects; those of mpmath as they are."""
    plain = checked_axis(name, argument)
    result = plain.astype(object)
    for index, value in np.ndenumerate(np.asarray(argument)):
        if isinstance(value, mpmath.mpf):
            result[index] = value
    return result


def _work(system: OpenSystem, index: tuple[int, ...], digits: int) -> Work:
    kept = _kept.setdefault(system, OrderedDict())
    key = (index, digits, precision()[1])
    if key not in kept:
        kept[key] = Work(system[index] if index else system, digits)
        if len(kept) > MOST_KEPT:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]
