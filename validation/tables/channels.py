"""Leads with bands as sums of chains: what is exact about a self-energy.

The Green's function at the end of a chain is known. A lead whose onsite and hopping matrices commute, with
each other and with their adjoints, is a sum of chains, one for each projector P of the cell:

    Sigma(E) = sum_k W_k g(E; e_k, |t_k|),  W_k = C P_k C^+,  onsite P_k = e_k P_k,  hopping P_k = t_k P_k.

All of it is found in fractions, so that nothing is left to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

import numpy as np
from flint import acb, acb_mat, arb, fmpq
from numpy.typing import NDArray

from electronwind import Lead

__all__ = ["Channel", "NoChannelsError", "bands", "channels", "rational"]

# Real forms [[Re, -Im], [Im, Re]] of complex matrices, of fractions.
Exact = NDArray[Any]

# Shares of the two Hermitian parts of the hopping: no two chains fall together by accident.
_SHARES: Exact = np.array([Fraction(37, 64), Fraction(23, 128)])
# Eigenvalues of exact input are whole multiples of this, or there is no exact form.
_GRID = 2**44


class NoChannelsError(ValueError):
    """A lead is no sum of chains with rational numbers: the enclosures do not reach it."""


@dataclass(frozen=True)
class Channel:
    """One chain of a lead.

    Attributes
    ----------
    centre, hopping : Fraction
        Its band is ``centre +- 2 hopping``, hopping > 0.
    weight : acb_mat
        What its Green's function is multiplied by in the self-energy, positive semidefinite, shape (n, n).
    """

    centre: Fraction
    hopping: Fraction
    weight: Any

    @property
    def band(self) -> tuple[Fraction, Fraction]:
        """Edges of its band."""
        return self.centre - 2 * self.hopping, self.centre + 2 * self.hopping


def channels(lead: Lead, levels: int) -> list[Channel]:
    """Return the chains of a lead; none where it is wide-band.

    Raises
    ------
    NoChannelsError
        The matrices of the cell do not commute, or have irrational eigenvalues.
    """
    if lead.wide_band:
        return []
    if lead.cell is None:
        raise NoChannelsError(f"a {type(lead).__name__} is no repetition of cells")
    onsite, hopping, coupling = map(_complex, lead.cell)
    chains = [(at, width, coupling @ one @ coupling.T) for at, width, one in _modes(onsite, hopping)]
    return [
        Channel(centre, hopping, _placed(weight, lead.sites, levels)) for centre, hopping, weight in chains
    ]


def bands(found: Sequence[Channel]) -> list[tuple[Fraction, Fraction]]:
    """Return the union of the bands of chains, in order."""
    united: list[tuple[Fraction, Fraction]] = []
    for low, high in sorted(channel.band for channel in found):
        if united and low <= united[-1][1]:
            united[-1] = (united[-1][0], max(high, united[-1][1]))
        else:
            united.append((low, high))
    return united


def _modes(onsite: Exact, hopping: Exact) -> list[tuple[Fraction, Fraction, Exact]]:
    """Return centre, modulus of the hopping and projector of every chain."""
    size = len(onsite)
    j = _form(np.zeros((size // 2,) * 2, dtype=object), np.eye(size // 2, dtype=int).astype(object))
    parts = (hopping + hopping.T) / 2, (j.T @ (hopping - hopping.T)) / 2
    mixed = onsite + _SHARES[0] * parts[0] + _SHARES[1] * parts[1]
    # One orbital is a mode by itself, whatever its digits.
    guesses = np.linalg.eigvalsh(mixed.astype(float)) if size > 2 else ()
    values = sorted({Fraction(round(float(x) * _GRID), _GRID) for x in guesses}) or [mixed[0, 0]]
    one: Exact = np.eye(size, dtype=int).astype(object)
    found = []
    for value in values:
        projector = one
        for other in values:
            if other != value:
                projector = projector @ (mixed - other * one) / (value - other)
        rank = np.trace(projector)
        if not rank or np.any(mixed @ projector != value * projector):
            raise NoChannelsError("the eigenvalues of a cell are not rational")
        centre, re, im = (np.trace(x @ projector) / rank for x in (onsite, *parts))
        square = re**2 + im**2
        modulus = Fraction(isqrt(square.numerator), isqrt(square.denominator))
        alike = (onsite, centre * one), (hopping, re * one + im * j)
        if modulus**2 != square or any(np.any(x @ projector != y @ projector) for x, y in alike):
            raise NoChannelsError("the matrices of a cell do not commute, or have irrational eigenvalues")
        if not modulus:
            raise NoChannelsError("a chain of the cell does not disperse")
        found.append((centre, modulus, projector))
    return found


def rational(number: Any) -> Fraction:
    """Return a float, or an array of one, as the exact number it is."""
    return Fraction(float(number))


def _complex(entries: Any) -> Exact:
    """Return the real form of a matrix of complex floats, in fractions."""
    re, im = (np.vectorize(rational, otypes=[object])(part) for part in (np.real(entries), np.imag(entries)))
    return _form(re, im)


def _form(re: Exact, im: Exact) -> Exact:
    return np.block([[re, -im], [im, re]])


def _placed(weight: Exact, sites: Sequence[int], levels: int) -> Any:
    """Return the weight on its sites, as balls."""
    placed, size = acb_mat(levels, levels), len(sites)
    for i, a in enumerate(sites):
        for k, b in enumerate(sites):
            placed[a, b] = acb(
                *(arb(fmpq(x.numerator, x.denominator)) for x in (weight[i, k], weight[size + i, k]))
            )
    return placed
