"""Hypothesis strategies for the pieces of a system: numbers and matrices, exact in binary, in few draws."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

__all__ = ["MOST", "Matrix", "hermitians", "numbers", "some_broadenings", "some_of", "squares"]

Matrix = NDArray[np.complex128]


@cache
def numbers(limit: int = 24, unit: int = 16) -> SearchStrategy[float]:
    """Return a strategy for k/unit with whole k, abs(k) <= limit: exact in binary."""
    return st.integers(-limit, limit).map(lambda k: k / unit)


# Entries are drawn for this many levels, or as many as there may be: each keeps its place when it shrinks.
MOST = 3


def _entries(raw: NDArray[np.uint8], limit: int, unit: int) -> NDArray[np.float64]:
    """Return bytes as numbers like those of `numbers`."""
    k = raw.astype(int) % (2 * limit + 1)
    # 0, 1, -1, 2, -2 and so on: hypothesis makes bytes small when it shrinks.
    return np.where(k % 2, k + 1, -k) / (2 * unit)


@cache
def squares(count: int, n: int, limit: int, unit: int, most: int = MOST) -> SearchStrategy[Any]:
    """Return a strategy for (count, n, n) numbers as in `numbers`, in one draw: many small ones are slow."""
    most = max(n, most)

    def decode(text: bytes) -> NDArray[np.float64]:
        raw = np.frombuffer(text, np.uint8).reshape(count, most, most)
        return _entries(raw[:, :n, :n], limit, unit)

    return st.binary(min_size=count * most**2, max_size=count * most**2).map(decode)


@cache
def hermitians(count: int, n: int, real: bool = False, most: int = MOST) -> SearchStrategy[Any]:
    """Return a strategy for Hermitian matrices, shape (count, n, n)."""

    def fold(raw: NDArray[np.float64]) -> Matrix:
        # The upper triangle holds real parts, the strict lower triangle imaginary parts.
        upper, lower = np.triu(raw), np.tril(raw, -1)
        skew = 0.0 if real else lower - np.swapaxes(lower, -1, -2)
        return np.asarray(upper + np.swapaxes(np.triu(raw, 1), -1, -2) + 1j * skew, dtype=complex)

    return squares(count, n, 24, 16, most).map(fold)


@cache
def some_broadenings(count: int, n: int, real: bool = False, most: int = MOST) -> SearchStrategy[Any]:
    """Return a strategy for B B^+ with dyadic B, shape (count, n, n): each of rank one, or full."""
    most = max(n, most)
    parts = 1 if real else 2
    size = 1 + parts * most**2

    def decode(text: bytes) -> Matrix:
        raw = np.frombuffer(text, np.uint8).reshape(count, size)
        full, fineness = np.divmod(raw[:, 0].astype(int) % 6, 3)
        factor = _entries(raw[:, 1:].reshape(count, parts, most, most)[..., :n, :n], 8, 8)
        factor[full == 0, :, :, 1:] = 0.0
        roots = factor[:, 0] + (0j if real else 1j * factor[:, 1])
        squared = roots @ np.swapaxes(roots.conj(), -1, -2)
        return np.asarray(squared * (4.0**-fineness)[:, None, None])

    return st.binary(min_size=count * size, max_size=count * size).map(decode)


@cache
def some_of(choices: tuple[float, ...], count: int) -> SearchStrategy[list[float]]:
    """Return a strategy for `count` of the choices, in one draw; the first of them is the simplest."""
    base = len(choices)
    return st.integers(0, base**count - 1).map(lambda k: [choices[k // base**i % base] for i in range(count)])
