r"""Electrons under h(t) on a grid of real frequencies: the scheme of preston2022 Sec. II E, to compare with.

h is constant during a step, so that A(w, t + dt) = G + exp(i (w - H) dt) (A(w, t) - G) with G = (w - H)^-1
(Eq. 49-51), and sigma = sum_a int dw/2pi f_a A Gamma_a A^+ (Eq. 35). The grid is cut off: what it leaves out
of sigma falls off like the inverse of its reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from electronwind import InvalidSystemError, OpenSystem, UnsupportedError, WideBandLead
from electronwind.doors import checked_choice, checked_positive, whole

from .calculus import adjoint
from .contour import occupation
from .density import density_matrix

__all__ = ["Grid", "Spectral", "constants"]

Array = np.ndarray[Any, Any]

# Widths of the coldest lead's Fermi function in one panel of Gauss nodes next to its potential.
PANEL = 4.0
ROOT = np.sqrt(3) / 6
# Numbers of A(w, t) in memory, some gigabytes with what is computed of them.
MOST_ENTRIES = 10**8
# A grid of more holds more than any memory.
MOST_NODES = {"uniform": 10**8, "gauss": 1000}


@dataclass(frozen=True)
class Grid:
    """Frequencies.

    Parameters
    ----------
    kind : str
        ``uniform``, as in the papers, or ``gauss``: panels of Gauss-Legendre nodes that double in length away
        from the chemical potentials and the levels.
    reach : float
        The grid ends so far from the mean of the levels.
    nodes : int
        Number of nodes; for ``gauss``, of one panel.

    Raises
    ------
    InvalidSystemError
        An unknown kind, a reach that is not positive, or fewer than two nodes.
    """

    kind: str = "gauss"
    reach: float = 40.0
    nodes: int = 12

    def __post_init__(self) -> None:
        checked_choice("kind", self.kind, ("uniform", "gauss"))
        # Kept as plain numbers, whatever they came as.
        object.__setattr__(self, "reach", checked_positive("reach", self.reach, "a finite number"))
        object.__setattr__(self, "nodes", whole("nodes", self.nodes, 2, MOST_NODES[self.kind]))

    def rule(self, leads: list[WideBandLead], levels: Array) -> tuple[Array, Array]:
        """Return nodes and weights for leads and complex levels, shape (B, n)."""
        middle = float(np.mean(levels.real))
        if self.kind == "uniform":
            spacing = 2 * self.reach / self.nodes
            return middle - self.reach + spacing * (np.arange(self.nodes) + 0.5), np.full(self.nodes, spacing)
        centres = [(float(lead.mu), max(PANEL * float(lead.temperature), 1e-9)) for lead in leads]
        centres += [(float(e.real), float(-e.imag)) for e in levels.ravel()[:64]]
        edges = [middle - self.reach, middle + self.reach]
        for centre, width in centres:
            steps = width * 2.0 ** np.arange(max(0, int(np.ceil(np.log2(self.reach / width)))))
            edges += [centre, *(centre - steps), *(centre + steps)]
        marks = np.unique(np.clip(edges, middle - self.reach, middle + self.reach))
        x, w = np.polynomial.legendre.leggauss(self.nodes)
        half = np.diff(marks)[:, None] / 2
        return (marks[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()


def constants(order: int, step: float) -> tuple[Array, Array, Array]:
    """Return where in a step h is taken, the weights of the constant values made of it, and their durations.

    Orders 1 (start, as in the paper), 2 (middle) and 4 (commutator-free, Gauss nodes and two halves).
    """
    if order == 1:
        return np.array([0.0]), np.eye(1), np.array([step])
    if order == 2:
        return np.array([0.5]), np.eye(1), np.array([step])
    if order == 4:
        mix = np.array([[0.5 + 2 * ROOT, 0.5 - 2 * ROOT], [0.5 - 2 * ROOT, 0.5 + 2 * ROOT]])
        return np.array([0.5 - ROOT, 0.5 + ROOT]), mix, np.full(2, step / 2)
    raise InvalidSystemError("order", repr(order), "1, 2 or 4 for the spectral method")


def _refuse_large(frequencies: int, batch: tuple[int, ...], levels: int) -> None:
    entries = frequencies * batch[0] * levels**2
    if entries > MOST_ENTRIES:
        raise UnsupportedError(
            f"A(w, t) at {frequencies} frequencies of the grid is {entries:.1e} numbers; at most "
            f"{MOST_ENTRIES:.0e} are offered"
        )


class Spectral:
    """A(w, t) of a batch of B junctions on a grid.

    Parameters
    ----------
    system : OpenSystem
        The junctions at rest, batch shape (B,), wide-band leads.
    grid : Grid
        Frequencies.

    Attributes
    ----------
    a : ndarray, shape (B, w, n, n)
        A(w, t).
    cut : float
        Largest error of the density matrix at the start, for what the grid leaves out.
    """

    def __init__(self, system: OpenSystem, grid: Grid) -> None:
        leads = list(system.leads)
        self.degeneracy, self._one = system.degeneracy, np.eye(system.levels)
        self.gammas: Array = np.stack([lead.broadening for lead in leads])
        self._decay = 0.5j * np.sum(self.gammas, axis=0)
        levels = np.linalg.eigvals(system.hamiltonian - self._decay)
        # Of a panel or of all: no more than there will be.
        _refuse_large(grid.nodes, levels.shape, system.levels)
        self._w, weights = grid.rule(leads, levels)
        filled = [occupation(self._w, lead.mu, lead.temperature).real for lead in leads]
        self._weights: Array = np.stack(filled) * weights / (2 * np.pi)
        _refuse_large(len(self._w), levels.shape, system.levels)
        self.a: Array = np.linalg.inv(
            self._w[:, None, None] * self._one - self._effective(system.hamiltonian)
        )
        self.cut = float(np.max(np.abs(self.density_matrix() - density_matrix(system))))

    def _effective(self, h: Array) -> Array:
        return (h - self._decay)[:, None]

    def advance(self, h: Array, duration: float) -> None:
        """Go on for a duration under a constant h, shape (B, n, n)."""
        effective = self._effective(h)
        values, vectors = np.linalg.eig(effective)
        inverse = np.linalg.inv(vectors)
        gap = self._w[:, None] - values
        green = (vectors / gap[..., None, :]) @ inverse
        turn = (vectors * np.exp(1j * duration * gap)[..., None, :]) @ inverse
        self.a = green + turn @ (self.a - green)

    def density_matrix(self) -> Array:
        """Return sigma, shape (B, n, n)."""
        total: Any = 0
        for gamma, weights in zip(self.gammas, self._weights, strict=True):
            total = total + np.einsum(
                "w,bwij,bwkj->bik", weights, self.a @ gamma, self.a.conj(), optimize=True
            )
        return total

    def current(self, density: Array) -> Array:
        """Return the particles per time from each lead, all spins, shape (B, leads)."""
        into = [
            -2 * np.einsum("w,ij,bwji->b", weights, gamma, self.a, optimize=True).imag
            for gamma, weights in zip(self.gammas, self._weights, strict=True)
        ]
        out = np.einsum("aij,bji->ba", self.gammas, density).real
        return self.degeneracy * (np.stack(into, axis=-1) - out)

    def power(self, h: Array, density: Array) -> Array:
        """Return Re Tr[h dsigma/dt] from the terms of the leads, all spins, shape (B,)."""
        half = -np.sum(self.gammas, axis=0) @ density / 2
        for gamma, weights in zip(self.gammas, self._weights, strict=True):
            half = half + 1j * np.einsum("w,bwij->bij", weights, self.a) @ gamma
        return self.degeneracy * np.einsum("bij,bji->b", h, half + adjoint(half)).real
