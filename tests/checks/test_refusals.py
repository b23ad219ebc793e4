"""Problems without an answer: any error is right, and a number of whatever kind is wrong."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from electronwind import CALLS, OBSERVABLES, fast, reference
from electronwind.validation.campaigns.matrix import verdict
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.run.trial import run_check
from electronwind.validation.under_test import double
from electronwind.validation.work.effort import QUICK

ALL = [id for id, check in all_checks().items() if check.tier == "refuse"]
REFUSALS = [
    id for id in ALL if all_checks()[id].observables[0] in OBSERVABLES and "refuse.arguments" not in id
]
RUNS = [id for id in ALL if id not in REFUSALS]
# That a failure is one is the point, and not how small it gets.
BRIEF = replace(QUICK, shrinking=0.05, naming=0.0)


def answering(id, change):
    """A solver that offers what the check asks for, by another function."""
    (name,) = all_checks()[id].observables
    return SimpleNamespace(name="mine", **{name: lambda system: change(OBSERVABLES[name], system)})


def zeros(row, system):
    return np.zeros(row.shape(system, ()))


def refuse(error):
    def ask(*_, **__):
        raise error

    return ask


@pytest.mark.parametrize("id", REFUSALS)
def test_both_solvers_refuse(id):
    """What the checks expect to be refused is refused by the fast solver and by the reference."""
    assert verdict(id, fast, 4) == verdict(id, reference, 2) == "survived"


@pytest.mark.parametrize("id", REFUSALS)
def test_a_number_is_wrong_and_said_so(id):
    """A finite answer fails the check, in words that say what was expected."""
    record = run_check(all_checks()[id], answering(id, zeros), effort=BRIEF)

    assert record.status == "failed"
    assert "returned 0" in record.message
    assert "expected an error, since" in record.message


@pytest.mark.parametrize("id", REFUSALS)
def test_nan_is_no_refusal(id):
    """NaN in the place of an error is no usable answer."""
    found = run_check(all_checks()[id], answering(id, lambda r, s: zeros(r, s) * np.nan), effort=BRIEF)

    assert found.status == "crashed"
    assert "nan" in found.message


@pytest.mark.thin
@pytest.mark.parametrize("error", [ValueError("no"), NotImplementedError("no"), ZeroDivisionError("no")])
@pytest.mark.parametrize("id", REFUSALS)
def test_any_error_is_a_refusal(id, error):
    """No kind of error is asked for; what is not offered at all is not judged."""
    assert run_check(all_checks()[id], answering(id, refuse(error)), effort=BRIEF).status == "passed"
    assert run_check(all_checks()[id], SimpleNamespace(name="mine"), effort=BRIEF).status == "unsupported"


@pytest.mark.thin(most=8)
@pytest.mark.night("isolated.two_time_noise", "path.two_time_noise")
@pytest.mark.parametrize("id", RUNS)
def test_runs_are_refused_too(id):
    """The fast solver refuses every run that has no answer; each named mistake answers one."""
    assert verdict(id, fast, 1) == "survived"
    for name in all_checks()[id].catches:
        assert verdict(id, FAULTS[name].factory(), 1) == "failed"


@pytest.mark.slow
@pytest.mark.parametrize("id", RUNS)
def test_the_reference_refuses_runs_too(id):
    """So does the reference."""
    assert verdict(id, double.reference, 1) == "survived"


@pytest.mark.thin(most=8)
@pytest.mark.parametrize("id", RUNS)
def test_any_run_is_wrong_and_any_error_right(id):
    """Whatever is returned is no refusal, NaN included; no kind of error is asked for."""
    (name,) = all_checks()[id].observables
    fields = CALLS[name].fields if name in CALLS else {"value": ()}
    nothing = np.nan if "value" in fields else dict.fromkeys(fields, np.nan)

    answers = SimpleNamespace(name="mine", **{name: lambda *_, **__: nothing})
    record = run_check(all_checks()[id], answers, effort=BRIEF)
    assert record.status == "failed"
    assert "expected an error, since" in record.message
    for error in (ValueError("no"), NotImplementedError("no"), IndexError("no")):
        raises = SimpleNamespace(name="mine", **{name: refuse(error)})
        assert run_check(all_checks()[id], raises, effort=BRIEF).status == "passed"
