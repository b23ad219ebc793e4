"""The checks; importing this package registers them."""

from __future__ import annotations

from . import analytic, cross, laws, links, papers, symmetries

__all__ = ["analytic", "cross", "laws", "links", "papers", "symmetries"]
