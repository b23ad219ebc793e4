r"""Occupied and all states in time, on wide-band leads: N(s) and A(s) in closed form.

In the eigenbasis of H an entry of :math:`N_a(s) = \int e^{-iEs} f_a G \Gamma_a G^+` is driven by what the
lead still sends in, :math:`(i \partial_s - \epsilon_k) I_{kj}(s) = q_j(s)`, and that is a sum over the
Matsubara poles below the axis, where :math:`1/(E - \epsilon_j^*)` has none:

.. math::

    q_j(s) &= -e^{-i\mu s} \sum_p w_p e^{-h_p s} / (h_p + b_j), \qquad b_j = i (\mu - \epsilon_j^*), \\
    I_{kj}(s) &= e^{-i\epsilon_k s} I_{kj}(0)
        + i e^{-i\mu s} \sum_p \frac{w_p}{h_p + b_j} \frac{e^{c_k s} - e^{-h_p s}}{c_k + h_p},
        \qquad c_k = i (\mu - \epsilon_k),

with the rule of `memory` for the sum. Forward in time everything decays, and a level right at a Matsubara
pole is no special case: the last factor is a divided difference. It is :math:`A(s) = e^{-iHs}`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .calculus import adjoint
from .eigen import Eigen
from .memory import FADED, Exponentials, complete
from .spectrum import Spectrum

__all__ = ["elapsed"]

Array = np.ndarray[Any, Any]

# A rule is graded between these distances from a potential, in units of the nearest and the farthest level.
BELOW, ABOVE = 0.5, 4.0
# Numbers in memory at once.
CHUNK = 2_000_000


def elapsed(parts: Spectrum, delays: Array) -> tuple[Array, Array]:
    """Return N(s) and A(s) at delays of shape (S,), none below zero; each of shape (B, S, n, n).

    The eigenvectors of all members have to be a sound basis.
    """
    e = parts.values
    phase = np.exp(-1j * e * delays[:, None])
    everything = (parts.vectors * phase[..., None, :]) @ parts.inverse
    calculus, back = Eigen(parts, np.zeros((1, 1))), adjoint(parts.inverse)
    total: Any = 0
    filled = calculus.fermi().g(calculus.sources)
    for lead, half in enumerate(filled):
        start = (half + adjoint(half)) / (2 * np.pi)
        strength = parts.inverse @ parts.broadening[lead] @ back
        memory = _memory(parts, lead, delays)
        total = total + phase[..., :, None] * start + strength * memory
    return parts.vectors @ total @ adjoint(parts.vectors), everything


def _memory(parts: Spectrum, lead: int, delays: Array) -> Array:
    """Return what has entered since zero delay, over the broadening, shape (B, S, n, n)."""
    mu, temperature, e = parts.mu[lead], parts.temperature[lead], parts.values
    n = e.shape[-1]
    result = np.zeros((len(e), len(delays), n, n), complex)
    later = np.flatnonzero(delays > 0)
    if not len(later):
        return result
    times = delays[later]
    for warm in np.unique(temperature):
        where = np.flatnonzero(temperature[:, 0] == warm)
        offset = np.abs(e[where] - mu[where, :, None])
        low = BELOW * min(float(np.min(offset)), 1 / float(np.max(times)))
        high = max(ABOVE * float(np.max(offset)), FADED / float(np.min(times)))
        rule = complete(float(warm), low, high)
        step = max(1, CHUNK // (len(rule.heights) * n * len(times)))
        for begin in range(0, len(where), step):
            some = where[begin : begin + step]
            c = 1j * (mu[some, :, None] - e[some])
            phase = 1j * np.exp(-1j * mu[some] * times)
            value = phase[..., None, None] * _convolved(rule, c, times)
            result[some[:, None], later] = value
    return result


def _convolved(rule: Exponentials, c: Array, times: Array) -> Array:
    """Return the sum over p of w_p D_pk(s) / (h_p + b_j), shape (B, S, k, j), for c of shape (B, 1, k)."""
    rate = c[..., None] + rule.heights
    s = times[:, None, None]
    x = rate * s
    # Close to a pole the difference cancels, far from it one of its halves may overflow the other.
    near = np.abs(x) < 1
    grown = np.exp(c[..., None] * s)
    safe = np.where(near, -x, 0.0)
    apart = np.where(near, 1.0, rate)
    divided = np.where(near, grown * _first(safe) * s, (grown - np.exp(-rule.heights * s)) / apart)
    # b_j = i (mu - e_j^*) is minus the conjugate of c_j.
    injected = rule.weights / (rule.heights - c.conj()[..., None])
    return np.asarray(divided @ np.swapaxes(injected, -1, -2))


def _first(x: Array) -> Array:
    """Return (exp(x) - 1)/x."""
    small = np.abs(x) < 1e-8
    return np.where(small, 1 + x / 2, np.expm1(x) / np.where(small, 1.0, x))
