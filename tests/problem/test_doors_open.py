"""What the doors let in: unusual but right inputs, which are the plain ones to the last bit."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
from bad_inputs import CONSTRUCTORS, FUNCTIONS, HOUSES, needed

from electronwind import DYNAMICS, InvalidSystemError, OpenSystem, fast, models, reference


class Tensor:
    """Another library's array, which numpy can read."""

    def __init__(self, value: Any) -> None:
        self.value = np.array(value)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.value if dtype is None else self.value.astype(dtype)


def readonly(a):
    b = a.copy()
    b.setflags(write=False)
    return b


def strided(a):
    """Return the same numbers in memory that runs backward."""
    return np.flip(np.flip(a).copy()) if a.ndim else a


# Every number of the table is a short binary fraction, so that all of these are exact.
WAYS = {
    "lists": lambda a: a.tolist(),
    "tuples": lambda a: tupled(a.tolist()),
    "single precision": lambda a: a.astype(np.complex64 if a.dtype.kind == "c" else np.float32),
    "half precision": lambda a: a.astype(np.float16) if a.dtype.kind == "f" else a,
    "extended precision": lambda a: a.astype(np.clongdouble if a.dtype.kind == "c" else np.longdouble),
    "Fortran order": lambda a: np.array(a, order="F"),
    "backward strides": strided,
    "read-only": readonly,
    "objects": lambda a: a.astype(object),
    "another byte order": lambda a: a.astype(a.dtype.newbyteorder()),
    "another library": Tensor,
    "a masked array without a mask": lambda a: np.ma.array(a),
    "a list of arrays": lambda a: list(a) if a.ndim else a,
    "fractions": lambda a: exact(a, Fraction),
    "decimals": lambda a: exact(a, Decimal),
    "mpmath": lambda a: exact(a, lambda x: mpmath.mpf(float(x))),
}


def tupled(value):
    return tuple(map(tupled, value)) if isinstance(value, list) else value


def exact(a, kind):
    if a.dtype.kind == "c" or not a.size:
        return a
    return np.array([kind(x) for x in a.ravel().tolist()], dtype=object).reshape(a.shape)


def numbers(value: Any) -> bool:
    """Tell whether a right value is an array of numbers of any shape."""
    plain = np.asarray(value) if isinstance(value, (float, int, list)) else None
    return plain is not None and plain.dtype.kind in "fi"


def same(a: Any, b: Any) -> bool:
    """Tell whether two results hold the very same numbers."""
    if isinstance(a, float):
        return type(a) is type(b) and a == b
    if isinstance(a, np.ndarray):
        numeric = a.dtype.kind in "fc"
        return a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=numeric)
    if isinstance(a, OpenSystem):
        return bool(a.to_dict() == b.to_dict())
    if not hasattr(a, "__dict__"):
        return bool(a == b or (a != a and b != b))
    return all(same(getattr(a, name), getattr(b, name)) for name in vars(a))


# Ways in which whole numbers stay whole: levels are counted, and 0.0 is none.
WHOLE = (
    "lists", "tuples", "Fortran order", "backward strides", "read-only", "objects", "another byte order",
    "a masked array without a mask", "a list of arrays",
)  # fmt: skip


@pytest.mark.parametrize("make", CONSTRUCTORS, ids=lambda make: make.__name__)
def test_a_problem_is_the_same_however_its_numbers_come(make):
    """Lists, other precisions, memory layouts and kinds of number make the very same problem."""
    values = CONSTRUCTORS[make]
    plain = make(**values)
    found = []
    for (name, value), way in product(values.items(), WAYS):
        if not numbers(value) or isinstance(value, int):
            continue
        counts = np.asarray(value).dtype.kind == "i"
        given = WAYS[way](np.array(value, dtype=int if counts else float))
        if counts and way not in WHOLE:
            if np.asarray(given).dtype.kind != "i":
                with pytest.raises(InvalidSystemError, match=name):
                    make(**(values | {name: given}))
            continue
        try:
            other = vars(make(**(values | {name: given})))
        except InvalidSystemError as error:
            found.append((name, way, str(error)))
            continue
        for field, kept in vars(plain).items():
            if not np.array_equal(other[field], kept) or type(other[field]) is not type(kept):
                found.append((name, way, field))

    assert not found


FEW = ("lists", "single precision", "backward strides", "objects")


@pytest.mark.night(
    "two_time_noise", "critical_bias", "self_consistent", "ehrenfest", "relaxed", "langevin", "vibrations"
)
@pytest.mark.parametrize(
    "name",
    [name for house, name in FUNCTIONS if house == "fast" and set(needed(getattr(fast, name))) != {"system"}],
)
def test_an_answer_is_the_same_however_its_arguments_come(name):
    """Times, starts, energies and frequencies may come in any form: the answer is that of the plain one."""
    function = getattr(fast, name)
    values = needed(function)
    plain = function(**values)
    found = []
    for way in FEW if name in DYNAMICS else WAYS:
        others = {
            argument: WAYS[way](np.array(value, dtype=float))
            for argument, value in values.items()
            if numbers(value)
        }
        if "start" in values:
            others["start"] = tuple(WAYS[way](np.array(part)) for part in values["start"])
        for argument, other in others.items():
            try:
                if not same(plain, function(**(values | {argument: other}))):
                    found.append((argument, way))
            except InvalidSystemError as error:
                found.append((argument, way, str(error)))

    assert not found


@pytest.mark.parametrize("way", WAYS)
def test_the_reference_takes_energies_of_every_form(way):
    """The same energy in another form has the same transmission."""
    system, energies = models.two_level().at(0.0), np.array([0.25, -0.5])

    plain = reference.transmission(system, energies)

    assert np.all(plain == reference.transmission(system, WAYS[way](energies)))
    assert np.all(plain[0] == reference.transmission(system, WAYS[way](np.array(0.25))))


@pytest.mark.parametrize("way", WAYS)
def test_complex_matrices_come_in_every_form(way):
    """A complex Hamiltonian, gradient and broadening are the same system in another form."""
    values = {name: np.array(CONSTRUCTORS[OpenSystem][name]) for name in ("hamiltonian", "gradient")}
    skew = np.array([[0.0, 0.25j], [-0.25j, 0.0]])
    leads = CONSTRUCTORS[OpenSystem]["leads"]
    plain = OpenSystem(values["hamiltonian"] + skew, values["gradient"] + skew, leads)

    other = OpenSystem(WAYS[way](values["hamiltonian"] + skew), WAYS[way](values["gradient"] + skew), leads)

    assert json.dumps(plain.to_dict()) == json.dumps(other.to_dict())


@pytest.mark.night("reference")
@pytest.mark.parametrize("house", HOUSES)
def test_whole_numbers_of_numpy_are_whole_numbers(house):
    """Counts may be integers of numpy, and arrays of one."""
    module = HOUSES[house]
    values = CONSTRUCTORS[OpenSystem]
    for spin in (np.int8(2), np.uint64(2), np.array(2)):
        assert same(
            module.force(OpenSystem(**values)), module.force(OpenSystem(**values | {"degeneracy": spin}))
        )
    values = needed(module.langevin) | {"times": [0.0]}
    assert module.langevin(**values, seed=np.int64(7)).seed is None
