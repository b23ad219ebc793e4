"""The checks; importing this package registers them."""

from __future__ import annotations

from . import (
    analytic,
    balances,
    batches,
    calls,
    composition,
    cross,
    laws,
    links,
    papers,
    statistical,
    symmetries,
    table,
    time_bodies,
    time_cross,
    time_laws,
    time_links,
    time_noise,
    time_oscillator,
    time_values,
)

__all__ = [
    "analytic",
    "balances",
    "batches",
    "calls",
    "composition",
    "cross",
    "laws",
    "links",
    "papers",
    "statistical",
    "symmetries",
    "table",
    "time_bodies",
    "time_cross",
    "time_laws",
    "time_links",
    "time_noise",
    "time_oscillator",
    "time_values",
]
