"""The snapshot as arrays with one batch axis, and the spectrum of its effective Hamiltonian.

The effective Hamiltonian of wide-band leads is H = h - i Gamma/2 with Gamma the sum of all broadenings
(preston2022 Eq. 28-31).
"""

from __future__ import annotations

from typing import Any, Self
from weakref import WeakKeyDictionary

import numpy as np

from electronwind import OpenSystem, UnbroadenedLevelError

__all__ = ["TINY", "Spectrum", "spectrum"]

Array = np.ndarray[Any, Any]

# A level that decays slower than this fraction of the largest energy is not broadened.
DARK = 1e-12

# Up to this size the batch axis is the fast one in memory: numpy then loops over the batch, not over
# two or three levels, and a product of matrices is a sum of outer products.
TINY = 3

# Beyond this condition number of the eigenvectors the eigenbasis costs more digits than it saves time.
DEFECTIVE = 10.0


class Spectrum:
    """A batch of wide-band systems. Axes: batch B, one axis for frequencies, then levels.

    Attributes
    ----------
    hamiltonian, effective : ndarray, shape (B, 1, n, n)
        h, and h - i Gamma/2.
    gradient : list of ndarray, shape (B, 1, n, n)
        One for each coordinate.
    broadening : ndarray, shape (leads, B, 1, n, n)
    mu, temperature : ndarray, shape (leads, B, 1)
    values : ndarray, shape (B, 1, n)
        Eigenvalues of the effective Hamiltonian.
    vectors, inverse : ndarray, shape (B, 1, n, n)
        Its right eigenvectors and their inverse; the unit matrix where `sound` is false.
    sound : ndarray, shape (B,)
        Whether the eigenvectors are a good basis.
    degeneracy : int
        Spin factor.
    """

    hamiltonian: Array
    effective: Array
    gradient: list[Array]
    broadening: Array
    mu: Array
    temperature: Array
    values: Array
    vectors: Array
    inverse: Array
    sound: Array
    degeneracy: int

    def __init__(self) -> None:
        self.memo: dict[Any, Any] = {}

    @classmethod
    def of(cls, system: OpenSystem) -> Self:
        """Return the spectrum of a system whose leads are all wide-band.

        Raises
        ------
        UnbroadenedLevelError
            A level of some system of the batch that no lead broadens.
        """
        self = cls()
        n, d, shape = system.levels, system.coordinates, system.shape
        self.degeneracy = system.degeneracy
        self.hamiltonian = system.hamiltonian.reshape(-1, 1, n, n)
        gradient = system.gradient.reshape(-1, 1, d, n, n)
        self.gradient = [gradient[:, :, i] for i in range(d)]
        self.broadening, self.mu, self.temperature = (
            _stacked([getattr(lead, name) for lead in system.leads], shape, core)
            for name, core in (("broadening", (n, n)), ("mu", ()), ("temperature", ()))
        )
        self.effective = self.hamiltonian - 0.5j * np.add.reduce(self.broadening, 0)
        self.values, vectors = np.linalg.eig(self.effective)
        self._refuse_dark(shape)
        self.vectors, self.inverse, self.sound = _basis(vectors)
        if n <= TINY:
            for name in ("values", "vectors", "inverse"):
                setattr(self, name, _batch_inside(getattr(self, name)))
            self.broadening = _batch_inside(self.broadening, 1)
            self.gradient = [_batch_inside(array) for array in self.gradient]
        return self

    def _refuse_dark(self, shape: tuple[int, ...]) -> None:
        decay = -self.values.imag[:, 0]
        largest = np.max(np.abs(self.effective), axis=(-1, -2))
        if np.any(dark := decay <= DARK * largest):
            where, level = np.argwhere(dark)[0]
            place = f" of system {tuple(map(int, np.unravel_index(where, shape)))}" if shape else ""
            width = 2 * max(decay[where, level], 0.0)
            words = "broadened by no lead: its occupation in the steady state is undefined"
            if width:
                words = (
                    f"hardly broadened, if at all: rounding cannot tell its width of {width:.2g} from "
                    f"nothing, less than {2 * DARK:.0e} of the largest energy, {largest[where, 0]:.2g}"
                )
            raise UnbroadenedLevelError(
                f"the level at energy {self.values.real[where, 0, level]:.6g}{place} is {words}; couple it "
                "to a lead or leave it out"
            )

    def take(self, where: Array) -> Spectrum:
        """Return the part of the batch at the mask `where`."""
        part = Spectrum()
        for name in ("hamiltonian", "effective", "values", "vectors", "inverse", "sound"):
            setattr(part, name, getattr(self, name)[where])
        for name in ("broadening", "mu", "temperature"):
            setattr(part, name, getattr(self, name)[:, where])
        part.gradient = [array[where] for array in self.gradient]
        part.degeneracy = self.degeneracy
        return part


def _stacked(parts: list[Array], shape: tuple[int, ...], core: tuple[int, ...]) -> Array:
    """Return one array for each lead as one of shape (leads, B, 1, ...)."""
    result = np.empty((len(parts), *shape, *core), np.result_type(*parts))
    for lead, part in enumerate(parts):
        result[lead] = part
    return result.reshape(len(parts), -1, 1, *core)


def _batch_inside(array: Array, axis: int = 0) -> Array:
    """Return the same array, the axis of the batch contiguous in memory; elementwise results inherit it."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, axis, -1)), -1, axis)


def _basis(vectors: Array) -> tuple[Array, Array, Array]:
    """Return eigenvectors, their inverse, and where they are a sound basis."""
    try:
        inverse = np.linalg.inv(vectors)
    except np.linalg.LinAlgError:
        # One exactly singular matrix spoils the batched call: swap those for the unit matrix first.
        singular = np.linalg.svd(vectors, compute_uv=False)[..., -1] < 1e-14
        vectors = np.where(singular[..., None, None], np.eye(vectors.shape[-1]), vectors)
        inverse = np.linalg.inv(vectors)
        inverse[singular] = np.inf
    norms = [np.sqrt(np.sum(np.abs(part) ** 2, axis=(-1, -2))) for part in (vectors, inverse)]
    sound = (norms[0] * norms[1] <= DEFECTIVE * vectors.shape[-1])[:, 0]
    return vectors, inverse, sound


_SPECTRA: WeakKeyDictionary[OpenSystem, Spectrum] = WeakKeyDictionary()


def spectrum(system: OpenSystem) -> Spectrum:
    """Return the spectrum of `system`, computed once for each system object (systems are immutable)."""
    if system not in _SPECTRA:
        _SPECTRA[system] = Spectrum.of(system)
    return _SPECTRA[system]
