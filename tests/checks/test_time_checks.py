"""The checks of junctions in motion on trial: what they draw, catch, let pass, and how often they err."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import HealthCheck, given

from electronwind import (
    DYNAMICS,
    DrivenRun,
    OpenSystem,
    Oscillation,
    Straight,
    WideBandLead,
    fast,
    models,
    path_from_dict,
)
from electronwind.validation.campaigns.matrix import MANY, SOME, verdict
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.checks.motion.tools import Setting, observed, run, setting, size
from electronwind.validation.core.check import Comparison, Problem
from electronwind.validation.core.record import plain
from electronwind.validation.core.tolerances import decay, tolerance
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.faults.motion.stepping import Stepping
from electronwind.validation.numerics.matrices import spectral
from electronwind.validation.numerics.quadrature import grid, rules
from electronwind.validation.systems import motion as motion_strategies
from electronwind.validation.systems import strategies
from electronwind.validation.truth.oracle import run_agreement
from electronwind.validation.under_test.guard import Guarded
from electronwind.validation.under_test.judging import judge_problem

CHECKS = {id: check for id, check in all_checks().items() if set(check.observables) & set(DYNAMICS)}
FAMED = {name: sum(name in check.catches for check in CHECKS.values()) for name in FAULTS}
# Its fixed window of energies does not follow the energies of these checks.
FIXED = {"law.unit.driven", "analytic.full.driven"}

few = hypothesis.settings(
    max_examples=10, deadline=None, database=None, derandomize=True,
    suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType] - an enum is a list of its members
)  # fmt: skip


def few_of(id: str) -> int:
    """Return how many problems of a check are tried by day: runs of two times take long."""
    return 2 if CHECKS[id].cost == "cheap" and "two_time_noise" not in CHECKS[id].observables else 1


def caught(id: str, name: str) -> bool:
    return any(verdict(id, FAULTS[name].factory(), count) == "failed" for count in (few_of(id), SOME, MANY))


# --- each check -----------------------------------------------------------------------------------


def rarest(id: str) -> str:
    """Return the fault of a check that the fewest checks name."""
    return min(CHECKS[id].catches, key=lambda name: (FAMED[name], name))


# Those of the last two tiers have tests of their own.
ELSEWHERE = ("cross", "statistical", "contract", "refuse")
CHEAP = sorted(id for id in CHECKS if not id.startswith(ELSEWHERE))


# Of the noise along a path, which takes ten times as long as another run, by day only few.
DEAR = (
    "one_level",
    "basis",
    "particle_hole",
    "positive",
    "twin",
    "link.rest",
    "spectrum",
    "white",
    "balance",
)
DEAR = (*DEAR, "clock", "coordinates", "split")


# The rarest mistake of these shows on few problems: by night all that they name is on trial.
LATE = {
    "analytic.free.ehrenfest", "law.clock.ehrenfest", "law.unit.driven", "law.waiting.driven",
    "link.causal.driven", "link.continuity.driven", "link.order.driven", "link.pauli.driven",
    "link.response.driven", "link.start.driven", "link.wire.trajectory",
}  # fmt: skip


# One test, so that the problems are drawn once. By day each family of checks and each run occurs.
@pytest.mark.night(
    *(f"{family}-two_time_noise" for family in DEAR),
    "curvilinear-two_time_noise",
    "delays-two_time_noise",
    "steps-driven",
    "unitary-driven",
    "slow-driven",
    "callable-driven",
)
@pytest.mark.thin
@pytest.mark.parametrize(("family", "of"), [id.rpartition(".")[::2] for id in CHEAP])
def test_the_fast_solver_passes_and_the_rarest_named_mistake_does_not(family: str, of: str) -> None:
    """Nothing stops what is right; what hardly any other check names is caught by the one that does."""
    id = f"{family}.{of}"
    assert verdict(id, fast, few_of(id)) == "survived"
    assert id in LATE or caught(id, rarest(id))


@pytest.mark.slow
@pytest.mark.parametrize("id", sorted(CHECKS))
def test_every_named_mistake_is_caught(id: str) -> None:
    """A check catches all that it claims to catch."""
    assert not [name for name in CHECKS[id].catches if not caught(id, name)]


@pytest.mark.slow
@pytest.mark.parametrize("id", sorted(CHECKS))
def test_fast_solver_passes_at_length(id: str) -> None:
    """The fast solver passes on many problems, against the reference as well."""
    assert verdict(id, fast, SOME) == "survived"


@pytest.mark.slow
@pytest.mark.parametrize("id", sorted(id for id in CHECKS if id.endswith("driven") and id not in FIXED))
def test_independent_solver_passes(id: str) -> None:
    """A solver that propagates A(w, t) on a grid of energies passes, too."""
    assert verdict(id, Stepping(), 2) == "survived"


# --- what is drawn --------------------------------------------------------------------------------


@few
@given(motion_strategies.motions(strategies.systems((1, 2), (1, 2), (2, 2))))
def test_a_problem_in_motion_survives_json(problem: Problem) -> None:
    """The path that a stored failure names is the path that was drawn."""
    stored = json.loads(json.dumps(plain(problem.numbers)))
    path, again = (path_from_dict(numbers["path"]) for numbers in (problem.numbers, stored))
    for t in problem.numbers["times"]:
        assert np.array_equal(path(t), again(t))
        assert path(t).shape == (problem.system.coordinates,)


@few
@given(motion_strategies.bodies(strategies.systems((1, 1), (1, 2), (2, 2))))
def test_a_body_fits_its_junction(problem: Problem) -> None:
    """Masses, springs and starts have one entry per coordinate."""
    given = setting(problem)
    assert given.body is not None
    assert given.body.mass.shape == given.start[0].shape == (problem.system.coordinates,)


@few
@given(motion_strategies.forgetful(least=0.75))
def test_forgetful_junctions_forget(system: OpenSystem) -> None:
    """Every mode decays at the rate asked for."""
    assert decay(system) >= 0.75 - 1e-12


# --- tools ----------------------------------------------------------------------------------------

ONE = OpenSystem([[0.25]], [[[0.5]]], [WideBandLead([[1.0]], 0.1, 0.2), WideBandLead([[0.5]], -0.2, 0.2)], 2)


def test_nodes_integrate_polynomials() -> None:
    """The rule is exact for what Gauss promises, on pieces as on the whole."""
    x, w = grid(0.5, 2.0, 3, 4)
    assert w @ x**7 == pytest.approx((2.0**8 - 0.5**8) / 8, rel=1e-13)


def test_two_rules_share_their_times() -> None:
    """Both rules are exact for what Gauss promises, over all spans; a kink tells them apart."""
    t, weights = rules((0.0, 0.5, 2.0), 4)
    assert np.all(np.diff(t) > 0)
    assert weights @ t**7 == pytest.approx([2.0**8 / 8] * 2, rel=1e-13)
    fine, coarse = weights @ np.abs(t - 0.7)
    assert abs(fine - (0.7**2 + 1.3**2) / 2) <= abs(fine - coarse)


def test_a_field_is_measured_against_what_it_is_made_of() -> None:
    """A current that cancels is measured against the broadening, a position against a tenth."""
    assert size("driven", "current", ONE, [0.0]) == pytest.approx(2.0)
    assert size("ehrenfest", "position", ONE, [0.0]) == pytest.approx(0.1)
    assert size("ehrenfest", "position", ONE, [3.0, -4.0]) == pytest.approx(4.0)


def test_the_stepping_solver_is_right() -> None:
    """The grid of energies gives the state at rest to many digits."""
    given = Setting(models.tangent(ONE), (0.0, 2.0), Straight([0.5], [0.0]))
    found = observed(Guarded(Stepping()), "driven", given)
    here = given.model.at([0.5])
    assert spectral(here)[0, 0].real == pytest.approx(0.5)
    for field in ("density_matrix", "force", "current"):
        assert found[field][1] == pytest.approx(getattr(fast, field)(here), abs=1e-8)


def test_a_logarithm_is_no_lower_order() -> None:
    """Where the error falls as dt^4 log(1/dt) an order of 3.5 is seen, and a second order is told from it."""
    up = [[1.40625, 0.265625 - 1.015625j], [0.265625 + 1.015625j, 0.96875]]
    down = [[1.453125, 0.28125 + 0.984375j], [0.28125 - 0.984375j, 0.796875]]
    system = OpenSystem(
        [[0.375, 1.0625 + 0.25j], [1.0625 - 0.25j, -0.9375]],
        [
            [[-0.625, -1.0625 - 0.0625j], [-1.0625 + 0.0625j, 0.6875]],
            [[-1.5, -0.25 + 0.4375j], [-0.25 - 0.4375j, -0.5625]],
        ],
        [WideBandLead(up, -0.875, 0.2), WideBandLead(down, 1.0, 0.5)],
        degeneracy=2,
    )
    swing = Oscillation([0.0, 0.0], [0.5, 0.375], 1.5)
    problem = Problem(system, {"path": swing.to_dict(), "times": [0.0, 0.5]})

    def passes(solver: Any) -> bool:
        judged = judge_problem(CHECKS["link.order.driven"], Guarded(solver), problem, tolerance)
        return all(comparison.error <= allowed for comparison, allowed in judged)

    def ends(**how: Any) -> Any:
        return fast.driven(models.tangent(system), swing, [0.0, 0.5], **how).density_matrix[-1]

    right = ends(accuracy=1e-13)
    errors = [16**k * np.linalg.norm(ends(order=4, step=2.0**-k) - right) for k in range(6, 10)]
    # In units of dt^4 what each halving adds stays the same, and does not fade as a power would.
    assert np.diff(errors) == pytest.approx(np.full(3, np.diff(errors)[-1]), rel=0.1)
    assert errors[-1] > 1.5 * errors[0]
    # So that it is judged where its steps err by little more than it claims.
    sure = SimpleNamespace(driven=fast.driven, orders=fast.orders, time_accuracy=1e-10)
    assert passes(sure)
    assert not passes(FAULTS["fourth-order-is-second"].factory())


def test_a_truth_that_fails_is_no_fault_of_the_solver() -> None:
    """Where our own solvers raise, the check is blamed, and not the solver under test."""

    def ask(house: Any, **_: Any) -> Any:
        path = SimpleNamespace()
        return run(house, "driven", Setting(models.tangent(ONE), (0.0, 1.0), lambda t: path.missing))

    with pytest.raises((RuntimeError, AttributeError)):
        run_agreement(Stepping(), {"run": "a path that fails"}, ask, {}, lambda got, want: [], 1)


def test_the_arbiter_overrules_the_fast_solver() -> None:
    """A solver that is right where the fast one is wrong passes: the word of the reference counts."""
    given = Setting(models.tangent(ONE), (0.0, 0.5), Straight([0.0], [0.25]))
    asked: list[str] = []

    def ask(house: Any, **options: Any) -> Any:
        asked.append(house.name)
        fields = observed(house, "driven", given, **options)
        return fields if house.name == "reference" else {key: 2 * value for key, value in fields.items()}

    right = observed(Guarded(fast), "driven", given)

    def against(got: Any, want: Any) -> list[Comparison]:
        return [Comparison("driven", got["force"], want["force"], 1.0, "run")]

    mine = SimpleNamespace(name="mine", time_accuracy=1e-6)
    (verdict_,) = run_agreement(mine, {"run": "straight at 0.25"}, ask, right, against, 1)
    assert asked == ["fast", "reference"]
    assert verdict_.error < 1e-7


# --- sequential tests -----------------------------------------------------------------------------


def test_a_result_is_any_object_with_the_fields() -> None:
    """A solver may return its own kind of result, and leave out what it has not."""

    def driven(model: Any, path: Any, times: Any) -> Any:
        found = fast.driven(model, path, times)
        return DrivenRun(found.times, found.density_matrix, found.force, found.current, 0.0)

    assert verdict("link.force.driven", SimpleNamespace(name="own", driven=driven), 2) == "survived"
