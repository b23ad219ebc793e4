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

__all__ = ["from_kwant"]


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
    for name, values in (("mu", mu), ("temperature", temperature)):
        found = np.shape(np.asarray(values, dtype=object))
        if found[:1] != (len(system.leads),):
            raise InvalidSystemError(name, described(values), f"one for each of {len(system.leads)} leads")
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
