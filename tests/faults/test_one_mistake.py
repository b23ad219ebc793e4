"""A planted fault makes one mistake: to what does not show it the answer is right, and always a number."""

from __future__ import annotations

import numpy as np
import pytest

from electronwind import fast
from electronwind.validation.checks.motion.kinds import answer
from electronwind.validation.diagnosis.turning import plain
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.systems.call_questions import asked, posed_call
from electronwind.validation.systems.posed import posed
from electronwind.validation.under_test.guard import Guarded


@pytest.mark.parametrize("name", [name for name in FAULTS if name.startswith("stiffness-")])
def test_a_wrong_stiffness_is_a_number_for_every_family_and_place(name: str) -> None:
    """Not an error for want of second derivatives, for a batch, or for leads of another number than two."""
    row = plain("stiffness") | {"family": "object", "place": "several axes", "leads": "3+"}
    question = asked("stiffness", posed_call("stiffness", row, 0))
    assert np.all(np.isfinite(answer(Guarded(FAULTS[name].factory()), question)["value"]))


def test_a_frozen_potential_is_right_at_the_origin_of_many_coordinates() -> None:
    row = plain("self_consistent") | {"coordinates": "4+", "place": "origin"}
    question = asked("self_consistent", posed_call("self_consistent", row, 0))
    got, want = (
        answer(Guarded(solver), question)["force"]
        for solver in (FAULTS["screening-frozen-potential"].factory(), fast)
    )
    assert np.allclose(got, want, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("unit", ["usual", "tiny", "huge"])
@pytest.mark.parametrize("name", ["adjoint-before-width", "advanced-self-energy"])
def test_an_order_of_matrices_does_not_matter_for_one_level(name: str, unit: str) -> None:
    """What an integral leaves out beyond its ends is no second mistake, in whatever unit."""
    row = plain("density_matrix") | {"levels": "1", "entries": "real", "unit": unit}
    system = posed("density_matrix", row, 0).system
    got = FAULTS[name].factory().density_matrix(system)
    assert np.allclose(got, fast.density_matrix(system), rtol=0, atol=1e-12)
