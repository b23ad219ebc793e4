"""The planted faults on trial: each is found, and the command says so where one is not."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from electronwind import DYNAMICS, NAMES, OBSERVABLES, STATICS, fast, models
from electronwind.solvers import offers
from electronwind.validation.campaigns import matrix
from electronwind.validation.checks.tools import ask
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.faults.registry import plant
from electronwind.validation.faults.steady.closed import Closed
from electronwind.validation.faults.steady.direct import Direct
from electronwind.validation.faults.steady.surface import Surface
from electronwind.validation.faults.steady.viscous import CentralTime
from electronwind.validation.run.runner import BAD, validate
from electronwind.validation.under_test.guard import Guarded, SolverFault, Unsupported


def test_the_catalogue_is_large_and_says_what_is_wrong():
    """Each fault has a sentence, a source, and observables that exist."""
    assert len(FAULTS) >= 90
    assert sum(fault.kind == "software" for fault in FAULTS.values()) >= 25
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert fault.says.endswith(".")
        assert fault.source
        assert set(fault.observables) <= set(NAMES)


def test_a_fault_replaces_only_what_it_says():
    """All other functions of a wrong solver are those of the fast one."""
    for fault in FAULTS.values():
        wrong = fault.factory()
        kind = DYNAMICS if set(fault.observables) <= set(DYNAMICS) else (*OBSERVABLES, *STATICS)
        offered = [name for name in kind if hasattr(wrong, name)]
        changed = {name for name in offered if getattr(wrong, name) is not getattr(fast, name)}
        assert changed == set(fault.observables), fault.name


def test_a_fault_offers_runs_or_observables():
    """A mistake in time is not asked for observables of a system, nor the other way round."""
    for fault in FAULTS.values():
        found = set(offers(fault.factory()))
        rest = found - set(STATICS)
        assert rest in (set(), set(DYNAMICS), set(OBSERVABLES)), fault.name


@pytest.mark.parametrize("most", [1, pytest.param(None, marks=pytest.mark.slow)])
def test_every_fault_of_an_observable_answers_a_plain_question(most):
    """It gives a number, wrong or not, or none, which the guard has words for."""
    system = models.two_level(temperature=(0.05, 0.1)).at([0.2])
    asked = 0
    for fault in FAULTS.values():
        guarded = Guarded(fault.factory())
        for name in sorted(set(fault.observables) & set(OBSERVABLES))[:most]:
            argument = [0.3] if OBSERVABLES[name].argument else []
            with contextlib.suppress(SolverFault, Unsupported):
                assert np.all(np.isfinite(getattr(guarded, name)(system, *argument))), fault.name
                asked += 1
    assert asked > 200


def test_a_name_is_planted_once():
    """Two faults cannot share a name."""
    with pytest.raises(ValueError, match="the name is taken"):
        plant("force-sign", "Again.", dict, (), source="none")


# Noise along a path, and one start for a whole batch: seen only by checks that a quick run leaves out.
LONG = {
    "langevin-first-start", "langevin-noise-of-the-first", "langevin-noise-of-the-start",
    "memory-band-bottom",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(FAULTS) - LONG))
def test_one_quick_run_finds_it(name):
    """A user who runs `validate --quick` once, with the default seed, sees the mistake."""

    def enough(report, record):
        if record.status in BAD:
            raise KeyboardInterrupt

    report = validate(FAULTS[name].factory(), quick=True, on_record=enough)
    assert any(record.status in ("failed", "crashed") for record in report.records)


UNSPOILT = {
    "direct": (Direct(), "law.split", set(OBSERVABLES)),
    "central time": (CentralTime(), "law.split", {"friction"}),
    "closed": (Closed(), "law.split", {"density_matrix", "force", "bond_current", "curl", "response"}),
    "surface": (
        Surface(), "law.longer_chain", {"density_matrix", "force", "bond_current", "curl", "current"},
    ),
}  # fmt: skip


@pytest.mark.night("direct", "closed")
@pytest.mark.parametrize("name", UNSPOILT)
def test_what_carries_the_mistakes_is_right_without_one(name):
    """Solvers of their own, into which mistakes are put, agree with the fast one as they are."""
    solver, law, names = UNSPOILT[name]
    for observable in sorted(names):
        drawn = matrix.drawn(f"{law}.{observable}", 16)
        # All but the surface are made for wide bands.
        taken = [problem for problem in drawn if name == "surface" or problem.system.wide_band][:4]
        assert len(taken) == 4
        for problem in taken:
            got = ask(solver, observable, problem)
            want = ask(fast, observable, problem)
            assert got == pytest.approx(want, rel=1e-11, abs=1e-11)
