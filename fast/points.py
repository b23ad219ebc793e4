"""Points above the real axis where the modes of the leads live, and the columns that inject into them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .memory import Exponentials

__all__ = ["Modes", "columns_of"]

Array = np.ndarray[Any, Any]

# Eigenvalues of Gamma_a below this fraction of the largest are rounding.
RANK = 1e-14


class Modes:
    """Points above the real axis for each lead, their weights, and G B_a there at the start.

    Parameters
    ----------
    rules : list of Exponentials
        One for each lead.
    mu : list of float
        Chemical potentials.
    effective : ndarray, shape (B, n, n)
        H at the start.
    columns : list of ndarray, shape (n, R_a)
        One for each lead.

    Attributes
    ----------
    points, weights : ndarray, shape (leads, P)
        z_p and -i g_p; a lead with fewer points repeats its last one with no weight.
    green : list of ndarray, shape (B, n, R_a, P)
        One for each lead.
    """

    def __init__(
        self, rules: list[Exponentials], mu: list[float], effective: Array, columns: list[Array]
    ) -> None:
        most = max(len(rule.heights) for rule in rules)
        heights = [np.pad(rule.heights, (0, most - len(rule.heights)), "edge") for rule in rules]
        weights = [np.pad(rule.weights, (0, most - len(rule.weights))) for rule in rules]
        self.points: Array = np.array(mu)[:, None] + 1j * np.stack(heights)
        self.weights: Array = -1j * np.stack(weights)
        one = np.eye(effective.shape[-1])
        self.green: list[Array] = []
        for points, part in zip(self.points, columns, strict=True):
            inverse = points[:, None, None] * one - effective[:, None]
            self.green.append(np.moveaxis(np.linalg.solve(inverse, part), 1, -1))


def columns_of(gamma: Array) -> Array:
    """Return B of Gamma = B B^+ with as many columns as the rank."""
    values, vectors = np.linalg.eigh(gamma)
    kept = values > RANK * max(values[-1], 0.0)
    return vectors[:, kept] * np.sqrt(values[kept])
