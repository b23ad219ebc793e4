"""A run that is killed: no process outlives it, it goes on where it was, and as no other run."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import solver_modules
import toys
from command import copied, electronwind
from solver_modules import write

from electronwind import OpenSystem
from electronwind.validation import Report, validate
from electronwind.validation.checks import catalogue
from electronwind.validation.run.resume import ResumeError

if sys.platform == "win32":
    pytest.skip("solvers in processes of their own need POSIX", allow_module_level=True)

folder = solver_modules.folder  # for every test
pytestmark = pytest.mark.usefixtures("hasty", "together")


def records(folder: str = "out") -> list[Any]:
    path = Path(folder) / "report.json"
    return json.loads(path.read_text())["records"] if path.exists() else []


def test_resume_after_kill() -> None:
    """A run of the suite that is killed goes on where it was, and keeps what was found."""
    command = ["validate", "fast", "--only", "law.s*.current", "--timeout", "0.1", "--report", "out"]
    with copied(*command) as process:
        deadline = time.monotonic() + 60
        while not records() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
    assert process.exitcode == -signal.SIGKILL
    before = records()
    data = json.loads(Path("out/report.json").read_text())
    assert 0 < len(before) < data["planned"]
    assert not data["complete"]
    assert electronwind(*command, "--resume") == 0
    data = json.loads(Path("out/report.json").read_text())
    kept = {record["id"]: record for record in data["records"]}
    assert len(kept) == len(data["records"]) == data["planned"]
    assert data["complete"]
    assert [kept[record["id"]] for record in before] == before


BEATS = """
import time
from pathlib import Path

def current(system):
    for beat in range(600):
        with Path("beats").open("a") as file:
            file.write(".")
        time.sleep(0.05)
"""


@pytest.mark.slow
def test_jobs_end_with_a_run_that_is_killed() -> None:
    """No process goes on with the solver when the run is gone."""
    Path("beating.py").write_text(BEATS)
    command = ["validate", "beating", "--only", "law.sum.current", "--jobs", "2", "--report", "out"]
    beats = Path("beats")
    with copied(*command):
        deadline = time.monotonic() + 120
        while not beats.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    # The run is gone; what it started has a moment to follow.
    time.sleep(0.25)
    before = beats.stat().st_size
    time.sleep(0.25)
    assert beats.stat().st_size == before


@pytest.fixture
def interrupted() -> Report:
    """The report of a toy run that ended after its first check."""

    def stop(report: Report, record: Any) -> None:
        raise KeyboardInterrupt

    return validate(toys.solver(current=current), checks=toys.APART, quick=True, on_record=stop, **toys.RULES)


def current(system: OpenSystem) -> np.ndarray:
    return np.zeros(1)


def resume(report: Report, solver: Any = None, **more: Any) -> Report:
    options: dict[str, Any] = {"checks": toys.APART, "quick": True} | toys.RULES | more
    return validate(solver or toys.solver(current=current), resume=report, **options)


def test_resume(interrupted: Report) -> None:
    """What was found is not found again, and the report is that of one run."""
    interrupted.records = [replace(interrupted.records[0], message="kept")]
    interrupted.seconds = 1000.0
    report = resume(interrupted)
    assert report.records[0].message == "kept"
    assert [record.id for record in report.records] == list(toys.APART)
    assert report.complete
    assert report.started == interrupted.started
    assert report.seconds > 1000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 1}, "settings: seed: the interrupted run has 0, this one 1"),
        ({"only": "law.*"}, "settings: only"),
        ({"quick": False}, "settings: quick"),
        ({"expected_failures": {"law.force": "x"}}, "settings: expected_failures"),
        ({"solver": toys.solver()}, "solver: offers"),
        ({"solver": toys.solver(current=current, accuracy=1e-3)}, "solver: accuracy"),
    ],
)
def test_resume_is_of_the_same_run(change: dict[str, Any], words: str, interrupted: Report) -> None:
    """Another solver or other settings are refused, with what they were."""
    with pytest.raises(ResumeError, match=words):
        resume(interrupted, **change)


def test_resume_on_the_same_installation(interrupted: Report) -> None:
    """Another version may draw other problems, so that the two halves would be of different runs."""
    interrupted.environment["numpy"] = "1.0"
    with pytest.raises(ResumeError, match=r"environment: numpy: the interrupted run has '1.0'"):
        resume(interrupted)


@pytest.mark.parametrize("part", ["suite", "problems", "tables", "solver"])
def test_resume_of_other_sources(part: str, interrupted: Report) -> None:
    """A run begun with another source of suite, checks, tables or solver is another run."""
    interrupted.fingerprint[part] = {"sha256": "another"}
    with pytest.raises(ResumeError, match=f"fingerprint: {part} changed since the run was interrupted"):
        resume(interrupted)


def test_infinity_survives(interrupted: Report) -> None:
    """Numbers that JSON lacks come back from the file as numbers."""
    interrupted.records = [replace(interrupted.records[0], error=float("inf"))]
    interrupted.write(Path("report.json"))
    again = Report.from_dict(json.loads(Path("report.json").read_text()))
    assert again.records[0].error == float("inf")


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": "electronwind-report/1"}'])
def test_resume_from_no_report(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is no report is refused; none is a new run, and one that did end gives its exit code."""
    monkeypatch.setattr(catalogue, "all_checks", lambda: toys.APART)
    command = ["validate", write(), "--quick", "--report", "out", "--resume"]
    assert electronwind(*command) == 0
    assert electronwind(*command) == 0
    assert "had ended before" in capsys.readouterr().out
    Path("out/report.json").write_text(text)
    assert electronwind(*command) == 2
    assert "is no report" in capsys.readouterr().err


def test_other_settings_are_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], interrupted: Report
) -> None:
    """The command line refuses to mix two runs with exit code 2."""
    monkeypatch.setattr(catalogue, "all_checks", lambda: toys.APART)
    os.makedirs("out")
    interrupted.write(Path("out/report.json"))
    assert electronwind("validate", write(), "--quick", "--report", "out", "--resume") == 2
    assert "solver: name: the interrupted run has 'toy', this one 'toy_apart'" in capsys.readouterr().err


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("resume", [[], ["--resume"]])
def test_stale_report(resume: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """No file of an earlier run passes for that of a solver that cannot be loaded; the user's own stay."""
    monkeypatch.setattr(catalogue, "all_checks", lambda: toys.APART)
    options = ["--quick", "--report", "out"]
    write("raise ValueError")
    name = f"toy_stale_{len(resume)}"
    Path("toy_apart.py").rename(f"{name}.py")
    assert electronwind("validate", name, *options) == 1
    assert {path.name for path in Path("out/failures").iterdir()} == {"law.force.py"}
    Path("out/failures/mine.py").write_text("# mine")
    Path("out/report.json").unlink()
    assert electronwind("validate", "no_such_module", *options, *resume) == 3
    left = [path.name for path in Path("out").rglob("*") if path.is_file()]
    assert left == ["mine.py"]
