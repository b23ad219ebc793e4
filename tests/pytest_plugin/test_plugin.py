"""The checks inside other people's pytest sessions: items, expected failures, counts."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from electronwind import load_solver
from electronwind.validation import parametrize_with_checks
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.core.check import TIERS
from electronwind.validation.pytest_plugin import parametrize
from electronwind.validation.pytest_plugin import session as judging
from electronwind.validation.work.effort import QUICK

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.usefixtures("together")

RIGHT = "from electronwind.fast import transmission"
WRONG = """
from electronwind import fast
name, version = "mine", "2.1"
def transmission(system, energy):
    return 2 * fast.transmission(system, energy)
"""
# Three checks of the transmission; only the last one fails when it is doubled.
CHOSEN = "law.sum.transmission or law.basis.transmission or analytic.one_level.transmission"
FAILS = "analytic.one_level.transmission"


@pytest.fixture(autouse=True)
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty folder with two solvers; what is found is not the point, and soon is."""
    two = {id: check for id, check in all_checks().items() if id.endswith((".transmission", ".current"))}
    for module in (parametrize, judging):
        monkeypatch.setattr(module, "all_checks", lambda: two)
        monkeypatch.setattr(module, "QUICK", replace(QUICK, seconds=0.2, shrinking=0.1, naming=0.1))
    pytester.makepyfile(right=RIGHT, wrong=WRONG)
    pytester.syspathinsert()
    return pytester


def session(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:randomly", *arguments)


def judge(pytester: pytest.Pytester, solver: str, *arguments: str) -> pytest.RunResult:
    options = ["--electronwind-solver", solver, "--electronwind-quick"]
    return session(pytester, *options, *arguments)


def test_loads_nothing_heavy() -> None:
    """Every pytest session loads the plugin, so it imports neither numpy nor the package."""
    code = (
        "import _electronwind_pytest, sys; "
        "assert not {'numpy', 'hypothesis', 'electronwind'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_tiers() -> None:
    """The plugin knows the tiers of the suite without importing it."""
    import _electronwind_pytest

    assert _electronwind_pytest.TIERS == TIERS


def test_items(folder: pytest.Pytester) -> None:
    """Every check is an item, without any test file; the head and the end say how much runs."""
    result = judge(folder, "right", "-k", CHOSEN)
    result.assert_outcomes(passed=3, deselected=result.parseoutcomes()["deselected"])
    result.stdout.fnmatch_lines(
        [
            "electronwind: solver right, * checks, * of them not supported (quick, seed 0)",
            "collected * items / * deselected / 3 selected",
            "electronwind: 3 checks ran, 0 not supported by the solver",
        ]
    )
    assert result.ret == 0


def test_failure(folder: pytest.Pytester) -> None:
    """A failure reads as in the report, with the problem, and without a traceback of the suite."""
    result = judge(folder, "wrong", "-k", FAILS)
    result.assert_outcomes(failed=1, deselected=result.parseoutcomes()["deselected"])
    result.stdout.fnmatch_lines(
        [
            "electronwind: solver mine 2.1, *",
            f"{FAILS} failed",
            "transmission is off by * expected value times 2 (the spin factor*",
            "system = OpenSystem.from_json(*",
            "numbers = {*",
        ]
    )
    assert "run_check" not in result.stdout.str()
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_unsupported(folder: pytest.Pytester) -> None:
    """A check of what the solver does not offer is skipped with the reason, and does not count."""
    result = judge(folder, "right", "-k", "law.sum.current", "-rs")
    result.assert_outcomes(skipped=1, deselected=result.parseoutcomes()["deselected"])
    result.stdout.fnmatch_lines(
        [
            "electronwind: 0 checks ran, 1 not supported by the solver; at least 1 must run",
            "*unsupported: the solver does not offer current",
        ]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize(("least", "code"), [pytest.param("3", 0, marks=pytest.mark.slow), ("4", 1)])
def test_least(least: str, code: int, folder: pytest.Pytester) -> None:
    """A session in which fewer checks ran than demanded fails."""
    result = judge(folder, "right", "-k", CHOSEN, "--electronwind-min-checks", least)
    assert result.ret == code


def test_nothing_selected(folder: pytest.Pytester) -> None:
    """A session without a check is not green."""
    assert judge(folder, "right", "-k", "no_such_check").ret == pytest.ExitCode.TESTS_FAILED


def test_tier(folder: pytest.Pytester) -> None:
    """Tiers are chosen by option, or by marker."""
    ran = judge(folder, "right", "--collect-only", "-q", "--electronwind-tier", "cross")
    lines = [line for line in ran.outlines if line.startswith("electronwind::")]
    assert lines
    assert all(line.startswith("electronwind::cross.") for line in lines)
    marked = judge(folder, "right", "--collect-only", "-q", "-m", "electronwind_cross")
    assert [line for line in marked.outlines if line.startswith("electronwind::")] == lines


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--electronwind-solver", "no_such_module"], "No module named 'no_such_module'"),
        (["--electronwind-solver", "right", "--electronwind-tier", "lore"], "invalid choice: 'lore'"),
    ],
)
def test_usage(arguments: list[str], words: str, folder: pytest.Pytester) -> None:
    """A solver that cannot be loaded and a tier that does not exist are wrong usage."""
    result = session(folder, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{words}*"])


def test_silent_without_solver(folder: pytest.Pytester) -> None:
    """A session that judges no solver notices nothing of the plugin."""
    folder.makepyfile(test_own="def test_own(): pass")
    result = session(folder)
    result.assert_outcomes(passed=1)
    assert "electronwind:" not in result.stdout.str()


OWN = """
from electronwind.validation import parametrize_with_checks
import wrong

@parametrize_with_checks([wrong], expected_failures={expected}, only="*.transmission", quick=True)
def test_solver(solver, check):
    check(solver)
"""


def own(pytester: pytest.Pytester, expected: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(test_own=OWN.format(expected=expected))
    return session(pytester, "-k", CHOSEN, *arguments)


def test_own_file(folder: pytest.Pytester) -> None:
    """Three lines in a file of one's own make a test of every check."""
    result = own(folder, "None")
    outcome = result.parseoutcomes()
    assert (outcome["passed"], outcome["failed"]) == (2, 1)
    result.stdout.fnmatch_lines(
        [
            f"*test_solver[[]mine-{FAILS}[]]*",
            f"E *CheckFailedError: {FAILS} failed",
            "E *expected value times 2 (the spin factor*",
            "electronwind: 3 checks ran, *",
        ]
    )


@pytest.mark.night("lambda")
@pytest.mark.parametrize(
    "expected", ["{'%s': 'ours is per molecule'}", "lambda solver: {'%s': 'ours is per molecule'}"]
)
def test_expected_failure(expected: str, folder: pytest.Pytester) -> None:
    """A failure with a reason does not fail the session, and is seen with its reason."""
    result = own(folder, expected % FAILS, "-rx")
    outcome = result.parseoutcomes()
    assert (outcome["passed"], outcome["xfailed"]) == (2, 1)
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"XFAIL *{FAILS}* - ours is per molecule*"])


def test_unexpected_pass(folder: pytest.Pytester) -> None:
    """A check on the list that passes after all fails the session."""
    result = own(folder, "{'law.sum.transmission': 'why'}")
    result.stdout.fnmatch_lines(["*[[]XPASS(strict)[]] why*"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("{'law.sum.transmision': 'why'}", "did you mean 'law.sum.transmission'"),
        ("{'law.sum.transmission': ' '}", "needs a reason in words"),
    ],
)
def test_expected_failures_are_strict(expected: str, words: str, folder: pytest.Pytester) -> None:
    """An unknown id or an empty reason stops the session."""
    result = own(folder, expected)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([f"*UsageError*{words}*"])


@pytest.mark.parametrize("solvers", [[], "fast"])
def test_needs_a_list_of_solvers(solvers: object) -> None:
    """A list without a solver would make a session without a check."""
    with pytest.raises(pytest.UsageError, match="expected a list of at least one solver"):
        parametrize_with_checks(solvers)  # type: ignore[arg-type]  # wrong on purpose


def test_without_plugin(folder: pytest.Pytester) -> None:
    """The decorator works where the plugin is switched off."""
    folder.makepyfile(test_own=OWN.format(expected="None"))
    result = session(folder, "-p", "no:electronwind", "--strict-markers", "-k", "law.sum.transmission")
    assert result.parseoutcomes()["passed"] == 1


def test_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution offers its solver under a name of its own."""
    (tmp_path / "their_code.py").write_text("class Solver:\n    name = 'theirs'")
    info = tmp_path / "their_code-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-code\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[electronwind.solvers]\nshort-name = their_code:Solver\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert load_solver("short-name").name == "theirs"
