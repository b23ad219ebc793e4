"""What kind of mistake a wrong value looks like, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OBSERVABLES

__all__ = ["Likeness", "diagnose", "likenesses"]

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


@dataclass(frozen=True, eq=False)
class Likeness:
    """What a right value becomes by one mistake.

    Attributes
    ----------
    predicate : str
        The mistake, after the name of an observable and "is".
    sentence : str
        The same of one value.
    value : ndarray
        What the right value becomes.
    """

    predicate: str
    sentence: str
    value: NDArray[Any]


def likenesses(want: ArrayLike, observable: str = "", degeneracy: int = 1) -> Iterator[Likeness]:
    """Yield what `want` becomes by each mistake that is known by its looks, the likeliest first.

    Parameters
    ----------
    want : array_like
        The right value.
    observable : str
        Its name: it says what the indices count.
    degeneracy : int
        Spin factor of the system; at 1 nothing is known of mistakes with it.
    """
    right = np.asarray(want, dtype=complex)
    yield Likeness("zero throughout", "It is zero throughout.", 0 * right)
    if degeneracy != 1:
        for words, power in (("without the spin factor", -1), ("multiplied by the spin factor once more", 1)):
            sentence = f"It is the expected value {words}."
            yield Likeness(words, sentence, right * float(degeneracy) ** power)
    for words, factor in FACTORS.items():
        sentence = f"It is the expected value times {words}."
        yield Likeness(f"multiplied by {words}", sentence, factor * right)
    if right.ndim >= 2 and right.shape[-1] == right.shape[-2]:
        turned = np.swapaxes(right, -1, -2)
        sentence = "It is the expected value with its two indices exchanged."
        yield Likeness("transposed: its two indices are exchanged", sentence, turned)
        for part, value in (("symmetric", (right + turned) / 2), ("antisymmetric", (right - turned) / 2)):
            sentence = f"It is the {part} part of the expected value only."
            yield Likeness(f"its {part} part only", sentence, value)
    axes = OBSERVABLES[observable].axes if right.ndim and observable in OBSERVABLES else ()
    for one, other in combinations(range(right.shape[-1] if axes[:1] == ("leads",) else 0), 2):
        order = np.arange(right.shape[-1])
        order[[one, other]] = other, one
        exchanged = right[..., order]
        words = f"with the leads {one} and {other} swapped"
        value = exchanged if len(axes) == 1 else exchanged[..., order, :]
        yield Likeness(f"right {words}", f"It is the expected value {words}.", value)
    sentence = "It is the complex conjugate of the expected value."
    yield Likeness("complex conjugated", sentence, right.conj())
    sentence = "It is the real part of the expected value only."
    yield Likeness("its real part only", sentence, np.real(right))
    if right.ndim:
        sentence = "It is the expected value with its last index in reverse order."
        yield Likeness("in reverse order of its last index", sentence, right[..., ::-1])


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

    for like in likenesses(right, observable):
        if float(np.max(np.abs(have - like.value))) <= allowed:
            return like.sentence
    return ""
