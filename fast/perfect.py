r"""The perfect chain under current: bond orders, their response and the friction, in closed form.

With E = -2t cos k the Green's function is :math:`-i e^{ik|m-n|}/(2t\sin k)`, states from the left carry
:math:`e^{ik(m-n)}`, those from the right the conjugate. Integrals over energy then end at the Fermi momenta
of the two leads; a temperature averages over them with -df/dE.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind import ChainLead

from .adaptive import NODES, WEIGHTS
from .contour import THERMAL

__all__ = ["bond_orders", "bond_response", "in_band", "momenta", "pair_friction"]

Array = np.ndarray[Any, Any]

# Panels of 20 nodes for -df/dE; its poles are pi temperatures off the axis.
PANELS = 24


def in_band(lead: ChainLead) -> bool:
    """Tell whether all that the temperature of a lead excites lies inside the band of its chain."""
    offset = abs(float(lead.mu) - float(lead.onsite)) + THERMAL * float(lead.temperature)
    return offset < 2 * abs(float(lead.hopping))


def momenta(lead: ChainLead) -> tuple[Array, Array]:
    """Return Fermi momenta of a lead and their weights, shape (K,); one where it is cold."""
    mu, temperature = float(lead.mu) - float(lead.onsite), float(lead.temperature)
    t = abs(float(lead.hopping))
    if temperature == 0:
        return np.arccos([-mu / (2 * t)]), np.ones(1)
    edges = np.linspace(-THERMAL, THERMAL, PANELS + 1)[:-1, None]
    width = 2 * THERMAL / PANELS
    x = (edges + width * NODES).ravel()
    weights = np.tile(width * WEIGHTS, PANELS) / (4 * np.cosh(x / 2) ** 2)
    return np.arccos(-(mu + temperature * x) / (2 * t)), weights / np.sum(weights)


def bond_orders(left: ChainLead, right: ChainLead) -> float:
    """Return 2 Re sigma_{j,j+1} per spin times the sign of -h, the same for every bond."""
    (k, w), (q, v) = momenta(left), momenta(right)
    return float(w @ np.sin(k) + v @ np.sin(q)) / np.pi


def bond_response(left: ChainLead, right: ChainLead, bonds: int) -> Array:
    r"""Return the derivative of the bond order of bond i with respect to the hopping of bond j, per spin.

    Parameters
    ----------
    left, right : ChainLead
        Inside their bands; see `in_band`.
    bonds : int
        Number N of bonds in line.

    Returns
    -------
    ndarray, shape (N, N)

    Notes
    -----
    For i > j: :math:`-1/t + (4/\pi t)\sum_{m=1}^{i-j} \sin((2m-1)k_R)/(2m-1)`, with k_L for i < j, and for
    i = j the mean of the first terms. -1/t is the pole of G G at the bottom of the band, which an integral
    along the open band misses.
    """
    t = abs(float(left.hopping))
    odd = 2 * np.arange(1, bonds) - 1
    rows = []
    for lead in (right, left):
        k, weights = momenta(lead)
        terms = weights @ np.sin(np.multiply.outer(k, odd)) / odd
        rows.append((4 * np.cumsum(terms) / np.pi - 1) / t)
    here = (bond_orders(left, right) - 1) / t
    return _toeplitz(here, *rows)


def pair_friction(left: ChainLead, right: ChainLead, bonds: int) -> Array:
    r"""Return the friction of bond i against bond j for dh/du = 1, per spin, shape (N, N).

    Notes
    -----
    :math:`2\pi t^2 \eta_{ij} = \cos(2k_R D)/\sin^2 k_R + \cot^2 k_L` for D = i - j > 0, with the two momenta
    exchanged for i < j and their mean for i = j: the Fermi surface of one lead and the integral over the
    bias window of Tr[B_i G' B_j X], a total derivative. At the bottom of the band the temperature excites
    ``exp(-45)`` at the most, which is left out.
    """
    t = abs(float(left.hopping))
    distance = np.arange(1, bonds)
    parts = []
    for lead in (left, right):
        k, w = momenta(lead)
        waves = np.cos(2 * np.multiply.outer(k, distance)) / np.sin(k)[:, None] ** 2
        parts.append((w @ waves, float(w @ (1 / np.tan(k) ** 2)), float(w @ (1 / np.sin(k) ** 2))))
    (wave_l, cot_l, csc_l), (wave_r, cot_r, csc_r) = parts
    here = (csc_l + csc_r + cot_l + cot_r) / 2
    return _toeplitz(here, wave_r + cot_l, wave_l + cot_r) / (2 * np.pi * t**2)


def _toeplitz(here: float, below: Array, above: Array) -> Array:
    """Return the matrix of a value on the diagonal, and of those at each distance below and above it."""
    values = np.concatenate([above[::-1], [here], below])
    n = len(below) + 1
    i = np.arange(n)
    return values[i[:, None] - i + n - 1]
