"""Families that are none or go wrong on the way: refused in words that name the function and x."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from electronwind import (
    ChainLead,
    ClassicalBody,
    Harmonic,
    InvalidSystemError,
    Model,
    OpenSystem,
    Potential,
    UnsupportedError,
    WideBandLead,
    fast,
    models,
    reference,
)
from electronwind.external.runs import pack, unpack
from electronwind.models.family import as_family

LEADS = [WideBandLead(np.eye(2), 0.1, 0.5)]
SLOPE = np.array([[0.3, 0.1], [0.1, -0.2]])
BODY = ClassicalBody(5.0, Harmonic(1.0))
RUNS: dict[str, tuple[Any, ...]] = {
    "driven": (lambda t: [0.1], [0.0, 0.1]),
    "ehrenfest": (BODY, ([0.1], [0.0]), [0.0, 0.1]),
    "langevin": (BODY, ([0.1], [0.0]), [0.0, 0.1]),
    "two_time_noise": (lambda t: [0.1], 0.1, [0.0]),
}
BOTH = pytest.mark.parametrize(
    ("house", "name"),
    [(house, name) for house in (fast, reference) for name in RUNS],
    ids=[f"{house}-{name}" for house in ("fast", "reference") for name in RUNS],
)


def right(x: Any) -> Any:
    return np.eye(2) + x * SLOPE


def raising(x: Any) -> Any:
    raise KeyError("the table ends here")


class Whole:
    """A plain object that has all that a family has."""

    coordinates = ("x",)
    leads = LEADS
    degeneracy = 1

    def hamiltonian(self, x: Any) -> Any:
        """Return h(x)."""
        return np.eye(2) + np.asarray(x)[..., None] * SLOPE

    def gradient(self, x: Any) -> Any:
        """Return dh/dx."""
        return SLOPE

    def at(self, x: Any) -> OpenSystem:
        """Return the system at x."""
        return OpenSystem(self.hamiltonian(x), [SLOPE], LEADS)


def with_(**parts: Any) -> Whole:
    """Return a plain object with other parts."""
    return type("Own", (Whole,), parts)()


def broken() -> Any:
    raise RuntimeError("not now")


MISSING = property(lambda self: getattr(self, "nothing"))  # noqa: B009  # raises AttributeError
# An object, and what the refusal names.
OBJECTS: dict[str, tuple[Any, str]] = {
    "no hamiltonian": (with_(hamiltonian=MISSING), "model.hamiltonian"),
    "no gradient": (with_(gradient=MISSING), "model.gradient"),
    "no leads": (with_(leads=MISSING), "model.leads"),
    "no at": (with_(at=MISSING), "model.at"),
    "leads that raise": (with_(leads=property(lambda self: broken())), "model.leads"),
    "an empty tuple": (with_(leads=()), "leads"),
    "a lead alone": (with_(leads=LEADS[0]), "leads"),
    "a number for a lead": (with_(leads=[3]), "leads[0]"),
    "names that are none": (with_(coordinates=[1, 2]), "coordinates"),
    "another number of names": (with_(coordinates=("a", "b")), ""),
    "half a spin": (with_(degeneracy=0.5), "degeneracy"),
    "an array for a function": (with_(gradient=SLOPE), "model.gradient"),
    "at of another h": (with_(at=lambda self, x: OpenSystem(SLOPE, [SLOPE], LEADS)), "Own.at"),
    "at of another spin": (with_(at=lambda self, x: OpenSystem(right(x), [SLOPE], LEADS, 2)), "Own.at"),
    "at that raises": (with_(at=lambda self, x: broken()), "Own.at"),
    "at that returns an array": (with_(at=lambda self, x: SLOPE), "Own.at"),
    "a snapshot": (OpenSystem(SLOPE, [SLOPE], LEADS), "model"),
    "a class": (Whole, "model"),
    "nothing": (None, "model"),
    "an array": (SLOPE, "model"),
}  # fmt: skip
# A function of x, as the Hamiltonian and as the gradient of a family, and a word of the refusal.
FUNCTIONS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "raises": (raising, "KeyError: 'the table ends here'"),
    "raises for arrays": (lambda x: 1 / 0, "ZeroDivisionError"),
    "None": (lambda x: None, "None"),
    "text": (lambda x: "h", "'h'"),
    "a number": (lambda x: 0.3, "shape ()"),
    "a vector": (lambda x: [0.3, 0.2], "shape (2,)"),
    "not square": (lambda x: np.ones((2, 3)), "shape (2, 3)"),
    "ragged": (lambda x: [[1.0, 2.0], [3.0]], "[[1.0, 2.0], [3.0]]"),
    "NaN": (lambda x: np.full((2, 2), np.nan), "nan"),
    "infinite": (lambda x: np.diag([np.inf, 0.0]), "inf"),
    "not Hermitian": (lambda x: [[0.0, 1.0], [2.0, 0.0]], "opposite"),
    "complex on the diagonal": (lambda x: np.eye(2) * 1j, "opposite"),
    "masked": (lambda x: np.ma.masked_equal(np.eye(2), 1.0), "masked"),
    "another size": (lambda x: np.eye(3), "shape"),
    "empty": (lambda x: np.empty((0, 0)), "shape (0, 0)"),
    "strings of numbers": (lambda x: [["1", "0"], ["0", "1"]], "1"),
}


@BOTH
def test_what_an_object_lacks_is_named(house: Any, name: str) -> None:
    """Each run refuses an object that is no family, and names what is missing or contradicts itself."""
    for kind, (model, argument) in OBJECTS.items():
        with pytest.raises(InvalidSystemError) as caught:
            getattr(house, name)(model, *RUNS[name])
        assert caught.value.argument.startswith(argument), kind
        assert len(str(caught.value)) > 20, kind


@pytest.mark.parametrize("role", ["hamiltonian", "gradient"])
@BOTH
def test_a_function_that_fails_is_named(house: Any, name: str, role: str) -> None:
    """Each run names the user's function, its place and what came."""
    for kind, (function, word) in FUNCTIONS.items():
        functions = (function, lambda x: SLOPE) if role == "hamiltonian" else (right, function)
        with pytest.raises(InvalidSystemError) as caught:
            getattr(house, name)(models.family(*functions, LEADS, "x"), *RUNS[name])
        said = str(caught.value)
        assert word in said, kind
        if kind != "another size":
            assert role in said, kind
            assert function.__qualname__ in said, kind
            assert "x = 0.1" in said, kind


def test_the_cause_is_kept() -> None:
    """What the user's function raised is the cause of the refusal, for its traceback."""
    with pytest.raises(InvalidSystemError) as caught:
        models.family(raising, lambda x: SLOPE, LEADS, "x").at(0.1)
    assert isinstance(caught.value.__cause__, KeyError)


@BOTH
def test_a_function_that_fails_later_is_named(house: Any, name: str) -> None:
    """A function that goes wrong on the way is named with the place, not the accuracy or the path."""

    def torn(x: Any) -> Any:
        return np.full((2, 2), math.nan) if x > 0.102 else right(x)

    quick = ClassicalBody(1.0, Potential(lambda x: 0 * x[..., 0], lambda x: 0 * x))
    moving = {
        "driven": (lambda t: [0.1 + t], [0.0, 1.0]),
        "ehrenfest": (quick, ([0.1], [1.0]), [0.0, 1.0]),
        "langevin": (quick, ([0.1], [1.0]), [0.0, 1.0]),
        "two_time_noise": (lambda t: [0.1 + abs(t)], 0.0, [1.0]),
    }
    with pytest.raises(InvalidSystemError, match=r"hamiltonian \(the function .*torn\)"):
        getattr(house, name)(models.family(torn, lambda x: SLOPE, LEADS, "x"), *moving[name])


def test_a_step_beyond_the_family_is_made_shorter() -> None:
    """A step that tries positions where the family is not defined is no end of the run."""
    outside = []

    def h(x: float) -> Any:
        if x <= 0:
            outside.append(x)
        return [[-0.1 * math.log(x)]]

    wall = Potential(lambda x: 0.05 / np.abs(x[..., 0]), lambda x: -0.05 * np.sign(x) / x**2)
    lead = [WideBandLead([[0.5]], 0.1, 0.2)]
    family = models.family(h, lambda x: [[-0.1 / x]], lead, "x")
    run = fast.ehrenfest(family, ClassicalBody(1.0, wall), ([1.0], [-10.0]), np.linspace(0, 4, 20))

    assert outside
    assert np.all(run.position > 0)
    assert np.ptp(run.kinetic + run.potential + run.electronic - run.work) < 1e-8


@pytest.mark.night("reference-ehrenfest")
@pytest.mark.parametrize(
    ("run", "start", "end"),
    [
        (fast.langevin, ([-0.9], [2.0]), 30.0),
        (partial(reference.ehrenfest, digits=6), ([0.8], [0.5]), 1.0),
        pytest.param(partial(reference.langevin, digits=4), ([0.9], [0.5]), 0.3, marks=pytest.mark.slow),
    ],
    ids=["fast-langevin", "reference-ehrenfest", "reference-langevin"],
)
def test_a_wall_before_the_end_of_the_family_is_met(run: Any, start: Any, end: float) -> None:
    """A motion that turns where the family is defined is followed, though a longer step would leave it."""
    outside = []

    def h(x: float) -> Any:
        if x >= 1:
            outside.append(x)
        return [[0.3 * math.sqrt(1 - x)]]

    wall = Potential(
        lambda x: np.exp(60 * (x[..., 0] - 0.8)) / 60, lambda x: np.exp(np.minimum(60 * (x - 0.8), 700))
    )
    family = models.family(h, lambda x: [[-0.15 / math.sqrt(1 - x)]], [WideBandLead([[0.5]], 0.1, 0.2)], "x")
    found = run(family, ClassicalBody(1000.0, wall), start, [0.0, end])

    assert outside
    assert found.velocity[-1] < 0 < found.velocity[0]


@BOTH
def test_leads_with_a_batch_are_refused(house: Any, name: str) -> None:
    """A run has one set of leads; a batch of them is refused by its name, for families of any kind."""
    many = [WideBandLead(np.eye(2), np.array([0.1, 0.2]), 0.5)]
    with pytest.raises(InvalidSystemError, match=r"leads\[0\]"):
        getattr(house, name)(models.family(right, lambda x: SLOPE, many, "x"), *RUNS[name])
    bias = models.two_level(mu=(np.array([0.1, 0.2]), -0.1))  # type: ignore[arg-type]  # on purpose
    with pytest.raises(InvalidSystemError, match=r"leads\[0\]"):
        getattr(house, name)(bias, *RUNS[name])


@BOTH
def test_chains_are_unsupported(house: Any, name: str) -> None:
    """A family on chain leads is refused as those of the suite are."""
    chain = [ChainLead(0, -1.0, 0.0, 0.1), ChainLead(1, -1.0, 0.0, 0.1)]
    with pytest.raises(UnsupportedError):
        getattr(house, name)(models.family(right, lambda x: SLOPE, chain, "x"), *RUNS[name])


@pytest.mark.parametrize("names", [0, -1, True, 2.0, [], ["x", "x"], [1], {"x"}, 1j])
def test_names_that_are_none(names: Any) -> None:
    """Names of coordinates are different strings, or their number."""
    with pytest.raises(InvalidSystemError, match="coordinates"):
        models.family(right, lambda x: SLOPE, LEADS, names)


def test_names_that_are_left_out() -> None:
    """Without names there are none to be had, and systems all the same; a run names them."""
    family = models.family(lambda x: x[0] * SLOPE + x[1] * np.eye(2), lambda x: [SLOPE, np.eye(2)], LEADS)
    with pytest.raises(InvalidSystemError, match="coordinates"):
        len(family.coordinates)
    assert family.at([0.1, 0.2]).coordinates == 2
    run = fast.ehrenfest(family, ClassicalBody(5.0, Harmonic(1.0)), ([0.1, 0.2], [0.0, 0.0]), [0.0, 0.1])
    assert run.position.shape == (2, 2)
    with pytest.raises(InvalidSystemError, match=r"shape \(3, n, n\)|shape \(3, 2, 2\)"):
        fast.driven(family, lambda t: [0.1, 0.2, 0.3], [0.0, 0.1])


# Functions of two coordinates that take a batch for something else, without an error.
TRAPS: dict[str, Callable[[Any], Any]] = {
    "first index": lambda x: np.array([[x[0], x[1]], [x[1], -x[0]]]),
    "transposed": lambda x: (lambda a, b: np.array([[a, b], [b, a * b]]))(*np.transpose(x)),
    "sum over all": lambda x: np.sum(x) * SLOPE + x[..., :1, None] * 0,
    "branch on the first": lambda x: SLOPE * x.ravel()[0] if x.ravel()[1] > 0 else np.eye(2) * x.ravel()[0],
}


@pytest.mark.parametrize("name", TRAPS)
def test_batches_are_never_mistaken(name: str) -> None:
    """A batch gives what its positions give one by one, whatever the function makes of batches."""
    h = TRAPS[name]
    rng = np.random.default_rng(4)
    for size in (1, 2, 2, 3, 2, 4, 8, 2):
        family = models.family(h, lambda x: np.zeros((2, 2, 2)), LEADS, 2)
        for _ in range(3):
            x = rng.normal(size=(size, 2))
            one_by_one = np.stack([h(point) for point in x])
            assert np.allclose(family.hamiltonian(x), one_by_one, rtol=1e-13)


def test_buffers_of_the_user_are_copied() -> None:
    """A function that returns the same array each time, changed, gives each position its own matrix."""
    buffer = np.zeros((2, 2))

    def h(x: float) -> Any:
        buffer[...] = x * SLOPE
        return buffer

    x = np.array([[1.0], [2.0], [3.0]])
    assert np.allclose(models.family(h, lambda x: SLOPE, LEADS, "x").hamiltonian(x), x[:, :, None] * SLOPE)


@pytest.mark.parametrize("make", [lambda: models.family(right, lambda x: SLOPE, LEADS, "x", 2), Whole])
def test_families_go_into_another_process(make: Callable[[], Any]) -> None:
    """A family of local functions survives the way into another process, used or not, and gives the same."""
    family = as_family(make())
    want = family.at([[0.1], [0.2]])
    for _ in range(2):
        there = unpack(pack(family))
        assert isinstance(there, Model)
        got = there.at([[0.1], [0.2]])
        assert np.array_equal(got.hamiltonian, want.hamiltonian)
        assert (there.coordinates, there.degeneracy) == (family.coordinates, family.degeneracy)


def test_a_family_of_functions_in_a_module_is_pickled() -> None:
    """Where the functions can be imported, pickle alone will do."""
    family = models.family(right, raising, LEADS, "x")
    assert np.array_equal(pickle.loads(pickle.dumps(family)).hamiltonian(0.3), right(0.3))


@pytest.mark.parametrize("positions", [2, 5])
def test_positions_in_a_row_are_told_the_axis_that_lacks(positions: int) -> None:
    row = np.zeros(positions)
    for family in (models.two_level(), models.family(right, lambda x: SLOPE, LEADS, coordinates="x")):
        with pytest.raises(InvalidSystemError, match=rf"x\[:, None\], got shape \({positions},\)"):
            family.at(row)
        assert family.at(row[:, None]).shape == (positions,)


def test_a_gradient_without_its_coordinate_is_told_the_axis_that_lacks() -> None:
    with pytest.raises(InvalidSystemError, match=r"\(\.\.\., d, n, n\), one matrix for each coordinate"):
        OpenSystem(np.eye(2), SLOPE, LEADS)
