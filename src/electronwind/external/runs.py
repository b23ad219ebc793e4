"""Runs in time on the line: a question is pickled, an answer is arrays.

Models, paths and bodies are Python objects, and some are local functions: only a pickle holds them.
"""

from __future__ import annotations

import pickle
from typing import Any

import cloudpickle

from electronwind.errors import UnsupportedError

__all__ = ["pack", "unpack"]


def pack(value: Any) -> bytes:
    """Return an object as bytes, which `unpack` reads.

    Raises
    ------
    UnsupportedError
        It holds what cannot be put into another process.
    """
    try:
        # From protocol 5 on, arrays keep the flag that tells whether they may be written into.
        return cloudpickle.dumps(value, protocol=5)
    # An object may refuse to be pickled by any error of its own.
    except Exception as error:
        raise UnsupportedError(f"the arguments cannot be put into another process: {error}") from error


def unpack(packed: bytes) -> Any:
    """Return the object that `pack` wrote; arrays that were read-only cannot be made writable.

    Raises
    ------
    UnsupportedError
        It needs a module that cannot be imported here.
    """
    try:
        return pickle.loads(packed)
    except (AttributeError, ImportError) as error:
        raise UnsupportedError(f"the arguments cannot be read in another process: {error}") from error
