"""The definitions by quadrature on the real axis, with hooks for mistakes in a formula."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem, fast

from ..checks.tools import changed, fermi, panels, poles, spectral
from ..strategies import wide
from .registry import adjoint

__all__ = ["Direct", "unbatched"]

Array = NDArray[Any]


class Direct:
    """A solver that integrates the definitions; each hook puts in one mistake. Wide-band leads only."""

    name, version, accuracy = "direct", "1", 1e-11

    def __init__(
        self,
        adjoint: Callable[[Array], Array] = adjoint,
        first_only: bool = False,
        width_last: bool = False,
        noise: str = "",
        part: Callable[[Array], Array] = np.imag,
        product: str = "wmik,wvki->mv",
        return_flow: bool = True,
        two_sided: bool = True,
        holes: bool = False,
    ) -> None:
        self.adjoint, self.first_only, self.width_last = adjoint, first_only, width_last
        self.noise, self.part, self.product = noise, part, product
        self.return_flow, self.two_sided, self.holes = return_flow, two_sided, holes

    def _axis(self, system: OpenSystem, *shifts: float) -> tuple[Array, Array]:
        if not system.wide_band:
            raise NotImplementedError("chain leads")
        near, cuts = poles(system)
        moved = np.concatenate([near - s for s in (0.0, *shifts)])
        both = [cut - s for cut in cuts for s in (0.0, *shifts)]
        ends = 2.0 ** np.arange(2, 46)
        w, weights = panels(moved, [*both, *ends, *-ends], -(2.0**46), 2.0**46)
        return w, weights / (2 * np.pi)

    def _green(self, system: OpenSystem, w: Array) -> Array:
        h = spectral(changed(system, leads=system.leads[:1]) if self.first_only else system)
        return np.linalg.inv(w[:, None, None] * np.eye(system.levels) - h)

    def _spectra(self, system: OpenSystem, w: Array) -> Array:
        g = self._green(system, w)
        other = self.adjoint(g)
        if self.width_last:
            g, other = other, g
        return np.stack([g @ lead.broadening @ other for lead in wide(system)])

    def _filled(self, system: OpenSystem, w: Array) -> Array:
        f = np.array([fermi(w, lead) for lead in wide(system)])
        return 1 - f if self.holes else f

    def _trace(self, system: OpenSystem, weights: Array, a: Array, b: Array) -> Array:
        left, right = (np.einsum("mij,wjk->wmik", system.gradient, x) for x in (a, b))
        return system.degeneracy * np.einsum(self.product, left, weights[:, None, None, None] * right)

    def density_matrix(self, system: OpenSystem) -> Array:
        """Integrate f X over energy."""
        w, weights = self._axis(system)
        f = self._filled(system, w)
        return np.einsum("w,aw,awij->ij", weights, f, self._spectra(system, w))

    def force(self, system: OpenSystem) -> Array:
        """Trace it with minus dh/dx."""
        sigma = self.density_matrix(system)
        return -system.degeneracy * np.einsum("aij,ji->a", system.gradient, sigma).real

    def bond_current(self, system: OpenSystem) -> Array:
        """Take it from the density matrix."""
        sigma = self.density_matrix(system)
        return 2 * system.degeneracy * (system.hamiltonian.T * sigma).imag

    def curl(self, system: OpenSystem) -> Array:
        """Integrate Im Tr[dh A dh N]."""
        w, weights = self._axis(system)
        x = self._spectra(system, w)
        n = np.einsum("aw,awij->wij", self._filled(system, w), x)
        return 2 * self.part(self._trace(system, weights, x.sum(axis=0), n))

    def friction(self, system: OpenSystem) -> Array:
        """Integrate Im Tr[dh G^2 dh N]."""
        w, weights = self._axis(system)
        g = self._green(system, w)
        n = np.einsum("aw,awij->wij", self._filled(system, w), self._spectra(system, w))
        return 2 * np.imag(self._trace(system, weights, g @ g, n))

    def transmission(self, system: OpenSystem, energy: Any) -> Array:
        """Trace Gamma G Gamma G^+."""
        if not system.wide_band:
            raise NotImplementedError("chain leads")
        x = self._spectra(system, np.atleast_1d(energy))
        found = np.einsum("aij,bwji->wab", [lead.broadening for lead in wide(system)], x).real
        return found if np.ndim(energy) else found[0]

    def current(self, system: OpenSystem) -> Array:
        """Integrate the transmission."""
        w, weights = self._axis(system)
        f = self._filled(system, w)
        flow = self.transmission(system, w) * weights[:, None, None] * system.degeneracy
        back = f if self.return_flow else 0 * f
        return np.einsum("wab,aw->a", flow, f) - np.einsum("wab,bw->a", flow, back)

    def force_noise(self, system: OpenSystem, frequency: Any) -> Array:
        """Integrate Tr[dh P dh N]."""
        found = np.array([self._noise(system, float(s)) for s in np.atleast_1d(frequency)])
        return found if np.ndim(frequency) else found[0]

    def white_noise(self, system: OpenSystem) -> Array:
        """Take it at zero frequency."""
        return np.real(self._noise(system, 0.0))

    def _noise(self, system: OpenSystem, shift: float) -> Array:
        w, weights = self._axis(system, shift)
        f, later = self._filled(system, w), self._filled(system, w + shift)
        x, y = self._spectra(system, w), self._spectra(system, w + shift)
        if self.noise == "mean":
            f, later = (np.mean(part, axis=0) + 0 * part for part in (f, later))
        empty = 0 * later + 1 if self.noise == "no-pauli" else 1 - later
        pairs = [(a, b) for a in range(len(x)) for b in range(len(x))]
        if self.noise == "lead-diagonal":
            pairs = [(a, b) for a, b in pairs if a == b]
        total: Any = 0
        for a, b in pairs:
            other = empty[a] if self.noise == "same-lead" else empty[b]
            total = total + self._trace(system, weights * f[a] * other, y[b], x[a])
        return total

    def response(self, system: OpenSystem, frequency: Any) -> Array:
        """Integrate both orders of first-order perturbation."""
        found = np.array([self._response(system, float(s)) for s in np.atleast_1d(frequency)])
        return found if np.ndim(frequency) else found[0]

    def _response(self, system: OpenSystem, shift: float) -> Array:
        w, weights = self._axis(system, shift, -shift)
        n = np.einsum("aw,awij->wij", self._filled(system, w), self._spectra(system, w))
        one = self._trace(system, weights, self._green(system, w + shift), n)
        two = self._trace(system, weights, n, adjoint(self._green(system, w - shift)))
        return -(one + two) if self.two_sided else -2 * one


def unbatched(direct: Direct, *names: str) -> dict[str, Callable[..., Any]]:
    """Return some functions of `direct`, looped over batches; the fast ones on chain leads."""

    def ask(name: str, system: OpenSystem, *argument: Any) -> Any:
        if not system.wide_band:
            return getattr(fast, name)(system, *argument)
        if not system.shape:
            return getattr(direct, name)(system, *argument)
        return np.stack([ask(name, system[i], *argument) for i in range(system.shape[0])])

    return {name: partial(ask, name) for name in names}
