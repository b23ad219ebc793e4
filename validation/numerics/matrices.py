"""Matrices of a system on wide-band leads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem

__all__ = ["adjoint", "hermitian", "spectral"]

Array = NDArray[Any]


def adjoint(matrix: Array) -> Array:
    """Return the conjugate transpose."""
    return np.conj(np.swapaxes(matrix, -1, -2))


def hermitian(matrix: Array) -> Array:
    """Return the Hermitian part of the last two axes: errors within a claim need not be Hermitian."""
    return (matrix + adjoint(matrix)) / 2


def spectral(system: OpenSystem) -> Array:
    """Return H = h - i Gamma/2 of a system on wide-band leads."""
    return np.asarray(system.hamiltonian - 0.5j * sum(system.broadenings))
