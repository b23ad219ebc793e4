r"""The self-energy of a semi-infinite crystal, from the waves that leave through it.

With :math:`t = V S W^\dagger` a wave :math:`\psi_{j+1} = \lambda\psi_j` of the crystal solves a linear pencil
:math:`A x = \lambda B x` in the amplitudes that a cell passes on to either side. On the pencil a singular
hopping has waves with :math:`\lambda` of zero and infinity, and no inverse is taken of it. Half of the waves
leave: off the real axis, and where a band is closed, those that decay; on it those whose flux runs outwards.
No energy is ever given an imaginary part.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import eigh, schur
from scipy.linalg.lapack import ztrsen

from electronwind import PrecisionError

from .calculus import adjoint

__all__ = ["Cell", "EndStateError", "ended", "inverted"]

Array = np.ndarray[Any, Any]

EPS = float(np.finfo(float).eps)
# Points off the unit circle at which the pencil is turned into a matrix. A wave that lies on one of them by
# chance does not lie on the other.
SHIFTS = (1.7 * np.exp(0.6j), 0.55 * np.exp(2.1j))
# |ln|lambda|| up to which a wave may be one that runs, and is told by its flux.
RUNNING = 1e-7
# Waves this close are taken together, and are of one kind where they differ by no more than the second.
CLOSE, SAME = 1e-6, 1e-7
# Residual of the equation of the surface, over its terms, that is rounding.
SOLVED = 1e-11
# The same where waves coincide, and the roots of rounding are what is left.
DOUBTED = 1e-6
# Share of a Green's function of an end that is rounding, from which on it counts as infinite.
INFINITE_END = 1e-2
TINY = 1e-100


class EndStateError(PrecisionError):
    """A state at the end of a crystal has the energy asked for."""


class Cell(NamedTuple):
    """A cell, and its hopping as V S W^+, of shapes ``(..., m, m)``, ``(..., m, r)`` and ``(..., r)``."""

    onsite: Array
    hopping: Array
    outer: Array
    strength: Array
    inner: Array

    @classmethod
    def of(cls, onsite: Array, hopping: Array) -> Cell:
        """Split the hopping, all of a batch by the largest of their ranks."""
        outer, strength, inner = np.linalg.svd(hopping)
        small = strength <= strength.shape[-1] * EPS * strength[..., :1]
        rank = int(np.max(np.sum(~small, axis=-1), initial=1))
        return cls(
            onsite, hopping, outer[..., :rank], np.where(small, 0.0, strength)[..., :rank],
            adjoint(inner)[..., :rank],
        )  # fmt: skip


def ended(cell: Cell, z: Array) -> Array:
    """Return g, the Green's function of the first cell.

    Parameters
    ----------
    cell : Cell
    z : ndarray, shape (..., E)
        Energies with Im z >= 0.

    Returns
    -------
    ndarray, shape (..., E, m, m)

    Raises
    ------
    PrecisionError
        It diverges at one of the energies.
    """
    pencil = _Pencil(cell, z)
    g, sure = pencil.solved(SHIFTS[0])
    if not np.all(sure):
        other, here = pencil.solved(SHIFTS[1])
        g = np.where((here & ~sure)[..., None, None], other, g)
        for where in map(tuple, np.argwhere(~(sure | here))):
            g[where] = pencil.careful(where)
    return g


class _Pencil:
    """The pencil of the waves at energies of shape ``(..., E)``, written here as ``*``.

    A wave is the vector x = (w' + i v, v' + i w), shape ``(2 r,)``: w and v are the amplitudes of a cell on
    its inner and its outer face, w' that on the inner face of the next cell, v' on the outer of the last.
    """

    def __init__(self, cell: Cell, z: Array) -> None:
        self.z = z
        # Energies may have batch axes that the cell has not; one member is taken out of all arrays alike.
        outer, inner, hopping, strength = (
            np.broadcast_to(part[..., None, :, :], (*z.shape[:-1], 1, *part.shape[-2:]))
            for part in (cell.outer, cell.inner, cell.hopping, cell.strength[..., None, :])
        )
        self.strength, self.outer, self.inner, self.hopping = strength, outer, inner, hopping
        # A cell alone has real levels. With a damping of its faces on both sides of the equation there is an
        # inverse at every energy.
        damping = (outer * strength) @ adjoint(outer) + (inner * strength) @ adjoint(inner)
        self.open = z[..., None, None] * np.eye(cell.onsite.shape[-1]) - cell.onsite[..., None, :, :]
        faces = np.concatenate([outer * strength, inner * strength], axis=-1)
        self.waves = np.linalg.solve(self.open + 1j * damping, faces + 0j)
        self.rank = r = strength.shape[-1]
        self.v, self.w = adjoint(outer) @ self.waves, adjoint(inner) @ self.waves
        one = np.broadcast_to(np.eye(2 * r), (*z.shape, 2 * r, 2 * r))
        self.left = np.concatenate([one[..., :r, :] - 1j * self.v, self.v], axis=-2)
        self.right = np.concatenate([self.w, one[..., r:, :] - 1j * self.w], axis=-2)

    def solved(self, shift: complex) -> tuple[Array, Array]:
        """Return g and whether it is beyond doubt, shape ``(*)``."""
        matrix = self._matrix(shift)
        with np.errstate(all="ignore"):
            values, waves = self._sorted(matrix, shift)
            waves, factor = waves[..., : self.rank], _factors(values, shift)
            leaving, arriving = factor[..., : self.rank, None], factor[..., None, self.rank :]
            apart = np.min(np.abs(leaving - arriving), axis=(-1, -2)) > CLOSE
            g, residual = self._end(waves)
            return g, apart & (residual <= SOLVED)

    def careful(self, where: tuple[Any, ...]) -> Array:
        """Return g at one energy where waves all but coincide, by subspaces, not by waves."""
        one = self._at(where)
        triangle, basis = schur(one._matrix(SHIFTS[0]), "complex")
        factor = _factors(triangle.diagonal(), SHIFTS[0])
        decay = _logarithms(factor)
        kept = [_subspace(triangle, basis, decay < -2 * CLOSE)]
        running = np.abs(decay) <= 2 * CLOSE
        while np.any(running):
            group = running & (np.abs(factor - factor[running][0]) <= 4 * CLOSE)
            inside = _subspace(triangle, basis, group)
            turned = np.linalg.inv(adjoint(inside) @ (basis @ triangle @ adjoint(basis)) @ inside)
            kept.append(inside @ one._leaving(inside, SHIFTS[0] * np.eye(len(turned)) + turned))
            running &= ~group
        waves = np.concatenate(kept, axis=-1)
        met = False
        if waves.shape[-1] == self.rank:
            with np.errstate(all="ignore"):
                g, residual = one._end(waves)
            if residual <= DOUBTED:
                return g
            met = bool(np.isinf(residual))
        raise (EndStateError if met else PrecisionError)(
            f"the self-energy of a periodic lead at the energy {self.z[where].real:.15g} is infinite, or "
            "rounding decides which of its waves leave"
        )

    def _leaving(self, basis: Array, factor: Array) -> Array:
        """Return those of the all but equal waves of a subspace that leave, in its coordinates."""
        spread = factor * (len(factor) / np.trace(factor)) - np.eye(len(factor))
        form = self._form(basis)
        if np.linalg.norm(spread) <= SAME or len(factor) % 2:
            # Bands that cross: their velocities are the flux of the waves over what a cell holds of them.
            held = self.waves @ basis
            velocity, directions = eigh(form, adjoint(held) @ held)
            return np.asarray(directions[:, velocity > 0])
        # The edge of a band: a wave that leaves and one that arrives become one.
        triangle, turn = schur(spread, "complex")
        score = []
        for step in triangle.diagonal():
            wave = np.linalg.svd(spread - step * np.eye(len(spread)))[2][-1].conj()
            outwards = np.sign(np.real(wave.conj() @ form @ wave))
            score.append(step.real if abs(step.real) > abs(step.imag) else -outwards * abs(step))
        first = np.argsort(score)[: len(score) // 2]
        return _subspace(triangle, turn, np.isin(np.arange(len(score)), first))

    def _at(self, where: tuple[Any, ...]) -> _Pencil:
        """Return the pencil at one energy alone."""
        one = object.__new__(_Pencil)
        axes = len(self.z.shape)
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                value = np.broadcast_to(value, (*self.z.shape, *value.shape[axes:]))[where]
            setattr(one, name, value)
        return one

    def _sorted(self, matrix: Array, shift: complex) -> tuple[Array, Array]:
        """Return eigenvalues and waves, those first that leave."""
        values, waves = np.linalg.eig(matrix)
        decay = _logarithms(_factors(values, shift))
        running = np.abs(decay) <= RUNNING
        rank = np.where(running, -RUNNING * np.sign(self._flux(waves)), decay)
        order = np.argsort(rank, axis=-1)
        return np.take_along_axis(values, order, -1), np.take_along_axis(waves, order[..., None, :], -1)

    def _matrix(self, shift: complex) -> Array:
        """Return the matrix of which the waves are eigenvectors, 1 / (lambda - shift) the eigenvalues."""
        return np.linalg.solve(self.left - shift * self.right, self.right)

    def _form(self, waves: Array) -> Array:
        """Return the matrix of the outward flux between waves, columns of shape ``(*, 2 r, k)``."""
        v = self.v @ waves
        half = adjoint(waves[..., : self.rank, :] - 1j * v) @ (np.swapaxes(self.strength, -1, -2) * v)
        return np.asarray(-1j * (half - adjoint(half)))

    def _flux(self, waves: Array) -> Array:
        v = self.v @ waves
        half = (waves[..., : self.rank, :] - 1j * v).conj() * (np.swapaxes(self.strength, -1, -2) * v)
        return 2 * np.sum(half, axis=-2).imag

    def _end(self, waves: Array) -> tuple[Array, Array]:
        """Return g from the waves that leave, in any basis, and how far it is from solving its equation."""
        both, d, x = self._started(waves)
        inverse = inverted(both)
        g = inverse[..., : self.open.shape[-1], : self.open.shape[-1]]
        # Next to a state that is bound to the end a rounding of the energy is all that is wrong.
        blur = EPS * np.max(np.abs(inverse) @ np.abs(both), axis=(-1, -2))
        passed = adjoint(self.outer) @ self.hopping @ g @ adjoint(self.hopping) @ self.outer
        wrong, size = passed @ d - x, np.abs(passed) @ np.abs(d) + np.abs(x)
        # What passes may vanish by symmetry, where it is made of terms that do not.
        terms = np.max(self.strength, axis=(-1, -2)) ** 2 * np.max(np.abs(g), axis=(-1, -2))
        size = np.max(size, axis=(-1, -2)) + terms * np.max(np.abs(d), axis=(-1, -2))
        residual = np.max(np.abs(wrong), axis=(-1, -2)) / size
        return g, np.where(blur < INFINITE_END, np.maximum(residual - blur, 0.0), np.inf)

    def _started(self, waves: Array) -> tuple[Array, Array, Array]:
        """Return the matrix of the first cell and the waves that it sends out, and the D and X of these.

        With :math:`t g t^+ = V X D^{-1} V^+` the matrix D is singular where a wave that decays begins with
        the first cell, at a state bound there: next to it the inverse of a matrix with t g t^+ has no digits.
        """
        m, w = self.open.shape[-1], self.w @ waves
        # From the outer face of the last cell, which a wave leaves that goes no further as well.
        d, x = waves[..., self.rank :, :] - 1j * w, np.swapaxes(self.strength, -1, -2) * w
        upper = np.concatenate([self.open, -self.outer @ x], axis=-1)
        back = np.broadcast_to(adjoint(self.outer), (*d.shape[:-2], self.rank, m))
        return np.concatenate([upper, np.concatenate([back, -d], axis=-1)], axis=-2), d, x


def inverted(matrices: Array) -> Array:
    """Return the inverse of each; NaN where one of them has none, which the residual of each tells."""
    try:
        return np.asarray(np.linalg.inv(matrices))
    except np.linalg.LinAlgError:
        return np.full(matrices.shape, np.nan + 0j)


def _factors(values: Array, shift: complex) -> Array:
    """Return lambda from 1 / (lambda - shift); a very large number where it is infinite."""
    return np.asarray(shift + 1 / np.where(np.abs(values) > TINY, values, TINY))


def _logarithms(factor: Array) -> Array:
    return np.asarray(np.log(np.maximum(np.abs(factor), TINY)))


def _subspace(triangle: Array, basis: Array, chosen: Array) -> Array:
    """Return an orthonormal basis of the invariant subspace of the chosen eigenvalues of a Schur form."""
    ordered = ztrsen(chosen.astype(int), triangle, basis, job="N", lwork=1)
    return np.asarray(ordered[1][:, : int(np.sum(chosen))])
