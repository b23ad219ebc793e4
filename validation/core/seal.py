"""The seal of a report: a keyed hash by which a later run of the same user knows what an earlier one wrote.

Whoever sends a report folder, or leaves one in a repository, does not have the key, which lies outside of it.
Whatever runs as the same user may read it: against a solver of bad will it is no protection.
"""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import platformdirs

__all__ = ["KEY", "seal"]

KEY = "ELECTRONWIND_KEY"
BYTES = 32


def seal(mark: str) -> str:
    """Return the seal of a hash, or an empty string where there is no key and none can be kept.

    The key is the text in ``ELECTRONWIND_KEY``, for runs that go on on another machine, or otherwise random
    and kept in a file that the user alone may read.
    """
    given = os.environ.get(KEY, "")
    key = given.encode(errors="surrogateescape") or _kept(
        platformdirs.user_state_path("electronwind") / "key"
    )
    return hmac.new(key, mark.encode(), "sha256").hexdigest() if key else ""


@cache
def _kept(path: Path) -> bytes:
    """Return the key in a file, which is made where there is none."""
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole = path.is_file() and path.stat().st_size == BYTES
        if not whole:
            # Only its maker may read it, and two runs that make it at once agree on one.
            descriptor, temporary = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(BYTES))
            if path.exists():
                os.replace(temporary, path)
            else:
                with suppress(FileExistsError):
                    os.link(temporary, path)
                os.unlink(temporary)
        return path.read_bytes()
    return b""
