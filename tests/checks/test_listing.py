"""The commands that say what there is."""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import toys
from command import electronwind

from electronwind import NAMES, OBSERVABLES
from electronwind.validation.checks import catalogue
from electronwind.validation.checks.formulas import DEFINITIONS, FORMULAS, formula
from electronwind.validation.cli.listing import unwrapped
from electronwind.validation.core.check import TIERS, Comparison

CHECKS = catalogue.all_checks()
Captured = pytest.CaptureFixture[str]


class Terminal(io.StringIO):
    """Standard output where somebody is looking."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


def facts(said: str) -> dict[str, str]:
    """Return the facts that `explain` states of one check, on one line each."""
    head = said.split("\n\n")[0].splitlines()[1:]
    found: dict[str, str] = {}
    name = ""
    for line in head:
        if not line.startswith(" "):
            name, _, line = line.partition(" ")
        found[name] = f"{found.get(name, '')} {line.strip()}".strip()
    return found


def test_every_check_is_explained(capsys: Captured) -> None:
    """Whatever made a check, its record, its formula, what is bound in it and its code are shown."""
    wrong = {}
    for id in CHECKS:
        code, (said, error) = electronwind("explain", id), capsys.readouterr()
        try:
            assert (code, error) == (0, "")
            explained(id, said)
        except (AssertionError, KeyError) as found:
            wrong[id] = repr(found)

    assert not wrong


def explained(id: str, said: str) -> None:
    """Assert that what is said of a check is all of it."""
    assert said.startswith(id + "\n")
    known, check = facts(said), CHECKS[id]
    assert known["says"] == " ".join(check.says.split())
    assert known["tier"] == check.tier
    assert known["observables"] == ", ".join(check.observables)
    assert known["source"] == check.source
    assert known["catches"] == "; ".join(check.catches)
    assert known["formula"] == " ".join(formula(check).split())
    if isinstance(check.judge, functools.partial):
        argument, _, bound = known["bound"].partition(" = ")
        assert argument in ("name", "call")
        assert bound == repr(check.observables[0])
    file, _, line = known["code"].rpartition(":")
    with open(file, encoding="utf-8") as source:
        there = source.read().splitlines()
    code = said.split("\n\n", 1)[1].rstrip("\n").splitlines()
    first = int(line) - 1
    indent = len(there[first]) - len(there[first].lstrip())
    assert [one[indent:].rstrip() for one in there[first : first + len(code)]] == [c.rstrip() for c in code]
    assert any("def " in one for one in code)


def test_formulas_are_those_of_the_checks() -> None:
    """No formula is left of a check that is gone, and every observable has its definition."""
    for name in FORMULAS:
        assert name in CHECKS or any(id.rpartition(".")[0] == name for id in CHECKS), name
    assert set(DEFINITIONS) == set(NAMES)


def _closure(name: str) -> Any:
    def judge(solver: Any, problem: Any) -> Iterator[Comparison]:
        yield Comparison(name, 0.0, 0.0, 1.0)

    return judge


class _Callable:
    def __init__(self) -> None:
        self.factor = 2

    def __call__(self, solver: Any, problem: Any) -> Iterator[Comparison]:
        yield Comparison("force", 0.0, self.factor, 1.0)

    def method(self, solver: Any, problem: Any) -> Iterator[Comparison]:
        yield Comparison("force", 0.0, self.factor, 1.0)


@pytest.mark.parametrize(
    ("judge", "bound", "code"),
    [
        (_closure("curl"), "name = 'curl'", "def judge"),
        (functools.partial(functools.partial(toys.compare_force)), None, "def compare_force"),
        (functools.wraps(toys.compare_force)(_closure("force")), None, "def compare_force"),
        (_Callable(), "factor = 2", "def __call__"),
        (_Callable().method, "self = ", "def method"),
        (eval("lambda solver, problem: iter(())"), None, "its source is not at hand"),
    ],
)
def test_judges_of_any_make(
    judge: Any, bound: str | None, code: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Closures, partial functions, objects, methods and what was made at run time: all are explained."""
    checks = toys.suite(toys.make(judge, "law.toy"))
    monkeypatch.setattr(catalogue, "all_checks", lambda: checks)
    assert electronwind("explain", "law.toy") == 0
    said = capsys.readouterr().out
    assert code in said
    assert facts(said)["formula"]
    assert (bound is None) or facts(said)["bound"].startswith(bound)
    assert callable(unwrapped(judge)[0])


@pytest.mark.parametrize(
    ("word", "id"),
    [
        ("LAW.Unit.Curl", "law.unit.curl"),
        (" law.unit.curl ", "law.unit.curl"),
        ("link.comm", "link.commutator"),
        ("LINK.MAX", "link.maxwell"),
        ("law.unit.force", "law.unit.force"),
    ],
)
def test_what_is_meant(word: str, id: str, capsys: Captured) -> None:
    """The case of an id does not matter, and its beginning is enough where one check has it."""
    assert electronwind("explain", word) == 0
    assert capsys.readouterr().out.startswith(id + "\n")


def test_several(capsys: Captured) -> None:
    """Several checks are explained one after the other; where one is unknown, none is."""
    assert electronwind("explain", "law.unit.curl", "link.maxwell") == 0
    said = capsys.readouterr().out
    assert said.index("law.unit.curl\nsays") < said.index("\nlink.maxwell\nsays")
    assert electronwind("explain", "law.unit.curl", "nonsense") == 2
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("law.unit", "15 checks begin with 'law.unit': law.unit.density_matrix"),
        ("law.unit", "electronwind list --only 'law.unit.*'"),
        ("law", "`electronwind list --only 'law.*'` lists them"),
        ("law.units.curl", "Did you mean law.unit.curl"),
        ("zzzzzz", "no check is called 'zzzzzz'. See electronwind list."),
        ("", "no check is called ''"),
        *((name, f"is an observable, no check: `electronwind list --observable {name}`") for name in NAMES),
    ],
)
def test_what_is_no_check(word: str, words: str, capsys: Captured) -> None:
    """What names no check, or several, is answered with the way on."""
    assert electronwind("explain", word) == 2
    assert words in capsys.readouterr().err


def test_list_in_a_pipe(capsys: Captured) -> None:
    """A pipe gets a line for each check, id and sentence with a tab between, and nothing else."""
    assert electronwind("list") == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert lines == [[id, check.says] for id, check in CHECKS.items()]
    assert electronwind("list", "--ids") == 0
    assert capsys.readouterr().out.splitlines() == list(CHECKS)


def test_list_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets a table and the number of checks, or ids alone where they are asked for."""
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert electronwind("list", "--tier", "statistical") == 0
    said = sys.stdout.getvalue()
    assert "what a failing user reads" in said
    assert "4 checks; electronwind explain CHECK tells more." in said
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert electronwind("list", "--tier", "statistical", "--ids") == 0
    assert sys.stdout.getvalue().split() == [id for id in CHECKS if CHECKS[id].tier == "statistical"]


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("observable", ["force", "driven"])
def test_list_selects(tier: str, observable: str, capsys: Captured) -> None:
    """Tier, observable and pattern each leave out what they do not name."""
    wanted = [id for id, check in CHECKS.items() if check.tier == tier and observable in check.observables]
    code = electronwind("list", "--tier", tier, "--observable", observable, "--ids")
    said = capsys.readouterr()
    assert code == (0 if wanted else 2)
    assert said.out.split() == wanted
    assert wanted or "--observable" in said.err
    assert electronwind("list", "--only", f"{tier}.*{observable}", "--ids") in (0, 2)
    assert all(id.startswith(tier) and id.endswith(observable) for id in capsys.readouterr().out.split())


def test_list_of_nothing(capsys: Captured) -> None:
    """A pattern without a check is a mistake."""
    assert electronwind("list", "--only", "law.unti.force") == 2
    assert "close: law.unit.force" in capsys.readouterr().err


def test_observables(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """The observables are listed as a solver has to write them, in a pipe one a line."""
    assert electronwind("observables") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(NAMES)
    assert all(line.count("\t") == 3 for line in lines)
    assert electronwind("observables", "--ids") == 0
    assert capsys.readouterr().out.split() == list(NAMES)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert electronwind("observables") == 0
    said = sys.stdout.getvalue()
    assert all(row.signature in said and row.symmetry in said for row in OBSERVABLES.values())
