"""Several processes: what one of them does costs the check that it was at, and no other."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import solver_modules

from electronwind.validation import parallel, validate

if sys.platform == "win32":
    pytest.skip("solvers in processes of their own need POSIX", allow_module_level=True)

folder = solver_modules.folder  # for every test

# In C, and with the lock of the interpreter: no thread of Python runs meanwhile.
HANGS = "import ctypes\ndef current(system): ctypes.PyDLL(None).pause()\n"
TEXT = "from electronwind.fast import transmission\n"


@pytest.mark.parametrize("here", [True, False])
def test_a_call_that_never_ends(here: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that hangs in C ends its process, inside the judge's or apart, and the other checks run."""
    from electronwind.external import Bounds

    monkeypatch.setattr(parallel, "ENDLESS", 3.0)
    Path("hangs.py").write_text(HANGS + TEXT)
    bounds = None if here else Bounds(seconds=2.0)
    report = validate("hangs", only="law.sum.*", quick=True, jobs=2, here=here, bounds=bounds)
    found = {record.id: record for record in report.records}
    assert found["law.sum.current"].status == "crashed"
    assert "did not" in found["law.sum.current"].message
    assert found["law.sum.transmission"].status == "passed"
    assert report.complete
    assert parallel.SAFE not in os.environ
