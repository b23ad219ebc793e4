"""The caller's side: careless callers are told apart from wrong solvers, and unusual solvers are let be."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import programs
import pytest

import _electronwind_pytest
import electronwind.validation.report as report
from electronwind import CALLS, NAMES, OBSERVABLES, fast
from electronwind.dynamics import answered
from electronwind.validation.campaigns.matrix import drawn, verdict
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.checks.contract.growth import MATTERS, rising
from electronwind.validation.core.check import TIERS
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.run.trial import run_check
from electronwind.validation.under_test.answers import Misbehaved
from electronwind.validation.work.effort import QUICK

write = programs.write

CONTRACT = {id: check for id, check in all_checks().items() if check.tier == "contract"}
LAWS = sorted({id.split(".")[1] for id in CONTRACT})
# Quick functions of several kinds for each law; all of them, and growth, by night.
BY_DAY = [
    f"contract.{law}.{name}"
    for law in LAWS
    for name in ("force", "transmission", "jellium_curl")
    if f"contract.{law}.{name}" in CONTRACT and law != "growth"
]


def names_of(law):
    return {id.split(".")[2] for id in CONTRACT if id.startswith(f"contract.{law}.")}


def test_every_function_is_held_to_every_law():
    """What has arguments is given them in every form; all else holds for every function."""
    for law in ("kept", "threads", "states"):
        assert names_of(law) == set(NAMES)
    assert names_of("forms") == {n for n in NAMES if n in CALLS or OBSERVABLES[n].argument}
    assert names_of("growth") >= set(OBSERVABLES)


def test_the_lists_of_tiers_agree():
    """The schema of reports and the plugin of pytest know every tier."""
    schema = json.loads((Path(report.__file__).parent / "report.schema.json").read_text())

    assert schema["$defs"]["record"]["properties"]["tier"]["enum"] == list(TIERS)
    assert _electronwind_pytest.TIERS == TIERS


@pytest.mark.parametrize("id", BY_DAY)
def test_right_is_let_pass_and_each_named_mistake_is_not(id):
    """The fast solver keeps the contract; every mistake that the check is for breaks it."""
    assert verdict(id, fast, 1) == "survived"
    for name in CONTRACT[id].catches:
        assert verdict(id, FAULTS[name].factory(), 3) == "failed", name


# --- right, and unusual ---------------------------------------------------------------------------


def parts(name, result):
    return answered(result, CALLS[name].fields if name in CALLS else ("value",))


def dressed(change):
    """The fast solver with every array of every answer changed in form."""

    def ask(name, *given, **options):
        answer = parts(name, getattr(fast, name)(*given, **options))
        found = {field: change(np.array(value)) for field, value in answer.items()}
        return found.get("value", found)

    return {name: partial(ask, name) for name in NAMES}


def strided(value):
    wide = np.zeros((*value.shape, 2), dtype=value.dtype)
    wide[..., 0] = value
    return wide[..., 0]


def fixed(value):
    value.setflags(write=False)
    return value


def claimed(claim):
    """Errors of a claim, from a generator of its own that threads share."""
    generator, lock = np.random.default_rng(1), threading.Lock()

    def change(value):
        if value.dtype.kind not in "fc":
            return value
        with lock:
            error = generator.uniform(-1, 1, value.shape)
        return value * (1 + claim * error)

    return change


def remembering():
    """A cache of some answers, of which every caller gets a copy."""

    def ask(name, problem, *given, **options):
        return getattr(fast, name)(problem, *given, **options)

    def observable(name):
        @lru_cache(maxsize=16)
        def known(system, *point):
            return getattr(fast, name)(system, *(np.array(p) for p in point))

        def call(system, *point):
            return known(system, *(p if np.ndim(p) == 0 else tuple(p) for p in point)).copy()

        return call

    return {n: observable(n) if n in OBSERVABLES else partial(ask, n) for n in NAMES}


def slow():
    def ask(name, *given, **options):
        time.sleep(2e-3)
        return getattr(fast, name)(*given, **options)

    return {name: partial(ask, name) for name in NAMES}


def threaded():
    pool = ThreadPoolExecutor(2)

    def ask(name, *given, **options):
        return pool.submit(partial(getattr(fast, name), *given, **options)).result()

    return {name: partial(ask, name) for name in NAMES}


def strict():
    """Takes numbers of Python and arrays of doubles side by side in memory, and nothing else."""

    def ask(name, problem, *given, **options):
        for value in given:
            for leaf in value if isinstance(value, tuple) else (value,):
                plain = type(leaf) is float or not isinstance(
                    leaf, (int, float, list, np.ndarray, np.generic)
                )
                if not plain and not (
                    isinstance(leaf, np.ndarray) and leaf.dtype.str == "<f8" and leaf.flags.carray
                ):
                    raise TypeError(f"not an array of doubles: {type(leaf)}")
        return getattr(fast, name)(problem, *given, **options)

    return {name: partial(ask, name) for name in NAMES}


def alone(name):
    """Refuses, by a wrong number, who asks from another thread."""

    def ask(*given, **options):
        if threading.current_thread() is not threading.main_thread():
            return 0.0
        return getattr(fast, name)(*given, **options)

    return ask


UNUSUAL = {
    "in the order of Fortran": lambda: dressed(lambda v: v.copy(order="F")),
    "with gaps": lambda: dressed(strided),
    "lists": lambda: dressed(lambda v: v.tolist()),
    "read-only views": lambda: dressed(lambda v: fixed(v)[...]),
    "objects": lambda: dressed(lambda v: v.astype(object) if v.ndim else v),
    "noise at 1e-3": lambda: dressed(claimed(1e-3)) | {"accuracy": 1e-3, "time_accuracy": 1e-3},
    "noise at 1e-8": lambda: dressed(claimed(1e-8)) | {"accuracy": 1e-8, "time_accuracy": 1e-8},
    "noise at 1e-14": lambda: dressed(claimed(1e-14)) | {"accuracy": 1e-14},
    "a cache": remembering,
    "slow": slow,
    "threads inside": threaded,
    "strict about types": strict,
    "small": lambda: dressed(np.array) | {"limits": {"levels": 1, "coordinates": 2, "complex": False}},
    "single": lambda: dressed(np.array) | {"limits": {"batch": False, "lists": False, "chains": False}},
    "one thread": lambda: {name: alone(name) for name in NAMES} | {"limits": {"threads": False}},
    "a family": lambda: dressed(np.array) | {"limits": {"families": ["tangent"], "temperature": [0.1, None]}},
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_is_right_and_unusual_is_no_alarm(name):
    """A solver may answer in any form, err as it claims, remember, be slow, and decline what it declares."""
    for law in ("forms", "kept", "threads", "states"):
        check = CONTRACT[f"contract.{law}.transmission"]
        record = run_check(check, SimpleNamespace(name=name, **UNUSUAL[name]()), effort=QUICK)
        assert record.status in ("passed", "unsupported"), record.message


@pytest.mark.slow
@pytest.mark.parametrize("id", sorted(CONTRACT))
def test_no_alarm_for_any_function(id):
    """Likewise for every function."""
    for name, make in UNUSUAL.items():
        record = run_check(CONTRACT[id], SimpleNamespace(name=name, **make()), effort=QUICK, seed=1)
        assert record.status in ("passed", "unsupported"), (name, record.message)


def alarms(name, solver, seed=0):
    """What the checks of a quick run say that fall to this solver with this seed: others with each."""
    turn = list(UNUSUAL).index(name) + seed
    chosen = [check for check in all_checks().values() if check.cost != "long"]
    hasty = replace(QUICK, shrinking=0.0, naming=0.0)
    records = [
        run_check(check, solver, effort=hasty, seed=seed)
        for check in chosen[-turn % len(UNUSUAL) :: len(UNUSUAL)]
    ]
    assert sum(record.status != "unsupported" for record in records) > len(records) / 4
    return [(r.id, r.message) for r in records if r.status not in ("passed", "unsupported")]


@pytest.mark.slow
@pytest.mark.parametrize("name", UNUSUAL)
def test_no_check_of_a_quick_run_takes_the_unusual_for_wrong(name):
    """Each check of a quick run is posed to one of them: what is right in any form is no alarm."""
    assert alarms(name, SimpleNamespace(name=name, **UNUSUAL[name]())) == []


@pytest.mark.slow
def test_who_errs_more_than_claimed_is_an_alarm():
    """The same errors without the claim are found by those very checks."""
    assert alarms("noise at 1e-3", SimpleNamespace(name="careless", **dressed(claimed(1e-3))))


# --- what is said ---------------------------------------------------------------------------------


SAID = [
    ("contract.forms.transmission", "integer-results", "given whole numbers"),
    ("contract.forms.transmission", "strides-ignored", "given every other entry of a longer array"),
    ("contract.kept.force", "one-output-buffer", "read again after the next call"),
    ("contract.kept.force", "cache-handed-out", "asked again once its answer was written into"),
    ("contract.threads.force", "shared-work-array", "asked by eight threads at once"),
    ("contract.states.force", "seeds-the-generator", "changed the generator of numpy"),
    ("contract.growth.force", "answers-never-dropped", "bytes of memory of each call"),
]
SLOWLY = [
    ("contract.kept.driven", "run-times-in-place", "changed arrays that it was given"),
    ("contract.kept.driven", "run-reads-late", "its arguments were overwritten after the call"),
    ("contract.growth.force", "slower-every-call", "times as long after 100 calls"),
]


@pytest.mark.parametrize(
    ("id", "fault", "words"),
    [*SAID, *(pytest.param(*row, marks=pytest.mark.slow) for row in SLOWLY)],
)
def test_the_message_says_what_the_caller_did(id, fault, words):
    """A reader learns under which circumstances the answer is another one."""
    effort = replace(QUICK, shrinking=0.0, naming=0.0)
    record = run_check(CONTRACT[id], FAULTS[fault].factory(), effort=effort)

    assert record.status == "failed"
    assert words in record.message


# --- trends ---------------------------------------------------------------------------------------


def test_times_in_random_order_rise_as_rarely_as_is_said():
    """The probability of a false alarm is the stated one: measured where it is large enough to be."""
    generator = np.random.default_rng(5)
    found = sum(rising(1 + 1e6 * generator.random(100), alpha=0.05) for _ in range(400))

    # 20 are expected, and the effect that matters leaves fewer.
    assert found <= 40


def test_times_that_rise_do():
    """A trend is found in noise of its own size; one that does not matter is not."""
    generator, k = np.random.default_rng(6), np.arange(100)

    assert rising((1 + k / 100) * generator.uniform(0.8, 1.2, 100))
    assert not rising(1 + 0.5 * (MATTERS - 1) * k / 100)
    assert not rising((2 - k / 100) * generator.uniform(0.8, 1.2, 100))


@pytest.mark.parametrize(("last", "goes_on"), [(2.0, False), (2.4, False), (3.8, True)])
def test_a_machine_that_slows_down_once_is_no_growth(last, goes_on):
    """What takes twice as long in the second series has to take longer still in a third one."""
    steps = 1 + np.arange(100) / 100
    series = iter([np.array([steps, 2 * steps]), np.array([steps, last * steps])])
    solver = SimpleNamespace(
        beside=lambda *_: {"memory": np.zeros(3), "asked": np.array(10.0), "times": next(series)}
    )
    check = CONTRACT["contract.growth.force"]

    def found():
        return list(check.judge(solver, drawn(check.id, 1)[0]))

    if goes_on:
        with pytest.raises(Misbehaved, match="times as long"):
            found()
    else:
        assert [one.error for one in found()] == [0]
