"""Runs in time on the line: a question is pickled, an answer is numbers.

Models, paths and bodies are Python objects, and some are local functions: only a pickle holds them. The
suite is trusted by its own worker, so its questions may be one. No solver is trusted by the suite: what
comes back is data, and unpickling it would run the solver's code in the judge.
"""

from __future__ import annotations

import pickle
from base64 import b64decode, b64encode
from types import SimpleNamespace
from typing import Any

import cloudpickle

from electronwind.dynamics import fields_of
from electronwind.errors import UnsupportedError
from electronwind.observables import Dynamics

from .wire import decode, encode

__all__ = ["decode_run", "encode_run", "pack", "unpack"]


def pack(value: Any) -> str:
    """Return an object as text without quotes or line feeds, which `unpack` reads.

    Raises
    ------
    UnsupportedError
        It holds what cannot be put into another process.
    """
    try:
        # From protocol 5 on, arrays keep the flag that tells whether they may be written into.
        return b64encode(cloudpickle.dumps(value, protocol=5)).decode("ascii")
    # An object may refuse to be pickled by any error of its own.
    except Exception as error:
        raise UnsupportedError(f"the arguments cannot be put into another process: {error}") from error


def unpack(text: str) -> Any:
    """Return the object that `pack` wrote; arrays that were read-only cannot be made writable.

    Raises
    ------
    UnsupportedError
        It needs a module that cannot be imported here.
    """
    try:
        return pickle.loads(b64decode(text))
    except (AttributeError, ImportError) as error:
        raise UnsupportedError(f"the arguments cannot be read in another process: {error}") from error


def encode_run(row: Dynamics, result: Any) -> dict[str, Any] | None:
    """Return the fields of a result as they go over the line; None stands for itself.

    Raises
    ------
    TypeError
        A field that is no array of numbers, by name.
    """
    if result is None:
        return None
    fields = {}
    for name, value in fields_of(result, row.fields).items():
        try:
            fields[name] = encode(value)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{error} in {name}") from error
    return fields


def decode_run(row: Dynamics, fields: Any) -> SimpleNamespace | None:
    """Return the result that `encode_run` wrote, its fields as attributes.

    Raises
    ------
    ValueError
        Anything else, in words.
    """
    if fields is None:
        return None
    if not isinstance(fields, dict):
        raise ValueError(f"expected the fields of a run, got {fields!r:.60}")
    return SimpleNamespace(**{name: decode(fields[name]) for name in row.fields if name in fields})
