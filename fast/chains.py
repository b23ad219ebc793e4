r"""Systems with chain leads, whose self-energy depends on the energy.

One lead is the reference: with its occupation everywhere the density matrix is an equilibrium one, an
integral of G alone, taken off the real axis (`contour`). What the other leads add lives in the bias window,
where an adaptive rule (`window`) runs between the potentials, thermal edges, band edges and levels. Members
of a batch with a resonance too narrow for that (`narrow`) are taken one by one, and so are larger systems of
which the leads touch few levels (`sweep`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem, PrecisionError

from . import sweep
from .attached import few_levels
from .bound_states import found_states
from .calculus import adjoint
from .contour import fermi_rule
from .dressed import dressed
from .fermi import Fermi
from .leads import edges, grip
from .levels import refuse_unfilled
from .narrow import EPS, LOSS, Narrow, narrow, size, suspects
from .spectrum import spectrum
from .window import Excess, numbers, window

__all__ = ["curl", "current", "density_matrix", "green"]

Array = np.ndarray[Any, Any]

# Weight of a resonance that contour and window may differ by.
MISSED = 1e-8


def green(system: OpenSystem, z: Array) -> tuple[Array, list[Array]]:
    """Return the Green's function and the broadening of each lead.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    z : ndarray, shape (..., E)
        Energies with Im z >= 0.

    Returns
    -------
    g : ndarray, shape (..., E, n, n)
    gammas : list of ndarray, broadcasting to (..., E, n, n)

    Raises
    ------
    UnbroadenedLevelError
        On wide bands alone a level that no lead broadens; on others the energy of one.
    PrecisionError
        With a chain: an energy so close to a narrow level that rounding of h decides.
    """
    if system.wide_band:
        spectrum(system)  # refuses unbroadened levels
        return dressed(system, z)
    # Whoever fills a state that no lead broadens: nothing passes through it.
    g, gammas = dressed(system, z)
    # A single level loses nothing: E - h is exact where it is small.
    lost = EPS * size(system)[..., None] * np.max(np.abs(g), axis=(-1, -2))
    if system.levels > 1 and np.any(lost > MISSED):
        where = tuple(np.argwhere(lost > MISSED)[0])
        raise PrecisionError(
            f"the Green's function is {np.max(np.abs(g[where])):.1e} at the energy "
            f"{np.broadcast_to(z, lost.shape)[where]:.15g}, next to a level that hardly decays: rounding of "
            f"the energies would change it by {lost[where]:.1e} of itself"
        )
    return g, gammas


_RESONANCES: WeakKeyDictionary[OpenSystem, dict[int, tuple[list[Narrow], bool]]] = WeakKeyDictionary()
_APART: WeakKeyDictionary[OpenSystem, dict[int, list[Narrow]]] = WeakKeyDictionary()


def _resonances(system: OpenSystem) -> dict[int, tuple[list[Narrow], bool]]:
    """Return `narrow` of the members that may need it, by flat position in the batch.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens.
    PrecisionError
        A narrow level that rounding hides.
    """
    if system not in _RESONANCES:
        refuse_unfilled(system)
        found = found_states(system)
        doubtful = np.flatnonzero(suspects(system))
        _RESONANCES[system] = {
            int(index): narrow(_member(system, int(index)), [state.energy for state in found[index].bound])
            for index in doubtful
        }
    return _RESONANCES[system]


def _apart(system: OpenSystem) -> dict[int, list[Narrow]]:
    """Return the resonances that are treated apart, by flat position in the batch.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens.
    PrecisionError
        What a narrow level is filled with hangs on rounding.
    """
    if system not in _APART:
        found = {}
        for index, (resonances, left) in _resonances(system).items():
            one = _member(system, index)
            _refuse_undecided(one, resonances)
            if resonances or left:
                _refuse_missed(one, resonances)
            if resonances:
                found[index] = resonances
        _APART[system] = found
    return _APART[system]


def _member(system: OpenSystem, index: int) -> OpenSystem:
    return system[np.unravel_index(index, system.shape)] if system.shape else system


def _refuse_undecided(system: OpenSystem, resonances: list[Narrow]) -> None:
    """Raise where a narrow level lies so close to a cold potential that rounding decides who fills it."""
    blur = EPS * float(size(system))
    for r in resonances:
        for lead in system.leads:
            distance = max(abs(float(lead.mu) - r.energy), float(lead.temperature), r.width)
            if blur > LOSS * distance:
                raise PrecisionError(
                    f"the level at energy {r.energy:.15g}, of half-width {r.width:.1e}, is at the potential "
                    f"{float(lead.mu):.15g} of a cold lead: rounding of the energies decides its occupation"
                )


def _refuse_missed(system: OpenSystem, resonances: list[Narrow]) -> None:
    """Raise where the window does not hold the states that the contour counts in it."""

    def states(g: Array, gammas: list[Array], excess: Excess) -> tuple[Array, Array]:
        spectral = g @ sum(gammas) @ adjoint(g)
        net = [excess(lead, 0)[..., None, None] * spectral for lead in range(1, len(gammas))]
        added = np.stack(net, axis=-3)
        return added, np.abs(added)

    if len(system.leads) == 1:
        return
    seen = window(system, states, resonances)[0] / (2 * np.pi)
    first = _equilibrium(system)
    for lead, part in enumerate(seen, start=1):
        missed = float(np.max(np.abs(_equilibrium(system, lead) - first - part)))
        if not missed <= MISSED:
            raise PrecisionError(
                f"the integral over the bias window misses {missed:.1e} of the weight of a level: one is all "
                "but decoupled from the leads"
            )


def _each(
    system: OpenSystem,
    compute: Callable[[OpenSystem, list[Narrow]], Array],
    alone: Callable[[OpenSystem], Array],
) -> Array:
    """Return an observable of the batch: large members one by one, and those with narrow resonances."""
    if few_levels(system) and int(np.prod(system.shape)):
        refuse_unfilled(system)
        members = [_member(system, index) for index in range(int(np.prod(system.shape)))]
        large = [alone(one) if sweep.serves(one) else _each_small(one, compute) for one in members]
        return np.stack(large).reshape(*system.shape, *large[0].shape)
    return _each_small(system, compute)


def _each_small(system: OpenSystem, compute: Callable[[OpenSystem, list[Narrow]], Array]) -> Array:
    """Return an observable of a batch, members with narrow resonances one by one."""
    apart = _apart(system)
    if not apart:
        return compute(system, [])
    values = {index: compute(_member(system, index), resonances) for index, resonances in apart.items()}
    first = next(iter(values.values()))
    result = np.empty((*system.shape, *first.shape), first.dtype)
    flat = result.reshape(-1, *first.shape)
    for index, value in values.items():
        flat[index] = value
    if len(apart) < len(flat):
        rest = np.ones(len(flat), bool)
        rest[list(apart)] = False
        flat[rest] = compute(system[rest.reshape(system.shape)], [])
    return result


def _equilibrium(system: OpenSystem, lead: int = 0) -> Array:
    """Return the density matrix with every lead occupied like one of them."""
    mu, temperature = numbers(system, system.leads[lead])
    reach = np.linalg.norm(system.hamiltonian, axis=(-1, -2)) + np.abs(mu)
    for each in system.leads:
        reach = reach + len(each.sites) * grip(each)
        ends = edges(each)
        if ends.shape[-1]:
            reach = reach + np.max(np.abs(ends - mu[..., None]), axis=-1)
    # Branch points and resonances may come close to mu, so the panels are graded down to rounding.
    rule = fermi_rule(mu, temperature, reach, 1e-13 * reach, lifted=True)
    anchor = mu - 1j * reach
    (known,) = Fermi(mu[..., None], temperature[..., None]).derivatives(anchor[..., None], range(1))
    offset = known[..., 0] - np.sum(rule.weights / (rule.nodes - anchor[..., None]), axis=-1)
    g, _ = dressed(system, rule.nodes)
    total = np.einsum("...s,...sij->...ij", rule.weights, g)
    total = total + offset[..., None, None] * np.eye(system.levels)
    return 1j * (total - np.swapaxes(total, -1, -2).conj()) / (2 * np.pi)


def density_matrix(system: OpenSystem) -> NDArray[np.complex128]:
    """Return the steady-state density matrix; see `electronwind.fast.density_matrix`."""

    def added(g: Array, gammas: list[Array], excess: Excess) -> tuple[Array, Array]:
        total: Any = 0
        for lead, gamma in enumerate(gammas[1:], start=1):
            total = total + excess(lead, 0)[..., None, None] * (g @ gamma @ adjoint(g))
        total = total + 0 * g
        return total, np.abs(total)

    def compute(part: OpenSystem, apart: list[Narrow]) -> Array:
        return _equilibrium(part) + window(part, added, apart)[0] / (2 * np.pi)

    sigma: Array = _each(system, compute, sweep.density_matrix)
    return np.asarray((sigma + adjoint(sigma)) / 2, dtype=complex)


def curl(system: OpenSystem) -> NDArray[np.float64]:
    """Return the curl of the mean force; see `electronwind.fast.curl`."""

    def compute(part: OpenSystem, apart: list[Narrow]) -> Array:
        gradient = part.gradient[..., None, :, :, :]

        def traces(g: Array, gammas: list[Array], excess: Excess) -> tuple[Array, Array]:
            # 2 Im Tr[L_mu A L_nu X_a] of each lead, weighed against the reference: todorov2010 Eq. 24 with
            # the part common to all leads, which has no curl, left out.
            spectral = 1j * (g - adjoint(g))
            left = gradient @ spectral[..., None, :, :]
            # One lead alone drives no curl, of the same shape.
            total = np.zeros((*left.shape[:-2], part.coordinates), dtype=complex)
            for lead, gamma in enumerate(gammas[1:], start=1):
                right = gradient @ (g @ gamma @ adjoint(g))[..., None, :, :]
                trace = np.einsum("...mij,...vji->...mv", left, right)
                total = total + excess(lead, 0)[..., None, None] * trace
            # Where there is no curl the imaginary part is rounding, of the size of the whole.
            return np.imag(total) / np.pi, np.abs(total) / np.pi

        # Traces that cancel may be too large for floats, which is told below.
        with np.errstate(over="ignore", invalid="ignore"):
            flow, bulk = window(part, traces, apart)
        if apart:
            _refuse_drowned(part, float(np.max(np.abs(flow), initial=0.0)), float(bulk))
        return flow

    flow = _each(system, compute, sweep.curl)
    result: NDArray[np.float64] = (flow - np.swapaxes(flow, -1, -2)) / 2
    return result * system.degeneracy


def _refuse_drowned(system: OpenSystem, curl: float, terms: float) -> None:
    """Raise where rounding of the terms of a curl is no longer small against it."""
    natural = float(np.max(np.abs(system.gradient), initial=0.0)) ** 2 / float(size(system))
    if not EPS * terms <= LOSS * max(curl, natural):
        raise PrecisionError(
            f"a level that hardly decays adds terms of {terms:.1e} to the curl, of which {curl:.1e} is left: "
            "rounding decides it"
        )


def current(system: OpenSystem) -> NDArray[np.float64]:
    """Return the current from each lead; see `electronwind.fast.current`."""

    def flows(g: Array, gammas: list[Array], excess: Excess) -> tuple[Array, Array]:
        result = []
        for a, gamma in enumerate(gammas):
            total: Any = 0
            for b, other in enumerate(gammas):
                trace = np.einsum("...ij,...ji->...", gamma @ g, other @ adjoint(g)).real
                total = total + excess(a, b) * trace
            result.append(total)
        flow = np.stack(result, axis=-1)
        return flow, np.abs(flow)

    def compute(part: OpenSystem, apart: list[Narrow]) -> Array:
        return window(part, flows, apart)[0] / (2 * np.pi)

    return _each(system, compute, sweep.current) * system.degeneracy
