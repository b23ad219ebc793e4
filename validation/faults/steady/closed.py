"""Mistakes in closed forms: the digamma function, its logarithm and poles, and the eigenbasis."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from electronwind import OpenSystem, fast
from electronwind.fast.curl import response_kernel
from electronwind.fast.eigen import Eigen
from electronwind.fast.fermi import Fermi
from electronwind.fast.spectrum import Spectrum

from ..registry import adjoint, plant, transpose

Array = NDArray[Any]

EVERY = "density_matrix force bond_current curl response"
DIGAMMA = "int f/(w - z) = psi(1/2 + i(z - mu)/2 pi T) + log 2 pi T - i pi/2 for Im z < 0"
BASIS = "H = R e R^-1, where R is not unitary"


class _Wrong(Eigen):
    """The calculus of the fast solver in the eigenbasis of a spectrum that it shares with nobody."""

    def __init__(self, closed: Closed, system: OpenSystem, frequency: Any) -> None:
        self._closed = closed
        parts = Spectrum.of(system)
        parts.inverse = closed.inverse(parts)
        super().__init__(parts, np.reshape(frequency, (1, -1)))

    def collect(self, b: Array) -> Array:
        """Return R^+ B R, or what stands for it."""
        vectors = self.spectrum.vectors
        return self._closed.left(vectors) @ b @ vectors

    def back(self, b: Array) -> Array:
        """Return R B R^+, or what stands for it."""
        vectors = self.spectrum.vectors
        return vectors @ b @ self._closed.left(vectors)

    def _fermi(self) -> Fermi:
        return self._closed.fermi(self.spectrum.mu[..., None], self.spectrum.temperature[..., None])


class Closed:
    """A solver in closed form, in the eigenbasis of H; each hook puts in one mistake.

    Parameters
    ----------
    fermi : callable
        ``fermi(mu, temperature)``: integrals over a Fermi function.
    inverse : callable
        R^-1 out of the spectrum.
    left : callable
        R^+ out of R, where matrices are taken to the eigenbasis and back.
    """

    def __init__(
        self,
        fermi: type[Fermi] = Fermi,
        inverse: Callable[[Spectrum], Array] = lambda parts: parts.inverse,
        left: Callable[[Array], Array] = adjoint,
    ) -> None:
        self.fermi, self.inverse, self.left = fermi, inverse, left

    def density_matrix(self, system: OpenSystem) -> Array:
        """Integrate f (G Y - Y G^+) over energy, where G Gamma G^+ = G Y - Y G^+."""
        calculus = _Wrong(self, system, 0.0)
        half = np.sum(calculus.fermi().g(calculus.sources), axis=0)
        sigma = calculus.back(half + adjoint(half)) / (2 * np.pi)
        return sigma.reshape(system.hamiltonian.shape)

    def force(self, system: OpenSystem) -> Array:
        """Trace it with minus dh/dx."""
        sigma = self.density_matrix(system)
        return -system.degeneracy * np.real(np.einsum("...aij,...ji->...a", system.gradient, sigma))

    def bond_current(self, system: OpenSystem) -> Array:
        """Take it from the density matrix."""
        return 2 * system.degeneracy * np.imag(transpose(system.hamiltonian) * self.density_matrix(system))

    def curl(self, system: OpenSystem) -> Array:
        """Take the gradient of the force less its transpose."""
        slopes = np.real(self.response(system, 0.0))
        return transpose(slopes) - slopes

    def response(self, system: OpenSystem, frequency: Any) -> Array:
        """Integrate both orders of first-order perturbation."""
        calculus = _Wrong(self, system, frequency)
        both = response_kernel(calculus, 1) + response_kernel(calculus, -1).conj()
        found = both * (-system.degeneracy / (2 * np.pi))
        return found.reshape(*system.shape, *np.shape(frequency), *found.shape[2:])


def closed(name: str, says: str, source: str, **hooks: Any) -> None:
    """Plant a mistake in closed forms; without a sound eigenbasis the fast solver takes another path."""
    names = EVERY.split()

    def ask(observable: str, system: OpenSystem, *argument: Any) -> Any:
        sound = system.wide_band and np.all(Spectrum.of(system).sound)
        return getattr(Closed(**hooks) if sound else fast, observable)(system, *argument)

    plant(name, says, lambda: {o: partial(ask, o) for o in names}, names, source=source)


class _Shifted(Fermi):
    """The function with something added to its value; the derivatives are right."""

    def derivatives(self, z: Array, orders: range) -> list[Array]:
        """Return the derivatives of the given orders at z."""
        found = super().derivatives(z, orders)
        if orders.start == 0:
            found[0] = found[0] + self.added(z)
        return found

    def added(self, z: Array) -> Array:
        """Return what is added at z."""
        raise NotImplementedError

    def warm(self, z: Array) -> tuple[Array, Array]:
        """Return i(z - mu)/2 pi T, or nothing at T = 0, and where T > 0."""
        heat = self.temperature + 0 * np.real(z)
        return 1j * (z - self.mu) / (2 * np.pi * np.where(heat > 0, heat, np.inf)), heat > 0


class _Arctangent(_Shifted):
    """At T = 0 the argument of z - mu is the arctangent of a quotient."""

    def added(self, z: Array) -> Array:
        """Return the half turn between the two where the level is below mu."""
        return np.where((self.temperature == 0) & (np.real(z) < self.mu), 1j * np.pi, 0)


class _Conjugated(_Shifted):
    """The argument of psi has z^* for z."""

    def added(self, z: Array) -> Array:
        """Return the difference of the two psi."""
        (right, warm), (wrong, _) = self.warm(z), self.warm(np.conj(z))
        return np.where(warm, digamma(0.5 + wrong) - digamma(0.5 + right), 0)


class _OtherHalf(_Shifted):
    """The signs of i are those for Im z > 0."""

    def added(self, z: Array) -> Array:
        """Return psi(1/2 - x) - psi(1/2 + x) + i pi."""
        x, warm = self.warm(z)
        return np.where(warm, digamma(0.5 - x) - digamma(0.5 + x) + 1j * np.pi, 0)


class _Residues(_Shifted):
    """Residues at the first ten Matsubara poles lack the factor T."""

    def added(self, z: Array) -> Array:
        """Return the sum over those poles, 1/T times as large less itself."""
        x, warm = self.warm(z)
        heat = np.where(warm, self.temperature, 1.0)
        return np.where(warm, -sum(1 / (x + n + 0.5) for n in range(10)) * (1 / heat - 1), 0)


closed(
    "arctangent-branch",
    "At T = 0 an arctangent has lost the half turn of levels below the potential.",
    "the logarithm at T = 0 is that of i(z - mu), Re > 0",
    fermi=_Arctangent,
)
closed(
    "digamma-argument",
    "The argument of the digamma function has the conjugate of the level.",
    DIGAMMA,
    fermi=_Conjugated,
)
closed(
    "digamma-half-plane",
    "The digamma function is that for levels above the real axis.",
    DIGAMMA,
    fermi=_OtherHalf,
)
closed(
    "residues-without-temperature",
    "The residues of the Fermi function at its poles lack the factor T.",
    "f has the residue -T at each Matsubara pole",
    fermi=_Residues,
)
closed(
    "eigenvectors-not-conjugated",
    "R^T dh R stands for R^+ dh R, and R^T for R^+ on the way back.",
    BASIS,
    left=transpose,
)
closed(
    "eigenvectors-transposed",
    "The transpose of the right eigenvectors stands for their inverse.",
    BASIS,
    inverse=lambda parts: transpose(parts.vectors),
)
