"""Whether dh/dx is the derivative of h: what is found and said, and when nothing is to be said."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from thinning import few

from electronwind import (
    ClassicalBody,
    GradientWarning,
    Harmonic,
    InvalidSystemError,
    Model,
    WideBandLead,
    check_gradient,
    fast,
    models,
    reference,
)

LEADS = [WideBandLead(np.eye(2), 0.1, 0.5)]
SLOPE = np.array([[0.3, 0.1j], [-0.1j, -0.2]])
SCALES = [1e-150, 1e-10, 1.0, 1e30, 1e150]

# h and dh/dx of one number, right everywhere where they are defined.
RIGHT: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "linear": (lambda x: x, lambda x: 1.0),
    "constant": (lambda x: 2.0, lambda x: 0.0),
    "nothing": (lambda x: 0.0, lambda x: 0.0),
    "sine": (np.sin, np.cos),
    "fast sine": (lambda x: np.sin(300 * x), lambda x: 300 * np.cos(300 * x)),
    "sine on a large offset": (lambda x: 1e6 + np.sin(x), np.cos),
    "sine on a huge offset": (lambda x: 1e14 + np.sin(x), np.cos),
    "exponential": (lambda x: math.exp(-x), lambda x: -math.exp(-x)),
    "bond": (lambda x: np.exp(-(np.hypot(x, 1))), lambda x: -x / np.hypot(x, 1) * np.exp(-np.hypot(x, 1))),
    "kink": (abs, lambda x: 1.0 if x >= 0 else -1.0),
    "kink nearby": (lambda x: abs(x - 1e-7), lambda x: 1.0 if x >= 1e-7 else -1.0),
    "jump": (lambda x: 1.0 if x > 0.2 else 0.0, lambda x: 0.0),
    "root": (math.sqrt, lambda x: 0.5 / math.sqrt(x)),
    "bump": (lambda x: math.exp(-x * x * 1e4), lambda x: -2e4 * x * math.exp(-x * x * 1e4)),
    "power": (lambda x: x**12, lambda x: 12 * x**11),
    "rounded": (lambda x: 2 + np.round(np.sin(x), 12), np.cos),
    "difference quotient": (np.exp, lambda x: (np.exp(x + 1e-6) - np.exp(x - 1e-6)) / 2e-6),
}
PLACES = [0.0, 1e-9, 0.2, -0.7, np.pi, 40.0, 1e6]


def one(
    h: Callable[[float], Any], slope: Callable[[float], Any], unit: float = 1.0, energy: float = 1.0
) -> Model:
    """Return the family of one level, its coordinate and its energy in other units."""
    lead = [WideBandLead([[energy]], 0.0, 0.1 * energy)]
    return models.family(
        lambda x: [[energy * h(x / unit)]], lambda x: [[energy / unit * slope(x / unit)]], lead, "x"
    )


def defined(function: Callable[[float], Any], x: float) -> bool:
    with np.errstate(all="ignore"):
        try:
            return bool(np.isfinite(function(x)))
        except (ValueError, ZeroDivisionError, OverflowError):
            return False


@pytest.mark.thin(most=9)
@pytest.mark.parametrize("x", PLACES)
@pytest.mark.parametrize("name", RIGHT)
def test_no_false_alarm(name: str, x: float) -> None:
    """A right gradient is right at every place and in all units, at kinks and beside jumps too."""
    h, slope = RIGHT[name]
    if not (defined(h, x) and defined(slope, x)):
        with pytest.raises(InvalidSystemError):
            check_gradient(one(h, slope), x)
        return
    for unit in (1e-30, 1e-10, 0.37, 1.0, 1e5):
        for energy in SCALES:
            if np.isfinite(energy / unit * slope(x)) and abs(energy / unit * slope(x)) < 1e290:
                found = check_gradient(one(h, slope, unit, energy), x * unit)
                assert found, (unit, energy, str(found))


@pytest.mark.parametrize(
    "name", few([name for name in RIGHT if name not in ("sine on a huge offset", "jump", "kink")], 5)
)
def test_wrong_gradient_is_found(name: str) -> None:
    """A factor, a sign, a part that is forgotten: found at a generic place in all units, with its size."""
    h, slope = RIGHT[name]
    for unit in (1e-30, 1e-10, 1.0, 1e10):
        for energy in (1e-30, 1.0, 1e30):
            if slope(0.013) != 0:
                for factor in (1.001, 2.0, -1.0, 0.0):
                    found = check_gradient(
                        one(h, lambda x, f=factor: f * slope(x), unit, energy), 0.013 * unit
                    )
                    assert not found, (factor, unit, energy)
                    assert found.off[0] == pytest.approx(abs(factor - 1) / max(1, abs(factor)), rel=1e-2)
                    assert found.found[0].real == pytest.approx(energy / unit * slope(0.013), rel=1e-2)
            wrong = check_gradient(one(h, lambda x: slope(x) + 1.0, unit, energy), 0.013 * unit)
            assert not wrong


def two(wrong: int, i: int, j: int, off: float) -> Model:
    """Return a family of two coordinates, with one entry of dh/dx off."""
    slopes = np.stack([SLOPE, SLOPE.conj() * 0.5]).astype(complex)
    given = slopes.copy()
    given[wrong, i, j] += off
    given[wrong, j, i] = given[wrong, i, j].conj()
    return models.family(lambda x: np.tensordot(x, slopes, 1) + np.eye(2), lambda x: given, LEADS, ("a", "b"))


@pytest.mark.parametrize(("nu", "i", "j"), [(0, 0, 0), (0, 0, 1), (1, 1, 1), (1, 0, 1)])
def test_words_name_coordinate_and_entry(nu: int, i: int, j: int) -> None:
    """The coordinate, the entry, both numbers and the size are said; the other coordinate is not blamed."""
    found = check_gradient(two(nu, i, j, 1e-4), [0.3, -0.2])

    assert not found
    assert found.coordinates == ("a", "b")
    assert set(found.entry[nu]) == {i, j}
    size = np.max(np.abs(SLOPE)) * (1.0, 0.5)[nu]
    assert found.off[nu] == pytest.approx(1e-4 / size, rel=1e-3)
    assert found.off[1 - nu] == 0
    assert f"dh/d{'ab'[nu]}[" in str(found)
    assert f"dh/d{'ab'[1 - nu]}[" not in str(found)
    assert check_gradient(two(nu, i, j, 1e-6 * size), [0.3, -0.2])
    assert "is the derivative" in str(check_gradient(two(nu, i, j, 0.0), [0.3, -0.2]))


def test_what_cannot_be_told() -> None:
    """A jump at the very place, and a family that exists at one place only, are said to be unknown."""
    lonely = one(lambda x: 1.0 if x == 0.5 else math.nan, lambda x: 3.0)

    found = check_gradient(lonely, 0.5)

    assert found
    assert np.isnan(found.off[0])
    assert "nothing can be told" in str(found)


@pytest.mark.parametrize(
    "model", [models.single_level(), models.two_level(), models.bent_chain(), models.stretch_and_turn()]
)
def test_families_of_the_papers(model: Model) -> None:
    """The families that come with the suite are right, and known so to many digits."""
    for x in np.random.default_rng(2).normal(size=(20, len(model.coordinates))):
        found = check_gradient(model, x)
        assert found
        assert np.all(found.uncertainty < 1e-8)


@pytest.mark.parametrize("x", [None, "0.1", np.nan, [0.1, 0.2], [[0.1]], []])
def test_position_is_refused(x: Any) -> None:
    """A position that is none is refused by its name."""
    with pytest.raises(InvalidSystemError, match="x"):
        check_gradient(models.two_level(), x)


def wrong(x: Any) -> Any:
    return 2 * SLOPE


FAMILY = models.family(lambda x: np.eye(2) + x * SLOPE, wrong, LEADS, "x")
BODY = ClassicalBody(5.0, Harmonic(1.0))
RUNS: dict[str, tuple[Any, ...]] = {
    "driven": (lambda t: [0.1], [0.0, 0.1]),
    "ehrenfest": (BODY, ([0.1], [0.0]), [0.0, 0.1]),
    "langevin": (BODY, ([0.1], [0.0]), [0.0, 0.1]),
    "two_time_noise": (lambda t: [0.1], 0.1, [0.0]),
}


@pytest.mark.night("reference-two_time_noise", "reference-ehrenfest", "reference-langevin")
@pytest.mark.thin
@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("house", [fast, reference], ids=["fast", "reference"])
def test_runs_warn_once(house: Any, name: str) -> None:
    """Every run warns once of a wrong gradient, in words, and points to the line that called it."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        options = {"digits": 6} if house is reference else {}
        getattr(house, name)(FAMILY, *RUNS[name], **options)
    found = [w for w in said if w.category is GradientWarning]

    assert len(found) == 1
    assert "dh/dx[0, 0] is 0.6, and h changes by 0.3 per unit of x" in str(found[0].message)
    assert found[0].filename == __file__


def test_many_coordinates() -> None:
    """With many coordinates a few random directions find one wrong entry, and the coordinate is named."""
    d = 40
    slopes = np.random.default_rng(1).normal(size=(d, 2, 2))
    slopes = slopes + np.swapaxes(slopes, -1, -2)
    given = slopes.copy()
    right = models.family(lambda x: np.tensordot(x, slopes, 1), lambda x: slopes, LEADS, d)
    given[17, 1, 1] += 0.5
    off = models.family(lambda x: np.tensordot(x, slopes, 1), lambda x: given, LEADS, d)
    body, start = ClassicalBody(5.0, Harmonic(1.0)), (np.linspace(0, 1, d), np.zeros(d))
    fast.ehrenfest(right, body, start, [0.0, 0.01])
    with pytest.warns(GradientWarning, match=r"dh/dx17\[1, 1\]"):
        fast.ehrenfest(off, body, start, [0.0, 0.01])
