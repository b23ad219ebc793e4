"""The folder of a report: a kill at any write, a full disk, another run, and whatever lies in the way."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import solver_modules
import toys
from command import electronwind
from hypothesis import given, settings
from hypothesis import strategies as st
from solver_modules import write

from electronwind.validation import Report, validate
from electronwind.validation.checks import catalogue
from electronwind.validation.core import writing
from electronwind.validation.core.fingerprint import content
from electronwind.validation.core.folder import LOCK, FolderError
from electronwind.validation.core.seal import KEY
from electronwind.validation.report import Sample, files
from electronwind.validation.report.files import Folder
from electronwind.validation.report.html import page
from electronwind.validation.report.junit import junit
from electronwind.validation.run import runner

if sys.platform == "win32":
    pytest.skip("kills processes as POSIX does", allow_module_level=True)

folder = solver_modules.folder  # for every test

COMMAND = ("--quick", "--report", "out")


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a solver with a wrong force; the toy checks are the suite."""
    monkeypatch.setattr(catalogue, "all_checks", lambda: toys.APART)
    write("return 1 - system.hamiltonian[..., 0].real")
    name = "toy_folder"
    Path("toy_apart.py").rename(f"{name}.py")
    for module in (name, "toy_apart"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    return name


def tree() -> dict[str, str]:
    """The files in the folder, with what they hold but for times."""
    found = {}
    for path in sorted(Path("out").rglob("*")):
        if path.is_file():
            found[str(path)] = re.sub(r"[0-9.]+ (s|ms|µs)\b|[0-9]{2}:[0-9]{2}", "", path.read_text())
    return found


def killed_at(number: int, command: tuple[str, ...]) -> bool:
    """Run a command in a process that is killed before its n-th change of the folder; whether it was."""
    out = str(Path("out").absolute())
    child = os.fork()
    if not child:
        left = number

        def watch(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal left
            writes = event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir") or (
                event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            )
            if writes and arguments and str(arguments[0]).startswith(out):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(watch)
            sys.stdout = sys.stderr = io.StringIO()
            electronwind(*command)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


# Each write at night, some of them by day.
@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
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


def _file(path: Path) -> None:
    path.write_text("mine")


def _link(path: Path) -> None:
    path.symlink_to("elsewhere")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        *((name, Path.mkdir) for name in files.FORMS),
        *((name, os.mkfifo) for name in files.FORMS),
        *((name, _link) for name in (*files.FORMS, "failures", LOCK)),
        ("failures", _file),
        ("failures", os.mkfifo),
        (LOCK, Path.mkdir),
    ],
)
@pytest.mark.parametrize("resume", [(), ("--resume",)])
def test_what_is_in_the_way(
    name: str, make: Callable[[Path], Any], resume: Any, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What bears the name of a file and is none is refused before the run, by name, and left alone."""
    Path("out").mkdir()
    make(Path("out") / name)
    before = sorted(Path("out").iterdir())
    assert electronwind("validate", wrong, *COMMAND, *resume) == 2
    assert name in capsys.readouterr().err
    assert [path for path in before if path.is_symlink() or path.exists()] == before
    assert not Path("elsewhere").exists()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_a_disk_that_takes_nothing(
    code: int, wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full or read-only disk is known before the run, with exit code 2."""
    asked = Path("asked")
    Path(f"{wrong}.py").write_text("def force(system): open('asked', 'w')\n")

    def refuse(*arguments: Any, **more: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(writing.tempfile, "mkdtemp", refuse)
    assert electronwind("validate", wrong, *COMMAND) == 2
    assert os.strerror(code) in capsys.readouterr().err
    assert not asked.exists()
    assert list(Path("out").iterdir()) == []


@pytest.mark.parametrize("right", [True, False])
def test_a_disk_that_is_full_in_the_end(
    right: bool, wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report that cannot be written is never a success, and no half of it is left."""
    put = files.put

    def fails_later(folder: Path, texts: Any) -> None:
        monkeypatch.setattr(Path, "write_text", refuse)
        put(folder, texts)

    def refuse(*arguments: Any, **more: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "put", fails_later)
    name = wrong
    if right:
        name = write()
    assert electronwind("validate", name, *COMMAND) == (2 if right else 1)
    assert "the report could not be written: [Errno 28] No space left" in capsys.readouterr().err
    assert list(Path("out").iterdir()) == []


def test_two_runs_in_one_folder(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A second run into a folder is refused in words; a lock that a kill left is none."""
    with Folder(Path("out")):
        assert electronwind("validate", wrong, *COMMAND) == 2
        assert "another run writes into this folder" in " ".join(capsys.readouterr().err.split())
        assert electronwind("validate", wrong, "--quick", "--report", "other") == 1
    child = os.fork()
    if not child:
        Folder(Path("out")).__enter__()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert (Path("out") / LOCK).exists()
    assert electronwind("validate", wrong, *COMMAND) == 1
    assert not (Path("out") / LOCK).exists()


def test_a_forked_judge_writes_nothing(wrong: str) -> None:
    """A copy of the judge's process leaves files and lock alone."""
    report = validate(toys.solver(), checks=toys.suite(), quick=True, **toys.RULES)
    with Folder(Path("out")) as writer:
        child = os.fork()
        if not child:
            try:
                writer.on_record(report, report.records[0])
                writer.finish(report)
                writer.__exit__(None, None, None)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert [path.name for path in Path("out").iterdir()] == [LOCK]
        with pytest.raises(FolderError, match="another run"):
            Folder(Path("out")).__enter__()


@pytest.mark.parametrize("name", ["report.json.tmp", "report.html.tmp", ".writing-room", ".writing-abc"])
def test_temporary_names_follow_no_link(name: str, wrong: str) -> None:
    """A link under the name of a temporary file leads nowhere."""
    Path("out").mkdir()
    Path("precious").write_text("mine")
    (Path("out") / name).symlink_to(Path("precious").absolute())
    assert electronwind("validate", wrong, *COMMAND) == 1
    assert Path("precious").read_text() == "mine"


STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(), max_size=60), st.sampled_from(["name", "message", "details", "says"]))
def test_no_text_of_a_solver_steers_its_reader(text: str, where: str) -> None:
    """Page and JUnit hold no control character, whatever a solver says, and the XML is well formed."""
    report = validate(
        toys.solver(lambda system: 1 + toys.right(system)), checks=toys.suite(), quick=True, **toys.RULES
    )
    (record,) = report.records
    if where == "name":
        report.solver["name"] = text
    elif where == "details":
        assert record.failure is not None
        report.records = [replace(record, failure=replace(record.failure, details=text))]
    else:
        report.records = [replace(record, **{where: text})]
    for form in (junit(report), page(report)):
        assert not STEERING.search(form)
        form.encode("utf-8")
    ElementTree.fromstring(junit(report).encode("utf-8"))
    json.loads(report.text()).items()
