"""What makes an observable wrong: the smallest set of features, in words."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from electronwind import NAMES, OBSERVABLES, OpenSystem, fast
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.core.record import Cause, Failure
from electronwind.validation.diagnosis.culprit import Culprit
from electronwind.validation.diagnosis.differing import Found, differs
from electronwind.validation.diagnosis.evidence import Clock, Evidence, gather
from electronwind.validation.diagnosis.saying import WORDS
from electronwind.validation.diagnosis.trigger import failed, search, told, trigger
from electronwind.validation.diagnosis.turning import plain
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.run.runner import validate
from electronwind.validation.systems.combinations import apart, rows
from electronwind.validation.systems.features import FEATURES, KIND, Row, asked_of, code, read, words_of
from electronwind.validation.systems.posed import posed
from electronwind.validation.under_test.guard import Guarded

MANY = 60.0


def level(row: Row) -> bool:
    return row["temperatures"] in ("equal", "zero") and row["potentials"] == "equal"


def found(observable: str, wrong: Callable[[Row], bool]) -> str:
    tell = trigger(observable, wrong)
    return "" if tell is None else tell.says


@pytest.mark.parametrize(
    "observable",
    [pytest.param(name, marks=() if name == "force" else pytest.mark.slow) for name in OBSERVABLES],
)
def test_any_single_value_is_found(observable: str) -> None:
    """Whichever value of whichever feature makes it wrong, that feature and no other is told."""
    for name in asked_of(observable):
        for value in FEATURES[name].values:
            if value == "empty":
                continue
            tell = trigger(observable, lambda row, name=name, value=value: row[name] == value)
            assert tell is not None
            assert tell.values[name] == (value,)
            assert set(tell.values) == {name}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda row: True, "whatever was asked"),
        (lambda row: False, ""),
        (lambda row: row["levels"] in ("5-8", "9+"), "from 5 levels on"),
        (lambda row: row["levels"] in ("1", "2"), "up to 2 levels"),
        (lambda row: row["leads"] == "1", "for a single lead"),
        (lambda row: row["temperatures"] not in ("equal", "zero"), "whenever two temperatures differ"),
        (lambda row: row["potentials"] != "equal", "whenever two potentials differ"),
        (lambda row: row["sign"] in ("negative", "both"), "for frequency < 0"),
        (lambda row: row["kind"] in ("chain", "mixed") and row["batch"] == "100+", ""),
        (
            lambda row: row["kind"] == "chain" and row["batch"] not in ("none", "empty"),
            "for a batch and for chain leads",
        ),
        # Two features at once make it right.
        (lambda row: row["temperatures"] != "equal" or row["potentials"] != "equal", "out of equilibrium"),
        (
            lambda row: row["spin"] == "2" and row["leads"] != "1" and not level(row),
            "for a spin factor of 2 and out of equilibrium",
        ),
        # One lead does not go together with a bias, and with two temperatures.
        (lambda row: row["leads"] != "1", "from 2 leads on"),
        # What a plain question has besides makes it right, and most others do not.
        (
            lambda row: row["entries"] == "complex" and (row["gap"] != "none" or row["levels"] != "2"),
            "for complex matrices",
        ),
        (
            lambda row: row["gap"] in ("1e-12", "1e-8") and row["spin"] != "1",
            "where two levels nearly coincide and where the spin factor is not 1",
        ),
    ],
)
def test_the_words(wrong: Callable[[Row], bool], says: str) -> None:
    assert found("response", wrong) == says


@pytest.mark.parametrize(
    ("name", "wrong", "says"),
    [
        ("driven", lambda row: row["times"] != "one", "for more than a single time"),
        ("driven", lambda row: row["path"] != "at rest", "along a path that moves"),
        ("ehrenfest", lambda row: row["start"] in ("one velocity", "batch", "one position", "several axes"),
         "for a batch of starts"),
        ("ehrenfest", lambda row: row["masses"] == "different" and row["coordinates"] != "1",
         "from 2 coordinates on and where masses differ"),
        ("langevin", lambda row: row["potentials"] != "equal", "whenever two potentials differ"),
        ("self_consistent", lambda row: row["functional"] == "written out",
         "for a functional of a user's own"),
        ("mode_rates", lambda row: row["shape"] in ("list", "not in order", "the same twice"),
         "for a list of more than one frequency"),
        ("jellium_curl", lambda row: row["wires"] == "batch", "for a batch of wires"),
        ("two_time_noise", lambda row: row["delays"] in ("not in order", "the same twice"),
         "unless delays are in rising order"),
        ("vibrations", lambda row: row["levels"] != "1" and not (
            row["temperatures"] == "equal" and row["potentials"] == "equal"),
         "from 2 levels on and out of equilibrium"),
    ],
)  # fmt: skip
def test_the_words_beyond_observables(name: str, wrong: Callable[[Row], bool], says: str) -> None:
    assert found(name, wrong) == says


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OBSERVABLES])
def test_any_single_value_is_found_beyond_observables(name: str) -> None:
    for feature, values in words_of(name).items():
        for value in values:
            tell = trigger(name, lambda row, feature=feature, value=value: row[feature] == value)
            assert tell is not None
            assert tell.values == {feature: (value,)}


def test_a_plain_question_can_be_asked() -> None:
    for name in NAMES:
        assert not apart(plain(name))


def test_words_for_several_values_name_values_that_there_are() -> None:
    for name, lines in WORDS.items():
        known = {value for of in NAMES for value in words_of(of).get(name, ())}
        for values, _ in lines:
            assert set(values) <= known, name


def wrong_where(feature: str, value: str) -> Any:
    def transmission(system: OpenSystem, energy: Any) -> Any:
        right = fast.transmission(system, energy)
        return right * (1 + 1e-9 * (read("transmission", system, energy)[feature] == value))

    return SimpleNamespace(name="wrong", transmission=transmission)


def counting(wrong: Callable[[Row], bool]) -> tuple[Callable[[Row], bool], list[Row]]:
    asked: list[Row] = []

    def ask(row: Row) -> bool:
        asked.append(row)
        return wrong(row)

    return ask, asked


@pytest.mark.parametrize("name", NAMES)
def test_what_is_always_wrong_takes_few_questions(name: str) -> None:
    """A run in time takes a while to ask for: fewer questions than there are values to try."""
    wrong, asked = counting(lambda row: True)
    tell = trigger(name, wrong)
    assert tell is not None
    assert not tell.values
    assert len(asked) < 0.75 * sum(len(values) - 1 for values in words_of(name).values())


def test_what_a_run_saw_is_tried_first() -> None:
    rare = plain("langevin") | {"start": "one velocity", "surface": "quartic", "coordinates": "3"}

    def fails(row: Row) -> bool:
        return all(row[feature] == rare[feature] for feature in ("start", "surface", "coordinates"))

    # No row of those that hold all pairs need hold three.
    assert trigger("langevin", fails) is None
    tell = trigger("langevin", fails, seen=[rare])
    assert tell is not None
    assert set(tell.values) == {"start", "surface", "coordinates"}


def test_another_mistake_does_not_hide_what_is_right() -> None:
    """A crash for a few questions is none of the reasons why the others are wrong."""

    def fails(row: Row) -> bool:
        return row["potentials"] == "different" or (row["family"] == "object" and row["masses"] != "equal")

    tell = trigger("stiffness", fails)
    assert tell is not None
    assert tell.values["potentials"] == ("different",)


def test_where_there_is_no_answer_nothing_else_is_cleared() -> None:
    """Half of the questions raise an error, and potentials matter all the same for the numbers."""

    def fails(row: Row) -> Found:
        if row["family"] in ("object", "tangent"):
            return "no answer"
        return row["potentials"] == "different"

    tell = trigger("stiffness", fails)
    assert tell is not None
    assert tell.values == {"potentials": ("different",)}


def test_what_takes_a_dozen_features_is_no_trigger() -> None:
    """Something else decides, as an entry of the answer: no kind of question is blamed."""
    assert trigger("stiffness", lambda row: row == plain("stiffness")) is None


def test_two_causes_about_one_function_are_searched_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def searched(name: str, *_: Any) -> None:
        asked.append(name)

    monkeypatch.setattr("electronwind.validation.diagnosis.trigger.search", searched)
    told([Cause("one", False, ("force",)), Cause("two", False, ("force", "curl"))], None, Clock(MANY))
    assert asked == ["force"]


def record_of(observable: str, numbers: Any) -> Any:
    failure = Failure(observable, posed("force", plain("force"), 0).system.to_dict(), numbers)
    return SimpleNamespace(id=observable, failure=failure)


@pytest.mark.parametrize("name", NAMES)
def test_questions_that_failed_are_read_off_the_records(name: str) -> None:
    row = rows(name, 2)[3]
    if name in OBSERVABLES:
        problem = posed(name, row, 0)
        record = record_of(name, problem.numbers)
        call = Culprit(name, problem.system, tuple(map(np.asarray, problem.numbers.values())))
        evidence = Evidence([record], [], {name: call}, {}, (0.0, 0.0))
    else:
        record = record_of(name, {KIND: code(name, row), "seed": 0})
        evidence = Evidence([record, record], [], {}, {}, (0.0, 0.0))
    assert failed(evidence) == {name: [row]}


@pytest.mark.parametrize("numbers", [{}, {KIND: "?"}, {KIND: None}, {KIND: "9" * 99}])
def test_a_record_that_no_run_wrote_says_nothing(numbers: Any) -> None:
    records = [record_of("driven", numbers), SimpleNamespace(id="x", failure=None)]
    assert not any(failed(Evidence(records, [], {}, {}, (0.0, 0.0))).values())


@pytest.mark.slow
@pytest.mark.parametrize("id", ["cross.covering.force", "cross.kinds.driven"])
def test_questions_that_failed_in_a_run_can_be_posed(id: str) -> None:
    observable = id.rsplit(".", 1)[1]
    fault = FAULTS["force-sign" if observable == "force" else "driven-force-sign"].factory()
    seen = failed(gather(validate(fault, only=id, quick=True), fault, all_checks()))[observable]
    assert seen
    assert all(set(row) == set(words_of(observable)) and not apart(row) for row in seen)


def test_the_trigger_of_a_solver_is_found() -> None:
    tell = search("transmission", wrong_where("spin", "2"), Clock(MANY))
    assert tell is not None
    assert tell.says == "for a spin factor of 2"


@pytest.mark.parametrize(
    "name", ["transmission", "stiffness", pytest.param("driven", marks=pytest.mark.slow)]
)
def test_an_answer_is_held_against_that_of_the_fast_solver(name: str) -> None:
    """Of observables as of other calls, at rest and in time."""

    def doubled(*given: Any, **options: Any) -> Any:
        found = getattr(fast, name)(*given, **options)
        if name != "driven":
            return 2 * found
        return SimpleNamespace(
            density_matrix=found.density_matrix, force=2 * found.force, current=found.current
        )

    for factor, solver in ((1, fast), (2, SimpleNamespace(name="wrong", **{name: doubled}))):
        assert differs(Guarded(solver), name, plain(name), 1) is (factor == 2)


def test_what_is_declined_is_neither_right_nor_wrong() -> None:
    """A solver that takes wide bands only is not told that it is wrong for those."""
    tell = trigger("force", lambda row: True if row["kind"] == "wide-band" else None)
    assert tell is not None
    assert not tell.values


def test_half_of_a_search_says_nothing() -> None:
    cause = Cause("wrong", False, ("transmission",))
    assert told([cause], wrong_where("spin", "2"), Clock(0.0)) == [cause]


@pytest.mark.parametrize("raises", [pytest.param(False, marks=pytest.mark.slow), True])
def test_what_gives_no_answer_is_wrong_there(raises: bool) -> None:
    """A crash triggers like a wrong number; what a solver declines does not."""

    def transmission(system: OpenSystem, energy: Any) -> Any:
        if np.ndim(energy):
            raise (ValueError if raises else NotImplementedError)("no lists")
        return fast.transmission(system, energy)

    solver = SimpleNamespace(name="wrong", transmission=transmission)
    (cause,) = told([Cause("wrong", False, ("transmission",))], solver, Clock(MANY))
    assert cause.trigger == ("transmission is wrong for a list of energies" if raises else "")
