r"""What a crystal reflects: it says what the Green's function of its end says, and is never large.

Next to a state that is bound to the end of a crystal its Green's function g grows without limit, its slope
like the square, and an equation that has both as coefficients loses a third power of the digits. With
:math:`t = P Q^\dagger`, the amplitudes :math:`v = P^\dagger\psi_j` and :math:`w = Q^\dagger\psi_j` of a cell
on its faces, and w', v' those that the next cell and the last one turn to it, a cell makes of what arrives,
:math:`a = w' + i v` and :math:`b = v' + i w`,

.. math:: \begin{pmatrix} b_{j+1} \\ a_{j-1} \end{pmatrix} = M \begin{pmatrix} a \\ b \end{pmatrix}, \qquad
          M = i + 2 F^\dagger (z - h + i F F^\dagger)^{-1} F, \qquad F = (P, Q).

On the real axis M is unitary. The reflection of all cells beyond, :math:`a = \rho\,b_{j+1}`, is contractive,
and it is the same with one more cell in front of them:

.. math:: \rho = M_{21}\,\rho\,(1 - M_{11}\rho)^{-1} M_{12} + M_{22}.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .bloch import Cell, inverted
from .calculus import adjoint
from .surface import solved, stein

__all__ = ["Border", "Faces", "ended", "reflected", "steepened"]

Array = np.ndarray[Any, Any]

# Steps of Newton's method at most; the size of one that needs no other, and of one that is rounding of waves.
NEWTON, ROUGH, SMALL = 3, 1e-8, 1e-6


class Faces(NamedTuple):
    """A cell, and its hopping as P Q^+, of shapes ``(..., m, m)``, ``(..., m, r)`` and ``(..., m, r)``."""

    onsite: Array
    outer: Array
    inner: Array

    @classmethod
    def of(cls, cell: Cell) -> Faces:
        """Split the hopping of a cell to all digits that the machine has: edges of bands hang on them."""
        used = (cell.strength > 0)[..., None, :]
        size = np.where(used, cell.strength[..., None, :], 1.0)
        hopping = cell.hopping.astype(np.clongdouble)
        # What a singular hopping reaches is what it makes of any vectors, not what rounding takes for that.
        outer = hopping @ np.where(used, cell.inner / np.sqrt(size), 0.0)
        # P^+ P is S but for rounding.
        held, one = adjoint(outer) @ outer, np.eye(size.shape[-1])
        inverse = one / size
        for _ in range(2):
            inverse = inverse @ (2 * one - held @ inverse)
        inverse = np.where(used & np.swapaxes(used, -1, -2), inverse, 0.0)
        return cls(cell.onsite + 0 * hopping, outer, adjoint(inverse @ adjoint(outer) @ hopping))

    def rounded(self) -> Faces:
        """Return the same in double precision."""
        return Faces(*(np.asarray(part, complex) for part in self))


class Border(NamedTuple):
    """The first cell of a lead, which nothing makes large, and what the cells beyond it reflect.

    Attributes
    ----------
    coupling : ndarray, shape (s, m)
    onsite : ndarray, shape (m, m)
    outer : ndarray, shape (m, r)
        The face P of the cell.
    reflection, slope : ndarray, shape (E, r, r)
    absorbed : ndarray, shape (E, r, r)
        What is not reflected.
    """

    coupling: Array
    onsite: Array
    outer: Array
    reflection: Array
    slope: Array
    absorbed: Array


class _Beyond(NamedTuple):
    """What a reflection becomes beyond one more cell, less itself; and the equation of its changes."""

    wrong: Array
    ahead: Array
    left: Array
    right: Array

    @classmethod
    def of(cls, answer: Array, rho: Array) -> _Beyond:
        r = rho.shape[-1]
        one, upper, lower = np.eye(r), answer[..., :r, :], answer[..., r:, :]
        (m11, m12), (m21, m22) = ((rows[..., :r], rows[..., r:]) for rows in (upper, lower))
        open_ = one - m11 @ rho
        k = inverted(open_.astype(complex))
        if answer.dtype == np.clongdouble:
            k = k @ (2 * one - open_ @ k)
        ahead = rho @ k @ m12
        # (1 - rho M11)^-1 = 1 + rho (1 - M11 rho)^-1 M11.
        return cls(m21 @ ahead + m22 - rho, ahead, m21 @ (one + rho @ k @ m11), k @ m12)

    def step(self) -> Array:
        """Return the step of Newton's method, zero where it is no small one: at an edge nothing tells it."""
        parts = (np.asarray(part, complex) for part in (self.wrong, self.left, self.right))
        with np.errstate(invalid="ignore"):
            step, _ = stein(*parts)
            small = np.max(np.abs(step), axis=(-1, -2), keepdims=True) <= SMALL
        return np.where(small, step, 0.0)


def reflected(faces: Faces, z: Array, missed: Array | float, g: Array, near: Array) -> Array:
    """Return the reflection, shape ``(..., E, r, r)``.

    Parameters
    ----------
    faces : Faces
    z : ndarray, shape (..., E)
        Energies with Im z >= 0.
    missed : float, or ndarray of shape (E,) or (..., E)
        What rounding took from the energies.
    g : ndarray, shape (..., E, m, m)
        The Green's function of the first cell, which tells the solution that is meant.
    near : ndarray of bool, shape (..., E)
        Where an edge of a band is next: there two waves become one, and of a distance d from the edge they
        lose eps / sqrt(d). The last step is made from a residual of more digits.
    """
    inner = faces.inner.astype(complex)[..., None, :, :]
    one = np.eye(inner.shape[-1])
    y = adjoint(inner) @ g @ inner
    rho = np.asarray((y + 1j * one) @ inverted(one + 1j * y))
    answer, _ = _answered(faces.rounded(), z)
    for _ in range(NEWTON):
        step = _Beyond.of(answer, rho).step()
        rho = rho + step
        if np.max(np.abs(step), initial=0.0) <= ROUGH:
            break
    if not np.any(near):
        return rho
    energy, long = z.astype(np.clongdouble) + missed, rho.astype(np.clongdouble)
    if near.ndim > 1:
        step = _Beyond.of(_answered(faces, energy)[0], long).step()
        return np.where(near[..., None, None], rho + step, rho)
    rho[near] += _Beyond.of(_answered(faces, energy[near])[0], long[near]).step()
    return rho


def steepened(faces: Faces, z: Array, rho: Array) -> Array:
    """Return the derivative of the reflection in the energy, of its shape; NaN where the equation has none.

    That is where bands cross, and at their edges, where it is infinite.
    """
    answer, change = _answered(faces.rounded(), z)
    beyond, one = _Beyond.of(answer, rho), np.broadcast_to(np.eye(rho.shape[-1]), rho.shape)
    arriving = np.concatenate([beyond.ahead, one], axis=-2)
    leaving = np.concatenate([beyond.left @ rho, one], axis=-1)
    return solved(leaving @ change @ arriving, beyond.left, beyond.right)


def ended(faces: Faces, z: Array, rho: Array, steep: Array) -> tuple[Array, Array]:
    """Return the Green's function of the first cell and its slope, from a reflection and its slope."""
    m, one = faces.onsite.shape[-1], np.eye(rho.shape[-1])
    outer = faces.outer.astype(complex)[..., None, :, :]
    onsite = np.asarray(faces.onsite, complex)[..., None, :, :]
    open_ = z[..., None, None] * np.eye(m) - onsite + 1j * outer @ adjoint(outer)
    # With v = P^+ psi the wave a = rho (i a + 2 v) of the next cell drives the first one by P a.
    upper = np.concatenate([open_, np.broadcast_to(-outer, (*z.shape, m, len(one)))], axis=-1)
    lower = np.concatenate([-2 * rho @ adjoint(outer), one - 1j * rho], axis=-1)
    inverse = inverted(np.concatenate([upper, lower], axis=-2))
    g, ahead, behind = inverse[..., :m, :m], inverse[..., :m, m:], inverse[..., m:, :m]
    return g, np.asarray(ahead @ steep @ (2 * adjoint(outer) @ g + 1j * behind) - g @ g)


def _answered(faces: Faces, z: Array) -> tuple[Array, Array]:
    """Return M and its derivative, in the precision of what is given."""
    both = np.concatenate([faces.outer, faces.inner], axis=-1)[..., None, :, :]
    open_ = z[..., None, None] * np.eye(both.shape[-2]) - faces.onsite[..., None, :, :]
    damped = open_ + 1j * (both @ adjoint(both))
    x = inverted(damped.astype(complex))
    if z.dtype == np.clongdouble:
        x = x @ (2 * np.eye(x.shape[-1]) - damped @ x)
    waves = x @ both
    return 1j * np.eye(both.shape[-1]) + 2 * adjoint(both) @ waves, -2 * adjoint(both) @ x @ waves
