"""What is in the way of a report: files of its names, full disks, another run, and the words of a solver."""

from __future__ import annotations

import copy
import errno
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
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
from electronwind.validation.core import writing
from electronwind.validation.core.folder import LOCK, FolderError
from electronwind.validation.report import files
from electronwind.validation.report.files import Folder
from electronwind.validation.report.html import page
from electronwind.validation.report.junit import junit

pytestmark = pytest.mark.usefixtures("hasty", "together")

if sys.platform == "win32":
    pytest.skip("kills processes as POSIX does", allow_module_level=True)

folder = solver_modules.folder  # for every test
wrong = solver_modules.wrong
COMMAND = ("--quick", "--report", "out")


def _file(path: Path) -> None:
    path.write_text("mine")


def _link(path: Path) -> None:
    path.symlink_to("elsewhere")


@pytest.mark.thin
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


@pytest.mark.thin(most=2)
@pytest.mark.parametrize("name", ["report.json.tmp", "report.html.tmp", ".writing-room", ".writing-abc"])
def test_temporary_names_follow_no_link(name: str, wrong: str) -> None:
    """A link under the name of a temporary file leads nowhere."""
    Path("out").mkdir()
    Path("precious").write_text("mine")
    (Path("out") / name).symlink_to(Path("precious").absolute())
    assert electronwind("validate", wrong, *COMMAND) == 1
    assert Path("precious").read_text() == "mine"


STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@cache
def failing() -> Report:
    """Return a report of one failure."""
    solver = toys.solver(lambda system: 1 + toys.right(system))
    return validate(solver, checks=toys.suite(), quick=True, **toys.RULES)


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(), max_size=60), st.sampled_from(["name", "message", "details", "says"]))
def test_no_text_of_a_solver_steers_its_reader(text: str, where: str) -> None:
    """Page and JUnit hold no control character, whatever a solver says, and the XML is well formed."""
    report = copy.copy(failing())
    report.solver = dict(report.solver)
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
