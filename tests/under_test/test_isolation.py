"""Python solvers kept apart: nothing that they do ends a run, and their values are those of here."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import solver_modules
import toys
from command import electronwind
from hypothesis import given, settings
from solver_modules import write
from thinning import few

from electronwind import OBSERVABLES, OpenSystem, SolverLoadError, fast, load_solver
from electronwind.external import Bounds
from electronwind.validation import validate
from electronwind.validation.checks import catalogue
from electronwind.validation.diagnosis.evidence import Clock, Evidence, ask
from electronwind.validation.systems import chains as chain_strategies
from electronwind.validation.systems import strategies
from electronwind.validation.under_test.guard import Guarded
from electronwind.validation.under_test.loading import load
from electronwind.validation.under_test.solver import SolverUnderTest

pytestmark = pytest.mark.usefixtures("hasty")

if sys.platform == "win32":
    pytest.skip("solvers in processes of their own need POSIX", allow_module_level=True)

folder = solver_modules.folder  # for every test


def run(does: str, **bounds: Any) -> Any:
    """Run a check of the force, then one of the current; return the record of the force."""
    return toys.run_apart(write(does), Bounds(**({"seconds": 20.0} | bounds)))


# An exit is by day that of the command line, a division by zero that whose traceback is kept.
@pytest.mark.thin(most=2)
@pytest.mark.night("sleep", "os._exit", "1 / 0", "raise ValueError", "input", "np.ma")
@pytest.mark.parametrize(
    ("does", "words"),
    # By day what runs apart are not shown by day.
    few([
        ("time.sleep(60)", "force did not answer within 0.5 s."),
        ("ctypes.string_at(0)", "force was ended by SIGSEGV (segmentation fault)."),
        ("os._exit(3)", "force ended with exit code 3 instead of answering."),
        ("os.kill(os.getpid(), 9)", "force was ended by SIGKILL (killed)."),
        ("1 / 0", "force failed: ZeroDivisionError: division by zero."),
        ("sys.exit(4)", "force failed: SystemExit: 4."),
        ("input()", "force failed: EOFError"),
        ("return np.broadcast_to(1.0, 10**12)", "force failed: ValueError: returned shape (1000000000000,)"),
        ("return np.zeros(10**7)",
         "force failed: ValueError: returned shape (10000000,), which is longer than 32 MB."),
        ("return None", "force failed: TypeError: returned NoneType None; expected numbers."),
        ("return np.ma.array([1.0], mask=True)", "force failed: MaskedError: returned a masked value at [0]"),
        ("return np.full(1, np.nan)", "force returned nan at [0]; expected finite real numbers"),
        ("raise ValueError('x' * 30 * 2**20)", "force failed: ValueError: xxx"),
        ("return [[1.0]]", "force returned shape (1, 1); expected real numbers of shape (1,)."),
        ("a = vars(system.leads[0])['broadening']; a.setflags(write=True); a[...] = 7",
         "force failed: RuntimeError: it changed the system that it was given."),
        ("system.hamiltonian[...] = 0", "force tried to write into its input, which is read-only"),
    ], 2),
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


@pytest.mark.parametrize("does", few(["print('x' * 10**6)", "os.write(1, b'x')", "os.system('echo x')"], 3))
def test_printing_is_harmless(does: str) -> None:
    """What a Python solver prints goes past the line on which it answers."""
    assert run(does).status == "passed"


def test_hang_is_not_shrunk() -> None:
    """A solver that hangs costs its time limit once per check, and not once per smaller problem."""
    start = time.perf_counter()
    options = {"checks": {"law.force": toys.APART["law.force"]}, "bounds": Bounds(seconds=0.5)}
    (record,) = validate(write("time.sleep(60)"), quick=True, **options, **toys.RULES).records
    assert time.perf_counter() - start < 6
    assert record.message.startswith("force did not answer within 0.5 s.")
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
    assert (solver.name, solver.under_test.version) == ("mine", "2")
    assert solver.accuracy == pytest.approx(1e-3)
    assert (solver.limits.levels, solver.limits.temperature) == (2, (0.1, None))


@pytest.fixture(scope="module")
def apart() -> Any:
    """The fast solver in a process of its own."""
    return Guarded(load_solver("fast", Bounds()))


@settings(max_examples=8, deadline=None, database=None)
@given(strategies.hard() | strategies.stacks(strategies.systems()) | chain_strategies.chains())
def test_bits(apart: Any, system: OpenSystem) -> None:
    """Values are the same to the last bit, on either side of the line."""
    here = Guarded(fast)
    for row in OBSERVABLES.values():
        argument = [[0.125, 0.3]] if row.argument else []
        there = getattr(apart, row.name)(system, *argument)
        assert there.tobytes() == getattr(here, row.name)(system, *argument).tobytes()


@pytest.mark.slow
def test_lists_of_nothing() -> None:
    """An empty batch that is answered in lists has all of its axes on this side too."""
    text = "from electronwind import fast\ndef force(system): return fast.force(system).tolist()"
    Path("toy_lists.py").write_text(text)
    solver = Guarded(load_solver("toy_lists", Bounds()))
    assert solver.force(toys.system(shape=(0,))).shape == (0, 1)
    assert solver.force(toys.system(shape=(2, 0))).shape == (2, 0, 1)


@pytest.mark.slow
def test_jobs() -> None:
    """Several processes may each keep a solver apart."""
    text = "from electronwind.fast import transmission\ndef current(system): import os; os._exit(3)"
    Path("toy_jobs.py").write_text(text)
    report = validate("toy_jobs", only="law.sum.*", quick=True, jobs=2, bounds=Bounds(seconds=20))
    statuses = {record.id: record.status for record in report.records}
    assert statuses["law.sum.current"] == "crashed"
    assert statuses["law.sum.transmission"] == "passed"


def asked(does: str, most: int) -> Evidence:
    """Ask a solver apart what the search for causes asks about the force."""
    evidence = Evidence([], [], {}, {}, (0.0, 0.0))
    solver = load(write(does), Bounds(seconds=20))
    try:
        ask(evidence, solver, "force", Clock(120.0), most)
    finally:
        SolverUnderTest.opened(solver).release()
    return evidence


def test_the_search_for_causes_spares_what_ends() -> None:
    """A process that ends on two questions is asked the simplest one, and no more if it ends on that too."""
    found = asked("os._exit(3)", 99)
    assert [call.system.levels for call in found.unanswered["force"]] == [2, 2, 1]
    assert found.asked["force"] == []


def test_the_search_for_causes_goes_on_after_an_answer() -> None:
    """A process that answers the simplest question is asked on: where it ends is worth knowing."""
    found = asked("if len(system.leads) > 2: os._exit(3)", 7)
    assert len(found.unanswered["force"]) == 3
    assert len(found.asked["force"]) == 3


def test_needs_a_name() -> None:
    """A solver that is an object cannot be put into another process."""
    with pytest.raises(ValueError, match="bounds: expected none"):
        validate(toys.solver(), bounds=Bounds())


def test_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--isolate` turns the end of the process into a record, and the report says so."""
    monkeypatch.setattr(catalogue, "all_checks", lambda: toys.APART)
    options = ["--quick", "--report", "out", "--only", "law.force"]
    code = electronwind("validate", write("os._exit(3)"), "--isolate", "--time-limit", "20", *options)
    data = json.loads(Path("out/report.json").read_text())
    assert code == 1
    assert data["settings"]["bounds"] == {"seconds": 20.0, "megabytes": 4096, "answer_megabytes": 32}
    assert "exit code 3" in data["records"][0]["message"]


def test_limits_need_isolation(capsys: pytest.CaptureFixture[str]) -> None:
    """A limit that would have no effect is refused."""
    assert electronwind("validate", "fast", "--time-limit", "1") == 2
    assert "need --isolate" in capsys.readouterr().err
