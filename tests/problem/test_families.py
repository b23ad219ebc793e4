"""A family of a user's own: every way to write one, in every run of both solvers, and its refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

from electronwind import (
    ClassicalBody,
    Harmonic,
    Model,
    OpenSystem,
    Oscillation,
    WideBandLead,
    fast,
    models,
    reference,
)
from electronwind.models.family import as_family

HOUSES = {"fast": fast, "reference": reference}
LEADS = [
    WideBandLead(np.diag([1.0, 0.0]), 0.3, 0.6),
    WideBandLead(np.diag([0.0, 1.2]), -0.2, 0.5),
]
BODY = ClassicalBody(5.0, Harmonic(1.0, 0.1))
H, SLOPE = np.array([[0.1, 0.3], [0.3, 0.0]]), np.array([[0.5, 0.2], [0.2, -0.5]])
COMPLEX = np.array([[0.5, 0.2j], [-0.2j, -0.5]])


def want(x: Any, slope: Any = SLOPE) -> OpenSystem:
    """Return the system at a number x of the linear families below."""
    return OpenSystem(H + x * np.asarray(slope), [slope], LEADS)


class Plain:
    """An object of a user's own, without any class of the suite above it."""

    coordinates = ("x",)
    degeneracy = 1

    def __init__(self) -> None:
        self.leads = LEADS

    def hamiltonian(self, x: Any) -> Any:
        """Return h(x)."""
        return H + np.asarray(x)[..., None] * SLOPE

    def gradient(self, x: Any) -> Any:
        """Return dh/dx."""
        return np.broadcast_to(SLOPE, (*np.shape(x)[:-1], 1, 2, 2))

    def at(self, x: Any) -> OpenSystem:
        """Return the system at x."""
        return OpenSystem(self.hamiltonian(x), self.gradient(x), LEADS, self.degeneracy)


class Nameless(Plain):
    """The same without names and without a spin factor."""

    coordinates = property()  # type: ignore[assignment]  # reading it raises AttributeError
    degeneracy = property()  # type: ignore[assignment]  # it has none

    def at(self, x: Any) -> OpenSystem:
        """Return the system at x."""
        return OpenSystem(self.hamiltonian(x), self.gradient(x), LEADS)


class Derived(Model):
    """A class made as those of the suite, with a gradient of plain numbers, and without names."""

    leads = tuple(LEADS)  # type: ignore[assignment]  # a property there

    def _hamiltonian(self, x: Any, xp: Any) -> Any:
        return [[H[i, j] + x[0] * SLOPE[i, j] for j in range(2)] for i in range(2)]

    def _gradient(self, x: Any, xp: Any) -> Any:
        return [SLOPE.tolist()]


class Anonymous:
    """An object that can be called, and whose signature is nobody's."""

    __signature__ = "none"

    def __call__(self, x: Any) -> Any:
        """Return h(x)."""
        return H + x * SLOPE


def of(h: Callable[..., Any], slope: Callable[..., Any], coordinates: Any = "x", **more: Any) -> Model:
    return models.family(h, slope, LEADS, coordinates, **more)


def in_both(x: Any, xp: Any) -> Any:
    """Return h in the arithmetic of xp, with an elementary function that is no polynomial."""
    return [[xp.sin(x) * 0.5, 0.3], [0.3, -0.2]]


def slope_in_both(x: Any, xp: Any) -> Any:
    return [[xp.cos(x) * 0.5, 0.0], [0.0, 0.0]]


def sine(x: float) -> OpenSystem:
    return OpenSystem(in_both(x, np), [slope_in_both(x, np)], LEADS)


def constant(x: float) -> OpenSystem:
    return OpenSystem(H, [0 * SLOPE], LEADS)


def integers(x: float) -> OpenSystem:
    return OpenSystem([[1, 0], [0, -1]], [[[1, 0], [0, -1]]], LEADS)


def diagonal(x: float) -> OpenSystem:
    return OpenSystem(np.diag([1, -1]), np.zeros((1, 2, 2)), LEADS)


def in_complex(x: float) -> OpenSystem:
    return want(x, COMPLEX)


def spin(x: float) -> OpenSystem:
    return OpenSystem(H + x * SLOPE, [SLOPE], LEADS, 2)


def changed(x: Any) -> Any:
    """Return h after x, which the function was lent, was overwritten."""
    x += 1.0
    return H + (x[0] - 1.0) * SLOPE


# Every way to write a family of one coordinate, and the system that it stands for.
LINEAR: dict[str, tuple[Any, Any]] = {
    "number": (lambda x: [[0.1 + 0.5 * x, 0.3 + 0.2 * x], [0.3 + 0.2 * x, -0.5 * x]], lambda x: SLOPE),
    "conditional": (lambda x: H + x * SLOPE if x < 9 else H, lambda x: [SLOPE] if x < 9 else H),
    "point": (lambda x: H + x[0] * SLOPE, lambda x: [SLOPE]),
    "batch": (lambda x: H + x[..., None] * SLOPE, lambda x: SLOPE + 0 * x[..., None, None]),
    "rows only": (lambda x: H + x[:, 0, None, None] * SLOPE, lambda x: np.stack([[SLOPE]] * len(x))),
    "outer": (lambda x: H + np.multiply.outer(x, SLOPE), lambda x: SLOPE),
    "overwrites x": (changed, lambda x: SLOPE),
    "callable object": (Anonymous(), lambda x: SLOPE),
}
NONE = np.zeros((2, 2), int)
FAMILIES: dict[str, tuple[Callable[[], Any], Callable[[float], OpenSystem]]] = {
    **{name: (partial(of, *functions), want) for name, functions in LINEAR.items()},
    "no names": (partial(of, *LINEAR["point"], None), want),
    "a number of names": (partial(of, *LINEAR["batch"], 1), want),
    "constant": (lambda: of(lambda x: H, lambda x: 0 * SLOPE), constant),
    "integers": (lambda: of(lambda x: np.diag([1, -1]), lambda x: NONE), diagonal),
    "lists of integers": (lambda: of(lambda x: [[1, 0], [0, -1]], lambda x: [NONE.tolist()]), diagonal),
    "single precision": (lambda: of(lambda x: np.diag([1, -1]).astype("f4"), lambda x: NONE), diagonal),
    "complex": (lambda: of(lambda x: H + x * COMPLEX, lambda x: COMPLEX), in_complex),
    "spin": (partial(of, *LINEAR["point"], degeneracy=2), spin),
    "both arithmetics": (lambda: of(in_both, slope_in_both), sine),
    "plain object": (Plain, want),
    "plain object, no names": (Nameless, want),
    "class of its own": (Derived, want),
}
START, TIMES = ([0.2], [0.1]), [0.0, 0.1, 0.2]
PATH = Oscillation([0.2], [0.3], 0.9)
RUNS: dict[str, tuple[Any, ...]] = {
    "driven": (PATH, TIMES),
    "driven, a function": (lambda t: PATH(t), TIMES),
    "driven, on a grid": (PATH, TIMES),
    "ehrenfest": (BODY, START, TIMES[:2]),
    "ehrenfest, on a grid": (BODY, START, TIMES),
    "ehrenfest, many": (BODY, ([[0.2], [-0.1]], [0.1]), TIMES),
    "langevin": (BODY, START, [0.0, 0.1]),
    "langevin, noise": (BODY, START, TIMES),
    "two_time_noise": (PATH, 0.1, [0.0, 0.04]),
}
OPTIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("fast", "driven, on a grid"): {"method": "spectral", "step": 0.05},
    ("fast", "ehrenfest, on a grid"): {"method": "spectral", "step": 0.05},
    ("fast", "langevin, noise"): {"noise": True, "seed": 3},
    ("reference", "driven"): {"digits": 6},
    ("reference", "driven, a function"): {"digits": 6},
    ("reference", "ehrenfest"): {"digits": 6},
    ("reference", "ehrenfest, many"): {"digits": 6},
    ("reference", "langevin"): {"digits": 5},
    ("reference", "two_time_noise"): {"since": 0.05, "digits": 6},
    ("fast", "two_time_noise"): {"since": 0.05},
}


def run(house: str, name: str, model: Any) -> Any:
    """Return a run of a solver."""
    function = getattr(HOUSES[house], name.partition(",")[0])
    return function(model, *RUNS[name], **OPTIONS.get((house, name), {}))


def twin(system: Callable[[float], OpenSystem]) -> Model:
    """Return the same family as one of the suite's."""
    return Sine() if system is sine else models.tangent(system(0.0))


@cache
def right(house: str, name: str, system: Callable[[float], OpenSystem]) -> Any:
    """Return a run of the twin."""
    return run(house, name, twin(system))


def offered(house: str, name: str) -> bool:
    return house == "fast" or not name.endswith(("grid", "noise")) or name == "two_time_noise"


CALLS = [(house, name) for house in HOUSES for name in RUNS if offered(house, name)]


@pytest.mark.parametrize(("make", "system"), FAMILIES.values(), ids=FAMILIES)
def test_family_is_its_functions(make: Any, system: Any) -> None:
    """A family of any kind gives the system of its functions, at one position and at many."""
    model = make()
    x = np.array([[[0.2], [-0.7], [1.3]]])
    for _ in range(2):
        many = as_family(model).at(x)
        assert many.shape == (1, 3)
        for k in range(3):
            expected = system(x[0, k, 0])
            for name in ("hamiltonian", "gradient", "degeneracy"):
                assert np.allclose(getattr(many[0, k], name), getattr(expected, name), rtol=1e-14)
                one = as_family(make()).at(x[0, k])
                assert np.allclose(getattr(one, name), getattr(expected, name), rtol=1e-14)


@pytest.mark.night(
    "reference-two",
    "reference-langevin",
    "reference-ehrenfest, many",
    "reference-driven",
    "own-reference",
    "fast-two",
)
@pytest.mark.thin
@pytest.mark.parametrize("call", CALLS, ids="-".join)
@pytest.mark.parametrize("kind", FAMILIES)
def test_every_run_takes_every_family(call: tuple[str, str], kind: str) -> None:
    """Each run of each solver takes each kind of family, and moves it as the same family of the suite."""
    house, name = call
    make, system = FAMILIES[kind]
    found = run(house, name, make())
    expected = right(house, name, system)
    for field in fields(found):
        values = [getattr(r, field.name) for r in (found, expected)]
        # Which kernel ran is said in words, and not all of them say everything.
        if values[0] is None or isinstance(values[0], str):
            assert values[0] == values[1]
        elif field.name != "error":
            got, known = (np.asarray(value, dtype=complex) for value in values)
            assert got.shape == known.shape
            assert np.allclose(got, known, rtol=1e-6, atol=1e-6, equal_nan=True)


class Sine(Model):
    """The family of `in_both`, written as those of the suite."""

    coordinates = ("x",)
    leads = tuple(LEADS)  # type: ignore[assignment]  # a property there

    def _hamiltonian(self, x: Any, xp: Any) -> Any:
        return in_both(x[0], xp)

    def _gradient(self, x: Any, xp: Any) -> Any:
        return [slope_in_both(x[0], xp)]
