"""The definitions by quadrature on the real axis, with hooks for mistakes in a formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import Lead, OpenSystem, fast

from ...systems.strategies import wide
from ..registry import adjoint
from .axis import fermi, panels, poles, spectral

__all__ = ["Direct", "every_pair", "occupations", "unbatched"]

Array = NDArray[Any]

# Beyond these energies, in units of the largest where that is above 1, f and X are a step and a power; a
# uniform grid ends at the inner ones.
FAR, EDGE = 2.0**46, 8.0
# In time the axis is left here, beside all levels and all that is warm.
SIDE = 64.0


def occupations(w: Array, leads: Sequence[Lead]) -> Array:
    """Return f of each lead at each energy, shape (leads, W)."""
    return np.array([fermi(w, lead) for lead in leads])


def every_pair(full: Array, later: Array) -> Array:
    """Return f_a (1 - f_b) for every pair of leads, out of f at either energy, shape (leads, leads, W)."""
    return full[:, None] * (1 - later)


class Direct:
    """A solver that integrates the definitions; each hook puts in one mistake. Wide-band leads only.

    Parameters
    ----------
    effective : callable
        ``effective(system)``: H of the Green's function, h - i Gamma/2.
    adjoint : callable
        What takes G for G^+.
    injected : callable
        Applied to Gamma where electrons come in, and nowhere else.
    width_last : bool
        G^+ Gamma G in place of G Gamma G^+.
    filled : callable
        ``filled(w, leads)``: f of each lead, as `occupations`.
    points : int
        Where positive, number of points of a uniform grid between -`EDGE` and `EDGE`.
    part, states, product : callable, callable, str
        Of the curl: which part of the trace; of the curl and the pair density: A out of G and the sum of all
        X; the trace as a sum.
    kernel : callable
        Of the friction: G^2 L out of G, shape (W, 1, n, n), and L = dh/dx.
    pauli : callable
        Of the noise: the weights of all pairs of leads, as `every_pair`.
    return_flow : bool
        Of the current: f_a - f_b, or f_a alone.
    two_sided : bool
        Of the response: both orders of perturbation, or the first one twice.
    """

    name, version, accuracy = "direct", "1", 1e-11

    def __init__(
        self,
        *,
        effective: Callable[[OpenSystem], Array] = spectral,
        adjoint: Callable[[Array], Array] = adjoint,
        injected: Callable[[Array], Array] = np.asarray,
        width_last: bool = False,
        filled: Callable[[Array, Sequence[Lead]], Array] = occupations,
        points: int = 0,
        part: Callable[[Array], Array] = np.imag,
        states: Callable[[Array, Array], Array] = lambda g, x: x,
        product: str = "wmik,wvki->mv",
        kernel: Callable[[Array, Array], Array] = lambda g, gradient: g @ g @ gradient,
        pauli: Callable[[Array, Array], Array] = every_pair,
        return_flow: bool = True,
        two_sided: bool = True,
    ) -> None:
        self.effective, self.adjoint, self.injected = effective, adjoint, injected
        self.width_last, self.filled, self.points = width_last, filled, points
        self.part, self.states, self.product = part, states, product
        self.kernel, self.pauli = kernel, pauli
        self.return_flow, self.two_sided = return_flow, two_sided

    def takes(self, system: OpenSystem) -> bool:
        """Return whether the leads are of the kind it integrates over."""
        return system.wide_band

    def _axis(self, system: OpenSystem, *shifts: float) -> tuple[Array, Array]:
        if not self.takes(system):
            raise NotImplementedError("other leads")
        near, cuts = poles(system)
        if self.effective is not spectral:
            near = np.concatenate([near, np.linalg.eigvals(self.effective(system))])
        moved = np.concatenate([near - s for s in (0.0, *shifts)])
        # Where energies are huge so is what is far: what lies beyond falls as one over it.
        far = FAR * max(1.0, float(np.max(np.abs(near))))
        ends = 2.0 ** np.arange(2, int(np.log2(far)))
        marks = [*(cut - s for cut in cuts for s in (0.0, *shifts)), *ends, *-ends]
        if not self.points:
            w, weights = panels(moved, marks, -far, far)
            return w, weights / (2 * np.pi)
        left, right = panels(moved, marks, -far, -EDGE), panels(moved, marks, EDGE, far)
        spacing = 2 * EDGE / self.points
        grid = spacing * (np.arange(self.points) + 0.5) - EDGE
        w = np.concatenate([left[0], grid, right[0]])
        return w, np.concatenate([left[1], np.full(self.points, spacing), right[1]]) / (2 * np.pi)

    def _green(self, system: OpenSystem, w: Array) -> Array:
        return np.linalg.inv(w[:, None, None] * np.eye(system.levels) - self.effective(system))

    def _widths(self, system: OpenSystem, w: Array) -> Array:
        """Return Gamma of each lead at each energy, shape (leads, W or 1, n, n)."""
        return np.stack([lead.broadening[None] for lead in wide(system)])

    def _spectra(self, system: OpenSystem, w: Array) -> Array:
        g = self._green(system, w)
        other = self.adjoint(g)
        if self.width_last:
            g, other = other, g
        return g @ self.injected(self._widths(system, w)) @ other

    def _electrons(self, system: OpenSystem, w: Array) -> Array:
        """Return N, the sum of f X over the leads."""
        return np.einsum("aw,awij->wij", self.filled(w, system.leads), self._spectra(system, w))

    def _trace(self, system: OpenSystem, weights: Array, a: Array, b: Array) -> Array:
        left, right = (system.gradient @ x[:, None] for x in (a, weights[:, None, None] * b))
        return system.degeneracy * np.einsum(self.product, left, right, optimize=True)

    def density_matrix(self, system: OpenSystem) -> Array:
        """Integrate f X over energy."""
        w, weights = self._axis(system)
        return np.einsum("w,wij->ij", weights, self._electrons(system, w))

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
        states = self.states(self._green(system, w), self._spectra(system, w).sum(axis=0))
        return 2 * self.part(self._trace(system, weights, states, self._electrons(system, w)))

    def friction(self, system: OpenSystem) -> Array:
        """Integrate Im Tr[dh G^2 dh N]."""
        w, weights = self._axis(system)
        right = self.kernel(self._green(system, w)[:, None], system.gradient)
        right = right @ self._electrons(system, w)[:, None]
        found = np.einsum("w,mij,wvji->mv", weights, system.gradient, right, optimize=True)
        return 2 * system.degeneracy * found.imag

    def transmission(self, system: OpenSystem, energy: Any) -> Array:
        """Trace Gamma G Gamma G^+."""
        if not self.takes(system):
            raise NotImplementedError("other leads")
        w = np.atleast_1d(energy)
        x = self._spectra(system, w)
        widths = np.broadcast_to(self._widths(system, w), x.shape)
        found = np.einsum("awij,bwji->wab", widths, x, optimize=True).real
        return found if np.ndim(energy) else found[0]

    def current(self, system: OpenSystem) -> Array:
        """Integrate the transmission."""
        w, weights = self._axis(system)
        f = self.filled(w, system.leads)
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
        pairs = self.pauli(self.filled(w, system.leads), self.filled(w + shift, system.leads))
        x, y = self._spectra(system, w), self._spectra(system, w + shift)
        # Of each lead that electrons leave, all those that they enter at once.
        entered = np.einsum("abw,bwij->awij", pairs, y)
        return np.sum(
            [self._trace(system, weights, z, one) for z, one in zip(entered, x, strict=True)], axis=0
        )

    def response(self, system: OpenSystem, frequency: Any) -> Array:
        """Integrate both orders of first-order perturbation."""
        found = np.array([self._response(system, float(s)) for s in np.atleast_1d(frequency)])
        return found if np.ndim(frequency) else found[0]

    def _response(self, system: OpenSystem, shift: float) -> Array:
        w, weights = self._axis(system, shift, -shift)
        n = self._electrons(system, w)
        one = self._trace(system, weights, self._green(system, w + shift), n)
        two = self._trace(system, weights, n, self.adjoint(self._green(system, w - shift)))
        return -(one + two) if self.two_sided else -2 * one

    def pair_density(self, system: OpenSystem, frequency: Any) -> Array:
        """Integrate Tr[dh A dh N]."""
        found = np.array([self._pairs(system, float(s)) for s in np.atleast_1d(frequency)])
        return found if np.ndim(frequency) else found[0]

    def _pairs(self, system: OpenSystem, shift: float) -> Array:
        w, weights = self._axis(system, -shift)
        full = self.states(self._green(system, w - shift), self._spectra(system, w - shift).sum(axis=0))
        return self._trace(system, weights / (2 * np.pi), full, self._electrons(system, w))

    def force_correlation(self, system: OpenSystem, delays: Any) -> Array:
        """Trace dh P(s) dh with the adjoint of N(s)."""
        found = np.array([self._correlation(system, float(s)) for s in np.atleast_1d(delays)])
        return found if np.ndim(delays) else found[0]

    def _correlation(self, system: OpenSystem, delay: float) -> Array:
        s = abs(delay)
        occupied, full = self._between(system, s)
        # Beside all levels what remains is a step times an analytic function: straight down it decays.
        below, above = (self._beyond(system, end, s) for end in (-SIDE, SIDE))
        occupied, full = occupied + below, full + below - above
        left = np.einsum("mij,jk->mik", system.gradient, full - occupied)
        right = np.einsum("mij,jk->mik", system.gradient, adjoint(occupied))
        value = system.degeneracy * np.einsum("mij,vji->mv", left, right)
        return value if delay >= 0 else adjoint(value)

    def _between(self, system: OpenSystem, s: float) -> tuple[Array, Array]:
        """Return the parts of N(s) and A(s) from -`SIDE` to `SIDE`."""
        near, cuts = poles(system)
        near = np.concatenate([near, np.linalg.eigvals(self.effective(system))])
        waves = np.linspace(-SIDE, SIDE, 2 + int(SIDE * s))
        w, weights = panels(near, [*cuts, *waves], -SIDE, SIDE)
        turn = weights * np.exp(-1j * w * s) / (2 * np.pi)
        spectra = self._spectra(system, w).sum(axis=0)
        occupied, full = (np.einsum("w,wij->ij", turn, x) for x in (self._electrons(system, w), spectra))
        return occupied, full

    def _beyond(self, system: OpenSystem, end: float, s: float) -> Array:
        """Return the part of A(s) beyond an end."""
        y, weights = panels(np.array([1j / max(2 / SIDE, s)]), [], 0.0, FAR)
        z = end - 1j * y
        widths = self.injected(self._widths(system, z)).sum(axis=0)
        x = self._green(system, z) @ widths @ self.adjoint(self._green(system, z.conj()))
        return np.asarray(1j * np.einsum("w,wij->ij", weights * np.exp(-1j * z * s) / (2 * np.pi), x))


def unbatched(direct: Direct, *names: str) -> dict[str, Callable[..., Any]]:
    """Return some functions of `direct`, looped over batches; the fast ones on leads it does not take."""

    def ask(name: str, system: OpenSystem, *argument: Any) -> Any:
        if not direct.takes(system):
            return getattr(fast, name)(system, *argument)
        if not system.shape:
            return getattr(direct, name)(system, *argument)
        return np.stack([ask(name, system[i], *argument) for i in range(system.shape[0])])

    return {name: partial(ask, name) for name in names}
