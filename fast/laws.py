"""The last line of defence: laws that cost next to nothing, asked of every value before it is returned.

A solver that is wrong where nobody looked should say so. Rounding is forgiven; what is beyond it is refused
in words, whatever the reason.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from electronwind import Lead, OpenSystem, PrecisionError

from .leads import grip

__all__ = ["OFF", "SLACK", "balanced", "filled", "passing"]

Array = np.ndarray[Any, Any]
Value = TypeVar("Value", bound=Array)

# What a level that hardly decays may cost, times the value: the worst that is still an answer.
SLACK = 1e-8
# What a run in time may be off, in units of the error that it states.
OFF = 10.0
# Currents that cancel are this part of the broadenings, or more.
NOTHING = 1e-12


def _refuse_infinite(name: str, value: Array) -> None:
    if not np.isfinite(value).all():
        where = np.argwhere(~np.isfinite(value))[0]
        raise PrecisionError(
            f"{name}: entry {_place(where)} came out as {value[tuple(where)]}: numbers too large or too "
            "small for floats, or a level that all but decouples"
        )


def filled(sigma: Value, slack: float = SLACK) -> Value:
    """Return density matrices.

    Parameters
    ----------
    sigma : ndarray, shape (..., n, n)
        Hermitian.
    slack : float
        What occupations may be below 0 or above 1.

    Raises
    ------
    PrecisionError
        An occupation below 0 or above 1, a coherence above 1/2, or an entry that is not finite.
    """
    if not sigma.size:
        return sigma
    occupied = sigma.diagonal(0, -2, -1).real
    # Written so that a NaN is no answer.
    parts = np.ascontiguousarray(sigma).view(float)
    lowest, largest = np.minimum.reduce(parts, None), np.maximum.reduce(parts, None)
    if not (np.minimum.reduce(occupied, None) >= -slack and lowest >= -0.5 - slack and largest <= 1 + slack):
        _refuse_infinite("density_matrix", sigma)
        far: Array = np.maximum(-occupied, occupied - 1)
        where = np.unravel_index(int(np.argmax(far)), far.shape)
        raise PrecisionError(
            f"density_matrix: level {int(where[-1])} came out with an occupation of {occupied[where]:.6g}, "
            f"beyond 0 and 1, or a coherence of {max(-lowest, largest):.6g}: a level is all but decoupled "
            "from the leads, and its digits are lost"
        )
    return sigma


def balanced(system: OpenSystem, flow: Value) -> Value:
    """Return currents of shape (..., leads).

    Raises
    ------
    PrecisionError
        Currents that do not sum to zero, or are not finite.
    """
    lost, most = np.abs(np.add.reduce(flow, -1)), SLACK * np.add.reduce(np.abs(flow), -1)
    if (lost <= most).all():
        return flow
    size = system.degeneracy * sum(_strength(lead) for lead in system.leads)
    if not (lost <= most + NOTHING * size).all():
        _refuse_infinite("current", flow)
        raise PrecisionError(
            f"current: the currents sum to {float(np.max(lost)):.3g}, not to zero: a level is all but "
            "decoupled from the leads, and its digits are lost"
        )
    return flow


def passing(system: OpenSystem, transmission: Value) -> Value:
    """Return transmissions of shape (..., leads, leads).

    Raises
    ------
    PrecisionError
        A transmission below zero, above the number of channels of either lead, or not finite.
    """
    if not transmission.size:
        return transmission
    # One channel passes anywhere.
    if np.minimum.reduce(transmission, None) >= -SLACK and np.maximum.reduce(transmission, None) <= 1:
        return transmission
    channels = np.array([len(lead.sites) for lead in system.leads])
    most = np.minimum.outer(channels, channels) * (
        1 + 3.0 * np.eye(len(channels))
    )  # |1 - S|^2 on the diagonal
    if not ((transmission >= -SLACK) & (transmission <= most * (1 + SLACK))).all():
        _refuse_infinite("transmission", transmission)
        beyond = np.maximum(-transmission, transmission - most)
        where = np.unravel_index(int(np.argmax(beyond)), beyond.shape)
        raise PrecisionError(
            f"transmission: entry {_place(where)} came out as {transmission[where]:.6g}, not between 0 and "
            f"{most[where[-2:]]:g}: the energy is too close to a level that hardly decays"
        )
    return transmission


def _place(where: Any) -> str:
    return f"[{', '.join(str(int(index)) for index in where)}]"


def _strength(lead: Lead) -> float:
    return float(np.max(grip(lead), initial=0.0))
