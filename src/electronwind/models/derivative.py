r"""Whether the gradient of a family is the derivative of its Hamiltonian.

What h gains along a short piece of a straight line is compared with the integral of dh/dx along it,

.. math:: h(x + s u) - h(x - s u) = \int_{-s}^{s} dr\, \sum_\nu u_\nu \, \partial_\nu h(x + r u),

by two Gauss rules. Unlike a difference quotient this has no error in s where the family is smooth, so
that s can be large enough for rounding not to matter; where it is not, as across a kink, the two rules
differ, and nothing is claimed.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import GradientWarning, InvalidSystemError
from .base import Model, located
from .family import as_family, named, names_of

__all__ = ["GradientCheck", "check_gradient", "warn_of_gradient"]

Array = NDArray[Any]

# A gradient that is off by more than this part of its largest entry is wrong.
ALLOWED = 1e-5
# Half lengths of the piece, in units of what changes h by itself: the first at which rounding and the
# rules leave no doubt counts, and a second piece, shorter by SHORTER, has to confirm it.
LENGTHS = (1e-4, 1e-6, 1e-2, 1e-8, 1e-10, 1e-12)
SHORTER = 1 / 8
# The unit is no shorter than this part of the position itself.
FAR = 1e-3
# So much of the mismatch may differ between the two pieces; a rounding differs by all of it.
CONFIRMED = 0.25
# A sum of some roundings of the entries of h, and the differences of the rules, may be as large as this.
ROUNDING, DOUBT = 50 * np.finfo(float).eps, 10.0
# With more coordinates than this a run looks along so many random directions, each through all of them.
FEW, DIRECTIONS = 8, 3


@dataclass(frozen=True)
class GradientCheck:
    """What a test of dh/dx found at one position. `str` puts it into words; it is true where all is well.

    Attributes
    ----------
    x : ndarray, shape (d,)
        The position.
    right : bool
        Whether no coordinate is off by more than 1e-5.
    coordinates : tuple of str
        Names of the coordinates.
    off : ndarray, shape (d,)
        For each coordinate the largest error of dh/dx, relative to the largest entry; 0 where it is below
        what can be told, NaN where nothing can be told.
    uncertainty : ndarray, shape (d,)
        What can be told, relative to the same entry.
    entry : tuple of tuple of int, length d
        Indices (i, j) of the entry with the largest error.
    given, found : ndarray, shape (d,)
        That entry of dh/dx as the family gives it, and as h has it. Complex.
    """

    x: Array
    right: bool
    coordinates: tuple[str, ...]
    off: Array
    uncertainty: Array
    entry: tuple[tuple[int, int], ...]
    given: Array
    found: Array

    def __bool__(self) -> bool:
        return self.right

    def __str__(self) -> str:
        where = f"at x = {np.array2string(self.x, precision=6, separator=', ', threshold=8)}"
        words = []
        for nu, name in enumerate(self.coordinates):
            (i, j), off = self.entry[nu], self.off[nu]
            if np.isnan(off):
                words.append(f"along {name} nothing can be told: h is not smooth, or not there, nearby")
            elif off > ALLOWED:
                given, found = _text(self.given[nu]), _text(self.found[nu])
                words.append(
                    f"dh/d{name}[{i}, {j}] is {given}, and h changes by {found} per unit of {name}: "
                    f"off by {off:.2g} of the largest entry"
                )
        if not words:
            words = [f"dh/dx is the derivative of h, to {max(float(np.max(self.uncertainty)), 1e-15):.0e}"]
        return f"{'; '.join(words)} ({where})"


def check_gradient(family: Any, x: ArrayLike) -> GradientCheck:
    """Compare dh/dx of a family with what its Hamiltonian does around a position.

    Parameters
    ----------
    family : Model, or object with hamiltonian, gradient, leads and at
        The family.
    x : array_like, shape (d,)
        One position; a bare number where d = 1. Unit: length.

    Returns
    -------
    GradientCheck
        True where the two agree to 1e-5 or nothing can be told; printed, it says which entry is off and by
        how much.

    Raises
    ------
    InvalidSystemError
        No family, no position, or a function that fails at x itself.

    Notes
    -----
    Each coordinate is moved by about 1e-4 of what changes h by itself, and by less where the family is not
    smooth there.

    Examples
    --------
    >>> from electronwind import WideBandLead, models
    >>> lead = WideBandLead([[0.1]], 0.0, 0.01)
    >>> wrong = models.family(lambda x: [[x * x]], lambda x: [[x]], [lead], coordinates="x")
    >>> print(check_gradient(wrong, 0.5))
    dh/dx[0, 0] is 0.5, and h changes by 1 per unit of x: off by 0.5 of the largest entry (at x = [0.5])
    """
    model = as_family(family)
    position = located(x, names_of(model))
    if position.ndim != 1:
        raise InvalidSystemError("x", f"shape {position.shape}", "one position, shape (d,)")
    return _checked(model, position)


def warn_of_gradient(model: Model, x: Array) -> None:
    """Warn in words where dh/dx of a family is wrong at a position; nothing is said where all is well.

    Parameters
    ----------
    model : Model
        The family.
    x : ndarray, shape (d,)
        Where the run begins.

    Warns
    -----
    GradientWarning
    """
    if len(x) > FEW:
        units = np.random.default_rng(0).choice([-1.0, 1.0], (DIRECTIONS, len(x)))
        if not any(_mismatch(model, x, unit).wrong for unit in units):
            return
    found = _checked(model, x)
    if not found:
        warnings.warn(
            f"the gradient of the family is not the derivative of its Hamiltonian: {found}; "
            "forces follow the gradient, so that energy is not conserved (electronwind.check_gradient)",
            GradientWarning,
            stacklevel=4,
        )


@dataclass(frozen=True)
class _Mismatch:
    """What h gains per length along a direction beyond the integral of dh/dx, shape (n, n), and the doubt."""

    excess: Array
    doubt: float
    scale: float

    @property
    def wrong(self) -> bool:
        """Whether it is larger than what is allowed and than all doubt."""
        return self.off > max(ALLOWED * self.scale, self.doubt)

    @property
    def off(self) -> float:
        """The largest entry."""
        return float(np.max(np.abs(self.excess)))


def _checked(model: Model, x: Array) -> GradientCheck:
    d = len(x)
    given = model.gradient(x)
    off, uncertainty, entries = np.zeros(d), np.zeros(d), []
    values = np.zeros((2, d), complex)
    for nu, unit in enumerate(np.eye(d)):
        found = _mismatch(model, x, unit)
        where = np.unravel_index(int(np.argmax(np.abs(found.excess))), found.excess.shape)
        size = found.scale or 1.0
        uncertainty[nu] = found.doubt / size
        known = found.doubt <= size
        off[nu] = found.off / size if found.wrong else (0.0 if known else np.nan)
        entries.append((int(where[0]), int(where[1])))
        values[:, nu] = given[nu][where], given[nu][where] + found.excess[where]
    names = names_of(model) or named(d) or ()
    right = not np.any(off > ALLOWED)
    return GradientCheck(x, right, names, off, uncertainty, tuple(entries), values[0], values[1])


def _mismatch(model: Model, x: Array, unit: Array) -> _Mismatch:
    """Return the mismatch along a direction at the first length that leaves no doubt, confirmed once."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slope = np.tensordot(unit, model.gradient(x), 1)
        h = float(np.max(np.abs(model.hamiltonian(x))))
        steep = float(np.max(np.abs(slope)))
        far = float(np.max(np.abs(x)))
        # Where h passes through zero it says nothing about lengths, and neither does a gradient of zero.
        natural = max(h / steep, FAR * far) if h > 0 and steep > 0 else far
        units = [size for size in (natural, 1.0) if size > 0 and np.isfinite(size)]
        best = _Mismatch(0 * slope, np.inf, steep)
        for half in (length * size for size in units[: 2 if steep == 0 else 1] for length in LENGTHS):
            found = _along(model, x, unit, half)
            if found is None:
                continue
            if found.wrong:
                # A true mistake does not depend on the length; rounding, or a place that is special, does.
                again = _along(model, x, unit, SHORTER * half)
                change = np.inf if again is None else float(np.max(np.abs(again.excess - found.excess)))
                if again is None or change > CONFIRMED * found.off:
                    continue
                return again if again.wrong else found
            if found.doubt < best.doubt:
                best = found
            if best.doubt <= ALLOWED * best.scale / DOUBT:
                break
    return best


@cache
def _rules() -> tuple[tuple[Array, Array], ...]:
    """Return nodes and weights of the two rules."""
    from scipy.special import roots_legendre  # slow to load, and most families give no reason to

    return tuple(roots_legendre(order) for order in (4, 6))


def _along(model: Model, x: Array, unit: Array, s: float) -> _Mismatch | None:
    """Return the mismatch on the piece from x - s unit to x + s unit; None where it cannot be evaluated."""
    ends = x + s * np.array([[-1.0], [1.0]]) * unit
    # The piece as it is, after x was rounded.
    span = float(np.max(np.abs(ends[1] - ends[0]))) / float(np.max(np.abs(unit)))
    if not span > s:
        return None
    try:
        before, after = model.hamiltonian(ends)
        slopes = []
        for nodes, weights in _rules():
            points = (ends[0] + ends[1]) / 2 + span / 2 * nodes[:, None] * unit
            slopes.append(np.einsum("k,d,kdij->ij", weights / 2, unit, model.gradient(points)))
    # The neighbourhood need not belong to the family: the position itself does, and was evaluated.
    except (InvalidSystemError, ArithmeticError):
        return None
    excess = (after - before) / span - slopes[1]
    size = max(float(np.max(np.abs(before))), float(np.max(np.abs(after))))
    # Where x is large, its own rounding moves h by a slope times that.
    steep = float(np.max(np.abs(slopes[1])))
    moved = steep * float(np.max(np.abs(x)))
    rounding = ROUNDING * (size + moved) / span + np.finfo(float).tiny * (1 + 1 / span)
    doubt = DOUBT * float(np.max(np.abs(slopes[1] - slopes[0]))) + rounding
    scale = max(steep, float(np.max(np.abs(after - before))) / span)
    if not np.all(np.isfinite(excess)) or not np.isfinite(doubt):
        return None
    return _Mismatch(excess, doubt, scale)


def _text(value: complex) -> str:
    return f"{value:.6g}" if value.imag else f"{value.real:.6g}"
