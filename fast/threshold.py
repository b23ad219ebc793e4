"""Whether a state at the very edge of a band is bound, decided in rational numbers.

Floats are rational, and so is the self-energy of a chain at the edge of its own band, coupling^2 over the
hopping: at the edge the matrix E - h - Sigma(E) is known exactly, and so are the signs of its eigenvalues.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from electronwind import ChainLead, OpenSystem

__all__ = ["signs"]

# A real and an imaginary part, and the entries of one row that are not zero.
Number = tuple[Fraction, Fraction]
Row = dict[int, Number]
ZERO: Number = (Fraction(0), Fraction(0))


def signs(
    system: OpenSystem,
    chains: list[ChainLead],
    owner: ChainLead,
    side: int,
    levels: list[int] | None = None,
) -> tuple[int, int] | None:
    """Return how many eigenvalues of E - h - Sigma(E) are above zero, and not below it.

    Parameters
    ----------
    system : OpenSystem
        Without batch axes.
    chains : list of ChainLead
        Those that broaden something; all others are left out.
    owner : ChainLead
        The chain at the edge of whose band E lies.
    side : int
        1 for the upper edge, -1 for the lower one.
    levels : list of int, optional
        The levels that the matrix is taken on; all when left out.

    Returns
    -------
    tuple of int, or None
        None where a self-energy is not rational.
    """
    kept = range(system.levels) if levels is None else levels
    energy = _exact(owner.onsite) + side * 2 * abs(_exact(owner.hopping))
    sites: dict[int, Fraction] = {}
    for lead in chains:
        sigma = _self_energy(lead, energy)
        if sigma is None:
            return None
        sites[lead.site] = sites.get(lead.site, Fraction(0)) + sigma
    rows: list[Row] = []
    for i in kept:
        row = {k: (-_exact(system.hamiltonian[i, j].real), -_exact(system.hamiltonian[i, j].imag))
               for k, j in enumerate(kept) if system.hamiltonian[i, j]}  # fmt: skip
        here = row.get(len(rows), (Fraction(0), Fraction(0)))[0] + energy - sites.get(i, Fraction(0))
        row[len(rows)] = here, Fraction(0)
        rows.append(row)
    above, below = _inertia(rows)
    return above, len(rows) - below


def _exact(value: object) -> Fraction:
    return Fraction(float(value))  # type: ignore[arg-type]  # an array without axes


def _self_energy(lead: ChainLead, energy: Fraction) -> Fraction | None:
    offset, half = energy - _exact(lead.onsite), 2 * abs(_exact(lead.hopping))
    square = offset**2 - half**2
    root = Fraction(isqrt(max(square.numerator, 0)), isqrt(square.denominator))
    if root**2 != square:
        return None
    return 2 * _exact(lead.coupling) ** 2 / (offset + (root if offset > 0 else -root))


def _inertia(rows: list[Row]) -> tuple[int, int]:
    """Return the numbers of positive and of negative eigenvalues of a Hermitian matrix.

    By elimination, where the signs of the pivots are those of the eigenvalues (Sylvester's law of inertia),
    and by pairs of levels where the diagonal is zero: a coupling without a diagonal has one eigenvalue of
    either sign. Zeros are skipped, so that a band costs no more than its width.
    """
    above = below = 0
    left = dict(enumerate(rows))
    while left:
        pivot = next((i for i, row in left.items() if row.get(i, ZERO)[0]), None)
        if pivot is not None:
            if left[pivot][pivot][0] > 0:
                above += 1
            else:
                below += 1
            _eliminate(left, pivot)
            continue
        i, j = next(((i, j) for i, row in left.items() for j in row if row[j] != ZERO), (None, None))
        if i is None or j is None:
            break
        above, below = above + 1, below + 1
        _eliminate_pair(left, i, j)
    return above, below


def _eliminate(left: dict[int, Row], pivot: int) -> None:
    """Take one level out: its neighbours see each other through it."""
    row = left.pop(pivot)
    head = row.pop(pivot)[0]
    for i in row:
        left[i].pop(pivot, None)
    for i in row:
        for j in row:
            _add(left[i], j, _times(row[i], row[j]), -1 / head)


def _eliminate_pair(left: dict[int, Row], a: int, b: int) -> None:
    """Take two levels out that are coupled to each other and have nothing on the diagonal."""
    first, second = left.pop(a), left.pop(b)
    hop = first.pop(b)
    for row in (first, second):
        for gone in (a, b):
            row.pop(gone, None)
    size = hop[0] ** 2 + hop[1] ** 2
    others = set(first) | set(second)
    for i in others:
        left[i].pop(a, None)
        left[i].pop(b, None)
    for i in others:
        for j in others:
            # The inverse of the pair is hop over |hop|^2, off the diagonal.
            across = _product(_times(first.get(i, ZERO), second.get(j, ZERO)), hop)
            back = _product(_times(second.get(i, ZERO), first.get(j, ZERO)), (hop[0], -hop[1]))
            _add(left[i], j, (across[0] + back[0], across[1] + back[1]), -1 / size)


def _add(row: Row, j: int, value: Number, factor: Fraction) -> None:
    if value != ZERO:
        old = row.get(j, ZERO)
        row[j] = old[0] + factor * value[0], old[1] + factor * value[1]


def _times(a: Number, b: Number) -> Number:
    """Return conj(a) b."""
    return a[0] * b[0] + a[1] * b[1], a[0] * b[1] - a[1] * b[0]


def _product(a: Number, b: Number) -> Number:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]
