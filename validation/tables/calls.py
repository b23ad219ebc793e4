"""What the tables ask beyond observables of a system: problems as plain data, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from electronwind import STATICS, JelliumWire, OpenSystem, functionals, models

from .drawing import Dyadic
from .problems import problem_set

__all__ = ["CallProblem", "arguments", "call_set"]


@dataclass(frozen=True)
class CallProblem:
    """One question of a row of `STATICS`.

    Attributes
    ----------
    id : str
        Also the name of the file.
    call : str
        Name of the row.
    source : str
        Where the problem is from.
    data : dict
        Plain data that `arguments` makes the arguments of.
    """

    id: str
    call: str
    source: str
    data: Mapping[str, Any]


def arguments(call: str, data: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the arguments of a call.

    Parameters
    ----------
    call : str
        A row of `STATICS`.
    data : dict
        As in `CallProblem`.
    """
    first = STATICS[call].arguments[0]
    if first == "wire":
        return JelliumWire(**data["wire"]), np.array(data["points"])
    if first == "system":
        return OpenSystem.from_dict(data["system"]), data["frequency"], data["mass"]
    family = getattr(models, data["model"])(**data["parameters"])
    x = np.array(data["x"])
    kind, *rest = data["functional"]
    return family, getattr(functionals, kind)(*rest), x


@cache
def call_set() -> dict[str, CallProblem]:
    """Return all problems by id."""
    found = [*_jellium(), *_rates(), *_screened()]
    return {problem.id: problem for problem in found}


def _jellium() -> Iterator[CallProblem]:
    draw = Dyadic("jellium")
    for k, (side, fermi, bias, frequency) in enumerate(
        ((1.25, 20.03125, 0.5, 0.25), (1.75, 10.28125, -1.0, 0.125), (2.25, 12.53125, 1.25, 0.0625),
         (2.625, 8.78125, 0.25, 0.5), (3.125, 19.90625, -0.125, 1.0), (1.5, 15.53125, 0.75, 0.375),
         (2.0, 9.40625, -0.5, 0.75))
    ):  # fmt: skip
        wire = {"side": side, "fermi_energy": fermi, "bias": bias, "frequency": frequency, "strength": 1.5}
        points = ((draw.numbers((2, 2), 14, 32) + 0.5) * side).tolist()
        for call in ("jellium_curl", "jellium_friction", "jellium_vector_potential"):
            id = f"{call.replace('_', '-')}-{k + 1}"
            source = f"drawn: a free-electron wire of side {side:g}, todorov2014 Sec. III B, IV B"
            yield CallProblem(id, call, source, {"wire": wire, "points": points})


def _rates() -> Iterator[CallProblem]:
    """Yield systems of the tables with two coordinates, as a plane that an oscillator moves in."""
    chosen = (
        "two-level-at-0", "cold-2", "warm-2", "warm-3", "three-2", "three-4", "mixed-3", "chill-2",
        "equilibrium-2", "exceptional-2-warm", "pair-on-chains-cold", "pair-on-chains-warm",
        "two-sites-each-cold", "two-sites-each-warm",
    )  # fmt: skip
    for id in chosen:
        problem = problem_set()[id]
        if problem.system.coordinates != 2:
            continue
        data = {"system": problem.system.to_dict(), "frequency": 0.1875, "mass": 12.0}
        yield CallProblem(f"rates-{id}", "mode_rates", f"{problem.source}; todorov2011 Eq. 29-30", data)


def _screened() -> Iterator[CallProblem]:
    cases: list[tuple[str, list[Any], list[float], list[float]]] = [
        ("weak", ["Hubbard", [1], 0.5, [0.75]], [0.0, 0.0], [0.5, -0.25]),
        ("strong", ["Hubbard", [1], 4.0, [0.75]], [0.0, 0.0], [0.5, -0.25]),
        ("low", ["Hubbard", [1], 2.0, [0.5]], [0.0, 0.0], [-0.75, -1.25]),
        ("displaced", ["Hubbard", [1], 4.0, [0.875]], [-0.046875, 0.03125], [0.25, -0.125]),
        ("three", ["Hubbard", [0, 1, 2], 1.0, [0.75, 0.75, 0.75]], [0.0, 0.0], [0.25, -0.5]),
        ("neutral", ["LocalNeutrality", [1], [0.75]], [0.0, 0.0], [0.5, -0.25]),
        ("neutral-displaced", ["LocalNeutrality", [1], [1.0]], [-0.0625, 0.015625], [0.375, -0.25]),
        ("neutral-low", ["LocalNeutrality", [1], [0.5]], [0.0, 0.0], [-0.875, -1.0]),
    ]
    for label, functional, x, mu in cases:
        data = {"model": "bent_chain", "parameters": {"mu": mu}, "functional": functional, "x": x}
        source = "todorov2010 Sec. II, IV, V: the bent chain in its own mean field"
        yield CallProblem(f"screened-{label}", "self_consistent", source, data)
