"""Batches without a system in them, of every size of matrix and every kind of lead."""

from __future__ import annotations

import numpy as np
import pytest

from electronwind import OBSERVABLES, ChainLead, Lead, OpenSystem, PeriodicLead, WideBandLead, fast

LEVELS = (1, 2, 5)
# Of one orbital, of two that fall apart into chains, and of two that do not.
CELLS = {
    "one orbital": ([[0.1]], [[-1.0]]),
    "two chains": ([[0.0, 0.3], [0.3, 0.0]], [[-1.0, 0.0], [0.0, -1.0]]),
    "waves": ([[0.0, -0.3], [-0.3, 0.2]], [[-1.0, 0.0], [0.2, -1.0]]),
}


def ends(kind: str, levels: int) -> list[Lead]:
    """Return leads of a kind at both ends."""
    if kind == "chain":
        return [ChainLead(k, -1.0, mu, 0.1, 0.0, 0.75) for k, mu in ((0, 0.2), (levels - 1, -0.1))]
    if kind in CELLS:
        onsite, hopping = CELLS[kind]
        coupling = 0.75 * np.eye(len(onsite))[-1:]
        return [
            PeriodicLead([k], onsite, hopping, mu, 0.1, coupling) for k, mu in ((0, 0.2), (levels - 1, -0.1))
        ]
    rates = [np.diag(np.arange(levels) == k).astype(float) for k in (0, levels - 1)]
    return [
        WideBandLead(rate + 0.1 * np.eye(levels), mu, 0.1)
        for rate, mu in zip(rates, (0.2, -0.1), strict=True)
    ]


@pytest.mark.night("response-1-waves", "response-2-waves", "response-5-waves")
@pytest.mark.thin
@pytest.mark.parametrize("kind", ["wide band", "chain", *CELLS])
@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("name", OBSERVABLES)
def test_an_empty_batch(name: str, levels: int, kind: str) -> None:
    """No system gives no value, of the shape that values have."""
    row = OBSERVABLES[name]
    # Within the bands of all.
    h = 0.2 * (np.eye(levels, k=1) + np.eye(levels, k=-1))
    pull = np.stack([np.eye(levels), np.ones((levels, levels))])
    one = OpenSystem(h, pull, ends(kind, levels))
    none = OpenSystem(np.tile(h, (3, 0, 1, 1)), np.tile(pull, (3, 0, 1, 1, 1)), ends(kind, levels))
    for argument in ((0.3,), (np.array([0.1, 0.3, 0.7]),)) if row.argument else ((),):
        got = getattr(fast, name)(none, *argument)
        like = getattr(fast, name)(one, *argument)
        assert got.shape == (3, 0, *like.shape)
        assert got.dtype == like.dtype
