"""What becomes of a value when levels or leads are turned, put side by side, left out or listed otherwise.

The table of observables says which axes a value has, and whether they follow: no law asks for a name.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES

__all__ = ["beside", "cut", "in_basis", "lead_axes", "of_leads", "of_levels", "shifted", "unreflected"]

Array = NDArray[Any]


def lead_axes(name: str) -> tuple[int, ...]:
    """Return the axes of an observable that count leads, from the end."""
    return _axes(name, "leads")


def _axes(name: str, kind: str) -> tuple[int, ...]:
    axes = OBSERVABLES[name].axes
    return tuple(k - len(axes) for k, axis in enumerate(axes) if axis == kind)


def shifted(name: str, argument: tuple[Any, ...], step: float) -> tuple[Any, ...]:
    """Return what it takes besides a system whose energies are all raised by `step`."""
    return tuple(part + step for part in argument) if OBSERVABLES[name].absolute else argument


def in_basis(name: str, value: Array, u: Array) -> Array:
    """Return the value of the same junction after levels were turned by the unitary `u`."""
    if _axes(name, "n") == (-2, -1):
        return np.asarray(u @ value @ u.conj().T)
    return value


def beside(name: str, *values: Array) -> Array:
    """Return the value of junctions without a bond between them: blocks by level, sums elsewhere."""
    axes = _axes(name, "n")
    if not axes:
        return np.asarray(np.sum(values, axis=0))
    total = [0]
    for value in values:
        total.append(total[-1] + value.shape[axes[0]])
    shape = list(values[0].shape)
    for axis in axes:
        shape[axis] = total[-1]
    whole = np.zeros(shape, dtype=np.result_type(*values))
    for value, start, end in zip(values, total, total[1:], strict=False):
        where: list[slice] = [slice(None)] * whole.ndim
        for axis in axes:
            where[axis] = slice(start, end)
        whole[tuple(where)] = value
    return whole


def cut(name: str, value: Array, levels: int) -> Array:
    """Return the part of the value that is of the first levels."""
    return of_levels(name, value, np.arange(levels))


def of_levels(name: str, value: Array, numbers: Array) -> Array:
    """Return the value with levels in the order of these numbers."""
    for axis in _axes(name, "n"):
        value = np.take(value, numbers, axis=axis)
    return value


def of_leads(name: str, value: Array, numbers: list[int]) -> Array:
    """Return the value with leads in the order of these numbers; nothing flows through those that are new."""
    for axis in lead_axes(name):
        value = np.insert(value, value.shape[axis], 0.0, axis=axis)
        known = value.shape[axis] - 1
        value = np.take(value, [number if number < known else known for number in numbers], axis=axis)
    return value


def unreflected(name: str, value: Array) -> Array:
    """Return the value without what a lead has of itself, which depends on where the lead begins."""
    if len(lead_axes(name)) < 2:
        return value
    return np.asarray(value * (1 - np.eye(value.shape[-1])))
