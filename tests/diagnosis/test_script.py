"""The script of a failure: it stands alone, is short, and prints the digits that are lost."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import toys

import electronwind
from electronwind import ChainLead, OpenSystem, PeriodicLead, WideBandLead, fast
from electronwind.leads import Lead
from electronwind.validation import Comparison, Problem, validate
from electronwind.validation.core.record import Call, Failure, Record
from electronwind.validation.diagnosis import likeness
from electronwind.validation.report.files import Folder
from electronwind.validation.report.model import Report
from electronwind.validation.report.script import reproducer
from electronwind.validation.report.templates import MARK
from electronwind.validation.run import runner

LINES = 80
# A module with one mistake in each function, which knows nothing of electronwind.
WRONG = """
import numpy as np

limits = {"batch": False, "complex": True}

def green(system, energy):
    width = sum(lead.broadening for lead in system.leads)
    return np.linalg.inv(energy * np.eye(system.levels) - system.hamiltonian + 0.5j * width)

def transmission(system, energy):
    energy = np.asarray(energy)
    if energy.ndim:
        return np.stack([transmission(system, e) for e in energy])
    g = green(system, energy)
    gammas = [lead.broadening for lead in system.leads]
    return np.array([[2 * np.trace(a @ g @ b @ g.conj().T).real for b in gammas] for a in gammas])

def density_matrix(system):
    return np.eye(system.levels) * (1.0 + 0.25j)

def force(system):
    return np.full(system.coordinates, np.nan)

def friction(system):
    raise ArithmeticError("no convergence")

class Other:
    def curl(self, system):
        return np.zeros((system.coordinates, system.coordinates))
"""
# In the place of electronwind.
NONE = "raise ImportError('there is no electronwind')"


@pytest.fixture(autouse=True)
def brief(hasty: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look longer than other hasty tests for a small problem and the wrong call, and for nothing else."""
    monkeypatch.setattr(runner, "QUICK", replace(runner.QUICK, shrinking=0.5, naming=20.0))
    # Scripts show no planted faults that are alike.
    monkeypatch.setattr(likeness, "likely", lambda *_, **__: [])


def failures(spec: str, only: str, folder: Path) -> dict[str, Path]:
    """Return the scripts of a run on the checks that match, by check."""
    report = validate(spec, only=only, quick=True)
    Folder(folder / "out").finish(report)
    return {path.stem: path for path in (folder / "out" / "failures").glob("*.py")}


def alone(script: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script from the folder of the solver, in interpreters that have no electronwind."""
    (none := folder / "none").mkdir(exist_ok=True)
    (none / "electronwind.py").write_text(NONE)
    environment = os.environ | {"PYTHONPATH": str(none)}
    command = [sys.executable, str(script)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, env=environment)


@pytest.mark.usefixtures("together")
@pytest.mark.night(
    "cross.chains", "cross.general.curl", "cross.general.force", "law.hermitian", "table.friction"
)
@pytest.mark.parametrize(
    ("only", "said"),
    [
        pytest.param("cross.general.transmission", "correct digits", marks=pytest.mark.slow),
        ("analytic.one_level.density_matrix", "correct digits"),
        ("law.hermitian.density_matrix", "correct digits"),
        ("cross.chains.density_matrix", "correct digits"),
        ("cross.general.force", "error inf"),
        ("table.friction", "ArithmeticError: no convergence"),
        ("cross.general.curl", "correct digits"),
    ],
)
def test_script_stands_alone(only: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure of any kind leaves a short script that shows it with numpy and the solver alone."""
    name = f"wrong_{only.replace('.', '_')}"
    (tmp_path / f"{name}.py").write_text(WRONG)
    monkeypatch.syspath_prepend(tmp_path)
    found = failures(f"{name}:Other" if "curl" in only else name, only, tmp_path)
    text = found[only].read_text()
    assert text.startswith(MARK)
    assert len(text.splitlines()) < LINES
    start = time.perf_counter()
    done = alone(found[only], tmp_path)
    assert time.perf_counter() - start < 10
    assert said in done.stdout + done.stderr
    assert done.returncode == 1


def test_script_loads_what_the_run_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver of a name of the standard library is the file in the folder; no file there shadows another."""
    (tmp_path / "locale.py").write_text(WRONG)
    (tmp_path / "secrets.py").write_text("raise SystemExit(0)\n")
    monkeypatch.chdir(tmp_path)
    script = failures("locale", "cross.general.transmission", tmp_path)["cross.general.transmission"]
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "correct digits" in done.stdout
    assert done.returncode == 1


SHAPELESS = """
import numpy as np
def transmission(system, energy): return np.array([0.5 + 3e-43j, 7e-44, np.nan, np.inf])
"""


@pytest.mark.usefixtures("together")
def test_script_prints_no_rounding_of_a_wrong_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a value has the wrong shape or no number, what rounding leaves is not printed; the rest is."""
    (tmp_path / "shapeless.py").write_text(SHAPELESS)
    monkeypatch.chdir(tmp_path)
    script = failures("shapeless", "cross.general.transmission", tmp_path)["cross.general.transmission"]
    done = alone(script, tmp_path)
    assert "e-4" not in done.stdout
    assert all(
        text in done.stdout for text in ("0.5", "nan", "inf", "want\n", "error inf", " 0.0 correct digits")
    )
    assert done.returncode == 1


PROGRAM = """
import json, sys
def number(x): return float.fromhex(x) if isinstance(x, str) else x
for line in sys.stdin:
    request = json.loads(line)
    answer = {"id": request["id"], "protocol": "electronwind/1", "name": "program", "observables": ["curl"],
              "floats": "FLOATS", "limits": {"chains": False, "batch": False}}
    if request["op"] == "curl":
        d = len(request["system"]["gradient"]["re"])
        level = number(request["system"]["hamiltonian"]["re"][0][0])
        assert isinstance(request["system"]["hamiltonian"]["re"][0][0], str) == ("FLOATS" == "hexadecimal")
        answer = {"id": request["id"], "value": [["0x1p-3"] * d] * d}
    print(json.dumps(answer), flush=True)
"""


@pytest.mark.night("hexadecimal")
@pytest.mark.parametrize("floats", ["decimal", "hexadecimal"])
def test_script_asks_a_program(floats: str, tmp_path: Path) -> None:
    """The script of a program speaks the protocol with it, in the numbers that it asks for."""
    (tmp_path / "program.py").write_text(PROGRAM.replace("FLOATS", floats))
    found = failures(
        f"exec:{sys.executable} -I -S {tmp_path / 'program.py'}", "law.antisymmetric.curl", tmp_path
    )
    script = found["law.antisymmetric.curl"]
    done = alone(script, tmp_path)
    assert done.stdout.startswith("got\n[[0.125")
    assert done.stdout.endswith("correct digits\n")
    assert done.returncode == 1
    assert len(script.read_text().splitlines()) < LINES
    requests = script.with_suffix(".jsonl").read_text().splitlines()
    assert [json.loads(request)["op"] for request in requests] == ["describe", "curl"]


LAWLESS = WRONG.replace("2 * np.trace", "system.degeneracy * np.trace")


@pytest.mark.usefixtures("together")
def test_script_of_the_wrong_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a law fails, the script makes the call that is wrong, and not that of another system."""
    (tmp_path / "lawless.py").write_text(LAWLESS)
    monkeypatch.syspath_prepend(tmp_path)
    script = failures("lawless", "law.degeneracy.transmission", tmp_path)["law.degeneracy.transmission"]
    assert float(alone(script, tmp_path).stdout.split()[-3]) < 3


KINDS = [
    WideBandLead([[0.5, 0.25j], [-0.25j, 0.5]], 0.1, 0.2),
    ChainLead(0, -1.0, 0.1, 0.2, 0.3, 0.4),
    PeriodicLead([0], [[0.25, 0.5j], [-0.5j, 0.0]], [[0.0, 0.0], [1.0, 0.5j]], 0.1, 0.2, [[0.125, 0.0]]),
]


@pytest.mark.parametrize("lead", KINDS, ids=lambda lead: type(lead).__name__)
def test_script_writes_every_kind_of_lead(lead: Lead) -> None:
    """The script of a failure on leads of any kind makes the very system of the failure."""
    system = OpenSystem(np.eye(2), [np.eye(2)], [lead])
    call = Call("transmission", system.to_dict(), [0.5], [{"re": 0.5, "im": 0.375}], 1.0, 1e-9)
    failure = Failure("transmission", call.system, {}, call=call)
    record = Record("x", "cross", ("transmission",), "s", "", "failed", "", failure=failure)
    report = Report({"name": "mine", "spec": "mine"}, {}, {}, "", 1, [record])
    text = reproducer(report, record)
    assert "want = np.array([complex(0.5, 0.375)])" in text
    (leads,) = [line.partition(" = ")[2] for line in text.splitlines() if line.startswith("    leads = [(")]
    made = [getattr(electronwind, kind)(**parts) for kind, parts in eval(leads, {"np": np})]
    assert OpenSystem(np.eye(2), [np.eye(2)], made).to_dict() == call.system


@pytest.mark.usefixtures("together")
def test_digits_of_a_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script of a failure runs on its own, and prints the digits that are lost."""
    module = "import numpy as np\ndef force(system): return 1 - system.hamiltonian[..., 0].real\n"
    (tmp_path / "slipped.py").write_text(module)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    report = validate(
        "slipped", checks=toys.suite(toys.make(toys.compare_force, "cross.toy")), quick=True, **toys.RULES
    )
    text = reproducer(report, report.records[0])
    assert text.startswith(MARK)
    (script := tmp_path / "script.py").write_text(text)
    done = alone(script, tmp_path)
    assert done.stdout == "got\n[1.]\nwant\n[0.]\nerror 0.001 of 1e-12 allowed: 3.0 correct digits\n"
    assert done.returncode == 1


def test_script_of_a_derived_value() -> None:
    """Where no single call is wrong, the script replays the check."""

    def total(solver: Any, problem: Problem) -> Iterator[Comparison]:
        yield Comparison("curl", [solver.curl(problem.system).sum() + 1], [0.0], scale=1.0)

    solver = SimpleNamespace(curl=fast.curl)
    checks = toys.suite(toys.make(total, "link.curl", "curl"))
    report = validate(solver, checks=checks, quick=True, **toys.RULES)
    text = reproducer(report, report.records[0])
    compile(text, "script", "exec")
    assert "replay('link.curl', solver, system, {'power': 0})" in text


RUNS = """\
from electronwind import fast
time_accuracy = 1e-9

def driven(*arguments, **options):
    run = fast.driven(*arguments, **options)
    return {"density_matrix": run.density_matrix, "force": 2 * run.force, "current": run.current}
"""


# By day in this process, which has loaded what the script needs.
@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("here", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_script_of_a_run_in_time(
    here: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The failure of a run in time is replayed with electronwind, and fails again."""
    # The script names the check and not the call; a moment's search for the cause is in nobody's way.
    monkeypatch.setattr(runner, "QUICK", replace(runner.QUICK, shrinking=0.1, naming=0.1))
    monkeypatch.setattr(runner, "CONCLUDING", 1)
    monkeypatch.setattr("electronwind.validation.diagnosis.conclude.told", lambda causes, *_: causes)
    (tmp_path / "twice.py").write_text(RUNS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    script = failures("twice", "link.force.driven", tmp_path)["link.force.driven"]
    assert "replay('link.force.driven'" in script.read_text()
    if here:
        with pytest.raises(SystemExit) as left:
            runpy.run_path(str(script), run_name="__main__")
        code, said = left.value.code, capsys.readouterr().out
    else:
        done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True)
        code, said = done.returncode, done.stdout
    assert "driven: FAILED" in said
    assert code == 1
