"""The reference with chains for leads, and its refusal of levels that no lead broadens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike
from reference_values import assert_close, compute

from electronwind import (
    OBSERVABLES,
    ChainLead,
    OpenSystem,
    PrecisionError,
    UnbroadenedLevelError,
    WideBandLead,
    models,
    reference,
)

# --------------------------------------------------------------------------- chain leads


def test_perfect_chain_transmits() -> None:
    """A chain without defect transmits all of its band and nothing outside."""
    leads = [ChainLead(0, -1.0, 0.5, 0.0), ChainLead(1, -1.0, -0.5, 0.0)]
    system = OpenSystem([[0, -1], [-1, 0]], [np.eye(2)], leads)
    energies = np.array([-2.5, -1.99, -0.3, 0.0, 1.7, 2.01])
    T = reference.transmission(system, energies)[:, 0, 1]
    assert_close(T, [0, 1, 1, 1, 1, 0], 1e-29)


@pytest.mark.night("False")
@pytest.mark.thin(most=1)
@pytest.mark.parametrize("temperature", [0.0, 0.05])
@pytest.mark.parametrize("wide_band", [False, True])
@pytest.mark.parametrize("digits", [15, pytest.param(20, marks=pytest.mark.slow)])
def test_chain_may_be_cut_anywhere(digits: int, temperature: float, wide_band: bool) -> None:
    """The first site of a chain may count as a level of the system instead."""
    t = 0.7
    h = np.array([[0.1, 0.3 + 0.2j], [0.3 - 0.2j, -0.2]])
    gradient = np.array([[[0.3, 0.1j], [-0.1j, 0.2]], [[0.0, 0.4], [0.4, 0.1]]])
    chain = ChainLead(0, t, 0.3, temperature, onsite=0.25, coupling=0.5)
    if wide_band:
        other = WideBandLead(np.diag([0.0, 0.2]), -0.1, 0.02)
        longer: Any = WideBandLead(np.diag([0.0, 0.2, 0.0]), -0.1, 0.02)
    else:
        other = longer = ChainLead(1, -0.9, -0.1, 0.02, coupling=0.6)
    system = OpenSystem(h, gradient, [chain, other])
    inner = np.zeros((3, 3), complex)
    inner[:2, :2] = h
    inner[0, 2] = inner[2, 0] = 0.5
    inner[2, 2] = 0.25
    padded = np.zeros((2, 3, 3), complex)
    padded[:, :2, :2] = gradient
    cut = OpenSystem(inner, padded, [ChainLead(2, t, 0.3, temperature, onsite=0.25), longer])
    value = reference.density_matrix(cut, digits=digits)[:2, :2]
    assert_close(reference.density_matrix(system, digits=digits), value, 10.0 ** (1 - digits))
    for name in ("force", "curl", "current"):
        one, other = (compute(name, each, digits=digits) for each in (system, cut))
        assert_close(one, other, 10.0 ** (2 - digits))


@pytest.mark.slow
def test_chain_curl_is_that_of_the_force() -> None:
    """The curl of the bent chain equals finite differences of its force."""
    model, h = models.bent_chain(temperature=(0.08, 0.15), mu=(-0.5, -1.2)), 2.0**-6
    # Longer bonds on both sides bind no level.
    x = np.array([-0.125, 0.125])
    steps = h * np.array([[1, 0], [-1, 0], [2, 0], [-2, 0], [0, 1], [0, -1], [0, 2], [0, -2]])
    F = reference.force(model.at(x + steps), digits=15).astype(float)
    slopes = (8 * (F[0::4] - F[1::4]) - (F[2::4] - F[3::4])) / (12 * h)
    expected = slopes[0, 1] - slopes[1, 0]
    assert float(reference.curl(model.at(x))[0, 1]) == pytest.approx(expected, rel=1e-5)


# --------------------------------------------------------------------------- unbroadened levels


@pytest.mark.parametrize("name", OBSERVABLES)
def test_dark_level(name: str) -> None:
    """A combination of levels that no wide-band lead touches is refused, with its energy."""
    lead = WideBandLead([[0.1, 0.1], [0.1, 0.1]], 0.0, 0.01)
    system = OpenSystem([[0.5, 0.25], [0.25, 0.5]], [np.eye(2)], [lead])
    with pytest.raises(UnbroadenedLevelError, match=r"no lead broadens the level at energy 0\.25"):
        compute(name, system)


NARROW = {
    "chain": lambda w: [ChainLead(1, 0.5, mu, 0.1, coupling=w**0.5) for mu in (0.2, -0.1)],
    "wide band": lambda w: [WideBandLead(np.diag([0.5, w]), mu, 0.1) for mu in (0.2, -0.1)],
}


@pytest.mark.thin(most=2)
@pytest.mark.parametrize("kind", NARROW)
@pytest.mark.parametrize("width", [1e-14, 1e-20, 1e-34])
def test_a_level_that_hardly_decays(kind: str, width: float) -> None:
    """What leads broaden is not called unbroadened, however little it is: it is too narrow to be resolved."""
    leads = [WideBandLead(np.diag([0.5, 0.0]), 0.0, 0.1), *NARROW[kind](width)]
    system = OpenSystem(np.diag([0.5, 0.25]), [np.eye(2)], leads)
    for name in OBSERVABLES:
        with pytest.raises(
            PrecisionError, match=r"leads broaden the level at energy 0\.25\d* by less than 1e-12"
        ):
            compute(name, system)
    leads[1:] = NARROW[kind](0.0)
    with pytest.raises(UnbroadenedLevelError, match=r"no lead broadens the level at energy 0\.25"):
        compute("force", OpenSystem(np.diag([0.5, 0.25]), [np.eye(2)], leads))


CHAIN, FULL = (ChainLead(0, 1.0, mu, 0.0) for mu in (0.0, 4.0))


@pytest.mark.parametrize(
    ("hamiltonian", "leads", "energy"),
    [
        # One defect eps on a chain binds at sqrt(eps^2 + 4 t^2) above and below the band.
        ([[1.5]], [CHAIN, ChainLead(0, 1.0, 3.0, 0.0)], "2.5"),
        ([[-1.5]], [CHAIN, ChainLead(0, 1.0, -3.0, 0.0)], "-2.5"),
        # Levels that touch no lead, inside and outside the band, and at its very edge.
        ([[0, 0], [0, 0.5]], [CHAIN, FULL], "0.5"),
        ([[0, 0], [0, 3]], [CHAIN, FULL], "3"),
        ([[0, 0], [0, 2]], [CHAIN, FULL], "2"),
        ([[0.5]], [ChainLead(0, 1.0, mu, 0.0, coupling=0.0) for mu in (0.0, 4.0)], "0.5"),
        # A level bound below one narrow chain while another level is broadened at its energy.
        (np.diag([1.5, 2.5]), [CHAIN, CHAIN, WideBandLead(np.diag([0, 1]), 2.0, 0.1)], "2.5"),
    ],
)
def test_bound_level(hamiltonian: ArrayLike, leads: list[Any], energy: str) -> None:
    """A bound level on which the leads disagree is refused, with its energy."""
    n = len(np.asarray(hamiltonian))
    system = OpenSystem(hamiltonian, [np.eye(n)], leads)
    with pytest.raises(UnbroadenedLevelError, match=f"level at energy {energy}(0000|,|$)"):
        reference.density_matrix(system)
