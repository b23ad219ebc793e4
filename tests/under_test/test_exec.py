"""Programs as solvers: no misbehaviour ends a run, and what a program answers is judged like any other."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import programs
import pytest
import toys
from command import electronwind
from programs import RIGHT, Write

from electronwind import SolverProcessError, UnsupportedError, load_solver
from electronwind.external import Bounds
from electronwind.external.process import Process
from electronwind.validation import validate
from electronwind.validation.checks import catalogue
from electronwind.validation.report.files import Folder

pytestmark = pytest.mark.usefixtures("hasty")

if sys.platform == "win32":
    pytest.skip("solvers in processes of their own need POSIX", allow_module_level=True)

write = programs.write


def run(spec: str, **bounds: Any) -> Any:
    """Run a check of the force, then one of the current; return the record of the force."""
    return toys.run_apart(spec, Bounds(**bounds) if bounds else None)


def test_right(write: Write) -> None:
    """A program that answers is judged like any other solver."""
    record = run(write(version="7"))
    assert (record.status, record.digits) == ("passed", 16)
    assert load_solver(write(version="7")).version == "7"


def test_what_nested_lists_cannot_hold(write: Write) -> None:
    """An empty batch or list is not sent: no program could tell its other axes."""
    solver = load_solver(write())
    for shape, argument in (((0,), 0.5), ((2, 0), 0.5), ((), []), ((2,), [])):
        with pytest.raises(UnsupportedError, match="nested lists cannot hold"):
            solver.transmission(toys.system(shape=shape), argument)


@pytest.mark.thin(most=7)
@pytest.mark.night(
    "os.close(1)",
    "10**8",
    "while True: sys.stdout.write",
    "file=sys.stderr",
    "4 * 10**7",
    "no convergence",
    "id=99",
)
@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("time.sleep(60)", "did not answer within 0.5 s."),
        ("sys.stdout.write('{\"id\"'); sys.stdout.flush(); time.sleep(60)",
         "did not answer within 0.5 s; '{\"id\"' is all that came."),
        ("while True: sys.stdout.write('x'); sys.stdout.flush(); time.sleep(0.01)",
         "did not answer within 0.5 s; 'xx"),
        ("while True: print(time.sleep(0.001), file=sys.stderr)",
         "did not answer within 0.5 s; its last words: None."),
        ("ctypes.string_at(0)", "was ended by SIGSEGV (segmentation fault)."),
        ("os.abort()", "was ended by SIGABRT (aborted)."),
        ("os._exit(3)", "ended with exit code 3 instead of answering."),
        ("break", "ended with exit code 0 instead of answering."),
        ("sys.exit('no licence')",
         "ended with exit code 1 instead of answering; its last words: no licence."),
        ("os.close(1); time.sleep(60)", "closed its output instead of answering."),
        ("print('Welcome', flush=True)", "wrote 'Welcome' where an answer, one JSON object, was expected."),
        ("print('[1]', flush=True)", "wrote '[1]' where an answer"),
        ("print('[' * 10**5, flush=True)", f"wrote '{'[' * 60}'... where an answer"),
        ("sys.stdout.buffer.write(b'\\xff\\n'); sys.stdout.flush()",
         "wrote '\N{REPLACEMENT CHARACTER}' where"),
        ("sys.stdout.write('{\"id\": 2, \"val'); sys.stdout.flush(); os._exit(0)",
         "ended with exit code 0 instead of answering, after half a line, '{\"id\": 2, \"val'."),
        ("say(id=99, value=[0.0])", "with the id 99."),
        ("say(value=[0.0])", "with the id None."),
        ("print('x' * 10**8, flush=True)", f"sent an answer longer than 32 MB, '{'x' * 60}'...."),
        ("say(id=id, value='0' * 4 * 10**7)", "sent an answer longer than 32 MB, '{\"id\": "),
        ("while True: print('x', flush=True)", "wrote 'x' where an answer"),
        ("say(id=id)", "sent neither value nor error: '{\"id\":"),
        ("say(id=id, error='oops')", "sent the error 'oops'; expected unsupported or failed."),
        ("say(id=id, error='failed', message='no convergence')", "failed: no convergence."),
        ("say(id=id, value=[None])", "got None for a number, and JSON has no NaN: send \"nan\"."),
        ("say(id=id, value=['one'])", "answered with a value that is none: got 'one' for a number."),
        ("say(id=id, value=[[1.0], [1.0, 2.0]])",
         "expected nested lists of numbers, all rows of the same length."),
        ("say(id=id, value=['nan'])", "returned nan at [0]; expected finite real numbers of shape (1,)."),
        ("say(id=id, value=[1.0, 2.0])", "returned shape (2,); expected real numbers of shape (1,)."),
        ("say(id=id, value=[True])", "expected real numbers of shape (1,)."),
    ],
)  # fmt: skip
def test_misbehaves(does: str, words: str, write: Write) -> None:
    """Whatever a program does is a record with a sentence, and the next check runs."""
    record = run(write(does), seconds=0.5 if "sleep" in does else 20)
    assert record.status == "crashed"
    assert words in record.message


def test_memory(write: Write) -> None:
    """A program that takes more memory than it is granted does not get it."""
    record = run(write("x = bytearray(2**31)"), megabytes=500)
    assert record.status == "crashed"
    assert "ended with exit code 1 instead of answering; its last words: MemoryError" in record.message


def test_surplus(write: Write) -> None:
    """A line that nobody asked for is noticed with the answer, or else at the next request."""
    answer = "json.dumps(dict(id=id, value=[0.0])) + '\\n'"
    record = run(write(f"print({answer} + 'surplus', flush=True)"))
    assert "wrote 'surplus\\n' after its answer." in record.message
    solver = load_solver(write(f"print({answer}, flush=True, end=''); print('surplus', flush=True)"))

    def ask_twice() -> None:
        for _ in range(2):
            solver.force(toys.system())
            time.sleep(0.2)

    with pytest.raises(SolverProcessError, match="wrote 'surplus"):
        ask_twice()


@pytest.mark.slow
def test_reads_nothing(write: Write) -> None:
    """A request that fills the pipe of a program that does not read is given up in time."""
    solver = load_solver(write("time.sleep(60)"), Bounds(seconds=0.25))
    # More than a megabyte of digits.
    big = toys.system(1 / 3, shape=(20_000,))
    for _ in range(2):
        with pytest.raises(SolverProcessError, match=r"did not answer within 0.25 s"):
            solver.force(big)
    assert load_solver(write("say(id=id, value=[[0.0]] * 20_000)")).force(big).shape == (20_000, 1)


@pytest.mark.parametrize("seconds", [1e10, math.inf])
def test_a_limit_beyond_what_the_system_counts(seconds: float, write: Write) -> None:
    """Whoever never wants to give up a call waits for it."""
    solver = load_solver(write(), Bounds(seconds=seconds))
    assert solver.force(toys.system()) == [-toys.system().hamiltonian[0, 0].real]


def test_a_program_that_always_hangs_is_not_always_waited_for(write: Write) -> None:
    """After three waits in vain an observable is not asked for again; the others are."""
    solver = load_solver(write("time.sleep(60)"), Bounds(seconds=0.2))
    for _ in range(3):
        with pytest.raises(SolverProcessError, match=r"did not answer within 0.2 s$"):
            solver.force(toys.system())
    start = time.perf_counter()
    with pytest.raises(SolverProcessError, match=r"within 0\.2 s 3 times, and is not asked again") as raised:
        solver.force(toys.system())
    assert raised.value.hung
    assert time.perf_counter() - start < 0.1
    assert solver.current(toys.system()) == 0.0


def test_words_that_no_file_can_hold(write: Write, tmp_path: Path) -> None:
    """Halves of characters, control characters and endless messages do not spoil the report."""
    does = "say(id=id, error='failed', message=chr(0xd800) + chr(27) + chr(0) + 'x' * 10**6)"
    report = validate(write(does), checks=toys.APART, quick=True, **toys.RULES)
    assert len(report.records[0].message) < 1000
    Folder(tmp_path).finish(report)
    assert (tmp_path / "report.html").exists()


def test_requests_of_a_failure(write: Write, tmp_path: Path) -> None:
    """The report holds what the program has to read to show its failure, without the suite."""
    spec = write("say(id=id, value=[1.0])")
    report = validate(spec, checks=toys.APART, quick=True, **toys.RULES)
    Folder(tmp_path / "out").finish(report)
    requests = (tmp_path / "out" / "failures" / "law.force.jsonl").read_bytes()
    program = [sys.executable, "-I", "-S", str(tmp_path / "program.py")]
    done = subprocess.run(program, input=requests, capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [1, 2]
    assert answers[1]["value"] == [1.0]


def test_error_output(write: Write) -> None:
    """What a program says on its error output stops nothing, and its last twenty lines are kept."""
    chatter = "[print(k, file=sys.stderr) for k in range(10**4)]"
    assert run(write(f"{chatter}; {RIGHT}")).status == "passed"
    record = run(write(f"{chatter}; os._exit(2)"))
    assert "its last words: 9999." in record.message
    said = record.failure.details.splitlines()
    assert said[-20:] == [str(k) for k in range(10**4 - 20, 10**4)]
    assert json.loads(said[1])["op"] == "force"


def test_started_once(write: Write) -> None:
    """One process answers all requests; only a breach brings a new one."""
    solver = load_solver(write("say(id=id, value=[os.getpid()])"))
    one, other = solver.force(toys.system()), solver.force(toys.system(1.0))
    assert one == other
    solver.close()
    assert solver.force(toys.system()) != one


def test_interrupt(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt in the middle of a call leaves no answer behind for the next one."""
    solver = load_solver(write())

    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Process, "_read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            solver.force(toys.system(1.0))
    assert solver.force(toys.system(2.0)) == -2.0


def test_does_not_come_back(write: Write) -> None:
    """A program that cannot be started again is a record as well."""
    solver = load_solver(write("os.remove(sys.argv[0]); os._exit(1)"))
    with pytest.raises(SolverProcessError, match="exit code 1"):
        solver.force(toys.system())
    with pytest.raises(SolverProcessError, match="could not be started again: ended with exit code 2"):
        solver.force(toys.system())


RESERVES = """
import ctypes
mmap = ctypes.CDLL(None, use_errno=True).mmap
mmap.restype = ctypes.c_void_p
mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
# Without access, private and of no file.
assert mmap(None, 2**36, 0, 0x22, -1, 0) != ctypes.c_void_p(-1).value
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit memory")
def test_memory_without_being_asked(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program may reserve what it never touches, as runtimes do, and is stopped where it takes memory."""
    monkeypatch.setattr(catalogue, "all_checks", lambda: toys.APART)
    spec = write("x = bytearray(5 * 2**30)")
    path = tmp_path / "program.py"
    path.write_text(RESERVES + path.read_text())
    assert electronwind("validate", spec, "--quick", "--report", str(tmp_path / "out")) == 1
    data = json.loads((tmp_path / "out" / "report.json").read_text())
    assert data["settings"]["bounds"]["megabytes"] == 4096
    force, current = data["records"]
    assert "its last words: MemoryError" in force["message"]
    assert current["status"] == "passed"


def test_cost(write: Write) -> None:
    """A call costs less than two milliseconds: the process stays, and nothing waits in between."""
    solver = load_solver(write())
    times = []
    for k in range(200):
        system = toys.system(k / 8)
        start = time.perf_counter()
        solver.force(system)
        times.append(time.perf_counter() - start)
    assert statistics.median(times) < 2e-3
