"""Values of every wrong kind, and right calls of whatever takes arguments, for the tests of the doors."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy import sparse

from electronwind import (
    ChainLead,
    ClassicalBody,
    Harmonic,
    JelliumWire,
    OpenSystem,
    Oscillation,
    PairPotential,
    PeriodicLead,
    Potential,
    PowerLaw,
    Straight,
    Trajectory,
    Units,
    WideBandLead,
    fast,
    functionals,
    models,
    reference,
)

HOUSES = {"fast": fast, "reference": reference}
FUNCTIONS = [
    (house, name)
    for house, module in HOUSES.items()
    for name in module.__all__
    if not isinstance(getattr(module, name), type)
]


class Unwilling:
    """A tensor on another device: it looks like an array, and refuses to become one."""

    shape = (1,)
    dtype = "float32"

    def __array__(self, *_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError("cannot be converted to numpy")


class Mute:
    """An object that cannot even be shown."""

    def __repr__(self) -> str:
        raise ValueError("no words")


def wrong(_: Any) -> str:
    """Return text where numbers belong."""
    return "text"


# Made anew for every use: a generator serves once.
KINDS: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "text": lambda: "text",
    "a number in text": lambda: "1.0",
    "numbers in text": lambda: ["0.0", "1.0"],
    "bytes": lambda: b"1.0",
    "a boolean": lambda: True,
    "booleans": lambda: np.array([True, False]),
    "a boolean among numbers": lambda: [0.5, True],
    "a complex number": lambda: 1.0 + 1.0j,
    "NaN": lambda: np.nan,
    "NaN in an array": lambda: np.array([0.0, np.nan]),
    "infinity": lambda: np.inf,
    "None in a list": lambda: [0.0, None],
    "a ragged list": lambda: [[0.0], [1.0, 2.0]],
    "a dictionary": lambda: {"a": 1.0},
    "a set": lambda: {1.0, 2.0},
    "a generator": lambda: (x for x in (0.0, 1.0)),
    "an iterator without end": lambda: iter(int, 1),
    "a function": lambda: wrong,
    "a class": lambda: WideBandLead,
    "a module": lambda: np,
    "an object": object,
    "an object without words": Mute,
    "a date": lambda: np.datetime64("2022-01-01"),
    "a day": lambda: datetime.date(2022, 1, 1),
    "a span of time": lambda: np.timedelta64(1, "s"),
    "a sparse matrix": lambda: sparse.csr_matrix(np.eye(2)),
    "a tensor that is elsewhere": Unwilling,
    "a masked array": lambda: np.ma.array([0.25, 0.5], mask=[False, True]),
    "a masked number": lambda: np.ma.masked,
    "a structured array": lambda: np.zeros(2, dtype=[("a", float)]),
    "an integer beyond float": lambda: 10**400,
    "a number beyond float": lambda: np.longdouble("1e4000"),
    "no number": lambda: np.zeros(0),
    "five axes": lambda: np.zeros((1, 1, 1, 1, 3)),
    "objects": lambda: np.array([object(), object()]),
    "a list without end": lambda: endless(),
}


def endless() -> list[Any]:
    """Return a list that holds itself."""
    loop: list[Any] = []
    loop.append(loop)
    return loop


def snapshot() -> OpenSystem:
    """Return the junction that the right calls are about."""
    return models.two_level(temperature=(0.1, 0.2)).at(0.25)


def right() -> dict[str, Any]:
    """Return a right value for the arguments of the functions, by name."""
    return {
        "system": snapshot(),
        "energy": 0.25,
        "frequency": 0.25,
        "model": models.two_level(gamma=1.0, temperature=(0.5, 0.5)),
        "path": Straight([0.0], [0.125]),
        "trajectory": Straight([0.0], [0.125]),
        "times": [0.0, 0.5],
        "time": 0.5,
        "delays": [0.0, 0.25],
        "start": ([0.0], [0.125]),
        "body": ClassicalBody(8.0, Harmonic(1.0)),
        "x": [0.25],
        "mass": 8.0,
        "wire": JelliumWire(1.0, 16.0, 0.5),
        "points": [[0.25, 0.5]],
        "functional": functionals.Hubbard([0], 1.0, 0.5),
        "family": lambda bias: models.two_level(gamma=1.0, mu=(bias / 2, -bias / 2), temperature=(0.5, 0.5)),
        "biases": [0.0, 0.5],
    }


def plane() -> OpenSystem:
    """Return a junction with two coordinates, where one is too few."""
    one = snapshot()
    gradient = np.concatenate([one.gradient, [[[0.0, 0.25], [0.25, 0.0]]]])
    return OpenSystem(one.hamiltonian, gradient, one.leads)


# Functions that the junction of all others does not suit.
OWN: dict[str, Callable[[], dict[str, Any]]] = {"mode_rates": lambda: {"system": plane()}}


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters of a function or class."""
    return list(inspect.signature(function).parameters.values())


def needed(function: Callable[..., Any]) -> dict[str, Any]:
    """Return right values for the arguments without default."""
    values = right() | OWN.get(function.__name__, dict)()
    return {p.name: values[p.name] for p in parameters(function) if p.default is p.empty}


# Kinds that are no mistake for an argument. None is none where it is the default; a batch may be empty.
BATCHED = {"no number", "five axes"}
FINE: dict[str, set[str]] = {
    "noise": {"a boolean"},
    "progress": {"a boolean", "a function"},
    "checkpoint": {"text", "a number in text"},
    "start": {"a generator"},
    "seed": {"an integer beyond float"},
    "Straight.start": set(),
    # What they return is looked at where they are called.
    "Potential.energy": {"a function"},
    "Potential.gradient": {"a function"},
    "Potential.hessian": {"a function"},
    "PairPotential.law": {"a function"},
    "PowerLaw.tail": {"nothing"},
    "friction": {"a boolean"},
    # What it returns is looked at as a model.
    "critical_bias.family": {"a function"},
    "WideBandLead.mu": BATCHED,
    "WideBandLead.temperature": BATCHED,
    # A wire has a side and a Fermi energy > 0, so that a batch of zeros is none.
    **{f"JelliumWire.{name}": {"no number"} for name in ("side", "fermi_energy")},
    **{f"JelliumWire.{name}": BATCHED for name in ("bias", "frequency", "strength")},
    **{f"PeriodicLead.{name}": BATCHED for name in ("mu", "temperature")},
    **{f"ChainLead.{name}": BATCHED for name in ("hopping", "mu", "temperature", "onsite", "coupling")},
}


def mistakes(function: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    """Yield every argument of a function with every kind of value that is wrong for it."""
    for p in parameters(function):
        fine = FINE.get(f"{function.__name__}.{p.name}", FINE.get(p.name, set()))
        for kind in KINDS:
            optional = kind == "nothing" and p.default is None
            if not optional and kind not in fine:
                yield p.name, kind


CONSTRUCTORS: dict[Any, dict[str, Any]] = {
    OpenSystem: {
        "hamiltonian": [[0.25, 0.5], [0.5, -0.25]],
        "gradient": [[[1.0, 0.0], [0.0, -1.0]]],
        "leads": [WideBandLead([[0.5, 0.0], [0.0, 0.5]], 0.0, 0.25)],
        "degeneracy": 2,
    },
    WideBandLead: {"broadening": [[0.5, 0.0], [0.0, 0.5]], "mu": 0.5, "temperature": 0.25},
    ChainLead: {
        "site": 0, "hopping": -1.0, "mu": 0.5, "temperature": 0.25, "onsite": 0.25, "coupling": 0.5,
    },
    PeriodicLead: {
        "sites": [0, 1], "onsite": [[0.25, 0.5], [0.5, -0.25]], "hopping": [[-1.0, 0.25], [0.0, -0.5]],
        "mu": 0.5, "temperature": 0.25, "coupling": [[0.5, 0.0], [0.25, 0.5]],
    },
    JelliumWire: {"side": 4.0, "fermi_energy": 8.5, "bias": 0.5, "frequency": 0.25, "strength": 2.0},
    ClassicalBody: {"mass": 8.0, "potential": Harmonic(1.0)},
    Harmonic: {"stiffness": 1.0, "rest": 0.5},
    PairPotential: {"law": PowerLaw(0.5, 1.0, 3), "left": 0.0, "right": 4.0},
    PowerLaw: {"strength": 0.5, "length": 1.0, "exponent": 3, "tail": (2.0, 3.0)},
    Potential: {"energy": Harmonic(1.0).energy, "gradient": Harmonic(1.0).gradient},
    Straight: {"start": [0.0, 1.0], "velocity": [0.5, 0.25]},
    Oscillation: {"center": [0.0, 1.0], "amplitude": [0.5, 0.5], "frequency": 0.5, "phase": [0.25, 0.0]},
    Trajectory: {"times": [0.0, 1.0], "position": [[0.0], [1.0]], "velocity": [[1.0], [1.0]]},
    models.single_level: {"h0": 0.25, "slope": 0.5, "broadening": (0.5, 0.25), "mu": (0.5, 0.25)},
    models.two_level: {"lambda_": 0.25, "eta": 0.5, "gamma": 0.25, "temperature": (0.5, 0.25)},
    models.stretch_and_turn: {"eta": 0.5, "bond": 2.0, "length": 4.0, "gamma": 0.25},
    models.bent_chain: {"hopping": -1.0, "decay": 0.5},
    models.wire: {
        "atoms": 2, "spacing": 2.5, "filling": 0.25, "bias": 0.5, "temperature": 0.25, "ends": "matched",
        "buffer": 2, "electrode": 2, "broadening": 0.5, "hopping": PowerLaw(-0.5, 2.0, 3),
        "repulsion": PowerLaw(0.5, 2.0, 3),
    },
    models.tangent: {"system": models.two_level().at(0.25)},
    Units: {"energy": 0.5, "length": 2.0},
    fast.Grid: {"kind": "gauss", "reach": 8.0, "nodes": 8},
}  # fmt: skip
