"""The table of observables: what a solver may offer, as data.

Documentation, checks, the JSON schema and the report are driven by this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .system import OpenSystem

__all__ = ["OBSERVABLES", "Observable"]


@dataclass(frozen=True)
class Observable:
    """One row of the table.

    Attributes
    ----------
    name : str
        Name of the function that a solver offers.
    argument : str
        Name of the second argument: an ``energy``, a ``frequency``, or ``delays`` in time; empty where the
        system is all.
    axes : tuple of str
        Trailing axes of the value, after the batch axes and that of the argument: ``n`` levels,
        ``d`` coordinates, ``leads``.
    complex : bool
        Whether the value is complex.
    unit : str
        Unit in terms of energy, length, and hbar = k_B = e = 1.
    spin : bool
        Whether the degeneracy of the system multiplies the value.
    dimension : dict
        The unit as powers of what an input of that dimension is: ``energy``, ``force`` (dh/dx), ``width`` (a
        broadening) and ``hopping`` (h). The judge measures the error of a value that cancels to zero by it.
    resonant : bool
        Whether it is an integral over energy of what may be as sharp as the narrowest resonance, and may
        cancel there.
    sites : bool
        Whether it is of the levels as they are given: another orthonormal basis of them has other values.
    holes : {"kept", "reversed", "complement", ""}
        What becomes of it when particles turn into holes (h, dh/dx and Gamma conjugated, all energies
        reversed): ``complement`` is what all levels full would have without it, empty where nothing is known.
    symmetry : str
        What holds for every value.
    meaning : str
        Definition with sign and order of indices.
    source : str
        Paper and equation.
    """

    name: str
    argument: str
    axes: tuple[str, ...]
    complex: bool
    unit: str
    spin: bool
    dimension: dict[str, int]
    resonant: bool
    sites: bool
    holes: Literal["kept", "reversed", "complement", ""]
    symmetry: str
    meaning: str
    source: str

    @property
    def signature(self) -> str:
        """The call, as a user writes it."""
        return f"{self.name}(system{', ' + self.argument if self.argument else ''})"

    @property
    def absolute(self) -> bool:
        """Whether its argument counts from the zero of energy, and not from another energy or a time."""
        return self.argument == "energy"

    @property
    def occupied(self) -> bool:
        """Whether it rests on how the levels are filled, as all does that is not asked at an energy."""
        return not self.absolute

    @property
    def power(self) -> int:
        """Power of r in the value where all energies, dh/dx among them, are multiplied by r."""
        return sum(self.dimension.values())

    @property
    def argument_power(self) -> int:
        """Power of r in the second argument where all energies are: 1 for an energy, -1 for a time."""
        return {"": 0, "delays": -1}.get(self.argument, 1)

    def shape(self, system: OpenSystem, argument_shape: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Shape of the value for `system` and an argument of shape `argument_shape`."""
        sizes = {"n": system.levels, "d": system.coordinates, "leads": len(system.leads)}
        return (*system.shape, *argument_shape, *(sizes[axis] for axis in self.axes))


OBSERVABLES: dict[str, Observable] = {
    row.name: row
    for row in (
        Observable(
            "density_matrix", "", ("n", "n"), True, "1", False,
            {}, True, False, "complement",
            "Hermitian, eigenvalues in [0, 1]",
            "sigma_ij = <d_j^+ d_i>, per spin",
            "preston2022 Eq. 31-35; todorov2010 Eq. 14",
        ),
        Observable(
            "force", "", ("d",), False, "energy / length", True,
            {"force": 1}, True, False, "complement",
            "real",
            "adiabatic mean force F_nu = -Tr[dh/dx_nu sigma]",
            "preston2022 Eq. 11; todorov2010 Sec. III",
        ),
        Observable(
            "friction", "", ("d", "d"), False, "hbar / length^2", True,
            {"force": 2, "energy": -2}, True, False, "kept",
            "symmetric part friction, antisymmetric part Lorentz-like (Berry) force",
            "F1_mu = -sum_nu friction[mu, nu] v_nu, first index the force",
            "preston2022 Eq. 26",
        ),
        Observable(
            "curl", "", ("d", "d"), False, "energy / length^2", True,
            {"force": 2, "energy": -1}, True, False, "kept",
            "antisymmetric",
            "curl[mu, nu] = dF_nu/dx_mu - dF_mu/dx_nu",
            "todorov2010 Eq. 24",
        ),
        Observable(
            "current", "", ("leads",), False, "energy / hbar", True,
            {"width": 1}, False, False, "reversed",
            "sums to zero",
            "particles per time from each lead into the system",
            "preston2022 Sec. II; Landauer-Buttiker",
        ),
        Observable(
            "bond_current", "", ("n", "n"), False, "energy / hbar", True,
            {"hopping": 1}, False, True, "reversed",
            "antisymmetric",
            "particles per time from level i to level j, 2 Im(h_ji sigma_ij)",
            "todorov2010 Eq. 24 and Sec. III",
        ),
        Observable(
            "transmission", "energy", ("leads", "leads"), False, "1", False,
            {}, False, False, "kept",
            "entries >= 0, rows and columns without the diagonal add up alike",
            "T[a, b] = Tr[Gamma_a G Gamma_b G^+], from lead b to lead a, per spin",
            "todorov2010 Eq. 16; Landauer-Buttiker",
        ),
        Observable(
            "white_noise", "", ("d", "d"), False, "energy hbar / length^2", True,
            {"force": 2, "energy": -1}, True, False, "kept",
            "symmetric, positive semidefinite",
            "symmetrised zero-frequency force noise D, <df df> = D delta(t)",
            "preston2022 Eq. 66-68",
        ),
        Observable(
            "force_noise", "frequency", ("d", "d"), True, "energy hbar / length^2", True,
            {"force": 2, "energy": -1}, True, False, "kept",
            "Hermitian, positive semidefinite",
            "S_mu,nu(W) = int dt e^{iWt} <df_mu(t) df_nu(0)>",
            "preston2022 Eq. 62-65; todorov2014 Eq. 64",
        ),
        Observable(
            "response", "frequency", ("d", "d"), True, "energy / length^2", True,
            {"force": 2, "energy": -1}, True, False, "kept",
            "response(-W) is the complex conjugate of response(W)",
            "dF_mu = sum_nu response[mu, nu] dx_nu for motion e^{-iWt}, at fixed dh/dx",
            "todorov2014 Eq. 14, 20, 21",
        ),
        Observable(
            "pair_density", "frequency", ("d", "d"), True, "energy / length^2", True,
            {"force": 2, "energy": -1}, True, False, "",
            "Hermitian, positive semidefinite",
            "Lambda_mu,nu(W) = int dE Tr[L_mu D(E - W) L_nu rho(E)], electron-hole pairs that W excites",
            "todorov2014 Eq. 22, 31, 32",
        ),
        Observable(
            "force_correlation", "delays", ("d", "d"), True, "energy^2 / length^2", True,
            {"force": 2}, True, False, "kept",
            "c(-s) is the conjugate transpose of c(s)",
            "c_mu,nu(s) = <df_mu(s) df_nu(0)>, the Fourier transform of the force noise",
            "todorov2014 Eq. 52-58",
        ),
    )
}  # fmt: skip
