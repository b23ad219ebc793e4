"""Units: energies times a power of two give the very same answer in the new units, whatever the power."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from junctions import draw

from electronwind import (
    OBSERVABLES,
    ChainLead,
    OpenSystem,
    PrecisionError,
    UnbroadenedLevelError,
    UnsupportedError,
    WideBandLead,
    fast,
    models,
    reference,
)

SYSTEMS = {
    "one temperature": draw(1, 3, 2, (0.1, 0.1)),
    "two temperatures": draw(2, 2, 2, (0.1, 0.3)),
    "cold": draw(3, 2, 2, (0.0, 0.0)),
    "a batch": draw(4, 2, 2, (0.1, 0.3), (3,)),
    "no basis": OpenSystem(
        [[0.1, 0.125], [0.125, 0.1]],
        [[[1.0, 0.3], [0.3, -1.0]], [[0.0, 1.0j], [-1.0j, 0.0]]],
        [WideBandLead(np.diag([0.75, 0.0]), 0.1, 0.1), WideBandLead(np.diag([0.0, 0.25]), -0.1, 0.2)],
    ),
    "chains": models.bent_chain(temperature=(0.05, 0.02)).at([0.05, 0.1]),
}
FREQUENCY = 0.25


def scaled(system: OpenSystem, factor: float) -> OpenSystem:
    """Return the system in other units of energy."""
    leads: list[WideBandLead | ChainLead] = []
    for lead in system.leads:
        numbers = lead.mu * factor, lead.temperature * factor
        if isinstance(lead, WideBandLead):
            leads.append(WideBandLead(lead.broadening * factor, *numbers))
        else:
            band = lead.onsite * factor, lead.coupling * factor
            leads.append(ChainLead(lead.site, lead.hopping * factor, *numbers, *band))
    return OpenSystem(system.hamiltonian * factor, system.gradient * factor, leads, system.degeneracy)


def asked(house, row, system, factor=1.0):
    argument = [FREQUENCY * factor**row.argument_power] if row.argument else []
    return getattr(house, row.name)(system, *argument)


# These chains bind states, and what shifts one whose occupation fluctuates is infinite.
INFINITE = {"chains": ("friction", "white_noise")}
ROWS = [
    (key, row) for key in SYSTEMS for name, row in OBSERVABLES.items() if name not in INFINITE.get(key, ())
]


@pytest.mark.night("chains-force_correlation", "chains-bond")
@pytest.mark.thin
@pytest.mark.parametrize(("key", "row"), ROWS, ids=lambda part: getattr(part, "name", part))
def test_energies_in_other_units(key, row):
    """The fast solver knows no absolute energy: from 1e-300 to 1e300 its digits are the same."""
    want = asked(fast, row, SYSTEMS[key])
    for exponent in (-995, -500, -250, -100, -40, 40, 100, 250, 500, 995):
        factor = math.ldexp(1.0, exponent)
        if abs(exponent * row.power) > 1000:
            with pytest.raises(PrecisionError, match="leaves the range of double precision"):
                asked(fast, row, scaled(SYSTEMS[key], factor), factor)
            continue
        got = asked(fast, row, scaled(SYSTEMS[key], factor), factor)
        got = got * math.ldexp(1.0, -exponent * row.power)
        np.testing.assert_allclose(
            got, want, rtol=0, atol=1e-12 * np.max(np.abs(want)), err_msg=f"times 2^{exponent}"
        )


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("exponent", [-500, 500])
@pytest.mark.parametrize("name", ["density_matrix", "current", "friction"])
def test_the_reference_in_other_units(name, exponent):
    """Neither does the reference."""
    row, system, factor = OBSERVABLES[name], SYSTEMS["two temperatures"], math.ldexp(1.0, exponent)
    want = getattr(reference, name)(system, digits=15)

    got = getattr(reference, name)(scaled(system, factor), digits=15)

    got = got / mpmath.mpf(2) ** (exponent * row.power)
    assert np.max(abs(got - want)) < 1e-13 * np.max(abs(want))


def test_systems_of_one_batch_that_are_worlds_apart_are_refused():
    """One unit does not serve 1e-150 and 1e150."""
    lead = WideBandLead(np.array([1e-150, 1e150])[:, None, None] * np.eye(1), 0.0, 0.0)
    with pytest.raises(UnsupportedError, match=r"run from 1e-150 to 1e\+150"):
        fast.force(OpenSystem([[0.0]], [[[1.0]]], [lead]))


@pytest.mark.parametrize("name", OBSERVABLES)
def test_a_width_that_is_lost_in_rounding_is_told_against_the_largest_energy(name):
    """A Hamiltonian of another unit than its leads: which width is too small, and against what."""
    for size in (1e15, 1e30, 1e100, 1e150, 1e300):
        h = size * np.array([[0.5, 0.25], [0.25, -0.5]])
        system = OpenSystem(h, [np.diag([1.0, -1.0])], [WideBandLead(0.1 * np.eye(2), 0.0, 0.1)])

        with pytest.raises(UnbroadenedLevelError, match="less than 2e-12 of the largest energy"):
            asked(fast, OBSERVABLES[name], system)


@pytest.mark.parametrize("name", ["friction", "white_noise", "response"])
def test_what_leaves_double_precision_is_refused(name):
    """A gradient whose square is too large ends in words, not in infinity, and not in a warning."""
    lead = WideBandLead(np.eye(2), 0.1, 0.1)
    system = OpenSystem(np.diag([0.5, 0.25]), [1e200 * np.array([[1.0, 0.5], [0.5, -1.0]])], [lead])

    with pytest.raises(PrecisionError, match=rf"{name} leaves .* energies from 0\.1 to 1 and .* 1e\+200"):
        asked(fast, OBSERVABLES[name], system)
