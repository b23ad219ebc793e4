"""Certifying the values that the benchmark is judged by: minutes, once, by the reference.

``python -m electronwind.validation.benchmark.certify`` writes ``truth.json`` anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES, OpenSystem

from ..core.canonical import checksum
from ..core.record import plain
from ..core.tolerances import condition
from .problems import BLOCKS, arguments, block_system, corner, geometries, hidden

__all__ = ["DIGITS", "MEASURED", "SCHEMA", "SIZES", "TEMPERATURES", "TRUTH", "certified", "make", "sealed"]

SCHEMA = "electronwind-benchmark-truth/1"
TRUTH = Path(__file__).with_name("truth.json")
DIGITS = 20
SIZES = (2, 4, 10, 30, 100, 300, 1000)
TEMPERATURES = (0.5, 0.1, 0.02, 1e-3, 1e-4)
# What the ladder asks of chains: all else is made of the same Green's functions.
# What has rungs; pairs and what goes on in time have none.
MEASURED = tuple(name for name in OBSERVABLES if name not in ("pair_density", "force_correlation"))
CHAINS = ("density_matrix", "force", "curl", "current", "bond_current", "transmission")
# Blocks for one process at a time.
SHARE = 25


def certified(system: OpenSystem, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return values of the reference, computed to `DIGITS` digits and rounded once."""
    # Imported late: a benchmark reads what was certified, and needs no reference.
    from electronwind import reference

    values = {}
    for name in names:
        raw = getattr(reference, name)(system, *arguments(name), digits=DIGITS)
        values[name] = np.asarray(raw).astype(complex if OBSERVABLES[name].complex else float)
    return values


def _entry(system: OpenSystem, names: Sequence[str]) -> dict[str, Any]:
    """Return each value with the scale and the condition number of its observable."""
    found = {}
    for name, value in certified(system, names).items():
        scale, kappa = condition(name, system, *arguments(name))
        found[name] = {"value": plain(value), "scale": scale, "condition": kappa}
    return found


def _share(first: int) -> dict[str, NDArray[Any]]:
    names = [name for name in MEASURED if name not in ("force", "bond_current")]
    return certified(block_system(first, first + SHARE), names)


def make() -> dict[str, Any]:
    """Return everything that `truth.json` holds."""
    with ProcessPoolExecutor() as pool:
        shares = list(pool.map(_share, range(0, BLOCKS, SHARE)))
    values = {name: np.concatenate([share[name] for share in shares]) for name in shares[0]}
    sigma = values.pop("density_matrix")
    batch = block_system()
    values["force"] = -np.einsum("kdij,kji->kd", batch.gradient, sigma).real
    conditions = {name: condition(name, batch, *arguments(name)) for name in MEASURED}
    cold = [geometries(temperature) for temperature in TEMPERATURES]
    return {
        "schema": SCHEMA,
        "made": {"digits": DIGITS, "electronwind": version("electronwind"), "mpmath": version("mpmath")},
        "single": _entry(hidden(1), MEASURED),
        "blocks": {
            "density_matrix": plain(sigma),
            "sums": {
                str(size): {name: plain(value[: size // 2].sum(axis=0)) for name, value in values.items()}
                for size in SIZES
            },
            "conditions": {name: list(pair) for name, pair in conditions.items()},
        },
        "geometries": {
            f"{temperature:g}": _entry(system, MEASURED)
            for temperature, system in zip(TEMPERATURES, cold, strict=True)
        },
        "chain": _entry(corner().at([-0.05, 0.02]), CHAINS),
    }


def sealed(data: dict[str, Any]) -> str:
    """Return the hash of the data, whatever its layout as text."""
    return checksum({key: value for key, value in data.items() if key != "sha256"})


def main() -> None:
    """Write `truth.json` anew."""
    data = make()
    data["sha256"] = sealed(data)
    temporary = TRUTH.with_suffix(".tmp")
    temporary.write_text(json.dumps(data, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(temporary, TRUTH)


if __name__ == "__main__":
    main()
