"""The checks; importing this package registers them."""

from __future__ import annotations

from . import analytic, balances, batches, calls, composition, cross, laws, links, papers, symmetries, table

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
    "symmetries",
    "table",
]
