r"""What bound states add to the force noise and the pair density: electrons that go to one, or leave it.

A bound state is :math:`2\pi Z v v^+ \delta(E - E_b)` in every spectral function, filled with the occupation
on which the leads agree there. One such peak leaves the other spectral function at :math:`E_b \pm W`; two of
them are a peak in W, which is refused where it is met.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind import OpenSystem, UnbroadenedLevelError

from .bound_states import State, found_states
from .calculus import adjoint
from .contour import occupation
from .dressed import broadening, dressed

__all__ = ["filled", "noise", "pair_density", "projector"]

Array = np.ndarray[Any, Any]

# Frequencies closer than this to the distance of two bound states, in units of the larger energy, meet it.
CLOSE = 1e-13
# Occupations below count for nothing.
NOTHING = 1e-15


def noise(system: OpenSystem, frequency: Array) -> Array:
    """Return what bound states add to the force noise, shape ``(..., [W,] d, d)``."""
    return _added(system, frequency, _noise)


def pair_density(system: OpenSystem, frequency: Array) -> Array:
    """Return what bound states add to the pair density, shape ``(..., [W,] d, d)``."""
    return _added(system, frequency, _pairs)


def _added(system: OpenSystem, frequency: Array, compute: Any) -> Array:
    w, d = frequency.ravel(), system.coordinates
    result = np.zeros((int(np.prod(system.shape)), len(w), d, d), complex)
    for index, found in enumerate(found_states(system)):
        if found.bound:
            one = system[np.unravel_index(index, system.shape)] if system.shape else system
            result[index] = compute(one, found.bound, w) * system.degeneracy
    return result.reshape(*system.shape, *frequency.shape, d, d)


def _noise(system: OpenSystem, states: list[State], w: Array) -> Array:
    total: Any = 0
    for state in states:
        full, empty = filled(system, state)
        rooms = [full * filled(system, other)[1] for other in states]
        _refuse_met("force_noise", states, w, rooms, state)
        b = projector(state)
        # To the state from E_b - W, and from it to E_b + W.
        total = total + empty * _traces(system, b[None], _spectra(system, state.energy - w, "occupied"))
        total = total + full * _traces(system, _spectra(system, state.energy + w, "empty"), b[None])
    return np.asarray(total)


def _pairs(system: OpenSystem, states: list[State], w: Array) -> Array:
    total: Any = 0
    for state in states:
        full, _ = filled(system, state)
        _refuse_met("pair_density", states, -w, [full] * len(states), state)
        b = projector(state)
        total = total + _traces(system, b[None], _spectra(system, state.energy + w, "occupied"))
        total = total + full * _traces(system, _spectra(system, state.energy - w, "all"), b[None])
    return np.asarray(total) / (2 * np.pi)


def projector(state: State) -> Array:
    """Return the share of a bound state on the levels, Z v v^+."""
    return state.weight * np.outer(state.vector, state.vector.conj())


def _traces(system: OpenSystem, left: Array, right: Array) -> Array:
    """Return Tr[L_mu left L_nu right], shape (W, d, d)."""
    gradient = system.gradient
    return np.asarray(np.einsum("aij,wjk,bkl,wli->wab", gradient, left, gradient, right, optimize=True))


def filled(system: OpenSystem, state: State) -> tuple[float, float]:
    """Return f and 1 - f at the energy of a state, on which the leads agree."""
    lead, e = system.leads[0], np.array([state.energy])
    full = float(occupation(e, lead.mu, lead.temperature)[0].real)
    # 1 - f(E) is f at the mirrored energy.
    empty = float(occupation(2 * lead.mu - e, lead.mu, lead.temperature)[0].real)
    return full if full > NOTHING else 0.0, empty if empty > NOTHING else 0.0


def _spectra(system: OpenSystem, e: Array, which: str) -> Array:
    """Return the sum over the leads of weight G Gamma_a G^+, shape (W, n, n); zero beside all bands."""
    n = system.levels
    result = np.zeros((len(e), n, n), complex)
    gammas = [np.broadcast_to(part, (len(e), n, n)) for part in broadening(system, e)]
    inside = np.any([np.any(part != 0, axis=(-1, -2)) for part in gammas], axis=0)
    if not np.any(inside):
        return result
    e = e[inside]
    g, _ = dressed(system, e + 0j)
    total: Any = 0
    for lead, gamma in zip(system.leads, gammas, strict=True):
        at = 2 * lead.mu - e if which == "empty" else e
        weight = np.ones(len(e)) if which == "all" else occupation(at, lead.mu, lead.temperature).real
        total = total + weight[:, None, None] * (g @ gamma[inside] @ adjoint(g))
    result[inside] = total
    return result


def _refuse_met(name: str, states: list[State], w: Array, rooms: list[float], state: State) -> None:
    """Raise where a frequency is the distance from a filled bound state to another with room."""
    for other, room in zip(states, rooms, strict=True):
        if other is state:
            continue
        distance = other.energy - state.energy
        size = max(abs(other.energy), abs(state.energy))
        if np.any(np.abs(w - distance) <= CLOSE * size) and room > NOTHING:
            raise UnbroadenedLevelError(
                f"{name} is infinite at the frequency {distance:.15g}, the distance of the bound states at "
                f"energies {state.energy:.15g} and {other.energy:.15g}"
            )
