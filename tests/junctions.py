"""Junctions on wide-band leads, as the tests of both solvers draw them."""

import numpy as np

from electronwind import OpenSystem, WideBandLead, models


def hermitian(rng, *shape):
    a = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    return (a + np.swapaxes(a, -1, -2).conj()) / 2


def broadening(rng, n):
    a = rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))
    return 0.3 * a @ a.conj().T + 0.02 * np.eye(n)


def draw(seed, n, d, temperatures, batch=()):
    rng = np.random.default_rng(seed)
    leads = [WideBandLead(broadening(rng, n), rng.normal() / 2, t) for t in temperatures]
    return OpenSystem(hermitian(rng, *batch, n, n), hermitian(rng, *batch, d, n, n), leads, 2)


def broad() -> models.two_level:
    """Return a warm junction of two levels that forgets soon."""
    return models.two_level(gamma=0.4, eta=0.2, lambda_=0.3, temperature=(0.1, 0.3))


def junction(temperatures=(0.05, 0.2, 0.1), degeneracy=2):
    """Two levels, two coordinates, complex throughout; leads of rank two, one and two."""
    rng = np.random.default_rng(3)
    leads = []
    for rank, mu, t in zip((2, 1, 2), (0.4, -0.3, 0.1), temperatures, strict=True):
        a = rng.normal(size=(2, rank)) + 1j * rng.normal(size=(2, rank))
        leads.append(WideBandLead(0.2 * a @ a.conj().T, mu, t))
    return models.tangent(OpenSystem(hermitian(rng, 2, 2), hermitian(rng, 2, 2, 2), leads, degeneracy))
