"""The one text that stands for data."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["canonical", "written"]


def canonical(data: Any) -> str:
    """Return data as the one text that stands for it: sorted keys, no blanks, shortest numbers."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def written(data: Any) -> str:
    """Return data as the text of a file, one number or word per line: again, the only one there is."""
    return json.dumps(data, indent=1, ensure_ascii=True, allow_nan=False) + "\n"
