"""Who takes part in a benchmark: a third party's solver, and what became of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from electronwind import OBSERVABLES, fast
from electronwind.validation.benchmark import model
from electronwind.validation.benchmark.ladder import Rung

FORCE = [Rung("batch", 1, "force"), Rung("batch", 10, "force"), Rung("batch", 100, "force")]


def solver(**functions: Any) -> Any:
    """The fast solver under another name, with some functions of its own."""
    right = {name: getattr(fast, name) for name in OBSERVABLES}
    return SimpleNamespace(**({"name": "third party", "version": "1"} | right | functions))


def outcome(result: model.Benchmark, id: str, label: str = "third party") -> model.Outcome:
    standing = next(standing for standing in result.standings if standing.rung.id == id)
    found = standing.of(label)
    assert found is not None
    return found
