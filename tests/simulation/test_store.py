"""The store of runs: each is made once, by one process, and what was ended goes on."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from electronwind.validation.simulation.run import Case, Course, follow
from electronwind.validation.simulation.store import ARRAYS, Store

CASES = [Case(2, 0.5, 10.0, time) for time in (5.0, 10.0, 10.0)]


def test_a_run_is_made_once(tmp_path: Path) -> None:
    """Cases that are alike are one run; a second store reads what the first one made, to the last digit."""
    made: list[Case] = []

    def run(case: Case, checkpoint: Path) -> Course:
        made.append(case)
        return follow(case, checkpoint)

    first = Store(tmp_path, run).courses(CASES)
    assert made == CASES[:2] == list(first)
    second = Store(tmp_path, run).courses(CASES)
    assert made == CASES[:2]
    for case in first:
        assert second[case].case == case
        assert second[case].kernel == first[case].kernel
        for name in ARRAYS:
            assert np.array_equal(getattr(first[case], name), getattr(second[case], name)), name
    assert not list(tmp_path.glob("*.npz*"))


@pytest.mark.parametrize(
    "other", [{"seed": 1}, {"noise": 0.02}, {"temperature": 0.01}, {"source": "frozen"}, {"step": 0.02}]
)
def test_no_two_cases_share_a_file(other: dict[str, object], tmp_path: Path) -> None:
    """Whatever they differ in."""
    store = Store(tmp_path)
    changed = Case(**{"atoms": 2, "bias": 0.5, "mass": 10.0, "time": 5.0, **other})  # type: ignore[arg-type]  # by name
    assert store.path(changed) != store.path(CASES[0])


def test_what_was_ended_goes_on(tmp_path: Path) -> None:
    """The checkpoint of a run that was ended is where the next one begins, and is gone at the end."""
    states: list[bool] = []

    def ended(case: Case, checkpoint: Path) -> Course:
        follow(case, checkpoint)
        raise KeyboardInterrupt

    def run(case: Case, checkpoint: Path) -> Course:
        states.append(checkpoint.exists())
        return follow(case, checkpoint)

    with pytest.raises(KeyboardInterrupt):
        Store(tmp_path, ended).courses(CASES[:1])
    assert not list(tmp_path.glob("*.json"))
    Store(tmp_path, run).courses(CASES[:1])
    assert states == [True]
    assert json.loads(Store(tmp_path).path(CASES[0]).read_text())["case"]["atoms"] == 2


def _held(path: Path, ready: object, go: object) -> None:
    with FileLock(path):
        ready.set()  # type: ignore[attr-defined]  # an event
        go.wait(60)  # type: ignore[attr-defined]  # an event


def test_a_run_of_another_process_is_left_to_it(tmp_path: Path) -> None:
    """What is locked comes last, and is then read where the other one has made it."""
    order: list[float] = []
    store = Store(tmp_path)
    # It takes a second to start where it has to load everything anew.
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    ready, go = context.Event(), context.Event()
    other = context.Process(target=_held, args=(store.path(CASES[0]).with_suffix(".lock"), ready, go))
    other.start()
    assert ready.wait(60)

    def run(case: Case, checkpoint: Path) -> Course:
        order.append(case.time)
        go.set()
        return follow(case, checkpoint)

    Store(tmp_path, run).courses(CASES[:2])
    other.join()
    assert order == [10.0, 5.0]
