"""Verifying a report: any change of it shows, and so does another suite than the one that made it."""

from __future__ import annotations

import functools
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import toy_report
import toys
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from toy_report import CHECKS

from electronwind.validation.compare.verify import Refused, examine
from electronwind.validation.core import fingerprint
from electronwind.validation.core.canonical import written
from electronwind.validation.report.model import Report, schema

text = toy_report.text


def test_fingerprint_is_in_the_schema(text: str) -> None:
    """A report has hashes of suite, problems, tables, solver and content, and its schema knows them."""
    data = json.loads(text)
    Draft202012Validator(schema()).validate(data)
    assert set(data["fingerprint"]) == {"suite", "problems", "tables", "solver", "content"}
    assert data["fingerprint"]["problems"]["checks"] == 3
    # A report of old has none, and is still a report.
    del data["fingerprint"]
    Draft202012Validator(schema()).validate(data)
    assert Report.from_dict(data).fingerprint == {}
    with pytest.raises(Refused, match="fingerprint: there is none"):
        examine(json.dumps(data), CHECKS)


def test_untouched_is_accepted(text: str) -> None:
    """What a run wrote is accepted, and comes back from the data unchanged."""
    report = examine(text, CHECKS)
    assert [record.id for record in report.records] == list(CHECKS)
    assert written(report.to_dict()) == text


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_single_character_shows(text: str, data: st.DataObject) -> None:
    """One character replaced, left out or put in, anywhere, is refused."""
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.sampled_from("0123456789abcdefxE.,:\"'{}[] \n-+\\_é"))
    how = data.draw(st.sampled_from(["replace", "drop", "insert"]))
    changed = {
        "replace": text[:place] + character + text[place + 1 :],
        "drop": text[:place] + text[place + 1 :],
        "insert": text[:place] + character + text[place:],
    }[how]
    if changed != text:
        with pytest.raises(Refused):
            examine(changed, CHECKS)


def test_forged_content_with_a_right_hash(text: str) -> None:
    """Records changed with the hash of the content made right still contradict the summary."""
    data = json.loads(text)
    data["summary"]["counts"]["passed"] += 1
    data["fingerprint"]["content"] = fingerprint.content(data)
    with pytest.raises(Refused, match="summary: it is not what the records add up to"):
        examine(written(data), CHECKS)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("complete",), False, "complete: this run did not end"),
        (("fingerprint", "suite", "sha256"), "0" * 64, "suite: made by electronwind"),
        (
            ("fingerprint", "suite", "oracle"),
            "0" * 64,
            "oracle: the reference, the fast solver or the problem",
        ),
        (("fingerprint", "tables"), "0" * 64, "tables: they are not"),
        (("fingerprint", "problems", "sha256"), "0" * 64, "problems: the checks are not"),
        (("schema",), "electronwind-report/2", "schema: expected"),
    ],
)
def test_other_parts_are_named(text: str, path: tuple[str, ...], value: Any, words: str) -> None:
    """An unfinished run, and another suite, tables or checks, are refused by name."""
    data = json.loads(text)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    if path == ("complete",):
        data["summary"] |= {"exit_code": 130, "verdict": Report.from_dict(data).verdict}
    data["fingerprint"]["content"] = fingerprint.content(data)
    with pytest.raises(Refused, match=words):
        examine(written(data), CHECKS)


@pytest.mark.parametrize("module", ["electronwind", "electronwind.fast", "electronwind.reference"])
def test_the_oracle_is_in_the_fingerprint(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another source of reference, fast solver or problem is another suite, also for the journals."""
    before, read = fingerprint.suite(), Path.read_bytes
    edited = Path(str(import_module(module).__file__)).resolve()
    monkeypatch.setattr(
        Path, "read_bytes", lambda self: read(self) + (b"# edited" if self == edited else b"")
    )
    for known in (fingerprint.sources, fingerprint.suite):
        monkeypatch.setattr(fingerprint, known.__name__, known.__wrapped__)
    after = fingerprint.suite()
    assert after != before
    assert after | {"oracle": before["oracle"]} == before


def test_what_runs_other_programs_is_part_of_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another source of the processes that solvers run in is another suite, with the same oracle."""
    before, read = fingerprint.suite(), Path.read_bytes
    edited = Path(str(import_module("electronwind.external.program").__file__)).resolve()
    monkeypatch.setattr(
        Path, "read_bytes", lambda self: read(self) + (b"# edited" if self == edited else b"")
    )
    monkeypatch.setattr(fingerprint, "suite", fingerprint.suite.__wrapped__)
    after = fingerprint.suite()
    assert after != before
    assert after | {"sha256": before["sha256"]} == before


def test_checks_that_changed_are_noticed(text: str) -> None:
    """A check whose code or sentence is another one now is another problem."""

    def compare_force(solver: Any, problem: Any) -> Any:
        yield from toys.compare_force(solver, problem)

    def judge_named(name: str, solver: Any, problem: Any) -> Any:
        yield from ()

    def judge_renamed(name: str, solver: Any, problem: Any) -> Any:
        yield from toys.compare_force(solver, problem)

    marks = fingerprint.problems([toys.make(functools.partial(judge_named, "force"))])
    assert marks == fingerprint.problems([toys.make(functools.partial(judge_named, "force"))])
    with pytest.raises(Refused, match="problems"):
        examine(text, CHECKS | {"law.again": toys.make(compare_force, "law.again")})
    for other in (functools.partial(judge_named, "curl"), functools.partial(judge_renamed, "force")):
        assert marks != fingerprint.problems([toys.make(other)])
    fewer = {id: check for id, check in CHECKS.items() if id != "law.again"}
    with pytest.raises(Refused, match=r"there is no check 'law\.again'"):
        examine(text, fewer)
