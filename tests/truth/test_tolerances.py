"""The tolerance table: honest about rounding, and not a bit more generous."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from electronwind import DYNAMICS, OBSERVABLES, OpenSystem, WideBandLead, fast, models
from electronwind.models import single_level
from electronwind.validation.checks.motion.tools import size
from electronwind.validation.core.check import Comparison
from electronwind.validation.core.tolerances import condition, digits, natural, slack, tolerance
from electronwind.validation.systems.cases import CASES
from electronwind.validation.truth import oracle
from electronwind.validation.truth.oracle import agreement, arbitrate, truth

EPS = np.finfo(float).eps


def argument(name: str) -> tuple[float, ...]:
    return (0.0625,) if OBSERVABLES[name].argument else ()


PAIRS = [(name, case) for name in OBSERVABLES for case in CASES.values() if case.has(name, 0.0625)]


def scaled(factor: float) -> Any:
    """The fast solver, all of its values off by a factor."""
    functions = {
        name: lambda system, *a, name=name: np.asarray(getattr(fast, name)(system, *a)) * factor
        for name in OBSERVABLES
    }
    return SimpleNamespace(name="scaled", **functions)


@pytest.mark.thin
@pytest.mark.parametrize(("name", "case"), PAIRS, ids=lambda x: getattr(x, "name", x))
def test_relative_error_of_1e_9_never_passes(name: str, case: Any) -> None:
    """A value that is off by 1e-9 of itself is beyond every tolerance on the systems of the papers."""
    # The noise that is left is far below the smallest of the values that the papers plot.
    value = np.asarray(getattr(fast, name)(case.system, *argument(name)))
    if np.max(np.abs(value)) <= 1e-12 * natural(name, case.system):
        pytest.skip("the value is zero by symmetry")
    scale, kappa = condition(name, case.system, *argument(name))
    wrong = Comparison(name, value * (1 + 1e-9), value, scale, condition=kappa)
    assert wrong.error > tolerance(wrong, case.system.levels)


@pytest.mark.night("force_noise", "force_correlation", "response")
@pytest.mark.parametrize("name", OBSERVABLES)
def test_cross_check_refuses_1e_9_and_accepts_rounding(name: str) -> None:
    """Held against the truth, a relative error of 1e-9 fails and one of rounding passes."""
    system = CASES["stretch-and-turn/2,1"].system
    for factor, passes in ((1 + 1e-9, False), (1 + 2 * EPS, True)):
        comparison = agreement(scaled(factor), name, system, *argument(name))
        assert (comparison.error <= tolerance(comparison, 2)) == passes


def test_fast_solver_is_held_against_the_reference_and_others_against_it() -> None:
    """The reference vouches for the fast solver, and the fast solver for all others."""
    system = CASES["two-level/-0.2"].system
    assert truth(fast, "force", system).who == "reference"
    assert truth(SimpleNamespace(name="mine"), "force", system).who == "fast"


def test_reference_decides_where_a_solver_and_the_fast_one_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A solver that is right where the fast one is wrong is told that it is right."""
    system = CASES["two-level/-0.2"].system
    right = arbitrate("force", system).value
    monkeypatch.setattr(fast, "force", lambda system: 1.001 * right)
    solver = SimpleNamespace(name="mine", force=lambda system: right)
    assert agreement(solver, "force", system).error == 0


def test_reference_is_asked_once_per_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the reference said of a system is kept."""
    system = CASES["single-level/edge"].system
    first = arbitrate("current", system)
    monkeypatch.setattr(oracle, "DIGITS", 0)
    assert arbitrate("current", system) is first


def test_value_that_cancels_is_measured_against_its_natural_size() -> None:
    """The curl at equilibrium has a scale, though it is zero."""
    system = CASES["stretch-and-turn/2,1"].system
    leads = [WideBandLead(lead.broadening, 0.0, 0.01) for lead in system.leads]
    still = OpenSystem(system.hamiltonian, system.gradient, leads)
    scale, kappa = condition("curl", still)
    assert np.max(np.abs(fast.curl(still))) < 1e-12
    assert scale == natural("curl", still) > 1e-3
    assert kappa >= 1


def test_sharper_fermi_edges_are_worse_conditioned() -> None:
    """The condition number grows as temperature and broadening fall."""
    kappas = [
        condition("friction", single_level(temperature=(t, t), broadening=(t, t)).at(1.2))[1]
        for t in (1e-1, 1e-2, 1e-3)
    ]
    assert kappas == sorted(kappas)
    assert kappas[-1] > 10 * kappas[0]


def test_condition_does_not_depend_on_chance_or_on_history() -> None:
    """Asked twice, the condition number is the same."""
    model = single_level()
    one, two = (condition("white_noise", model.at(0.5)) for _ in range(2))
    assert one == two


def test_condition_of_a_batch_is_that_of_its_worst_member() -> None:
    """A batch is as hard as its hardest member."""
    model = single_level()
    alone = max(condition("force", model.at([x]))[1] for x in (0.0, 1.2))
    # The random directions differ from those of the single systems.
    assert 0.1 * alone < condition("force", model.at([[0.0], [1.2]]))[1] < 10 * alone


def test_rows_of_the_table() -> None:
    """Each kind of comparison has its row, and a claim of accuracy widens it tenfold."""
    value = Comparison("force", 0.0, 0.0, 1.0, condition=10.0)
    exact = Comparison("force", 0.0, 0.0, 1.0, "exact", condition=10.0)
    assert tolerance(value, 3) == 640 * EPS
    assert tolerance(exact, 3) == 3 * tolerance(value, 3)
    assert tolerance(value, 3, accuracy=1e-6) == pytest.approx(1e-5)
    system = CASES["two-level/-0.2"].system
    assert slack("force", system, accuracy=1e-6) == pytest.approx(1e-5 * condition("force", system)[0])


@pytest.mark.parametrize(("error", "want"), [(0.0, 15.95), (1e-3, 3.0), (1e-20, 15.95), (7.0, 0.0)])
def test_digits(error: float, want: float) -> None:
    """Digits are the negative logarithm of the error, between none and those of double precision."""
    assert digits(error) == pytest.approx(want)


@pytest.mark.parametrize("name", OBSERVABLES)
def test_a_row_has_the_dimension_of_its_values(name: str) -> None:
    """Twice the energies, and three times the gradients, give the powers that the table states."""
    row = OBSERVABLES[name]

    def value(energy: float, steepness: float) -> np.ndarray:
        h = energy * np.array([[0.5, 0.25 - 0.125j], [0.25 + 0.125j, -0.25]])
        gradient = energy * steepness * np.array([[[1, 0.5j], [-0.5j, 0]], [[0, 1], [1, -1]]])
        leads = [
            WideBandLead(energy * np.diag([0.5, 0.25]), energy * 0.5, energy * 0.125),
            WideBandLead(energy * np.array([[0.25, 0.125], [0.125, 0.25]]), -energy * 0.25, energy * 0.25),
        ]
        argument = (0.25 * energy**row.argument_power,) if row.argument else ()
        return np.asarray(getattr(fast, name)(OpenSystem(h, gradient, leads), *argument))

    plain = value(1.0, 1.0)
    assert np.max(np.abs(plain)) > 1e-3
    assert value(2.0, 1.0) == pytest.approx(2.0 ** sum(row.dimension.values()) * plain, rel=1e-9, abs=1e-12)
    assert value(1.0, 3.0) == pytest.approx(3.0 ** row.dimension.get("force", 0) * plain, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", DYNAMICS)
def test_every_field_of_a_run_has_a_size(name: str) -> None:
    """A field of which the table does not say what it is like cannot be judged."""
    row, system = DYNAMICS[name], models.two_level().at(0.25)
    assert set(row.like) == set(row.fields)
    assert all(size(name, field, system) > 0 for field in row.fields)
    assert row.begins in row.arguments
