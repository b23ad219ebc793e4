"""The second matrix of the planted faults: what triggers them, held against what they declare."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from electronwind import NAMES
from electronwind.validation.campaigns import triggers
from electronwind.validation.campaigns.triggers import (
    LEAST,
    VERDICTS,
    Named,
    markdown,
    measure,
    named,
    questions,
)
from electronwind.validation.cli.faults import faults
from electronwind.validation.core import fingerprint
from electronwind.validation.core.exit_codes import Exit
from electronwind.validation.core.fingerprint import rooms
from electronwind.validation.diagnosis.saying import BALANCE, Trigger
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.faults.triggers import TRIGGERS, motion, software, steady
from electronwind.validation.systems.features import words_of


def test_every_fault_declares_its_trigger_once() -> None:
    declared = [
        name for module in (steady, software, motion) for one in module.DECLARED for name in one.names
    ]
    assert Counter(declared) == Counter(list(FAULTS))


@pytest.mark.parametrize("name", NAMES)
def test_declared_triggers_are_of_features_that_questions_have(name: str) -> None:
    """Of the functions that a fault breaks, one at least has questions with what it declares, and without."""
    for fault, declared in TRIGGERS.items():
        assert (declared.sort == "shown") == bool(declared.readings) == (not declared.why), fault
        if name != min(FAULTS[fault].observables, key=NAMES.index):
            continue
        for reading in declared.readings:
            assert any(_said(of, reading) for of in FAULTS[fault].observables), (fault, reading)


def _said(name: str, reading: Any) -> bool:
    known = {feature: set(values) for feature, values in words_of(name).items()}
    known[BALANCE] = {"broken", "even"}
    return all(
        feature in known and set(values) & known[feature] and known[feature] - set(values)
        for feature, values in reading.items()
    )


@pytest.mark.parametrize(
    ("values", "right", "verdict"),
    [
        ({"spin": ("2", "3+")}, {"spin": ("1",)}, "rightly"),
        ({"spin": ("2",)}, {"spin": ("1",)}, "rightly"),
        ({"spin": ("2",)}, {"spin": ("1", "3+")}, "wrongly"),
        ({"spin": ("1", "2")}, {"spin": ("3+",)}, "wrongly"),
        ({}, {}, "wrongly"),
        ({"spin": ("2", "3+"), "levels": ("1",)}, {"spin": ("1",), "levels": ("2",)}, "wrongly"),
    ],
)
def test_a_trigger_is_the_declared_one_or_not(values: Any, right: Any, verdict: str) -> None:
    assert named("spin-dropped", Trigger("force", values, right)) == verdict
    assert named("spin-dropped", None) == "not found"


def test_any_of_several_readings_is_right() -> None:
    for fault, declared in TRIGGERS.items():
        for reading in declared.readings:
            name = next(of for of in FAULTS[fault].observables if _said(of, reading))
            words = words_of(name) | {BALANCE: {"broken": "", "even": ""}}
            right = {f: tuple(set(words[f]) - set(values)) for f, values in reading.items()}
            assert named(fault, Trigger(name, reading, right)) == "rightly", fault


def test_what_no_question_shows_is_counted_apart() -> None:
    always = Trigger("force", {}, {})
    for fault, declared in TRIGGERS.items():
        if declared.sort == "no question":
            assert named(fault, None) == "no question"
            assert named(fault, always) == "wrongly"
        elif declared.sort == "nameless":
            assert named(fault, None) == "not found"
            assert named(fault, always) == "wrongly"


def test_the_command_says_what_triggers_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = Trigger("transmission", {"spin": ("2", "3+")}, {"spin": ("1",)})
    monkeypatch.setattr(triggers, "search", lambda *_: found)
    page = tmp_path / "page.md"
    result = CliRunner().invoke(
        faults, ["--triggers", "--only", "spin-on-transmission", "--markdown", str(page)]
    )
    assert (
        "rightly     spin-on-transmission: transmission is wrong where the spin factor is not 1."
        in result.output
    )
    assert "1 of 1 triggers named rightly." in result.output
    assert "| `spin-on-transmission` | transmission where the spin factor is not 1 | rightly |" in (
        page.read_text()
    )


def test_what_does_not_go_with_triggers_is_refused() -> None:
    result = CliRunner().invoke(faults, ["--triggers", "--quick"])
    assert "--triggers runs no checks, and has no --quick" in result.output


@pytest.mark.parametrize("right", [True, False])
def test_the_exit_code_says_whether_enough_are_named(monkeypatch: pytest.MonkeyPatch, right: bool) -> None:
    found = Trigger("force", {}, {}) if right else None
    monkeypatch.setattr(triggers, "search", lambda *_: found)
    result = CliRunner().invoke(faults, ["--triggers", "--only", "force-sign"], standalone_mode=False)
    assert result.return_value == (Exit.RIGHT if right else Exit.FAILED)
    result = CliRunner().invoke(faults, ["--triggers", "--only", "stale-cache"], standalone_mode=False)
    assert result.return_value == Exit.NOTHING


def test_a_journal_is_gone_on_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = Trigger("force", {"spin": ("2",)}, {"spin": ("1",)})
    monkeypatch.setattr(triggers, "search", lambda *_: found)
    first = measure(["spin-dropped", "force-sign"], journal=tmp_path / "journal")
    monkeypatch.setattr(triggers, "search", lambda *_: None)
    again = measure(["spin-dropped", "force-sign", "force-doubled"], journal=tmp_path / "journal")
    assert again[:2] == first
    assert [row.verdict for row in again] == ["rightly", "wrongly", "not found"]


def test_what_the_search_depends_on_is_done_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A new declaration is held against what was found; new code is searched anew."""
    for says in ({"spin": ("2",)}, {"spin": ("3+",)}):
        found = Trigger("force", says, {"spin": ("1",)})
        monkeypatch.setattr(triggers, "search", lambda *_, found=found: found)
        (row,) = measure(["spin-dropped"], journal=tmp_path / "journal")
        assert row.says == Trigger("force", {"spin": ("2",)}, {"spin": ("1",)}).says
    monkeypatch.setitem(triggers.TRIGGERS, "spin-dropped", triggers.TRIGGERS["force-sign"])
    assert [row.verdict for row in measure(["spin-dropped"], journal=tmp_path / "journal")] == ["wrongly"]
    monkeypatch.setattr(triggers, "rooms", lambda *_: "other code")
    (row,) = measure(["spin-dropped"], journal=tmp_path / "journal")
    assert row.says == found.says


@pytest.mark.parametrize("room", triggers.ROOMS)
def test_every_room_that_decides_is_there_and_counts(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, there = rooms(room), fingerprint.HERE / room
    assert before != rooms()
    first = min([there, *there.rglob("*.py")], key=lambda path: (path.suffix != ".py", path))
    text = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: text(path) + b"#" * (path == first))
    assert rooms(room) != before


def test_the_page_counts_every_fault_once_in_each_table() -> None:
    rows = [Named(fault, FAULTS[fault].observables[0], "x", "rightly") for fault in FAULTS]
    lines = markdown(rows).splitlines()
    counts = [
        line.split("|")[2:-2]
        for line in lines
        if line.startswith("|") and line.split("|")[2].strip().isdigit()
    ]
    assert all(len(count) == len(VERDICTS) for count in counts)
    assert sum(int(number) for count in counts for number in count) == 2 * len(FAULTS)
    assert len(questions(rows)) < len(rows)
    text = markdown(rows)
    assert f"Searched for: {len(FAULTS)} of {len(FAULTS)} faults" in text
    assert (
        f"{len(questions(rows))} of {len(questions(rows))} that some question shows, 100 % (99 % to" in text
    )


def test_each_row_of_the_tables_has_its_own_part() -> None:
    """Of one function none is named rightly, of all others each."""
    rows = [
        Named(fault, name, "x", "wrongly" if name == "curl" else "rightly")
        for fault in FAULTS
        for name in FAULTS[fault].observables[:1]
    ]
    parts = {line.split("|")[1].strip(): line.split("|")[-2] for line in markdown(rows).splitlines()
             if line.startswith("| `") and "%" in line}  # fmt: skip

    assert len(parts) > 20
    for name, part in parts.items():
        assert part.startswith(" 0 % (0 %" if name == "`curl`" else " 100 % ("), name


def test_the_page_of_a_few_faults_says_how_few() -> None:
    rows = [Named("force-sign", "force", "x", "rightly"), Named("spin-dropped", "force", "", "not found")]
    text = markdown(rows)
    assert f"Searched for: 2 of {len(FAULTS)} faults" in text
    assert "| `force` | 1 | 0 | 1 | 0 | 50 % (9 % to 91 %) |" in text
    assert "none" in markdown([Named("stale-cache", "force", "", "no question")])


@pytest.mark.slow
def test_most_triggers_are_named_rightly() -> None:
    rows = questions(measure(fault for fault, declared in TRIGGERS.items() if declared.sort != "no question"))
    wrong = [row for row in rows if row.verdict != "rightly"]
    assert len(wrong) <= (1 - LEAST) * len(rows), wrong
