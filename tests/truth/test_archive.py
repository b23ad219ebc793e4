"""The archive of the reference: the same question is asked once, and nothing wrong comes out of it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from toys import system

from electronwind import OpenSystem, fast, load_solver, reference
from electronwind.external import Bounds
from electronwind.validation import Report, validate
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.compare.verify import rerun
from electronwind.validation.core.tolerances import EPS
from electronwind.validation.truth import archive
from electronwind.validation.truth.archive import FOLDER, NAME, RECALLED, anew, recall
from electronwind.validation.truth.oracle import arbitrate, is_police
from electronwind.validation.under_test.guard import Guarded
from electronwind.validation.under_test.solver import SolverUnderTest

VALUE = np.array([[0.1 + 1e-17j, -0.0], [np.pi, 3e-310]])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER, str(tmp_path / "cache"))
    return tmp_path / "cache"


class Asked:
    """Answers with a value, and counts."""

    def __init__(self, value: Any = VALUE) -> None:
        self.times, self.value = 0, value

    def __call__(self) -> dict[str, Any]:
        """Answer once more."""
        self.times += 1
        return {"value": self.value}


def test_a_question_is_asked_once():
    """The second time the very same bits come back, and the reference is not called."""
    asked, before = Asked(), RECALLED.values
    first, again = recall(["force", 1.5], asked)["value"], recall(["force", 1.5], asked)["value"]
    assert asked.times == 1
    assert RECALLED.values == before + 1
    assert again.tobytes() == first.tobytes() == VALUE.tobytes()
    assert again.dtype == first.dtype
    recall(["force", np.nextafter(1.5, 2)], asked)
    assert asked.times == 2


def test_another_reference_asks_anew(monkeypatch):
    """What one source of the reference answered does not stand for another."""
    asked = Asked()
    recall("question", asked)
    monkeypatch.setattr(archive, "_REFERENCE", {"reference": "edited"})
    recall("question", asked)
    assert asked.times == 2


ASKS = """
from pathlib import Path
from electronwind.validation.truth import archive

Path.read_bytes = lambda self: b"edited"
archive.recall("question", lambda: print("asked") or {})
"""


def test_the_reference_is_what_was_imported():
    """What is edited while a process runs is not what answers there, and gets none of its answers."""
    done = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True)
    assert done.stdout == "asked\n"
    recall("question", pytest.fail)


def test_anew():
    """Inside, nothing is recalled and nothing is kept."""
    asked = Asked()
    recall("question", asked)
    with anew():
        recall("question", asked)
        recall("other", asked)
    recall("other", asked)
    assert asked.times == 4


@pytest.mark.parametrize("damage", ["flipped", "short", "file", "folder"])
def test_damage_costs_time_only(folder, damage):
    """A damaged entry, file or folder is passed over."""
    asked = Asked()
    recall("question", asked)
    path = folder / NAME
    if damage in ("flipped", "short"):
        with closing(sqlite3.connect(path)) as file, file:
            (value,) = file.execute("SELECT value FROM answers").fetchone()
            worse = value[:-1] if damage == "short" else value[:-40] + bytes([value[-40] ^ 1]) + value[-39:]
            file.execute("UPDATE answers SET value = ?", (worse,))
    elif damage == "file":
        path.write_bytes(b"no database" * 1000)
    else:
        path.unlink()
        folder.rmdir()
        folder.write_text("in the way")
    assert recall("question", asked)["value"].tobytes() == VALUE.tobytes()
    assert asked.times == 2


def test_many_may_write_at_once():
    """Processes and threads that meet in the file neither lose nor mix answers."""
    questions = list(range(16)) * 2
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda q: recall(q, Asked(np.array([q]))), questions))
    assert [int(answer["value"][0]) for answer in found] == questions


def test_the_arbiter_remembers(monkeypatch):
    """Another process has the word of the reference on the same system from the archive, to the bit."""
    one = system(0.5)
    first = arbitrate("force", one)
    monkeypatch.setattr(reference, "force", None)
    same = OpenSystem.from_json(one.to_json())
    again = arbitrate("force", same)
    assert again.value.tobytes() == first.value.tobytes()
    assert again.uncertainty == first.uncertainty == np.max(np.abs(first.value)) * EPS


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Report]:
    """Two reports on the same problems, of which the archive holds nothing before the first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(tmp_path_factory.mktemp("runs")))
        return [validate("fast", only="cross.general.current", quick=True, seed=7) for _ in range(2)]


def test_a_run_says_what_it_recalled(runs):
    """The second run of the same problems is told apart in the report, and finds the same."""
    (first,), (again,) = (run.records for run in runs)
    assert (first.recalled, again.recalled) == (0, first.examples)
    assert first.digits == again.digits
    assert again.oracle_seconds < first.oracle_seconds


def test_verify_recalls_nothing(runs):
    """The second opinion on a report is the reference's own."""
    report, _ = runs
    before = RECALLED.values
    assert rerun(report, all_checks(), sample=1).differ == {}
    assert RECALLED.values == before


def test_a_borrowed_name_makes_nobody_the_judge():
    """Whom the reference judges is told by what it is: ours, opened or apart, and no other of its name."""
    apart = load_solver("fast", Bounds())
    ours = [fast, SolverUnderTest.opened(fast), apart]
    assert all(is_police(solver) and is_police(Guarded(solver)) for solver in ours)
    apart.close()
    borrowed = SimpleNamespace(name="fast", role="police", force=fast.force)
    assert not is_police(borrowed)
    assert not is_police(Guarded(SolverUnderTest.opened(borrowed)))
