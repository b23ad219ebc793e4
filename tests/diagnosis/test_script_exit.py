"""What the script of a failure makes of a solver, by its exit code, and of a report that is none of ours."""

from __future__ import annotations

import ast
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest
from command import electronwind

from electronwind import models
from electronwind.validation.core.record import Call, Failure, Record
from electronwind.validation.report.model import Report
from electronwind.validation.report.script import reproducer, requests
from electronwind.validation.report.templates import MARK
from electronwind.validation.run import runner
from electronwind.validation.under_test import loading

pytestmark = pytest.mark.usefixtures("hasty")

RIGHT, WRONG, CANNOT_TELL = 0, 1, 125
# Mistakes in most functions; `fast` in its place is right.
MODULE = """
import numpy as np
from electronwind import fast
from electronwind.fast import *

def force(system): return -fast.force(system)
def curl(system): return 1.5 * fast.curl(system)
def friction(system): raise ArithmeticError("no convergence")
def current(system): return np.full(np.shape(fast.current(system)), np.nan)
def density_matrix(system): return fast.density_matrix(system).conj()
def force_noise(system, frequency): return fast.force_noise(system, frequency)[..., 0]
def driven(*arguments, **options):
    run = fast.driven(*arguments, **options)
    return {"density_matrix": run.density_matrix, "force": 2 * run.force, "current": run.current}
"""
# The same module at other times.
SOLVERS = {
    "right": "from electronwind.fast import *",
    "wrong": "def force(system): return [7.0] * system.coordinates",
    "declines": """
def declines(*_, **__): raise NotImplementedError("not for me")

force = friction = driven = declines
""",
    "broken": "import nothing_of_this_name",
    "leaves": "raise SystemExit(0)",
}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory, hasty: None) -> Path:
    """The folder of a solver with mistakes, and of the scripts that its run left."""
    folder = tmp_path_factory.mktemp("mistaken")
    (folder / "mistaken.py").write_text(MODULE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        for module in (loading, runner):
            patch.setattr(module, "bounds_of", lambda spec, bounds, here: bounds)
        for only in ("analytic.one_level.f*", "link.force.driven"):
            asked = ("validate", "mistaken", "--quick", "--only", only, "--report", only[:5])
            assert electronwind(*asked) == WRONG
        sys.modules.pop("mistaken", None)
    return folder


def run(script: Path, folder: Path, path: Path | None = None) -> int:
    environment = os.environ | ({"PYTHONPATH": str(path)} if path else {})
    command = [sys.executable, script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, env=environment)
    assert "e-4" not in done.stdout, "what rounding leaves"
    return done.returncode


def run_here(script: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a script that needs electronwind in this process, which has loaded it."""
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as left:
        runpy.run_path(str(script), run_name="__main__")
    return int(left.value.code or 0)


# Without electronwind, which takes longer to load than all else, a script that can do without asks the same;
# that of a single call and a right solver is by day in `test_script_hostile`.
@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("alone", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_every_script_tells_wrong_from_right_and_from_neither(
    alone: bool, scripts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1 for the solver with the mistakes, 0 for one without, 125 where there is none or it declines."""
    (none := tmp_path / "none").mkdir()
    (none / "electronwind.py").write_text("raise ImportError('there is none')")
    path = none if alone else None
    found = sorted(scripts.glob("*/failures/*.py"))
    assert len(found) > 2
    assert any("replay(" in script.read_text() for script in found)
    for case, text in SOLVERS.items():
        (tmp_path / case).mkdir()
        (tmp_path / case / "mistaken.py").write_text(text)
    # One of each kind where all would take minutes.
    assert run(found[0], tmp_path / "wrong", path) == WRONG
    if alone:
        assert "replay(" in found[-1].read_text()
        assert run_here(found[-1], tmp_path / "right", monkeypatch) == RIGHT
    for script in () if alone else found[:: len(found) - 1]:
        # What had the wrong shape is held against none of the right one.
        shape_alone = "expected finite" in script.read_text()
        assert run(script, tmp_path / "right") == (CANNOT_TELL if shape_alone else RIGHT), script
    for script in found[:1]:
        for case in ("declines", "broken", "leaves"):
            assert run(script, tmp_path / case, path) == CANNOT_TELL, (script, case)


HOSTILE = [
    "\nimport os; os.abort()\n",
    "\r\nraise SystemExit(0)",
    '"""\nraise SystemExit(0)\n"""',
    "'''\nraise SystemExit(0)\n'''",
    '" + str(print(1)) + "',
    "' + str(print(1)) + '",
    "\\",
    "\\\n",
    "\\N{LINE FEED}raise SystemExit(0)",
    "\ud800 half a character",
    "nul \x00 here",
    "\u202e right to left \u2066",
    "\u2028raise SystemExit(0)\u2029\x85\x0b\x0c\x1c",
    "coding: utf-7 +AGEAOw-",
    "-*- coding: rot13 -*-",
    "{0} {mark} {{ %s $x",
    "): pass\nimport os\n(",
    "#\n1/0",
    "nan",
    "1e5000",
    "__import__('os').abort()",
]
OTHER: list[Any] = [None, True, -1, 10**5000, float("nan"), [], [[]], {}, {"re": 1}, {"x\n1/0": 1}]


# What `Report.from_dict` cannot read as words.
UNREAD = (0, "records", "solver", "failure", "call", "samples", "digits", "error", "tolerance", "condition")
UNREAD = (*UNREAD, "scale", "allowed", "judged")


def report(spec: str, call: bool, want: bool = True) -> Report:
    system = models.two_level().at(0.25).to_dict()
    made = Call("transmission", system, [0.5], [[[0.0, 1.0], [1.0, 0.0]]] if want else None, 1.0, 1e-9)
    failure = Failure(
        "transmission", system, {"energy": 0.5, "times": [0.0, 1.0]}, call=made if call else None
    )
    record = Record(
        "cross.x", "cross", ("transmission",), "source", "It is wrong.", "failed", "", failure=failure
    )
    solver = {"name": "mine", "spec": spec, "version": "1", "accuracy": 0.0, "offers": []}
    return Report(solver, {}, {}, "", 1, [record])


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in nested data, the containers among them."""
    yield path
    if isinstance(data, dict):
        for key in data:
            yield from places(data[key], (*path, key))
    elif isinstance(data, list):
        for i in range(len(data)):
            yield from places(data[i], (*path, i))


def changed(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = changed(data[path[0]], path[1:], value)
    return copy


def does(script: str) -> tuple[list[str], set[str]]:
    """The statements of a script, and the names that it uses, as Python reads the file that holds it."""
    tree = ast.parse(script.encode("utf-8", "backslashreplace"))
    names = set()
    for node in ast.walk(tree):
        names |= {getattr(node, field) for field in ("id", "attr", "arg", "name") if hasattr(node, field)}
    return [type(statement).__name__ for statement in tree.body], names - {None}


KINDS = [
    (spec, call, want)
    for spec in ("mine", "mine:part.of", "exec:./mine --flag", "fast", "")
    for call, want in ((True, True), (True, False), (False, True))
]
# Each way to write a script once.
ATTACKED = [KINDS[i] for i in (1, 2, 3, 6)]


def of(kind: tuple[str, bool, bool]) -> str:
    whole = report(*kind)
    return reproducer(whole, whole.records[0])


# Every pair of a place and a value at night; by day the step leaves out no place and no value.
@pytest.mark.night("kind0-59", "kind2-59")
@pytest.mark.parametrize("step", [59, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ATTACKED)
def test_what_a_report_says_is_never_code(kind: tuple[str, bool, bool], step: int) -> None:
    """Hostile words in any place of a report bring no statement and no name into its scripts."""
    known = [does(of(kind)) for kind in KINDS]
    statements = [statements for statements, _ in known]
    names = set().union(*(names for _, names in known))
    whole = report(*kind).to_dict()
    every = places({"solver": whole["solver"], "records": whole["records"]})
    # Of a list the first entry stands for all.
    paths = [p for p in every if len(p) > 1 and not any(type(i) is int and i > 0 for i in p)]
    written = 0
    for path, value in islice(product(paths, (*HOSTILE, *OTHER)), None, None, step):
        try:
            read = Report.from_dict(changed(whole, path, value))
            record = read.records[0]
            script, asked = reproducer(read, record), requests(read, record)
        # The reader of reports refuses it.
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            assert not isinstance(value, str) or path[-1] in UNREAD, (path, value)
            continue
        if script:
            written += 1
            assert script.startswith(MARK)
            made, said = does(script)
            assert made in statements, (path, value)
            assert said <= names, (path, value, said - names)
        for line in asked.splitlines():
            assert json.loads(line)["op"] in ("describe", "transmission")
    assert written > 100 / step
