"""The two solvers against each other: two derivations, one number."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings

from electronwind import OBSERVABLES, OpenSystem, WideBandLead, fast, models, reference
from electronwind.validation.core import tolerances
from electronwind.validation.systems import chains as chain_strategies
from electronwind.validation.systems import strategies

FREQUENCY = 0.1875
QUIET = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


def disagreement(system, digits=15):
    """Return the largest difference over all observables, each relative to its natural scale."""
    worst = 0.0
    for name, row in OBSERVABLES.items():
        argument = [FREQUENCY] if row.argument else []
        want = np.asarray(getattr(reference, name)(system, *argument, digits=digits)).astype(complex)
        got = getattr(fast, name)(system, *argument)
        scale, _ = tolerances.condition(name, system, *argument)
        worst = max(worst, float(np.max(np.abs(got - want))) / scale)
    return worst


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("x", [-0.2, 0.0, 0.7])
def test_two_level_junction(x):
    """Every observable of the junction of preston2022 agrees to 13 digits."""
    assert disagreement(models.two_level().at(x)) < 1e-13


@pytest.mark.slow
def test_friction_of_figure_one_from_the_reference():
    """The reference, too, has the zeros and the minimum of the friction where they are."""
    model = models.two_level()
    for x, inside in ((-0.3108521226, 1e-9), (-0.0511545884, -1e-9)):
        assert reference.friction(model.at(x + inside), digits=15)[0, 0] < 0
        assert reference.friction(model.at(x - inside), digits=15)[0, 0] > 0
    lowest = float(reference.friction(model.at(-0.193891685), digits=15)[0, 0])
    assert abs(lowest + 0.114455004) < 5e-10


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("power", [10, 19, 30])
def test_dark_level(power):
    """A level that interference leaves a small width w is right to eps/w, for one temperature and for two."""
    width = 2.0**-power
    gradient = [
        [[0.1875, -0.375 + 0.6875j], [-0.375 - 0.6875j, -0.375]],
        [[-0.5625, 0.875], [0.875, -0.3125]],
    ]
    narrow = [[0.25 + width / 2, 0.25 - width / 2], [0.25 - width / 2, 0.25 + width / 2]]
    for first in (0.05, 0.1):
        leads = [
            WideBandLead(np.full((2, 2), 0.5), 0.125, first),
            WideBandLead(narrow, -0.25, 0.05),
        ]
        system = OpenSystem([[0.25, 0.125], [0.125, 0.25]], gradient, leads)
        want = np.asarray(reference.white_noise(system, digits=20)).astype(float)
        error = np.max(np.abs(fast.white_noise(system) - want)) / np.max(np.abs(want))
        assert error < np.finfo(float).eps / width


@pytest.mark.slow
@pytest.mark.thin(most=1)
@pytest.mark.parametrize(("power", "ratio"), [(17, 1.0), (17, 1e8), (24, 1e4), (30, 1e4), (30, 1e12)])
def test_dark_level_beside_a_broad_one(power, ratio):
    """A dark level of width w beside broader ones has the error of eps E/w that is documented, tenfold."""
    width = 2.0**-power
    bright, dark = np.full((2, 2), 0.5), np.array([[0.5, -0.5], [-0.5, 0.5]])
    leads = [
        WideBandLead(width * (share * ratio * bright + (1 - share) * dark), mu, temperature)
        for share, mu, temperature in ((0.6, 0.15, 0.03), (0.4, -0.12, 0.07))
    ]
    gradient = [[[1.0, 0.3], [0.3, -0.5]], [[0.2, 0.4j], [-0.4j, 0.6]]]
    system = OpenSystem([[0.1, 0.03], [0.03, 0.1]], gradient, leads)
    largest = max(0.15, ratio * width / 2)
    for name in ("density_matrix", "friction", "white_noise", "response"):
        found, want = (
            np.asarray(compute(house, name, system, options)).astype(complex)
            for house, options in ((fast, {}), (reference, {"digits": 18}))
        )
        error = np.max(np.abs(found - want)) / np.max(np.abs(want))
        assert error < 16 * np.finfo(float).eps * largest / width, name


def compute(house, name, system, options):
    """Return an observable, at a frequency where it has one."""
    return getattr(house, name)(system, *([0.1] if name == "response" else []), **options)


@seed(1)
@settings(max_examples=1, **QUIET)
@given(strategies.systems((1, 3), (1, 2), (2, 3), temperatures=strategies.WARM))
def test_drawn_systems(system):
    """A sample of hard systems agrees to 1e-10 of the natural scale of each observable."""
    assert disagreement(system) < 1e-10


@pytest.mark.slow
@seed(3)
@settings(max_examples=200, **QUIET)
@given(strategies.systems((1, 6), (1, 3), (2, 4), temperatures=strategies.WARM))
def test_two_hundred_drawn_systems(system):
    """Two hundred hard systems of up to six levels and four leads agree to 1e-10."""
    assert disagreement(system) < 1e-10


@pytest.mark.slow
@seed(4)
@settings(max_examples=40, **QUIET)
@given(strategies.exceptional((1, 3)))
def test_forty_exceptional_points(system):
    """Forty exceptional points agree to 1e-9."""
    assert disagreement(system) < 1e-9


@pytest.mark.slow
@seed(5)
@settings(max_examples=40, **QUIET)
@given(chain_strategies.chains((2, 4)))
def test_forty_chains(system):
    """Forty disordered chains between semi-infinite ones agree to 1e-10."""
    assert disagreement(system) < 1e-10
