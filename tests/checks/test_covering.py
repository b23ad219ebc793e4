"""The checks that pose every kind of question: all are posed, and what is wrong for one kind is seen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from electronwind import NAMES, OBSERVABLES, OpenSystem, fast
from electronwind.validation.checks.catalogue import all_checks, choose
from electronwind.validation.checks.tools import arguments
from electronwind.validation.core.check import TIERS
from electronwind.validation.core.record import Record
from electronwind.validation.run.trial import run_check
from electronwind.validation.systems.combinations import coverage, rows
from electronwind.validation.systems.features import FEATURES, KIND, asked_of, code, read
from electronwind.validation.work.effort import FULL, QUICK, Effort

VALUES = [(name, value) for name in asked_of("transmission") for value in FEATURES[name].values]
# One of each sort: sizes, batches, near-coincidences, units, arguments.
TELLING = [("levels", "9+"), ("batch", "100+"), ("gap", "1e-12"), ("unit", "tiny"), ("sign", "negative")]


def judged(solver: Any, observable: str, effort: Effort) -> Record:
    return run_check(all_checks()[f"cross.covering.{observable}"], solver, effort=effort)


def wrong_where(feature: str, value: str) -> Any:
    """A solver whose transmission is wrong for one kind of question."""

    def transmission(system: OpenSystem, energy: Any) -> Any:
        right = fast.transmission(system, energy)
        # Where nothing is transmitted, a factor would change nothing.
        return right + 1e-3 * (read("transmission", system, energy)[feature] == value)

    return SimpleNamespace(name="wrong", transmission=transmission)


@pytest.mark.night("bond_current")
@pytest.mark.parametrize("observable", ["transmission", "bond_current"])
def test_a_quick_run_judges_every_single_feature(observable: str) -> None:
    """Whatever time there is; an empty batch has nothing to compare, and counts."""
    record = judged(fast, observable, QUICK)
    assert record.status == "passed"
    empty = sum(row["batch"] == "empty" for row in rows(observable, 1))
    assert record.examples == len(rows(observable, 1)) == record.comparisons + empty
    seen, possible = coverage(observable, record.judged[observable], 1)
    assert seen == possible


@pytest.mark.parametrize("name", NAMES)
def test_a_quick_run_poses_every_single_feature_of_every_function(name: str) -> None:
    chosen = choose(all_checks(), None, TIERS, quick=True)
    words = {
        code(name, read(name, problem.system, *arguments(name, problem)))
        if name in OBSERVABLES
        else problem.numbers[KIND]
        for check in chosen
        if check.covering is not None and check.observables == (name,)
        for problem in check.covering.questions(QUICK.strength, 0)
    }
    seen, possible = coverage(name, words, 1)
    assert seen == possible


@pytest.mark.slow
@pytest.mark.parametrize("observable", OBSERVABLES)
def test_a_default_run_judges_every_pair(observable: str) -> None:
    record = judged(fast, observable, FULL)
    assert record.status == "passed", record.message
    for strength in (1, 2):
        seen, possible = coverage(observable, record.judged[observable], strength)
        assert seen == possible


@pytest.mark.night("gap", "unit-tiny")
@pytest.mark.thin(most=2)
@pytest.mark.parametrize(
    ("feature", "value"),
    [pytest.param(*both, marks=() if both in TELLING else pytest.mark.slow) for both in VALUES],
)
def test_what_is_wrong_for_one_kind_of_question_is_seen(feature: str, value: str) -> None:
    """By a quick run, but where there is nothing to compare; the problem that is kept has the feature."""
    record = judged(wrong_where(feature, value), "transmission", QUICK)
    assert record.status == ("passed" if value == "empty" else "failed")
    if record.failure is not None:
        system = OpenSystem.from_dict(record.failure.system)
        row = read("transmission", system, record.failure.numbers["energy"])
        assert row[feature] == value


def test_a_failing_question_is_made_simpler() -> None:
    """Of the features of the first failure, one is left where one makes it fail."""
    record = judged(wrong_where("levels", "9+"), "transmission", FULL)
    assert record.failure is not None
    row = read("transmission", OpenSystem.from_dict(record.failure.system), record.failure.numbers["energy"])
    plain = {name: next(iter(FEATURES[name].values)) for name in row}
    assert {name for name in row if row[name] != plain[name]} <= {"levels", "place"}
    assert np.shape(record.failure.got) == (2, 2)
