"""Questions beyond the observables of a system: what is stored, what derives it, and who is judged by it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import electronwind

from electronwind import fast
from electronwind.validation.checks.steady.called import FAULTS, judge
from electronwind.validation.core.check import CHECKS, Problem
from electronwind.validation.core.tolerances import tolerance
from electronwind.validation.systems.jellium import NOTHING
from electronwind.validation.tables import CallTable, TableError, call_tables, storage, tables
from electronwind.validation.tables.calls import arguments, call_set

flint = pytest.importorskip("flint", reason="the extra certify is not installed")

from electronwind.validation.tables import derive, generate  # noqa: E402 - needs flint
from electronwind.validation.tables.recheck import recheck  # noqa: E402 - needs flint

DATA = Path(generate.__file__).parent / "data"


def test_every_question_is_answered_and_every_call_has_some() -> None:
    """At least 40 questions; those of the set are those that are stored, under names that no table has."""
    assert list(call_tables()) == list(call_set())
    assert len(call_tables()) >= 40
    assert not call_tables().keys() & tables().keys()
    assert {table.call for table in call_tables().values()} == FAULTS.keys()
    for id, problem in call_set().items():
        assert call_tables()[id].data == problem.data, id


def test_fast_solver_agrees_with_every_answer() -> None:
    """Each check holds each stored field, within its tolerance."""
    for table in call_tables().values():
        for comparison in judge(table.call, fast, Problem(NOTHING, {"table": table.id})):
            assert comparison.error <= tolerance(comparison, 3), (table.id, comparison.error)


def test_what_is_not_enclosed_says_how_far_two_solvers_agree() -> None:
    """Rates and curls are proven; the others name both solvers, and agree to ten digits."""
    for table in call_tables().values():
        for value in table.values.values():
            assert value.certified == (table.call in ("mode_rates", "jellium_curl"))
            if not value.certified:
                assert value.route == "reference-and-fast"
                assert float(value.entry["agreement"]) < 1e-9
            size = float(np.max(np.abs(value.midpoint)))
            assert value.radius <= 1e-25 * size or size == 0


def test_there_is_a_check_for_every_call() -> None:
    """It names faults that its family of checks plants."""
    assert {f"table.{call}" for call in FAULTS} <= CHECKS.keys()


ONE_EACH = {table.call: table for table in call_tables().values()}


@pytest.mark.parametrize("call", ONE_EACH)
def test_a_check_fails_a_solver_that_is_off_by_a_part_in_a_million(call: str) -> None:
    """In every field that is stored."""
    table = ONE_EACH[call]
    right = getattr(fast, call)(*arguments(call, table.data))

    class Off:
        def __getattr__(self, name: str) -> Any:
            if "value" in table.values:
                return lambda *_: np.asarray(right) * (1 + 1e-6)
            return lambda *_: Shifted()

    class Shifted:
        def __getattr__(self, name: str) -> Any:
            return np.asarray(getattr(right, name)) * (1 + 1e-6)

    found = list(judge(call, Off(), Problem(NOTHING, {"table": table.id})))
    assert len(found) == len(table.values)
    for comparison in found:
        if np.any(comparison.want):
            assert comparison.error > tolerance(comparison, 3)


@pytest.mark.slow
def test_derived_anew_answers_are_what_is_stored() -> None:
    """One of each call: value, radius, condition and route."""
    for table in ONE_EACH.values():
        for verdict in recheck([(table, field) for field in table.values]):
            assert not verdict.wrong, verdict


def changed(change: Callable[[dict[str, Any]], None]) -> CallTable:
    table = ONE_EACH["jellium_curl"]
    entries = json.loads(json.dumps({name: value.entry for name, value in table.values.items()}))
    change(entries["value"])
    values = {name: storage.Value(entry) for name, entry in entries.items()}
    return CallTable(table.id, table.source, table.call, table.data, values)


def shift(entry: dict[str, Any]) -> None:
    entry["re"][0][0] = str(Decimal(entry["re"][0][0]) + 5 * Decimal(entry["radius"]))


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("value", shift),
        ("radius", lambda entry: entry.update(radius="1e-3")),
        ("condition", lambda entry: entry.update(condition=1e13)),
        ("route", lambda entry: entry.update(route="by hand")),
        ("route", lambda entry: entry.update(certified=False)),
    ],
)
def test_what_would_forgive_is_found(what: str, change: Callable[[dict[str, Any]], None]) -> None:
    """A value, radius, condition number or route that was changed is none that is derived."""
    (verdict,) = recheck([(changed(change), "value")])
    assert what in verdict.wrong


def test_a_damaged_answer_is_refused_by_name(tmp_path: Path) -> None:
    """A digit that was changed by hand, in any of the files."""
    copy = Path(shutil.copytree(DATA, tmp_path / "data"))
    for id in call_set():
        path = copy / f"{id}.json"
        right = path.read_text()
        path.write_text(right.replace('"condition": ', '"condition": 1', 1))
        with pytest.raises(TableError, match=f"table {id}:"):
            list(storage.verified_calls(copy))
        path.write_text(right)


def test_commands_see_answers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """They are listed, and `tables check` refuses a damaged one with exit code 2."""
    assert electronwind("tables", "list") == 0
    shown = capsys.readouterr().out
    assert f"{len(call_tables())} questions" in shown
    copy = Path(shutil.copytree(DATA, tmp_path / "data"))
    (copy / "rates-cold-2.json").write_text("{")
    assert electronwind("tables", "check", "--from", str(copy)) == 2
    assert "rates-cold-2" in capsys.readouterr().err


def test_curl_of_jellium_in_closed_form_is_that_of_quadrature() -> None:
    """The enclosure that integrates subband by subband, and the integral over energy as it stands."""
    from electronwind.validation.checks.steady.jellium import _curl

    table = call_tables()["jellium-curl-3"]
    problem = Problem(NOTHING, {"wire": table.data["wire"], "points": table.data["points"]})

    class Stored:
        @staticmethod
        def jellium_curl(wire: Any, points: Any) -> Any:
            return table.values["value"].midpoint

    (comparison,) = _curl(Stored, problem)
    assert comparison.error < 1e-12


def test_solvers_that_differ_make_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no enclosure is at hand, two solvers must agree."""
    table = ONE_EACH["jellium_friction"]
    wrong = fast.jellium_friction
    monkeypatch.setattr(fast, "jellium_friction", lambda *args: 1.001 * wrong(*args))
    with pytest.raises(ArithmeticError, match="differ"):
        derive.derive(table.call, table.data)
