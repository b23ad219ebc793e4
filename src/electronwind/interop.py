"""Problems from what users of other packages already have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._arrays import described
from .errors import InvalidSystemError, UnsupportedError
from .leads import PeriodicLead
from .system import OpenSystem

__all__ = ["from_kwant", "from_sisl"]


def from_kwant(
    system: Any,
    gradient: ArrayLike,
    mu: Sequence[ArrayLike],
    temperature: Sequence[ArrayLike],
    *,
    params: Mapping[str, Any] | None = None,
    degeneracy: int = 1,
) -> OpenSystem:
    """Return the problem of a finalized system of kwant, with leads that are its own.

    Parameters
    ----------
    system : kwant.system.FiniteSystem
        What ``builder.finalized()`` returns. Its leads are periodic: builders with a translational symmetry.
    gradient : array_like, shape (..., d, n, n)
        Derivatives of its Hamiltonian, in kwant's order of orbitals. Unit: energy per length.
    mu, temperature : sequence of array_like
        Electrochemical potential, and temperature times k_B, of each lead. Unit: energy.
    params : mapping, optional
        Arguments of the value functions of the system and of its leads.
    degeneracy : int
        Spin factor, for a system without spin.

    Returns
    -------
    OpenSystem
        n levels, one for each orbital.

    Raises
    ------
    InvalidSystemError
        Not a finalized system, or not as many potentials and temperatures as leads.
    UnsupportedError
        A lead that is given by a self-energy alone.

    Notes
    -----
    kwant numbers the orbitals of a lead's interface first, and gives the hopping from the last cell, or from
    the system, to the next one outwards: ``H[cell, last interface]``. Its orbitals are orthonormal.
    """
    if not callable(getattr(system, "hamiltonian_submatrix", None)) or not hasattr(system, "lead_interfaces"):
        raise InvalidSystemError("system", described(system), "a finalized system of kwant, with leads")
    _check_counts(len(system.leads), mu=mu, temperature=temperature)
    h, orbitals, _ = system.hamiltonian_submatrix(params=params, return_norb=True)
    ends = np.concatenate([[0], np.cumsum(orbitals)])
    leads = []
    for k, (lead, interface) in enumerate(zip(system.leads, system.lead_interfaces, strict=True)):
        if not callable(getattr(lead, "inter_cell_hopping", None)):
            raise UnsupportedError(
                f"system.leads[{k}] is given by a self-energy alone, of which neither cell nor band is "
                "known; a builder with a translational symmetry is taken"
            )
        outwards = np.asarray(lead.inter_cell_hopping(params=params))
        onsite = np.asarray(lead.cell_hamiltonian(params=params))
        sites = [int(level) for site in interface for level in range(ends[site], ends[site + 1])]
        hopping = np.zeros(onsite.shape, complex)
        hopping[: outwards.shape[1]] = outwards.conj().T
        leads.append(PeriodicLead(sites, onsite, hopping, mu[k], temperature[k], outwards.conj().T))
    return OpenSystem(h, gradient, leads, degeneracy)


def from_sisl(
    hamiltonian: Any,
    gradient: ArrayLike,
    electrodes: Sequence[tuple[Any, ArrayLike]],
    mu: Sequence[ArrayLike],
    temperature: Sequence[ArrayLike],
    *,
    k: ArrayLike = (0.0, 0.0, 0.0),
    degeneracy: int = 1,
) -> OpenSystem:
    """Return the problem of a Hamiltonian of sisl between electrodes of sisl.

    Parameters
    ----------
    hamiltonian : sisl.Hamiltonian
        Of the device, which ends with a cell of every electrode.
    gradient : array_like, shape (..., d, n, n)
        Derivatives of its matrix at `k`, in sisl's order of orbitals. Unit: energy per length.
    electrodes : sequence of (sisl.RecursiveSI, array_like of int)
        Each with the orbitals of the device that are a cell of it, in the order of the electrode.
    mu, temperature : sequence of array_like
        Electrochemical potential, and temperature times k_B, of each electrode. Unit: energy.
    k : array_like, shape (3,)
        Wave vector across, in units of the reciprocal lattice; zero along an electrode.
    degeneracy : int
        Spin factor, for a Hamiltonian without spin.

    Returns
    -------
    OpenSystem
        n levels, one for each orbital; two where the spin is not collinear.

    Raises
    ------
    InvalidSystemError
        No Hamiltonian or electrode, orbitals that are no cell, not one potential and temperature for each.
    UnsupportedError
        Orbitals that overlap, or two spins with a Hamiltonian each.

    Notes
    -----
    Of its two matrices sisl gives the hopping from a cell to the next one outwards, on either side.
    """
    if not callable(getattr(hamiltonian, "Hk", None)):
        raise InvalidSystemError("hamiltonian", described(hamiltonian), "a sisl.Hamiltonian")
    _check_counts(len(electrodes), mu=mu, temperature=temperature)
    wave = np.asarray(k, float)
    h = _of_sisl("hamiltonian", hamiltonian, wave)
    leads = []
    for number, (electrode, orbitals) in enumerate(electrodes):
        name = f"electrodes[{number}]"
        if not all(hasattr(electrode, part) for part in ("spgeom0", "spgeom1")):
            raise InvalidSystemError(name, described(electrode), "a sisl.RecursiveSI and orbitals")
        onsite = _of_sisl(name, electrode.spgeom0, wave)
        outwards = _of_sisl(name, electrode.spgeom1, wave, apart=True)
        spins = len(onsite) // electrode.spgeom0.no
        places = np.ravel(orbitals)
        sites = [int(spins * place + spin) for place in places for spin in range(spins)]
        if len(sites) != len(onsite):
            raise InvalidSystemError(name, f"{len(places)} orbitals", f"the {electrode.spgeom0.no} of a cell")
        leads.append(PeriodicLead(sites, onsite, outwards, mu[number], temperature[number]))
    return OpenSystem(h, gradient, leads, degeneracy)


def _of_sisl(name: str, hamiltonian: Any, k: Any, *, apart: bool = False) -> Any:
    """Return the matrix of a Hamiltonian of sisl, in one cell or from it to the next one."""
    if hamiltonian.spin.is_polarized:
        raise UnsupportedError(f"{name} has two spins that do not mix: give one at a time, in a system each")
    h = np.asarray(hamiltonian.Hk(k, format="array"))
    if not hamiltonian.orthogonal:
        overlap = np.asarray(hamiltonian.Sk(k, format="array"))
        wrong = np.max(np.abs(overlap - (0 if apart else np.eye(len(h)))))
        if wrong > 0:
            raise UnsupportedError(
                f"{name} has orbitals that overlap, by {wrong:.3g}: an OpenSystem has orthonormal ones. "
                "Orthogonalise them, gradient included, if none next to an electrode moves"
            )
    return h


def _check_counts(count: int, **given: Sequence[ArrayLike]) -> None:
    """Raise where there is not one value for each of `count` leads."""
    for name, values in given.items():
        if np.shape(np.asarray(values, dtype=object))[:1] != (count,):
            raise InvalidSystemError(name, described(values), f"one for each of {count} leads")
