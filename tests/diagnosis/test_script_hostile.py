"""The script of a failure before solvers that leave with 0, end or stop their parent, or forge answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import hostile_solvers as hostile
import pytest
import solver_modules
import toys
from thinning import few, rest

from electronwind import models
from electronwind.validation import validate
from electronwind.validation.core.record import Call, Failure, Record
from electronwind.validation.report.model import Report
from electronwind.validation.report.script import reproducer

if sys.platform == "win32":
    pytest.skip("a solver is kept from its script by POSIX", allow_module_level=True)

folder = solver_modules.folder  # for every test

RIGHT, WRONG, CANNOT_TELL = 0, 1, 125
WAYS = [*hostile.LEAVES, *hostile.REPLACES]


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text that shows a wrong force, and needs no electronwind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("wrong"))
        hostile.write("pass")
        report = validate(
            "hostile", checks=toys.suite(toys.make(toys.compare_force, "cross.toy")), quick=True, **toys.RULES
        )
    text = reproducer(report, report.records[0])
    assert "# certified" in text
    return text


def run(text: str, alone: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a script beside the solver, without electronwind, which takes longer to load than all else."""
    Path("none").mkdir()
    Path("none/electronwind.py").write_text("raise ImportError('there is none')")
    Path("shown.py").write_text(text)
    environment = os.environ | ({"PYTHONPATH": str(Path("none").absolute())} if alone else {})
    return subprocess.run(
        [sys.executable, "shown.py"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


# By day those that a run is not shown by day, which takes longer.
@pytest.mark.thin(most=5)
@pytest.mark.night("kills its parent")
@pytest.mark.parametrize("label", rest(WAYS, 8))
def test_a_wrong_solver_stays_wrong(label: str, script: str) -> None:
    """Whatever else a wrong solver does, its script says 1, or that there is no solver."""
    hostile.write(*(hostile.LEAVES | hostile.REPLACES)[label])
    done = run(script)
    assert done.returncode in (WRONG, CANNOT_TELL), done
    if "import" not in label and "attribute" not in label:
        assert done.returncode == WRONG, done


@pytest.mark.parametrize("label", few(hostile.HARMLESS, 12))
def test_a_right_solver_stays_right(label: str, script: str) -> None:
    """What a solver does to its own process is not laid to its numbers."""
    hostile.write(*hostile.REPLACES[label], wrong=0.0)
    done = run(script, alone="electronwind" not in hostile.REPLACES[label][0])
    assert done.returncode == RIGHT, done


ANSWERS = {
    "a masked value": ("np.ma.masked_all(1)", WRONG),
    "a complex number": ("np.array([-system.hamiltonian[0, 0] + 1e-300j])", WRONG),
    "words": ("['0.0']", WRONG),
    "truth": ("[False]", WRONG),
    "nothing": ("None", WRONG),
    "another shape": ("np.zeros((1, 1))", WRONG),
    "not a number": ("[np.nan]", WRONG),
    "objects": ("np.array([0.0], dtype=object)", RIGHT),
    "whole numbers": ("[0]", RIGHT),
    "an unmasked value": ("np.ma.zeros(1)", RIGHT),
    "what is written into the problem": ("system.hamiltonian.__setitem__(0, 0) or [0.0]", WRONG),
}


@pytest.mark.thin(most=3)
@pytest.mark.parametrize("label", ANSWERS)
def test_answers_that_are_none(label: str, script: str) -> None:
    """A script takes for an answer what a run takes for one."""
    does, code = ANSWERS[label]
    hostile.write(f"return {does}")
    done = run(script)
    assert done.returncode == code, done


@pytest.mark.parametrize(
    ("value", "code"), few([("[0.5]", CANNOT_TELL), ("[[0.5]]", WRONG), ("[np.inf]", WRONG)], 2)
)
def test_a_value_that_nobody_certified(value: str, code: int) -> None:
    """Where the right value is not known, no answer is called right."""
    system = models.single_level().at(0.25).to_dict()
    failure = Failure("force", system, {}, call=Call("force", system))
    record = Record("law.x", "law", ("force",), "source", "It is wrong.", "crashed", "", failure=failure)
    solver = {"name": "hostile", "spec": "hostile", "version": "1", "accuracy": 0.0, "offers": []}
    hostile.write(f"return {value}")
    done = run(reproducer(Report(solver, {}, {}, "", 1, [record]), record))
    assert done.returncode == code, done
    assert "expected finite real numbers of shape (1,)" in done.stdout


def test_a_script_with_a_debugger(script: str) -> None:
    """With --here the solver has the terminal, and its exit code is that of the script."""
    hostile.write("print('typed', input()); os._exit(7)")
    Path("shown.py").write_text(script)
    command = [sys.executable, "shown.py", "--here"]
    done = subprocess.run(command, capture_output=True, text=True, input="a line\n", timeout=60, check=False)
    assert done.returncode == 7
    assert not done.stderr
