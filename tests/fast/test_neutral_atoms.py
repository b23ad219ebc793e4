"""Many neutral atoms about the corner of the bent chain: the law of docs/screening.md."""

from __future__ import annotations

import numpy as np
import pytest
from test_screened_chain import HOPPING, SLOPE, many

from electronwind.fast import curl
from electronwind.fast.self_consistent import self_consistent
from electronwind.functionals import Hubbard, LocalNeutrality


def sine_ratios(phi, most):
    """Return the integrals of sin(p t) / sin(t) from 0 to phi for p up to `most`, by their recurrence."""
    found = np.zeros(most + 1)
    found[1] = phi
    for p in range(2, most + 1):
        found[p] = found[p - 2] + 2 * np.sin((p - 1) * phi) / (p - 1)
    return found


def linear(filling, atoms, strength=np.inf):
    """Return the curl per bias with so many screened atoms, from plane waves (H = -1, H' = 1, both spins).

    Response of an atom to a site is -1/4 + (1/2 pi) times the integral of sin(p t)/sin(t), p twice the
    distance; to a bond, with p the sum of the distances of its ends, twice that.
    """
    phi, half = np.pi * filling, atoms // 2
    sites = np.arange(-half, half + 1)
    c = -0.25 + sine_ratios(phi, 4 * half + 4) / (2 * np.pi)
    chi = 2 * c[2 * np.abs(np.subtract.outer(sites, sites))] - np.eye(len(sites)) / strength
    driven = [side * 4 * c[np.abs(sites) + np.abs(sites - side)] for side in (1, -1)]
    every = np.arange(-half - 1, half + 2)
    forces = []
    for side, b in zip((1, -1), driven, strict=True):
        f = np.zeros((len(every), len(every)))
        f[half + 1, half + 1 + side] = f[half + 1 + side, half + 1] = side
        f[half + 1 + sites, half + 1 + sites] -= np.linalg.solve(chi, b)
        forces.append(f)
    left = np.exp(1j * phi * np.subtract.outer(every, every)) / (4 * np.pi * np.sin(phi))
    trace = np.trace(forces[0] @ (2 * left.real) @ forces[1] @ (1j * left.imag))
    return 8 * np.pi * trace.imag


@pytest.mark.thin
@pytest.mark.parametrize("functional", [LocalNeutrality, Hubbard])
@pytest.mark.parametrize(("atoms", "filling"), [(3, 0.3), (7, 0.3), (7, 0.45), (15, 0.2)])
def test_the_solver_has_the_curl_of_plane_waves(functional, atoms, filling):
    """At a small bias the trace formula of the screened system is that of the closed form of the chain."""
    strength = np.inf if functional is LocalNeutrality else 3.0 * abs(HOPPING)
    given = () if functional is LocalNeutrality else (strength,)
    bias, total = 1e-6, atoms + 2
    sites = range(1, total - 1)
    model = many(total, filling, bias)
    found = self_consistent(model, functional(sites, *given, 2 * filling), [0.0, 0.0])
    expected = linear(filling, atoms, strength / abs(HOPPING)) * SLOPE**2 * bias

    assert found.converged
    np.testing.assert_allclose(curl(found.system)[0, 1], expected, rtol=1e-5)


@pytest.mark.thin
@pytest.mark.parametrize("most", [241, pytest.param(961, marks=pytest.mark.slow)])
@pytest.mark.parametrize("filling", [0.2, 0.3, 0.4, 0.6])
@pytest.mark.parametrize("strength", [1.0, 4.0, 40.0, np.inf])
def test_the_curl_falls_like_an_inverse_square_of_a_logarithm(filling, strength, most):
    """One over the root of the curl is linear in ln m, with the same slope from 60 to 1000 atoms."""
    m = np.array([size for size in (61, 121, 241, 481, 961) if size <= most])
    roots = np.array([linear(filling, k, strength) / linear(filling, 1, 1e-9) for k in m]) ** -0.5
    slopes = np.diff(roots) / np.diff(np.log(m))

    assert np.all(slopes > 0.1)
    np.testing.assert_allclose(slopes, slopes.mean(), rtol=0.02)


def test_it_is_not_monotone_for_few_atoms():
    """At a filling of 0.45 three neutral atoms leave more of the curl than one."""
    assert linear(0.45, 3) > 1.5 * linear(0.45, 1)
    bare = linear(0.3, 1, 1e-12)
    np.testing.assert_allclose(bare, 9.250627450707e-1, rtol=1e-6)
    np.testing.assert_allclose(linear(0.3, 1) / bare, 2.955384258e-4 / 9.250627450707e-4, rtol=1e-6)
