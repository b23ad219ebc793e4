"""The tables of what a solver may offer beyond observables: at rest, and in motion, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .observables import OBSERVABLES

__all__ = ["CALLS", "DYNAMICS", "NAMES", "STATICS", "Dynamics", "Static"]


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
    flags : tuple of str
        The fields that say yes or no.
    """

    name: str
    arguments: tuple[str, ...]
    fields: dict[str, tuple[str, ...]]
    complex: tuple[str, ...]
    like: dict[str, dict[str, int]]
    options: tuple[str, ...]
    meaning: str
    source: str
    flags: tuple[str, ...] = ()

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
            {
                "density_matrix": ("n", "n"), "force": ("d",), "potential": ("n", "n"),
                "gradient": ("d", "n", "n"), "residual": (), "converged": (),
            },
            ("density_matrix", "potential", "gradient"),
            {
                "density_matrix": {}, "force": {"force": 1}, "potential": {"energy": 1},
                "gradient": {"force": 1}, "residual": {}, "converged": {},
            },
            (),
            "steady state in the mean field of its own density; force with the bare gradient, and the "
            "screened gradient of the result's system",
            "todorov2010 Eq. 18-24 and Sec. V", ("converged",),
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
