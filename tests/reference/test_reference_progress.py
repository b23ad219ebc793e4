"""What the runs in time of the reference tell of their progress."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from electronwind import ClassicalBody, Harmonic, Straight, fast, models, reference
from electronwind import progress as progress_module
from electronwind.calls import DYNAMICS

MODEL = models.single_level(broadening=(0.5, 0.5), temperature=(0.5, 0.5))
BODY = ClassicalBody(8.0, Harmonic(1.0))
PATH = Straight([0.0], [0.125])
START = [0.0], [0.125]
# The second start goes on where the first ended.
STARTS = np.array([[0.0], [0.25]]), np.zeros((2, 1))
RUNS: dict[str, Any] = {
    "driven": lambda **k: reference.driven(MODEL, PATH, [0.0, 0.25], digits=6, **k),
    "ehrenfest": lambda **k: reference.ehrenfest(MODEL, BODY, START, [0.0, 0.125], digits=6, **k),
    "langevin": lambda **k: reference.langevin(MODEL, BODY, STARTS, [0.0, 0.25], digits=4, **k),
    "two_time_noise": lambda **k: reference.two_time_noise(
        MODEL, PATH, 0.25, [0.125], since=0.0, digits=6, **k
    ),
}
# The others cost seconds.
QUICK = {"driven"}


def test_every_run_in_time_tells() -> None:
    """Both houses take the argument, and here is a run of each."""
    assert set(RUNS) == set(DYNAMICS)
    for house in (fast, reference):
        for name in DYNAMICS:
            assert "progress" in inspect.signature(getattr(house, name)).parameters, (house.__name__, name)


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in RUNS])
def test_progress_is_told(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A function hears growing fractions up to one, the error output lines that name the run."""
    told: list[float] = []
    run = RUNS[name](progress=told.append)
    assert len(told) > 1
    assert 0 < told[0] <= 0.5
    assert np.all(np.diff(told) >= 0)
    assert told[-1] == 1
    assert capsys.readouterr() == ("", "")

    monkeypatch.setattr(progress_module, "EVERY", 0.0)
    again = RUNS[name](progress=True)
    out, err = capsys.readouterr()
    assert not out
    assert all(line.startswith(f"{name}: ") and line.endswith(" % done") for line in err.splitlines())
    assert err.splitlines()[-1] == f"{name}: 100 % done"
    field = "exact" if name == "two_time_noise" else "force"
    assert np.array_equal(getattr(run, field), getattr(again, field))
