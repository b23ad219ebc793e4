r"""A rule for integrals of a Fermi weight times a retarded function, off the real axis.

Retarded functions are analytic above the real axis, so the integration path may leave it: it touches the
axis only at the chemical potentials, where the weight has its features, and rises at 45 degrees elsewhere.
On panels that double in length away from those points everything is smooth, whatever the width of a
resonance: poles lie below the axis, Matsubara poles straight above a chemical potential.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import roots_legendre

__all__ = ["COLD", "Rule", "excess", "fermi_rule", "levels_rule", "occupation", "pauli_rule"]

Array = np.ndarray[Any, Any]

# A panel [r, 2r] on a 45 degree ray sees the nearest singularity 2.1 half-lengths away, so the error of
# 16 nodes is below (2.1 + sqrt(1 + 2.1^2))^-32 = 1e-20 times the size of the integrand.
NODES, WEIGHTS = (np.asarray(part) for part in roots_legendre(16))
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2

# exp(-THERMAL) is far below rounding.
THERMAL = 45.0
# Below this a temperature is none: energies in own units over it would leave double precision.
COLD = 1e-240
UP_LEFT, UP_RIGHT = np.exp(0.75j * np.pi), np.exp(0.25j * np.pi)


class Rule:
    """Nodes and weights.

    Attributes
    ----------
    nodes, weights : ndarray, shape (..., N)
        ``sum(weights * R(nodes))`` is the integral of the weight times a retarded R.
    missed : ndarray, shape (..., N)
        What rounding took from the nodes: next to a potential it may be all that parts them from an edge.
    """

    __slots__ = ("missed", "nodes", "weights")

    def __init__(self, nodes: Array, weights: Array, missed: Array | float = 0.0) -> None:
        self.nodes, self.weights = nodes, weights
        self.missed = np.broadcast_to(missed, nodes.shape)


def _ray(length: Array, finest: Array) -> tuple[Array, Array]:
    """Return nodes and weights on [0, length], panels doubling from `finest` on; shape (..., N).

    In the first panel they are those of the root of the distance: where length ends at the edge of a band it
    is all that a retarded function is analytic in.
    """
    length, finest = np.broadcast_arrays(length, np.minimum(finest, length))
    ratio = np.max(np.where(finest > 0, length / np.where(finest > 0, finest, 1), 1), initial=1.0)
    doublings = int(np.ceil(np.log2(max(ratio, 1.0))))
    powers = np.concatenate([[0.0], 2.0 ** np.arange(-doublings, 1)])
    edges = length[..., None] * powers
    width = np.diff(edges, axis=-1)[..., None]
    nodes, weights = edges[..., :-1, None] + width * NODES, width * WEIGHTS
    nodes[..., 0, :], weights[..., 0, :] = (
        width[..., 0, :] * NODES**2,
        width[..., 0, :] * (2 * NODES * WEIGHTS),
    )
    flat = (*length.shape, nodes.shape[-2] * nodes.shape[-1])
    return nodes.reshape(flat), weights.reshape(flat)


def occupation(w: Array, mu: Array, temperature: Array) -> Array:
    """Return the Fermi function at complex w; at T = 0 the step at Re w = mu.

    Parameters
    ----------
    w : ndarray, shape (..., N)
        Points.
    mu, temperature : ndarray, shape (...)
        Electrochemical potential and temperature.
    """
    mu, cold = mu[..., None], (temperature < COLD)[..., None]
    x = (w - mu) / np.where(cold, 1.0, temperature[..., None])
    return np.where(cold, (w.real < mu).astype(float), _filled(x))


def _filled(x: Array) -> Array:
    """Return the Fermi function of a number."""
    # 1/(exp(x) + 1), written so that neither half-plane overflows.
    decay = np.exp(np.where(x.real > 0, -x, x))
    return np.asarray(np.where(x.real > 0, decay, 1.0) / (1 + decay))


def excess(
    w: Array,
    mu: Array,
    temperature: Array,
    other_mu: Array,
    other_temperature: Array,
    ahead: Array | float = 0.0,
    missed: Array | float = 0.0,
) -> Array:
    """Return the occupation of one lead less that of another at real energies, right to rounding of itself.

    Of two occupations that are nearly the same the difference has no digits left, and no rule converges on
    what rounding made of them.

    Parameters
    ----------
    w : ndarray, shape (..., N)
        Real energies.
    mu, temperature, other_mu, other_temperature : ndarray, shape (...)
        Electrochemical potential and temperature of either lead.
    ahead : ndarray, shape (..., N)
        How much higher the energy is at which the other one is taken.
    missed : ndarray, shape (..., N)
        What rounding took from the energies.
    """
    hot = (temperature >= COLD)[..., None], (other_temperature >= COLD)[..., None]
    t, s = np.where(hot[0], temperature[..., None], 1.0), np.where(hot[1], other_temperature[..., None], 1.0)
    x, y = (w - mu[..., None] + missed) / t, (w + ahead - other_mu[..., None] + missed) / s
    # y - x, which is small where both leads are alike.
    apart = x * ((t - s) / s) + ((mu - other_mu)[..., None] + ahead) / s
    # f(x) - f(y) = f(y) (1 - f(x)) (exp(y - x) - 1), and the same with both exchanged.
    less, more = np.minimum(x, y), np.maximum(x, y)
    warm = np.sign(apart) * _filled(less) * _filled(-more) * -np.expm1(-np.abs(apart))
    if np.all(hot):
        return np.asarray(warm)
    other = occupation(w + ahead, other_mu, other_temperature)
    return np.where(hot[0] & hot[1], warm, occupation(w, mu, temperature) - other)


def fermi_rule(mu: Array, temperature: Array, extent: Array, finest: Array, *, lifted: bool = False) -> Rule:
    r"""Return the rule for the Fermi function itself.

    Parameters
    ----------
    mu, temperature : ndarray, shape (...)
        Electrochemical potential and temperature.
    extent : ndarray, shape (...)
        Radius around mu beyond which the retarded function is a power series in 1/(w - mu).
    finest : ndarray, shape (...)
        Distance from mu to the nearest singularity of the retarded function.
    lifted : bool
        Whether the path passes above mu, half-way to the first Matsubara pole, so that a singularity at mu
        itself does no harm but to a cold lead.

    Notes
    -----
    The retarded function must fall off faster than 1/w: the path closes at infinity.
    """
    temperature = np.where(temperature < COLD, 0.0, temperature)
    thermal = np.where(temperature > 0, np.pi * temperature, np.inf)
    above = 0j * mu
    if lifted:
        # From there the axis and the first pole are equally far.
        above = above + 0.5j * np.pi * temperature
        finest = np.maximum(finest, np.pi * temperature / 2)
    finest = np.minimum(finest, thermal) / 2
    reach = np.maximum(4 * extent, 2 * THERMAL * temperature)
    r, s = _ray(reach, finest)
    # Beyond the reach f = 1; the substitution r = reach/q maps the rest to (0, 1].
    q = reach[..., None] / NODES
    hot, hot_weights = _ray(2 * THERMAL * temperature, finest)
    # At T = 0 this ray has no length and counts for nothing: it keeps away from what may be singular at mu.
    hot = np.where(hot_weights > 0, hot, extent[..., None])
    # Counted from the potential, which may be many temperatures.
    left, tail, right = (above[..., None] + step for step in (UP_LEFT * r, UP_LEFT * q, UP_RIGHT * hot))
    weights = np.concatenate(
        [
            -UP_LEFT * s * occupation(left, 0 * mu, temperature),
            -UP_LEFT * WEIGHTS * q / NODES,
            UP_RIGHT * hot_weights * occupation(right, 0 * mu, temperature),
        ],
        axis=-1,
    )
    steps = np.concatenate([left, tail, right], axis=-1)
    nodes = mu[..., None] + steps
    return Rule(nodes, weights, _lost(mu[..., None], np.real(steps), np.real(nodes)))


def _lost(start: Array, step: Array, total: Array) -> Array:
    """Return what rounding took from a sum, exactly (Knuth)."""
    back = total - step
    return (start - back) + (step - (total - back))


def pauli_rule(mu: tuple[Array, Array], temperature: tuple[Array, Array], finest: Array) -> Rule:
    """Return the rule for f_0(w) (1 - f_1(w)) at any two temperatures.

    Parameters
    ----------
    mu, temperature : pair of ndarray, shape (...)
        Electrochemical potentials and temperatures of the occupied and of the empty side.
    finest : ndarray, shape (...)
        Distance from either potential to the nearest singularity of the retarded function.
    """
    (mu_0, mu_1), (t_0, t_1) = mu, temperature
    t_0, t_1 = (np.where(t < COLD, 0.0, t) for t in (t_0, t_1))
    coldest = np.min([np.where(t > 0, np.pi * t, np.inf) for t in (t_0, t_1)], axis=0)
    low, high = np.minimum(mu_0, mu_1), np.maximum(mu_0, mu_1)
    half = (high - low) / 2
    fine = np.minimum(finest, coldest) / 2
    pieces = []
    # Empty states end within the warmth of lead 1 on the left, occupied ones within that of lead 0 on
    # the right; between the potentials the path is a roof of two rays.
    for start, direction, length, sense in (
        (low, UP_LEFT, 2 * THERMAL * t_1, -1),
        (low, UP_RIGHT, half * np.sqrt(2), 1),
        (high, UP_LEFT, half * np.sqrt(2), -1),
        (high, UP_RIGHT, 2 * THERMAL * t_0, 1),
    ):
        r, s = _ray(length, fine)
        pieces.append((start[..., None] + direction * r, sense * direction * s))
    nodes = np.concatenate([piece[0] for piece in pieces], axis=-1)
    weights = np.concatenate([piece[1] for piece in pieces], axis=-1)
    empty = occupation(2 * mu_1[..., None] - nodes, mu_1, t_1)
    return Rule(nodes, weights * occupation(nodes, mu_0, t_0) * empty)


def levels_rule(mu: tuple[Array, Array], temperature: tuple[Array, Array], levels: Array) -> Rule:
    """Return the rule for f_0(w) (1 - f_1(w)) that clears the levels, shape (..., n), below the axis."""
    mu = (np.broadcast_to(mu[0], mu[1].shape), mu[1])
    nearest = np.min([np.min(np.abs(levels - m[..., None]), -1) for m in mu], axis=0)
    spread = tuple(np.broadcast_to(t, mu[1].shape) for t in temperature)
    return pauli_rule(mu, (spread[0], spread[1]), nearest)
