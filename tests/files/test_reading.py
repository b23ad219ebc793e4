"""Files from elsewhere: whatever was done to a report or a benchmark, it is refused in words."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import sys
from collections.abc import Callable, Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

import click
import pytest
import runs_to_compare
import solver_modules
import toys
from click.testing import CliRunner
from command import electronwind
from runs_to_compare import record
from solver_modules import write

from electronwind.validation.checks import catalogue
from electronwind.validation.cli import app as cli
from electronwind.validation.core import fingerprint
from electronwind.validation.core.canonical import written
from electronwind.validation.core.reading import BYTES, DEPTH, FileError, parse
from electronwind.validation.files.reading import read

pytestmark = pytest.mark.usefixtures("hasty", "together")

folder = solver_modules.folder  # for every test

Change = Callable[[Any, Any], None]
KINDS = ("report", "benchmark")


def asked(*arguments: str) -> tuple[int, str]:
    """Run the command line here; return its exit code and what it said. A traceback is a failure."""
    result = CliRunner().invoke(cli.app, arguments, standalone_mode=False)
    if isinstance(result.exception, click.ClickException):
        return result.exception.exit_code, result.exception.format_message()
    if result.exception is not None:
        raise result.exception
    return int(result.return_value or 0), result.output


def honest(kind: str) -> Any:
    """The data of a report on a toy, wrong in one check, or of a benchmark."""
    if kind == "benchmark":
        return runs_to_compare.benchmark().to_dict()
    return runs_to_compare.report(record("law.a"), record("law.b", status="failed")).to_dict()


def rehashed(data: Any) -> Any:
    """Make the hash of the content right again."""
    if "records" in data:
        data["fingerprint"]["content"] = fingerprint.content(data)
    else:
        data["content"] = fingerprint.digest(data)
    return data


NOWHERE = {
    "empty": b"",
    "blank": b" \n",
    "binary": bytes(range(256)),
    "not UTF-8": b'{"schema": "\xff"}',
    "UTF-16": '{"schema": "electronwind-report/1"}'.encode("utf-16"),
    "BOM": b'\xef\xbb\xbf{"schema": "electronwind-report/1"}',
    "half": b'{"schema": "electronwind-report/1", "rec',
    "list": b"[]",
    "number": b"1",
    "null": b"null",
    "word": b'"electronwind-report/1"',
    "NaN": b'{"schema": "electronwind-report/1", "seconds": NaN}',
    "infinity": b'{"schema": "electronwind-report/1", "seconds": -Infinity}',
    "beyond": b'{"schema": "electronwind-report/1", "seconds": 1e999}',
    "digits": b'{"schema": "electronwind-report/1", "planned": ' + b"9" * 6000 + b"}",
    "many digits": b'{"schema": "electronwind-report/1", "planned": ' + b"9" * 400 + b"}",
    "twice": b'{"schema": "electronwind-report/1", "schema": "electronwind-report/1"}',
    "half a character": b'{"schema": "electronwind-report/1", "a": "\\ud800"}',
    "half a key": b'{"schema": "electronwind-report/1", "\\udfff": 1}',
    "other schema": b'{"schema": "electronwind-report/2"}',
    "schema of another type": b'{"schema": {"a": []}}',
    "deep": b'{"schema": ' + b"[" * 100_000,
    "deep and closed": b'{"schema": "electronwind-report/1", "a": ' + b"[" * 200 + b"]" * 200 + b"}",
    "deeper than Python": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
}


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a toy solver; the toy checks are the suite."""
    monkeypatch.setattr(catalogue, "all_checks", lambda: toys.APART)
    return write()


def commands(path: Path, good: Path, toy: str) -> Iterator[tuple[str, ...]]:
    yield "compare", str(good), str(path)
    yield "compare", str(path), str(good)
    yield "verify", str(path)
    yield "verify", str(path), "--run", "--sample", "all"
    yield "validate", toy, "--quick", "--report", str(path.parent), "--resume"


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", NOWHERE)
def test_no_report_at_all(name: str, every: bool, toy: str) -> None:
    """What is no report is refused by every command that reads one, with exit code 2 and in words.

    By day the commands take turns.
    """
    path, good = Path("out/report.json"), Path("good.json")
    path.parent.mkdir()
    path.write_bytes(NOWHERE[name])
    good.write_text(json.dumps(honest("report")))
    tried = list(commands(path, good, toy))
    turn = list(NOWHERE).index(name) % len(tried)
    for command in tried if every else tried[turn : turn + 1]:
        code, said = asked(*command)
        assert (code, bool(said)) == (2, True), command
    assert path.read_bytes() == NOWHERE[name]


@pytest.mark.skipif(sys.platform == "win32", reason="has no pipes with names")
@pytest.mark.parametrize("kind", ["folder", "pipe", "large", "link to itself", "nothing"])
def test_no_file_at_all(kind: str, toy: str) -> None:
    """What is no file, or too large a one, is refused at once."""
    path, good = Path("out/report.json"), Path("good.json")
    path.parent.mkdir()
    good.write_text(json.dumps(honest("report")))
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to itself":
        path.symlink_to("report.json")
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(BYTES + 1)
    for command in commands(path, good, toy):
        if (kind, command[0]) != ("nothing", "validate"):
            assert asked(*command)[0] == 2, command


def test_no_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is refused in words."""

    def refuse(*arguments: Any) -> int:
        raise PermissionError(13, "Permission denied")

    Path("report.json").write_text("{}")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(FileError, match="it cannot be read: Permission denied"):
        read(Path("report.json"))


def test_limits() -> None:
    """Brackets as deep as a run writes are read, and one more is not."""
    assert parse('{"a":' + "[" * (DEPTH - 2) + "]" * (DEPTH - 2) + "}")
    with pytest.raises(FileError, match="nested more than"):
        parse('{"a":' + "[" * DEPTH + "]" * DEPTH + "}")


def places(data: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in nested data; of lists, and of the counts of observables, the first item only."""
    if way:
        yield way
    if isinstance(data, dict):
        for key in list(data)[: 1 if way == ("summary", "observables") else None]:
            yield from places(data[key], (*way, key))
    if isinstance(data, list) and data:
        yield from places(data[0], (*way, 0))


def _deep() -> Any:
    found: Any = 1
    for _ in range(DEPTH - 10):
        found = [found]
    return found


def _put(value: Any) -> Change:
    return lambda inner, key: inner.__setitem__(key, value)


CHANGES: dict[str, Change] = {
    "delete": lambda inner, key: inner.__delitem__(key),
    "null": _put(None),
    "true": _put(True),
    "text": _put("words"),
    "nan": _put("nan"),
    "inf": _put("inf"),
    "negative": _put(-1),
    "fraction": _put(0.5),
    "huge": _put(10**39),
    "long": _put("x" * 100_000),
    "list": _put([]),
    "deep": _put(_deep()),
    "object": _put({}),
    "hostile": _put("\x1b[2J\u202e'\"<script>`{}%s\n"),
}


# Every mutation at night. The steps by day have no factor in common with the number of changes: each way to
# change a node is tried on some nodes.
STEPS = pytest.mark.parametrize("step", [193, pytest.param(1, marks=pytest.mark.slow)])


def mutants(kind: str, step: int, good: Any = None) -> Iterator[tuple[str, Any]]:
    """Every mutation of every node, or one in `step`, with what it was."""
    good = good or honest(kind)
    for way, (name, change) in islice(product(places(good), CHANGES.items()), None, None, step):
        data = copy.deepcopy(good)
        inner = data
        for key in way[:-1]:
            inner = inner[key]
        change(inner, way[-1])
        if json.dumps(data) != json.dumps(good):
            yield f"{'.'.join(map(str, way))}: {name}", data


@STEPS
@pytest.mark.parametrize("kind", KINDS)
def test_every_node_that_is_changed_shows(kind: str, step: int) -> None:
    """Whatever is done to any node of a report or a benchmark, the reader refuses it in words."""
    path, accepted, count, silent = Path("file.json"), [], 0, 0
    for name, data in mutants(kind, step):
        path.write_text(json.dumps(data))
        try:
            read(path)
            accepted.append(name)
        except FileError as error:
            silent += not str(error)
        count += 1
    assert count > 500 / step
    assert silent == 0
    assert accepted == []


# What carries the verdict, and what is no such thing any more.
CARRIES = {
    "status",
    "digits",
    "error",
    "records",
    "rungs",
    "summary",
    "outcomes",
    "complete",
    "planned",
    "schema",
}
DESTROYED = {"delete", "null", "text", "nan", "list", "object"}


@pytest.mark.parametrize("step", [389, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS)
def test_every_node_that_is_forged(kind: str, step: int) -> None:
    """With the hash made right, no change ends in a traceback, and none of what carries the verdict in 0."""
    path, good, passed = Path("forged.json"), Path("good.json"), []
    good.write_text(json.dumps(honest(kind)))
    for number, (name, data) in enumerate(mutants(kind, step)):
        with contextlib.suppress(
            KeyError, TypeError, ValueError, AttributeError
        ):  # there is no place for a hash
            rehashed(data)
        path.write_text(json.dumps(data))
        # Old or new, in turns.
        pair = (good, path) if number % 2 else (path, good)
        code, said = asked("compare", *map(str, pair))
        assert code in (0, 2, 4), name
        assert "\x1b" not in said
        assert "\u202e" not in said
        if code == 0:
            passed.append((name.partition(":")[0].rpartition(".")[2], name.partition(": ")[2]))
    assert [(node, change) for node, change in passed if node in CARRIES and change in DESTROYED] == []


@pytest.mark.parametrize("step", [499, pytest.param(1, marks=pytest.mark.slow)])
def test_no_forged_report_is_verified_or_resumed(step: int, toy: str) -> None:
    """With the hash made right, what `compare` may read is no run of this user, and proves nothing."""
    path, good = Path("out/report.json"), Path("good.json")
    path.parent.mkdir()
    asked("validate", toy, "--quick", "--report", "out")
    run, proven = json.loads(path.read_text()), list[str]()
    for name, data in mutants("report", step, run):
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            rehashed(data)
        # To the byte as a run writes it.
        text = written(data)
        # The hash was changed, and made right again.
        if text == written(run):
            continue
        path.write_text(text)
        checked, verified, resumed = (asked(*command) for command in list(commands(path, good, toy))[2:])
        assert checked[0] in (1, 2, 5), (name, checked)
        # What no second run can prove is listed, and may be what it likes.
        if verified[0] == 0:
            proven.append(name)
        assert verified[0] in (0, 1, 2, 3, 5), (name, verified)
        assert resumed[0] == 2, (name, resumed)
        for said in (checked[1], verified[1], resumed[1]):
            assert said
            assert "\x1b" not in said
            assert "\u202e" not in said
        assert path.read_text() == text
    unproven = ("seconds", "created", "started", "environment", "message", "calls", "tolerance", "condition")
    unproven += ("recalled", "asked_again", "refuted", "stopped_early")
    assert [name for name in proven if not any(part in name for part in unproven)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_unchanged_is_read(kind: str) -> None:
    """What a run wrote is read, and compares with itself."""
    Path("file.json").write_text(json.dumps(honest(kind)))
    assert electronwind("compare", "file.json", "file.json") == 0


def test_digits_that_are_no_numbers() -> None:
    """A check that passed has digits, comparisons and problems, whatever the hashes say."""
    for change in (
        {"digits": "nan"},
        {"digits": None},
        {"error": "nan"},
        {"error": 1.0},
        {"tolerance": None},
        {"comparisons": 0},
        {"examples": 0},
        {"samples": []},
    ):
        data = honest("report")
        data["records"][0] |= change
        Path("file.json").write_text(json.dumps(rehashed(data)))
        with pytest.raises(FileError, match=r"records: 'law\.a' is said to be passed, "):
            read(Path("file.json"))
