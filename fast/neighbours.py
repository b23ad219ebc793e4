r"""Chains in which only neighbours are bonded: Green's functions by continued fractions.

What is beyond the moving bonds is folded into self-energies of the two outermost sites. Then
:math:`G_{ij} = G_{i,j-1}\,\rho_j` for i < j, where :math:`\rho_j = h_{j-1} g_j` with g_j the Green's function
of the sites from j on: O(m) for what an energy needs, and O(m^2) for the response of all bonds to all bonds.
Off the diagonal both products in Tr[B_i G B_j G] are the same, and so are those in G B_j of a state from the
left, so that each is carried from a bond to the next by one factor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from electronwind import Lead

from .leads import edges, grip, self_energy

__all__ = ["Chain", "Greens"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain of n sites whose leads are on the sites up to the moving bonds and from there on.

    Attributes
    ----------
    onsite : ndarray, shape (n,)
        Energies of the sites.
    hopping : ndarray, shape (n - 1,)
        Real hopping of the bonds.
    first, last : int
        The outermost sites that moving bonds end on.
    leads : pair of Lead
        The left and the right one.
    """

    onsite: Array
    hopping: Array
    first: int
    last: int
    leads: tuple[Lead, Lead]

    @property
    def extent(self) -> float:
        """A radius beyond which Green's functions are power series in 1/E."""
        reach = float(np.max(np.abs(self.onsite)) + 2 * np.max(np.abs(self.hopping)))
        for lead in self.leads:
            reach += float(grip(lead)) + float(np.max(np.abs(edges(lead)), initial=0.0))
        return reach

    def greens(self, z: Array) -> Greens:
        """Return the Green's function between the sites of moving bonds at energies z, shape (E,)."""
        z = np.asarray(z, dtype=complex)
        beyond = self._end(0, z), self._end(1, z)
        own = z - self.onsite[self.first : self.last + 1, None]
        own[0] -= beyond[0]
        own[-1] -= beyond[1]
        return Greens.of(own, self.hopping[self.first : self.last], -2 * beyond[0].imag)

    def _end(self, side: int, z: Array) -> Array:
        """Return the self-energy of all that is beyond the moving bonds on side 0 or 1, shape (E,)."""
        outermost = 0 if side == 0 else len(self.onsite) - 1
        step = 1 if side == 0 else -1
        here = _on_sites(self.leads[side], z)
        sigma = here(outermost)
        for site in range(outermost, self.first if side == 0 else self.last, step):
            bond = self.hopping[site if side == 0 else site - 1]
            sigma = bond**2 / (z - self.onsite[site] - sigma) + here(site + step)
        return sigma


def _on_sites(lead: Lead, z: Array) -> Callable[[int], Array]:
    """Return the function of a site that gives the self-energy of the lead there."""
    sigma, places = self_energy(lead, z), {site: k for k, site in enumerate(lead.sites)}
    return lambda site: (
        sigma[..., places[site], places[site]] if site in places else np.zeros(z.shape, complex)
    )


@dataclass(frozen=True, eq=False)
class Greens:
    """The Green's function of m sites in line at energies of shape (E,). The axis of sites comes first.

    Attributes
    ----------
    diagonal : ndarray, shape (m, E)
        G_jj.
    ratio : ndarray, shape (m, E)
        ``ratio[j] = G_ij / G_i,j-1`` for every i < j; 0 for j = 0.
    width : ndarray, shape (E,)
        Broadening of the first site.
    """

    diagonal: Array
    ratio: Array
    width: Array

    @classmethod
    def of(cls, own: Array, hopping: Array, width: Array) -> Greens:
        """Return it for E - h - Sigma on the sites, shape (m, E), and the hopping between them."""
        left, right = np.zeros_like(own), np.empty_like(own)
        squares = hopping**2
        for j in range(1, len(own)):
            left[j] = squares[j - 1] / (own[j - 1] - left[j - 1])
        right[-1] = 1 / own[-1]
        for j in range(len(own) - 2, -1, -1):
            right[j] = 1 / (own[j] - squares[j] * right[j + 1])
        ratio = np.zeros_like(own)
        ratio[1:] = hopping[:, None] * right[1:]
        return cls(1 / (1 / right - left), ratio, width)

    @property
    def next(self) -> Array:
        """Return G_j,j+1, shape (m - 1, E)."""
        return self.diagonal[:-1] * self.ratio[1:]

    def row(self, i: int) -> Array:
        """Return G_ij for j >= i, shape (m - i, E)."""
        return np.cumprod(np.concatenate([self.diagonal[i : i + 1], self.ratio[i + 1 :]]), axis=0)

    def own(self) -> Array:
        """Return Tr[B_i G B_i G], shape (m - 1, E)."""
        return 2 * (self.next**2 + self.diagonal[:-1] * self.diagonal[1:])

    def pairs(self, weights: Array) -> Array:
        """Return the sum over energies of weights times Tr[B_i G B_j G], shape (m - 1, m - 1)."""
        bonds = len(self.ratio) - 1
        result = np.empty((bonds, bonds), complex)
        result[np.diag_indices(bonds)] = self.own() @ weights
        neighbours = self.next
        products = np.empty((bonds, len(weights)), complex)
        for j in range(1, bonds):
            products[: j - 1] *= self.ratio[j] * self.ratio[j + 1]
            products[j - 1] = neighbours[j - 1] * neighbours[j]
            result[:j, j] = result[j, :j] = 4 * (products[:j] @ weights)
        return result

    def own_driven(self, states: Array) -> Array:
        """Return Tr[B_i G B_i l l^+] for states l, shape (m, E), from the left; shape (m - 1, E)."""
        here, there = states[:-1], states[1:]
        return here.conj() * (self.next * there + self.diagonal[1:] * here) + there.conj() * (
            self.diagonal[:-1] * there + self.next * here
        )

    def driven(self, states: Array, weights: Array) -> Array:
        """Return the sum over energies of weights times Re Tr[B_i G B_j l l^+], shape (m - 1, m - 1)."""
        bonds = len(self.ratio) - 1
        result = np.empty((bonds, bonds))
        result[np.diag_indices(bonds)] = self.own_driven(states).real @ weights
        neighbours, mirrored = self.next, states.conj()
        above, below = (np.empty((bonds, len(weights)), complex) for _ in range(2))
        for j in range(1, bonds):
            for products in (above, below):
                products[: j - 1] *= self.ratio[j]
            above[j - 1] = mirrored[j - 1] * self.diagonal[j] + mirrored[j] * neighbours[j - 1]
            below[j - 1] = neighbours[j - 1] * states[j] + self.diagonal[j] * states[j - 1]
            result[:j, j] = (above[:j] @ (2 * weights * states[j + 1])).real
            back = mirrored[j] * self.ratio[j + 1] + mirrored[j + 1]
            result[j, :j] = (below[:j] @ (weights * back)).real
        return result

    def fringe(self) -> Array:
        """Return Tr[B_0 G B_j G] for j > 0, which turn fastest with energy; shape (m - 2, E)."""
        return 4 * self.row(0)[1:-1] * self.row(1)[1:]

    def fringe_driven(self, states: Array) -> Array:
        """Return Tr[B_0 G B_j l l^+] and Tr[B_j G B_0 l l^+] for j > 0, shape (2 m - 4, E)."""
        first, second, mirrored = self.row(0)[1:], self.row(1), states.conj()
        above = 2 * (mirrored[0] * second + mirrored[1] * first)[:-1] * states[2:]
        begin = (first * states[1] + second * states[0])[:-1]
        below = (mirrored[1:-1] * self.ratio[2:] + mirrored[2:]) * begin
        return np.concatenate([above, below])
