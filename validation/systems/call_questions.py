"""Making a question beyond the observables of a system that has given features.

Families are broad and warm, so that what moves soon forgets; whatever else can differ does, from coordinate
to coordinate, lead to lead and place to place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from electronwind import (
    CALLS,
    ClassicalBody,
    Harmonic,
    JelliumWire,
    OpenSystem,
    Oscillation,
    Potential,
    Straight,
    Trajectory,
    WideBandLead,
    models,
)
from electronwind.external.caller import Question
from electronwind.functionals import Functional, Hubbard, LocalNeutrality

from ..core.check import Problem
from .features import KIND, Row, code, decoded
from .jellium import NOTHING
from .posed import drawn_from

__all__ = ["asked", "posed_call"]

Array = NDArray[Any]

# What is put together of the features, in this order: later parts may ask for earlier ones.
Parts = dict[str, Any]
# Widths in units of the levels: what was at the start of a run is soon forgotten.
BROAD = 1.25
# So much later small errors have added up.
LONG = 6.0


def posed_call(name: str, row: Row, seed: int) -> Problem:
    """Return a question about a function that has the features of a row.

    Parameters
    ----------
    name : str
        The function.
    row : dict
        A value of every feature that a question about it has.
    seed : int
        Of all that the features leave open.
    """
    numbers = {KIND: code(name, row), "seed": seed}
    return replace(bare := Problem(NOTHING, numbers), system=_system(asked(name, bare)))


def _system(question: Question) -> OpenSystem:
    """Return the system that a question is about, in which a family is at x = 0."""
    about = question.problem
    if isinstance(about, OpenSystem):
        return about
    return NOTHING if isinstance(about, JelliumWire) else about.at(np.zeros(len(about.coordinates)))


def asked(name: str, problem: Problem) -> Question:
    """Return the question that the numbers of a problem stand for."""
    row, seed = decoded(name, problem.numbers[KIND]), problem.numbers["seed"]
    rng = drawn_from(f"{seed} {name} {problem.numbers[KIND]}")
    parts: Parts = {}
    first = CALLS[name].arguments[0]
    if first == "wire":
        parts["wire"], parts["points"] = _jellium(row, rng)
    else:
        parts |= _electrons(row, rng)
    if first == "system":
        parts["frequency"], parts["mass"] = _wheel(row, rng)
    for feature, make in _MAKE.items():
        if feature in row:
            parts |= make(row, parts, rng)
    wanted = CALLS[name].arguments
    options: dict[str, Any] = {"friction": row["friction"] == "with"} if "friction" in row else {}
    if row.get("since") == "given":
        options["since"] = -0.25
    return Question(name, parts[wanted[0]], tuple(parts[part] for part in wanted[1:]), options)


# --- electrons ------------------------------------------------------------------------------------


def _hermitian(shape: tuple[int, ...], n: int, real: bool, rng: Generator) -> Array:
    parts = rng.integers(-16, 17, (2, *shape, n, n)) / 32
    raw = parts[0] + (0 if real else 1j) * parts[1]
    return np.asarray(raw + np.conj(np.swapaxes(raw, -1, -2)))


class _Bent:
    """h(x) = h + x_mu L_mu + x_mu x_nu C_mu,nu/2 as a class of a user's own."""

    def __init__(self, h: Array, slopes: Array, bends: Array, leads: list[WideBandLead], spin: int) -> None:
        self._parts, self.leads, self.degeneracy = (h, slopes, bends), tuple(leads), spin
        self.coordinates = tuple(f"q{k}" for k in range(len(slopes)))

    def hamiltonian(self, x: Any) -> Array:
        h, slopes, bends = self._parts
        x = np.asarray(x, dtype=float)
        return np.asarray(
            h + np.einsum("...m,mij->...ij", x, slopes) + np.einsum("...m,...v,mvij->...ij", x, x, bends) / 2
        )

    def gradient(self, x: Any) -> Array:
        _, slopes, bends = self._parts
        return np.asarray(slopes + np.einsum("...v,mvij->...mij", np.asarray(x, dtype=float), bends))

    def at(self, x: Any) -> OpenSystem:
        return OpenSystem(self.hamiltonian(x), self.gradient(x), self.leads, self.degeneracy)


def _electrons(row: Row, rng: Generator) -> Parts:
    """Return the system at x = 0, and the family."""
    n = 3 if row["levels"] == "3+" else int(row["levels"])
    d = {"3": 3, "4+": int(rng.integers(4, 6))}.get(row.get("coordinates", "2")) or int(
        row.get("coordinates", "2")
    )
    real, spin = row["entries"] == "real", 3 if row["spin"] == "3+" else int(row["spin"])
    h, slopes = _hermitian((), n, real, rng), _hermitian((d,), n, real, rng)
    bends = _hermitian((d, d), n, real, rng) / 2
    bends = (bends + np.swapaxes(bends, 0, 1)) / 2
    count = 3 if row["leads"] == "3+" else int(row["leads"])
    mu, heat = rng.permutation(4)[:count] / 4, (4 + rng.permutation(4)[:count]) / 16
    if row["potentials"] == "equal":
        mu = np.full(count, mu[0])
    elif row["potentials"] != "different" or count > 1:
        mu = np.sort(mu) if row["potentials"] == "reversed" else np.sort(mu)[::-1]
    if row["temperatures"] == "equal":
        heat = np.full(count, heat[0])
    leads = []
    for a in range(count):
        root = _hermitian((), n, real, rng)
        leads.append(WideBandLead(root @ root / n + BROAD * (1 + a / 4) * np.eye(n), mu[a] - 0.25, heat[a]))
    parts: Parts = {"system": OpenSystem(h, slopes, leads, spin), "d": d}
    family = row.get("family")
    if family == "tangent":
        parts["model"] = models.tangent(parts["system"])
    elif family is not None:
        bent = _Bent(h, slopes, 0 * bends if family == "linear" else bends, leads, spin)
        parts["model"] = (
            bent if family == "object" else models.family(bent.hamiltonian, bent.gradient, leads, d, spin)
        )
    if "batch" in row and row["batch"] != "none":
        many = 3 if row["batch"] == "some" else 1
        steps = np.arange(1, many + 1)[:, None, None] / 8
        parts["system"] = OpenSystem(h + steps * slopes[0], slopes, leads, spin)
    return parts


def _wheel(row: Row, rng: Generator) -> tuple[Any, float]:
    size = {"usual": float(rng.integers(8, 24)) / 16, "small": 2.0**-8, "large": 16.0}[row["size"]]
    many = {
        "number": size, "list": [size, 1.5 * size], "list of one": [size],
        "not in order": [1.25 * size, size, 1.5 * size], "the same twice": [size, 1.5 * size, size],
    }[row["shape"]]  # fmt: skip
    mass = {"usual": 2.5, "1": 1.0, "heavy": 2.0**14, "light": 2.0**-6}[row["mass"]]
    return (many if isinstance(many, float) else np.array(many)), mass


# --- what moves, where and when -------------------------------------------------------------------


def _spread(d: int, rng: Generator) -> Array:
    """Return numbers between 1/8 and 1/2, no two alike."""
    return np.asarray(rng.permutation(np.arange(4, 4 + 2 * d, 2))) / (8.0 * (d + 2))


def _quartic(stiff: Array, second: bool) -> Potential:
    def energy(x: Array) -> Array:
        return np.asarray(np.sum(stiff * (x**2 / 2 + x**4 / 4), axis=-1))

    def gradient(x: Array) -> Array:
        return np.asarray(stiff * (x + x**3))

    def hessian(x: Array) -> Array:
        return np.asarray((stiff * (1 + 3 * x**2))[..., None] * np.eye(np.shape(x)[-1]))

    return Potential(energy, gradient, hessian) if second else Potential(energy, gradient)


def _body(row: Row, parts: Parts, rng: Generator) -> Parts:
    d = parts["d"]
    masses: Any = {"different": 1 + rng.permutation(d) / 2, "equal": np.full(d, 1.5), "one number": 1.5}[
        row["masses"]
    ]
    stiff = 2 + rng.permutation(d) / 2
    kind = row["surface"]
    surface: Any = (
        Harmonic(stiff, _spread(d, rng)) if kind == "springs"
        else Harmonic(2.5, 0.125) if kind == "one spring"
        else _quartic(stiff, kind == "quartic")
    )  # fmt: skip
    return {"body": ClassicalBody(masses, surface)}


def _place(row: Row, parts: Parts, rng: Generator) -> Parts:
    x = _spread(parts["d"], rng)
    steps = np.arange(4)[:, None] / 8
    return {
        "x": {
            "one": x, "batch": x + steps[:3], "several axes": (x + steps).reshape(2, 2, -1),
            "one of a batch": x[None], "whole numbers": np.arange(len(x)) % 2, "origin": 0 * x,
            "the same twice": np.stack([x, x + 0.125, x]),
        }[row["place"]]
    }  # fmt: skip


def _start(row: Row, parts: Parts, rng: Generator) -> Parts:
    x, v = _spread(parts["d"], rng), -_spread(parts["d"], rng)
    many = np.arange(2)[:, None] / 4
    return {
        "start": {
            "one": (x, v), "batch": (x + many, v - many), "one velocity": (x + many, v),
            "one position": (x, v + many), "at rest": (x, 0 * v),
            "several axes": (x + many[:, None], v - many),
            "whole numbers": (np.arange(len(x)) % 2, np.arange(len(x)) % 2 - 1),
        }[row["start"]]
    }  # fmt: skip


def _path(row: Row, parts: Parts, rng: Generator) -> Parts:
    x, v = _spread(parts["d"], rng), _spread(parts["d"], rng)
    swing = Oscillation(x, v, 1.25, np.arange(len(x)) * 0.75)
    straight = Straight(x, v)
    path = {
        "oscillation": swing, "straight": straight, "at rest": Straight(x, 0 * v),
        "knots": Trajectory([-0.25, 0.125, LONG], [x, x + v, x - v], [v, 0 * v, -v]),
        # It may have begun at any time, and never leads far away.
        "function": lambda t: straight(2 * np.tanh(np.asarray(t, dtype=float) / 2)),
    }[row["path"]]  # fmt: skip
    return {"path": path, "trajectory": path}


def _times(row: Row, parts: Parts, rng: Generator) -> Parts:
    times = {
        "uneven": [0.0, 0.0625, 0.25], "one": [0.0], "even": [0.0, 0.125, 0.25],
        "late": [0.625, 0.75], "negative": [-0.25, -0.125, 0.0], "whole numbers": [0, 1], "long": [0.0, LONG],
        "many": np.arange(20) / 64,
    }[row["times"]]  # fmt: skip
    return {"times": np.array(times)}


def _delays(row: Row, parts: Parts, rng: Generator) -> Parts:
    delays = {
        "rising": [0.0, 0.25], "one": [0.25], "not in order": [0.25, 0.0, 0.125],
        "the same twice": [0.25, 0.125, 0.25], "zero": [0.0], "whole numbers": [0, 1],
    }[row["delays"]]  # fmt: skip
    return {"delays": np.array(delays), "time": 1 if row["delays"] == "whole numbers" else 0.5}


def _functional(row: Row, parts: Parts, rng: Generator) -> Parts:
    n, spin = parts["system"].levels, parts["system"].degeneracy
    kind = row["functional"]
    sites = list(range(n)) if kind in ("strengths", "one strength", "neutral", "not in order") else [n - 1]
    if kind == "not in order":
        sites = [*sites[1:], 0]
    charges = spin * (3 + rng.permutation(len(sites))) / 8
    strengths = (1 + rng.permutation(len(sites))) / (4.0 * spin)
    if kind == "neutral":
        return {"functional": LocalNeutrality(sites, charges)}
    if kind == "written out":
        # Of more levels a potential with every entry takes a second to find.
        exchange = 1 / (8.0 * spin) if n == 2 else 0.0
        return {"functional": _written(np.arange(1.0, n + 1) / (4.0 * spin), spin / 4, exchange)}
    return {"functional": Hubbard(sites, strengths[0] if kind == "one strength" else strengths, charges)}


def _written(strength: Array, charge: float, exchange: float) -> Functional:
    """Return the repulsion of all sites and an exchange, which acts off the diagonal, by a user."""

    def excess(density: Array) -> Array:
        return np.asarray(np.real(np.diagonal(density)) - charge)

    def energy(density: Array) -> float:
        exchanged = float(np.sum(np.abs(density) ** 2))
        return (float(np.sum(strength * excess(density) ** 2)) - exchange * exchanged) / 2

    return Functional(
        energy,
        lambda density: np.diag(strength * excess(density)) - exchange * density,
        lambda _, change: np.diag(strength * np.real(np.diagonal(change))) - exchange * change,
    )


_MAKE: dict[str, Callable[[Row, Parts, Generator], Parts]] = {
    "masses": _body,
    "place": _place,
    "start": _start,
    "path": _path,
    "times": _times,
    "delays": _delays,
    "functional": _functional,
}


# --- jellium --------------------------------------------------------------------------------------


def _jellium(row: Row, rng: Generator) -> tuple[JelliumWire, Array]:
    """Return a wire whose potentials are off all edges of subbands, and points in it."""
    side = {"usual": 2.25, "wide": 2.25 * 2.0**6, "narrow": 2.25 * 2.0**-6}[row["side"]]
    unit = (np.pi / side) ** 2 / 2
    # An irrational part of the distance between edges, which are whole numbers here.
    squares = {"one": 3.0, "some": 14.0, "many": 181.0}[row["subbands"]] + 0.4142
    bias = {"positive": 0.75, "negative": -0.75, "small": 2.0**-12, "large": squares / 2}[row["bias"]]
    motion = {"usual": 0.3125, "zero": 0.0, "small": 2.0**-12, "large": 2.3125}[row["motion"]]
    strength = {"positive": 0.75, "negative": -1.25}[row["strength"]]
    many = np.array([1.0, 1.0625]) if row["wires"] == "batch" else 1.0
    wire = JelliumWire(side, unit * squares, unit * bias * many, unit * motion, strength * many)
    u, v = rng.integers(5, 12, 2) / 32 + [0.0, 0.25]
    x, y = {"anywhere": (u, v), "diagonal": (u, u), "axis": (0.5, u), "wall": (u, 2.0**-7)}[row["point"]]
    one = side * np.array([x, y])
    other = side * np.array([y, x / 2])
    points = np.asarray({
        "one": one, "list": [one, other, one / 2], "several axes": [[one, other], [other / 2, one / 2]],
        "one of a list": [one], "the same twice": [one, other, one],
        "whole numbers": [[1, 1], [1, 2], [2, 1]],
    }[row["points"]])  # fmt: skip
    return wire, points
