"""The ladders of the benchmark: their certified values, how times grow, and what is left out beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from entrants import FORCE, outcome, solver

from electronwind import fast
from electronwind.validation.benchmark import certify, entrant, ladder, measure, problems
from electronwind.validation.benchmark.growth import growth, predict
from electronwind.validation.benchmark.ladder import RUNGS, Rung, workload
from electronwind.validation.core.record import plain


def test_stored_values_are_those_of_the_reference() -> None:
    """A sample of the certified values comes out the same when the reference is asked again."""
    data = ladder.truth()
    values = certify.certified(problems.block_system(0, 2), ["friction", "transmission", "current"])
    for name, value in values.items():
        assert plain(value.sum(axis=0)) == data["blocks"]["sums"]["4"][name]
    cold = certify.certified(problems.geometries(1e-4)[:1], ["friction"])["friction"]
    assert plain(cold[0]) == data["geometries"]["0.0001"]["friction"]["value"][0]


def test_damaged_values_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One changed digit among the certified values stops the benchmark."""
    path = tmp_path / "truth.json"
    path.write_text(certify.TRUTH.read_text().replace("0.1", "0.2", 1))
    monkeypatch.setattr(ladder, "TRUTH", path)
    ladder.truth.cache_clear()
    with pytest.raises(ValueError, match="damaged"):
        ladder.truth()
    monkeypatch.undo()
    ladder.truth.cache_clear()


def test_sums_over_blocks_are_values_of_the_large_system() -> None:
    """A hidden system has the traces of its blocks, all of them, to many digits."""
    rungs = [Rung("levels", 30, name) for name in certify.MEASURED]
    result = measure.benchmark([solver()], rungs)
    for rung in rungs:
        found = outcome(result, rung.id)
        assert found.status == "timed", found.message
        assert found.digits is not None
        assert found.digits > 12
    assert np.count_nonzero(problems.hidden(30).hamiltonian) == 900


@pytest.mark.usefixtures("together")
def test_every_ladder_is_held_by_fast() -> None:
    """The fast solver is right on the smaller rungs of every ladder, also where the ends are sharp."""
    rungs = [
        Rung("levels", 1, "every"),
        Rung("levels", 2, "curl"),
        Rung("batch", 10, "every"),
        Rung("temperature", 1e-4, "friction"),
        Rung("chain", 9, "bond_current"),
    ]
    result = measure.benchmark(["fast"], rungs)
    assert [outcome(result, rung.id, "fast").status for rung in rungs] == ["timed"] * 5
    assert result.exit_code == 0
    assert result.labels == ["fast"]


def test_over_budget_is_skipped_in_words_beforehand() -> None:
    """A rung predicted to exceed the budget is named, with the prediction, before it would start."""
    said: list[str] = []
    calls: list[int] = []

    def force(system: Any) -> Any:
        calls.append(len(system.hamiltonian))
        return fast.force(system)

    third = measure.Entrant("third party", solver(force=force))
    third.remember(Rung("batch", 1, "force"), 0.5, 1000)
    third.remember(Rung("batch", 10, "force"), 5.0, 10_000)
    words = third.exceeds(Rung("batch", 100, "force"), 3, 60.0)
    assert "predicted 200 s for 4 calls, from 5 s for one at size 10" in words
    assert "size^1; the budget is 60 s" in words
    assert not third.exceeds(Rung("batch", 100, "force"), 3, 201.0)
    assert not third.exceeds(Rung("levels", 100, "force"), 3, 60.0)

    result = measure.benchmark(
        [solver(force=force)],
        FORCE,
        budget=1e-6,
        on_skip=lambda label, rung, words: said.append(f"{label} {rung.id}"),
    )
    assert calls == [1]
    assert [outcome(result, rung.id).status for rung in FORCE] == ["skipped"] * 3
    assert "right, but not timed" in outcome(result, "batch/1/force").message
    assert said == [f"{name} batch/{size}/force" for size in (10, 100) for name in ("third party", "fast")]
    assert result.exit_code == 5


def test_too_large_for_the_memory_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rung whose predicted memory is not free is left out, with both numbers."""
    third = measure.Entrant("third party", solver())
    third.remember(Rung("levels", 100, "force"), 1e-3, 10**6)
    third.remember(Rung("levels", 300, "force"), 1e-2, 9 * 10**6)
    monkeypatch.setattr(entrant, "_free_memory", lambda: 10**8)
    assert third.exceeds(Rung("levels", 1000, "force"), 3, 60.0) == (
        "predicted 0.1 GB of memory; 0.1 GB are free"
    )
    monkeypatch.setattr(entrant, "_free_memory", lambda: None)
    assert not third.exceeds(Rung("levels", 1000, "force"), 3, 60.0)


@pytest.mark.parametrize("power", [1.0, 2.0, 3.0])
def test_exponent(power: float) -> None:
    """The exponent of a power law is found behind the cost of a bare call."""
    sizes = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5]
    found = growth(sizes, [1e-3 + 1e-5 * s**power for s in sizes])
    assert found is not None
    assert found.exponent == pytest.approx(power, abs=0.12)
    assert found.last == 1e5
    noise = np.exp(np.random.default_rng(0).normal(0, 0.1, 6))
    rough = growth(sizes, list(noise * [1e-5 * s**power for s in sizes]))
    assert rough is not None
    assert abs(rough.exponent - power) < 4 * max(rough.spread, 0.02)


def test_exponent_needs_two_sizes() -> None:
    """One size has no growth, and two leave its error open."""
    assert growth([1.0], [1.0]) is None
    two = growth([1.0, 10.0], [1.0, 10.0])
    assert two is not None
    assert (two.exponent, two.spread) == (pytest.approx(1.0), np.inf)


def test_prediction_is_kept_within_reason() -> None:
    """A noisy pair of sizes predicts neither no growth nor an explosion."""
    assert predict("batch", [], [], 10) is None
    assert predict("levels", [10], [1.0], 100) == (pytest.approx(100.0), 2.0)
    flat = predict("batch", [1, 10], [1.0, 0.5], 100)
    steep = predict("batch", [1, 10], [1.0, 1000.0], 100)
    assert flat is not None
    assert steep is not None
    assert (flat[1], steep[1]) == (0.8, 1.2)


def test_rungs() -> None:
    """Ids are unique, small comes before large, and the ladders reach as far as they promise."""
    assert len({rung.id for rung in RUNGS}) == len(RUNGS)
    assert [rung.size for rung in ladder.select("batch/*/every")] == [10**k for k in range(6)]
    assert ladder.select("levels/*/friction")[-1].size == 1000
    assert ladder.select("temperature/*/friction")[-1].size == 1e-4
    assert len(ladder.select()) < len(ladder.select(long=True))
    assert len(ladder.select(quick=True)) < len(ladder.select()) / 2
    with pytest.raises(ValueError, match="no rung matches 'force/levels'"):
        ladder.select("force/levels")


def test_a_batch_is_no_repeated_pattern() -> None:
    """Neighbours in a batch differ, and every geometry of it is judged by its own value."""
    system = workload(Rung("batch", 1000, "force")).system
    assert not np.any(np.all(system.hamiltonian[1:] == system.hamiltonian[:-1], axis=(1, 2)))
