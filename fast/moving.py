r"""Friction and response of systems whose leads have bands.

With the occupation f_r of one lead everywhere, that of `Contacts.reference`, what is left of N is
i f_r (G - G^+): its products with the retarded G are analytic above the axis and taken on a contour, its
products with G^+ only count where f_r changes, and what the other leads add lives in the bias window:

.. math::

    \xi_{\mu\nu} &= -2 Re \int f_r Tr[L_\mu G' L_\nu G] + \int (-f_r') Tr[L_\mu G L_\nu G^+]
                    - 2 Im \int Tr[L_\mu G' L_\nu M], \\
    \chi_{\mu\nu}(W) &= -i A(W) - (i A(-W))^* + i B(W) - R(W) - R(-W)^*,

    A = \int f_r Tr[L_\mu G(E + W) L_\nu G], \quad
    B = \int (f_r(E) - f_r(E + W)) Tr[L_\mu G(E + W) L_\nu G^+], \quad
    R = \int Tr[L_\mu G(E + W) L_\nu M],

with :math:`\int = \int dE/2\pi` and :math:`M = \sum_a (f_a - f_r) G \Gamma_a G^+`. A state right at the edge
of a band is then met on the axis only where an occupation changes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from electronwind import OpenSystem

from . import leads, real_axis
from .bordered import injected, moved
from .bound_states import State, found_states
from .contacts import Contacts, groups
from .contour import THERMAL, excess, fermi_rule, occupation
from .infinite import ALONE
from .marks import WARM, marks, refuse_narrow
from .reached import NOTHING, Reached, reached

__all__ = ["friction", "response"]

Array = np.ndarray[Any, Any]

# Finest panel of a contour next to a potential, and at an edge of a crystal, over the largest energy.
FINEST, AT_EDGE = 1e-14, 1e-9
# Potential and temperature of an occupation at energies counted from one in units of the other.
ZERO, ONE = np.zeros(()), np.ones(())


def friction(system: OpenSystem) -> Array:
    """Return the friction of a system on leads with bands; see `electronwind.fast.friction`."""
    d = system.coordinates
    result = np.empty((int(np.prod(system.shape)), d, d))
    for where, group in groups(system):
        result[where] = _contour_friction(group) + _surface(group) + _window_friction(group)
    return result.reshape(*system.shape, d, d) * (system.degeneracy / (2 * np.pi))


def response(system: OpenSystem, frequency: Array) -> Array:
    """Return the response of a system on leads with bands; see `electronwind.fast.response`."""
    w, d = frequency.ravel(), system.coordinates
    result = np.empty((int(np.prod(system.shape)), len(w), d, d), complex)
    found = found_states(system)
    for where, group in groups(system):
        states = [found[index].bound for index in where]
        up, down = (
            _analytic(group, side * w) + _window_response(group, states, side * w) for side in (1, -1)
        )
        result[where] = 1j * _surface_response(group, states, w) - up - down.conj()
    return result.reshape(*system.shape, *frequency.shape, d, d) * (system.degeneracy / (2 * np.pi))


def traces(group: Contacts, member: Array, x: Array, y: Array) -> Array:
    """Return Tr[L_mu X L_nu Y], shape (K, d, d)."""
    gradient = group.gradient if len(group.gradient) == 1 else group.gradient[member]
    k, d = len(x), gradient.shape[1]
    left = (gradient @ x[:, None]).reshape(k, d, -1)
    right = np.swapaxes(gradient @ y[:, None], -1, -2).reshape(k, d, -1)
    return left @ np.swapaxes(right, -1, -2)


def filling(group: Contacts, lead: int, e: Array) -> Array:
    """Return the occupation of a lead."""
    return occupation(e, group.mu[lead], group.temperature[lead])


def _offsets(group: Contacts, e: Array, missed: Array | float = 0.0) -> list[Array]:
    """Return f_a - f_r of each lead."""
    mu, warm = group.mu, group.temperature
    other = mu[group.reference], warm[group.reference]
    return [excess(e, mu[a], warm[a], *other, missed=missed) for a in range(len(mu))]


def _window(
    group: Contacts, w: Array, shifts: list[Array], poles: Reached | None = None, *, exact: bool = False
) -> real_axis.Pieces | None:
    """Return the pieces of the bias window for owners (M, W), or None where the leads agree."""
    mu, warm = group.mu, group.temperature
    if np.all(mu == mu[0]) and np.all(warm == warm[0]):
        return None
    owners = len(group.hamiltonian) * len(w)
    low, high = np.min(mu - THERMAL * warm), np.max(mu + THERMAL * warm)
    sharp = marks(group, shifts)
    if poles is not None:
        sharp = poles.cut(sharp)
    return real_axis.between(sharp, np.full(owners, low), np.full(owners, high), exact=exact)


def _contour_friction(group: Contacts) -> Array:
    def values(member: Array, z: Array, missed: Array) -> Array:
        g, change, _ = moved(group, member, z, missed)
        return traces(group, member, change, g)

    return -2 * _on_contour(group, values, np.zeros(1))[:, 0].real


def _analytic(group: Contacts, w: Array) -> Array:
    """Return i A(W), shape (M, W, d, d)."""
    still = not np.any(w)
    member = np.arange(len(group.hamiltonian))
    total = np.zeros((len(member), len(w), *group.gradient.shape[1:2] * 2), complex)

    def values(member: Array, z: Array, _: Array) -> Array:
        g = group.green(member, z)
        each = [traces(group, member, g if still else group.green(member, z + shift), g) for shift in w]
        return np.stack(each, axis=1)

    total = _on_contour(group, values, w, stacked=True)
    return 1j * total


def _on_contour(group: Contacts, values: Any, w: Array, *, stacked: bool = False) -> Array:
    """Return the integral of f_r times a retarded function of (member, z, missed), shape (M, W, d, d)."""
    mu, warm = group.mu[group.reference], group.temperature[group.reference]
    reach = 2 * group.scale * np.sqrt(group.hamiltonian.shape[-1]) + abs(mu) + np.max(np.abs(w))
    # Branch points and resonances may come close to mu, so the panels are graded down to rounding. Right at
    # an edge a crystal has no digits of its own that near, and the first panel is one of the root.
    edges = [leads.edges(lead) for lead in group.leads if not leads.is_exact(lead)]
    met = any(np.any(np.abs(part - mu) <= FINEST * reach) for part in edges)
    rule = fermi_rule(mu, warm, reach, (AT_EDGE if met else FINEST) * reach, lifted=True)
    used = rule.weights != 0
    nodes, weights, missed = rule.nodes[used], rule.weights[used], rule.missed[used]
    result = []
    for one in range(len(group.hamiltonian)):
        found = values(np.full(len(nodes), one), nodes, missed)
        found = found if stacked else found[:, None]
        result.append(np.einsum("k,k...->...", weights, found))
    return np.stack(result)


def _surface(group: Contacts) -> Array:
    """Return the integral of -f_r' Tr[L G L G^+], shape (M, d, d)."""
    mu, warm = float(group.mu[group.reference]), float(group.temperature[group.reference])
    count = len(group.hamiltonian)
    if not warm:
        g = group.green(np.arange(count), np.full(count, mu + 0j))
        return traces(group, np.arange(count), g, np.swapaxes(g, -1, -2).conj()).real
    # However little warmer than nothing: energies are counted from the potential where the ends of bands in
    # reach are exact from there, in a power of two of about the temperature.
    origin, power = (mu if 2 * ALONE * warm < abs(mu) else 0.0), math.frexp(warm)[1]
    unit, width, centre = math.ldexp(1.0, power), math.ldexp(warm, -power), math.ldexp(mu - origin, -power)

    def values(member: Array, x: Array, missed: Array) -> Array:
        above = x * unit
        e = origin + above
        step = e - origin
        # Added exactly: what rounding takes from an energy may be all that parts it from an edge.
        missed = missed * unit + (origin - (e - step)) + (above - step)
        g = group.green(member, e + 0j, group.energies(e + 0j, missed))
        found = traces(group, member, g, np.swapaxes(g, -1, -2).conj())
        y = (x - centre) / width
        return found * (occupation(y, ZERO, ONE) * occupation(-y, ZERO, ONE) / width)[:, None, None]

    with np.errstate(over="ignore"):
        sharp = np.ldexp(marks(group, [np.zeros(1)], filled=False) - origin, -power)
    sharp = np.concatenate([sharp, np.tile(centre + width * np.array(WARM), (count, 1))], axis=1)
    ends = (np.full(count, centre + side * ALONE * width) for side in (-1, 1))
    pieces = real_axis.between(sharp, *ends)._replace(origin=origin, unit=unit)
    refuse_narrow(group, pieces)
    shape = group.gradient.shape[1:2] * 2
    return real_axis.integrate(values, pieces, count, shape, real_axis.FINE, exact=True).real


def _window_friction(group: Contacts) -> Array:
    pieces = _window(group, np.zeros(1), [np.zeros(1)], exact=all(map(leads.is_exact, group.leads)))
    if pieces is None:
        return np.zeros((1, 1, 1))
    refuse_narrow(group, pieces)

    def values(member: Array, e: Array, missed: Array) -> Array:
        _, change, fed = moved(group, member, e + 0j, missed, _offsets(group, e, missed))
        return traces(group, member, change, fed)

    shape = group.gradient.shape[1:2] * 2
    count = len(group.hamiltonian)
    found = real_axis.integrate(values, pieces, count, shape, real_axis.FINE, exact=True)
    return -2 * found.imag


def _surface_response(group: Contacts, states: list[list[State]], w: Array) -> Array:
    """Return B(W), shape (M, W, d, d)."""
    mu, warm = group.mu[group.reference], group.temperature[group.reference]
    count, d = len(group.hamiltonian), group.gradient.shape[1]
    each = np.tile(w, count)

    def weight(e: Array, shift: Array) -> Array:
        return excess(e, mu, warm, mu, warm, shift)[:, None, None]

    def residue(member: int, energy: float, share: Array, shift: float, side: int) -> Array:
        e, at, moved = np.array([energy]), np.array([member]), np.array([shift])
        if abs(float(weight(e, moved)[0, 0, 0])) <= NOTHING:
            return np.zeros((d, d))
        if side > 0:
            g = group.green(at, e + 0j)
            pair = share[None], np.swapaxes(g, -1, -2).conj()
        else:
            pair = group.green(at, e + shift + 0j), share[None]
        return np.asarray((weight(e, moved) * traces(group, at, *pair))[0])

    low = mu - np.maximum(each, 0) - THERMAL * warm
    high = mu - np.minimum(each, 0) + THERMAL * warm
    low, high = np.where(each == 0, mu, low), np.where(each == 0, mu, high)
    poles = reached(group, states, w, residue, (1, -1))

    def values(owner: Array, e: Array, _: Array) -> Array:
        member, shift = owner // len(w), each[owner]
        g, other = group.green(member, e + 0j), group.green(member, e + shift + 0j)
        found = weight(e, shift) * traces(group, member, other, np.swapaxes(g, -1, -2).conj())
        return poles.smooth(owner, e, found)

    pieces = real_axis.between(poles.cut(marks(group, [np.zeros_like(w), -w])), low, high)
    refuse_narrow(group, pieces)
    found = real_axis.integrate(values, pieces, len(each), (d, d), poles.enough)
    return poles.add(found).reshape(count, len(w), d, d)


def _window_response(group: Contacts, states: list[list[State]], w: Array) -> Array:
    """Return R(W), shape (M, W, d, d)."""
    if _window(group, w, [np.zeros_like(w), -w]) is None:
        return np.zeros((1, 1, 1, 1))
    count, d = len(group.hamiltonian), group.gradient.shape[1]
    each = np.tile(w, count)

    def fed(member: Array, e: Array) -> Array:
        sigmas = group.energies(e + 0j)
        return injected(group, group.green(member, e + 0j, sigmas), sigmas, _offsets(group, e))

    def residue(member: int, energy: float, share: Array, shift: float, side: int) -> Array:
        del shift, side
        e, at = np.array([energy]), np.array([member])
        if max(np.max(np.abs(part)) for part in _offsets(group, e)) <= NOTHING:
            return np.zeros((d, d))
        return np.asarray(traces(group, at, share[None], fed(at, e))[0])

    poles = reached(group, states, w, residue, (1,))

    def values(owner: Array, e: Array, _: Array) -> Array:
        member = owner // len(w)
        other = group.green(member, e + each[owner] + 0j)
        return poles.smooth(owner, e, traces(group, member, other, fed(member, e)))

    pieces = _window(group, w, [np.zeros_like(w), -w], poles)
    assert pieces is not None
    refuse_narrow(group, pieces)
    found = real_axis.integrate(values, pieces, len(each), (d, d), poles.enough)
    return poles.add(found).reshape(count, len(w), d, d)
