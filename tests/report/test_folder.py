"""The folder of a report: a kill at any write, runs that ended or were interrupted, and forgery."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import solver_modules
import toys
from command import electronwind
from killing import killed_at

from electronwind.validation import Report, validate
from electronwind.validation.core.fingerprint import content
from electronwind.validation.core.seal import KEY
from electronwind.validation.report import Sample
from electronwind.validation.run import runner

pytestmark = pytest.mark.usefixtures("hasty", "together")

if sys.platform == "win32":
    pytest.skip("kills processes as POSIX does", allow_module_level=True)

folder = solver_modules.folder  # for every test
wrong = solver_modules.wrong

COMMAND = ("--quick", "--report", "out")


def tree() -> dict[str, str]:
    """The files in the folder, with what they hold but for times."""
    found = {}
    for path in sorted(Path("out").rglob("*")):
        if path.is_file():
            found[str(path)] = re.sub(r"[0-9.]+ (s|ms|µs)\b|[0-9]{2}:[0-9]{2}", "", path.read_text())
    return found


# Each write at night, some of them by day.
@pytest.mark.night("False")
@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("again", [False, True])
def test_a_kill_at_any_write(again: bool, step: int, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a run is killed, --resume leaves the files of a whole run, and gives its exit code."""
    monkeypatch.setattr("electronwind.validation.report.html.render", lambda report: report.verdict)
    command = ("validate", wrong, *COMMAND)
    assert electronwind(*command) == 1
    whole = tree()
    assert set(whole) == {f"out/{name}" for name in ("junit.xml", "report.html", "report.json")} | {
        "out/failures/law.force.py"
    }
    for number in range(0, 100, step):
        if not again:
            subprocess.run(["rm", "-rf", "out"], check=True)
        if not killed_at(number, (*command, "--resume") if again else command):
            break
        report = Path("out/report.json")
        if report.exists() and json.loads(report.read_text())["complete"]:
            assert set(tree()) >= set(whole)
        assert electronwind(*command, "--resume") == 1
        assert set(tree()) == set(whole), number
        assert tree()["out/failures/law.force.py"] == whole["out/failures/law.force.py"]
    else:
        raise AssertionError("there was no end of writes to be killed at")
    assert number > 10


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("lost", ["report.html", "junit.xml", "failures/law.force.py"])
def test_a_run_that_ended_asks_nothing_of_the_solver(
    lost: str, wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is missing is written again, though the solver would not even load."""
    command = ("validate", wrong, *COMMAND, "--resume")
    assert electronwind(*command) == 1
    before = tree()
    (Path("out") / lost).unlink()
    monkeypatch.setattr(runner, "load", None)
    assert electronwind(*command) == 1
    assert "nothing was asked of the solver" in capsys.readouterr().out
    assert tree() == before


@pytest.mark.thin(most=1)
@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--seed", "1"), "settings: seed: the earlier run has 0, this one 1"),
        (("--only", "law.force"), "settings: only"),
        (("--timeout", "9"), "settings: timeout"),
    ],
)
def test_another_run_that_ended_is_refused(
    more: tuple[str, ...], words: str, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that ended is gone on with by the same run only: others are refused, with what differs."""
    command = ("validate", wrong, *COMMAND)
    assert electronwind(*command) == 1
    before = tree()
    assert electronwind(*command, *more, "--resume") == 2
    assert words in capsys.readouterr().err
    Path("toy_other.py").write_text(Path(f"{wrong}.py").read_text())
    assert electronwind("validate", "toy_other", *COMMAND, "--resume") == 2
    assert "solver: spec" in capsys.readouterr().err
    with Path(f"{wrong}.py").open("a") as file:
        file.write("# edited\n")
    assert electronwind(*command, "--resume") == 2
    assert "fingerprint: solver changed since the run did end" in capsys.readouterr().err
    assert tree() == before


def interrupted(wrong: str) -> Path:
    """The report of a run that was killed after its first check."""

    def stop(report: Report, record: Any) -> None:
        raise KeyboardInterrupt

    report = validate(wrong, checks=toys.APART, quick=True, on_record=stop)
    path = Path("out/report.json")
    report.write(path)
    return path


def test_a_forged_report_is_not_gone_on_with(
    wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A record improved by hand, and a report of somebody else's, are refused whatever their hashes are."""
    path = interrupted(wrong)
    command = ("validate", wrong, *COMMAND, "--resume")
    honest = path.read_text()
    data = json.loads(honest)
    data["records"][0] |= {"message": "better"}
    path.write_text(json.dumps(data))
    assert electronwind(*command) == 2
    assert "content: the report was changed" in capsys.readouterr().err
    # As anybody can: with all hashes right, and the seal of another report or of another key.
    for seal in (data["fingerprint"]["seal"], None):
        forged = Report.from_dict(data).to_dict()
        if seal:
            forged["fingerprint"]["seal"] = seal
            forged["fingerprint"]["content"] = content(forged)
        path.write_text(json.dumps(forged))
        assert electronwind(*command) == 2
        assert "seal" in capsys.readouterr().err
    path.write_text(honest)
    with monkeypatch.context() as patch:
        patch.setenv(KEY, "another")
        assert electronwind(*command) == 2
    assert f"set {KEY}" in " ".join(capsys.readouterr().err.split())
    assert electronwind(*command) == 1


def test_what_is_kept_is_asked_again(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A record that passes under a right seal, and does not pass now, ends the run in words."""
    path = interrupted(wrong)
    report = Report.from_dict(json.loads(path.read_text()))
    better = {"status": "passed", "failure": None, "digits": 15.0, "error": 1e-15, "tolerance": 1.0}
    better |= {"condition": 1.0, "examples": 1, "comparisons": 1}
    samples = (Sample("force", 15.0, 1.0, True),)
    report.records = [replace(report.records[0], samples=samples, **better)]
    report.write(path)
    assert electronwind("validate", wrong, *COMMAND, "--resume") == 2
    assert "law.force: the earlier run has passed, and it is failed now" in " ".join(
        capsys.readouterr().err.split()
    )
