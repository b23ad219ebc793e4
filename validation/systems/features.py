"""What a question can be: one table of features, each with its values and how it is read off a question.

A question is a system and, where the observable takes one, an argument. Its features are computed from itself
and not remembered by whoever drew it, so that every problem of every check knows its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OBSERVABLES, OpenSystem

from .call_features import CALL_FEATURES

__all__ = ["FEATURES", "KIND", "Feature", "Row", "asked_of", "code", "decoded", "read", "words_of"]

Row = dict[str, str]
Array = NDArray[Any]

# Where a question that was made from its features keeps them, as a word, among its numbers.
KIND = "kind"

# Levels closer than this, in units of the largest energy of h, are one to double precision.
ONE = 1e-13
# A bias of so many temperatures, or where all are 0 of the largest energy, is tiny.
TINY, COLD_TINY = 2e-3, 1e-6
# Temperatures that differ by less than this of themselves are nearly equal.
NEARLY = 1e-5
# In units of the largest energy of h: what is cold, and what is a small or a large argument.
COLD, SMALL, LARGE = 1e-2, 1e-3, 8.0
# Energies beyond these are unusual in the chosen unit.
USUAL = (1e-6, 1e6)


@dataclass(frozen=True)
class Feature:
    """One thing that a question can be in several ways.

    Attributes
    ----------
    name : str
        Name.
    values : dict of str
        By value what is said of a question that has it, after "wrong"; the simplest value first.
    read : callable
        ``read(system, argument)`` returns the value; the argument is in units of the largest energy of h, and
        None where there is none.
    of : {"system", "argument"}
        What it is a feature of.
    """

    name: str
    values: dict[str, str]
    read: Callable[[OpenSystem, Array | None], str]
    of: str = "system"


def _scale(system: OpenSystem) -> float:
    """Return the largest energy of h, or of what there is where h is empty or zero."""
    h = float(np.max(np.abs(system.hamiltonian), initial=0.0))
    return h or max((lead.width for lead in system.leads), default=0.0) or 1.0


def _numbers(system: OpenSystem, name: str) -> list[Array]:
    return [np.asarray(getattr(lead, name), dtype=float) for lead in system.leads]


def _spread(numbers: list[Array]) -> float:
    """Return the largest difference between leads in one member of a batch."""
    found = np.broadcast_arrays(*numbers)
    return float(np.max(np.ptp(np.stack(found), axis=0), initial=0.0))


def _levels(system: OpenSystem, _: Any) -> str:
    n = system.levels
    return "1" if n == 1 else "2" if n == 2 else "3-4" if n <= 4 else "5-8" if n <= 8 else "9+"


def _coordinates(system: OpenSystem, _: Any) -> str:
    return str(system.coordinates) if system.coordinates < 4 else "4+"


def _batch(system: OpenSystem, _: Any) -> str:
    shape = system.shape
    size = int(np.prod(shape))
    if size == 0:
        return "empty"
    if size >= 100:
        return "100+"
    if not shape:
        return "none"
    return "several axes" if len(shape) > 1 else "one" if size == 1 else "some"


def _leads(system: OpenSystem, _: Any) -> str:
    return str(len(system.leads)) if len(system.leads) < 4 else "4+"


def _kind(system: OpenSystem, _: Any) -> str:
    kinds = {lead.kind for lead in system.leads}
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _touched(lead: Any, levels: int) -> frozenset[int]:
    if not lead.wide_band:
        return frozenset(map(int, np.ravel(lead.sites)))
    diagonal = np.diagonal(lead.broadening, axis1=-2, axis2=-1).reshape(-1, levels)
    return frozenset(np.flatnonzero(np.any(diagonal != 0, axis=0)).tolist())


def _place(system: OpenSystem, _: Any) -> str:
    n = system.levels
    sets = [_touched(lead, n) for lead in system.leads]
    if any(len(found) == n for found in sets):
        return "all"
    if any(one & other for a, one in enumerate(sets) for other in sets[:a]):
        return "shared"
    return "inner" if any(found and not found & {0, n - 1} for found in sets) else "ends"


def _parameters(system: OpenSystem, _: Any) -> str:
    # The axes of h are always those of the system.
    shapes = {np.shape(getattr(lead, name)) for lead in system.leads for name in ("mu", "temperature")}
    return "shared" if shapes == {()} else "as h" if shapes == {system.shape} else "their own"


def _entries(system: OpenSystem, _: Any) -> str:
    matrices = [system.hamiltonian, system.gradient, *(m for lead in system.leads for m in lead.matrices)]
    return "complex" if any(np.any(np.imag(matrix)) for matrix in matrices) else "real"


def _gap(system: OpenSystem, _: Any) -> str:
    if system.levels == 1 or not system.hamiltonian.size:
        return "apart"
    gaps = np.diff(np.linalg.eigvalsh(system.hamiltonian), axis=-1)
    least = float(np.min(gaps)) / _scale(system)
    return "none" if least < ONE else "1e-12" if least < 1e-10 else "1e-8" if least < 1e-6 else "apart"


def _temperatures(system: OpenSystem, _: Any) -> str:
    heats = _numbers(system, "temperature")
    high, spread = max(float(np.max(x, initial=0.0)) for x in heats), _spread(heats)
    if not high:
        return "zero"
    if not spread:
        return "equal"
    if any(np.any(heat == 0) for heat in heats):
        return "some zero"
    return "nearly equal" if spread <= NEARLY * high else "different"


def _warmth(system: OpenSystem, _: Any) -> str:
    high = max(float(np.max(x, initial=0.0)) for x in _numbers(system, "temperature"))
    return "warm" if high >= COLD * _scale(system) else "cold"


def _potentials(system: OpenSystem, _: Any) -> str:
    spread = _spread(_numbers(system, "mu"))
    if not spread:
        return "equal"
    high = max(float(np.max(x, initial=0.0)) for x in _numbers(system, "temperature"))
    return "tiny bias" if spread <= max(TINY * high, COLD_TINY * _scale(system)) else "different"


def _unit(system: OpenSystem, _: Any) -> str:
    size = _scale(system)
    return "tiny" if size < USUAL[0] else "huge" if size > USUAL[1] else "usual"


def _spin(system: OpenSystem, _: Any) -> str:
    return str(system.degeneracy) if system.degeneracy in (1, 2) else "3+"


def _shape(_: OpenSystem, argument: Array | None) -> str:
    assert argument is not None
    if not argument.ndim:
        return "number"
    return "list of one" if argument.size == 1 else "list"


def _sign(_: OpenSystem, argument: Array | None) -> str:
    assert argument is not None
    low, high = float(np.min(argument, initial=0.0)), float(np.max(argument, initial=0.0))
    return "both" if low < 0 < high else "negative" if low < 0 else "positive" if high > 0 else "zero"


def _size(_: OpenSystem, argument: Array | None) -> str:
    assert argument is not None
    size = float(np.max(np.abs(argument), initial=0.0))
    return "small" if size < SMALL else "large" if size >= LARGE else "usual"


FEATURES: dict[str, Feature] = {
    feature.name: feature
    for feature in (
        Feature("levels", {
            "2": "for two levels", "1": "for one level", "3-4": "from three levels on",
            "5-8": "from five levels on", "9+": "from nine levels on",
        }, _levels),
        Feature("coordinates", {
            "2": "for two coordinates", "1": "for one coordinate", "3": "from three coordinates on",
            "4+": "from four coordinates on",
        }, _coordinates),
        Feature("batch", {
            "none": "for a system that is no batch", "one": "for a batch of one", "some": "for a batch",
            "several axes": "for a batch of several axes", "empty": "for an empty batch",
            "100+": "for a batch of a hundred or more",
        }, _batch),
        Feature("leads", {
            "2": "for two leads", "1": "for a single lead", "3": "from three leads on",
            "4+": "from four leads on",
        }, _leads),
        Feature("kind", {
            "wide-band": "for wide-band leads", "chain": "for chain leads", "periodic": "for leads of cells",
            "mixed": "for leads of several kinds",
        }, _kind),
        Feature("place", {
            "all": "where a lead reaches every level", "ends": "where no lead reaches every level",
            "shared": "where leads share a level", "inner": "where a lead touches inner levels only",
        }, _place),
        Feature("parameters", {
            "shared": "where a batch shares the numbers of its leads",
            "as h": "where the numbers of the leads are batched as h",
            "their own": "where the numbers of the leads are batched otherwise than h",
        }, _parameters),
        Feature("entries", {"complex": "for complex matrices", "real": "for real matrices"}, _entries),
        Feature("gap", {
            "apart": "where all levels are apart", "none": "where two levels coincide",
            "1e-12": "where two levels nearly coincide, to 1e-10 of the scale",
            "1e-8": "where two levels nearly coincide, to 1e-6 of the scale",
        }, _gap),
        Feature("temperatures", {
            "different": "whenever two temperatures differ", "equal": "where all temperatures are equal",
            "nearly equal": "where temperatures nearly agree", "zero": "where all temperatures are 0",
            "some zero": "where some temperature is 0 and another is not",
        }, _temperatures),
        Feature("warmth", {
            "warm": "where a temperature is not small", "cold": "where all temperatures are small",
        }, _warmth),
        Feature("potentials", {
            "different": "whenever two potentials differ", "equal": "where all potentials are equal",
            "tiny bias": "at a tiny bias",
        }, _potentials),
        Feature("unit", {
            "usual": "where energies are of order 1", "tiny": "where all energies are tiny",
            "huge": "where all energies are huge",
        }, _unit),
        Feature("spin", {
            "1": "for a spin factor of 1", "2": "for a spin factor of 2",
            "3+": "for a spin factor above 2",
        }, _spin),
        Feature("shape", {
            "number": "for a single {argument}", "list of one": "for a list of one {argument}",
            "list": "for a list of {arguments}",
        }, _shape, "argument"),
        Feature("sign", {
            "positive": "for {argument} > 0", "negative": "for {argument} < 0",
            "zero": "for {argument} = 0", "both": "for {arguments} of either sign",
        }, _sign, "argument"),
        Feature("size", {
            "usual": "for {arguments} like the levels", "small": "for a small {argument}",
            "large": "for a large {argument}",
        }, _size, "argument"),
    )
}  # fmt: skip


def words_of(name: str) -> dict[str, Mapping[str, str]]:
    """Return by feature of a question about a function its values, and what is said of each."""
    if name in CALL_FEATURES:
        return dict(CALL_FEATURES[name])
    takes = bool(OBSERVABLES[name].argument)
    return {n: feature.values for n, feature in FEATURES.items() if takes or feature.of == "system"}


def asked_of(name: str) -> tuple[str, ...]:
    """Return the names of the features that a question about a function has."""
    return tuple(words_of(name))


def read(observable: str, system: OpenSystem, *argument: ArrayLike) -> Row:
    """Return the features of a question.

    Parameters
    ----------
    observable : str
        What is asked.
    system : OpenSystem
        Of what.
    *argument : array_like
        Energy, frequency or delays, where the observable has one.
    """
    unit = _scale(system) ** OBSERVABLES[observable].argument_power
    given = np.asarray(argument[0], dtype=float) / unit if argument else None
    return {name: FEATURES[name].read(system, given) for name in asked_of(observable)}


def code(name: str, row: Row) -> str:
    """Return features of a question about a function as a word, one digit each in the order of the table."""
    return "".join(str(list(values).index(row[feature])) for feature, values in words_of(name).items())


def decoded(name: str, word: str) -> Row:
    """Return the features that `code` wrote of a question about a function.

    Raises
    ------
    ValueError
        No such word.
    """
    known = words_of(name)
    if len(word) != len(known) or not all(
        digit.isdecimal() and int(digit) < len(values)
        for digit, values in zip(word, known.values(), strict=True)
    ):
        raise ValueError(f"features of {name}: no word is {word!r:.40}")
    return {
        feature: list(values)[int(digit)]
        for digit, (feature, values) in zip(word, known.items(), strict=True)
    }
