"""The judge's own electrons on wide-band leads, which no solver on trial uses."""

from __future__ import annotations

import numpy as np
import pytest
from junctions import draw

from electronwind import fast, models, reference
from electronwind.dynamics import EhrenfestRun
from electronwind.validation.numerics import wide_band
from electronwind.validation.numerics.wide_band import density, force, propagated

TIMES = (0.0, 0.5, 1.5)


@pytest.mark.thin
@pytest.mark.parametrize("temperature", [(0.1, 0.02), (0.3, 0.3), (0.0, 0.0), (0.05, 0.0)])
@pytest.mark.parametrize("levels", [1, 2, 5])
def test_at_rest_it_is_both_houses(levels: int, temperature: tuple[float, float]) -> None:
    """Complex h and two leads of any temperature."""
    system = draw(3, levels, 2, temperature)

    assert np.allclose(density(system), fast.density_matrix(system), rtol=0, atol=1e-13)
    assert np.allclose(force(system), fast.force(system), rtol=0, atol=1e-12)
    if levels == 2:
        want = np.asarray(reference.density_matrix(system, digits=20)).astype(complex)
        assert np.allclose(density(system), want, rtol=0, atol=1e-13)


def start_of(wire: models.wire) -> tuple[np.ndarray, np.ndarray]:
    """Return positions and velocities that are not symmetric."""
    x = wire.rest + np.arange(1, wire.atoms + 1) / 64
    return x, np.cos(np.arange(wire.atoms)) / 16


def worst(got: dict[str, np.ndarray], doubts: dict[str, float], run: EhrenfestRun) -> float:
    """Return the largest difference of a field over what it may be off."""
    ratios = []
    for name, value in got.items():
        other = np.asarray(getattr(run, name)).astype(float)
        ratios.append(float(np.max(np.abs(value - other))) / doubts[name])
    return max(ratios)


@pytest.mark.parametrize(
    ("atoms", "buffer", "temperature", "times"),
    [
        (1, 1, 0.125, (0.0, 1 / 6)),
        pytest.param(1, 1, 0.125, (0.0, 0.375), marks=pytest.mark.slow),
        pytest.param(1, 1, 0.125, (0.0, 0.02, 0.1), marks=pytest.mark.slow),
        pytest.param(1, 1, 0.125, TIMES, marks=pytest.mark.slow),
        pytest.param(3, 2, 0.03125, TIMES, marks=pytest.mark.slow),
    ],
)
def test_in_motion_it_is_both_ways_of_the_fast_solver(
    atoms: int, buffer: int, temperature: float, times: tuple[float, ...]
) -> None:
    """Within what it says that it may be off, which is little, in every field."""
    wire = models.wire(atoms, bias=1.0, temperature=temperature, buffer=buffer)
    body, start = wire.body(3.0), start_of(wire)
    got, doubts = propagated(wire, body, start, times)

    for method in ("modes", "neighbours"):
        run = fast.ehrenfest(wire, body, start, times, method=method, accuracy=1e-11)
        assert worst(got, doubts, run) < 1
    # Field by field: the whole energy of the electrons is not the measure of what the leads gave.
    for name, value in got.items():
        assert doubts[name] < 3e-8 * max(float(np.max(np.abs(value))), 1.0), name


@pytest.mark.slow
def test_in_motion_it_is_the_reference() -> None:
    """One atom for a short time: half a minute."""
    wire = models.wire(1, bias=1.0, temperature=0.125, buffer=1)
    body, start = wire.body(3.0), start_of(wire)
    got, doubts = propagated(wire, body, start, TIMES)

    assert worst(got, doubts, reference.ehrenfest(wire, body, start, TIMES, digits=10)) < 1


@pytest.mark.parametrize(("name", "value"), [pytest.param("SINGLE", 1, marks=pytest.mark.slow), ("NODES", 1)])
def test_too_few_poles_are_seen(name: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum over the poles is needed, each part of it."""
    wire = models.wire(1, bias=1.0, temperature=0.125, buffer=1)
    body, start = wire.body(3.0), start_of(wire)
    monkeypatch.setattr(wide_band, name, value)
    times = TIMES[:2]
    got, doubts = propagated(wire, body, start, times)

    assert worst(got, doubts, fast.ehrenfest(wire, body, start, times, accuracy=1e-11)) > 1
