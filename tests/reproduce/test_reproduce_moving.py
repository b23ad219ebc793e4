"""The figures of wires in motion: what they state of runs that obey the paper's model, and of others."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import electronwind
from thinning import few

from electronwind import Units, fast, models, pen_and_paper
from electronwind.validation.cli import reproduce as command
from electronwind.validation.reproduce import FIGURES, FULL, moving, saturation, wire_runs
from electronwind.validation.reproduce.figure import Figure, tabulate
from electronwind.validation.reproduce.moving import predicted_noise
from electronwind.validation.reproduce.wire_runs import REDUCED, STIFFNESS, Plan, Pool, einstein
from electronwind.validation.simulation.run import Case, Course, follow, quantum
from electronwind.validation.simulation.store import Store
from electronwind.validation.work.progress import Progress

# Runs that were made by `electronwind reproduce cunningham2014`; the file says how.
MEASURED = json.loads((Path(__file__).parent / "measured_wires.json").read_text(encoding="utf-8"))
PAGE = (Path(__file__).parents[2] / "docs" / "wires.md").read_text(encoding="utf-8")

NUMBERS = ("4", "5", "6", "7", "8")
# Of the runs as long as in the paper, those of 200 atoms that Fig. 4 is made of.
LONG = Plan(200, 4.0, 1, (200,), (10.0,), (), first_seeds=5, since=0.75)
PLANS = {"reduced": REDUCED, "full": wire_runs.FULL, "long": LONG}


def modelled(case: Case, checkpoint: Path | None = None) -> Course:
    """Return a run that settles where Eq. 16 says, with the paper's constants and some noise of its seed."""
    del checkpoint
    high = case.bias > 0.75
    alpha, scale, beta = (0.79, 12.9, 18.7) if high else (0.94, 16.9, 23.2)
    frequency = einstein(case.mass)
    moves = case.atoms >= 10 and alpha * case.bias > frequency
    energy = (
        float(pen_and_paper.energy(case.atoms, case.bias, frequency, alpha, scale, beta)) if moves else 1e-6
    )
    through = 1 / (1 + energy / scale * (1 + beta / (case.atoms * frequency)))
    rng = np.random.default_rng(case.seed)
    time = np.linspace(0, case.time, 41)
    energy *= 1 + 0.03 * rng.normal()
    kinetic = energy * (1 - np.exp(-10 * time / case.time)) * (1 + 0.05 * np.cos(40 * time / case.time))
    current = quantum(case.bias) * through * np.ones(41)
    middle = current + 0.1 * rng.normal(size=41)
    course = Course(case, time, kinetic, 0 * time, current, middle, current, 0 * time, current, "none")
    return replace(course, spread=0.9 * predicted_noise(course) * np.ones(41))


def drawn(number: str, plan: str, out: Path, run: Callable[..., Course] = modelled) -> Any:
    """Return a figure of runs that are given."""
    name = f"cunningham2014-fig{number}"
    behind = PLANS[plan].behind(name)
    Store(out / "wire-runs", run).courses(behind)
    figure = _of(name, plan, out)
    # The figure rests on no other run.
    assert len(list((out / "wire-runs").glob("*.json"))) == len(set(behind))
    return figure


def _of(name: str, plan: str, out: Path) -> Any:
    if plan == "long":
        return getattr(moving, name.replace("-", "_"))(out, LONG)
    return (FIGURES if plan == "reduced" else FULL)[name](out)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare what takes the longest, the picture."""
    for module in (moving, saturation):
        monkeypatch.setattr(module, "write", lambda out, name, columns, *_: (tabulate(out, name, columns),))


@pytest.mark.thin(most=2)
@pytest.mark.parametrize("number", NUMBERS)
def test_runs_of_the_model_bear_the_paper_out(number: str, tmp_path: Path) -> None:
    """A picture, a table of finite numbers, and statements that all agree and say how sure they are."""
    figure = drawn(number, "reduced", tmp_path)

    assert [s.says for s in figure.statements if not s.agrees] == []
    plot, table = figure.files
    assert plot.read_bytes()[:4] == b"\x89PNG"
    assert np.all(np.isfinite(np.loadtxt(table, delimiter=",", skiprows=1)))
    if number in "467":
        assert all(
            "trajectories a point" in s.chosen and "false alarm" in s.chosen for s in figure.statements
        )


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_runs_come_before_figures(jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is made, the longest runs first, and how far it is told by their lengths."""
    few = Plan(5, 0.002, 2, (2, 5), (10.0,), ())
    told: list[tuple[int, float]] = []
    monkeypatch.setattr(wire_runs, "REDUCED", few)
    monkeypatch.setattr(Progress, "reached", lambda _, done, doing, share: told.append((done, share)))
    store = Store(tmp_path / "wire-runs", modelled if jobs == 1 else follow)
    if jobs == 1:
        monkeypatch.setattr(wire_runs, "store_of", lambda _: store)
    store.courses(few.by_length[:1])
    command.made(["cunningham2014-fig7"], tmp_path, jobs, full=False)

    assert [done for done, _ in told] == list(range(1, 8))
    shares = np.diff([0.0, *(share for _, share in told)])
    assert told[-1][1] == pytest.approx(1.0, abs=1e-12)
    assert shares.min() < 0.99 * shares.max()
    if jobs == 1:
        assert list(shares) == sorted(shares, reverse=True)
    assert store.missing(few.by_length) == []
    # And nothing is made again.
    command.made(["cunningham2014-fig7"], tmp_path, jobs, full=False)
    assert len(told) == 7


def test_the_command_makes_runs_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the figures that are asked for, before any of them is drawn."""
    order: list[Any] = []
    name = "cunningham2014-fig7"
    figure = Figure(name, (), {}, ())
    monkeypatch.setattr(command, "made", lambda *what: order.append(what))
    monkeypatch.setattr(command, "FIGURES", {name: lambda out: order.append(out) or figure})
    assert electronwind("reproduce", name, "--out", str(tmp_path)) == 0
    assert order == [([name], tmp_path, 1, False), tmp_path]


@pytest.mark.parametrize("number", few(NUMBERS, 5, 2))
def test_so_do_those_of_the_full_set(number: str, tmp_path: Path, undrawn: None) -> None:
    """The same of wires and runs as long as in the paper."""
    figure = drawn(number, "full", tmp_path)
    assert [s.says for s in figure.statements if not s.agrees] == []


def measured(case: Case, checkpoint: Path | None = None, rows: Any = MEASURED["runs"]) -> Course:
    """Return a run that was made, by means over its fortieths."""
    del checkpoint
    names = ("atoms", "bias", "mass", "time", "seed")
    (row,) = [r for r in rows if all(r[name] == asdict(case)[name] for name in names)]
    kinetic, mean, spread = (np.array(row[name]) for name in ("kinetic", "mean", "spread"))
    time = (np.arange(len(mean)) + 0.5) * case.time / len(mean)
    return Course(case, time, kinetic, 0 * time + row["balance"], mean, mean, mean, spread, mean, "numba")


made_in_full = partial(measured, rows=MEASURED["full"]["runs"])


@pytest.mark.night("-full")
@pytest.mark.parametrize(
    ("number", "plan"), [*((n, p) for p in ("reduced", "full") for n in NUMBERS), ("4", "long")]
)
def test_runs_that_were_made_bear_the_paper_out(
    number: str, plan: str, tmp_path: Path, undrawn: None
) -> None:
    """The reduced and the full set: every statement, and the page says the same numbers."""
    figure = drawn(number, plan, tmp_path, made_in_full if plan == "full" else measured)

    assert [s.says for s in figure.statements if not s.agrees] == []
    for statement in figure.statements:
        # What a run or one current fluctuates by within a fortieth is not kept.
        if "rises sharply" in statement.says:
            continue
        ours = statement.ours.partition("; the current of the middle")[0]
        assert f"| {number} | {statement.says} | {ours} | yes |" in PAGE


@pytest.mark.parametrize("row", MEASURED["runs"], ids=lambda r: f"{r['atoms']}-{r['bias']}-{r['mass']}")
def test_runs_that_were_made_keep_their_energy(row: dict[str, Any]) -> None:
    """With default steps, and for as long as the paper follows them."""
    assert row["balance"] < 1e-3


@pytest.mark.parametrize("mass", sorted({row["mass"] for row in MEASURED["full"]["runs"]}))
def test_so_do_those_of_other_masses(mass: float) -> None:
    """Lighter atoms are faster, and the steps are the same."""
    for row in MEASURED["full"]["runs"]:
        if row["mass"] == mass:
            assert row["balance"] <= (1e-3 if mass >= 10 else max(1e-3, 3e-3 * row["kinetic"][-1]))


def test_light_atoms_stay_at_rest() -> None:
    """Critical mass: at 0.5 V atoms of 0.8 amu carry a quantum, those of 2.5 amu hardly two thirds of one."""

    def carried(atoms: int, mass: float) -> list[float]:
        point = (atoms, 0.5, mass)
        rows = [r for r in MEASURED["runs"] if (r["atoms"], r["bias"], r["mass"]) == point]
        return [float(np.mean(r["mean"][20:])) / quantum(0.5) for r in rows]

    assert all(part > 0.998 for mass in (0.25, 0.8) for part in carried(30, mass))
    assert len(carried(30, 0.8)) == 1
    assert all(0.5 < part < 0.8 for part in carried(40, 2.5))
    # K_E (hbar / alpha e V)^2 with the paper's alpha is between the two.
    critical = STIFFNESS / Units().from_amu(1.0) / (0.94 * 0.5) ** 2
    assert 0.8 < critical < 2.5
    assert critical == pytest.approx(1.38, abs=0.01)


def hot(case: Case, checkpoint: Path | None = None) -> Course:
    """Return a run with half the energy too much, and one that lets the current pass."""
    course = modelled(case, checkpoint)
    one = quantum(case.bias) * np.ones(41)
    return replace(course, kinetic=1.5 * course.kinetic, mean=0.9 * one, spread=3 * course.spread)


def rough(case: Case, checkpoint: Path | None = None) -> Course:
    """Return a run whose current varies along the wire three times too much."""
    course = modelled(case, checkpoint)
    return replace(course, spread=3 * course.spread)


def cold(case: Case, checkpoint: Path | None = None) -> Course:
    """Return a run whose energy grows with the square of the length, and whose current hardly varies."""
    course = modelled(case, checkpoint)
    kinetic = 0.002 * case.atoms**2 * np.linspace(0, 1, 41) ** 0.2
    through = 0.5 + 0.01 * np.sqrt(case.mass)
    return replace(course, kinetic=kinetic, mean=through * quantum(case.bias) * np.ones(41))


def uneven(case: Case, checkpoint: Path | None = None) -> Course:
    """Return a run whose energy follows no law of the length."""
    course = modelled(case, checkpoint)
    return replace(course, kinetic=(3.0 if case.atoms == 40 else 0.1 * case.atoms) * np.ones(41))


WRONG = [
    ("4", hot, "wires settle"),
    ("4", hot, "the current is noisy"),
    ("5", rough, "the spread of the current"),
    # The electrons diffuse in no run.
    ("5", hot, "the spread of the current"),
    ("6", cold, "1 / I is linear"),
    ("6", cold, "with a weak dependence on the bias"),
    ("6", cold, "for small N the conductance"),
    ("7", cold, "the energy per atom decreases"),
    ("7", uneven, "1 / E is linear"),
    ("7", hot, "E0 is 16.9"),
    ("8", cold, "below a critical bias"),
    ("8", cold, "the energy follows V / I"),
]


@pytest.mark.parametrize(("number", "run", "says"), few(WRONG, 2))
def test_other_runs_do_not(
    number: str, run: Callable[..., Course], says: str, tmp_path: Path, undrawn: None
) -> None:
    """The verdict is computed."""
    figure = drawn(number, "reduced", tmp_path, run)

    (verdict,) = [s.agrees for s in figure.statements if s.says.startswith(says)]
    assert not verdict


def passing(case: Case, checkpoint: Path | None = None) -> Course:
    """Return a run whose energy is twice too high until three quarters of it are over."""
    course = modelled(case, checkpoint)
    early = course.time < 0.75 * course.time[-1]
    return replace(course, kinetic=np.where(early, 2.0, 1.0) * course.kinetic)


def test_the_energy_of_long_wires_is_counted_from_where_the_paper_does(tmp_path: Path, undrawn: None) -> None:
    """From 3 of 4 ps on: what comes before is no part of 17.5 eV."""
    figure = drawn("4", "full", tmp_path, passing)
    (verdict,) = [s for s in figure.statements if s.says.startswith("200 atoms settle")]

    assert verdict.agrees
    assert "counted from 3 ps on" in verdict.chosen


def test_the_spread_of_trajectories_gives_the_interval(tmp_path: Path) -> None:
    """One relative spread for all points that move, and Student's distribution."""
    plan = Plan(20, 1.0, 4, (20, 40), (10.0,), ())
    Store(tmp_path / "wire-runs", modelled).courses(plan.by_length)
    pool = Pool(tmp_path, plan.by_length)
    mean = pool.mean("kinetic", 20, 0.5, 10.0)

    assert mean.trajectories == 4
    # Four points share the noise of their four seeds.
    factors = 1 + 0.03 * np.array([np.random.default_rng(k).normal() for k in range(4)])
    spread = np.std(factors / factors.mean(), ddof=1)
    assert mean.error / mean.value == pytest.approx(spread / 2, rel=1e-9)
    assert pool.reach("kinetic") == pytest.approx(4.3178, abs=1e-3)
    assert "4 trajectories a point" in pool.words("kinetic")


def test_the_einstein_frequency_is_that_of_one_atom() -> None:
    """The closed form is the stiffness that the solver finds for one atom between two perfect chains."""
    gold = models.wire(1, ends="chain", temperature=0.0)
    (found,) = fast.stiffness(gold, gold.body(10.0), gold.rest).ravel()

    assert found == pytest.approx(wire_runs.STIFFNESS, rel=1e-12)
    assert Units().from_femtosecond(1.0) * einstein(10.0) == pytest.approx(0.26493, abs=5e-6)


def test_the_full_set_is_that_of_the_paper() -> None:
    """Lengths, masses and biases of the figures, several trajectories, and no run twice."""
    full = wire_runs.FULL

    assert full.atoms == 200
    assert len(full.first) >= 5
    assert {c.bias for c in full.by_bias if c.atoms == 200} == {k / 10 for k in range(1, 18)}
    assert len(full.everything) == len(set(full.everything))
    assert {c.time for c in full.first} == {4000.0}
