"""Time of solvers given by name: taken in a process that they do not share, without what asking costs."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import pytest

from electronwind import fast
from electronwind.validation.benchmark import measure
from electronwind.validation.benchmark.ladder import Rung
from electronwind.validation.benchmark.model import Outcome, Standing

if sys.platform == "win32":
    pytest.skip("solvers in processes of their own need POSIX", allow_module_level=True)

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


@pytest.fixture(
    scope="module",
    params=[
        f"sleep({SLEEP})",
        pytest.param(f"end = really() + {SLEEP}\n    while really() < end: pass", marks=pytest.mark.slow),
    ],
)
def standing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Standing:
    """A rung with a solver that stops every clock, and with the fast one under another name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("apart"))
        Path("stops.py").write_text(STOPS.format(does=request.param))
        Path("again.py").write_text("from electronwind.fast import *\nname = 'again'\n")
        result = measure.benchmark(["stops", "again"], [Rung("batch", 500, "force")], rounds=5)
    return result.standings[0]


def timed(standing: Standing, label: str) -> Outcome:
    """Return what became of a solver, which was timed."""
    outcome = standing.of(label)
    assert outcome is not None
    assert outcome.status == "timed"
    return outcome


def test_a_clock_that_stands_still(standing: Standing, request: pytest.FixtureRequest) -> None:
    """A solver that replaces every clock is timed as it is."""
    outcome = timed(standing, "stops")
    assert min(outcome.times) > SLEEP
    if "really" in request.node.callspec.id and sys.platform == "linux":
        assert min(outcome.cpu) > SLEEP / 2


def test_the_baseline_pays_the_same(standing: Standing) -> None:
    """The fast solver under another name, in a process of its own, takes no longer than itself."""
    times = [timed(standing, label).times for label in ("again", "fast")]
    assert 0.5 < statistics.median(a / b for a, b in zip(*times, strict=True)) < 2


def test_objects_are_timed_here() -> None:
    """A solver that is an object, and the baseline beside it, are timed in this process."""
    result = measure.benchmark([fast], [Rung("batch", 1, "force")], rounds=2)
    assert {outcome.status for outcome in result.standings[0].outcomes} == {"timed"}
