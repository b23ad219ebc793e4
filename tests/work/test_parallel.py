"""Several processes: what one of them does costs the check that it was at, and no other."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import solver_modules
from command import electronwind

from electronwind import load_solver
from electronwind.validation import validate
from electronwind.validation.run import parallel
from electronwind.validation.work.executor import executor
from electronwind.validation.work.spawning import SAFE

pytestmark = pytest.mark.usefixtures("hasty")

if sys.platform == "win32":
    pytest.skip("solvers in processes of their own need POSIX", allow_module_level=True)

folder = solver_modules.folder  # for every test

# In C, and with the lock of the interpreter: no thread of Python runs meanwhile.
HANGS = "import ctypes\ndef current(system): ctypes.PyDLL(None).pause()\n"
TEXT = "from electronwind.fast import transmission\n"


@pytest.mark.parametrize("here", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_call_that_never_ends(here: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that hangs in C ends its process, inside the judge's or apart, and the other checks run."""
    from electronwind.external import Bounds

    monkeypatch.setattr(parallel, "APART", Bounds(seconds=0.75))
    Path("hangs.py").write_text(HANGS + TEXT)
    bounds = None if here else Bounds(seconds=2.0)
    report = validate("hangs", only="law.sum.*", quick=True, timeout=0.1, jobs=2, here=here, bounds=bounds)
    found = {record.id: record for record in report.records}
    assert found["law.sum.current"].status == "crashed"
    assert "did not" in found["law.sum.current"].message
    assert found["law.sum.transmission"].status == "passed"
    assert report.complete
    assert SAFE not in os.environ


@pytest.fixture
def shadowed(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose solver this process has loaded; beside it lie files that have names of our imports."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("beside_them.py").write_text("from electronwind.fast import current\n")
    load_solver("beside_them")
    for name in ("numpy", "scipy", "click", "hypothesis", "mpmath", "multiprocessing", "pickle"):
        Path(f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    assert str(Path.cwd()) in sys.path
    return Path.cwd()


@pytest.mark.slow
@pytest.mark.parametrize("here", [pytest.param(True, marks=pytest.mark.slow), False])
def test_checks_start_beside_files_of_such_names(here: bool, shadowed: Path) -> None:
    """A folder that the lookup of a solver has added to the path takes nothing from new processes."""
    before = list(sys.path)
    report = validate("fast", only="law.sum.current", quick=True, timeout=0.1, jobs=2, here=here)
    assert [record.status for record in report.records] == ["passed"]
    assert sys.path == before
    assert SAFE not in os.environ


def test_pools_start_beside_files_of_such_names(shadowed: Path) -> None:
    """As above; what the processes of a pool start themselves finds the environment of the user."""
    with executor(1) as pool:
        assert pool.submit(np.add, 2, 3).result() == 5
        assert pool.submit(os.getenv, SAFE).result() is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("reproduce", "todorov2010-fig3", "preston2022-fig1", "--out", "out"),
        ("alarms", "fast", "--seeds", "2", "--only", "law.sum.current"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_commands_start_beside_files_of_such_names(arguments: tuple[str, ...], shadowed: Path) -> None:
    """The same of every other command that has processes; `tables regenerate` uses the pool of above."""
    assert electronwind(*arguments, "--jobs", "2") == 0


def test_a_folder_of_the_callers_own_is_handed_on(shadowed: Path) -> None:
    """Who searches the folder without our doing finds it in new processes too."""
    for name in ("numpy", "scipy", "click", "hypothesis", "mpmath", "multiprocessing", "pickle"):
        Path(f"{name}.py").unlink()
    sys.path.append(str(shadowed))
    Path("callers_own.py").write_text("def twice(x): return 2 * x\n")
    from callers_own import twice  # type: ignore[import-not-found]  # written by the test

    with executor(1) as pool:
        assert pool.submit(twice, 4).result() == 8
    sys.modules.pop("callers_own")
