r"""Crystals that fall apart into chains, as a square lattice does and every cell of one orbital.

Where one basis makes the onsite energies and the hopping of a cell diagonal, its waves run along m chains
that know nothing of each other, and the Green's function of the first cell is a closed form,

.. math:: g_k = \frac{2}{z - e_k + \sqrt{(z - e_k)^2 - 4 |t_k|^2}},

that keeps all digits at the edges of the bands.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .calculus import adjoint

__all__ = ["Strands", "strands"]

Array = np.ndarray[Any, Any]

EPS = float(np.finfo(float).eps)
# Roundings that couple two chains, in units of the largest energy times the orbitals.
ROUNDINGS = 16
# Hopping below this fraction of the largest makes no band.
FLAT = 1e-6
# Shares of the two Hermitian parts of the hopping in a matrix of which the basis is that of the chains.
SHARES = 0.7548776662466927, 0.5698402909980532


class Strands(NamedTuple):
    """The chains of a batch of leads.

    Attributes
    ----------
    middle : ndarray, shape (..., m)
        Middle of the band of each.
    ends : ndarray, shape (..., 2, m)
        Its lower and its upper edge.
    missed : ndarray, shape (..., 2, m)
        What rounding took from `ends`.
    shares : ndarray, shape (..., m, s, s)
        How each is coupled to the sites of the lead: C v v^+ C^+, Hermitian.
    """

    middle: Array
    ends: Array
    missed: Array
    shares: Array

    def roots(self, z: Array, missed: Array | float) -> tuple[Array, Array]:
        """Return z counted from the middle of each band, and the root of g, each of shape (..., E, m).

        Parameters
        ----------
        z : ndarray, shape (..., E)
            Energies with Im z >= 0.
        missed : float, or ndarray of shape (E,)
            What rounding took from energies that are counted from the nearest of `ends`.
        """
        apart = z[..., None, None] - self.ends[..., None, :, :]
        taken: Array = -self.missed[..., None, :, :]
        if np.ndim(missed):
            # The edge that they are counted from is rounded as well.
            flat = (*apart.shape[:-2], 2 * apart.shape[-1])
            nearest = np.argmin(np.abs(apart).reshape(flat), axis=-1)[..., None]
            own = np.take_along_axis(np.broadcast_to(taken, apart.shape).reshape(flat), nearest, -1)
            taken = taken + (missed - own[..., 0])[..., None, None]
        # The product of two principal roots has Im >= 0 and grows like z: the wave that leaves.
        root = np.sqrt(apart + taken + 0j)
        return z[..., None] - self.middle[..., None, :] + 0j, root[..., 0, :] * root[..., 1, :]

    def continued(self, z: Array, e: float) -> tuple[Array, Array]:
        """Return the same of one lead on both sides of the real energy e, one analytic function."""
        low, high = self.ends
        inside = (low < e) & (e < high)
        offset, edge = z[:, None] - self.middle + 0j, (high - low) / 2
        upper = np.where(inside, 1j * np.sqrt(edge - offset), np.sqrt(offset - edge))
        return offset, upper * np.sqrt(offset + edge)

    def spread(self, numbers: Array) -> Array:
        """Return the sum of one number for each chain, (..., E, m), times its share, (..., E, s, s)."""
        m, s, _ = self.shares.shape[-3:]
        inner = numbers @ self.shares.reshape(*self.shares.shape[:-3], m, s * s)
        return np.asarray(inner.reshape(*inner.shape[:-1], s, s))


def strands(onsite: Array, hopping: Array, coupling: Array) -> Strands | None:
    """Return the chains of a batch of leads, or None where some crystal is not made of any.

    Parameters
    ----------
    onsite, hopping : ndarray, shape (..., m, m)
    coupling : ndarray, shape (..., s, m)
    """
    forth, back = hopping + adjoint(hopping), 1j * (hopping - adjoint(hopping))
    _, v = np.linalg.eigh(onsite + SHARES[0] * forth + SHARES[1] * back)
    m = v.shape[-1]
    largest = np.max(np.abs([*np.broadcast_arrays(onsite, hopping)]), axis=(0, -2, -1), initial=0.0)
    for part in (onsite, hopping):
        turned = adjoint(v) @ part @ v
        turned[..., range(m), range(m)] = 0
        if np.any(np.abs(turned) > ROUNDINGS * m * EPS * largest[..., None, None]):
            return None
    # What a vector of the basis is off counts squared: extended precision has digits to spare.
    long = v.astype(np.clongdouble)
    held = np.sum((long.conj() * long).real, axis=-2)
    middle, width = (
        np.sum(long.conj() * (part.astype(np.clongdouble) @ long), axis=-2) / held
        for part in (onsite, hopping)
    )
    strength = np.abs(width)
    if np.any(strength <= FLAT * np.max(strength, axis=-1, keepdims=True)):
        return None
    exact = np.stack([middle.real - 2 * strength, middle.real + 2 * strength], axis=-2)
    ends = exact.astype(float)
    column = np.swapaxes(coupling @ v, -1, -2)
    shares = column[..., :, None] * column[..., None, :].conj()
    return Strands(
        middle.real.astype(float), ends, (exact - ends).astype(float), (shares + adjoint(shares)) / 2
    )
