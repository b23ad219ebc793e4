"""Verifying by a second run: a report improved by hand and a solver that became another one are found out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import toy_report
from command import electronwind
from toy_report import CHECKS

from electronwind import solvers
from electronwind.solvers import ENTRY_POINTS
from electronwind.validation.checks import catalogue
from electronwind.validation.compare.verify import Refused, examine
from electronwind.validation.core import fingerprint
from electronwind.validation.core.canonical import written
from electronwind.validation.report.model import Report

pytestmark = pytest.mark.usefixtures("hasty", "together")

text = toy_report.text

RIGHT = "def force(system): return -system.hamiltonian[..., 0].real\n"
# A solver that obeys whoever runs it: it changes its answers, and not its file.
MOODY = """\
import os
def force(system): return -system.hamiltonian[..., 0].real + float(os.environ.get("TOY_ERROR", "0"))
"""
# Right to nine digits, and says so.
COARSE = """\
accuracy = 1e-9
def force(system): return -system.hamiltonian[..., 0].real + 1e-6
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with toy solvers, and the toy checks for the suite."""
    sources = {"toy_verify_right": RIGHT, "toy_verify_moody": MOODY, "toy_verify_coarse": COARSE}
    for name, source in sources.items():
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(catalogue, "all_checks", lambda: CHECKS)
    return tmp_path


def validated(solver: str) -> Path:
    electronwind("validate", solver, "--quick", "--report", "out")
    return Path("out") / "report.json"


def test_verified(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An honest report is verified by a second run of a sample of the checks that ran."""
    report = validated("toy_verify_right")
    assert electronwind("verify", "--run", str(report), "--sample", "1", "--seed", "3") == 0
    said = capsys.readouterr().out
    assert said.count(": the same") == 1
    assert "Verified: 1 of the checks" in said
    assert electronwind("verify", "--run", str(report)) == 0
    assert capsys.readouterr().out.count(": the same") == 2


def _forged(report: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    """Change a report, and make all of its sums and hashes right again."""
    data = json.loads(report.read_text())
    change(data)
    whole = Report.from_dict(data)
    kept = [CHECKS[record.id] for record in whole.records]
    whole.fingerprint["problems"] = fingerprint.problems(kept)
    report.write_text(written(whole.to_dict()))
    return report


def _drop(data: dict[str, Any]) -> None:
    del data["records"][1]


def _drop_and_plan(data: dict[str, Any]) -> None:
    _drop(data)
    data["planned"] = 2


def _twice(data: dict[str, Any]) -> None:
    data["records"].append(data["records"][0])
    data["planned"] = 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_drop, r"records: 3 were planned, and there are 2"),
        (_drop_and_plan, r"records: 'law.again' is missing, though the settings select it"),
        (_twice, r"records: 'law.force_is_minus_level' occurs twice"),
        (
            lambda data: data["records"][0].update(status="expected-failure"),
            "records: 'law.force_is_minus_level' is said to be expected-failure, without a failure",
        ),
        (
            lambda data: data["records"][0].update(status="unexpected-pass"),
            "records: 'law.force_is_minus_level' is said to be unexpected-pass, .* does not name it",
        ),
        (
            lambda data: data["settings"].update(expected_failures={"law.again": "why"}),
            "records: 'law.again' is said to be passed, .* names it",
        ),
        (lambda data: data["settings"].update(only="nowhere"), "settings: not a selection of checks"),
        (lambda data: data["settings"].pop("tiers"), r"schema: \$\.settings: 'tiers' is a required"),
        (lambda data: data["settings"].update(left_out=7), "settings: they leave out 0 checks, and not 7"),
        (
            lambda data: data["records"][1].update(says="the sun shines"),
            "records: 'law.again' has another says here",
        ),
    ],
)
def test_a_record_that_cannot_be(folder: Path, text: str, change: Any, words: str) -> None:
    """What the settings select, and expect to fail, is what the records are, whatever the hashes say."""
    Path("report.json").write_text(text)
    forged = _forged(Path("report.json"), change).read_text()
    with pytest.raises(Refused, match=words):
        examine(forged, CHECKS)


def _all_digits(data: dict[str, Any]) -> None:
    for record in data["records"][:2]:
        record["digits"], record["error"] = 16.0, 0.0


def _all_samples(data: dict[str, Any]) -> None:
    for record in data["records"][:2]:
        for sample in record["samples"]:
            sample["digits"] = 16.0


def _more_problems(data: dict[str, Any]) -> None:
    for record in data["records"][:2]:
        record["examples"] += 10**6


def _unsupported(data: dict[str, Any]) -> None:
    data["records"][1] |= {"status": "unsupported", "message": "Not today."}


@pytest.mark.thin(most=1)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_all_digits, "digits of the worst comparison in the report, 9.0 now"),
        (_all_samples, "16.0 digits of force in the report, 9.0 now"),
        (_more_problems, "1000008 problems, 8 comparisons in the report, 8 problems, 8 comparisons now"),
        (_unsupported, "law.again: unsupported in the report, passed now"),
    ],
)
def test_improved_by_hand(
    folder: Path,
    change: Any,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Digits, counts and verdicts that a second run does not find are refused, with right hashes too."""
    report = _forged(validated("toy_verify_coarse"), change)
    assert electronwind("verify", "--run", str(report)) == 1
    assert words in capsys.readouterr().out


@pytest.mark.thin(most=1)
@pytest.mark.parametrize(
    ("part", "forged", "right"),
    [
        ("name", "better", "toy_verify_coarse"),
        ("version", "2.0", ""),
        ("accuracy", 0.0, 1e-9),
        ("offers", ["force", "curl"], ["force"]),
    ],
)
def test_the_solver_is_what_it_says_of_itself(
    folder: Path, part: str, forged: Any, right: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Name, version, claim and offer in a report are those of the solver that is loaded now."""
    report = _forged(validated("toy_verify_coarse"), lambda data: data["solver"].update({part: forged}))
    assert electronwind("verify", "--run", str(report)) == 1
    said = capsys.readouterr().err
    assert f"Refused: solver: {part}: the report says {forged!r}, and it is {right!r}." in said


def test_crashed_is_not_failed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A solver that crashed then and is wrong now is another one."""
    monkeypatch.setenv("TOY_ERROR", "1")
    report = _forged(validated("toy_verify_moody"), lambda data: data["records"][0].update(status="crashed"))
    assert electronwind("verify", "--run", str(report)) == 1
    assert "crashed in the report, failed now" in capsys.readouterr().out


def test_tampered_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file changed by hand is refused, with the part that gives it away, and so is one that is no text."""
    report = validated("toy_verify_moody")
    honest = report.read_bytes()
    report.write_text(report.read_text().replace('"seed": 0', '"seed": 1'))
    assert electronwind("verify", "--run", str(report)) == 1
    assert "Refused: content: the report was changed" in capsys.readouterr().err
    report.write_bytes(b"\xff" + honest)
    assert electronwind("verify", "--run", str(report)) == 2
    assert "Refused" in capsys.readouterr().err


def test_rerun_mismatch(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A solver that gives other answers to the second run is found out, though its file is the same."""
    report = validated("toy_verify_moody")
    monkeypatch.setenv("TOY_ERROR", "1")
    assert electronwind("verify", "--run", str(report), "--sample", "2") == 1
    said = capsys.readouterr()
    assert "law.again: passed in the report, failed now" in said.out
    assert "2 of 2 checks came out differently" in said.err


def test_expected_failures_are_verified(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that failed as expected is verified by failing again."""
    monkeypatch.setenv("TOY_ERROR", "1")
    (folder / "known.toml").write_text('"law.again" = "why"\n"law.force_is_minus_level" = "why"')
    arguments = ("--quick", "--report", "out", "--expected-failures", "known.toml")
    assert electronwind("validate", "toy_verify_moody", *arguments) == 0
    assert electronwind("verify", "--run", "out/report.json") == 0


def test_changed_solver(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A solver whose file has changed since is not the one that was judged."""
    report = validated("toy_verify_right")
    (folder / "toy_verify_right.py").write_text(RIGHT + "# faster now\n")
    assert electronwind("verify", "--run", str(report)) == 1
    assert "solver: its files have changed" in capsys.readouterr().err


def test_what_cannot_be_run_again(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A report on an object, on a solver that is gone, or of no check is answered in words."""
    Path("object.json").write_text(text)
    assert electronwind("verify", "--run", "object.json") == 1
    assert "the report cannot name it" in capsys.readouterr().err
    assert electronwind("verify", "--run", "no-such-file.json") == 2
    report = validated("toy_verify_right")
    (folder / "toy_verify_right.py").unlink()
    sys.modules.pop("toy_verify_right", None)
    assert electronwind("verify", "--run", str(report)) == 3


def test_identity(folder: Path) -> None:
    """A solver is known by its file, a package by its files, and anything else by its name."""
    right = fingerprint.identity("toy_verify_right", object())
    assert (right["kind"], len(right["sha256"])) == ("file", 64)
    assert fingerprint.identity("toy_verify_right:force", object()) == right
    assert fingerprint.identity("fast", object())["kind"] == "package"
    for spec in ("", "exec:program --fast", "no_such_module_at_all", "toy_verify_right.force.deeper"):
        assert fingerprint.identity(spec, object()) == {"kind": "name", "sha256": ""}
    assert fingerprint.identity("", ModuleType("typed")) == {"kind": "name", "sha256": ""}


def test_identity_in_the_current_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that runs apart is looked for where it will be loaded from: in the current folder too."""
    without = [entry for entry in sys.path if entry not in ("", str(folder))]
    monkeypatch.setattr(sys, "path", list(without))
    assert fingerprint.identity("toy_verify_right", object())["kind"] == "file"
    assert sys.path == without


def test_identity_of_an_entry_point(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point is known by the file of its module."""
    named = EntryPoint("right-solver", "toy_verify_right:force", ENTRY_POINTS)
    monkeypatch.setattr(solvers, "entry_points", lambda: EntryPoints([named]))
    right = fingerprint.identity("toy_verify_right", object())
    assert fingerprint.identity("right-solver", object()) == right
    assert right["kind"] == "file"
