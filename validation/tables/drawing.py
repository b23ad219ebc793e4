"""What the tables are about: a system with its arguments, and numbers for it that never change."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem

from .storage import TABLED

__all__ = ["Dyadic", "TableProblem", "is_perfect"]

Matrix = NDArray[np.complex128]


@dataclass(frozen=True)
class TableProblem:
    """One system with an energy and a frequency.

    Attributes
    ----------
    id : str
        Also the name of the file.
    source : str
        Where the system is from, or what is hard about it.
    system : OpenSystem
        A single system.
    energy, frequency : float
        Where the transmission and the spectra are taken.
    leaves_out : tuple of str
        What is infinite or not defined here, or what no enclosure reaches.
    delays : float
        After what time the force is correlated with itself, positive.
    """

    id: str
    source: str
    system: OpenSystem
    energy: float = 0.0625
    frequency: float = 0.125
    leaves_out: tuple[str, ...] = ()
    delays: float = 0.75

    @property
    def observables(self) -> tuple[str, ...]:
        """What there is to derive."""
        return tuple(name for name in TABLED if name not in self.leaves_out)


def is_perfect(system: OpenSystem) -> bool:
    """Whether two chains and the levels between them make one perfect chain, with a real gradient."""
    n = system.levels
    leads = [lead.chain for lead in system.leads if lead.chain]
    if len(leads) != 2 or len(system.leads) != 2 or [lead.site for lead in leads] != [0, n - 1]:
        return False
    numbers = {(float(lead.onsite), float(lead.hopping), abs(float(lead.coupling))) for lead in leads}
    onsite, hopping, coupling = numbers.pop()
    ideal = onsite * np.eye(n) + hopping * (np.eye(n, k=1) + np.eye(n, k=-1))
    return bool(
        not numbers
        and coupling == abs(hopping)
        and np.array_equal(system.hamiltonian, ideal)
        and not np.any(np.imag(system.gradient))
    )


class Dyadic:
    """Whole multiples of a power of two, by the digits of SHA-256: they never change."""

    def __init__(self, seed: str) -> None:
        self.seed, self.count = seed, 0

    def numbers(self, shape: tuple[int, ...], limit: int, unit: int) -> NDArray[np.float64]:
        """Return k/unit with whole k, abs(k) <= limit."""
        size = int(np.prod(shape))
        raw = b""
        while len(raw) < 2 * size:
            raw += hashlib.sha256(f"{self.seed}:{self.count}".encode()).digest()
            self.count += 1
        whole = np.frombuffer(raw[: 2 * size], ">u2").astype(int) % (2 * limit + 1) - limit
        return (whole / unit).reshape(shape)

    def hermitian(self, n: int) -> Matrix:
        """Return a Hermitian matrix."""
        raw = self.numbers((2, n, n), 16, 16)
        half = np.triu(raw[0], 1) + 1j * np.triu(raw[1], 1)
        return np.asarray(half + half.conj().T + np.diag(np.diag(raw[0])))

    def broadening(self, n: int, rank: int) -> Matrix:
        """Return B B^+ / 4, positive semidefinite."""
        raw = self.numbers((2, n, rank), 8, 8)
        factor = raw[0] + 1j * raw[1]
        return np.asarray(factor @ factor.conj().T / 4)
