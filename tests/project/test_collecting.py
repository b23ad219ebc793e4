"""What is done before the first test: each worker loads its share of the files."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import collecting
import pytest

NAMES = ("test_of_a_share_a", "test_of_a_share_b", "test_of_a_share_c", "test_of_a_share_d")


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_file_is_in_one_share(workers: int) -> None:
    files = [Path(name) for name in NAMES]
    shares = [collecting.share(files, worker, workers) for worker in range(workers)]
    assert sorted(path for share in shares for path in share) == files
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def session(source: Any = pytest.Config.ArgsSource.TESTPATHS, **more: Any) -> Any:
    """Return what a worker has of a session, or another process."""
    return SimpleNamespace(config=SimpleNamespace(args_source=source, **more))


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that tells which of four files a session loads, of which two cannot be loaded."""
    (tmp_path / "room").mkdir()
    bodies = ("", "raise ValueError", "", "import pytest; pytest.skip('no')")
    for name, text in zip(NAMES, bodies, strict=True):
        (tmp_path / "room" / f"{name}.py").write_text(f"import sys; sys.shares.append({name!r})\n{text}\n")
    monkeypatch.setattr(collecting, "HERE", tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def loaded(one: Any) -> list[str]:
        found: list[str] = []
        with monkeypatch.context() as patch:
            patch.setattr(sys, "shares", found, raising=False)
            try:
                collecting.pytest_collection(one)
            except pytest.skip.Exception:
                pytest.fail("a file that is to be skipped ends the loading")
        for name in NAMES:
            sys.modules.pop(name, None)
        return found

    return loaded


def test_a_worker_loads_its_share(loaded: Any) -> None:
    """What cannot be loaded stops nobody: pytest loads it again, and says so."""
    second = {"workerid": "gw1", "workercount": 2}
    assert loaded(session(workerinput=second)) == [NAMES[1], NAMES[3]]
    assert loaded(session(workerinput={"workerid": "gw0", "workercount": 1})) == list(NAMES)


def test_only_what_is_asked_for_is_loaded(loaded: Any) -> None:
    """Files that were named are loaded by pytest alone; so are all where one process does everything."""
    worker = {"workerid": "gw0", "workercount": 2}
    assert loaded(session(pytest.Config.ArgsSource.ARGS, workerinput=worker)) == []
    assert loaded(session()) == []


def test_garbage_is_looked_for_again() -> None:
    assert gc.isenabled()
