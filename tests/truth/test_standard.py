"""The answers that come with the suite: those of the reference of today, or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from electronwind import DYNAMICS, OBSERVABLES, STATICS, reference
from electronwind.validation import validate
from electronwind.validation.campaigns import answers
from electronwind.validation.cli.tables import tables
from electronwind.validation.run import runner
from electronwind.validation.truth import standard
from electronwind.validation.truth.archive import RECALLED, anew, gathered, recall

AGAIN = "electronwind tables answers"
# Asks the reference for few digits of what fast cannot measure itself by; in a longer run, or by name, alone.
ASKS_ANEW = "cross.kinds.two_time_noise"
DRAWN_BY_KINDS = tuple(f"cross.{kind}." for kind in ("covering", "edges", "extreme", "kinds", "near"))


def known(path: Path) -> int:
    return len(standard._read(path))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the file that the suite reads instead."""
    copy = tmp_path / "standard.json"
    copy.write_text(standard.PATH.read_text())
    monkeypatch.setattr(standard, "PATH", copy)
    monkeypatch.setattr(standard, "_answers", lambda: standard._read(copy))
    return copy


def test_the_file_stands_for_the_reference_of_today() -> None:
    """Whoever edits the reference, the problem or what is drawn runs `electronwind tables answers`."""
    assert known(standard.PATH) > 200, f"stale: run `{AGAIN}`"


@pytest.mark.parametrize(
    ("only", "quick", "least"),
    [
        ("cross.general.[b-f]*", True, 5),
        pytest.param("cross.general.*", True, 10, marks=pytest.mark.slow),
        pytest.param("cross.*", True, 60, marks=pytest.mark.slow),
        pytest.param("cross.*", False, 60, marks=pytest.mark.slow),
    ],
)
def test_a_first_run_does_not_wait_for_the_reference(
    monkeypatch: pytest.MonkeyPatch, only: str, quick: bool, least: int
) -> None:
    """All that a run with the default seed asks of the reference is on file."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError(f"the file lacks an answer: run `{AGAIN}`")

    for name in (*OBSERVABLES, *DYNAMICS):
        monkeypatch.setattr(reference, name, refuse)
    # What is asked again on purpose is another matter.
    monkeypatch.setattr(runner, "audited", lambda records, seconds: list(records))
    report = validate("fast", only=only, quick=quick, timeout=600.0)
    assert [(r.id, r.message) for r in report.records if r.status != "passed" and r.id != ASKS_ANEW] == []
    # What is asked at rest of a wire is not standard, and of what is drawn by kinds fast is its own measure.
    steady = [
        record
        for record in report.records
        if not set(record.observables) & set(STATICS) and not record.id.startswith(DRAWN_BY_KINDS)
    ]
    assert sum(record.recalled for record in steady) >= len(steady) > least


def test_the_reference_still_says_so() -> None:
    """A sample of the answers, asked anew."""
    questions = standard.sample(4, seed=11)
    assert len(questions) == 4
    assert not [question for question in questions if answers.differs(question)]


@pytest.mark.slow
def test_the_reference_still_says_all_of_it() -> None:
    """Every answer, asked anew."""
    assert not [question for question in standard.sample(10**6, seed=0) if answers.differs(question)]


def test_a_wrong_answer_is_seen(file: Path) -> None:
    """One digit changed with a checksum to fit: the sample finds it, and the command fails."""
    entries = standard._read(file)
    question = next(q for q, fields in entries.items() if "observable" in json.loads(q) and _large(fields))
    fields = {name: standard._array(parts) for name, parts in entries[question].items()}
    file.write_text(standard.text({question: {"value": fields["value"] * (1 + 1e-13)}}))
    assert answers.differs(json.loads(question))
    ran = CliRunner().invoke(tables, ["check", "--sample", "1"], standalone_mode=False)
    assert ran.return_value == 1
    assert "1 answers to the standard problems asked anew, 1 wrong." in ran.output


def _large(fields: dict[str, dict[str, object]]) -> bool:
    return bool(np.max(np.abs(standard._array(fields["value"]))) > 1e-6)


@pytest.mark.thin(most=3)
@pytest.mark.parametrize("damage", ["edited", "short", "reference", "schema", "gone", "not json"])
def test_what_is_not_whole_is_not_used(file: Path, damage: str) -> None:
    """A damaged file, or one of another reference, answers nothing; the command that checks it says so."""
    text = file.read_text()
    head = json.loads(text)["head"]
    worse = {
        "edited": text.replace('"digits":20', '"digits":21', 1),
        "short": text[: len(text) // 2],
        "reference": text.replace(head["of"]["reference"], "0" * 64, 1),
        "schema": text.replace(head["schema"], "electronwind-answers/0", 1),
        "not json": "[]",
    }
    assert known(file)
    if damage == "gone":
        file.unlink()
    else:
        assert worse[damage] != text
        file.write_text(worse[damage])
    assert not known(file)
    ran = CliRunner().invoke(tables, ["check", "--sample", "1"], standalone_mode=False)
    assert ran.return_value == 1
    assert AGAIN in ran.output


def test_answers_come_before_the_archive(file: Path) -> None:
    """A question on file is not asked; one that is not, is, and inside `anew` both are."""
    value = np.array([[0.1, -0.0], [3e-310, np.pi]])
    file.write_text(standard.text({'"filed"': {"value": value, "other": value * (1 - 2j)}}))

    def refuse() -> dict[str, np.ndarray]:
        raise AssertionError("asked")

    before = RECALLED.values
    found = recall("filed", refuse)
    assert RECALLED.values == before + 1
    assert found["value"].tobytes() == value.tobytes()
    assert found["other"].tobytes() == (value * (1 - 2j)).tobytes()
    with pytest.raises(AssertionError, match="asked"):
        recall("not filed", refuse)
    with anew(), pytest.raises(AssertionError, match="asked"):
        recall("filed", refuse)


def test_gathering_asks_everything_anew(file: Path) -> None:
    """What is written is what the reference said while it was gathered."""
    file.write_text(standard.text({'"filed"': {"value": np.zeros(2)}}))
    with gathered() as found:
        recall("filed", lambda: {"value": np.ones(2)})
    recall("other", lambda: {"value": np.ones(2)})
    assert [*found] == ['"filed"']
    assert found['"filed"']["value"].tolist() == [1.0, 1.0]


def test_what_the_file_cannot_hold_is_refused() -> None:
    """Single precision would come back as double."""
    with pytest.raises(ValueError, match="value: expected float64 or complex128, got float32"):
        standard.text({'"x"': {"value": np.zeros(2, dtype=np.float32)}})


def test_nothing_is_written_while_the_solvers_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed check leaves the file as it was."""

    def failing(on_record: Callable[..., None]) -> dict[str, object]:
        report = validate("fast", only="law.hermitian.density_matrix", quick=True)
        (record,) = report.records
        on_record(report, replace(record, status="failed", message="off"))
        return {}

    monkeypatch.setattr(answers, "gather", failing)
    out = tmp_path / "answers.json"
    ran = CliRunner().invoke(tables, ["answers", "--out", str(out)], standalone_mode=False)
    assert ran.return_value == 1
    assert "law.hermitian.density_matrix: failed: off" in ran.output
    assert not out.exists()


def test_an_interrupted_gathering_is_not_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Part of the answers, with a hash that fits, would pass for all of them."""
    before = file.read_bytes()
    monkeypatch.setattr(runner, "validate", lambda *_, **__: SimpleNamespace(complete=False))
    result = CliRunner().invoke(tables, ["answers", "--out", str(file)])
    assert result.exit_code != 0
    assert file.read_bytes() == before
