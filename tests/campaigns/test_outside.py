"""Somebody else's wrong solvers: who counts as wrong, what finds them, and what is said of the rest."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from command import electronwind

from electronwind import ClassicalBody, Harmonic, JelliumWire, PrecisionError, fast, models
from electronwind.validation.campaigns import outside
from electronwind.validation.campaigns.outside import measure, wrong_solvers
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.run import runner
from electronwind.validation.under_test.answers import SolverFault

pytestmark = pytest.mark.usefixtures("hasty")

MODULE = """
from types import SimpleNamespace

from electronwind import fast
from electronwind.models import single_level, two_level


def solver(**functions):
    return lambda: SimpleNamespace(name="mine", **functions)


def entry(name, says, factory, probe):
    return SimpleNamespace(name=name, says=says, solver=factory, probe=probe)


def subtle(system):
    return fast.force(system) * (1.5 if system.levels == 7 else 1)


def broken(system):
    raise ZeroDivisionError("no force today")


wrong = [
    entry("negated", "The force has the wrong sign.", solver(force=lambda s: -fast.force(s)),
          lambda: ("force", two_level().at(0.1))),
    entry("raises", "There is no force.", solver(force=broken), lambda: ("force", two_level().at(0.1))),
    entry("right", "Nothing is wrong.", solver(force=fast.force), lambda: ("force", two_level().at(0.1))),
    entry("elsewhere", "Wrong where the probe does not look.", solver(force=subtle),
          lambda: ("force", single_level().at(0.1))),
]
"""
FEW = ("law.coordinates.force", "link.force_density", "law.shift.force")


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module of wrong solvers in the current folder, before a suite of few checks."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "strangers.py").write_text(MODULE)
    few = {id: all_checks()[id] for id in FEW}
    monkeypatch.setattr(runner.catalogue, "all_checks", lambda: few)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield "strangers"
    sys.modules.pop("strangers", None)


def test_only_what_the_reference_confirms_counts(module):
    """A solver that is right at its probe is named, and is in no rate."""
    power = measure(module, ())

    assert power.wrong == ["negated", "raises"]
    assert power.right == ["right", "elsewhere"]
    assert "off by 2" in power.found["negated"]["probe"]
    assert "no force today" in power.found["raises"]["probe"]


@pytest.mark.slow
def test_a_run_says_which_check_found_it(module):
    """The first check that finds a mistake is on record, and deeper runs are spared."""
    power = measure(module, ("quick", "default"))

    # Both checks hold for a force of either sign; the third needs none but a finite one.
    assert power.found["raises"]["quick"] == power.found["raises"]["default"]
    assert power.found["raises"]["quick"] in FEW
    missed = power.missed("default")
    rate, low, high = power.rate("default")
    assert rate == 1 - len(missed) / 2
    assert 0 <= low < rate or rate == 0
    assert rate < high <= 1 or rate == 1


def test_the_command_measures_and_keeps(module, tmp_path, capsys, monkeypatch):
    """The rates are said with their interval and written down; what a journal holds is not done again."""
    arguments = ("faults", "--from", module, "--quick", "--jobs", "1", "--journal", "journal")
    code = electronwind(*arguments)

    said = capsys.readouterr().out
    stored = json.loads((tmp_path / "electronwind-faults.json").read_text())
    assert stored["schema"] == "electronwind-power/1"
    assert code == (1 if "missed: " in said else 0)
    assert "95 % interval" in said
    assert "not counted: right is right at its probe" in said
    assert set(stored["solvers"]) == {"negated", "raises", "right", "elsewhere"}

    monkeypatch.setattr(outside, "_work", pytest.fail)
    assert electronwind(*arguments) == code


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected a list called wrong"),
        ("wrong = []", "expected at least one wrong solver, got none"),
        ("wrong = 3", "expected a list called wrong"),
        ("raise SystemExit(0)", "expected a list called wrong; SystemExit"),
        ("wrong = [object()]", r"strangers.wrong\[0\]: expected name, says, solver, probe"),
        (MODULE + "wrong[1].name = wrong[0].name", r"strangers.wrong\[1\]: expected a name of its own"),
        (MODULE + "wrong[1].name = None", r"strangers.wrong\[1\]: expected a name of its own, got None"),
    ],
)
def test_what_is_no_module_of_wrong_solvers_is_refused(module, tmp_path, capsys, text, words):
    """Whatever the module is or does, the exit code is that of a solver that cannot be loaded."""
    (tmp_path / "strangers.py").write_text(text)

    with pytest.raises(Exception, match=words):
        wrong_solvers(module)
    sys.modules.pop("strangers", None)
    assert electronwind("faults", "--from", module) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_options_of_the_planted_faults_do_not_go_with_it(module):
    """What would be passed over is refused."""
    for extra in (("--only", "x"), ("--observable", "force"), ("--markdown", "page")):
        assert electronwind("faults", "--from", module, *extra) == 2
    assert electronwind("faults", "--thorough") == 2
    assert electronwind("faults", "--seed", "3") == 2


def whole(system, energy):
    value = fast.transmission(system, energy)
    return np.trunc(value) if np.asarray(energy).dtype.kind == "i" else value


def in_place(system, energy):
    energy *= 2
    return fast.transmission(system, energy)


@pytest.mark.parametrize(
    ("function", "words"),
    [(whole, "is off by"), (in_place, "is off by"), (lambda *_: np.zeros(3), "has shape (3,)"),
     (lambda *_: np.full((2, 2, 2), np.nan), "is off by nan")],
)  # fmt: skip
def test_a_probe_reaches_the_solver_itself(function, words):
    """What the guard would mend is wrong at the probe: types of numbers, and arrays that are written into."""
    energies = np.array([0, 1]) if function is whole else np.array([0.0, 0.5])
    solver = SimpleNamespace(name="mine", transmission=function)
    system = models.two_level().at(0.1)

    assert words in outside.deviation(solver, "transmission", system, energies)
    assert not outside.deviation(fast, "transmission", system, np.array([0.0, 0.5]))


def test_a_probe_may_state_an_option():
    """Options that say which problem it is follow the arguments."""
    body, model = ClassicalBody(1.0, Harmonic(2.0)), models.single_level(temperature=(0.2, 0.2))

    def frictionless(model, body, x, friction=True):
        return fast.vibrations(model, body, x, friction=not friction)

    solver = SimpleNamespace(name="mine", vibrations=frictionless)
    assert outside.deviation(solver, "vibrations", model, body, [0.1], False)
    assert not outside.deviation(fast, "vibrations", model, body, [0.1], False)


def test_an_answer_where_there_is_none_is_wrong():
    """What both solvers refuse has no answer; who refuses it too is right."""
    wire, outside_of_it = JelliumWire(2.3, 8.0, 0.7), np.array([[0.7, 2.9]])

    def clipped(wire, points):
        return fast.jellium_friction(wire, np.clip(points, 0, wire.side))

    solver = SimpleNamespace(name="mine", jellium_friction=clipped)
    words = outside.deviation(solver, "jellium_friction", wire, outside_of_it)
    assert words.startswith("jellium_friction answers what has no answer: ")
    assert "points[0, 1]" in words
    assert not outside.deviation(fast, "jellium_friction", wire, outside_of_it)
    assert not outside.deviation(solver, "jellium_friction", wire, np.array([[0.7, 1.9]]))


def test_what_only_the_reference_refuses_is_no_evidence(monkeypatch):
    """A problem that one derivation answers has an answer: the probe says nothing, and says so."""

    def refuses(system):
        raise PrecisionError("too hard")

    monkeypatch.setattr(outside.reference, "force", refuses)
    with pytest.raises(SolverFault, match="too hard"):
        outside.deviation(fast, "force", models.two_level().at(0.1))


def test_zero_but_for_rounding_is_no_deviation():
    """A part of an answer that is zero is measured by what comes with it, and not by its own rounding."""
    body, model = ClassicalBody(1.0, Harmonic(2.0)), models.single_level(temperature=(0.2, 0.2))

    def solver(error):
        def shaken(*given):
            v = fast.vibrations(*given)
            return replace(v, instability=v.instability + error)

        return SimpleNamespace(name="mine", vibrations=shaken)

    assert not outside.deviation(solver(1e-14), "vibrations", model, body, [0.1])
    assert "instability is off by" in outside.deviation(solver(1e-4), "vibrations", model, body, [0.1])
