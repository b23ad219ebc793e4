"""Every shipped example is a solver that passes what it supports."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from electronwind import load_solver
from electronwind.models import single_level
from electronwind.validation import validate
from electronwind.validation.core.check import TIERS
from electronwind.validation.under_test.guard import Guarded

pytestmark = pytest.mark.usefixtures("hasty")

EXAMPLES = Path(__file__).parents[2] / "examples"
SMALL = 40

if not EXAMPLES.exists():
    pytest.skip("not in a checkout: the examples are not installed", allow_module_level=True)


def tool(name: str) -> str:
    """Return the path of a compiler or an interpreter."""
    if (path := shutil.which(name)) is None:
        pytest.skip(f"{name} is not installed: the example in its language was NOT tested")
    return path


def command(example: str, folder: Path) -> str:
    """Return what names the example as a solver, compiled where it must be."""
    source = EXAMPLES / example
    if example.endswith(".c"):
        strict = ["-O2", "-Wall", "-Wextra", "-Werror"]
        program = folder / "program"
        subprocess.run([tool("gcc"), *strict, "-o", program, source, "-lm"], check=True)
        return f"exec:'{program}'"
    if example.endswith(".js"):
        return f"exec:{tool('node')} '{source}'"
    if example.startswith("program"):
        return f"exec:{sys.executable} '{source}'"
    return source.stem


# The truth is asked of the reference, and contracts are asked of a program by the hundred, which takes long:
# by day some laws and tables are enough, of which half are to support what they are about. The program in
# JavaScript takes its time over each of its integrals.
@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("example", "observables", "least", "some"),
    [
        ("adapter.py", {"density_matrix", "force"}, 15, "*[dlt].force"),
        ("program.py", {"transmission"}, 12, "*[delt].transmission"),
        ("program.c", {"transmission"}, 5, "*[delt].transmission"),
        ("program.js", {"density_matrix"}, 6, "law.[ho]*.density_matrix"),
    ],
)
def test_example(
    example: str,
    observables: set[str],
    least: int,
    some: str,
    whole: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An example passes every check that it supports, is small, and is tested on what it offers."""
    monkeypatch.syspath_prepend(EXAMPLES)
    chosen = {"tiers": TIERS} if whole else {"tiers": ("law", "analytic", "table"), "only": some}
    report = validate(command(example, tmp_path), quick=True, timeout=0.001, **chosen)
    bad = [f"{r.id}: {r.message}" for r in report.records if r.status not in ("passed", "unsupported")]
    assert not bad
    assert set(report.solver["offers"]) == observables
    assert report.counts()["ran"] >= (least if whole else least // 2)
    assert len((EXAMPLES / example).read_text().splitlines()) < SMALL


@pytest.mark.parametrize("example", ["program.c", "program.py"])
def test_call_of_a_program_is_cheap(example: str, tmp_path: Path) -> None:
    """Sending a system to a program and reading its answer takes less than 2 ms."""
    guarded = Guarded(load_solver(command(example, tmp_path)))
    systems = [single_level().at(0.01 * k) for k in range(200)]
    times = []
    for system in systems:
        start = time.perf_counter()
        guarded.transmission(system, 0.25)
        times.append(time.perf_counter() - start)
    # The first decile: other work on the machine makes some calls wait.
    assert sorted(times)[len(times) // 10] < 2e-3
