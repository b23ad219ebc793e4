"""Time of solvers given by name: taken in a process that they do not share, without what asking costs."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import pytest
import solver_modules

from electronwind import fast
from electronwind.validation.benchmark import measure
from electronwind.validation.benchmark.ladder import Rung

if sys.platform == "win32":
    pytest.skip("solvers in processes of their own need POSIX", allow_module_level=True)

folder = solver_modules.folder  # for every test

SLEEP = 0.05
# Whatever clock it finds stands still; what it does about its processor is filled in.
STOPS = """
import os, resource, time
import electronwind.fast as fast

sleep, really = time.sleep, time.process_time

def force(system):
    {does}
    return fast.force(system)

for clock in ("perf_counter", "process_time", "monotonic", "time", "thread_time"):
    setattr(time, clock, lambda: 0.0)
    setattr(time, clock + "_ns", lambda: 0)
os.times = lambda: (0.0,) * 5
resource.getrusage = lambda who: None
"""


@pytest.mark.night("really")
@pytest.mark.parametrize(
    "does", [f"sleep({SLEEP})", f"end = really() + {SLEEP}\n    while really() < end: pass"]
)
def test_a_clock_that_stands_still(does: str) -> None:
    """A solver that replaces every clock is timed as it is."""
    Path("stops.py").write_text(STOPS.format(does=does))
    result = measure.benchmark(["stops"], [Rung("batch", 1, "force")])
    (standing,) = result.standings
    outcome = standing.of("stops")
    assert outcome is not None
    assert outcome.status == "timed"
    assert min(outcome.times) > SLEEP
    if "really" in does and sys.platform == "linux":
        assert min(outcome.cpu) > SLEEP / 2


def test_the_baseline_pays_the_same() -> None:
    """The fast solver under another name, in a process of its own, takes no longer than itself."""
    Path("again.py").write_text("from electronwind.fast import *\nname = 'again'\n")
    result = measure.benchmark(["again"], [Rung("batch", 1000, "force")], rounds=5)
    (standing,) = result.standings
    times = [standing.of(label).times for label in ("again", "fast")]
    assert 0.5 < statistics.median(a / b for a, b in zip(*times, strict=True)) < 2


def test_objects_are_timed_here() -> None:
    """A solver that is an object, and the baseline beside it, are timed in this process."""
    result = measure.benchmark([fast], [Rung("batch", 1, "force")], rounds=2)
    assert {outcome.status for outcome in result.standings[0].outcomes} == {"timed"}
