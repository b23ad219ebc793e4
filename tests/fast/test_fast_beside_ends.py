"""Beside a state that a crystal binds to its end, where its self-energy has a pole."""

from __future__ import annotations

import itertools
from typing import Any

import mpmath
import numpy as np
import pytest
from thinning import few

from electronwind import (
    OpenSystem,
    PeriodicLead,
    WideBandLead,
    fast,
    reference,
)
from electronwind.fast import bands, bloch


def jumping() -> OpenSystem:
    """Return a system on a wide band and a crystal that binds a state to its end."""
    h = [
        [-0.6875, 0.15625 + 0.125j, 0.46875 - 0.09375j],
        [0.15625 - 0.125j, 0.375, -0.6875 + 0.34375j],
        [0.46875 + 0.09375j, -0.6875 - 0.34375j, -0.75],
    ]
    crystal = PeriodicLead(
        [1],
        [[-0.5, 0.1875 + 0.09375j], [0.1875 - 0.09375j, -0.8125]],
        [[-0.6875, 0.0], [-0.625 - 0.6875j, 0.0]],
        0.875,
        0.2,
        [[0.34375 + 0.25j, 0.3125 - 0.34375j]],
    )
    rate = np.outer([1.0, 0.5, -0.25j], [1.0, 0.5, 0.25j])
    return OpenSystem(h, np.eye(3)[None], [WideBandLead(rate, 0.9375, 0.01), crystal])


# The density matrix of the reference, asked for 15 digits: five seconds.
JUMPED = [
    [
        0.90686389074380,
        -0.06049855207544 - 0.00803719535386j,
        -0.00331297751298 - 0.02070610642827j,
    ],
    [-0.06049855207544 + 0.00803719535386j, 0.58253973427518, 0.14434597242436 - 0.08811641197752j],
    [-0.00331297751298 + 0.02070610642827j, 0.14434597242436 + 0.08811641197752j, 0.92027907832320],
]


def test_an_eigenvalue_that_jumps_at_a_state_of_the_end_is_no_resonance() -> None:
    """A crystal that binds a state to its end has an infinite self-energy there, and no pole to follow."""
    assert np.max(np.abs(fast.density_matrix(jumping()) - JUMPED)) < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("name", ["density_matrix", "current"])
def test_the_reference_says_so_of_a_state_of_the_end(name: str) -> None:
    """Whose integrals know of no resonance."""
    got, want = getattr(fast, name)(jumping()), getattr(reference, name)(jumping(), digits=15)
    assert np.max(np.abs(got - want)) < 1e-12


def cell(rng: np.random.Generator, m: int) -> tuple[Any, Any]:
    """Return a complex cell and its hopping."""
    onsite, hopping = rng.normal(size=(2, m, m)) + 1j * rng.normal(size=(2, m, m))
    return (onsite + onsite.conj().T) / 2, hopping


def end_state(crystal: bands.Crystal, low: float, high: float) -> float:
    """Return the energy between two at which the Green's function of an end is largest, by secants."""
    energies = np.linspace(low, high, 4001)
    sizes = np.max(np.abs(crystal.ended(energies + 0j)), axis=(-1, -2))
    first, second = energies[np.argmax(sizes)] + np.array([0.0, 1e-6])
    for _ in range(6):
        try:
            g = crystal.ended(np.array([first, second]) + 0j)
        except bloch.EndStateError:
            break  # this is the energy
        i, j = np.unravel_index(np.argmax(np.abs(g[0])), g[0].shape)
        here, there = (1 / g[:, i, j]).real
        first, second = first - here * (second - first) / (there - here), first
        if abs(second - first) < 1e-9:
            break
    return float(first)


@pytest.mark.parametrize("seed", few([20, 1, 27, 21], 4))
def test_next_to_a_state_of_the_end_the_slope_of_g_has_its_digits(seed: int) -> None:
    """There a self-energy goes through a pole, and the Green's function of the system is smooth."""
    rng = np.random.default_rng(seed)
    m = 2 + seed % 2
    onsite, hopping = cell(rng, m)
    crystal = bands.Crystal(onsite, hopping)
    place = end_state(crystal, *np.sort(crystal.extrema)[[0, -1]])
    coupling = rng.normal(size=(2, m)) + 1j * rng.normal(size=(2, m))

    def green(e: Any) -> Any:
        inside = coupling @ crystal.ended(e + 0j) @ coupling.conj().T
        return np.linalg.inv(e[:, None, None] * np.eye(2) - inside)

    step = 1e-3
    first, last, nearer, further = green(place + step * np.array([-1.0, 1.0, -0.5, 0.5]))
    want = (8 * (further - nearer) - (last - first)) / (6 * step)
    for distance in (1e-4, -1e-5, 1e-6):
        e = np.array([place + distance])
        g, steep = green(e), coupling @ crystal.steep(e + 0j) @ coupling.conj().T

        assert np.max(np.abs(crystal.ended(e + 0j))) > 0.01 / abs(distance)
        assert np.max(np.abs((g @ steep @ g - g @ g)[0] - want)) < 1e-3 * np.max(np.abs(want))


# A crystal with a state of its end in a gap that another lead fills, and one 9e-4 below an edge of its bands.
BESIDE = {
    "in-a-gap": (
        1.0515606714480001,
        [
            [-0.375, 0.21875 + 0.5625j, 0.71875 + 0.46875j],
            [0.21875 - 0.5625j, 0.8125, -0.25 + 0.34375j],
            [0.71875 - 0.46875j, -0.25 - 0.34375j, -0.25],
        ],
        [[0.75 + 1j, 0.25 + 0.625j, 0], [0.6875 + 0.0625j, -0.125 - 0.625j, 0], [-0.0625 + 0.6875j, 0.5j, 0]],
    ),
    "below-an-edge": (
        -0.6891027418999999,
        [
            [0.625, 0.8125 - 0.34375j, 0.6875 + 0.03125j],
            [0.8125 + 0.34375j, 0.25, -0.125 - 0.03125j],
            [0.6875 - 0.03125j, -0.125 + 0.03125j, 0.6875],
        ],
        [
            [-0.875 + 0.4375j, -0.8125 + 0.4375j, -0.75j],
            [-0.9375j, 0.6875 - 0.8125j, 0.0625 + 0.6875j],
            [-0.5 + 1j, 1 + 0.9375j, -0.375 + 0.625j],
        ],
    ),
}


def exact(onsite: Any, hopping: Any, e: float, g: Any) -> tuple[Any, Any]:
    """Return g and its slope to 30 digits: Newton's method for s = t (E - h - s)^-1 t^+, next to a g."""
    with mpmath.workdps(40):
        t, back = mpmath.matrix(hopping), mpmath.matrix(hopping).H
        m = t.rows
        open_ = mpmath.mpf(e) * mpmath.eye(m) - mpmath.matrix(onsite)
        passed = t * mpmath.matrix(g.tolist()) * back

        def step(g: Any, wrong: Any) -> Any:
            """Solve x - t g x g t^+ = wrong."""
            left, right = t * g, g * back
            matrix = mpmath.eye(m * m)
            for i, j, k, q in itertools.product(range(m), repeat=4):
                matrix[m * i + j, m * k + q] -= left[i, k] * right[q, j]
            found = mpmath.lu_solve(matrix, mpmath.matrix([wrong[i, j] for i in range(m) for j in range(m)]))
            return mpmath.matrix([[found[m * i + j] for j in range(m)] for i in range(m)])

        for _ in range(7):
            g = mpmath.inverse(open_ - passed)
            passed += step(g, t * g * back - passed)
        g = mpmath.inverse(open_ - passed)
        assert mpmath.norm(t * g * back - passed) < mpmath.mpf("1e-25") * mpmath.norm(passed)
        slope = -g * (mpmath.eye(m) - step(g, -t * g * g * back)) * g
        return np.array(g.tolist(), complex), np.array(slope.tolist(), complex)


@pytest.mark.thin(most=3)
@pytest.mark.parametrize("distance", [1e-3, 1e-4, -1e-5, 1e-6, -1e-7])
@pytest.mark.parametrize("name", BESIDE)
def test_g_and_its_slope_lose_no_more_than_an_energy_that_is_rounded(name: str, distance: float) -> None:
    """Also where an edge of a band is as close as the state of the end."""
    place, onsite, hopping = BESIDE[name]
    crystal, e = bands.Crystal(np.array(onsite), np.array(hopping)), place + distance
    at = np.array([e + 0j])
    got = crystal.ended(at)[0], crystal.steep(at)[0]

    for one, want in zip(got, exact(onsite, hopping, e, got[0]), strict=True):
        assert np.max(np.abs(one - want)) < (5e-16 / abs(distance) + 1e-13) * np.max(np.abs(want))
