r"""Green's functions with the first cells of leads among the levels, next to a state at the end of one.

There a self-energy is large, and its digits are those of a rounded energy: at a distance d from such a state
eps / d of it is lost, eps / d^2 of the slope of a Green's function that has no pole there. With the first
cell itself, and the waves a that the cells beyond it send back, nothing is large:

.. math:: \begin{pmatrix} E - h & -C & \\ -C^\dagger & E - h_c + i P P^\dagger & -P \\
          & -2 \rho P^\dagger & 1 - i \rho \end{pmatrix}
          \begin{pmatrix} G \\ \psi \\ a \end{pmatrix} = \begin{pmatrix} 1 \\ 0 \\ 0 \end{pmatrix},

and with X the columns of the inverse that belong to a, :math:`G \Gamma G^\dagger = 2 X (1 - \rho\rho^\dagger)
X^\dagger`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import leads
from .calculus import adjoint
from .contacts import Contacts

__all__ = ["moved"]

Array = np.ndarray[Any, Any]


def moved(
    group: Contacts, member: Array, z: Array, missed: Array, weights: list[Array] | None = None
) -> tuple[Array, Array, Array]:
    """Return G, its slope, and the sum over leads of weight times G Gamma G^+, each of shape (K, p, p).

    Parameters
    ----------
    group : Contacts
    member : ndarray of int, shape (K,)
        The system of each energy.
    z, missed : ndarray, shape (K,)
        Energies, and what rounding took from them.
    weights : list of ndarray of shape (K,), or None
        Of each lead; without them the sum is zero.
    """
    sigmas = group.energies(z, missed)
    g, change = group.slope(member, z, missed, sigmas)
    fed = np.zeros_like(g) if weights is None else injected(group, g, sigmas, weights)
    if not group.is_apart:
        at = np.any([leads.is_swollen(lead, z, missed) for lead in group.leads], axis=0)
        if np.any(at):
            some = None if weights is None else [weight[at] for weight in weights]
            g[at], change[at], fed[at] = _bordered(group, member[at], z[at], missed[at], some)
    return g, change, fed


def injected(group: Contacts, g: Array, sigmas: list[Array], weights: list[Array]) -> Array:
    """Return the sum over leads of weight times G Gamma G^+, shape (K, p, p)."""
    total = np.zeros_like(g)
    for sites, gamma, weight in zip(group.sites, group.widths(sigmas), weights, strict=True):
        if np.any(weight):
            total += weight[:, None, None] * _through(g[:, :, sites], gamma)
    return total


def _through(part: Array, gamma: Array) -> Array:
    return np.asarray(part @ gamma @ adjoint(part))


def _bordered(
    group: Contacts, member: Array, z: Array, missed: Array, weights: list[Array] | None
) -> tuple[Array, Array, Array]:
    borders = [leads.border(lead, z, missed) for lead in group.leads]
    n = group.hamiltonian.shape[-1]
    size = n + sum(sum(border.outer.shape) for border in borders if border is not None)
    matrix, steep = (np.zeros((len(z), size, size), complex) for _ in range(2))
    levels, touched = np.arange(n), group.touched
    matrix[:, levels[:, None], levels] = z[:, None, None] * np.eye(n) - group.hamiltonian[member]
    steep[:, levels, levels] = 1.0
    ends: list[Array | None] = []
    for lead, own, rows, border in zip(group.leads, group.own, group.rows, borders, strict=True):
        if border is None:
            block = rows[:, None], rows
            matrix[:, own[:, None], own] -= leads.self_energy(lead, z, missed)[:, *block]
            steep[:, own[:, None], own] -= leads.slope(lead, z, missed)[:, *block]
            ends.append(None)
            continue
        m, r = border.outer.shape
        cell, beyond = n + np.arange(m), n + m + np.arange(r)
        n += m + r
        back, damping = adjoint(border.outer), 1j * border.outer @ adjoint(border.outer)
        matrix[:, own[:, None], cell] = -border.coupling[rows]
        matrix[:, cell[:, None], own] = -adjoint(border.coupling[rows])
        matrix[:, cell[:, None], cell] = z[:, None, None] * np.eye(m) - border.onsite + damping
        matrix[:, cell[:, None], beyond] = -border.outer
        matrix[:, beyond[:, None], cell] = -2 * border.reflection @ back
        matrix[:, beyond[:, None], beyond] = np.eye(r) - 1j * border.reflection
        steep[:, cell, cell] = 1.0
        steep[:, beyond[:, None], cell] = -2 * border.slope @ back
        steep[:, beyond[:, None], beyond] = -1j * border.slope
        ends.append(beyond)
    inverse = np.linalg.inv(matrix)
    g = inverse[:, touched[:, None], touched]
    fed = np.zeros_like(g)
    for lead, rows, sites, border, end, weight in zip(
        group.leads, group.rows, group.sites, borders, ends, weights or [], strict=weights is not None
    ):
        if border is None:
            sigma = leads.self_energy(lead, z, missed)[:, rows[:, None], rows]
            part = _through(g[:, :, sites], 1j * (sigma - adjoint(sigma)))
        else:
            part = _through(inverse[:, touched[:, None], end], 2 * border.absorbed)
        fed += weight[:, None, None] * part
    return g, -inverse[:, touched] @ steep @ inverse[:, :, touched], fed
