"""How many CPU-seconds each test of the day takes, what it starts included, and which take too many."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

# A test that takes more is one for the night. What numba compiles in a fresh clone counts to the first.
LONGEST = 5.0
PROPERTY = "electronwind_cpu_seconds"
STARTED: pytest.StashKey[float] = pytest.StashKey()


def seconds() -> float:
    """Return the CPU time of this process and of those that it started and waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note the time at which a test begins."""
    item.stash[STARTED] = seconds()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write into the last report of a test how long it took; reports reach the controller of processes."""
    report = yield
    if call.when == "teardown" and STARTED in item.stash and item.get_closest_marker("slow") is None:
        report.user_properties.append((PROPERTY, seconds() - item.stash[STARTED]))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that took too long."""
    reports = [each for category in terminalreporter.stats.values() for each in category]
    took = [
        (spent, report.nodeid)
        for report in reports
        for name, spent in getattr(report, "user_properties", ())
        if name == PROPERTY and spent > LONGEST
    ]
    for spent, name in sorted(took, reverse=True):
        terminalreporter.write_line(f"CPU-seconds by day: {spent:.1f} {name}", yellow=True)
