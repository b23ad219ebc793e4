"""What a failing user is told: the call that is wrong, and the planted fault that it is like."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from thinning import few

from electronwind import OBSERVABLES, OpenSystem, WideBandLead, fast
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.diagnosis.culprit import Culprit
from electronwind.validation.diagnosis.likeness import likely, sentence
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.faults.steady.direct import Direct
from electronwind.validation.run.trial import run_check
from electronwind.validation.systems.strategies import wide
from electronwind.validation.work.effort import Effort

# --- planted faults -------------------------------------------------------------------------------

EFFORT = Effort(dear=8, cheap=8, shrinking=0.3, naming=1.0)


class Mine(Direct):
    """A third party's solver: quadrature of its own, and no mistake."""

    name = "mine"


class Transposed(Mine):
    """Its friction has the velocity first."""

    def friction(self, system: OpenSystem) -> Any:
        """Exchange the indices."""
        return super().friction(system).T


class Swapped(Mine):
    """It reads the potentials of the first two leads the wrong way round."""

    def density_matrix(self, system: OpenSystem) -> Any:
        """Exchange them."""
        a, b, *rest = wide(system)
        one, two = (WideBandLead(x.broadening, y.mu, x.temperature) for x, y in ((a, b), (b, a)))
        return super().density_matrix(
            OpenSystem(system.hamiltonian, system.gradient, [one, two, *rest], system.degeneracy)
        )


class Spinless(Mine):
    """It has no spin factor in its white noise."""

    def white_noise(self, system: OpenSystem) -> Any:
        """Leave it out."""
        return super().white_noise(system) / system.degeneracy


class Noisy(Mine):
    """It is right to eight digits, and claims more."""

    def force(self, system: OpenSystem) -> Any:
        """Add what depends on the value in no simple way."""
        value = super().force(system)
        return value * (1 + 1e-8 * np.sin(1e5 * value + np.arange(value.size)))


def judged(id: str, solver: Any) -> Any:
    """Return the record of one check of the suite."""
    return run_check(all_checks()[id], solver, effort=EFFORT)


@pytest.mark.night("friction-transposed")
@pytest.mark.parametrize(
    ("id", "solver", "fault"),
    [
        ("cross.general.friction", Transposed(), "friction-transposed"),
        ("law.order.density_matrix", Swapped(), "swapped-potentials"),
        *(
            pytest.param(*more, marks=pytest.mark.slow)
            for more in (
                ("law.degeneracy.white_noise", Spinless(), "spin-dropped"),
                ("link.friction_response", Transposed(), "friction-transposed"),
                ("cross.general.force", Swapped(), "swapped-potentials"),
                ("cross.general.white_noise", Spinless(), "spin-dropped"),
            )
        ),
    ],
)
def test_planted_fault_is_recognised(id: str, solver: Any, fault: str) -> None:
    """A wrong solver that has the mistake of a planted fault is told so, in a law and a link too."""
    record = judged(id, solver)
    assert record.status == "failed"
    assert f" {fault} ({FAULTS[fault].says.rstrip('.')})" in record.message
    assert record.message.count(" planted fault") == 1


def test_right_but_noisy_solver_matches_nothing() -> None:
    """Lost digits are a failure that looks like no planted mistake."""
    for id in ("cross.general.force", "link.force_density"):
        record = judged(id, Noisy())
        assert record.status == "failed"
        assert "planted" not in record.message
        assert record.failure.call is not None


def test_call_that_is_wrong_is_found() -> None:
    """A law asks for several systems; the one that the solver has wrong is kept, and told by its likeness."""
    record = judged("law.degeneracy.white_noise", Spinless())
    assert " spin-dropped (" in record.message
    call = record.failure.call
    assert call.system["degeneracy"] > 1
    system = OpenSystem.from_dict(call.system)
    assert np.allclose(call.want, fast.white_noise(system))
    assert not np.allclose(call.want, Spinless().white_noise(system))


def test_answers_that_depend_on_history_have_no_culprit() -> None:
    """Where one question has two answers, no single call shows the failure."""
    record = judged("law.memory.force", FAULTS["depends-on-history"].factory())
    assert record.status == "failed"
    assert record.failure.call is None


class Tired(Mine):
    """Wrong, and gone when one system comes up too often."""

    def __init__(self, answers: int) -> None:
        self.answers = answers
        self.asked: Counter[str] = Counter()

    def density_matrix(self, system: OpenSystem) -> Any:
        """Answer so often."""
        key = system.to_json()
        self.asked[key] += 1
        if self.asked[key] > self.answers:
            raise RuntimeError("out of licences")
        return 1.5 * fast.density_matrix(system)


@pytest.mark.parametrize("answers", few([1, 2, 3, 4], 2))
def test_a_call_that_cannot_be_repeated_is_no_mistake_of_the_check(answers: int) -> None:
    """What fails when it is asked again stays a failure of the solver."""
    record = judged("law.full.density_matrix", Tired(answers))
    assert record.status == "failed"
    assert record.failure.call is None


def asked(name: str = "force") -> Culprit:
    """A call with a wrong answer, on a system that has nothing special."""
    system = OpenSystem(
        [[0.25, 0.5j], [-0.5j, -0.125]],
        [[[1, 0.25], [0.25, 0.5]], [[0, 1j], [-1j, 0.75]]],
        [WideBandLead([[0.5, 0], [0, 0.25]], 0.375, 0.1), WideBandLead([[0.25, 0], [0, 0.5]], -0.25, 0.2)],
        2,
    )
    want = np.asarray(getattr(fast, name)(system))
    return Culprit(name, system, (), 2 * want, want, 1.0, 1e-14)


def test_coinciding_faults_are_named_up_to_three() -> None:
    """Several mistakes may be alike: all are found, three are named, those of the check first."""
    names = likely(asked(), first=["force-doubled"])
    assert names[0] == "force-doubled"
    assert {"spin-squared", "force-squared-spin", "pi-for-two-pi"} < set(names)
    said = sentence(names)
    assert said.count("; ") == 2
    assert f", and {len(names) - 3} more." in said
    assert sentence([]) == ""


def test_likeness_is_bounded() -> None:
    """No time, a right answer or one that is no number: no match, and no error."""
    call = asked()
    assert call.want is not None
    assert likely(call, seconds=0.0) == []
    for got in (call.want, call.want * np.inf, None):
        with np.errstate(invalid="ignore"):
            assert likely(Culprit("force", call.system, (), got, call.want)) == []


def test_fault_that_raises_is_no_match(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong inside a fault stays there."""

    def breaks(system: OpenSystem) -> None:
        raise ArithmeticError

    fault = replace(FAULTS["force-doubled"], factory=lambda: SimpleNamespace(force=breaks))
    monkeypatch.setitem(FAULTS, "force-doubled", fault)
    assert "force-doubled" not in likely(asked())


def test_faults_leave_the_problem_alone() -> None:
    """Some planted faults write into their input: what is reported must not change under them."""
    call = asked()
    before = call.system.to_json()
    assert likely(call)
    assert call.system.to_json() == before


@pytest.mark.parametrize("name", few((n for n, row in OBSERVABLES.items() if not row.argument), 4))
def test_fast_solver_on_trial_is_no_fault(name: str) -> None:
    """Faults are made from the fast solver: where that is wrong itself, none of them is to blame."""
    call = asked(name)
    wrong = Culprit(name, call.system, (), call.want, 1.5 * np.asarray(call.want) + 0.01, 1.0, 1e-14)
    assert likely(wrong) == []
