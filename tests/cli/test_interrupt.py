"""Runs that are interrupted or killed: the exit code, and what is left of what was done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import toys
from command import electronwind
from jsonschema import Draft202012Validator

from electronwind.validation.checks import catalogue
from electronwind.validation.report.model import schema
from electronwind.validation.run import runner

pytestmark = pytest.mark.usefixtures("hasty")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with a solver that is right."""
    (tmp_path / "toy_right.py").write_text("def force(system): return -system.hamiltonian[..., 0].real")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def validate() -> int:
    return electronwind("validate", "toy_right", "--quick", "--report", "out")


# Where the tests run in the background of a shell, the interrupt is ignored unless it is asked for.
INTERRUPTED = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {tests!r})
import toys
from electronwind.validation.cli import app as cli
from electronwind.validation.checks import catalogue

def judge(solver, problem):
    print("judging", flush=True)
    time.sleep({pause})
    yield from toys.compare_force(solver, problem)

quick = toys.make(toys.compare_force, "law.quick")
slow = toys.make(judge, "law.slow")
catalogue.all_checks = lambda: toys.suite(quick, slow)
cli.main(["validate", "toy_right", "--report", "out"])
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_interrupt(sent: signal.Signals, code: int, folder: Path) -> None:
    """An interrupt leaves a whole report of what was done, and even a kill leaves the data."""
    text = INTERRUPTED.format(tests=str(Path(toys.__file__).parent), pause=30)
    process = subprocess.Popen(
        [sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "judging\n"
        time.sleep(0.1)
        process.send_signal(sent)
        said, error = process.communicate(timeout=20)
    assert process.returncode == code, error
    data = json.loads((folder / "out" / "report.json").read_text())
    Draft202012Validator(schema()).validate(data)
    assert not data["complete"]
    assert [record["id"] for record in data["records"]] == ["law.quick"]
    if code == 130:
        assert "Interrupted: 1 of 2 checks ran." in said
        assert "This run did not end" in (folder / "out" / "report.html").read_text()


def test_an_interrupt_leaves_what_was_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Interrupted in its second check a run leaves a whole report of the first, and says so."""

    def judge(solver: Any, problem: Any) -> Any:
        raise KeyboardInterrupt

    checks = toys.suite(toys.make(toys.compare_force, "law.quick"), toys.make(judge, "law.slow"))
    monkeypatch.setattr(catalogue, "all_checks", lambda: checks)
    assert validate() == 130
    data = json.loads((folder / "out" / "report.json").read_text())
    Draft202012Validator(schema()).validate(data)
    assert not data["complete"]
    assert [record["id"] for record in data["records"]] == ["law.quick"]
    assert "Interrupted: 1 of 2 checks ran." in capsys.readouterr().out
    assert "This run did not end" in (folder / "out" / "report.html").read_text()


def test_interrupt_while_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt outside the run has the same exit code."""

    def interrupted(*arguments: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "validate", interrupted)
    assert validate() == 130
