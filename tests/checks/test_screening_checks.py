"""The checks of screened problems: their own formulas, and what a solver's answer may look like."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from electronwind import CALLS, OpenSystem, fast, models
from electronwind.dynamics import answered
from electronwind.functionals import Hubbard
from electronwind.validation.campaigns.matrix import verdict
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.checks.steady.screened_chain import corner_response
from electronwind.validation.run.trial import run_check
from electronwind.validation.under_test.guard import Guarded, Unsupported, WrongType
from electronwind.validation.work.effort import QUICK

CHAIN = {"hopping": -1.25, "decay": 0.8, "mu": [-0.8, -1.7]}
MODEL = models.bent_chain(-1.25, 0.8, (-0.8, -1.7))
FIELD = Hubbard([1], 2.0, 0.6)
SCREENED = [id for id, check in all_checks().items() if check.observables == ("self_consistent",)]


@pytest.mark.parametrize("level", [0.25, -0.125])
def test_the_response_of_a_corner_is_that_of_the_fast_solver(level: float) -> None:
    """Plane waves and the state that a low corner binds, against differences of the density matrix."""

    def charge(level: float, x: float, y: float) -> float:
        h = MODEL.hamiltonian([x, y]).copy()
        h[1, 1] += level
        system = OpenSystem(h, MODEL.gradient([x, y]), MODEL.leads, 2)
        return float(fast.density_matrix(system)[1, 1].real)

    step = 1e-4
    found, slopes = corner_response({"chain": CHAIN}, level)

    assert found == pytest.approx(charge(level, 0.0, 0.0), abs=1e-13)
    for k, unit in enumerate(np.eye(3)):
        moved = [charge(*(np.array([level, 0.0, 0.0]) + side * step * unit)) for side in (1, -1)]
        assert slopes[k] == pytest.approx((moved[0] - moved[1]) / (2 * step), abs=1e-7)


def answering(change: Any) -> Guarded:
    """Return a guarded solver whose result is that of the fast one, made into something else."""

    def self_consistent(model: Any, functional: Any, x: Any) -> Any:
        return change(fast.self_consistent(model, functional, x))

    return Guarded(SimpleNamespace(name="other", self_consistent=self_consistent))


def test_the_gradient_is_that_of_the_system_of_the_result() -> None:
    """A result has it in its system, or by itself, as attributes or in a table; one without is told."""
    right = fast.self_consistent(MODEL, FIELD, [0.0, 0.0])
    shapes = {
        "attributes": lambda found: found,
        "a table": vars,
        "by itself": lambda found: {"gradient": found.system.gradient, "converged": True},
    }
    for words, change in shapes.items():
        found = answering(change).self_consistent(MODEL, FIELD, [0.0, 0.0])
        np.testing.assert_array_equal(found.gradient, right.system.gradient, err_msg=words)
        assert found.converged == 1.0
    bare = answering(lambda found: {"force": found.force}).self_consistent(MODEL, FIELD, [0.0, 0.0])
    with pytest.raises(Unsupported, match="no gradient"):
        _ = bare.gradient


def test_only_a_status_says_yes_or_no() -> None:
    """Truth values are no numbers elsewhere."""
    with pytest.raises(WrongType, match="force"):
        answering(lambda found: {"force": found.force > 0}).self_consistent(MODEL, FIELD, [0.0, 0.0])


def test_a_solver_that_never_converges_is_caught() -> None:
    """Saying so of a problem that has a state is no way out."""
    never = SimpleNamespace(
        name="never",
        self_consistent=lambda *given: vars(fast.self_consistent(*given)) | {"converged": False},
    )
    assert verdict("law.screening.equation", never, 1) == "failed"


@pytest.mark.slow
@pytest.mark.parametrize("id", SCREENED)
def test_errors_within_a_claim_need_not_be_hermitian(id: str) -> None:
    """What a check makes of an answer takes its errors as they come."""
    errors = np.random.default_rng(1)

    def noisy(value: Any) -> Any:
        value = np.array(value)
        return value * (1 + 1e-8 * errors.uniform(-1, 1, value.shape)) if value.dtype.kind in "fc" else value

    def self_consistent(*given: Any) -> Any:
        fields = CALLS["self_consistent"].fields
        return {
            field: noisy(value) for field, value in answered(fast.self_consistent(*given), fields).items()
        }

    solver = SimpleNamespace(name="noisy", accuracy=1e-8, time_accuracy=1e-8, self_consistent=self_consistent)
    record = run_check(all_checks()[id], solver, effort=replace(QUICK, shrinking=0.0, naming=0.0))
    assert record.status in ("passed", "unsupported"), record.message
