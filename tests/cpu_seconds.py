"""How many CPU-seconds each test of the day takes, what it starts included, and which take too many."""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from typing import Any

import pytest

# A test that takes more is one for the night. What a fixture does counts to none.
LONGEST = 5.0
PROPERTY = "electronwind_cpu_seconds"


def seconds() -> float:
    """Return the CPU time of this process and of those that it started and waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note how long a test takes, apart from what it shares with others; reports reach the controller.

    What a fixture started for many tests would count to whichever of them sees its end; what another test
    started and nobody waited for, too, but for what is more than all cores do meanwhile.
    """
    before, start = seconds(), time.monotonic()
    try:
        return (yield)
    finally:
        if item.get_closest_marker("slow") is None:
            most = (time.monotonic() - start) * (os.cpu_count() or 1)
            item.user_properties.append((PROPERTY, min(seconds() - before, most)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that took too long."""
    reports = [each for category in terminalreporter.stats.values() for each in category]
    # The reports of a call and of what follows it say the same.
    took = {
        report.nodeid: spent
        for report in reports
        for name, spent in getattr(report, "user_properties", ())
        if name == PROPERTY and spent > LONGEST
    }
    for name, spent in sorted(took.items(), key=lambda each: -each[1]):
        terminalreporter.write_line(f"CPU-seconds by day: {spent:.1f} {name}", yellow=True)
