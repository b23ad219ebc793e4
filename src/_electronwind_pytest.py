"""The pytest plugin: judges a solver in any pytest session.

pytest loads this module into every session of an environment that has electronwind, so it imports
nothing heavy, and the package itself only once a solver is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from electronwind.validation.pytest_plugin.session import Judged

TIERS = ("law", "link", "analytic", "table", "cross", "statistical", "refuse", "contract")
MARK = "electronwind"
JUDGED: pytest.StashKey[Judged] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("electronwind", "judge a solver of current-induced forces")
    group.addoption(
        "--electronwind-solver",
        metavar="SPEC",
        help="collect every check of electronwind for this solver: fast, reference, an entry point, "
        "package.module[:object], or exec:COMMAND",
    )
    group.addoption(
        "--electronwind-tier",
        action="append",
        choices=TIERS,
        help="checks of this tier only; may be repeated",
    )
    group.addoption(
        "--electronwind-quick", action="store_true", help="few problems per check: seconds, not minutes"
    )
    group.addoption("--electronwind-seed", type=int, default=0, metavar="S", help="fixes what is drawn")
    group.addoption(
        "--electronwind-min-checks",
        type=int,
        metavar="N",
        help="fail when fewer checks ran [default: 1 with --electronwind-solver, otherwise 0]",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, load the solver that was named, and count what runs."""
    for tier in TIERS:
        config.addinivalue_line("markers", f"{MARK}_{tier}: a check of electronwind of the tier {tier}")
    given = config.option
    spec = given.electronwind_solver
    if spec is not None:
        from electronwind.validation.pytest_plugin.session import Judged

        config.stash[JUDGED] = Judged.load(
            spec, given.electronwind_tier, given.electronwind_quick, given.electronwind_seed
        )
    least = given.electronwind_min_checks
    config.pluginmanager.register(Counter(config, int(spec is not None) if least is None else least))


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which solver is judged, and by how many checks."""
    judged = config.stash.get(JUDGED, None)
    return None if judged is None else judged.header


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add an item per check of the solver, and mark all items that are checks by their tier."""
    judged = config.stash.get(JUDGED, None)
    if judged is not None:
        found = list(judged.items(session))
        items.extend(found)
        # Whoever counts what was collected counts reports.
        report = pytest.CollectReport("electronwind", "passed", None, [*found])
        config.hook.pytest_collectreport(report=report)
    for item in items:
        if (tier := _tier(item)) is not None:
            item.add_marker(f"{MARK}_{tier}")
            # Reports carry it, also between processes, and JUnit shows it.
            item.user_properties.append((MARK, tier))


def _tier(item: pytest.Item) -> str | None:
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    check = getattr(item, "electronwind_check", None) or parameters.get("check")
    tier = getattr(check, "electronwind_tier", None)
    return tier if isinstance(tier, str) else None


class Counter:
    """Counts the checks that ran, since a session without any would be green too.

    Parameters
    ----------
    config : pytest.Config
        Of the session.
    least : int
        Number of checks that must run.
    """

    def __init__(self, config: pytest.Config, least: int) -> None:
        self.least = least
        self.ran = 0
        self.unsupported = 0
        # Processes of pytest-xdist see a part only; their controller counts.
        self._idle = config.getoption("collectonly") or hasattr(config, "workerinput")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a check that ran, or that the solver does not support."""
        if not any(name == MARK for name, _ in report.user_properties):
            return
        if report.skipped and not hasattr(report, "wasxfail"):
            self.unsupported += 1
        elif report.when == "call":
            self.ran += 1

    @property
    def _too_few(self) -> bool:
        return not self._idle and self.ran < self.least

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a session in which too little ran."""
        fine = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        if self._too_few and session.exitstatus in fine:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how much ran."""
        if self._idle or not (self.ran or self.unsupported or self.least):
            return
        words = f"electronwind: {self.ran} checks ran, {self.unsupported} not supported by the solver"
        if self._too_few:
            words += f"; at least {self.least} must run"
        terminalreporter.write_line(words, red=self._too_few)
