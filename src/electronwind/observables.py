"""The table of observables: what a solver may offer, as data.

Documentation, checks, the JSON schema and the report are driven by this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .system import OpenSystem

__all__ = ["CALLS", "DYNAMICS", "NAMES", "OBSERVABLES", "STATICS", "Dynamics", "Observable", "Static"]


@dataclass(frozen=True)
class Observable:
    """One row of the table.

    Attributes
    ----------
    name : str
        Name of the function that a solver offers.
    argument : str
        Name of the second argument, an energy or a frequency, or empty where the system is all.
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
    symmetry: str
    meaning: str
    source: str

    @property
    def signature(self) -> str:
        """The call, as a user writes it."""
        return f"{self.name}(system{', ' + self.argument if self.argument else ''})"

    def shape(self, system: OpenSystem, argument_shape: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Shape of the value for `system` and an argument of shape `argument_shape`."""
        sizes = {"n": system.levels, "d": system.coordinates, "leads": len(system.leads)}
        return (*system.shape, *argument_shape, *(sizes[axis] for axis in self.axes))


OBSERVABLES: dict[str, Observable] = {
    row.name: row
    for row in (
        Observable(
            "density_matrix", "", ("n", "n"), True, "1", False,
            {}, True,
            "Hermitian, eigenvalues in [0, 1]",
            "sigma_ij = <d_j^+ d_i>, per spin",
            "preston2022 Eq. 31-35; todorov2010 Eq. 14",
        ),
        Observable(
            "force", "", ("d",), False, "energy / length", True,
            {"force": 1}, True,
            "real",
            "adiabatic mean force F_nu = -Tr[dh/dx_nu sigma]",
            "preston2022 Eq. 11; todorov2010 Sec. III",
        ),
        Observable(
            "friction", "", ("d", "d"), False, "hbar / length^2", True,
            {"force": 2, "energy": -2}, True,
            "symmetric part friction, antisymmetric part Lorentz-like (Berry) force",
            "F1_mu = -sum_nu friction[mu, nu] v_nu, first index the force",
            "preston2022 Eq. 26",
        ),
        Observable(
            "curl", "", ("d", "d"), False, "energy / length^2", True,
            {"force": 2, "energy": -1}, True,
            "antisymmetric",
            "curl[mu, nu] = dF_nu/dx_mu - dF_mu/dx_nu",
            "todorov2010 Eq. 24",
        ),
        Observable(
            "current", "", ("leads",), False, "energy / hbar", True,
            {"width": 1}, False,
            "sums to zero",
            "particles per time from each lead into the system",
            "preston2022 Sec. II; Landauer-Buttiker",
        ),
        Observable(
            "bond_current", "", ("n", "n"), False, "energy / hbar", True,
            {"hopping": 1}, False,
            "antisymmetric",
            "particles per time from level i to level j, 2 Im(h_ji sigma_ij)",
            "todorov2010 Eq. 24 and Sec. III",
        ),
        Observable(
            "transmission", "energy", ("leads", "leads"), False, "1", False,
            {}, False,
            "entries >= 0, rows and columns without the diagonal add up alike",
            "T[a, b] = Tr[Gamma_a G Gamma_b G^+], from lead b to lead a, per spin",
            "todorov2010 Eq. 16; Landauer-Buttiker",
        ),
        Observable(
            "white_noise", "", ("d", "d"), False, "energy hbar / length^2", True,
            {"force": 2, "energy": -1}, True,
            "symmetric, positive semidefinite",
            "symmetrised zero-frequency force noise D, <df df> = D delta(t)",
            "preston2022 Eq. 66-68",
        ),
        Observable(
            "force_noise", "frequency", ("d", "d"), True, "energy hbar / length^2", True,
            {"force": 2, "energy": -1}, True,
            "Hermitian, positive semidefinite",
            "S_mu,nu(W) = int dt e^{iWt} <df_mu(t) df_nu(0)>",
            "preston2022 Eq. 62-65; todorov2014 Eq. 64",
        ),
        Observable(
            "response", "frequency", ("d", "d"), True, "energy / length^2", True,
            {"force": 2, "energy": -1}, True,
            "response(-W) is the complex conjugate of response(W)",
            "dF_mu = sum_nu response[mu, nu] dx_nu for motion e^{-iWt}, at fixed dh/dx",
            "todorov2014 Eq. 14, 20, 21",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Dynamics:
    """One row of the table of what a solver may offer for junctions in motion.

    Attributes
    ----------
    name : str
        Name of the function that a solver offers.
    arguments : tuple of str
        Names of its arguments.
    fields : dict
        Attributes of the result, each with its trailing axes: ``t`` times, ``tau`` delays, ``n`` levels,
        ``d`` coordinates, ``leads``.
    complex : tuple of str
        The fields that are complex.
    like : dict
        What each field has the dimension of: an observable; ``position`` or ``body_energy`` of what moves;
        ``electronic_energy``; ``correlation``, the square of a force; or ``time``.
    begins : {"start", "path", "trajectory"}
        The argument that tells where the junction is first asked about.
    options : tuple of str
        Names of arguments that may be left out, and say which problem it is.
    meaning : str
        What is computed.
    source : str
        Paper and equation.
    """

    name: str
    arguments: tuple[str, ...]
    fields: dict[str, tuple[str, ...]]
    complex: tuple[str, ...]
    like: dict[str, str]
    begins: Literal["start", "path", "trajectory"]
    options: tuple[str, ...]
    meaning: str
    source: str

    @property
    def signature(self) -> str:
        """The call, as a user writes it."""
        return f"{self.name}({', '.join(self.arguments)})"


DYNAMICS: dict[str, Dynamics] = {
    row.name: row
    for row in (
        Dynamics(
            "driven", ("model", "path", "times"),
            {"density_matrix": ("t", "n", "n"), "force": ("t", "d"), "current": ("t", "leads")},
            ("density_matrix",),
            {"density_matrix": "density_matrix", "force": "force", "current": "current"}, "path", (),
            "electrons under a prescribed motion path(t) -> x, from the steady state at times[0] on",
            "preston2022 Eq. 35-51",
        ),
        Dynamics(
            "ehrenfest", ("model", "body", "start", "times"),
            {
                "position": ("t", "d"), "velocity": ("t", "d"), "force": ("t", "d"),
                "current": ("t", "leads"), "kinetic": ("t",), "potential": ("t",),
                "electronic": ("t",), "work": ("t",),
            },
            (),
            {
                "position": "position", "velocity": "position", "force": "force", "current": "current",
                "kinetic": "body_energy", "potential": "body_energy",
                "electronic": "electronic_energy", "work": "electronic_energy",
            },
            "start", (),
            "coordinates under the mean force of the electrons that they drive; start = (x, v)",
            "preston2022 Eq. 5-11 and Sec. II E",
        ),
        Dynamics(
            "langevin", ("model", "body", "start", "times"),
            {"position": ("t", "d"), "velocity": ("t", "d"), "force": ("t", "d")},
            (),
            {"position": "position", "velocity": "position", "force": "force"}, "start", (),
            "coordinates under adiabatic force and friction; with noise=True also white noise",
            "preston2022 Eq. 9, 19, 20",
        ),
        Dynamics(
            "two_time_noise", ("model", "trajectory", "time", "delays"),
            {
                "exact": ("tau", "d", "d"), "adiabatic": ("tau", "d", "d"), "white": ("d", "d"),
                "adiabatic_white": ("d", "d"), "correlation_time": ("d",),
            },
            ("exact", "adiabatic"),
            {
                "exact": "correlation", "adiabatic": "correlation", "white": "white_noise",
                "adiabatic_white": "white_noise", "correlation_time": "time",
            },
            "trajectory", ("since",),
            "D(t, t - tau) = Tr[L(t) G^>(t, t - tau) L(t - tau) G^<(t - tau, t)] along a trajectory",
            "preston2022 Eq. 62-69",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Static:
    """One row of the table of what a solver may offer at rest beyond observables of a system.

    Attributes
    ----------
    name : str
        Name of the function that a solver offers.
    arguments : tuple of str
        Names of its arguments. The first is the problem: a ``system``, a ``model`` or a jellium ``wire``.
    fields : dict
        Attributes of the result, each with its trailing axes: ``n`` levels, ``d`` coordinates, ``2d`` modes,
        ``leads``, ``xy`` two components, ``W`` the axes of the argument ``frequency``. A row with the one
        field ``value`` returns that array itself.
    complex : tuple of str
        The fields that are complex.
    like : dict
        What each field has the dimension of, as powers of the inputs, like `Observable.dimension`.
    options : tuple of str
        Names of arguments that may be left out, and say which problem it is.
    meaning : str
        What is computed.
    source : str
        Paper and equation.
    """

    name: str
    arguments: tuple[str, ...]
    fields: dict[str, tuple[str, ...]]
    complex: tuple[str, ...]
    like: dict[str, dict[str, int]]
    options: tuple[str, ...]
    meaning: str
    source: str

    @property
    def signature(self) -> str:
        """The call, as a user writes it."""
        return f"{self.name}({', '.join(self.arguments)})"


STATICS: dict[str, Static] = {
    row.name: row
    for row in (
        Static(
            "stiffness", ("model", "body", "x"), {"value": ("d", "d")}, (),
            {"value": {"force": 2, "energy": -1}}, (),
            "K with dF_mu = -sum_nu K[mu, nu] dx_nu of the total force, electrons and potential",
            "cunningham2014 Eq. 5",
        ),
        Static(
            "vibrations", ("model", "body", "x"),
            {
                "frequencies": ("2d",), "modes": ("d", "2d"), "growing": (), "instability": (),
                "stiffness": ("d", "d"), "symmetric": ("d", "d"), "antisymmetric": ("d", "d"),
            },
            ("frequencies", "modes"),
            {name: {"force": 2, "energy": -1} for name in ("stiffness", "symmetric", "antisymmetric")},
            ("friction",),
            "motions exp(-i omega t) about x: complex frequencies, modes, and K(V) - K(0) in its two parts",
            "cunningham2014 Eq. 5-8",
        ),
        Static(
            "self_consistent", ("model", "functional", "x"),
            {"density_matrix": ("n", "n"), "force": ("d",), "potential": ("n", "n"), "residual": ()},
            ("density_matrix", "potential"),
            {"density_matrix": {}, "force": {"force": 1}, "potential": {"energy": 1}, "residual": {}}, (),
            "steady state in the mean field of its own density; force with the bare gradient",
            "todorov2010 Eq. 18-24 and Sec. V",
        ),
        Static(
            "mode_rates", ("system", "frequency", "mass"), {"value": ("W", "xy")}, (),
            {"value": {"force": 2, "energy": -2, "mass": -1, "frequency": -1}}, (),
            "d ln N/dt of the anticlockwise and the clockwise mode of an oscillator in a plane",
            "todorov2011 Eq. 29-30",
        ),
        Static(
            "jellium_curl", ("wire", "points"), {"value": ("xy",)}, (),
            {"value": {}}, (),
            "x and y component of the curl of the force on a scatterer in a free-electron wire",
            "todorov2014 Eq. 37-38",
        ),
        Static(
            "jellium_friction", ("wire", "points"), {"value": ()}, (),
            {"value": {}}, (),
            "friction of a scatterer that moves along a free-electron wire",
            "todorov2014 Eq. 40, 48",
        ),
        Static(
            "jellium_vector_potential", ("wire", "points"), {"value": ()}, (),
            {"value": {}}, (),
            "component along the wire of the vector potential of the Lorentz-like force on a scatterer",
            "todorov2014 Eq. 49-51",
        ),
    )
}  # fmt: skip

CALLS: dict[str, Dynamics | Static] = {**DYNAMICS, **STATICS}
"""What is asked with Python objects, which no line of text carries."""

NAMES: tuple[str, ...] = (*OBSERVABLES, *STATICS, *DYNAMICS)
