r"""How the density answers to changes of the Hamiltonian that do not move: what screening is made of.

With one lead as the reference, occupied like f, the density matrix of the steady state and its derivative
along dh are both of the form Z + Z^+,

.. math::
    Z[\rho] &= \frac{i}{2\pi} \int f\, G + \frac{1}{4\pi} \int X, \qquad
    Z[d\rho] = \frac{i}{2\pi} \int f\, G\, dh\, G + \frac{1}{2\pi} \int G\, dh\, X,

where X is the sum of (f_a - f) G Gamma_a G^+ over the leads. The first integrals leave the real axis, the
others end with the bias window; bound states on which the leads agree are poles that the first ones hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from electronwind import OpenSystem

from .calculus import adjoint
from .contour import Rule, fermi_rule
from .dressed import dressed
from .fermi import Fermi
from .leads import edges, grip
from .narrow import size
from .window import Excess, numbers, window

__all__ = ["Answer", "Entries", "Levels", "answer"]

Array = np.ndarray[Any, Any]

# Matrix entries of resolvents that are held at once.
CHUNK = 4_000_000


class Answer(NamedTuple):
    """A density, and its derivatives, first along the probes of a basis and then along the coordinates.

    Attributes
    ----------
    density : ndarray, shape (B, ...)
        Of one spin: occupations, shape (K,), for `Levels`, the matrix, shape (n, n), for `Entries`.
    slopes : ndarray, shape (B, K + d, ...)
    """

    density: Array
    slopes: Array


class Basis(Protocol):
    """Which Hermitian matrices the potential is a sum of, and what is wanted of the density."""

    def matrix(self, values: Array) -> Array:
        """Return the sum of the basis with coefficients of shape (B, K), shape (B, n, n)."""
        ...

    def terms(self, g: Array, y: Array, gradient: Array) -> tuple[Array, Array]:
        """Return the wanted part of Y, and of G dh Y for each direction, both flat, shape (..., F)."""
        ...

    def collect(self, z: Array, z_slopes: Array) -> Answer:
        """Return Z + Z^+ from the flat parts of Z."""
        ...


class Levels:
    """A potential on some levels; of the density their occupations are wanted.

    Parameters
    ----------
    sites : sequence of int
        The levels.
    system : OpenSystem
        Any of the batch.
    """

    def __init__(self, sites: Sequence[int], system: OpenSystem) -> None:
        self._sites = np.array(sites, int)
        self._levels = system.levels
        self._directions = len(sites) + system.coordinates
        # A coordinate moves few levels: the rest of its gradient is not multiplied.
        touched = np.any(system.gradient.reshape(-1, system.levels, system.levels) != 0, axis=(0, 1))
        self._touched = np.flatnonzero(touched)

    def matrix(self, values: Array) -> Array:
        """Return the sum of the basis with coefficients of shape (B, K), shape (B, n, n)."""
        result = np.zeros((*values.shape[:-1], self._levels, self._levels))
        result[..., self._sites, self._sites] = values
        return result

    def terms(self, g: Array, y: Array, gradient: Array) -> tuple[Array, Array]:
        """Return the wanted part of Y, and of G dh Y for each direction, both flat, shape (..., F)."""
        sites, moved = self._sites, self._touched
        left, right = g[..., sites, :], np.swapaxes(y[..., sites], -1, -2)
        own = np.swapaxes(left[..., sites] * right[..., sites], -1, -2)
        through = left[..., None, :, moved] @ gradient[..., moved[:, None], moved]
        driven = np.einsum("...dij,...ij->...di", through, right[..., moved])
        slopes = np.concatenate([own, driven], axis=-2)
        return right[..., np.arange(len(sites)), sites], slopes.reshape(
            *slopes.shape[:-2], slopes.shape[-2] * len(sites)
        )

    def collect(self, z: Array, z_slopes: Array) -> Answer:
        """Return Z + Z^+ from the flat parts of Z."""
        return Answer(2 * z.real, 2 * z_slopes.real.reshape(len(z), self._directions, z.shape[-1]))


class Entries:
    """A potential with given entries; of the density everything is wanted.

    Parameters
    ----------
    mask : ndarray of bool, shape (n, n)
        Symmetric: the entries that are not always zero.

    Attributes
    ----------
    parts : ndarray, shape (K, n, n)
        The basis.
    """

    def __init__(self, mask: Array) -> None:
        n = len(mask)
        basis = []
        for i, j in np.argwhere(np.triu(mask)):
            for value in (1.0,) if i == j else (1.0, 1.0j):
                one = np.zeros((n, n), complex)
                one[j, i] = np.conj(value)
                one[i, j] = value
                basis.append(one)
        self.parts = np.array(basis).reshape(-1, n, n)
        self._rows, self._columns = np.nonzero(mask)
        self._weights = np.einsum("kij,kij->k", self.parts.conj(), self.parts).real

    def __len__(self) -> int:
        return len(self.parts)

    def matrix(self, values: Array) -> Array:
        """Return the sum of the basis with coefficients of shape (B, K), shape (B, n, n)."""
        return np.tensordot(values, self.parts, 1)

    def coefficients(self, matrices: Array) -> Array:
        """Return the coefficients of Hermitian matrices, shape (..., n, n), shape (..., K)."""
        traces = np.real(np.tensordot(matrices, self.parts.conj(), ((-2, -1), (1, 2))))
        return traces / self._weights

    def terms(self, g: Array, y: Array, gradient: Array) -> tuple[Array, Array]:
        """Return the wanted part of Y, and of G dh Y for each direction, both flat, shape (..., F).

        The first directions are single entries (r, c), where that is a column of G times a row of Y; of the
        basis they become in `collect`.
        """
        along = np.einsum("...ik,...kj->...kij", g[..., self._rows], y[..., self._columns, :])
        driven = g[..., None, :, :] @ gradient @ y[..., None, :, :]
        slopes = np.concatenate([along, driven], axis=-3)
        outer, entries = y.shape[:-2], y.shape[-1] ** 2
        return y.reshape(*outer, entries), slopes.reshape(*outer, slopes.shape[-3] * entries)

    def collect(self, z: Array, z_slopes: Array) -> Answer:
        """Return Z + Z^+ from the flat parts of Z."""
        n = self.parts.shape[-1]
        entries, driven = np.split(z_slopes.reshape(len(z), -1, n, n), [len(self.parts)], axis=1)
        combined = np.einsum("ke,beij->bkij", self.parts[:, self._rows, self._columns], entries)
        parts = z.reshape(-1, n, n), np.concatenate([combined, driven], axis=1)
        return Answer(*(part + adjoint(part) for part in parts))


def answer(system: OpenSystem, basis: Basis) -> Answer:
    """Return the density of a batch with one axis, and its derivatives.

    Parameters
    ----------
    system : OpenSystem
        Batch shape (B,), any leads.
    basis : Basis
        `Levels` or `Entries`.

    Raises
    ------
    PrecisionError
        The rule of the bias window did not converge.
    """
    # Values of different units share one error estimate.
    unit = size(system)
    steep = np.max(np.abs(system.gradient), axis=(-1, -2, -3), initial=0.0)
    scaled = system.gradient / np.where(steep > 0, steep / unit, 1.0)[:, None, None, None]
    mu, temperature = numbers(system, system.leads[0])
    rule, offset = _equilibrium_rule(system, mu, temperature)
    plain: Any = 0.0
    slopes: Any = 0.0
    step = max(1, CHUNK // (system.levels**2 * max(1, len(unit))))
    for start in range(0, rule.nodes.shape[-1], step):
        nodes, weights = (part[:, start : start + step] for part in (rule.nodes, rule.weights))
        g, _ = dressed(system, nodes)
        parts = basis.terms(g, g, scaled[:, None])
        plain = plain + np.einsum("bs,bsf->bf", weights, parts[0])
        slopes = slopes + np.einsum("bs,bsf->bf", weights, parts[1])
    one = np.broadcast_to(np.eye(system.levels), (len(unit), 1, system.levels, system.levels))
    plain = plain + offset[:, None] * basis.terms(one, one, scaled[:, None])[0][:, 0]
    if len(system.leads) > 1 and plain.size:

        def beyond(g: Array, gammas: list[Array], excess: Excess) -> tuple[Array, Array]:
            x: Any = 0
            for lead, gamma in enumerate(gammas[1:], start=1):
                x = x + excess(lead, 0)[..., None, None] * (g @ gamma @ adjoint(g))
            parts = basis.terms(g, x + 0 * g, scaled[:, None])
            both = np.concatenate([parts[0] / 2, parts[1] * unit[:, None, None]], axis=-1)
            return both, np.abs(both)

        added = window(system, beyond, [])[0] / 1j
        first = plain.shape[-1]
        plain, slopes = plain + added[:, :first], slopes + added[:, first:] / unit[:, None]
    found = basis.collect(plain * (0.5j / np.pi), slopes * (0.5j / np.pi))
    probes = found.slopes.shape[1] - system.coordinates
    driven = found.slopes[:, probes:]
    driven *= (steep / unit).reshape(-1, *(1,) * (driven.ndim - 1))
    return found


def _equilibrium_rule(system: OpenSystem, mu: Array, temperature: Array) -> tuple[Rule, Array]:
    """Return the rule for one occupation of all leads, and what it lacks of G for its slow decay."""
    reach = np.linalg.norm(system.hamiltonian, axis=(-1, -2)) + np.abs(mu)
    for lead in system.leads:
        reach = reach + len(lead.sites) * grip(lead)
        ends = edges(lead)
        if ends.shape[-1]:
            reach = reach + np.max(np.abs(ends - mu[..., None]), axis=-1)
    rule = fermi_rule(mu, temperature, reach, 1e-13 * reach, lifted=True)
    anchor = mu - 1j * reach
    (known,) = Fermi(mu[..., None], temperature[..., None]).derivatives(anchor[..., None], range(1))
    return rule, known[..., 0] - np.sum(rule.weights / (rule.nodes - anchor[..., None]), axis=-1)
