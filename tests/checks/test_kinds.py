"""Questions of every kind beyond the observables: what is wrong for one kind only is seen."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from electronwind import CALLS, fast
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.checks.motion.kinds import compared
from electronwind.validation.core.record import Record
from electronwind.validation.core.tolerances import tolerance
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.run.trial import run_check
from electronwind.validation.systems.call_features import CALL_FEATURES
from electronwind.validation.systems.call_questions import asked, posed_call
from electronwind.validation.systems.combinations import coverage, rows
from electronwind.validation.systems.features import KIND, decoded
from electronwind.validation.under_test.guard import Guarded
from electronwind.validation.under_test.judging import judge_problem
from electronwind.validation.work.effort import FULL, QUICK, Effort

SWIFT = ("stiffness", "mode_rates", "jellium_friction")
VALUES = [
    (name, feature, value)
    for name in CALLS
    for feature, values in CALL_FEATURES[name].items()
    for value in values
]
TELLING = [
    ("stiffness", "place", "whole numbers"), ("stiffness", "coordinates", "4+"),
    ("stiffness", "surface", "gradient only"), ("mode_rates", "shape", "the same twice"),
    ("mode_rates", "mass", "light"), ("jellium_friction", "wires", "batch"),
]  # fmt: skip
PLANTED = {
    "stiffness-of-whole-numbers": "stiffness", "stiffness-by-forward-steps": "stiffness",
    "vibrations-modes-unweighted": "vibrations", "jellium-first-wire": "jellium_friction",
}  # fmt: skip
DEAR = {
    "ehrenfest-leaks": "ehrenfest", "memory-vertices-of-now": "two_time_noise",
    "vibrations-first-friction": "vibrations",
}  # fmt: skip


def judged(solver: Any, name: str, effort: Effort = QUICK) -> Record:
    return run_check(all_checks()[f"cross.kinds.{name}"], solver, effort=effort)


def other(**functions: Any) -> Any:
    """A solver that is no police, and as right as the fast one where nothing is replaced."""
    right = {name: getattr(fast, name) for name in CALLS}
    return SimpleNamespace(name="other", time_accuracy=fast.time_accuracy, **(right | functions))


def wrong_where(name: str, feature: str, value: str) -> tuple[Any, list[str]]:
    """A function that is wrong for one kind of question, and a list that ends with the kind asked."""
    seen: list[str] = []

    def answer(*given: Any, **options: Any) -> Any:
        found = getattr(fast, name)(*given, **options)
        return found + 1e-3 * np.max(np.abs(found)) * (decoded(name, seen[-1])[feature] == value)

    return answer, seen


@pytest.mark.night("stiffness")
@pytest.mark.parametrize("name", SWIFT)
def test_a_quick_run_judges_every_feature_and_lets_right_solvers_pass(name: str) -> None:
    for solver in (fast, other()):
        record = judged(solver, name)
        assert record.status == "passed", record.message
        assert record.examples == len(rows(name, 1))
        seen, possible = coverage(name, record.judged[name], 1)
        assert seen == possible


def test_an_error_may_refuse_whole_numbers_and_nothing_else() -> None:
    """Those who take doubles alone are asked again in doubles; who refuses these has crashed."""

    def strict(model: Any, body: Any, x: Any) -> Any:
        if np.asarray(x).dtype.kind != "f":
            raise TypeError("not an array of doubles")
        return fast.stiffness(model, body, x)

    def refusing(model: Any, body: Any, x: Any) -> Any:
        raise TypeError("not today")

    record = judged(other(stiffness=strict), "stiffness")
    assert record.status == "passed", record.message
    assert any(decoded("stiffness", word)["place"] == "whole numbers" for word in record.judged["stiffness"])
    assert judged(other(stiffness=refusing), "stiffness").status == "crashed"


@pytest.mark.parametrize("name", [name for name in CALLS if "path" in CALL_FEATURES[name]])
def test_every_path_is_defined_at_the_times_it_is_asked_for(name: str) -> None:
    for row in rows(name, 2):
        path, times, *_ = asked(name, posed_call(name, row, 0)).arguments
        for time in np.ravel(times):
            assert np.all(np.isfinite(path(time))), row


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_a_default_run_judges_every_pair(name: str) -> None:
    for solver in (fast, other()):
        record = judged(solver, name, replace(FULL, seconds=1e4))
        assert record.status == "passed", record.message
        for strength in (1, 2):
            seen, possible = coverage(name, record.judged[name], strength)
            assert seen == possible


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_no_right_solver_fails_on_twenty_seeds(name: str) -> None:
    dear = name in ("driven", "ehrenfest", "two_time_noise")
    for seed in range(2 if dear else 20):
        for solver in (fast, other()):
            record = run_check(all_checks()[f"cross.kinds.{name}"], solver, effort=QUICK, seed=seed)
            assert record.status == "passed", record.message


@pytest.mark.parametrize("name", CALL_FEATURES)
def test_every_question_of_the_rows_can_be_asked_and_has_the_shapes_that_are_promised(name: str) -> None:
    guarded = Guarded(fast)
    for seed, row in enumerate(rows(name, 2)):
        problem = posed_call(name, row, seed)
        question = asked(name, problem)
        assert decoded(name, problem.numbers[KIND]) == row
        assert guarded.shapes(question)


@pytest.mark.night("place-whole", "coordinates-4", "surface-gradient")
@pytest.mark.parametrize(
    ("name", "feature", "value"),
    [
        pytest.param(*case, marks=() if case in TELLING else pytest.mark.slow)
        for case in VALUES
        if case[0] in SWIFT
    ],
)
def test_what_is_wrong_for_one_kind_is_seen(
    name: str, feature: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a quick run; the question that is kept has the feature."""
    from electronwind.validation.checks.motion import kinds

    answer, seen = wrong_where(name, feature, value)

    def noted(of: str, problem: Any) -> Any:
        seen.append(problem.numbers[KIND])
        return asked(of, problem)

    monkeypatch.setattr(kinds, "asked", noted)
    monkeypatch.setattr(kinds, "_certified", kinds.wanted)
    record = judged(other(**{name: answer}), name)
    assert record.status == "failed"
    assert record.failure is not None
    assert decoded(name, record.failure.numbers[KIND])[feature] == value


@pytest.mark.night("jellium-first-wire")
@pytest.mark.parametrize(
    ("fault", "name"),
    [*PLANTED.items(), *(pytest.param(*both, marks=pytest.mark.slow) for both in DEAR.items())],
)
def test_a_planted_mistake_of_one_kind_is_seen(fault: str, name: str) -> None:
    record = judged(FAULTS[fault].factory(), name, replace(QUICK, shrinking=0.0, naming=0.0))
    assert record.status == "failed", record.message


@pytest.mark.slow
def test_a_record_of_the_fast_solver_is_held_against_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every field that is wrong is seen, and a right record passes."""
    from electronwind.validation.checks.motion import kinds

    name = "two_time_noise"
    row = next(row for row in rows(name, 2) if (row["path"], row["delays"]) == ("knots", "rising"))
    problem = posed_call(name, row, 0)
    right = kinds.answer(Guarded(fast), asked(name, problem))
    for field in ("", "exact", "adiabatic", "correlation_time"):
        wrong = right | ({field: right[field] * 1.001} if field else {})
        monkeypatch.setattr(kinds, "answer", lambda *given, wrong=wrong: wrong)
        found = list(kinds.judge(name, Guarded(fast), problem))
        assert len(found) == 3
        assert any(one.error > 1e-7 for one in found) == bool(field)


def test_a_path_at_knots_lasts_as_long_as_the_longest_run() -> None:
    row = rows("driven", 1)[0] | {"path": "knots", "times": "long"}
    question = asked("driven", posed_call("driven", row, 0))
    path, times = question.arguments
    assert np.all(np.isfinite(path(times)))


def test_a_batch_of_wires_has_an_answer_for_each() -> None:
    """The axes of the batch come before those of the points."""
    row = next(row for row in rows("jellium_curl", 2) if row["wires"] == "batch" and row["points"] == "list")
    question = asked("jellium_curl", posed_call("jellium_curl", row, 0))
    assert Guarded(fast).shapes(question) == {"value": (2, 3, 2)}


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["screening-diagonal-potential", "screening-diagonal-gradient"])
def test_what_a_user_writes_acts_off_the_diagonal(fault):
    """A potential with every entry is among the questions of a default run."""
    check, right, wrong = all_checks()["cross.kinds.self_consistent"], Guarded(fast), FAULTS[fault].factory()
    telling = next(
        posed_call("self_consistent", row, 0)
        for row in rows("self_consistent", 2)
        if row["functional"] == "written out" and row["levels"] == "2"
    )

    def passes(solver):
        return all(c.error <= allowed for c, allowed in judge_problem(check, solver, telling, tolerance))

    assert passes(right)
    assert not passes(Guarded(wrong))


@pytest.mark.parametrize("residual", [0.0, 1e-12, -1e-12])
def test_no_distance_from_a_fixed_point_is_below_zero(residual: float) -> None:
    """How far it converged is the solver's own affair."""
    question = asked("self_consistent", posed_call("self_consistent", rows("self_consistent", 1)[0], 0))
    right = {"residual": np.full(2, 1e-11), "converged": np.array([True, True])}
    got = right | {"residual": np.array([1e-11, residual])}

    wrong = [one for one in compared(question, got, right) if one.error > 0]
    assert len(wrong) == (residual < 0)


def test_no_curl_of_jellium_cancels():
    """A component may vanish by symmetry, and not both: an error is measured against the other."""
    for row in rows("jellium_curl", 2):
        question = asked("jellium_curl", posed_call("jellium_curl", row, 0))
        wire, (points,) = question.problem, question.arguments
        usual = np.max(np.abs(fast.jellium_curl(wire, np.max(wire.side) * np.array([0.3, 0.4]))))
        assert np.max(np.abs(fast.jellium_curl(wire, points))) > 1e-9 * usual, row
