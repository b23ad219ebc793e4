"""Each of several workers loads its share of the files of tests before any of them is collected.

In a fresh clone no file has its assertions rewritten yet. That takes longer than all else before the first
test, and each worker would do it for each file; what one has rewritten the others read.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def share(files: list[Path], worker: int, workers: int) -> list[Path]:
    """Return every so many-th file, from the first one of this worker on."""
    return files[worker::workers]


def pytest_collection(session: pytest.Session) -> None:
    """Come after the hook of pytest that has files rewritten, and before the one that collects them."""
    config = session.config
    worker = getattr(config, "workerinput", None)
    if worker is None or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    files = sorted(HERE.glob("*/test_*.py"))
    for path in share(files, int(worker["workerid"].removeprefix("gw")), worker["workercount"]):
        # As pytest does it. What cannot be loaded, or is to be skipped, it meets again, and says so.
        sys.path.insert(0, str(path.parent))
        with suppress(Exception, pytest.skip.Exception):
            import_module(path.stem)
