"""The test particle over a ribbon: its force, its work around loops, and what its curl tends to."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss
from thinning import few

from electronwind import InvalidSystemError, models
from electronwind.fast import curl, force
from electronwind.validation.systems.ribbons import flow, to_second_order

CENTRAL = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])
NARROW = models.ribbon_particle(2, 4, 0.7, mu=(-1.5, -1.9))


@pytest.mark.slow
def test_the_curl_is_that_of_the_force():
    """By central differences, for a strong particle at a large bias."""
    h, x = 0.02, np.array([1.6, 0.4])
    points = [x + side * k * h * np.eye(2)[nu] for nu in (0, 1) for k in (1, 2, 3, 4) for side in (1, -1)]
    values = force(NARROW.at(np.array(points))).reshape(2, 4, 2, 2)
    slopes = np.einsum("k,nkd->nd", CENTRAL, values[:, :, 0] - values[:, :, 1]) / h

    found = curl(NARROW.at(x))
    assert abs(found[0, 1]) > 1e-4
    np.testing.assert_allclose(found, slopes - slopes.T, rtol=0, atol=1e-8 * abs(found[0, 1]))


@pytest.mark.slow
def test_the_work_around_a_loop_is_the_integral_of_the_curl():
    """Stokes, on a square within one cell, where the spline is a polynomial."""
    nodes, weights = leggauss(5)
    low, side = np.array([1.2, 0.2]), 0.5
    s, w = side * (nodes + 1) / 2, weights * side / 2

    def along(start, direction, component):
        values = force(NARROW.at(np.array([low + np.array(start) + u * np.array(direction) for u in s])))
        return w @ values[:, component]

    work = (
        along([0, 0], [1, 0], 0) + along([side, 0], [0, 1], 1)
        - along([0, side], [1, 0], 0) - along([0, 0], [0, 1], 1)
    )  # fmt: skip
    grid = low + np.stack(np.meshgrid(s, s, indexing="ij"), axis=-1)
    area = w @ curl(NARROW.at(grid))[..., 0, 1] @ w

    assert abs(work) > 1e-5
    assert work == pytest.approx(area, rel=1e-8)


@pytest.mark.parametrize(("width", "hopping"), few([(2, -1.0), (3, 0.5)], 2))
def test_a_weak_particle_feels_the_flow_alone(width, hopping):
    """The part of second order in C is the sum over the waves of the perfect ribbon; the next is of C^3."""
    x, mu = [1.3, 0.7], (hopping * 1.4, hopping * 1.65)
    want = to_second_order(models.ribbon_particle(width, 4, 1.0, hopping, mu), np.array(x))
    strengths = np.array([2.0**-6, -(2.0**-6), 2.0**-7, -(2.0**-7)])
    found = [curl(models.ribbon_particle(width, 4, c, hopping, mu).at(x))[0, 1] for c in strengths]
    ratios = np.array(found) / strengths**2 / want

    even, odd = ratios[::2] + ratios[1::2], ratios[::2] - ratios[1::2]
    assert (4 * even[1] - even[0]) / 6 == pytest.approx(1, abs=1e-8)
    assert odd[0] / odd[1] == pytest.approx(2, rel=0.01)
    assert abs(odd[1]) > 1e-4


def waves_in_the_continuum(width, filling):
    """Return the ratio of the curl on a lattice to 2 pi m C^2 rot(D j), and k_F, at T = 0 and a small bias.

    The electrons are those of the same subbands in free space: a standing wave n across has the energy
    (pi n/(width + 1))^2, and mass 1/2.
    """
    walls = width + 1
    energy = (filling * np.pi / walls) ** 2
    bias = 1e-6 * energy
    model = models.ribbon_particle(width, 4, 1.0, -1.0, (energy - 4 + bias / 2, energy - 4 - bias / 2))
    y = 0.37 * width
    n = np.arange(1, int(filling) + 1)
    k = np.sqrt(energy - (n * np.pi / walls) ** 2)
    phase = n * np.pi * (y + 1) / walls
    density, slope = 2 / walls * np.sin(phase) ** 2, 2 / walls * np.sin(2 * phase) * n * np.pi / walls
    # One over v = 2 k for the density of states, bias/2 pi for the current, both spins in the latter.
    states = [np.sum(part / k) / (2 * np.pi) for part in (density, slope)]
    current = [2 * bias / (2 * np.pi) * np.sum(part) for part in (density, slope)]
    want = -2 * np.pi * 0.5 * (states[1] * current[0] + states[0] * current[1])
    return to_second_order(model, np.array([1.4, y])) / want, np.sqrt(energy)


def test_long_waves_have_the_curl_of_equation_7():
    """The curl is 2 pi m C^2 rot(D j) along z: what is missing falls like the square of k_F."""
    found = np.array([waves_in_the_continuum(width, 3.4) for width in (31, 63, 127)])
    errors = np.abs(found[:, 0] - 1)

    assert errors[-1] < 0.01
    orders = np.diff(np.log(errors)) / np.diff(np.log(found[:, 1]))
    np.testing.assert_allclose(orders, 2, rtol=0, atol=0.15)


@pytest.mark.slow
def test_across_the_skin_the_curl_is_that_of_a_gas():
    """Semiclassically rot F = sigma rot(p j): its integral from the wall inwards is -sigma p j of the bulk.

    In two dimensions sigma p = 2 pi m C^2 D with D = m/2 pi, and j = 2 eV k_F/(2 pi)^2 of both spins.
    """
    width, filling = 199, 15.5
    energy = (filling * np.pi / (width + 1)) ** 2
    bias = 1e-6
    model = models.ribbon_particle(width, 4, 1.0, -1.0, (energy - 4 + bias / 2, energy - 4 - bias / 2))
    # From the wall to where the ripples of both walls are weakest, averaged over some wave lengths.
    nodes, weights = leggauss(40)
    ends = np.linspace(0.3, 0.45, 5) * width
    parts = []
    for end in ends:
        y = -1 + (end + 1) * (nodes + 1) / 2
        values = [to_second_order(model, np.array([1.5, v])) for v in y]
        parts.append((weights @ values) * (end + 1) / 2)
    k = np.sqrt(energy)
    gas = -2 * np.pi * 0.5 * (0.5 / (2 * np.pi)) * 2 * bias * k / (2 * np.pi) ** 2 * 2
    # Two walls take half a subband of 15, and the lattice a part k_F^2 = 0.06.
    assert np.mean(parts) == pytest.approx(gas, rel=0.12)


def test_the_bias_alone_turns_the_flow():
    """Exchanged potentials change the sign of the sum over waves; no bias, no curl."""
    forth, back, none = (
        to_second_order(models.ribbon_particle(2, 4, mu=mu), np.array([1.3, 0.7]))
        for mu in ((-1.5, -1.75), (-1.75, -1.5), (-1.5, -1.5))
    )
    assert forth == pytest.approx(-back, rel=1e-14)
    assert none == 0
    assert np.all(flow(models.ribbon_particle(2, 4, mu=(-1.5, -1.75)))[2] >= 0)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"width": 0}, "width"),
        ({"length": 3}, "length"),
        ({"length": 4.5}, "length"),
        ({"hopping": 0.0}, "hopping"),
        ({"strength": np.nan}, "strength"),
    ],
)
def test_wrong_parameters_are_refused_by_name(arguments, argument):
    """A ribbon without width, too short for its particle, or without a band."""
    with pytest.raises(InvalidSystemError) as caught:
        models.ribbon_particle(**arguments)
    assert caught.value.argument == argument


@pytest.mark.parametrize("x", [0.9, 3.1])
def test_a_particle_that_reaches_into_a_lead_is_refused(x):
    """Where part of it would be cut off."""
    with pytest.raises(InvalidSystemError, match="two sites wide"):
        models.ribbon_particle(2, 5).at([x, 0.5])
