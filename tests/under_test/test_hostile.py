"""Solvers that leave with 0, replace the judge or poison it: given by name, none changes its verdict."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import solver_modules
import toys
from command import copied, electronwind, program
from hostile_solvers import HARMLESS, LEAVES, REPLACES, WRITES_AHEAD, write
from thinning import few

from electronwind.validation.checks import catalogue

pytestmark = pytest.mark.usefixtures("hasty")

if sys.platform == "win32":
    pytest.skip("solvers in processes of their own need POSIX", allow_module_level=True)

folder = solver_modules.folder  # for every test


def judge(monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[int, dict[str, Any]]:
    """Judge the solver from the command line; return the exit code and the records by id."""
    monkeypatch.setattr(catalogue, "all_checks", lambda: toys.APART)
    Path("out").mkdir()
    code = electronwind("validate", "hostile", "--quick", "--report", "out", "--time-limit", "3", *options)
    path = Path("out/report.json")
    data = json.loads(path.read_text()) if path.exists() else {"records": [], "complete": False}
    return code, {record["id"]: record for record in data["records"]} if data["complete"] else {}


# By day those that are not shown to the script of a failure by day.
@pytest.mark.night("exit in __array__", "ends all", "atexit", "exit in an attribute")
@pytest.mark.parametrize("label", few([*LEAVES, *REPLACES], 8))
def test_a_wrong_solver_stays_wrong(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else a wrong solver does, its force is a failure in a whole report, or none is made."""
    write(*(LEAVES | REPLACES)[label])
    # What ends is started anew for every check.
    code, records = judge(monkeypatch, *(("--only", "law.force") if label in LEAVES else ()))
    if code == 3:
        assert records == {}
    else:
        assert code == 1
        # Who writes right numbers itself has given them: the next question finds the second answer.
        found = records.values() if label in WRITES_AHEAD else [records["law.force"]]
        assert any(record["status"] in ("failed", "crashed") for record in found)


@pytest.mark.parametrize("label", few(HARMLESS, 12, 8))
def test_a_right_solver_stays_right(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a solver does to its own process changes nothing of what is said of it."""
    write(*REPLACES[label], wrong=0.0)
    code, records = judge(monkeypatch)
    assert code == 0, records
    assert {record["status"] for record in records.values()} == {"passed"}


DETACHED = """
if not os.path.exists("beats"):
    open("beats", "w").close()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for pipe in range(64):
                try:
                    os.close(pipe)
                except OSError:
                    pass
            for _ in range(600):
                with open("beats", "a") as file:
                    file.write(".")
                time.sleep(0.05)
        os._exit(0)
    while not os.path.getsize("beats"):
        time.sleep(0.01)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt what was detached")
@pytest.mark.parametrize("after", few(["pass", "os._exit(0)", "os.kill(os.getppid(), 9); time.sleep(9)"], 3))
def test_detached_children_end_with_the_solver(after: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that left session and parent ends with its solver; without its keeper, with the command."""
    write(DETACHED + after, wrong=0.0)
    if "getppid" in after:
        command = ["validate", "hostile", "--only", "law.unit.force", "--quick", "--time-limit", "3"]
        subprocess.run(program(*command), check=False, capture_output=True)
    else:
        judge(monkeypatch)
    before = Path("beats").stat().st_size
    assert before
    time.sleep(0.25)
    assert Path("beats").stat().st_size == before


LAW = ["--only", "law.sum.current", "--quick", "--timeout", "0.1", "--report", "out"]
INSIDE = {
    "exit in a call": ("os._exit(0)", ""),
    "SystemExit in a call": ("sys.exit(0)", ""),
    "exit at import": ("pass", "os._exit(0)"),
    "SystemExit in a name": ("pass", "class N:\n    def __str__(self): sys.exit(0)\nname = N()"),
    "atexit": ("pass", "import atexit; atexit.register(os._exit, 0)"),
    "a thread that never ends": ("threading.Thread(target=time.sleep, args=(600,)).start()", ""),
    "fork that raises": ("if os.fork() == 0: raise ValueError", ""),
    "a daemon that forges": REPLACES["the report for ever"],
}


@pytest.mark.night("atexit")
@pytest.mark.parametrize("label", few(INSIDE, 4))
def test_here(label: str) -> None:
    """With --here a solver can read what is typed, and end its judge, and not make the exit code green."""
    does, top = INSIDE[label]
    write(does, f"print('typed', input(), flush=True)\n{top}\ncurrent = lambda system: force(system) + 1")
    command = program("validate", "hostile", "--here", *LAW)
    done = subprocess.run(command, check=False, capture_output=True, text=True, input="a line\n", timeout=120)
    assert done.returncode in (1, 3), done.stderr
    assert "typed a line" in done.stdout


def test_the_judge_is_ended(capfd: pytest.CaptureFixture[str]) -> None:
    """A judge that is told to end does so, with the exit code of the signal."""
    write("pass", "def current(system): open('asked', 'w').close(); time.sleep(60)")
    with copied("validate", "hostile", *LAW) as run:
        deadline = time.monotonic() + 60
        while not Path("asked").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        run.terminate()
        run.join(30)
    assert run.exitcode == 128 + signal.SIGTERM
    assert "the judge was ended by SIGTERM" in capfd.readouterr().err


WRONG = """
import os, sys
from types import SimpleNamespace
from electronwind.models import single_level
from hostile import force, current
entry = SimpleNamespace(
    name="leaves", says="", solver=lambda: SimpleNamespace(force=force, current=current),
    probe=lambda: ("force", single_level().at([0.1])),
)
wrong = [entry]
"""
ONE = ["--only", "law.unit.force", "--quick"]
# What a user types where a solver is named; `faults --from` loads it in its own processes.
NAMING = {
    "validate": ["validate", "hostile", *ONE],
    "validate --jobs 2": ["validate", "hostile", *ONE, "--jobs", "2"],
    "alarms": ["alarms", "hostile", "--only", "law.unit.force", "--seeds", "1"],
    "alarms --jobs 2": ["alarms", "hostile", "--only", "law.unit.force", "--seeds", "2", "--jobs", "2"],
    "benchmark": ["benchmark", "hostile", "--quick", "--budget", "4"],
    "verify": ["verify", "right/report.json", "--solver", "hostile"],
    "faults --jobs 1": ["faults", "--from", "wrong", "--quick", "--jobs", "1"],
    "faults --jobs 2": ["faults", "--from", "wrong", "--quick", "--jobs", "2"],
}


@pytest.mark.slow
@pytest.mark.parametrize("way", ["import", "call"])
@pytest.mark.parametrize("command", NAMING)
def test_no_command_is_left_with_0(command: str, way: str) -> None:
    """A solver that leaves with 0 makes no command green that it is named to, and leaves no traceback."""
    if command == "verify":
        Path("hostile.py").write_text("from electronwind.fast import force")
        assert electronwind("validate", "hostile", *ONE, "--report", "right") == 0
    write("os._exit(0)") if way == "call" else write("pass", "os._exit(0)")
    Path("wrong.py").write_text(WRONG)
    done = subprocess.run(program(*NAMING[command]), check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode in (1, 2, 3, 4), done.stdout
    assert "Traceback" not in done.stderr
