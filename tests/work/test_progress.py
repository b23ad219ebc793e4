"""How far a long command is, in a terminal and elsewhere; and what a benchmark has when it is ended."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import electronwind
from jsonschema import Draft202012Validator
from rich.console import Console

from electronwind.validation.benchmark.model import schema
from electronwind.validation.work import progress
from electronwind.validation.work.progress import Progress

pytestmark = pytest.mark.usefixtures("hasty", "together")

SLOW = """
import time
from electronwind import fast

def force(system):
    time.sleep({pause})
    return fast.force(system)
"""
LINE = re.compile(
    r"\d+( of \d+)? \w+, (\d+ (failed|wrong), )?\d+ (s|min|h)(, about \d+ (s|min|h) left|, \S.*)?"
)
# The shortest there is.
BENCHMARK = ("benchmark", "fast", "--quick", "--only", "batch/1/force", "--rounds", "3")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to be in, with a solver that sleeps."""
    (tmp_path / "sleepy.py").write_text(SLOW.format(pause=0.03))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("sleepy", None)


@pytest.mark.parametrize(
    ("made", "reached", "seconds", "line"),
    [
        ({"total": 396}, {"done": 120}, 31, "120 of 396 checks, 0 failed, 31 s, about 71 s left"),
        (
            {"total": 396},
            {"done": 120, "bad": 2},
            310,
            "120 of 396 checks, 2 failed, 5 min, about 12 min left",
        ),
        (
            {"total": 396, "done": 100},
            {"done": 110},
            10,
            "110 of 396 checks, 0 failed, 10 s, about 5 min left",
        ),
        ({"total": 3}, {"done": 0, "doing": "law.a"}, 7, "0 of 3 checks, 0 failed, 7 s, law.a"),
        ({"total": 3}, {"done": 3}, 7, "3 of 3 checks, 0 failed, 7 s"),
        ({"bad": ""}, {"done": 5}, 8000, "5 checks, 2 h"),
        # The five that are done were the long ones.
        ({"total": 50}, {"done": 5, "share": 0.8}, 80, "5 of 50 checks, 0 failed, 80 s, about 20 s left"),
    ],
)
def test_plain_line(made: dict[str, Any], reached: dict[str, Any], seconds: float, line: str) -> None:
    """A line says how many are done and came out badly, how long that took and what is left."""
    bar = Progress("checks", **made)
    bar.reached(**reached)
    assert bar.line(seconds) == line
    assert LINE.fullmatch(line)


def test_lines_come_while_one_piece_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a terminal a line comes now and then, whatever was finished; short work has none."""
    with Progress("checks", 3) as bar:
        bar.advance()
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(progress, "EVERY", 0.1)
    with Progress("checks", 3) as bar:
        bar.begin("law.slow")
        time.sleep(0.55)
        bar.say("a line that stays")
    said = capsys.readouterr()
    assert not said.out
    lines = said.err.splitlines()
    assert lines.pop() == "a line that stays"
    assert 2 <= len(lines) <= 5
    assert set(lines) <= {"0 of 3 checks, 0 failed, 0 s, law.slow", "0 of 3 checks, 0 failed, 1 s, law.slow"}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_bar_has_one_width(width: int) -> None:
    """Neither the name of a check nor the number of failures moves the bar or breaks its line."""
    console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    bar = progress._bar(console)
    task = bar.add_task("", total=396, bad="")
    places = set()
    for done, doing, bad in [
        (1, "x", ""),
        (200, "law." + "long" * 40, "12 failed"),
        (396, "[red]a b[/]", "396 failed"),
    ]:
        bar.update(task, completed=done, description=doing, bad=bad)
        with console.capture() as shown:
            console.print(bar.get_renderable())
        (line,) = shown.get().splitlines()
        assert len(line) <= width
        assert "…" in line or len(doing) < 20
        places.add(line.index("/396"))
    assert len(places) == 1
    assert line.count("━") == progress.WIDTH


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_a_bar_only_where_it_can_be_drawn(term: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets a bar, one that is dumb lines; forced colours make no terminal of a file."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            """Return that somebody is looking."""
            return True

    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("FORCE_COLOR", "1")
    for stream, drawn in ((Terminal(), term != "dumb"), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(progress, "EVERY", 0.05)
        with Progress("checks", 2) as bar:
            time.sleep(0.15)
            bar.advance("law.one")
        assert ("\x1b[" in stream.getvalue()) == drawn
        assert ("0 of 2 checks" in stream.getvalue()) != drawn


def test_a_command_tells_how_far_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slow benchmark in a pipe is never silent for long, on standard error alone; its budget is its own."""
    monkeypatch.setattr(progress, "EVERY", 0.1)
    assert electronwind("benchmark", "sleepy", *BENCHMARK[2:], "--budget", "7.5") == 0
    assert read(folder / "electronwind-benchmark")["settings"]["run_budget"] == 7.5
    said = capsys.readouterr()
    assert [line for line in said.err.splitlines() if LINE.fullmatch(line)]
    assert not any(LINE.fullmatch(line) for line in said.out.splitlines())


def read(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / "benchmark.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema()).validate(data)
    return data


def test_the_budget_of_a_run(folder: Path) -> None:
    """A budget ends a slow run in time: what did not fit is skipped in words, and the run is whole."""
    start = time.monotonic()
    electronwind("benchmark", "sleepy", "--only", "*/force", "--budget", "0.5", "--report", "out")
    assert time.monotonic() - start < 25
    data = read(folder / "out")
    assert data["complete"]
    assert data["settings"]["run_budget"] == 0.5
    words = [outcome["message"] for rung in data["rungs"] for outcome in rung["outcomes"]]
    assert "the budget of the run, 0.5 s, was spent before" in words
    assert len(data["rungs"]) == data["planned"]
    assert (folder / "out" / "benchmark.html").exists()


@pytest.mark.thin
@pytest.mark.parametrize("option", ["--report", "--out"])
@pytest.mark.parametrize(
    "command",
    [BENCHMARK, pytest.param(("reproduce", "preston2022-fig1"), marks=pytest.mark.slow)],
)
def test_the_folder_is_named_as_everywhere(option: str, command: tuple[str, ...], folder: Path) -> None:
    """Every command that writes a folder takes --report, and the option of old."""
    assert electronwind(*command, option, "there") == 0
    assert {path.name for path in folder.iterdir()} - {"__pycache__", "sleepy.py"} == {"there"}
    assert len(list((folder / "there").iterdir())) >= 2


def test_an_interrupt_leaves_what_was_timed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An interrupt leaves data and page of the rungs before it, and the exit code is that of one."""

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "advance", interrupted)
    assert electronwind("benchmark", "fast", "--quick", "--only", "batch/1*/force", "--report", "out") == 130
    found = read(folder / "out")
    assert not found["complete"]
    # That of a quick run to which none is given.
    assert found["settings"]["run_budget"] == 60
    assert 0 < len(found["rungs"]) < found["planned"]
    assert "Interrupted." in capsys.readouterr().out
    assert "Interrupted." in (folder / "out" / "benchmark.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_an_end_in_the_middle(sent: signal.Signals, code: int, folder: Path) -> None:
    """An interrupt leaves data and page of what was done, a kill the data; neither passes for the whole."""
    (folder / "out").mkdir()
    for name in ("benchmark.json", "benchmark.html"):
        (folder / "out" / name).write_text("of an earlier run")
    # Where the tests run in the background of a shell, the interrupt is ignored unless it is asked for.
    text = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    text += "from electronwind.validation.cli.app import main; "
    text += "main(['benchmark', 'sleepy', '--only', '*/force', '--report', 'out'])"
    process = subprocess.Popen(
        [sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    data = folder / "out" / "benchmark.json"
    with process:
        end = time.monotonic() + 60
        while (
            not data.exists() or data.read_text(encoding="utf-8").startswith("of")
        ) and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(sent)
        said, error = process.communicate(timeout=60)
    assert process.returncode == code, error
    found = read(folder / "out")
    assert not found["complete"]
    assert 0 < len(found["rungs"]) < found["planned"]
    page = folder / "out" / "benchmark.html"
    assert page.exists() == (code == 130)
    if code == 130:
        assert "Interrupted." in said
        assert "Interrupted." in page.read_text(encoding="utf-8")
