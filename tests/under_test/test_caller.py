"""What a careless caller does to a solver, as it is done: forms, threads, the rest of the process."""

from __future__ import annotations

import os
import random
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from asked import question

from electronwind import OBSERVABLES, STATICS, fast
from electronwind.external.caller import Question, given_as, kept, states, together
from electronwind.external.forms import FORMS
from electronwind.validation.campaigns.matrix import drawn
from electronwind.validation.systems.questions import another, posed
from electronwind.validation.under_test.guard import Guarded


def test_forms_hold_the_same_numbers():
    """Every form is a way to write what the solver is usually given."""
    seen = {}

    def solver(system, energy):
        seen[len(seen)] = energy
        return np.zeros(())

    for point in (1.0, np.array([2.0, 0.0, 1.0]), np.array([[1.0, 2.0], [3.0, 4.0]])):
        seen.clear()
        found = given_as(SimpleNamespace(transmission=solver), Question("transmission", None, (point,)))
        assert len(found) == len(seen) >= 6
        for given in seen.values():
            np.testing.assert_array_equal(np.asarray(given, dtype=float), point)
        kinds = {(type(g), getattr(g, "dtype", None), str(getattr(g, "flags", ""))) for g in seen.values()}
        assert len(kinds) >= 6
    assert {key.partition(".")[0] for key in found} <= {"usual", *FORMS}


def test_a_form_that_is_refused_is_passed_over():
    """An error for a form is no wrong number; an error for the usual one is the solver's."""

    def doubles(system, energy):
        if not (isinstance(energy, np.ndarray) and energy.dtype.str == "<f8" and energy.flags.carray):
            raise TypeError(f"not an array of doubles: {type(energy)}")
        return fast.transmission(system, energy)

    picky = SimpleNamespace(transmission=doubles)

    assert {key.partition(".")[0] for key in given_as(picky, question())} < {"usual", *FORMS}
    with pytest.raises(ZeroDivisionError):
        given_as(SimpleNamespace(transmission=lambda *_: 1 / 0), question())


def test_an_error_in_a_thread_is_an_error():
    """One thread's error ends the others and is raised; the switching of threads is as before."""
    before, calls = sys.getswitchinterval(), []

    def ask(*given):
        calls.append(given)
        if len(calls) > 3:
            raise ZeroDivisionError("in a thread")
        return fast.transmission(*given)

    with pytest.raises(ZeroDivisionError, match="in a thread"):
        together(SimpleNamespace(transmission=ask), question(), question(index=1))
    assert sys.getswitchinterval() == before


def test_the_process_is_as_before(tmp_path):
    """Whatever a solver does to the process is undone after it was noted."""
    mpmath = pytest.importorskip("mpmath")

    def wild(system):
        np.random.seed(3)
        random.seed(3)
        os.environ["ELECTRONWIND_WILD"] = str(time.monotonic_ns())
        os.chdir(tmp_path)
        mpmath.mp.prec = 99
        np.set_printoptions(precision=random.randint(2, 7))
        return fast.force(system)

    def now():
        return os.getcwd(), dict(os.environ), mpmath.mp.prec, random.getstate(), np.get_printoptions()

    def key():
        # The generator that all share is the point here.
        _, bits, *_ = np.random.get_state(legacy=True)
        return np.asarray(bits).tobytes()

    before, keys = now(), key()
    found = states(SimpleNamespace(force=wild), question("force"))

    assert now() == before
    assert key() == keys
    assert found["the generator of numpy"] == found["the generator of Python"] == 1
    assert found["the environment"] == found["how numpy prints"] == 1


def test_runs_are_asked_with_arrays_of_the_callers_own():
    """What is overwritten is a copy: the question stays what it was."""
    for name in ("driven", "transmission"):
        asked, problem = question(name), drawn(f"contract.kept.{name}", 3)[0]
        before = [np.array(a) for a in asked.arguments if isinstance(a, np.ndarray)]
        kept(fast, asked, posed(name, another(problem)))
        for old, new in zip(before, [a for a in asked.arguments if isinstance(a, np.ndarray)], strict=True):
            np.testing.assert_array_equal(old, new)


def test_another_problem_has_other_numbers_in_the_same_shapes():
    """What is asked in between would fill the same buffers, with something else."""
    for name in (*OBSERVABLES, *STATICS):
        problem = drawn(f"contract.kept.{name}", 3)[0]
        first, second = posed(name, problem), posed(name, another(problem))
        guarded = Guarded(fast)
        assert guarded.shapes(first) == guarded.shapes(second)
