"""Verifying what somebody else wrote: nothing runs unasked, and what no run proves is said."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import solver_modules
import toys
from command import electronwind

from electronwind.validation.checks import catalogue
from electronwind.validation.core import fingerprint
from electronwind.validation.core.canonical import written
from electronwind.validation.report.model import Report, schema

pytestmark = pytest.mark.usefixtures("hasty", "together")

folder = solver_modules.folder  # for every test

TRACE = "import pathlib\npathlib.Path('loaded').touch()\n"
RIGHT = f"{TRACE}def force(system): return -system.hamiltonian[..., 0].real + 1e-13\n"
CHECKS = toys.suite(
    toys.make(toys.compare_force, "law.force"),
    toys.make(toys.compare_force, "law.again"),
    toys.make(toys.compare_current, "law.current", "current"),
)


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The report on a solver that leaves a trace when it is loaded, which is wiped away."""
    monkeypatch.setattr(catalogue, "all_checks", lambda: CHECKS)
    for name in ("toy_trusted", "toy_stranger"):
        Path(f"{name}.py").write_text(RIGHT + f"# {name}\n")
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert electronwind("validate", "toy_trusted", "--quick", "--report", "out") == 0
    sys.modules.pop("toy_trusted", None)
    Path("loaded").unlink()
    return Path("out/report.json")


def named(report: Path, spec: str) -> None:
    """Have a report name another solver, as one that comes from elsewhere may."""
    found = Report.from_dict(json.loads(report.read_text()))
    found.solver["spec"] = spec
    report.write_text(written(found.to_dict()))


@pytest.mark.thin(most=2)
@pytest.mark.parametrize("spec", ["toy_trusted", "toy_trusted:force", "exec:touch loaded", "package.toy"])
def test_nothing_runs_unasked(spec: str, report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --run and --solver the file alone is examined: that is said, and is no success."""
    Path("package").mkdir()
    Path("package/__init__.py").write_text(TRACE)
    named(report, spec)
    assert electronwind("verify", str(report)) == 5
    said = capsys.readouterr().out
    assert not Path("loaded").exists()
    assert repr(spec) in said
    assert "Nothing was run" in said
    assert "Verified" not in said


def test_a_package_is_known_without_running_it() -> None:
    """The files of a solver are found without an import of the packages that it is in."""
    Path("boxed").mkdir()
    Path("boxed/__init__.py").write_text(TRACE)
    Path("boxed/toy.py").write_text(RIGHT)
    assert fingerprint.identity("boxed.toy", None)["kind"] == "file"
    assert fingerprint.identity("boxed", None)["kind"] == "package"
    assert fingerprint.identity("boxed.toy.deeper", None)["kind"] == "name"
    assert fingerprint.identity("boxed.missing", None)["kind"] == "name"
    assert not Path("loaded").exists()


def test_a_solver_of_the_reader(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The reader's own solver is run in the place of the named one, and has to be the one of the report."""
    named(report, "exec:touch loaded-by-the-report")
    assert electronwind("verify", str(report), "--solver", "toy_trusted", "--sample", "all") == 0
    said = capsys.readouterr().out
    assert "Verified: 2 of the checks" in said
    assert not Path("loaded-by-the-report").exists()
    assert electronwind("verify", str(report), "--solver", "toy_stranger") == 1
    assert "solver: its files have changed" in capsys.readouterr().err
    assert electronwind("verify", str(report), "--solver", "toy_trusted", "--run") == 2
    for wrong in ("none", "0", "-1", "1.5"):
        assert electronwind("verify", str(report), "--run", "--sample", wrong) == 2


def test_what_a_verified_report_proves(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The words name the checks that were run, those of which nothing is known, and what no run proves."""
    assert electronwind("verify", str(report), "--run", "--sample", "1") == 0
    said = capsys.readouterr().out
    assert "proves the verdicts of these 1" in said
    assert "Of the other 1 it proves nothing" in said
    assert "No run proves times" in said
    assert electronwind("verify", str(report), "--run", "--sample", "all") == 0
    assert "Of the other" not in capsys.readouterr().out


def leaves(data: Any, rule: Any, way: tuple[Any, ...] = (), marked: bool = False) -> Iterator[Any]:
    """Every number, word and truth in a report, and whether its schema calls it unproven."""
    rules = schema()["$defs"]
    while "$ref" in rule:
        marked |= rule.get("$comment") == "unproven"
        rule = rules[rule["$ref"].rpartition("/")[2]]
    marked |= rule.get("$comment") == "unproven"
    if isinstance(data, dict):
        for key, value in data.items():
            inner = rule.get("properties", {}).get(key, rule.get("additionalProperties") or {})
            yield from leaves(value, inner if isinstance(inner, dict) else {}, (*way, key), marked)
    elif isinstance(data, list):
        for number, value in enumerate(data[:2]):
            yield from leaves(value, rule.get("items", {}), (*way, number), marked)
    else:
        yield way, marked


@pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.slow)])
def test_every_field_is_proven_or_marked(step: int, report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A field forged with right hashes is found by a second run, unless the schema calls it unproven."""
    honest = json.loads(report.read_text())
    survived, checked = [], 0
    for way, marked in islice(leaves(honest, schema()), None, None, step):
        # By the seed and the solver that it names the second run is done: they are what it proves.
        if marked or way in (("fingerprint", "content"), ("settings", "seed"), ("solver", "spec")):
            continue
        data = copy.deepcopy(honest)
        inner = data
        for key in way[:-1]:
            inner = inner[key]
        before = inner[way[-1]]
        inner[way[-1]] = (
            not before
            if isinstance(before, bool)
            else before + 5
            if isinstance(before, int)
            else before * 1e-6 + 3e-6
            if isinstance(before, float)
            else "forged"
        )
        data["fingerprint"]["content"] = fingerprint.content(data)
        report.write_text(written(data))
        checked += 1
        if not electronwind("verify", str(report), "--solver", "toy_trusted", "--sample", "all"):
            survived.append(way)
    capsys.readouterr()
    assert checked > 50 / step
    assert not survived, sorted({".".join(w for w in way if isinstance(w, str)) for way in survived})
