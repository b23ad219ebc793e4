"""Junctions in motion by brute force: A(w, t) on the real axis, one short step after the other."""

from itertools import pairwise

import numpy as np
from scipy.linalg import expm

from electronwind.motion import Oscillation

PATH = Oscillation([0.1, -0.2], [0.4, 0.3], 0.7, [0.3, 1.2])


def axis(reach):
    """Gauss panels on the real axis, finer than any feature of `junction`, even or ever wider outside."""
    x, w = np.polynomial.legendre.leggauss(16)
    far = np.arange(6.0, reach, 1.5) if reach > 6 else np.geomspace(6, 1e6, 60)
    edges = np.concatenate([-far[::-1], np.linspace(-6, 6, 81)[1:-1], far])
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel() / (2 * np.pi)


def brute(model, path, times, step, reach=6):
    """A(w, t) of preston2022 Eq. 37 at real frequencies and the times, by short commutator-free steps."""
    w, weights = axis(reach)
    gamma = sum(lead.broadening for lead in model.leads)
    one = w[:, None, None] * np.eye(len(gamma))
    a = np.linalg.inv(one - model.hamiltonian(path(times[0])) + 0.5j * gamma)
    result, c = [a], np.sqrt(3) / 6
    for begin, end in pairwise(times):
        count = int(np.ceil((end - begin) / step))
        dt = (end - begin) / count
        for k in range(count):
            early, late = (model.hamiltonian(path(begin + (k + 0.5 + s) * dt)) for s in (-c, c))
            for s in (c, -c):
                h = (0.5 + 2 * s) * early + (0.5 - 2 * s) * late - 0.5j * gamma
                g = np.linalg.inv(one - h)
                a = g + np.exp(0.5j * w * dt)[:, None, None] * (expm(-0.5j * h * dt) @ (a - g))
        result.append(a)
    filled = [1 / (np.exp(np.clip((w - x.mu) / x.temperature, -700, 700)) + 1) for x in model.leads]
    return result, [weights * f for f in filled], w


def lesser(model, a, later, filled):
    gammas = [lead.broadening for lead in model.leads]
    return sum(
        np.einsum("w,wij,jk,wlk->il", f, a, g, later.conj()) for f, g in zip(filled, gammas, strict=True)
    )
