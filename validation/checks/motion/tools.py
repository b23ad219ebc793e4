"""What the checks of junctions in motion share: posing a problem, asking for a run, and comparing runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import (
    DYNAMICS,
    OBSERVABLES,
    ClassicalBody,
    Harmonic,
    Model,
    OpenSystem,
    models,
    path_from_dict,
)

from ...core.check import Comparison, Problem
from ...core.tolerances import TRUST, energy, natural

__all__ = [
    "RUNS",
    "Setting",
    "compare",
    "model_of",
    "noise_floor",
    "observed",
    "power",
    "run",
    "setting",
    "size",
    "spin",
]

Array = NDArray[Any]
Fields = dict[str, Array]

RUNS = tuple(DYNAMICS)


@dataclass(frozen=True)
class Setting:
    """All that one run is asked with; `dataclasses.replace` makes a related one.

    Attributes
    ----------
    model : Model
        The family h(x).
    times : tuple of float
        Times of the run, or the delays of a noise record.
    path : Path, callable or None
        Prescribed motion.
    body : ClassicalBody or None
        What moves where the electrons push.
    start : tuple of ndarray
        Position and velocity of the body.
    moment : float
        Time of a noise record.
    since : float or None
        Until when the path of a noise record rests.
    """

    model: Model
    times: tuple[float, ...]
    path: Any = None
    body: ClassicalBody | None = None
    start: tuple[Array, ...] = ()
    moment: float = 0.0
    since: float | None = None


def model_of(problem: Problem) -> Model:
    """Return the family of a problem: the one it names, or its system set in motion."""
    named = problem.numbers.get("family")
    family: Model = getattr(models, named)() if named else models.tangent(problem.system)
    return family


def setting(problem: Problem) -> Setting:
    """Return what the numbers of a problem describe."""
    numbers = problem.numbers
    path = path_from_dict(numbers["path"]) if "path" in numbers else None
    body: ClassicalBody | None = None
    start: tuple[Array, ...] = ()
    if "mass" in numbers:
        body = ClassicalBody(numbers["mass"], Harmonic(numbers["stiffness"], numbers["rest"]))
        start = tuple(np.array(part, dtype=float) for part in numbers["start"])
    return Setting(
        model_of(problem), tuple(numbers["times"]), path, body, start,
        numbers.get("moment", 0.0), numbers.get("since"),
    )  # fmt: skip


# What a setting gives for each argument of the table.
_ARGUMENTS: dict[str, Callable[[Setting], Any]] = {
    "model": lambda given: given.model,
    "path": lambda given: given.path,
    "trajectory": lambda given: given.path,
    "times": lambda given: np.array(given.times),
    "delays": lambda given: np.array(given.times),
    "time": lambda given: given.moment,
    "body": lambda given: given.body,
    "start": lambda given: given.start,
}


def run(solver: Any, name: str, given: Setting, **options: Any) -> Any:
    """Return the run of a solver, its fields checked by the guard."""
    row = DYNAMICS[name]
    stated = {option: getattr(given, option) for option in row.options}
    options = {option: value for option, value in stated.items() if value is not None} | options
    return getattr(solver, name)(*(_ARGUMENTS[argument](given) for argument in row.arguments), **options)


def observed(solver: Any, name: str, given: Setting, **options: Any) -> Fields:
    """Return the fields of a run by name."""
    result = run(solver, name, given, **options)
    return {field: getattr(result, field) for field in DYNAMICS[name].fields}


# Bodies of the checks move by about a tenth.
LENGTH = 0.1
_SIZES: dict[str, Callable[[OpenSystem], float]] = {
    "position": lambda _: LENGTH,
    "time": lambda _: LENGTH,
    "body_energy": lambda _: LENGTH**2,
    "electronic_energy": lambda system: system.degeneracy * energy(system),
    "correlation": lambda system: natural("force", system) ** 2 / system.degeneracy,
}


def spin(name: str, field: str) -> bool:
    """Return whether the degeneracy multiplies a field of a run."""
    like = DYNAMICS[name].like[field]
    return OBSERVABLES[like].spin if like in OBSERVABLES else like not in ("position", "time")


_POWERS = {"position": 0, "time": -1, "body_energy": 1, "electronic_energy": 1, "correlation": 2}


def power(name: str, field: str) -> int:
    """Return the power of r in a field where all energies, dh/dx and 1/t are multiplied by r, at fixed x."""
    if field == "velocity":  # in the table of the kind of a position
        return 1
    like = DYNAMICS[name].like[field]
    return OBSERVABLES[like].power if like in OBSERVABLES else _POWERS[like]


def size(name: str, field: str, system: OpenSystem, want: ArrayLike = 0.0) -> float:
    """Return what the error of a field is measured against: its natural size, or its largest entry."""
    largest = float(np.max(np.abs(want), initial=0.0))
    like = DYNAMICS[name].like[field]
    known = natural(like, system) if like in OBSERVABLES else _SIZES[like](system)
    return max(largest, known)


def compare(
    name: str,
    got: Mapping[str, ArrayLike],
    want: Mapping[str, ArrayLike],
    system: OpenSystem,
    uncertainty: float = 0.0,
) -> Iterator[Comparison]:
    """Yield the comparison of each field that is wanted; `uncertainty` in units of its scale."""
    for field, value in want.items():
        scale = size(name, field, system, value)
        yield Comparison(name, got[field], value, scale, "run", uncertainty=uncertainty * scale)


def noise_floor(solver: Any, scale: float) -> float:
    """Return the absolute error that a value of a run is allowed."""
    return TRUST * float(solver.time_accuracy) * scale
