"""Levels that chains broaden by next to nothing, or not at all."""

import contextlib
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from reference_values import compute
from thinning import few

from electronwind import (
    ChainLead,
    OpenSystem,
    PrecisionError,
    UnbroadenedLevelError,
    WideBandLead,
    fast,
)
from electronwind.fast import halving, narrow

OBSERVABLES = dict.fromkeys(("density_matrix", "force", "curl", "current", "bond_current"), ())
OBSERVABLES["transmission"] = ([-0.2, 0.7],)
HERE = {name: arguments for name, arguments in OBSERVABLES.items() if name != "curl"}


def level(couplings, energy=0.3, mu=(0.5, -0.5), temperature=0.1):
    leads = [ChainLead(0, 1.0, m, temperature, coupling=c) for m, c in zip(mu, couplings, strict=True)]
    return OpenSystem([[energy]], [[[1.0]]], leads)


def filling(couplings, energy, mu, temperature):
    """Return the occupation of a level on two chains of hopping 1, by Gauss rules in enough digits."""
    with mpmath.workdps(30 - 4 * int(np.log10(min(couplings)))):
        squares = [mpmath.mpf(c) ** 2 for c in couplings]

        def sigma(e):
            return sum(squares) * (e - 1j * mpmath.sqrt(4 - e * e)) / 2

        def filled(x):
            e = centre + x
            parts = [
                square / (1 + mpmath.exp((e - m) / mpmath.mpf(temperature)))
                for square, m in zip(squares, mu, strict=True)
            ]
            return mpmath.sqrt(4 - e * e) * sum(parts) / abs(e - energy - sigma(e)) ** 2

        # Without the width the energy is a fraction: (1 - squares/2) e = energy.
        centre = mpmath.mpf(energy) / (1 - sum(squares) / 2)
        width = -mpmath.im(sigma(centre))
        steps = [width * mpmath.mpf(8) ** k for k in range(200) if width * mpmath.mpf(8) ** k < 0.1]
        even = [mpmath.mpf(k) / 8 - 2 for k in range(33)]
        cuts = sorted([0, *steps, *(-s for s in steps), *(e - centre for e in even)])
        return float(sum(_gauss(filled, a, b) for a, b in pairwise(cuts)) / (2 * mpmath.pi))


def _gauss(function, a, b):
    x, w = np.polynomial.legendre.leggauss(24)
    half = (b - a) / 2
    # Half a turn of the sine takes the square root off an edge of the band.
    angles = [mpmath.pi / 2 * mpmath.mpf(float(t)) for t in x]
    return sum(
        mpmath.mpf(float(share))
        * mpmath.pi
        / 2
        * half
        * mpmath.cos(angle)
        * function(a + half * (1 + mpmath.sin(angle)))
        for angle, share in zip(angles, w, strict=True)
    )


@pytest.mark.night("1e-40", "1e-20")
@pytest.mark.thin(most=2)
@pytest.mark.parametrize("coupling", [1e-40, 1e-20, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 0.3])
@pytest.mark.parametrize("energy", [0.3, -1.25, 1.875])
def test_weak_couplings_against_quadrature(coupling, energy):
    """However weak the couplings, a level is filled as the leads at its energy say."""
    if energy == 1.875 and coupling == 0.3:
        energy = 1.0  # closer to the edge it would be bound
    pair = coupling, coupling / 3
    want = filling(pair, energy, (0.5, -0.5), 0.1)

    assert fast.density_matrix(level(pair, energy))[0, 0].real == pytest.approx(want, abs=2e-11)


@pytest.mark.parametrize("temperature", few([0.0, 0.1], 2, 1))
def test_members_of_a_batch_do_not_mind_each_other(temperature):
    """Each member of a batch of couplings from next to nothing to strong has the value that it has alone."""
    couplings = 10.0 ** np.array([-80, -0.5])
    energies = np.array([[0.3]])
    leads = [ChainLead(0, 1.0, m, temperature, coupling=c * couplings) for m, c in ((0.4, 1.0), (-0.1, 0.5))]
    both = OpenSystem(energies[..., None, None] * np.ones((1, 2, 1, 1)), [[[1.0]]], leads)

    for name, arguments in HERE.items():
        found = getattr(fast, name)(both, *arguments)
        for where in np.ndindex(both.shape):
            alone = getattr(fast, name)(both[where], *arguments)
            assert np.allclose(found[where], alone, rtol=1e-12, atol=0), (name, where)


def drawn(seed):
    """Return a system with some weak coupling: one to three levels, chains and wide bands."""
    r = np.random.default_rng(seed)
    n, cold = r.integers(1, 4), r.random() < 0.4
    parts = r.integers(-16, 17, (3, 2, n, n)) / 16
    h, *gradient = (a + 1j * b + (a + 1j * b).conj().T for a, b in parts / 2)
    leads = []
    for _ in range(r.integers(1, 4)):
        at = float(r.choice([-0.5, 0.0, 0.25, 1.0])), 0.0 if cold else float(r.choice([1e-3, 0.05, 0.3]))
        site, coupling = int(r.integers(n)), float(r.choice([1e-8, 1e-6, 3e-5, 1e-3, 0.1, 0.6]))
        if r.random() < 0.2:
            leads.append(WideBandLead(r.choice([1e-4, 0.5]) * np.diag(np.eye(n)[site]), *at))
        else:
            leads.append(
                ChainLead(site, float(r.choice([-1.0, 0.6])), *at, float(r.choice([0.0, 0.4])), coupling)
            )
    leads.append(ChainLead(0, 1.0, 0.1, 0.0 if cold else 0.1, coupling=1e-7))
    return OpenSystem(h, gradient, leads)


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("seed", few(range(12), 12, 6))
def test_drawn_systems_against_the_reference(seed):
    """What both answer agrees; levels too narrow for the reference are filled by the golden rule."""
    system = drawn(seed)
    try:
        want = {name: compute(name, system, *arguments, digits=16) for name, arguments in OBSERVABLES.items()}
    except (UnbroadenedLevelError, PrecisionError):
        refused, found = answer("density_matrix", system, ())
        if not refused:
            error, allowed = np.max(np.abs(found - golden_rule(system))), 4 * strongest(system)
            assert error < allowed, (error, allowed)
        return
    for name, arguments in OBSERVABLES.items():
        right = want[name].astype(complex)
        refused, found = answer(name, system, arguments)
        if refused:
            # The traces of a narrow level cancel in the curl; next to an edge no expansion holds.
            assert name == "curl" or "edge of a band" in refused
            continue
        scale = np.max(np.abs(right)) if name in ("current", "transmission") else 1.0
        assert np.allclose(found, right, rtol=0, atol=3e-10 * scale), name


def strongest(system):
    """Return the largest broadening over the smallest distance of two levels, the error of a golden rule."""
    widths = [np.max(np.abs(green_width(lead, 0.0))) for lead in system.leads]
    return max(widths) / min(1.0, *np.diff(np.linalg.eigvalsh(system.hamiltonian)))


def green_width(lead, energy):
    """Return coupling^2 times -2 Im g of a chain at an energy, by the density of states at its end."""
    root = 4 * lead.hopping**2 - (energy - lead.onsite) ** 2
    return lead.coupling**2 * np.sqrt(np.maximum(root, 0.0)) / lead.hopping**2


def occupied(lead, energy):
    """Return the Fermi function of a lead."""
    if lead.temperature == 0:
        return float(energy < lead.mu)
    return 0.5 - 0.5 * np.tanh((energy - lead.mu) / (2 * lead.temperature))


def golden_rule(system):
    """Return the density matrix to lowest order: each level filled by the leads in the ratio of widths."""
    energies, states = np.linalg.eigh(system.hamiltonian)
    sigma = np.zeros_like(states)
    for energy, state in zip(energies, states.T, strict=True):
        widths = np.array([abs(state[lead.site]) ** 2 * green_width(lead, energy) for lead in system.leads])
        f = [occupied(lead, energy) for lead in system.leads]
        sigma = sigma + np.outer(state, state.conj()) * (widths @ np.array(f, float)) / np.sum(widths)
    return sigma


def answer(name, system, arguments):
    """Return the words of a refusal for lack of precision and the value, one of which is empty."""
    try:
        return "", getattr(fast, name)(system, *arguments)
    except PrecisionError as error:
        return str(error), None


@pytest.mark.thin
@pytest.mark.parametrize("coupling", [0.0, 1e-300, 1e-160])
@pytest.mark.parametrize("name", [name for name in OBSERVABLES if name != "transmission"])
def test_a_coupling_of_nothing_broadens_nothing(name, coupling):
    """A level whose chains have no coupling is refused, alone and in a batch, whatever is next to it."""
    ask = lambda system: getattr(fast, name)(system, *OBSERVABLES[name])  # noqa: E731 - used once
    strong = ChainLead(0, 1.0, 0.2, 0.1, coupling=0.5)
    systems = [
        level((coupling, coupling)),
        OpenSystem(
            np.diag([0.3, -0.2]), [np.eye(2)], [strong, ChainLead(1, 1.0, -0.2, 0.1, coupling=coupling)]
        ),
        OpenSystem(
            np.diag([3.0, -0.2]),
            [np.eye(2)],
            [strong, ChainLead(1, 4.0, 3.0, 0.1), ChainLead(0, 4.0, 0, 0.1, coupling=coupling)],
        ),
        OpenSystem(
            np.diag([0.3, -0.2]),
            [np.eye(2)],
            [WideBandLead(np.diag([0, 1.0]), 0.2, 0.1), ChainLead(0, 1.0, 0, 0.1, coupling=coupling)],
        ),
        level((np.array([0.5, coupling]), np.array([0.1, coupling]))),
    ]
    for system in systems:
        with pytest.raises(UnbroadenedLevelError):
            ask(system)


def test_a_lead_without_a_coupling_changes_nothing():
    """A chain that is not coupled is as good as none, though its potential and band count for others."""
    h, gradient = [[0.3, 0.2], [0.2, -0.1]], [np.eye(2), [[0, 1j], [-1j, 0]]]
    leads = [ChainLead(0, 1.0, 0.4, 0.1, coupling=0.5), ChainLead(1, -1.0, -0.2, 0.05, coupling=0.6)]
    idle = ChainLead(1, 3.0, -1.0, 0.2, 0.5, coupling=0.0)
    with_idle, without = OpenSystem(h, gradient, [idle, *leads]), OpenSystem(h, gradient, leads)

    for name in ("density_matrix", "force", "curl", "bond_current"):
        assert np.allclose(
            getattr(fast, name)(with_idle), getattr(fast, name)(without), rtol=0, atol=1e-12
        ), name
    assert np.allclose(fast.current(with_idle)[1:], fast.current(without), rtol=0, atol=1e-12)


def test_rounding_decides_and_says_so():
    """A narrow level at a cold potential, or two that coincide, have no digits; the reason is given."""
    weak = [ChainLead(site, 1.0, mu, 0.1, coupling=1e-9) for site, mu in ((0, 0.5), (1, -0.5))]
    twice = OpenSystem(np.diag([0.3, 0.3]), [np.eye(2)], weak)
    pair = OpenSystem([[0.0, 0.3], [0.3, 0.0]], [np.eye(2)], weak)
    with pytest.raises(PrecisionError, match="cold lead"):
        fast.density_matrix(level((1e-10, 1e-10), 0.5, temperature=0.0))
    with pytest.raises(PrecisionError, match="too close to another"):
        fast.density_matrix(twice)
    with pytest.raises(PrecisionError, match="hardly decays"):
        fast.transmission(pair, 0.3)


def test_weight_that_the_window_misses_is_refused(monkeypatch):
    """Contour and window count the states between the potentials independently, and have to agree."""
    system = level((1e-9, 1e-9))
    spoilt = narrow.Narrow.green
    monkeypatch.setattr(narrow.Narrow, "green", lambda self, x: spoilt(self, x) / 2)

    with pytest.raises(PrecisionError, match="misses"):
        fast.density_matrix(system)


# ------------------------------------------------------------------------ chains that are nearly perfect


@pytest.mark.night("-4", "1e-09-2")
@pytest.mark.thin(most=1)
@pytest.mark.parametrize("levels", [1, 2, 4])
@pytest.mark.parametrize("shift", [1e-12, 1e-9, 1e-6, 1e-3])
@pytest.mark.parametrize("draws", [3, pytest.param(5, marks=pytest.mark.slow)])
def test_a_chain_that_is_nearly_perfect_has_virtual_states(draws, levels, shift):
    """Bands that nearly agree leave poles of another sheet beside them, which no lead has to broaden."""
    r = np.random.default_rng(levels)
    answered = 0
    for _ in range(draws):
        noise = r.normal(size=(2, levels, levels))
        h = -np.eye(levels, k=1) - np.eye(levels, k=-1) + shift * (noise[0] + 1j * noise[1])
        move = 1 + shift * r.normal(size=(3, 2))
        ends = [
            ChainLead(site, -move[0, a], mu, 0.0, shift * r.normal(), -move[1, a])
            for a, (site, mu) in enumerate([(0, -0.4), (levels - 1, -1.5)])
        ]
        system = OpenSystem((h + h.conj().T) / 2, np.zeros((1, levels, levels)), ends)
        try:
            want = compute("density_matrix", system)
        except UnbroadenedLevelError:
            with pytest.raises((UnbroadenedLevelError, PrecisionError)):
                fast.density_matrix(system)
            continue
        # Where the bands agree to roundings, so that nobody can tell which is wider, words are an answer too.
        with contextlib.suppress(PrecisionError):
            assert fast.density_matrix(system) == pytest.approx(want, abs=1e-8)
            answered += 1
    assert answered >= 2


def test_resonances_of_a_system_are_looked_for_together(monkeypatch):
    """A bisection of all levels takes as many steps as that of one, and one that fails spoils no other."""
    rng = np.random.default_rng(8)
    raw = rng.normal(size=(2, 6, 6))
    h = raw[0] + raw[0].T + 1j * (raw[1] - raw[1].T)
    system = OpenSystem(h / 4, [np.eye(6)], [ChainLead(0, -1.0, 0.2, 0.05), ChainLead(5, -1.0, -0.2, 0.05)])
    asked = []
    above = narrow._above

    def counted(system, energies):
        asked.append(len(energies))
        return above(system, energies)

    monkeypatch.setattr(narrow, "_above", counted)
    starts = narrow._starts(system)

    assert len(starts) >= 4
    assert len(asked) == narrow.BISECTIONS // halving.AT_ONCE + 1
    lost = starts[1]

    def failing(system, energies):
        # The marks, of which there are as many as before, lie where they lie.
        if len(energies) != asked[0] and np.any(np.abs(energies - lost) < 1e-6):
            raise PrecisionError("infinite")
        return above(system, energies)

    monkeypatch.setattr(narrow, "_above", failing)
    assert narrow._starts(system) == [start for start in starts if start != lost]
