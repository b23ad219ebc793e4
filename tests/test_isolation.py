"""Python solvers kept apart: nothing that they do ends a run, and a run that is killed goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toys
from command import electronwind
from hypothesis import given, settings

from electronwind import OBSERVABLES, OpenSystem, SolverLoadError, fast, load_solver
from electronwind.external import Bounds
from electronwind.validation import (
    Report,
    chain_strategies,
    runner,
    strategies,
    validate,
)
from electronwind.validation.guard import Guarded
from electronwind.validation.resume import ResumeError

if sys.platform == "win32":
    pytest.skip("solvers in processes of their own need POSIX", allow_module_level=True)

MODULE = """
import ctypes, os, sys, time
import numpy as np

def force(system):
    {does}
    return -system.hamiltonian[..., 0].real

def current(system):
    return np.zeros(1)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(does: str = "pass") -> str:
    """Write a module that does something before it returns the right force, and return its name."""
    Path("toy_apart.py").write_text(MODULE.format(does=does))
    return "toy_apart"


def run(does: str, **bounds: Any) -> Any:
    """Run a check of the force, then one of the current; return the record of the force."""
    return toys.run_apart(write(does), Bounds(**({"seconds": 20.0} | bounds)))


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("time.sleep(60)", "force did not answer within 0.5 s."),
        ("ctypes.string_at(0)", "force was ended by SIGSEGV (segmentation fault)."),
        ("os._exit(3)", "force ended with exit code 3 instead of answering."),
        ("os.kill(os.getpid(), 9)", "force was ended by SIGKILL (killed)."),
        ("1 / 0", "force failed: ZeroDivisionError: division by zero."),
        ("sys.exit(4)", "force failed: SystemExit: 4."),
        ("input()", "force failed: EOFError"),
        ("return np.zeros(10**7)", "force sent an answer longer than 32 MB"),
        ("return None", "force failed: TypeError: returned NoneType None; expected numbers."),
        ("return np.full(1, np.nan)", "force returned nan at [0]; expected finite real numbers"),
        ("return [[1.0]]", "force returned shape (1, 1); expected real numbers of shape (1,)."),
        ("system.hamiltonian[...] = 0", "force tried to write into its input, which is read-only"),
        ("a = vars(system.leads[0])['broadening']; a.setflags(write=True); a[...] = 7",
         "force failed: RuntimeError: it changed the system that it was given."),
    ],
)  # fmt: skip
def test_misbehaves(does: str, words: str) -> None:
    """Whatever a solver does is a record with a sentence, and the next check runs."""
    record = run(does, **({"seconds": 0.5} if "sleep" in does else {}))
    assert record.status == "crashed"
    assert record.message.startswith(words)


def test_memory() -> None:
    """A solver that takes more memory than it is granted does not get it."""
    record = run("np.ones(2**29)", megabytes=2000)
    assert record.message.startswith("force failed: MemoryError: Unable to allocate 4.00 GiB")


@pytest.mark.parametrize("does", ["print('x' * 10**6)", "os.write(1, b'x')", "os.system('echo x')"])
def test_printing_is_harmless(does: str) -> None:
    """What a Python solver prints goes past the line on which it answers."""
    assert run(does).status == "passed"


def test_hang_is_not_shrunk() -> None:
    """A solver that hangs costs its time limit once per check, and not once per smaller problem."""
    start = time.perf_counter()
    record = run("time.sleep(60)", seconds=1.0)
    assert time.perf_counter() - start < 6
    assert record.calls == {"force": 1}


def test_traceback_is_kept() -> None:
    """The traceback from inside the other process is in the record, with the request."""
    details = run("1 / 0").failure.details
    assert 'toy_apart.py", line 6, in force' in details
    assert '"op": "force"' in details


def test_unloadable() -> None:
    """A solver that cannot be loaded apart is refused with the same words as here."""
    Path("toy_gone.py").write_text("import no_such_library")
    with pytest.raises(SolverLoadError, match="No module named 'no_such_library'"):
        load_solver("toy_gone", Bounds())
    Path("toy_bomb.py").write_text("import os; os._exit(9)")
    with pytest.raises(SolverLoadError, match="'toy_bomb': ended with exit code 9 instead of answering"):
        load_solver("toy_bomb", Bounds())


def test_declarations_come_along() -> None:
    """Name, version, accuracy and limits are those of the solver."""
    Path("toy_says.py").write_text(
        "import numpy as np\n"
        "name, version, accuracy = 'mine', '2', np.float32(0.001)\n"
        "limits = {'levels': 2, 'temperature': (0.1, None)}\n"
    )
    solver = Guarded(load_solver("toy_says", Bounds()))
    assert (solver.name, solver.version) == ("mine", "2")
    assert solver.accuracy == pytest.approx(1e-3)
    assert (solver.limits.levels, solver.limits.temperature) == (2, (0.1, None))


@pytest.fixture(scope="module")
def apart() -> Any:
    """The fast solver in a process of its own."""
    return Guarded(load_solver("fast", Bounds()))


@settings(max_examples=20, deadline=None, database=None)
@given(strategies.hard() | strategies.stacks(strategies.systems()) | chain_strategies.chains())
def test_bits(apart: Any, system: OpenSystem) -> None:
    """Values are the same to the last bit, on either side of the line."""
    here = Guarded(fast)
    for row in OBSERVABLES.values():
        if system.wide_band or row.chains:
            argument = [[0.125, 0.3]] if row.argument else []
            there = getattr(apart, row.name)(system, *argument)
            assert there.tobytes() == getattr(here, row.name)(system, *argument).tobytes()


def test_jobs() -> None:
    """Several processes may each keep a solver apart."""
    text = "from electronwind.fast import transmission\ndef current(system): import os; os._exit(3)"
    Path("toy_jobs.py").write_text(text)
    report = validate("toy_jobs", only="law.sum.*", quick=True, jobs=2, bounds=Bounds(seconds=20))
    statuses = {record.id: record.status for record in report.records}
    assert statuses["law.sum.current"] == "crashed"
    assert statuses["law.sum.transmission"] == "passed"


def test_needs_a_name() -> None:
    """A solver that is an object cannot be put into another process."""
    with pytest.raises(ValueError, match="bounds: expected none"):
        validate(toys.solver(), bounds=Bounds())


def test_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--isolate` turns the end of the process into a record, and the report says so."""
    monkeypatch.setattr(runner, "all_checks", lambda: toys.APART)
    options = ["--quick", "--report", "out"]
    code = electronwind("validate", write("os._exit(3)"), "--isolate", "--time-limit", "20", *options)
    data = json.loads(Path("out/report.json").read_text())
    assert code == 1
    assert data["settings"]["bounds"] == {"seconds": 20.0, "megabytes": 4096, "answer_megabytes": 32}
    assert "exit code 3" in data["records"][0]["message"]


def test_limits_need_isolation(capsys: pytest.CaptureFixture[str]) -> None:
    """A limit that would have no effect is refused."""
    assert electronwind("validate", "fast", "--time-limit", "1") == 2
    assert "need --isolate" in capsys.readouterr().err


def records(folder: str = "out") -> list[Any]:
    path = Path(folder) / "report.json"
    return json.loads(path.read_text())["records"] if path.exists() else []


def test_resume_after_kill() -> None:
    """A run of the suite that is killed goes on where it was, and keeps what was found."""
    command = ["validate", "fast", "--only", "law.*current*", "--timeout", "0.5", "--report", "out"]
    process = subprocess.Popen(
        [sys.executable, "-m", "electronwind", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        deadline = time.monotonic() + 60
        while not records() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
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
        time.sleep(0.1)
"""


def test_jobs_end_with_a_run_that_is_killed() -> None:
    """No process goes on with the solver when the run is gone."""
    Path("beating.py").write_text(BEATS)
    command = ["validate", "beating", "--only", "law.sum.current", "--jobs", "2", "--report", "out"]
    beats = Path("beats")
    with subprocess.Popen([sys.executable, "-m", "electronwind", *command]) as run:
        deadline = time.monotonic() + 120
        while not beats.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        run.send_signal(signal.SIGKILL)
    time.sleep(2)
    before = beats.stat().st_size
    time.sleep(2)
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


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": "electronwind-report/1"}'])
def test_resume_from_no_report(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is no report is refused, and so is a run that did end; none is a new run."""
    monkeypatch.setattr(runner, "all_checks", lambda: toys.APART)
    command = ["validate", write(), "--quick", "--report", "out", "--resume"]
    assert electronwind(*command) == 0
    assert electronwind(*command) == 2
    assert "did end" in capsys.readouterr().err
    Path("out/report.json").write_text(text)
    assert electronwind(*command) == 2
    assert "is no report" in capsys.readouterr().err


def test_other_settings_are_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], interrupted: Report
) -> None:
    """The command line refuses to mix two runs with exit code 2."""
    monkeypatch.setattr(runner, "all_checks", lambda: toys.APART)
    os.makedirs("out")
    interrupted.write(Path("out/report.json"))
    assert electronwind("validate", write(), "--quick", "--report", "out", "--resume") == 2
    assert "solver: name: the interrupted run has 'toy', this one 'toy_apart'" in capsys.readouterr().err


@pytest.mark.parametrize("resume", [[], ["--resume"]])
def test_stale_report(resume: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """No file of an earlier run passes for that of a solver that cannot be loaded; the user's own stay."""
    monkeypatch.setattr(runner, "all_checks", lambda: toys.APART)
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
