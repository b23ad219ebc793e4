"""The command that lets wires move: quantities with units, files, a sweep, and going on after a kill."""

from __future__ import annotations

import csv
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from command import electronwind
from in_turn import InTurn
from killing import killed_at

from electronwind import InvalidSystemError, Units, fast, models
from electronwind.validation.cli import quantities, simulate
from electronwind.validation.simulation.run import Case, follow, quantum

SHORT = ("simulate", "wire", "--atoms=4", "--bias=0.5", "--mass=10", "--time=4fs", "--every=1fs")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def unpictured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing: a picture takes as long as a short run."""
    monkeypatch.setattr(simulate, "write_picture", lambda *_: None)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (quantities.TIME, "4ps", 4000.0),
        (quantities.TIME, "4 ps", 4000.0),
        (quantities.TIME, "5", 5.0),
        (quantities.TIME, ".5ns", 5e5),
        (quantities.BIAS, "500mV", 0.5),
        (quantities.BIAS, "0", 0.0),
        (quantities.MASS, "10amu", 10.0),
        (quantities.LENGTH, "1pm", 0.01),
        (quantities.TEMPERATURE, "300K", 300 * 8.617333262e-5),
        (quantities.TEMPERATURE, "0.02eV", 0.02),
    ],
)
def test_quantities(kind: Any, text: str, value: float) -> None:
    """A number and a unit; without one it is the first."""
    assert kind.convert(text, None, None) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    "text", ["", "4 parsec", "ps", "-4ps", "0fs", "nan", "inf", "1e400fs", "4ps5", "0x4"]
)
def test_what_is_no_quantity(text: str) -> None:
    """It is refused, with the units that there are."""
    with pytest.raises(click.BadParameter, match=r"is no time"):
        quantities.TIME.convert(text, None, None)


def test_a_run_leaves_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    """A table and a picture of the run, a table of runs, and a line that says what came out."""
    assert electronwind(*SHORT) == 0
    said = capsys.readouterr().out
    assert "4 atoms, 0.5 V, 10 amu" in said
    assert "one quantum" in said
    out = Path("electronwind-simulate")
    assert {path.suffix for path in out.iterdir()} == {".csv", ".png", ".npz", ".rows"}
    assert (out / "n4-v0.5-m10-seed0.png").read_bytes()[:4] == b"\x89PNG"
    with (out / "n4-v0.5-m10-seed0.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["time_fs"]) for row in rows] == pytest.approx([0, 1, 2, 3, 4])
    assert float(rows[0]["current_left_uA"]) == pytest.approx(quantum(0.5), rel=0.02)
    assert float(rows[-1]["kinetic_eV"]) > 0
    assert all(abs(float(row["balance_eV"])) < 1e-6 for row in rows)


@pytest.mark.parametrize("jobs", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_a_sweep_is_its_runs(jobs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All combinations, in any number of processes; each is the run that it is alone."""
    if jobs == "1":
        monkeypatch.setattr(simulate, "write_picture", lambda *_: None)
        # Another process takes longer to start than the runs take.
        monkeypatch.setattr(simulate, "executor", lambda *_: nullcontext(InTurn()))
    command = [*SHORT, "--time=2fs", "--bias", "0.1V,500mV", "--runs", "2", "--jobs", jobs, "--out", "sweep"]
    assert electronwind(*command) == 0
    with Path("sweep/runs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["bias"], row["seed"]) for row in rows] == [
        ("0.1", "0"),
        ("0.1", "1"),
        ("0.5", "0"),
        ("0.5", "1"),
    ]
    alone = follow(Case(4, 0.5, 10.0, 2.0, seed=1, every=1.0)).summary()
    assert float(rows[3]["kinetic"]) == alone["kinetic"]
    assert rows[2]["kinetic"] != rows[3]["kinetic"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--atoms", "0"], "atoms"),
        (["--time", "4parsec"], "is no time"),
        (["--bias", "-1"], "is no bias"),
        (["--mass", "0"], "is no mass"),
        (["--ends", "chain"], "chain"),
        (["--every", "0fs"], "is no time"),
    ],
)
def test_wrong_usage(more: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and the option or the parameter by name."""
    assert electronwind(*SHORT, *more) == 2
    assert words in capsys.readouterr().err


@pytest.mark.usefixtures("unpictured")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_resume(capsys: pytest.CaptureFixture[str]) -> None:
    """Killed and resumed, the table is that of a run that was left alone; other settings are refused."""
    command = ("simulate", "wire", "--atoms=30", "--bias=0.5", "--time=8fs", "--every=1fs")
    # The state is saved at every step, in a few changes of the folder.
    assert killed_at(200, (*command, "--out", "out", "--save", "1e-9"))
    assert Path("out/n30-v0.5-m10-seed0.npz").exists()
    assert not Path("out/runs.csv").exists()
    assert electronwind(*command, "--out", "out", "--resume") == 0
    assert electronwind(*command, "--out", "whole") == 0
    name = "n30-v0.5-m10-seed0.csv"
    assert Path("out", name).read_text() == Path("whole", name).read_text()
    capsys.readouterr()
    assert electronwind(*command, "--out", "out", "--resume", "--noise", "0.02") == 2
    assert "another problem" in " ".join(capsys.readouterr().err.split())


def start(wire: Any) -> tuple[Any, Any]:
    return wire.rest + 0.02 * np.cos(np.arange(wire.atoms)), np.zeros(wire.atoms)


def test_stream() -> None:
    """What goes to a file is what memory would hold, and a watcher sees it as it comes."""
    pytest.importorskip("h5py")
    wire, times, seen = models.wire(4, bias=0.5), np.linspace(0, 3, 7), []
    options: dict[str, Any] = {"method": "neighbours"}
    want = fast.ehrenfest(wire, wire.body(10.0), start(wire), times, **options)
    got = fast.ehrenfest(
        wire, wire.body(10.0), start(wire), times, stream="run.h5",
        watch=lambda t, row: seen.append((t, float(row["kinetic"][0]))), **options,
    )  # fmt: skip
    for name in ("position", "force", "bond_current", "kinetic", "work", "charge"):
        assert np.array_equal(getattr(got, name)[0], getattr(want, name)), name
    assert [t for t, _ in seen] == list(times)
    assert [energy for _, energy in seen] == list(want.kinetic)
    # The same run again is allowed to write there, another is not.
    with pytest.raises(InvalidSystemError, match=r"^stream"):
        fast.ehrenfest(wire, wire.body(11.0), start(wire), times, stream="run.h5", **options)
    Path("other.h5").write_text("nothing")
    with pytest.raises(InvalidSystemError, match=r"^stream"):
        fast.ehrenfest(wire, wire.body(10.0), start(wire), times, stream="other.h5", **options)


def test_a_stream_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows wait up to a bound, whatever their number, and none is lost."""
    pytest.importorskip("h5py")
    from electronwind.fast import history

    monkeypatch.setattr(history, "WAITING", 1000)
    stream = history.Stream(Path("rows.h5"), {"position": (2, 500, 30)}, np.arange(500.0), "mine")
    most = 0
    for index in range(500):
        stream.put(index, {"position": np.full((2, 30), float(index))})
        most = max(most, len(stream._waiting))
    assert most * 60 <= 1000
    rows = stream.arrays()["position"]
    assert np.array_equal(rows[:, :, 3], np.broadcast_to(np.arange(500.0), (2, 500)))


def test_a_stream_goes_on_after_a_checkpoint() -> None:
    """The file and the state together are the run: nothing is doubled or missing."""
    pytest.importorskip("h5py")
    wire, times = models.wire(4, bias=0.5), np.linspace(0, 3, 13)
    files: dict[str, Any] = {"stream": "run.h5", "checkpoint": "state.npz", "every": 0.0}

    class EndedError(Exception):
        pass

    def end(time: float, row: Any) -> None:
        if time > 1.6:
            raise EndedError

    options: dict[str, Any] = {"method": "neighbours"}
    with pytest.raises(EndedError):
        fast.ehrenfest(wire, wire.body(10.0), start(wire), times, watch=end, **files, **options)
    got = fast.ehrenfest(wire, wire.body(10.0), start(wire), times, **files, **options)
    want = fast.ehrenfest(wire, wire.body(10.0), start(wire), times, **options)
    assert np.array_equal(got.position[0], want.position)
    assert np.array_equal(got.bond_current[0], want.bond_current)


@pytest.mark.parametrize("given", [{"stream": "run.h5"}, {"watch": print}])
def test_only_chains_are_streamed(given: dict[str, Any]) -> None:
    """Other runs say so by the argument."""
    wire = models.wire(2, bias=0.5, buffer=1)
    with pytest.raises(InvalidSystemError, match=f"^{next(iter(given))}"):
        fast.ehrenfest(wire, wire.body(10.0), start(wire), [0.0, 1.0], method="modes", **given)
    with pytest.raises(InvalidSystemError, match=r"^watch"):
        fast.ehrenfest(wire, wire.body(10.0), start(wire), [0.0, 1.0], method="neighbours", watch=3)


def test_units_of_the_course() -> None:
    """A quantum of conductance is 77.48 microampere a volt; energies of the run are in eV."""
    assert quantum(1.0) == pytest.approx(77.48091729863648, rel=1e-12)
    course = follow(Case(4, 0.1, 10.0, 2.0, noise=0.0, every=1.0))
    assert course.time == pytest.approx([0, 1, 2])
    assert course.left[0] == pytest.approx(quantum(0.1), rel=2e-3)
    assert course.middle[0] == pytest.approx(course.right[0], rel=1e-9)
    assert Units().femtosecond(1.0) == pytest.approx(0.6582119569509066)
