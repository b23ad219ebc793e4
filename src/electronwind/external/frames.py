"""Messages between the suite and its own worker: a length, and as many bytes.

A question is a pickle: models, paths and bodies are Python objects, and some are local functions. The suite
is trusted by its worker. No solver is trusted by the suite: an answer is a line of JSON, and the bytes of
arrays whose number type and shape that line states. Nothing of it is ever unpickled.
"""

from __future__ import annotations

import json
import math
import pickle
import struct
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind.errors import SolverProcessError

from .wire import plain

__all__ = ["BESIDE", "LENGTH", "answer", "arrays", "numbers", "question", "received"]

LENGTH = struct.Struct("<Q")
# No name of an observable: a function of the suite, which goes to work next to the solver.
BESIDE = "(beside)"
# Number types that have one meaning everywhere; others are rounded to double precision.
TYPES = ("|b1", *(f"<{kind}{size}" for kind in "iu" for size in (2, 4, 8)), "|i1", "|u1")
TYPES = (*TYPES, "<f2", "<f4", "<f8", "<c8", "<c16")


def question(*parts: Any) -> bytes:
    """Return a message with any Python objects."""
    body = pickle.dumps(parts, protocol=5)
    return LENGTH.pack(len(body)) + body


def numbers(value: Any, megabytes: int) -> NDArray[Any]:
    """Return what a solver returned as an array of one of `TYPES`.

    Numbers of mpmath are rounded to double precision.

    Raises
    ------
    TypeError, ValueError
        Not an array of numbers, or one longer than `megabytes`.
    """
    array = np.asarray(value)
    # Before any of it is converted: a view may stand for more than there is memory.
    if array.size * max(array.itemsize, 8) > megabytes * 2**20:
        raise ValueError(f"returned shape {array.shape}, which is longer than {megabytes} MB")
    array = plain(value)
    little = array.dtype.newbyteorder("<")
    if little.str not in TYPES:
        little = np.dtype("<c16" if array.dtype.kind == "c" else "<f8")
    return np.asarray(array, little, order="C")


def answer(id: int, said: Mapping[str, Any], fields: Mapping[str, NDArray[Any]] | None = None) -> list[bytes]:
    """Return a message of plain data and arrays by name, as pieces that are written one after the other."""
    header: dict[str, Any] = {"id": id, **said}
    if fields is not None:
        header["value"] = {name: [array.dtype.str, array.shape] for name, array in fields.items()}
    pieces = [array.tobytes() for array in (fields or {}).values()]
    text = json.dumps(header).encode()
    length = LENGTH.size + len(text) + sum(map(len, pieces))
    return [LENGTH.pack(length) + LENGTH.pack(len(text)) + text, *pieces]


def received(message: bytes) -> tuple[Any, memoryview]:
    """Return the plain data of a message, and the bytes after them.

    Raises
    ------
    ValueError, RecursionError
        It holds none.
    """
    if len(message) < LENGTH.size:
        raise ValueError("it is too short")
    start = LENGTH.size
    end = start + LENGTH.unpack_from(message)[0]
    if end > len(message):
        raise ValueError("it is shorter than it says")
    return json.loads(message[start:end]), memoryview(message)[end:]


def arrays(stated: Any, raw: memoryview, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a message.

    Parameters
    ----------
    stated : object
        What the message says of them: number type and shape, by name.
    raw : memoryview
        Their bytes.
    names : iterable of str
        Those that it may hold.

    Raises
    ------
    SolverProcessError
        The bytes are not what is stated.
    """
    known, found, at = set(names), {}, 0
    try:
        for name, (kind, shape) in stated.items():
            if name not in known or kind not in TYPES or any(type(n) is not int or n < 0 for n in shape):
                raise ValueError
            dtype = np.dtype(kind)
            count = math.prod(shape)
            # A copy of its own, which the message does not keep alive, and aligned.
            found[name] = np.array(np.frombuffer(raw, dtype, count, at).reshape(shape))
            at += count * dtype.itemsize
        if at != len(raw):
            raise ValueError
    except (AttributeError, TypeError, ValueError, OverflowError, MemoryError):
        raise SolverProcessError("sent an answer whose bytes are not the arrays that it states") from None
    return found
