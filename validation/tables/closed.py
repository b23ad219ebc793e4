r"""Every observable on wide-band leads in closed form, without eigenvectors.

Each is a sum of integrals of Fermi functions times products of resolvents, see `chain`. With
G(w) = (w - H)^-1, X_a = G Gamma_a G^+ and all integrals over w/(2 pi):

===================  ==========================================================================
sigma                sum_a int f_a X_a
response(W)          -sum_a int f_a Tr[L_mu (G(w + W) L_nu X_a + X_a L_nu G^+(w - W))]
friction             2 Im sum_a int f_a Tr[L_mu G^2 L_nu X_a]
curl                 K[nu, mu] - K[mu, nu] with K = response(0)
pair density         sum_a int f_a Tr[L_mu A(w - W) L_nu X_a] / (2 pi)
current              Tr[Gamma_a sum_b int (f_b - f_a) X_b] with the sign of each lead turned round
force noise S(W)     sum_ab int f_a(w) (1 - f_b(w + W)) Tr[L_mu X_b(w + W) L_nu X_a(w)]
correlation c(s)     Tr[L_mu (e^{-iHs} - N^+) L_nu N], N = sum_a int f_a e^{iws} X_a, s > 0
===================  ==========================================================================

Sources: preston2022 Eq. 11, 26, 62-68; todorov2010 Eq. 24; todorov2014 Eq. 14, 20, 21, 52-58, 64.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from flint import acb, acb_mat, arb
from numpy.typing import NDArray

from .balls import Ball, BallMatrix, Junction, add, adjoint, exact, identity, imaginary, real, trace
from .chain import Chain, Kernel, eigenvalues
from .delayed import delayed_kernel
from .fermi import fermi_kernel
from .pauli import pauli_kernel

__all__ = ["Closed", "correlated", "transmission"]

Balls = NDArray[Any]


class Closed:
    """The closed forms of one system.

    Parameters
    ----------
    junction : Junction
        Wide-band leads only.
    goal : float
        Absolute radius to aim at where an integral is left.
    """

    def __init__(self, junction: Junction, goal: float) -> None:
        self.at, self.goal = junction, goal
        self.H = junction.effective()
        self.spectrum = eigenvalues(junction)
        self.reservoirs = list(zip(junction.mu, junction.temperature, strict=True))
        self.kernels = [fermi_kernel(mu, t) for mu, t in self.reservoirs]

    def retarded(self, shift: Fraction = Fraction(0)) -> tuple[BallMatrix, list[Ball]]:
        """Return H + shift with its eigenvalues: the resolvent G(w - shift)."""
        by = exact(shift)
        return self.H + identity(self.at.n) * by, [z + by for z in self.spectrum]

    def advanced(self, shift: Fraction = Fraction(0)) -> tuple[BallMatrix, list[Ball]]:
        """Return H^+ + shift with its eigenvalues: the resolvent G^+(w - shift)."""
        block, spectrum = self.retarded(shift)
        return adjoint(block), [z.conjugate() for z in spectrum]

    def density_matrix(self) -> BallMatrix:
        """Return sigma."""
        return self._filled(self.kernels)

    def _filled(self, kernels: list[Kernel]) -> BallMatrix:
        """Return sum_a int w_a X_a, each lead with the weight of its kernel."""
        chain = Chain([self.retarded(), self.advanced()])
        parts = [
            chain.corner([gamma], chain.differences(kernel))
            for gamma, kernel in zip(self.at.broadening, kernels, strict=True)
        ]
        return _over_two_pi(add(parts, self.at.n))

    def force_correlation(self, delay: Fraction) -> Balls:
        """Return the correlation of the force after a delay s > 0."""
        N = self._filled([delayed_kernel(mu, heat, delay) for mu, heat in self.reservoirs])
        everything = (self.H * acb(0, -exact(delay))).exp()
        return correlated(self.at, N, everything - adjoint(N))

    def friction(self) -> Balls:
        """Return the friction matrix, real balls as complex ones."""
        G, Gd = self.retarded(), self.advanced()
        chain = Chain([G, G, G, Gd])
        return _each(lambda z: 2 * imaginary(z), self._occupied(chain, before=[identity(self.at.n)]))

    def response(self, frequency: Fraction) -> Balls:
        """Return the response to motion e^{-iWt}."""
        ahead = Chain([self.retarded(-frequency), self.retarded(), self.advanced()])
        behind = Chain([self.retarded(), self.advanced(), self.advanced(frequency)])
        return -(self._occupied(ahead) + self._occupied(behind, mirrored=True))

    def pair_density(self, frequency: Fraction) -> Balls:
        """Return the density of pairs, from A(w - W) = i (G - G^+)."""
        G, Gd = self.retarded(), self.advanced()
        parts = [
            self._occupied(Chain([first(frequency), G, Gd]), before=[])
            for first in (self.retarded, self.advanced)
        ]
        return (parts[0] - parts[1]) * (acb(0, 1) / (2 * arb.pi()))

    def curl(self) -> Balls:
        """Return the curl of the mean force."""
        # Both terms of response(0) are conjugates of each other.
        G, Gd = self.retarded(), self.advanced()
        gradient = _each(lambda z: -2 * real(z), self._occupied(Chain([G, G, Gd])))
        return gradient.T - gradient

    def _occupied(
        self, chain: Chain, before: list[BallMatrix] | None = None, *, mirrored: bool = False
    ) -> Balls:
        """Return sum_a int f_a Tr[L_mu C], C the chain with the links `before`, L_nu and Gamma_a."""
        at = self.at
        size = len(at.gradient)
        total = np.full((size, size), acb(0), dtype=object)
        for gamma, kernel in zip(at.broadening, self.kernels, strict=True):
            differences = chain.differences(kernel)
            for nu, moved in enumerate(at.gradient):
                links = [gamma, moved] if mirrored else [*(before or []), moved, gamma]
                corner = _over_two_pi(chain.corner(links, differences))
                for mu, force in enumerate(at.gradient):
                    total[mu, nu] = total[mu, nu] + trace(force, corner)
        return total

    def current(self) -> Balls:
        """Return the current out of each lead, per spin."""
        at = self.at
        chain = Chain([self.retarded(), self.advanced()])
        differences = [chain.differences(kernel) for kernel in self.kernels]
        found = []
        for a in at.leads:
            into = acb(0)
            for b in at.leads:
                if b != a and (at.mu[a], at.temperature[a]) != (at.mu[b], at.temperature[b]):
                    excess = [x - y for x, y in zip(differences[a], differences[b], strict=True)]
                    into += trace(at.broadening[a], chain.corner([at.broadening[b]], excess))
            found.append(real(into) / (2 * arb.pi()))
        return np.array(found, dtype=object)

    def force_noise(self, frequency: Fraction) -> Balls:
        """Return the noise spectrum S(W); an integral is left where temperatures differ."""
        at = self.at
        size = len(at.gradient)
        total = np.full((size, size), acb(0), dtype=object)
        chain = Chain(
            [self.retarded(-frequency), self.advanced(-frequency), self.retarded(), self.advanced()]
        )
        for a in at.leads:
            for b in at.leads:
                heat = (at.temperature[a], at.temperature[b])
                kernel = pauli_kernel((at.mu[a], at.mu[b] - frequency), heat, chain, self.goal)
                if kernel is None:
                    continue
                differences = chain.differences(kernel)
                for nu, other in enumerate(at.gradient):
                    links = [at.broadening[b], other, at.broadening[a]]
                    corner = _over_two_pi(chain.corner(links, differences))
                    for mu, force in enumerate(at.gradient):
                        total[mu, nu] = total[mu, nu] + trace(force, corner)
        return total


def correlated(junction: Junction, N: BallMatrix, P: BallMatrix) -> Balls:
    """Return Tr[L_mu P L_nu N]."""
    right = [moved * N for moved in junction.gradient]
    return np.array([[trace(force * P, other) for other in right] for force in junction.gradient])


def transmission(junction: Junction, energy: Fraction) -> Balls:
    """Return T[a, b] = Tr[Gamma_a G Gamma_b G^+] at one energy, wide-band leads."""
    G = (identity(junction.n) * exact(energy) - junction.effective()).inv()
    inner = [G * gamma * adjoint(G) for gamma in junction.broadening]
    return np.array([[real(trace(gamma, x)) for x in inner] for gamma in junction.broadening], dtype=object)


def _over_two_pi(m: BallMatrix) -> acb_mat:
    return m * (1 / (2 * arb.pi()))


def _each(function: Any, values: Balls) -> Balls:
    return np.vectorize(function, otypes=[object])(values)
