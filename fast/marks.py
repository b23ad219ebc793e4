"""Where integrands on the energy axis may be sharp: potentials, edges of bands, resonances."""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind import PrecisionError

from .contacts import Contacts
from .real_axis import Pieces

__all__ = ["WARM", "graded", "marks", "refuse_narrow"]

Array = np.ndarray[Any, Any]

# Marks about a potential, in units of its temperature.
WARM = (-24.0, -12.0, -6.0, -3.0, 0.0, 3.0, 6.0, 12.0, 24.0)
EPS = float(np.finfo(float).eps)
# Share of a value that rounding may take, eps times the largest energy over the width of a resonance.
LOSS = 1e-8
# Distances between which two marks are close, as fractions of the largest energy; and how fast pieces grow
# beside them.
POINT, CLOSE = EPS, 0.03
STEPS = 8.0 ** np.arange(18)


def marks(group: Contacts, shifts: list[Array], *, filled: bool = True) -> Array:
    """Return the marks of owners (M, W), shape (M * W, K).

    Parameters
    ----------
    group : Contacts
    shifts : list of ndarray, shape (W,)
        What every mark is moved by: 0 and the frequencies of the integrand.
    filled : bool
        Whether the integrand knows the occupations of the leads.
    """
    warm = np.add.outer(np.array(WARM), 0 * group.mu) * group.temperature + group.mu
    fixed = np.concatenate([group.edges, np.unique(warm)]) if filled else group.edges
    poles = group.resonances
    count, columns = len(poles), len(shifts[0])
    own = np.concatenate([np.broadcast_to(fixed, (count, len(fixed))), poles.real, group.ends], axis=1)
    moved = [own[:, None, :] + shift[:, None] for shift in shifts]
    # Where an occupation ends pieces do, too.
    ends = np.concatenate([group.mu, *(group.mu + side * group.temperature for side in (WARM[0], WARM[-1]))])
    edges, ends = (
        np.concatenate([np.add.outer(shift, part) for shift in shifts], axis=-1)
        for part in (group.edges, ends)
    )
    away = graded(edges, np.concatenate([edges, ends], axis=-1), group.scale)
    moved.append(np.broadcast_to(away, (count, *away.shape)))
    return np.concatenate(moved, axis=-1).reshape(count * columns, -1)


def graded(edges: Array, ends: Array, scale: float) -> Array:
    """Return marks on the far side of ends that have an edge close by, shape (W, K).

    What starts at such an end is hardly longer than the distance to the edge, and the next piece by a factor:
    a root that branches right beyond the end of a piece has a series that converges too slowly to tell.

    Parameters
    ----------
    edges : ndarray, shape (W, E)
        Where an integrand is not analytic.
    ends : ndarray, shape (W, P)
        Where pieces end.
    scale : float
        The largest energy.
    """
    apart = ends[:, :, None] - edges[:, None, :]
    close = (np.abs(apart) > POINT * scale) & (np.abs(apart) < CLOSE * scale)
    if not np.any(close):
        return np.empty((len(ends), 0))
    gaps = np.where(close, apart, 0.0)[..., None] * STEPS
    # Rows of one length: what is no mark is the first end once more.
    wanted = close[..., None] & (np.abs(gaps) < scale)
    marks = np.where(wanted, ends[:, :, None, None] + gaps, ends[:, :1, None, None])
    marks = marks.reshape(len(ends), -1)
    return np.asarray(marks[:, np.any(wanted, axis=0).ravel()])


def refuse_narrow(group: Contacts, pieces: Pieces) -> None:
    """Raise where a level in the range of an integral decays so slowly that rounding decides its value.

    Raises
    ------
    PrecisionError
        Naming the energy.
    """
    if not len(pieces.owner):
        return
    poles = group.resonances
    low, high = (pieces.origin + pieces.unit * end for end in (np.min(pieces.low), np.max(pieces.high)))
    inside = (poles.real > low) & (poles.real < high)
    # Next to the edge of a band these poles are a guess, which may have no width.
    lost = EPS * group.scale > LOSS * np.maximum(-poles.imag, group.least_width)
    # Outside of all bands there is no width, and no resonance: a state there is bound, or none.
    for member, level in np.argwhere(inside & lost & _in_bands(group, poles.real)):
        # A guess that jumps over the edge of a band, to a bound state and back, has a width when looked at.
        pole = group.nearest(int(member), complex(poles[member, level]))
        if EPS * group.scale > LOSS * max(-pole.imag, group.least_width):
            raise PrecisionError(
                f"the level at energy {pole.real:.15g}, of half-width {max(-pole.imag, 0.0):.1e}, is all but "
                "decoupled from the leads: rounding of the energies decides the value"
            )


def _in_bands(group: Contacts, e: Array) -> Array:
    widths = group.widths(group.energies(e.ravel() + 0j))
    open_ = sum(np.max(np.abs(part), axis=(1, 2), initial=0.0) for part in widths)
    return np.asarray(open_ > EPS * group.scale).reshape(e.shape)
