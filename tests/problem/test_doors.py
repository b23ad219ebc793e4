"""The doors: every wrong value of every argument of every public function is refused in words."""

from __future__ import annotations

from typing import Any

import bad_inputs
import pytest
from bad_inputs import CONSTRUCTORS, FUNCTIONS, HOUSES, KINDS, mistakes, needed

import electronwind
from electronwind import InvalidSystemError


def refused(call: Any, argument: str) -> str | None:
    """Return what is wrong with a refusal that names the argument, what came and what was expected."""
    try:
        value = call()
    except InvalidSystemError as error:
        words = str(error)
        named = error.argument.partition("[")[0].partition("(")[0].partition(".")[0] == argument
        if named and error.got and error.expected and len(words) > 20 and len(words) < 400:
            return None
        return f"does not say it: {words}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return f"answered {value!r:.60}"


@pytest.mark.parametrize(("house", "name"), FUNCTIONS)
def test_a_wrong_value_is_refused_by_name(house, name):
    """Every kind of wrong value for every argument: the error names the argument and says what came."""
    function = getattr(HOUSES[house], name)
    found, right = {}, needed(function)
    for argument, kind in mistakes(function):
        values = right | {argument: KINDS[kind]()}
        if words := refused(lambda values=values: function(**values), argument):
            found[argument, kind] = words

    assert not found


@pytest.mark.parametrize("make", CONSTRUCTORS, ids=lambda make: make.__name__)
def test_no_wrong_value_makes_a_problem(make):
    """Every kind of wrong value for every argument of what a problem is made of is refused likewise."""
    found = {}
    for argument, kind in mistakes(make):
        values = CONSTRUCTORS[make] | {argument: KINDS[kind]()}
        if words := refused(lambda values=values: make(**values), argument):
            found[argument, kind] = words

    assert not found


def test_the_table_knows_every_constructor():
    """Every public class that a user makes is in the table."""
    made = {value for name in electronwind.__all__ if isinstance(value := getattr(electronwind, name), type)}
    results = {electronwind.GradientCheck, electronwind.BoundStates, electronwind.Decomposition,
        electronwind.DrivenRun, electronwind.EhrenfestRun, electronwind.LangevinRun, electronwind.NoiseRecord,
        electronwind.Vibrations,
    }  # fmt: skip
    rows = {electronwind.Observable, electronwind.Dynamics, electronwind.Static}
    bases = {electronwind.Lead, electronwind.Model, electronwind.Path}
    errors = {kind for kind in made if issubclass(kind, (Exception, Warning))}
    assert made - results - rows - bases - errors <= set(CONSTRUCTORS)


def test_the_table_knows_every_argument():
    """Whatever argument a function of either house has, the table has a right value or a default for it."""
    for house, name in FUNCTIONS:
        needed(getattr(HOUSES[house], name))
    assert len(KINDS) >= 20
    assert {name for _, name in FUNCTIONS} >= set(bad_inputs.fast.__all__) - {"Grid"}


SNAPSHOT = electronwind.models.two_level().at(0.25).to_dict()
READERS = {
    "from_dict": electronwind.OpenSystem.from_dict,
    "from_json": electronwind.OpenSystem.from_json,
    "a Hamiltonian": lambda v: electronwind.OpenSystem.from_dict(SNAPSHOT | {"hamiltonian": v}),
    "a gradient": lambda v: electronwind.OpenSystem.from_dict(SNAPSHOT | {"gradient": {"re": v, "im": v}}),
    "leads": lambda v: electronwind.OpenSystem.from_dict(SNAPSHOT | {"leads": v}),
    "a lead": lambda v: electronwind.OpenSystem.from_dict(SNAPSHOT | {"leads": [v]}),
    "a kind of lead": lambda v: electronwind.OpenSystem.from_dict(SNAPSHOT | {"leads": [{"kind": v}]}),
    "path_from_dict": electronwind.path_from_dict,
    "a kind of path": lambda v: electronwind.path_from_dict({"kind": v}),
    "x": electronwind.models.two_level().at,
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_no_wrong_value_is_read(reader):
    """Files and dictionaries are read through the same doors."""
    for kind in KINDS:
        with pytest.raises(InvalidSystemError) as caught:
            READERS[reader](KINDS[kind]())
        assert 20 < len(str(caught.value)) < 400, kind
