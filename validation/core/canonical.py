"""The one text that stands for data, and its hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any

__all__ = ["canonical", "checksum", "written"]


def canonical(data: Any) -> str:
    """Return data as the one text that stands for it: sorted keys, no blanks, shortest numbers."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def checksum(data: Any) -> str:
    """Return the SHA-256 of that text."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def written(data: Any) -> str:
    """Return data as the text of a file, one number or word per line: again, the only one there is."""
    return json.dumps(data, indent=1, ensure_ascii=True, allow_nan=False) + "\n"
