"""What a solver of the time-dependent problem returns.

Any object with these attributes will do for a solver under test; the two solvers of the project return
these. Batch axes come first; then the axis of times or delays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = [
    "DrivenRun",
    "EhrenfestRun",
    "LangevinRun",
    "NoiseRecord",
    "answered",
    "fields_of",
]

Array = NDArray[Any]


@dataclass(frozen=True)
class DrivenRun:
    """A junction under a prescribed motion.

    Attributes
    ----------
    times : ndarray, shape (t,)
        The times asked for.
    density_matrix : ndarray, shape (..., t, n, n)
        sigma(t), per spin.
    force : ndarray, shape (..., t, d)
        Mean force on the coordinates.
    current : ndarray, shape (..., t, leads)
        Particles per time from each lead into the system.
    error : float
        Estimate of the largest error of the density matrix.
    """

    times: Array
    density_matrix: Array
    force: Array
    current: Array
    error: float


@dataclass(frozen=True)
class EhrenfestRun:
    """Classical coordinates under the mean force of the electrons that they drive.

    Attributes
    ----------
    times : ndarray, shape (t,)
        The times asked for.
    position, velocity, force : ndarray, shape (..., t, d)
        Coordinates, velocities, and the force of the electrons, without that of the potential.
    current : ndarray, shape (..., t, leads)
        Particles per time from each lead into the system.
    kinetic, potential : ndarray, shape (..., t)
        Energies of the body.
    electronic : ndarray, shape (..., t)
        Tr[h sigma], times the spin factor.
    work : ndarray, shape (..., t)
        Energy that the leads gave to the electrons since ``times[0]``, the integral of Tr[h dsigma/dt]:
        kinetic + potential + electronic - work is constant.
    error : float
        Estimate of the largest error of a coordinate.
    kernel : str
        The way by which the solver found it.

    bond_current : ndarray, shape (..., t, n - 1)
        On a chain: particles per time from each level to the next.
    charge : ndarray, shape (..., t)
        On a chain: number of electrons.
    entered : ndarray, shape (..., t, leads)
        On a chain: particles from each lead since ``times[0]``; charge less their sum is constant.
    step : float
        On a chain: the longest step in time.
    poles : int
        On a chain: points at which the occupation of the leads is followed.
    lost : float
        On a chain: what the sum over them errs by, relative.
    """

    times: Array
    position: Array
    velocity: Array
    force: Array
    current: Array
    kinetic: Array
    potential: Array
    electronic: Array
    work: Array
    error: float
    kernel: str = ""
    bond_current: Array | None = None
    charge: Array | None = None
    entered: Array | None = None
    step: float | None = None
    poles: int | None = None
    lost: float | None = None


@dataclass(frozen=True)
class LangevinRun:
    """Classical coordinates under adiabatic force, friction and, where asked for, white noise.

    Attributes
    ----------
    times : ndarray, shape (t,)
        The times asked for.
    position, velocity, force : ndarray, shape (..., t, d)
        Coordinates, velocities, and adiabatic force minus friction times velocity.
    seed : int or None
        Seed of the noise; None without noise.
    """

    times: Array
    position: Array
    velocity: Array
    force: Array
    seed: int | None


@dataclass(frozen=True)
class NoiseRecord:
    """Correlation of the force at one time with the force before, along a trajectory.

    Attributes
    ----------
    delays : ndarray, shape (tau,)
        The delays asked for, >= 0.
    exact : ndarray, shape (tau, d, d)
        D(t, t - tau) = Tr[L(t) G^>(t, t - tau) L(t - tau) G^<(t - tau, t)]; complex.
    adiabatic : ndarray, shape (tau, d, d)
        The same at rest in the position at t.
    white, adiabatic_white : ndarray, shape (d, d)
        Their real symmetric parts, integrated over delays from minus to plus the largest one.
    correlation_time : ndarray, shape (d,)
        Diagonal of `white` over the variance, that of Re D(t, t); 0 where the force does not fluctuate.
    """

    delays: Array
    exact: Array
    adiabatic: Array
    white: Array
    adiabatic_white: Array
    correlation_time: Array


def answered(result: Any, names: Collection[str]) -> dict[str, Any]:
    """Return by name what a solver answered: the fields of a result, or the one ``value`` itself."""
    return {"value": result} if tuple(names) == ("value",) else fields_of(result, names)


def fields_of(result: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return those of the fields that a result has, as attributes or as entries of a table.

    What a result does not have itself, its ``system`` may have.
    """

    def of(whole: Any, name: str) -> Any:
        return whole.get(name) if isinstance(whole, Mapping) else getattr(whole, name, None)

    found = {}
    for name in names:
        if (value := of(result, name)) is None:
            value = of(of(result, "system"), name)
        if value is not None:
            found[name] = value
    return found
