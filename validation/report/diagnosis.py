"""What kind of mistake a wrong value looks like, in words."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from electronwind import OBSERVABLES

__all__ = ["diagnose"]

FACTORS = {
    "-1 (a sign convention)": -1.0,
    "2 (the spin factor, or Gamma for Gamma/2)": 2.0,
    "-2 (a sign and a factor of two)": -2.0,
    "1/2 (the spin factor, or Gamma/2 for Gamma)": 0.5,
    "-1/2 (a sign and a factor of two)": -0.5,
    "4": 4.0,
    "1/4": 0.25,
    "pi": np.pi,
    "1/pi": 1 / np.pi,
    "2 pi (the measure of the energy integral)": 2 * np.pi,
    "1/(2 pi) (the measure of the energy integral)": 0.5 / np.pi,
    "4 pi": 4 * np.pi,
    "1/(4 pi)": 0.25 / np.pi,
    "i": 1j,
    "-i": -1j,
}  # fmt: skip
# A resemblance counts where it explains all but this fraction of the error.
UNEXPLAINED = 1e-4
CANCELLED = 1e-6


def diagnose(got: ArrayLike, want: ArrayLike, scale: float = 0.0, observable: str = "") -> str:
    """Return a sentence on what turns `want` into `got`, or an empty string.

    Parameters
    ----------
    got, want : array_like
        Value of the solver, and the expected value; same shape.
    scale : float
        Size that errors are measured against. Where the expected value cancels to far below it, its
        likeness to anything is an accident.
    observable : str
        Its name, where the values are those of one: it says what the indices count.
    """
    have, right = np.asarray(got, dtype=complex), np.asarray(want, dtype=complex)
    if have.shape != right.shape or not np.all(np.isfinite(have)):
        return ""
    size = float(np.max(np.abs(right), initial=0.0))
    error = float(np.max(np.abs(have - right), initial=0.0))
    if size <= CANCELLED * scale or not error:
        return ""
    allowed = UNEXPLAINED * min(error, size)

    def resembles(candidate: ArrayLike) -> bool:
        return bool(np.max(np.abs(have - candidate)) <= allowed)

    if not np.any(have):
        return "It is zero throughout."
    for words, factor in FACTORS.items():
        if resembles(factor * right):
            return f"It is the expected value times {words}."
    if right.ndim >= 2 and right.shape[-1] == right.shape[-2]:
        turned = np.swapaxes(right, -1, -2)
        if resembles(turned):
            return "It is the expected value with its two indices exchanged."
        if resembles((right + turned) / 2):
            return "It is the symmetric part of the expected value only."
        if resembles((right - turned) / 2):
            return "It is the antisymmetric part of the expected value only."
    axes = OBSERVABLES[observable].axes if right.ndim and observable in OBSERVABLES else ()
    for one, other in combinations(range(right.shape[-1] if axes[:1] == ("leads",) else 0), 2):
        order = np.arange(right.shape[-1])
        order[[one, other]] = other, one
        exchanged = right[..., order]
        if resembles(exchanged if len(axes) == 1 else exchanged[..., order, :]):
            return f"It is the expected value with the leads {one} and {other} swapped."
    if resembles(right.conj()):
        return "It is the complex conjugate of the expected value."
    if resembles(np.real(right)):
        return "It is the real part of the expected value only."
    if right.ndim and resembles(right[..., ::-1]):
        return "It is the expected value with its last index in reverse order."
    return ""
