"""The share of the time before the motion began in what the electrons remember."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from electronwind.errors import UnsupportedError

from .arithmetic import Array, function, inverses, number, pi
from .leads import WideBand
from .panels import Rule, propagate

__all__ = ["Past", "exp", "kernel", "marks", "recall", "refuse_long"]

MOST_PANELS = 20000

_exp = np.frompyfunc(function("exp"), 1, 1)


def exp(values: Array) -> Array:
    """Return the exponential of every number."""
    return np.asarray(_exp(values), dtype=object)


def marks(temperature: Any, times: Array) -> Array:
    """Return what `kernel` needs of some times, shape ``(2, t)``: no exponential of a pair of them."""
    if temperature == 0:
        return np.stack([times, times * 0 + 1])
    rising = exp(times * (pi() * temperature))
    return np.stack([rising, 1 / rising])


def kernel(temperature: Any, late: Array, early: Array) -> Array:
    """Return phi(t_i - t_j) for the `marks` of times t, shape ``(late, early)``; 0 on a diagonal.

    phi(s) = T / (2 sinh(pi T s)), or 1 / (2 pi s) where T = 0: int dw/2pi f(w) e^{iws} is
    -i phi(s) e^{i mu s} for s > 0.
    """
    # 2 sinh(x - y) = e^x e^-y - e^-x e^y
    gap = np.multiply.outer(late[0], early[1]) - np.multiply.outer(late[1], early[0])
    if late is early:
        np.fill_diagonal(gap, number(1))
    phi = (1 / (2 * pi()) if temperature == 0 else temperature) / gap
    if late is early:
        np.fill_diagonal(phi, number(0))
    return np.asarray(phi)


@dataclass(frozen=True)
class Past:
    """Integrals over the time before t = 0, when the Hamiltonian was H, seen from later times tau.

    Attributes
    ----------
    matrices : list of ndarray, shape (m, leads, n, n)
        For the nodes of each panel, int_tau^inf ds phi_a(s) e^{i mu_a s} e^{-i H (s - tau)}.
    numbers : list of ndarray, shape (m, leads)
        For the same, int_tau^inf ds phi_a(s) e^{-kappa s}.
    origin : ndarray, shape (leads, n, n)
        The difference of the two at tau = 0, where each alone diverges.
    """

    matrices: list[Array]
    numbers: list[Array]
    origin: Array


def recall(
    leads: list[WideBand],
    H: Array,
    edges: list[Any],
    rule: Rule,
    rate: Any,
    length: Any,
    faded: Any,
) -> Past:
    """Return the past of electrons at rest with H = h - i Gamma/2, for the panels between `edges`.

    From the last panel back to the first, so that nothing grows: with X(s) = e^{-iHs}, the integral from
    tau in a panel [b, c] is that from tau to c, by the rule, and X(c - tau) times that from c.

    What has decayed below `faded` is left out; panels behind the last edge grow up to `length`.

    Raises
    ------
    UnsupportedError
        A level decays too slowly, compared with the largest energy.
    """
    longest = max(stop - start for start, stop in pairwise(edges))
    matrices, numbers = _distant(leads, H, edges[-1], min(longest, length), length, rule, rate, faded)
    found = []
    for start, stop in reversed(list(pairwise(edges))):
        half = (stop - start) / 2
        times = (rule.nodes + 1) * half + start
        X, last = propagate(np.broadcast_to(H, (rule.order, *H.shape)), stop - start, rule)
        f, g = _integrands(leads, X, times, rate)
        rest = (rule.weights - rule.primitive) * half
        matrices = last @ matrices
        later = np.tensordot(rest, f, axes=1) + matrices
        found.append((inverses(X)[:, None] @ later, rest @ g + numbers))
        matrices = np.tensordot(rule.weights * half, f, axes=1) + matrices
        numbers = (rule.weights * half) @ g + numbers
    found.reverse()
    unit = np.eye(len(H), dtype=int)
    origin = matrices - numbers[:, None, None] * unit
    return Past([m for m, _ in found], [k for _, k in found], origin)


def refuse_long(slowest: float, cold: float, span: float, length: float, fading: float) -> None:
    """Refuse a run whose time and memory take too many panels of a length.

    Parameters
    ----------
    slowest, cold : float
        Rates at which the slowest level and the coldest lead forget.
    span : float
        Time that the run takes.
    length : float
        Longest panel.
    fading : float
        What is remembered counts until it is below ``exp(-fading)``.

    Raises
    ------
    UnsupportedError
        They are more than the reference offers.
    """
    memory, motion = fading / ((slowest + cold) * length), span / length
    if memory + motion > MOST_PANELS:
        what = f"what a level that decays at the rate {slowest:.3g} remembers takes {memory:.0f} panels"
        if motion > memory:
            what = f"a run over {span:.3g} units of time takes {motion:.0f} panels"
        raise UnsupportedError(
            f"{what} of the length {length:.3g} that the largest energy allows; the reference offers "
            f"{MOST_PANELS}"
        )


def _integrands(leads: list[WideBand], X: Array, times: Array, rate: Any) -> tuple[Array, Array]:
    """Return phi_a e^{i mu_a s} X, ``(m, leads, n, n)`` and phi_a e^{-kappa s}, ``(m, leads)``, at s."""
    zero = np.array([number(0)], dtype=object)
    phi = np.concatenate(
        [kernel(T, marks(T, times), marks(T, zero)) for T in (lead.temperature for lead in leads)], axis=1
    )
    turns = np.stack([exp(times * (lead.mu * number(1j))) for lead in leads], axis=-1)
    return (phi * turns)[..., None, None] * X[:, None], phi * exp(times * -rate)[:, None]


def _distant(
    leads: list[WideBand],
    H: Array,
    start: Any,
    length: Any,
    full: Any,
    rule: Rule,
    rate: Any,
    faded: Any,
) -> tuple[Array, Array]:
    """Return the integrals from `start` to infinity, by panels until nothing is left.

    They double up to `full`. The kernel has a pole at 0: a panel is no longer than its distance from there.
    """
    cold = min(lead.temperature for lead in leads) * pi()
    slowest = float(np.min(-np.linalg.eigvals(H.astype(complex)).imag))
    refuse_long(slowest, float(cold), 0.0, float(full), -math.log(faded))
    reach, decay = np.eye(len(H), dtype=int) * number(1 + 0j), number(1)
    matrices: Array = np.zeros((len(leads), *H.shape), dtype=int) * number(0j)
    numbers: Array = np.zeros(len(leads), dtype=int) * number(0)

    def panel(length: Any) -> tuple[Array, Array, Any]:
        X, last = propagate(np.broadcast_to(H, (rule.order, *H.shape)), length, rule)
        return X, last, exp(np.array([-cold * length], dtype=object))[0]

    X, last, fade = panel(length)
    while np.max(abs(reach)) * decay >= faded:
        if 2 * length <= min(full, start):
            length = 2 * length
            X, last, fade = panel(length)
        nodes, weights = (rule.nodes + 1) * (length / 2), rule.weights * (length / 2)
        f, g = _integrands(leads, X @ reach, nodes + start, rate)
        matrices = matrices + np.tensordot(weights, f, axes=1)
        numbers = numbers + weights @ g
        reach, start, decay = last @ reach, start + length, decay * fade
    return matrices, numbers
