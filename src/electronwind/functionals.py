"""Mean-field energies of the density matrix, and what a solver of the screened problem returns.

Everywhere here the density is that of all spins: the degeneracy of the system times the density matrix of
one spin. Its diagonal holds numbers of electrons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import MOST, FloatArray, described, real, whole
from .errors import InvalidSystemError
from .system import OpenSystem

__all__ = ["Functional", "Hubbard", "LocalNeutrality", "MeanField", "Screened", "checked_functional"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class LocalNeutrality:
    """Sites that keep their number of electrons, whatever potential that takes.

    Parameters
    ----------
    sites : sequence of int
        The levels, counted from 0, no one twice.
    charges : array_like, shape (m,) or scalar
        Electrons on each of them, all spins together, between 0 and the degeneracy of the system.

    Raises
    ------
    InvalidSystemError
        A site that is no whole number >= 0 or comes twice, or charges that do not fit.

    Notes
    -----
    Source: todorov2010 Sec. V. The limit of `Hubbard` for a strength without bound: the potential becomes a
    multiplier, and the energy is zero.
    """

    sites: tuple[int, ...]
    charges: FloatArray

    def __init__(self, sites: Sequence[int], charges: ArrayLike) -> None:
        object.__setattr__(self, "sites", _sites(sites))
        object.__setattr__(self, "charges", _per_site("charges", charges, len(self.sites)))
        if np.any(self.charges <= 0):
            where = int(np.argmax(self.charges <= 0))
            raise InvalidSystemError(
                f"charges[{where}]", f"{self.charges[where]:g}", "a number of electrons > 0"
            )

    def fit(self, where: str, levels: int, degeneracy: int) -> None:
        """Refuse sites that a system does not have, and more electrons than a site holds."""
        _fit_sites(where, self.sites, levels)
        if np.any(self.charges >= degeneracy):
            k = int(np.argmax(self.charges >= degeneracy))
            raise InvalidSystemError(
                f"{where}.charges[{k}]",
                f"{self.charges[k]:g}",
                f"less than the {degeneracy} that the site holds: no finite potential fills it",
            )


@dataclass(frozen=True, eq=False)
class Hubbard:
    r"""An energy for every electron too many or too few, :math:`\sum_i U_i (q_i - n_i)^2 / 2`.

    Here :math:`q_i` is the number of electrons on a site, all spins together, and the potential that one
    electron feels there is :math:`v_i = U_i (q_i - n_i)`.

    Parameters
    ----------
    sites : sequence of int
        The levels, counted from 0, no one twice.
    strength : array_like, shape (m,) or scalar
        U, positive where electrons repel each other. Unit: energy.
    charges : array_like, shape (m,) or scalar
        n, the electrons at which the site is neutral, all spins together.

    Raises
    ------
    InvalidSystemError
        A site that is no whole number >= 0 or comes twice, or numbers that do not fit.

    Notes
    -----
    Source: todorov2010 Eq. 20-23. With a negative U, or at a large bias, there may be several
    self-consistent states.
    """

    sites: tuple[int, ...]
    strength: FloatArray
    charges: FloatArray

    def __init__(self, sites: Sequence[int], strength: ArrayLike, charges: ArrayLike) -> None:
        object.__setattr__(self, "sites", _sites(sites))
        object.__setattr__(self, "strength", _per_site("strength", strength, len(self.sites)))
        object.__setattr__(self, "charges", _per_site("charges", charges, len(self.sites)))

    def fit(self, where: str, levels: int, degeneracy: int) -> None:
        """Refuse sites that a system does not have."""
        del degeneracy
        _fit_sites(where, self.sites, levels)


@dataclass(frozen=True, eq=False)
class Functional:
    """A mean-field energy by itself, its first and its second derivative.

    Parameters
    ----------
    energy : callable
        ``energy(density)`` of a Hermitian density, shape (n, n), one number. Unit: energy.
    potential : callable
        ``potential(density)``, shape (n, n): the Hermitian v for which the energy changes by
        ``Tr[v change]`` with the density. Unit: energy.
    kernel : callable
        ``kernel(density, change)``, shape (n, n): how v changes with the density, linear in `change`.

    Raises
    ------
    InvalidSystemError
        What cannot be called.

    Notes
    -----
    Source: todorov2010 Eq. 18-23. They are called with one density at a time.
    """

    energy: Callable[[Array], Any]
    potential: Callable[[Array], Any]
    kernel: Callable[[Array, Array], Any]

    def __post_init__(self) -> None:
        for name in ("energy", "potential", "kernel"):
            function = getattr(self, name)
            if not callable(function) or isinstance(function, type):
                raise InvalidSystemError(name, described(function), "a function of the density, shape (n, n)")

    def fit(self, where: str, levels: int, degeneracy: int) -> None:
        """Accept any system: what the functions return is looked at where they are called."""
        del where, levels, degeneracy


MeanField = LocalNeutrality | Hubbard | Functional


@dataclass(frozen=True)
class Screened:
    """A self-consistent steady state.

    Attributes
    ----------
    system : OpenSystem
        h + v, with the screened gradient d(h + v)/dx at the bias at hand: the curl of this system is that of
        the self-consistent force (todorov2010 Eq. 24).
    density_matrix : ndarray, shape (..., n, n)
        sigma of the converged system, per spin.
    force : ndarray, shape (..., d)
        F = -Tr[dh/dx sigma] with the bare gradient, all spins (todorov2010 Eq. 5).
    potential : ndarray, shape (..., n, n)
        v, Hermitian. Unit: energy.
    residual : ndarray, shape (...)
        What is left of the equation, the largest over its entries: in electrons q - n for `LocalNeutrality`
        and q - n - v/U for `Hubbard`, in energy for a `Functional`.
    history : ndarray, shape (..., k)
        The residual before each step and after the last one; a member that is done repeats its last.
    converged : ndarray of bool, shape (...)
        Whether the state is the solution. Where it is not, everything else is what the last step left.
    advice : str
        Empty where all converged; otherwise what was tried, how far it came, and what may help.
    """

    system: OpenSystem
    density_matrix: Array
    force: Array
    potential: Array
    residual: Array
    history: Array
    converged: Array
    advice: str


def checked_functional(functional: MeanField, system: OpenSystem) -> MeanField:
    """Return the functional that a solver is given, refusing anything else and what does not fit the system.

    Raises
    ------
    InvalidSystemError
        Naming `functional`.
    """
    if not isinstance(functional, MeanField):
        raise InvalidSystemError(
            "functional", described(functional), "a LocalNeutrality, a Hubbard or a Functional"
        )
    functional.fit("functional", system.levels, system.degeneracy)
    return functional


def _sites(sites: Sequence[int]) -> tuple[int, ...]:
    if isinstance(sites, (list, tuple, range)) or (isinstance(sites, np.ndarray) and sites.ndim == 1):
        found = tuple(whole(f"sites[{k}]", site, 0, MOST) for k, site in enumerate(sites))
        if len(set(found)) < len(found):
            twice = next(site for site in found if found.count(site) > 1)
            raise InvalidSystemError("sites", f"{twice} twice", "sites of which none comes twice")
        if found:
            return found
    raise InvalidSystemError("sites", described(sites), "a sequence of at least one level, counted from 0")


def _per_site(name: str, value: ArrayLike, sites: int) -> FloatArray:
    """Return one number for each site."""
    array = real(name, value)
    if array.shape not in ((), (sites,)):
        raise InvalidSystemError(name, f"shape {array.shape}", f"one number, or shape ({sites},)")
    return np.broadcast_to(array, (sites,))


def _fit_sites(where: str, sites: tuple[int, ...], levels: int) -> None:
    for k, site in enumerate(sites):
        if site >= levels:
            raise InvalidSystemError(
                f"{where}.sites[{k}]", str(site), f"a level of the Hamiltonian, 0 to {levels - 1}"
            )
