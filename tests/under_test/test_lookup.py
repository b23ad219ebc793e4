"""Where a solver's module comes from: the current folder, at the cost of nothing that the suite needs."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import solver_modules

from electronwind import load_solver
from electronwind.external import Bounds
from electronwind.lookup import module_file, two_of_one_name
from electronwind.solvers import solver_name

pytestmark = pytest.mark.usefixtures("hasty")

folder = solver_modules.folder  # for every test

RIGHT = "import numpy as np\ndef current(system): return np.zeros(1)\n"
# Modules of the standard library that any interpreter, the suite or its workers need.
SHADOWED = sorted(
    name for name in sys.stdlib_module_names if not name.startswith("_") and name.isidentifier()
)


def test_the_standard_library_stays() -> None:
    """Files with all names of the standard library in the working folder keep no worker from starting."""
    for name in SHADOWED:
        Path(f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    Path("mine.py").write_text(RIGHT)
    solver = load_solver("mine", Bounds())
    assert solver.name == "mine"
    solver.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="solvers in processes of their own need POSIX")
def test_jobs_start_beside_them() -> None:
    """The processes of --jobs start in such a folder, too."""
    for name in SHADOWED:
        Path(f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    command = [str(Path(sys.executable).with_name("electronwind")), "validate", "fast", "--jobs", "2"]
    done = subprocess.run(
        [*command, "--only", "law.sum.*current*", "--quick"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["locale", "struct", "json", "sys", "time", "numpy", "click", "mine"])
def test_the_folder_wins_for_the_solver(name: str) -> None:
    """A solver of a name that something else has is the file in the current folder, and takes no place."""
    Path(f"{name}.py").write_text(RIGHT)
    before = sys.modules.get(name)
    solver = load_solver(name)
    assert solver.__file__ == module_file(name) == str(Path(f"{name}.py").absolute())
    assert solver_name(solver) == name
    assert load_solver(name) is solver
    if before is not None:
        assert importlib.import_module(name) is before
        assert "not that" in two_of_one_name(name)
    sys.modules.pop("mine", None)


def test_a_package_of_such_a_name() -> None:
    """The parts of a package that has the name of another one find each other."""
    Path("locale").mkdir()
    Path("locale/__init__.py").write_text("")
    Path("locale/core.py").write_text(RIGHT)
    Path("locale/solver.py").write_text("from .core import current\n")
    assert load_solver("locale.solver").current(None) == 0
    assert module_file("locale.solver") == str(Path("locale/solver.py").absolute())


def test_nothing_runs_where_a_file_is_looked_for() -> None:
    """The file of a solver in a package is found without running the package."""
    Path("bomb").mkdir()
    Path("bomb/__init__.py").write_text("raise SystemExit(0)")
    Path("bomb/solver.py").write_text(RIGHT)
    assert module_file("bomb.solver") == str(Path("bomb/solver.py").absolute())
    assert module_file("bomb.other") is None
    assert module_file("no_such_module.at_all") is None


def test_a_solver_apart_is_found_where_this_interpreter_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders of the caller's path serve the worker, behind the standard library and the current folder."""
    folder = tmp_path / "further"
    folder.mkdir()
    (folder / "distant.py").write_text("from distant_part import current\nname = 'distant'\n")
    (folder / "distant_part.py").write_text(RIGHT)
    (folder / "struct.py").write_text("raise SystemExit('shadowed')\n")
    (folder / "near.py").write_text("raise SystemExit('the other')\n")
    (tmp_path / "near.py").write_text(RIGHT)
    monkeypatch.syspath_prepend(folder)
    for path in ("", "further", str(tmp_path), Path("further")):
        monkeypatch.syspath_prepend(path)
    for name in ("distant", "near"):
        solver = load_solver(name, Bounds())
        assert solver.name == name
        solver.close()


def test_no_name_has_no_file() -> None:
    """What names no module has no file, whatever finders others have put into this interpreter."""
    for name in ("", ".", "./mine", "../mine.py", ".mine", "..", "mine/", "a b", "mine.", "mine..part"):
        assert module_file(name) is None
        assert two_of_one_name(name) == ""
