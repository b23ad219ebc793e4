"""Electrodes of many broadened sites: their limit is the chain, and too short ones are warned about."""

import warnings

import numpy as np
import pytest
from thinning import few

from electronwind import InvalidSystemError, OpenSystem, ProbeWarning, WideBandLead, fast, models


def closed_form(mu):
    """Return the curl of the bent chain at T = 0 and any bias (hopping -1, decay 1, spin 2)."""
    roots = [np.sqrt(1 - (m / 2) ** 2) for m in mu]
    return 8 / np.pi * (roots[0] - roots[1])


@pytest.mark.parametrize("mu", [(-0.95, -1.05), (0.9, -1.0), (1.9, 0.0)])
def test_the_chain_itself_has_the_closed_form(mu):
    """Semi-infinite leads, at any bias."""
    curl = fast.curl(models.bent_chain(mu=mu).at([0.0, 0.0]))[0, 1]

    assert curl == pytest.approx(closed_form(mu), abs=1e-12)


@pytest.mark.parametrize(
    ("broadening", "sites"),
    few([(0.2, 80), (0.16, 100), (0.08, 200), (0.04, 400)], 4),
)
def test_long_electrodes_are_off_by_their_broadening(broadening, sites):
    """The relative error of the curl is Gam/v, and -Gam/v where the moving atom has a probe as well."""
    mu = (-1.05, -1.15)
    system = models.probe_chain(sites, broadening, mu=mu).at([0.0, 0.0])
    corner = broadening * np.diag(np.arange(2 * sites + 1) == sites)
    third = [*system.leads, WideBandLead(corner, np.mean(mu), 0.0)]
    gam, v = broadening / 2, np.sqrt(4 - 1.1**2)

    for leads, sign in ((system.leads, 1), (third, -1)):
        found = fast.curl(OpenSystem(system.hamiltonian, system.gradient, leads, 2))[0, 1]
        error = found / closed_form(mu) - 1
        assert error == pytest.approx(
            sign * gam / v, abs=4 * (gam / v) ** 2 + 2 * np.exp(-2 * gam * sites / v)
        )


def test_displaced_corners_have_the_curl_of_their_force():
    """Finite differences of the force, bent and straight."""
    step, weights = 1e-3, np.array([1, -8, 8, -1]) / 12e-3
    for bent in (True, False):
        model = models.probe_chain(40, 0.2, bent=bent, temperature=(0.05, 0.02))
        x = np.array([0.03, -0.02])
        corners = x + step * np.array([[s * e for s in (-2, -1, 1, 2)] for e in np.eye(2)])
        slope = np.einsum("s,msn->mn", weights, fast.force(model.at(corners)))
        assert fast.curl(model.at(x))[0, 1] == pytest.approx(slope[0, 1] - slope[1, 0], abs=1e-9)


def test_the_gradient_is_that_of_the_hamiltonian():
    """By central differences."""
    model, x, step = models.probe_chain(5, 0.9, bent=False), np.array([0.1, -0.2]), 1e-6
    for nu, e in enumerate(np.eye(2)):
        difference = (model.hamiltonian(x + step * e) - model.hamiltonian(x - step * e)) / (2 * step)
        assert np.allclose(model.gradient(x)[nu], difference, rtol=0, atol=1e-9)


def test_short_electrodes_are_warned_about():
    """Below Gam sites/v = 1/2, in words, and not above."""
    with pytest.warns(ProbeWarning, match="standing waves"):
        models.probe_chain(50, 0.02)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        models.probe_chain(400, 0.02)


@pytest.mark.parametrize(
    ("name", "value"), [("sites", 0), ("sites", 2.5), ("broadening", 0.0), ("hopping", "x")]
)
def test_wrong_parameters_are_refused_by_name(name, value):
    """What is no parameter is told."""
    with pytest.raises(InvalidSystemError, match=name):
        models.probe_chain(**{name: value})
