"""Green's functions at an array of energies: real ones, or G alone above the real axis.

In the notation of preston2022: G = (E - h - Sigma)^-1, X_a = G Gamma_a G^+, N = sum_a f_a X_a = -i G^<,
P = sum_a (1 - f_a) X_a = +i G^>, A = N + P.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from electronwind.errors import UnbroadenedLevelError

from .arithmetic import Array, adjoint, inverses, number, working
from .leads import fermi
from .problem import Problem
from .sharp import State

__all__ = ["Continuum", "Green", "trace", "traces"]


class Green:
    """The Green's functions of one system at the energies E, shape ``(nodes,)``.

    Everything is computed when it is first asked for, and kept.
    """

    def __init__(self, problem: Problem, energies: Array) -> None:
        self.problem = problem
        self.energies = energies

    @cached_property
    def Sigma(self) -> list[Array]:
        """Retarded self-energy of each lead, shape ``(nodes, n, n)``, or ``(1, n, n)`` of a wide band."""
        return [lead.self_energy(self.energies) for lead in self.problem.leads]

    @cached_property
    def Gamma(self) -> list[Array]:
        """Broadening of each lead, i (Sigma - Sigma^+), of the same shapes."""
        return [(sigma - adjoint(sigma)) * number(1j) for sigma in self.Sigma]

    @cached_property
    def G(self) -> Array:
        """Retarded Green's function, shape ``(nodes, n, n)``."""
        unit = np.eye(self.problem.levels, dtype=int)
        matrices = self.energies[:, None, None] * unit - self.problem.h - sum(self.Sigma)
        try:
            return inverses(matrices)
        except ZeroDivisionError as error:
            energy = float(self.energies[error.args[0]])
            raise UnbroadenedLevelError(f"no lead broadens the level at energy {energy:.15g}") from error

    @cached_property
    def slope(self) -> Array:
        """dG/dE = -G (1 - dSigma/dE) G, shape ``(nodes, n, n)``."""
        unit = np.eye(self.problem.levels, dtype=int)
        return np.asarray(
            self.G @ (sum(lead.slope(self.energies) for lead in self.problem.leads) - unit) @ self.G
        )

    @cached_property
    def X(self) -> list[Array]:
        """Spectral function fed by each lead, G Gamma_a G^+, shape ``(nodes, n, n)``."""
        return [self.G @ gamma @ adjoint(self.G) for gamma in self.Gamma]

    @cached_property
    def f(self) -> list[Array]:
        """Fermi function of each lead, shape ``(nodes,)``."""
        return [fermi(self.energies, lead.mu, lead.temperature) for lead in self.problem.leads]

    @cached_property
    def N(self) -> Array:
        """Occupied part of the spectral function, -i G^<, shape ``(nodes, n, n)``."""
        return self._fed(self.f)

    @cached_property
    def P(self) -> Array:
        """Empty part of the spectral function, i G^>, shape ``(nodes, n, n)``."""
        # 1 - f(E) is f at the mirrored energies, without the cancellation below mu.
        holes = [fermi(-self.energies, -lead.mu, lead.temperature) for lead in self.problem.leads]
        return self._fed(holes)

    @cached_property
    def A(self) -> Array:
        """Spectral function, G Gamma G^+ = i (G - G^+), shape ``(nodes, n, n)``."""
        return np.asarray(self.G @ sum(self.Gamma) @ adjoint(self.G))

    def _fed(self, weights: list[Array]) -> Array:
        """Return G (sum_a weight_a Gamma_a) G^+."""
        pairs = zip(self.Gamma, weights, strict=True)
        gamma = sum(gamma * weight[:, None, None] for gamma, weight in pairs)
        return np.asarray(self.G @ gamma @ adjoint(self.G))


class Continuum:
    """The Green's functions at the energy of a bound state, shifted; without the poles of bound states there.

    Parameters
    ----------
    problem : Problem
        The system.
    state : State
        The bound state.
    shift : number
        What is added to its energy.

    Attributes
    ----------
    G, slope, N, P, A : ndarray, shape (n, n)
        As in `Green`. Where G is share / (E' - E) + G_0 + G_1 (E' - E) + ... around E, these are G_0 and G_1.
    N_slope : ndarray, shape (n, n)
        dN/dE, where the energy is that of a bound state.
    """

    def __init__(self, problem: Problem, state: State, shift: Any) -> None:
        with working(problem.sharp_digits):
            energy = state.energy + shift
            here = [s for s in problem.sharp.bound if abs(s.energy - energy) <= problem.sharp.small]
            # Small, and yet far enough off for the digits that the pole costs, three times over.
            offset = number(problem.scale) / number(10) ** (problem.sharp_digits // 4)
            sides = np.array([-offset, offset] if here else [number(0)], dtype=object)
            at = Green(problem, (here[0].energy if here else energy) + sides)
            self.G, self.N, self.P, self.A = (x.sum(axis=0) / len(sides) for x in (at.G, at.N, at.P, at.A))
            if here:
                share = sum(s.share for s in here)
                self.slope = (at.G[1] - at.G[0] - share * (2 / offset)) / (2 * offset)
                self.N_slope = (at.N[1] - at.N[0]) / (2 * offset)


def trace(L: Array, X: Array, Y: Array) -> Array:
    """Return Tr[L_mu X L_nu Y], shape ``(d, d)``, of two matrices."""
    return np.asarray(traces((L @ X)[None], (L @ Y)[None])[0])


def traces(left: Array, right: Array) -> Array:
    """Return Tr[left_mu right_nu], shape ``(nodes, d, d)``, from two of ``(nodes, d, n, n)``."""
    shape = (*left.shape[:2], -1)
    rows = left.reshape(shape)
    columns = np.swapaxes(right, -1, -2).reshape(shape)
    return np.asarray(rows @ np.swapaxes(columns, -1, -2))
