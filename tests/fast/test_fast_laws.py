"""The last line of defence of the fast solver: values that break a law are refused, whoever made them."""

import importlib

import numpy as np
import pytest
from junctions import draw

from electronwind import (
    OBSERVABLES,
    ChainLead,
    ClassicalBody,
    Harmonic,
    OpenSystem,
    Oscillation,
    PrecisionError,
    WideBandLead,
    fast,
    models,
)
from electronwind.fast import laws
from electronwind.fast.modes import Electrons

MODULES = {
    "density_matrix": "density", "force": "density", "friction": "friction", "curl": "curl",
    "current": "current", "bond_current": "density", "white_noise": "noise", "force_noise": "noise",
    "response": "response",
}  # fmt: skip
# Those that a window of energies is integrated for; the others have their own in `moving` and `pairs`.
CHAINED = ("density_matrix", "force", "curl", "current", "bond_current")


def ask(name, system):
    return getattr(fast, name)(system, *([0.25] if OBSERVABLES[name].argument else []))


def on_chains():
    leads = [ChainLead(site, -1.0, mu, 0.1, coupling=0.5) for site, mu in ((0, 0.3), (1, -0.2))]
    return OpenSystem([[0.1, 0.2], [0.2, 0.0]], [np.eye(2), np.diag([1.0, -1.0])], leads)


def planted(monkeypatch, module, name, change):
    """Let a function of a module of `fast` return something else."""
    part = importlib.import_module(f"electronwind.fast.{module}")
    right = getattr(part, name)
    monkeypatch.setattr(part, name, lambda *given: change(right(*given)))


def spoilt(value):
    """Return the value with one entry that is not a number."""
    value = np.array(value, order="C")
    value.reshape(-1)[-1] = np.nan
    return value


@pytest.mark.parametrize("name", MODULES)
def test_no_observable_returns_nan(monkeypatch, name):
    """A NaN from any formula on wide-band leads is a refusal in words, alone and in a batch."""
    planted(monkeypatch, MODULES[name], "evaluate", spoilt)
    for system in (draw(3, 2, 2, (0.1, 0.2)), models.two_level(temperature=(0.1, 0.2)).at([[0.1], [0.2]])):
        with pytest.raises(PrecisionError):
            ask(name, system)


@pytest.mark.parametrize("name", CHAINED)
def test_no_observable_on_chains_returns_nan(monkeypatch, name):
    """A NaN from the window of systems on chains is a refusal in words."""
    planted(monkeypatch, "chains", "window", lambda found: (spoilt(found[0]), found[1]))
    with pytest.raises(PrecisionError):
        ask(name, on_chains())


@pytest.mark.parametrize("shift", [1.0, -1.0, 0.7 * np.array([[0, 1j], [-1j, 0]])])
@pytest.mark.parametrize("name", ["density_matrix", "force", "bond_current"])
def test_occupations_stay_between_nothing_and_one(monkeypatch, name, shift):
    """Occupations beyond 0 and 1 and coherences above a half are refused, in all that is made of them."""
    shift = shift * np.eye(2) if np.ndim(shift) == 0 else shift
    planted(monkeypatch, "density", "evaluate", lambda found: found + shift)
    planted(monkeypatch, "chains", "_each", lambda found: found + shift)
    for system in (draw(3, 2, 2, (0.1, 0.2)), models.two_level().at([[0.1], [0.2]]), on_chains()):
        with pytest.raises(PrecisionError, match="occupation"):
            ask(name, system)


@pytest.mark.parametrize("system", [draw(3, 3, 2, (0.1, 0.2)), on_chains()], ids=["wide band", "chains"])
def test_currents_sum_to_zero(monkeypatch, system):
    """Currents of which one is off are refused."""
    module, name = ("current", "evaluate") if system.wide_band else ("chains", "_each")
    planted(monkeypatch, module, name, lambda flow: flow * np.r_[1.001, np.ones(flow.shape[-1] - 1)])
    with pytest.raises(PrecisionError, match="sum to"):
        fast.current(system)


@pytest.mark.parametrize("factor", [-1.0, 30.0])
def test_transmissions_are_between_nothing_and_the_channels(monkeypatch, factor):
    """A Green's function with a wrong factor shows in transmissions that no scatterer has."""
    planted(monkeypatch, "chains", "dressed", lambda found: (found[0], [factor * found[1][0], *found[1][1:]]))
    for system in (draw(3, 2, 2, (0.1, 0.2)), on_chains()):
        with pytest.raises(PrecisionError, match="transmission"):
            fast.transmission(system, [0.05, 0.25])


def test_runs_in_time_keep_occupations(monkeypatch):
    """The electrons of a run that leave 0 and 1 end it."""
    model = models.tangent(draw(3, 2, 1, (0.1, 0.2)))
    monkeypatch.setattr(Electrons, "density_matrix", lambda self, density: density + 1.5 * np.eye(2))
    with pytest.raises(PrecisionError, match="occupation"):
        fast.driven(model, Oscillation([0.0], [0.1], 1.0), [0.0, 1.0])
    with pytest.raises(PrecisionError, match="occupation"):
        fast.ehrenfest(model, ClassicalBody(20.0, Harmonic(1.0)), ([0.1], [0.0]), [0.0, 1.0])


def test_what_is_right_passes():
    """Full and empty levels, equilibrium, perfect transmission and empty batches are no offence."""
    for mu in (-1e3, 0.0, 1e3):
        wide = [WideBandLead(np.diag(w), mu, t) for w, t in (([1.0, 1e-9], 0.0), ([1e-9, 1e3], 0.1))]
        system = OpenSystem([[0.1, 0.2j], [-0.2j, 0.0]], [np.eye(2)], wide, 2)
        for name in OBSERVABLES:
            assert np.all(np.isfinite(ask(name, system)))
    ends = [ChainLead(site, -1.0, 0.1, 0.0) for site in (0, 1)]
    perfect = OpenSystem([[0, -1], [-1, 0]], [np.eye(2)], ends)
    assert fast.transmission(perfect, 0.3)[0, 1] == pytest.approx(1)
    for name in CHAINED:
        assert np.all(np.isfinite(ask(name, perfect)))
    nothing = models.two_level().at(np.zeros((0, 1)))
    for name in OBSERVABLES:
        assert ask(name, nothing).shape[0] == 0


def test_what_is_said_names_the_place():
    """A refusal says which entry, and what came."""
    with pytest.raises(PrecisionError, match=r"density_matrix: entry \[0, 1, 1\] came out as \(nan"):
        laws.filled(spoilt(np.zeros((1, 2, 2), complex)))
    with pytest.raises(PrecisionError, match="level 1 came out with an occupation of -86"):
        laws.filled(np.diag([0.5, -86.0]) + 0j)
