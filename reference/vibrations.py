"""Small vibrations of a body that current flows through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import mpmath
import numpy as np
from numpy.typing import ArrayLike

from electronwind.body import ClassicalBody
from electronwind.doors import checked_body, checked_digits, checked_flag, checked_model, checked_place
from electronwind.leads import Lead
from electronwind.models import Model
from electronwind.vibrations import GROWTH, Vibrations
from electronwind.watched import Watched

from .arithmetic import Array, array, export
from .batch import LEAST_DIGITS, MOST_DIGITS, ROUNDING
from .friction import friction as friction_of
from .stiffness import electrons

__all__ = ["vibrations"]

# Digits of the eigenvalues beyond those asked for: those that all but meet lose half of theirs.
GUARD = 10
# Frequencies closer than this, relative to the largest, count as one where they are put in order.
ALIKE = 1e-12


def vibrations(
    model: Model, body: ClassicalBody, x: ArrayLike, friction: bool = True, digits: int = 30
) -> Vibrations:
    """Small vibrations of a body about positions at rest.

    Parameters
    ----------
    model : Model
        The family h(x).
    body : ClassicalBody
        Masses, and the potential apart from the electrons.
    x : array_like, shape (..., d)
        Positions; whether the total force vanishes there is not asked.
    friction : bool
        Whether the electronic friction at x acts on the vibrations.
    digits : int
        Decimal digits, 15 to 50, of the stiffness and the friction; see `stiffness`.

    Returns
    -------
    Vibrations
        With arrays of mpc and mpf; `growing` is an array of int.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime.
    UnsupportedError
        Leads that `friction` does not take, where it is asked for.
    PrecisionError
        The quadrature did not reach `digits`.
    InvalidSystemError
        What is no family, body, position or flag; `digits` is not a whole number from 15 to 50.

    Notes
    -----
    The determinant of ``K - i omega eta - omega^2 M`` vanishes: linear in omega for displacements and
    velocities together. Source: cunningham2014 Eq. 5-8.
    """
    model = checked_model(model, lambda: x)
    place = checked_place("x", x, model)
    watched = checked_body(body, place, strict=True)
    with_friction = checked_flag("friction", friction)
    digits = checked_digits(digits, LEAST_DIGITS, MOST_DIGITS)
    still = _without_bias(model.leads)
    batch, d = place.shape[:-1], place.shape[-1]
    found = [_one(model, still, watched, one, with_friction, digits) for one in place.reshape(-1, d)]
    stacked: dict[str, Any] = {}
    for field in fields(Vibrations):
        parts = [np.asarray(one[field.name]) for one in found]
        stacked[field.name] = np.stack(parts).reshape((*batch, *parts[0].shape))
    return Vibrations(**stacked)


def _without_bias(leads: Sequence[Lead]) -> tuple[Lead, ...]:
    """Return the leads at the mean of their potentials and of their temperatures."""
    mean = {name: np.mean([getattr(lead, name) for lead in leads]) for name in ("mu", "temperature")}
    return tuple(replace(lead, **mean) for lead in leads)  # type: ignore[type-var]  # every kind is a dataclass


def _one(
    model: Model, still: Sequence[Lead], body: ClassicalBody, x: Array, with_friction: bool, digits: int
) -> dict[str, Any]:
    """Return the fields of `Vibrations` at one position."""
    surface, d = body.potential, len(x)
    assert isinstance(surface, Watched)
    moved, rest = (electrons(model, leads, x, digits)[1] for leads in (model.leads, still))
    carried = digits + ROUNDING
    with mpmath.workdps(digits + GUARD):
        change = _matrix(moved - rest)
        k = _matrix(moved) + _matrix(array(surface.hessian(x)))
        mass = [mpmath.mpf(float(m)) for m in np.broadcast_to(body.mass, (d,))]
        eta = mpmath.zeros(d)
        free, _ = _motions(k, eta, mass)
        if with_friction:
            eta = _matrix(friction_of(model.at(x), digits))
        frequencies, modes = _motions(k, eta, mass)
        largest = max(abs(omega) for omega in frequencies)
        growing = [omega.imag > GROWTH * largest for omega in frequencies if omega.real >= -ALIKE * largest]
        values = {
            "frequencies": np.array(frequencies),
            "modes": np.array(modes).T,
            "instability": np.array(mpmath.fsum(abs(omega.imag) for omega in free) / (2 * d)),
            "stiffness": _entries(k),
            "symmetric": _entries((change + change.T) / 2),
            "antisymmetric": _entries((change - change.T) / 2),
        }
        complex_ones = ("frequencies", "modes")
        exported: dict[str, Any] = {
            name: export(value, "mpc" if name in complex_ones else "mpf", carried)
            for name, value in values.items()
        }
        return exported | {"growing": sum(growing)}


def _motions(k: Any, eta: Any, mass: list[Any]) -> tuple[list[Any], list[list[Any]]]:
    """Return the frequencies in order, and the mode of each.

    Displacements and velocities times the root of the mass move at rates -i omega.
    """
    d = len(mass)
    motion = mpmath.zeros(2 * d)
    for i in range(d):
        motion[i, d + i] = 1
        for j in range(d):
            root = mpmath.sqrt(mass[i] * mass[j])
            motion[d + i, j], motion[d + i, d + j] = -k[i, j] / root, -eta[i, j] / root
    rates, vectors = mpmath.eig(motion)
    pairs = []
    for column, rate in enumerate(rates):
        mode = [vectors[i, column] / mpmath.sqrt(mass[i]) for i in range(d)]
        size = mpmath.sqrt(mpmath.fsum(m * abs(u) ** 2 for m, u in zip(mass, mode, strict=True)))
        top = max(mode, key=abs)
        pairs.append((1j * rate, [u * (abs(top) / top) / size for u in mode]))
    largest = max(abs(omega) for omega, _ in pairs)

    def place(pair: tuple[Any, list[Any]]) -> tuple[int, Any]:
        # Real parts that differ by rounding are one, and the imaginary parts decide.
        return round(float(pair[0].real / largest) / ALIKE), pair[0].imag

    pairs.sort(key=place)
    return [omega for omega, _ in pairs], [mode for _, mode in pairs]


def _matrix(values: Array) -> Any:
    """Return an array of numbers of either arithmetic as an mpmath matrix."""
    return mpmath.matrix(export(values, "mpf", mpmath.mp.dps).tolist())


def _entries(matrix: Any) -> Array:
    return np.array(matrix.tolist(), dtype=object)
