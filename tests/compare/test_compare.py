"""Comparing reports: what got worse is found, and noise is left alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runs_to_compare
from command import electronwind
from hypothesis import given, settings
from hypothesis import strategies as st
from runs_to_compare import benchmark, found, record, report

from electronwind.validation.compare.command import IncomparableError
from electronwind.validation.core.record import Record, Sample
from electronwind.validation.report.model import Report

compare = runs_to_compare.compare


def timed(id: str, seconds: float, calls: int = 10, name: str = "force") -> Record:
    return record(id, calls={name: calls}, solver_seconds={name: seconds})


def test_times_of_reports_are_shown_and_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Five times the time for half the calls: a ratio of ten, over the checks that both runs have."""
    runs = {
        "old": report(timed("law.a", 1.0), timed("law.b", 2.0), timed("law.gone", 99.0)),
        "new": report(timed("law.a", 5.0, 5), timed("law.b", 10.0, 5), timed("law.new", 9.0)),
    }
    paths = [tmp_path / f"{name}.json" for name in (*runs, "found")]
    for path, run in zip(paths, runs.values(), strict=False):
        path.write_text(json.dumps(run.to_dict()))
    electronwind("compare", *map(str, paths[:2]), "--json", str(paths[2]))
    said = capsys.readouterr().out
    written = json.loads(paths[2].read_text())

    assert [line.split() for line in said.splitlines() if line.startswith("force")] == [
        ["force", "20,", "10", "10"]
    ]
    assert "not judged" in said
    assert not [change for change in written["changes"] if change["kind"] == "speed"]
    assert [(pace["what"], pace["ratio"], pace["judged"]) for pace in written["times"]] == [
        ("force", 10.0, False)
    ]
    assert [(pace["what"], pace["ratio"]) for pace in written["times_of_checks"]] == [
        ("law.a: force", 10.0),
        ("law.b: force", 10.0),
    ]


def test_a_slower_report_alone_is_no_regression(compare: Any) -> None:
    """Fifty times the time in a report is shown, and changes neither verdict nor exit code."""
    verdict = compare(report(timed("law.a", 1.0)), report(timed("law.a", 50.0)))

    assert (verdict.exit_code, verdict.changes) == (0, [])
    assert verdict.to_dict()["exit_code"] == 0
    assert [pace.ratio for pace in verdict.times] == [50.0]


def test_what_took_no_time_or_was_not_called_has_no_ratio(compare: Any) -> None:
    """A clock too coarse for a check leaves it out of the sums instead of dividing by nothing."""
    old = report(timed("law.a", 1.0), timed("law.b", 0.0), timed("law.c", 3.0, 0))
    new = report(timed("law.a", 2.0), timed("law.b", 5.0), timed("law.c", 3.0, 7))
    for runs in ((old, new), (new, old)):
        assert [pace.calls for pace in compare(*runs).times] == [(10, 10)]


def test_the_same_is_the_same(compare: Any) -> None:
    """A run compared with itself has no change at all."""
    for run in (report(record("law.a"), record("law.b")), benchmark()):
        verdict = compare(run, run)
        assert (verdict.changes, verdict.changed, verdict.exit_code) == ([], [], 0)


@pytest.mark.parametrize(("lost", "worse"), [(0.4, False), (1.4, False), (1.6, True), (6.0, True)])
def test_digits_on_the_same_problems(compare: Any, lost: float, worse: bool) -> None:
    """On the same problems the fewest digits count, beyond the threshold and a rounding's scatter."""
    old = report(record("law.a"), record("law.b"))
    verdict = compare(old, report(record("law.a", 14 - lost), record("law.b")))
    assert found(verdict) == ([("law.a", "digits")] if worse else [])
    assert verdict.exit_code == (4 if worse else 0)


def test_threshold(compare: Any) -> None:
    """The threshold is the user's."""
    old, new = report(record("law.a")), report(record("law.a", 12.0))
    assert compare(old, new, threshold=1.4).exit_code == 4
    assert compare(old, new, threshold=1.6).exit_code == 0


def test_one_unlucky_problem_of_another_seed_is_no_loss(compare: Any) -> None:
    """With other problems drawn, a single bad sample says nothing, and a shift of all does."""
    bad = Sample("force", 9.0, 1.0, True)
    unlucky = replace(record("law.a"), digits=9.0, error=1e-9, samples=(bad, *record("law.a").samples[1:]))
    assert compare(report(record("law.a")), report(unlucky, seed=1)).exit_code == 0
    assert compare(report(record("law.a")), report(unlucky)).exit_code == 4
    shifted = report(record("law.a", 11.0), seed=1)
    assert found(compare(report(record("law.a")), shifted)) == [("law.a", "digits")]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_scatter_of_digits_is_not_a_loss(seed: int) -> None:
    """Digits of the same solver on other problems, which scatter by half a digit, raise no alarm."""
    from electronwind.validation.compare.reports import compare_reports

    draw = np.random.default_rng(seed)

    def some() -> Report:
        digits = draw.normal(13.5, 0.5, 40)
        samples = tuple(Sample("force", float(d), 1.0, True) for d in digits)
        return report(replace(record("law.a"), digits=float(digits.min()), samples=samples))

    assert compare_reports(some(), some(), 1.0, same=False) == []


STATUSES: list[tuple[Any, Any, bool]] = [
    ("passed", "failed", True),
    ("passed", "crashed", True),
    ("passed", "error", True),
    ("passed", "unsupported", True),
    ("passed", "expected-failure", True),
    ("unsupported", "failed", True),
    ("expected-failure", "failed", True),
    ("expected-failure", "unsupported", True),
    ("unexpected-pass", "failed", True),
    ("unexpected-pass", "expected-failure", True),
    ("expected-failure", "unexpected-pass", False),
    ("unsupported", "unexpected-pass", False),
    ("passed", "unexpected-pass", False),
    ("unsupported", "expected-failure", False),
    ("failed", "crashed", False),
    ("failed", "passed", False),
    ("unsupported", "passed", False),
]


@pytest.mark.thin(most=2)
@pytest.mark.parametrize(("before", "after", "worse"), STATUSES)
def test_status(compare: Any, before: Any, after: Any, worse: bool) -> None:
    """A check that passed and does not any more is a regression; one that was bad before is none."""
    verdict = compare(report(record("law.a", status=before)), report(record("law.a", status=after)))
    assert ("law.a", "status") in [(change.what, change.kind) for change in verdict.changes]
    assert verdict.exit_code == (4 if worse else 0)


def test_statuses(compare: Any) -> None:
    """Each check of two reports is judged by its own status."""
    ids = [f"law.{number}" for number in range(len(STATUSES))]
    old = report(*(record(id, status=before) for id, (before, _, _) in zip(ids, STATUSES, strict=True)))
    new = report(*(record(id, status=after) for id, (_, after, _) in zip(ids, STATUSES, strict=True)))
    verdict = compare(old, new)
    assert sorted(change.what for change in verdict.changes if change.kind == "status") == sorted(ids)
    assert sorted(what for what, kind in found(verdict) if kind == "status") == sorted(
        id for id, (_, _, worse) in zip(ids, STATUSES, strict=True) if worse
    )


@pytest.mark.parametrize(
    ("before", "after", "seed", "worse"),
    [
        ((20, 0), (19, 1), 0, True),
        ((19, 1), (20, 0), 0, False),
        ((20, 0), (19, 1), 1, False),
        ((20, 0), (10, 10), 1, True),
        ((10, 10), (30, 12), 0, False),
        ((40, 0), (30, 12), 0, True),
    ],
)
def test_problems_declined(
    compare: Any, before: tuple[int, int], after: tuple[int, int], seed: int, worse: bool
) -> None:
    """A check that passes on fewer of the problems posed covers less; of others, by more than chance."""
    old, new = (record("law.a", examples=n, unsupported_examples=none) for n, none in (before, after))
    verdict = compare(report(old), report(new, seed=seed))
    assert found(verdict) == ([("law.a", "coverage")] if worse else [])
    if worse:
        assert verdict.worse[0].new == f"{after[1]} of {sum(after)} problems declined"


def test_fewer_checks(compare: Any) -> None:
    """A check that is gone, and an observable on which nothing runs any more, are regressions."""
    old = report(record("law.a"), record("law.b"))
    assert found(compare(old, report(record("law.a")))) == [("law.b", "coverage"), ("force", "coverage")]
    gone = compare(old, report(record("law.a", status="unsupported"), record("law.b", status="unsupported")))
    assert ("force", "coverage") in found(gone)
    more = compare(report(record("law.a")), old)
    assert (more.exit_code, [change.old for change in more.changes]) == (0, ["was not there"])


def test_what_changed_is_named(compare: Any) -> None:
    """Solver, libraries, BLAS and tables that differ are named, and are no regressions."""
    old, new = report(record("law.a")), report(record("law.a"))
    new.solver["version"] = "2"
    new.environment |= {"numpy": "3.0", "BLAS": "mkl"}
    suite = {"version": "1", "sha256": "a" * 64, "oracle": "0" * 64}
    prints = {"suite": suite, "problems": {"checks": 1, "sha256": "b" * 64}}
    old.fingerprint = prints | {"tables": "c" * 64, "solver": {"kind": "file", "sha256": "d" * 64}}
    new.fingerprint = prints | {"tables": "e" * 64, "solver": {"kind": "file", "sha256": "d" * 64}}
    verdict = compare(old, new)
    assert verdict.changed == [
        "version: 1 -> 2",
        "numpy: 2.4.6 -> 3.0",
        "BLAS: openblas 0.3 -> mkl",
        "tables: cccccccccccc -> eeeeeeeeeeee",
    ]
    assert verdict.exit_code == 0
    assert "medians" in verdict.notes[0]
    # The same problems, to which others give the right values.
    new.fingerprint = old.fingerprint | {"suite": suite | {"oracle": "1" * 64}}
    verdict = compare(old, new)
    assert verdict.changed[-1] == "sources of the oracle: 000000000000 -> 111111111111"
    assert "medians" not in verdict.notes[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quick": True}, "--quick was off, then True"),
        ({"only": "law.*"}, "--only was off"),
        ({"tiers": ["law"]}, "--tier"),
    ],
)
def test_another_selection_is_incomparable(compare: Any, change: dict[str, Any], words: str) -> None:
    """Runs that judged different problems are refused, with the option that differs."""
    with pytest.raises(IncomparableError, match=words):
        compare(report(record("law.a")), report(record("law.a"), **change))


def test_incomparable_files(compare: Any) -> None:
    """Mixed kinds, other schemas, other rungs and unfinished runs are refused in words."""
    one, two = report(record("law.a")), benchmark()
    with pytest.raises(IncomparableError, match="compare like with like"):
        compare(one, two)
    with pytest.raises(IncomparableError, match="expected the schema"):
        compare(one, one.to_dict() | {"schema": "electronwind-report/9"})
    with pytest.raises(IncomparableError, match=r"expected the schema .* got None"):
        compare(one, {})
    with pytest.raises(IncomparableError, match="did not end"):
        compare(one, replace(one, complete=False))
    with pytest.raises(IncomparableError, match="fingerprint: there is none"):
        compare(one, {"schema": "electronwind-report/1", "complete": True})
    with pytest.raises(IncomparableError, match="nothing was judged"):
        compare(report(), report())
    fewer = benchmark()
    fewer.standings.pop()
    fewer.planned = 2
    with pytest.raises(IncomparableError, match="different rungs"):
        compare(two, fewer)


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 0, 4 for a regression or 2 for what cannot be compared, each with words."""

    def run(old: Any, new: Any, *more: str) -> int:
        paths = [tmp_path / "old.json", tmp_path / "new.json"]
        for path, data in zip(paths, (old, new), strict=True):
            path.write_text(json.dumps(data.to_dict()))
        return electronwind("compare", *map(str, paths), *more)

    one = report(record("law.a"))
    assert run(one, one) == 0
    assert "Nothing got worse" in capsys.readouterr().out
    assert run(one, report(record("law.a", 10.0))) == 4
    assert "1 regression." in capsys.readouterr().out
    assert run(one, report(record("law.a", 10.0)), "--threshold", "5") == 0
    assert run(one, benchmark()) == 2
    assert "like with like" in capsys.readouterr().err
    assert run(one, one, "--slower", "0.5") == 2
