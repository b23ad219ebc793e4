"""The perfect ribbon in its subbands, and what a weak test particle in its current feels."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind.models import ribbon_particle

from ..core.check import Problem
from ..numerics.quadrature import panels
from .strategies import Drawing

__all__ = ["WEAK", "flow", "particles", "ribbon_of", "to_second_order"]

Array = NDArray[Any]


def flow(model: ribbon_particle) -> tuple[Array, Array, Array, Array]:
    """Return a rule for the bias window at T = 0, and each subband there.

    Returns
    -------
    weights : ndarray, shape (W,)
        Of the energies; negative where the right potential is the higher one.
    k : ndarray, shape (W, m)
        Wave number along the ribbon.
    inverse : ndarray, shape (W, m)
        One over the velocity; 0 where the subband is closed.
    waves : ndarray, shape (m, rows)
        Amplitude of each subband on each row.
    """
    t, rows = model.hopping, np.arange(1, model.width + 1)
    across = np.pi * rows / (model.width + 1)
    waves = np.sqrt(2 / (model.width + 1)) * np.sin(np.multiply.outer(across, rows))
    centres = 2 * t * np.cos(across)
    ends = sorted(float(mu) for mu in model.mu)
    edges = [float(c + side * 2 * t) for c in centres for side in (1, -1)]
    w, weights = panels(np.array(edges, complex), [], ends[0], ends[1])
    cosine = (w[:, None] - centres) / (2 * t)
    open_ = np.abs(cosine) < 1
    k = np.arccos(np.clip(cosine, -1, 1))
    # E = e + 2 t cos k: with a negative t the wave exp(ikx) runs to the right, else exp(-ikx).
    inverse = np.where(open_, 1 / np.where(open_, 2 * abs(t) * np.sin(k), 1.0), 0.0)
    sign = np.sign(float(model.mu[0]) - float(model.mu[1]))
    return sign * weights, -np.sign(t) * k, inverse, waves


def to_second_order(model: ribbon_particle, x: Array) -> float:
    """Return the curl over C^2 for a vanishing C, all spins, from the waves of the perfect ribbon.

    ``4 pi`` times the sum over sites of ``d_x w_i d_y w_j D_ij Im rho_ji``, D of one spin.
    """
    weights, k, inverse, waves = flow(model)
    dx, dy = (model.weights(x)[place].reshape(model.length, model.width) for place in ((1, 0), (0, 1)))
    along = np.arange(model.length)
    apart = np.subtract.outer(along, along)
    # A particle touches few rows.
    near = np.flatnonzero(np.any((dx != 0) | (dy != 0), axis=0))
    dx, dy, waves = dx[:, near], dy[:, near], waves[:, near]
    total = 0.0
    for weight, all_q, all_v in zip(weights, k, inverse, strict=True):
        q, v, u = (part[all_v > 0] for part in (all_q, all_v, waves))
        modes = np.einsum("m,mr,ms->mrs", v, u, u)
        states = np.einsum("mab,mrs->arbs", np.cos(np.multiply.outer(q, apart)), modes) / np.pi
        # Waves from the left: rho_ij holds exp(ik(x_i - x_j)), and its transpose is wanted.
        moving = np.einsum("mab,mrs->arbs", np.sin(np.multiply.outer(q, -apart)), modes) / (2 * np.pi)
        total += weight * float(np.einsum("ar,arbs,bs,arbs->", dx, states, dy, moving))
    return 4 * np.pi * model.degeneracy * total


# So weak that what is of fourth order in it is below a part in ten thousand of the second.
WEAK = 2.0**-10


def ribbon_of(problem: Problem, strength: float = WEAK) -> ribbon_particle:
    """Return the ribbon of a problem with a particle of this strength."""
    made = problem.numbers["ribbon"]
    mu = made["mu"]
    return ribbon_particle(made["width"], made["length"], strength, made["hopping"], (mu[0], mu[1]))


@st.composite
def particles(draw: Drawing) -> Problem:
    """Return a strategy for a particle over a narrow ribbon whose window holds no edge of a subband."""
    width = draw(st.integers(2, 3))
    hopping = draw(st.sampled_from([-1.0, 1.0, -0.5]))
    # The edges lie at -3, -1, 1, 3 or at -2 +- 2^(1/2), 2 +- 2^(1/2), -2, 2 in units of the hopping.
    middle, half = draw(st.sampled_from([(-2.5, 0.1875), (-0.25, 0.25), (0.25, 0.1875), (1.5, 0.25)]))
    side = draw(st.sampled_from([1, -1]))
    mu = [hopping * (middle + side * half), hopping * (middle - side * half)]
    made = {"width": width, "length": 4, "hopping": hopping, "mu": mu}
    x = [1 + draw(st.integers(0, 8)) / 8, draw(st.integers(0, 8 * (width - 1))) / 8]
    system = ribbon_particle(width, 4, WEAK, hopping, (mu[0], mu[1])).at(x)
    return Problem(system, {"ribbon": made, "x": x})
