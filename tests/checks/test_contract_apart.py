"""The caller's side where solvers run: in processes of their own, as programs, within what they declare."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import programs
import pytest
from asked import question

from electronwind import DYNAMICS, NAMES, SolverProcessError, fast, load_solver
from electronwind.dynamics import answered
from electronwind.external import Apart, Bounds
from electronwind.external.caller import kept, states
from electronwind.validation.campaigns.matrix import drawn
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.run.trial import run_check
from electronwind.validation.systems.questions import posed
from electronwind.validation.under_test.guard import Guarded, Unsupported
from electronwind.validation.work.effort import QUICK

write = programs.write

MODULE = """
import numpy as np
from electronwind import fast
from electronwind.fast import driven

_buffer = np.zeros((2, 2))

def transmission(system, energy):
    if np.ndim(energy) and np.asarray(energy).dtype.kind in "iu":
        return np.trunc(fast.transmission(system, energy))
    return fast.transmission(system, energy)

def force(system):
    np.random.seed(0)
    return fast.force(system)
"""


@pytest.fixture
def apart(tmp_path, monkeypatch):
    (tmp_path / "careless.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    solver = Apart("careless", Bounds(megabytes=4096))
    yield solver
    solver.close()


def test_a_solver_apart_is_reached_itself(apart):
    """What only its own process shows is seen there: forms, threads, generators, and a run that is right."""
    effort = replace(QUICK, shrinking=0.05, naming=0.0)

    def status(id):
        return run_check(all_checks()[id], apart, effort=effort)

    assert "given whole numbers" in status("contract.forms.transmission").message
    assert "the generator of numpy" in status("contract.states.force").message
    assert status("contract.threads.force").status == "passed"
    assert status("contract.kept.driven").status == "passed"
    with pytest.raises(SolverProcessError, match="ZeroDivisionError"):
        apart.beside("force", lambda solver: 1 / 0)
    # The line is in order after that.
    assert status("contract.kept.transmission").status == "passed"


def test_a_program_is_asked_one_by_one(write):
    """A program has a line and no arrays: that counts as not supported, in words."""
    program = load_solver(write(programs.RIGHT))
    try:
        with pytest.raises(Unsupported, match="one request after another"):
            Guarded(program).beside(kept, question("force"), question("force", 1))
    finally:
        program.close()


def test_limits_hold_beside_as_well():
    """A question beyond what is declared is not asked."""
    for limits, name in (
        ({"levels": 1}, "force"), ({"lists": False}, "transmission"),
        ({"families": ["bent_chain"]}, "driven"),
        ({"temperature": [3.0, None]}, "mode_rates"), ({"families": ["bent_chain"]}, "stiffness"),
        ({"temperature": [3.0, None]}, "driven"),
    ):  # fmt: skip
        solver = SimpleNamespace(name="x", limits=limits, **{name: lambda *_: 1 / 0})
        problem = next(
            p for p in drawn(f"contract.states.{name}", 12) if p.system.levels > 1 or name == "driven"
        )
        with pytest.raises(Unsupported):
            Guarded(solver).beside(states, posed(name, problem))


def test_every_function_at_rest_is_posed():
    """Each function of the tables gets a question whose answer has the promised shapes."""
    for name in (n for n in NAMES if n not in DYNAMICS):
        asked = question(name)
        found = answered(getattr(fast, name)(asked.problem, *asked.arguments), asked.fields)
        for part, shape in Guarded(fast).shapes(asked).items():
            assert np.shape(found[part]) == shape
