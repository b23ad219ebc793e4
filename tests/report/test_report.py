"""The report: data with a schema, what the terminal shows, JUnit, and scripts that run."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import every_status
import pytest
import toys
from jsonschema import Draft202012Validator
from rich.console import Console

from electronwind import NAMES
from electronwind.validation import Report, replay
from electronwind.validation.core.record import Cause
from electronwind.validation.report import model
from electronwind.validation.report.files import Folder
from electronwind.validation.report.html import render
from electronwind.validation.report.model import schema
from electronwind.validation.report.summary import Shares, covered, part, rows, shares, why
from electronwind.validation.report.terminal import show
from electronwind.validation.systems.combinations import possible
from electronwind.validation.systems.combinations import rows as features
from electronwind.validation.systems.features import code
from electronwind.validation.work.streams import console

empty, full, partial, report = (
    every_status.empty,
    every_status.full,
    every_status.partial,
    every_status.report,
)
pytestmark = pytest.mark.usefixtures("hasty")


def test_schema(report: Report) -> None:
    """Every report obeys the published schema, and holds no NaN that JSON does not know."""
    Draft202012Validator.check_schema(schema())
    text = json.dumps(report.to_dict(), allow_nan=False)
    Draft202012Validator(schema()).validate(json.loads(text))


def test_schema_bites(full: Report) -> None:
    """The schema refuses what is no report."""
    validator = Draft202012Validator(schema())
    for spoil in (
        lambda d: d.pop("solver"),
        lambda d: d.update(more=1),
        lambda d: d["records"][0].update(status="fine"),
        lambda d: d["summary"]["counts"].update(ran=-1),
        lambda d: d["records"][0]["failure"].update(got="a lot"),
    ):
        data = json.loads(json.dumps(full.to_dict()))
        spoil(data)
        assert not validator.is_valid(data)


def test_every_observable_is_counted(report: Report) -> None:
    """Each observable has its counts in the report, also where nothing of it was tested."""
    summary = report.to_dict()["summary"]
    assert list(summary["observables"]) == list(NAMES)
    assert set(summary["untested"]) == {n for n in NAMES if not report.counts(n)["ran"]}


def test_round_trip(report: Report) -> None:
    """A report survives its JSON."""
    data = json.loads(json.dumps(report.to_dict()))
    assert Report.from_dict(data).to_dict() == data


def test_counts(full: Report) -> None:
    """The counts state what ran, and everything that did not."""
    assert full.counts() == {
        "ran": 6,
        "passed": 1,
        "failed": 2,
        "crashed": 1,
        "unsupported": 1,
        "expected-failure": 1,
        "unexpected-pass": 1,
        "error": 1,
    }
    assert full.verdict == (
        "4 checks failed: 6 of 8 checks ran, 1 not supported by the solver, 1 of the suite's own at fault."
    )


@pytest.mark.parametrize("columns", [80, 100])
def test_terminal_fits(full: Report, columns: int) -> None:
    """No line of the terminal report is wider than the terminal, and no message steers it."""
    stream = io.StringIO()
    show(full, Console(file=stream, width=columns))
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= columns
    assert "\x1b" not in stream.getvalue()
    assert "\x00" not in stream.getvalue()
    joined = " ".join(lines)
    for record in full.records:
        assert (record.id in joined) == (record.status not in ("passed", "unsupported"))
    assert "Not tested: density_matrix, bond_current" in joined


def test_junit(full: Report, tmp_path: Path) -> None:
    """JUnit XML has a case per check, and its counts add up."""
    Folder(tmp_path).finish(full)
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()[0]
    assert len(suite) == int(suite.attrib["tests"]) == 8
    for attribute, tags in (("failures", 3), ("errors", 2), ("skipped", 2)):
        tag = {"failures": "failure", "errors": "error", "skipped": "skipped"}[attribute]
        assert len(suite.findall(f"testcase/{tag}")) == int(suite.attrib[attribute]) == tags


def test_folder(full: Report, empty: Report, tmp_path: Path) -> None:
    """Each failure leaves a script; the scripts of an earlier run go, and other files stay."""
    Folder(tmp_path).finish(full)
    scripts = {path.stem for path in (tmp_path / "failures").iterdir()}
    assert scripts == {"cross.force", "cross.friction", "link.curl", "law.broken"}
    (tmp_path / "failures" / "mine.py").write_text("# mine\n")
    Folder(tmp_path).finish(empty)
    assert [path.name for path in (tmp_path / "failures").iterdir()] == ["mine.py"]
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize(
    ("width", "heads"),
    [(80, "ran passed failed crashed exp. unsup. digits"), (60, "ran passed failed digits")],
)
def test_every_name_fits_a_narrow_terminal(width: int, heads: str, full: Report) -> None:
    """The longest name of an observable cuts no heading and no number, though columns of nothing may go."""
    every = [replace(record, observables=NAMES) for record in full.records]
    if width < 80:
        every = [record for record in every if record.status in ("passed", "failed")]
    stream = io.StringIO()
    show(replace(full, records=every, causes=[]), Console(file=stream, width=width))
    table = [line for line in stream.getvalue().splitlines() if line.split(" ")[0] in NAMES]
    assert len(table) == len(NAMES)
    assert heads in stream.getvalue()
    assert not [line for line in table if "\N{HORIZONTAL ELLIPSIS}" in line]


def test_the_table_has_what_was_asked_for(full: Report) -> None:
    """An observable that was neither tested nor declined is named once, below the table."""
    stream = io.StringIO()
    show(full, Console(file=stream, width=200))
    said = stream.getvalue()
    assert said.count("jellium_vector_potential") == 1
    assert "jellium_vector_potential" in said.partition("Not tested: ")[2]


def test_many_causes_leave_room_for_the_rest(full: Report) -> None:
    """Of more causes than a screen holds all are named, and the first ones come with a problem."""
    one = Cause("", True, ("force",), "", (), (full.records[0].id,), (), ("one level",))
    many = [replace(one, says=f"cause {k}") for k in range(10)]
    report = replace(full, causes=many)
    stream = io.StringIO()
    show(report, Console(file=stream, width=200))
    for said in (stream.getvalue(), render(report)):
        assert all(f"cause {k}" in said for k in range(10))
    assert stream.getvalue().count("Simplest:") == render(report).count("simplest problem that shows") == 3


def test_replay(capsys: pytest.CaptureFixture[str]) -> None:
    """A replay prints every comparison with its verdict, and a fault in words."""
    rules = (toys.tolerance, toys.digits)
    unlucky = every_status.unlucky
    checks = every_status.suite()
    assert replay("cross.current", unlucky(), toys.system(3.0), {"power": 1}, checks=checks, rules=rules)
    assert not replay("cross.force", unlucky(), toys.system(3.0), checks=checks, rules=rules)
    assert not replay("cross.friction", unlucky(), toys.system(), checks=checks, rules=rules)
    said = capsys.readouterr().out
    assert "current: passed\ngot\n[-3.]\nwant\n[-3.]\nerror 0 of scale 1e+03" in said
    assert "force: FAILED" in said
    assert "friction raised RuntimeError" in said


def test_rows(full: Report) -> None:
    """The table of observables has the fewest digits and the mean time of a call."""
    table = {row.observable: row for row in rows(full)}
    assert list(table) == [name for name in NAMES if name in table]
    assert {name for name, row in table.items() if row.ran} == set(NAMES) - set(full.untested)
    assert table["current"].digits == 16
    assert table["current"].calls == 16
    assert 0 < (table["current"].per_call or 0) < 0.1
    assert table["curl"].condition == 30
    assert "white_noise" not in table


def test_green_says_which_kinds_of_questions_were_judged(
    full: Report, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers are those of the records, in the data, on the page and in the terminal."""
    words = tuple(code("curl", row) for row in features("curl", 2))
    values, count = (len(possible("curl", strength)) for strength in (1, 2))
    whole = {
        "values": {"seen": values, "possible": values},
        "pairs": {"seen": count, "possible": count},
    }
    for lost in (0, 1):
        judged = {"curl": words[: len(words) - lost]}
        record = replace(full.records[0], observables=("curl",), judged=judged, status="passed", failure=None)
        report = replace(full, records=[record], causes=[])
        pairs = report.to_dict()["summary"]["coverage"]["curl"]["pairs"]
        assert (report.to_dict()["summary"]["coverage"]["curl"] == whole) == (not lost)
        said = f"{pairs['seen']} of {pairs['possible']}"
        assert f"Kinds of questions judged: {values} of {values} single features and {said} pairs" in covered(
            report
        )
        row = next(row for row in rows(report) if row.observable == "curl")
        assert part(row.pairs) == ("100%" if not lost else f"{pairs['seen'] / pairs['possible']:.1%}")
        show(report, console())
        assert f"{said} pairs" in " ".join(capsys.readouterr().out.split())
        assert f'<td title="{said}">{part(row.pairs)}</td>' in render(report)
    # To count the triples that are possible of all the others takes a second.
    monkeypatch.setattr(model, "NAMES", ("curl",))
    triples = len(possible("curl", 3))
    thorough = replace(report, settings=report.settings | {"thorough": True})
    seen = thorough.to_dict()["summary"]["coverage"]["curl"]["triples"]
    assert 0 < seen["seen"] < seen["possible"] == triples
    assert f" and {seen['seen']} of {triples} triples (least" in covered(thorough)


def test_shares(full: Report, partial: Report) -> None:
    """The report says whose time the run was, and the parts add up to the clock's."""
    found = shares(full)
    assert found is not None
    assert found.solver + found.oracle + found.suite == pytest.approx(full.seconds, rel=0.2)
    assert str(Shares(1.0, 2.0, 1.0)) == (
        "25% inside the solver, 50% for right values and conditions, 25% in the suite itself"
    )
    assert str(found) in render(full)
    assert shares(partial) is None


def test_lines_of_a_pipe_are_not_broken(
    full: Report, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What goes into a pipe or a file has a paragraph a line, unless a width is asked for."""
    monkeypatch.delenv("COLUMNS", raising=False)
    show(full, console())
    whole = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "80")
    show(full, console())
    broken = capsys.readouterr().out
    assert max(map(len, whole.splitlines())) > 100
    assert max(map(len, broken.splitlines())) <= 80
    assert whole.split() == broken.split()


def test_a_crash_is_no_wrong_value(full: Report) -> None:
    """What a check says of wrong values is not said of a solver that gave none."""
    (crashed,) = (record for record in full.records if record.status == "crashed")
    assert why(None, replace(crashed, status="failed")) == crashed.says
    assert why(None, crashed) == ""
