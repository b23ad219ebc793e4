"""The kill matrix: which check finds which planted fault, and the command that asks."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from command import electronwind

from electronwind.validation.campaigns import matrix
from electronwind.validation.campaigns.lone import LONE
from electronwind.validation.campaigns.show import markdown
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.checks.family import laws
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.faults.registry import Fault, solver
from electronwind.validation.work.effort import FULL


def command(*arguments):
    return electronwind("faults", "--jobs", "1", *arguments)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder, which the command writes into."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def brief(monkeypatch):
    """Let checks try few problems, those that take least: what the test is about does not depend on them."""
    drawn = matrix.drawn
    monkeypatch.setattr(
        matrix, "drawn", lambda id, count: [each for each in drawn(id, 12) if each.system.wide_band][:count]
    )
    for name, count in {"FEW": 1, "SOME": 2, "MANY": 3}.items():
        monkeypatch.setattr(matrix, name, count)


@pytest.fixture
def survivor(monkeypatch):
    """Plant a fault that is none, before a suite of two checks."""
    harmless = Fault("harmless", "software", "Nothing is wrong.", "", ("force",), lambda: solver("harmless"))
    monkeypatch.setitem(FAULTS, "harmless", harmless)
    few = {id: all_checks()[id] for id in ("law.coordinates.force", "link.force_density")}
    monkeypatch.setattr(matrix, "all_checks", lambda: few)


def test_a_handful_of_faults_is_killed(tmp_path, capsys):
    """The command finds faults, exits with 0 and stores which check killed which."""
    page = tmp_path / "faults.md"

    assert command("--quick", "--only", "force-*", "--markdown", str(page)) == 0

    stored = json.loads((tmp_path / "electronwind-faults.json").read_text())
    assert stored["schema"] == "electronwind-faults/1"
    assert stored["survivors"] == []
    names = {"force-sign", "force-doubled", "force-squared-spin", "force-of-one-bond"}
    assert set(stored["faults"]) == names
    row = stored["faults"]["force-sign"]
    assert row["kind"] == "physics"
    assert "failed" in row["verdicts"].values()
    assert set(row["verdicts"]) <= set(all_checks())
    assert "4 of 4 faults killed" in capsys.readouterr().out
    assert "| `force-sign` | The force has the wrong sign." in page.read_text()


@pytest.mark.usefixtures("brief")
def test_an_interrupt_loses_nothing(tmp_path, monkeypatch, capsys):
    """What the journal holds is not done again, and the matrix is that of a run without interrupt."""
    journal, whole, pieces = (tmp_path / name for name in ("j.jsonl", "whole.json", "pieces.json"))
    arguments = ("--quick", "--only", "force-s*", "--observable", "force", "--jobs", "1")
    work, done = matrix._work, []

    def interrupted(task):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(task)
        return work(task)

    monkeypatch.setattr(matrix, "_work", interrupted)
    few = few_checks()
    monkeypatch.setattr(matrix, "all_checks", lambda: few)
    command(*arguments, "--journal", str(journal), "--json", str(pieces))
    assert "j.jsonl holds what is done" in capsys.readouterr().err
    assert not pieces.exists()

    rest = []
    monkeypatch.setattr(matrix, "_work", lambda task: rest.append(task) or work(task))
    command(*arguments, "--journal", str(journal), "--json", str(pieces))
    assert rest
    assert not set(done) & set(rest)
    command(*arguments, "--json", str(whole))
    first, second = (json.loads(path.read_text()) for path in (pieces, whole))
    assert first["faults"] == second["faults"]


def few_checks():
    """Checks that are quick, on what the faults of the test above change."""
    names = ("law.shift.force", "law.basis.force", "law.degeneracy.force", "link.force_density")
    return {id: all_checks()[id] for id in names}


@pytest.mark.usefixtures("survivor", "brief")
@pytest.mark.parametrize("speed", [["--quick"], []])
def test_a_survivor_is_named(speed, capsys):
    """A fault that nothing kills is exit code 1, and is named."""
    assert command(*speed, "--only", "harmless") == 1

    assert "survived: harmless. Nothing is wrong." in capsys.readouterr().out


def test_a_law_of_several_observables_is_one_check():
    """Two kills by one law are a thin kill; by two laws they are none."""
    found = matrix.Matrix(False, ("force-sign", "spin-squared"), (), kills=2)
    for law, name in (("law.shift.force", "force-sign"), ("law.shift.curl", "spin-squared")):
        found.note(law, {name: "failed"})
    found.note("law.shift.force", {"spin-squared": "failed"})
    found.note("link.force_density", {"force-sign": "failed"})

    assert found.thin == ["spin-squared"]
    assert found.exit_code == 1
    found.note("law.basis.curl", {"spin-squared": "crashed"})
    assert found.thin == []
    assert found.exit_code == 0


@pytest.mark.usefixtures("brief")
def test_the_search_stops_at_the_second_kill(monkeypatch, tmp_path, capsys):
    """No third check is asked; a fault that one check alone finds is named, and exit code 1."""
    few = {id: few_checks()[id] for id in ("law.shift.force", "law.degeneracy.force")}
    monkeypatch.setattr(matrix, "all_checks", lambda: few)
    assert command("--kills", "2", "--only", "force-squared-spin") == 1
    row = json.loads((tmp_path / "electronwind-faults.json").read_text())

    assert row["thin"] == ["force-squared-spin"]
    assert "thin: force-squared-spin. " in capsys.readouterr().out
    few["law.degeneracy.curl"] = replace(few["law.degeneracy.force"], id="law.degeneracy.curl")
    few["link.other"] = replace(few["law.degeneracy.force"], id="link.other")
    assert command("--kills", "2", "--only", "force-squared-spin") == 0
    row = json.loads((tmp_path / "electronwind-faults.json").read_text())
    verdicts = row["faults"]["force-squared-spin"]["verdicts"]
    assert "law.degeneracy.curl" not in verdicts
    assert verdicts["link.other"] == "failed"


def test_who_is_found_by_one_check_alone_has_that_check():
    """It names the fault, and the search for a second one is spared."""
    for name, (law, reason) in LONE.items():
        naming = {id for id, check in all_checks().items() if name in check.catches}
        assert law in laws(naming), name
        assert reason
        assert laws(naming) == {law}, name
    found = matrix.Matrix(False, ("one-output-buffer", "force-sign"), (), kills=2)
    for name in found.faults:
        found.note("contract.kept.force", {name: "failed"})
    assert found.thin == ["force-sign"]


@pytest.mark.slow
@pytest.mark.parametrize("name", LONE)
def test_who_is_found_by_one_check_alone_is_found(name):
    """By that check, with the problems of a default run."""
    found = matrix.run([name], kills=2)
    assert laws(found.killers(name)) == {LONE[name][0]}


def test_every_law_is_asked_once_before_any_again(monkeypatch):
    """Those that name a fault come first, and those that take seconds last."""
    tried, name = [], "spin-squared"
    monkeypatch.setattr(matrix, "verdict", lambda id, *_: tried.append(id) or "survived")
    matrix.run([name], kills=2)

    checks, breaks = all_checks(), set(FAULTS[name].observables)
    assert set(tried) == {id for id, check in checks.items() if breaks & set(check.observables)}
    naming = sum(name in checks[id].catches for id in tried)
    assert 0 < naming == sum(name in checks[id].catches for id in tried[:naming])
    rest = [id for id in tried[naming:] if checks[id].cost != "long"]
    assert tried[naming:][: len(rest)] == rest
    different = len(laws(rest))
    assert different < len(rest)
    assert len(laws(rest[:different])) == different


def test_a_check_of_kinds_is_asked_as_a_run_asks_it(monkeypatch):
    """Every question of a default run, not problems that are drawn."""
    check, judged = all_checks()["cross.covering.force"], []

    def judge(solver, problem):
        judged.append(problem)
        yield from ()

    monkeypatch.setattr(matrix, "all_checks", lambda: {check.id: replace(check, judge=judge)})
    matrix.run(["force-squared-spin"], kills=2)
    assert [problem.numbers for problem in judged] == [q.numbers for q in check.covering.questions(2, 0)]
    assert len(judged) > FULL.cheap


@pytest.mark.usefixtures("survivor")
def test_an_idle_check_is_named(monkeypatch):
    """A check that kills nothing must give a reason."""
    found = matrix.Matrix(True, ("force-sign",), ("link.force_density", "law.coordinates.force"))
    found.note("link.force_density", {"force-sign": "failed"})
    found.note("law.coordinates.force", {"force-sign": "crashed"})

    assert found.idle == ["law.coordinates.force"]
    assert found.exit_code == 1
    assert "kill at least one" in markdown(found)
    monkeypatch.setitem(matrix.IDLE, "law.coordinates.force", "a reason")
    assert found.exit_code == 0


@pytest.mark.usefixtures("survivor")
def test_a_check_that_breaks_is_named(tmp_path, capsys):
    """A check that raises is exit code 1 even where others kill the fault, and is named."""

    def breaks(solver, problem):
        raise ZeroDivisionError

    few = matrix.all_checks()
    few["law.coordinates.force"] = replace(few["law.coordinates.force"], judge=breaks)
    page, data = tmp_path / "faults.md", tmp_path / "faults.json"

    assert command("--only", "force-sig[n]", "--markdown", str(page), "--json", str(data)) == 1

    words = "he check itself is at fault: law.coordinates.force, on force-sign"
    assert words in capsys.readouterr().out
    assert words in page.read_text()
    stored = json.loads(data.read_text())
    assert stored["survivors"] == []
    assert stored["broken"] == {"law.coordinates.force": ["force-sign"]}


def test_a_check_that_broke_once_is_not_forgotten():
    """More problems, which a check judges without trouble, do not clear it."""
    found = matrix.Matrix(False, ("force-sign",), ())
    found.note("law.coordinates.force", {"force-sign": "error"})
    found.note("law.coordinates.force", {"force-sign": "failed"})

    assert found.broken == {"law.coordinates.force": ["force-sign"]}


def test_nothing_to_plant_is_a_wrong_call():
    """A pattern that matches no fault is a usage error."""
    assert command("--only", "no-such-fault") == 2
