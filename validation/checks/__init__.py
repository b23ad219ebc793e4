"""The checks; importing this package registers them."""

from __future__ import annotations

from . import analytic, calls, cross, laws, links, papers, symmetries, table

__all__ = ["analytic", "calls", "cross", "laws", "links", "papers", "symmetries", "table"]
