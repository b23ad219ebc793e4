"""Sharp states in the reference: bound states, and states at the edges of bands."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from reference_values import X, assert_close
from thinning import few

from electronwind import ChainLead, OpenSystem, UnbroadenedLevelError, WideBandLead, models, reference

WITHOUT_ARGUMENT = ("density_matrix", "force", "curl", "current", "bond_current", "friction", "white_noise")
OF_FREQUENCY = ("force_noise", "response", "pair_density", "force_correlation")


def ask(name: str, system: OpenSystem, argument: float = 0.3, digits: int = 20) -> Any:
    """Return an observable by name."""
    arguments = (argument,) if name in OF_FREQUENCY else ()
    return getattr(reference, name)(system, *arguments, digits=digits)


def chains(*sites: int, mu: float = 0.0, T: float = 0.0, coupling: float = -1.0) -> list[ChainLead]:
    """Return chains of hopping -1 on these sites."""
    return [ChainLead(site, -1.0, mu, T, coupling=coupling) for site in sites]


def line(*bonds: float, mu: float, T: float, gradient: Any) -> OpenSystem:
    """Return a chain with these bonds, continued at both ends."""
    h = np.diag(bonds, 1) + np.diag(bonds, -1)
    return OpenSystem(h, gradient, chains(0, len(bonds), mu=mu, T=T))


@pytest.mark.parametrize("v", few([-(2.0**-40), 2.0**-40, -(2.0**-20)], 3))
def test_a_state_that_is_hardly_bound_leaves_a_dent_in_the_band(v):
    """A level of a chain moved by v: a state of weight |v|/2 at one edge, a dent of half of that at both.

    What the leads fill to the middle of their band is 1/2 - v/4 of the level, and 1 if they fill all of it.
    """
    with mpmath.workdps(30):
        for mu, want in ((0.0, mpmath.mpf(1) / 2 - mpmath.mpf(v) / 4), (3.0, 1)):
            system = OpenSystem([[v]], [[[1.0]]], chains(0, 0, mu=mu))
            assert abs(ask("density_matrix", system)[0, 0] - want) < max(1e-19, abs(v) ** 3)


# --------------------------------------------------------------------------- where they are


@pytest.mark.parametrize(
    ("hamiltonian", "leads", "energies", "weights"),
    [
        ([[1.0]], chains(0, 0), ["sqrt(5)"], ["1/sqrt(5)"]),
        ([[-1.5]], chains(0), ["-mpf(13)/6"], ["mpf(5)/9"]),
        ([[0.0]], chains(0, coupling=2.0), ["-4/sqrt(3)", "4/sqrt(3)"], ["mpf(1)/3"] * 2),
        ([[0, -1.25], [-1.25, 0]], chains(0, 1), ["-mpf(41)/20", "mpf(41)/20"], ["mpf(9)/25"] * 2),
        # Not bound: the perfect chain has its states at the very edges, and so has a level at an edge ...
        ([[0, -1], [-1, 0]], chains(0, 1), [], []),
        # ... unless it does not feel the band that ends there.
        ([[0, 0], [0, 2]], chains(0), ["2"], ["1"]),
        # Dark: two levels beside a chain, and the combination that does not reach it.
        ([[0, -0.5, -0.5], [-0.5, 0.25, 0], [-0.5, 0, 0.25]], chains(0), ["0.25"], ["1"]),
        # A level between two bands, and one that a wide band broadens at the energy of the bound one.
        (
            np.diag([1.5, 2.5]),
            [*chains(0, 0), WideBandLead(np.diag([0, 1]), 0.0, 0.1)],
            ["mpf(5)/2"],
            ["mpf(3)/5"],
        ),
    ],
)
def test_energies_and_weights(
    hamiltonian: Any, leads: list[Any], energies: list[str], weights: list[str]
) -> None:
    """Bound states whose energies and weights are known, to all digits."""
    n = len(np.asarray(hamiltonian))
    found = reference.bound_states(OpenSystem(hamiltonian, [np.eye(n)], leads), digits=40)

    def value(words: str) -> Any:
        return eval(words, {"sqrt": mpmath.sqrt, "mpf": X})

    with mpmath.workdps(50):
        assert found.count == len(energies)
        assert found.states.shape == (len(energies), n)
        for k, (energy, weight) in enumerate(zip(energies, weights, strict=True)):
            assert_close(found.energies[k], value(energy), 1e-39)
            assert_close(found.weights[k], value(weight), 1e-39)
            assert_close(sum(abs(z) ** 2 for z in found.states[k]), X(1), 1e-39)


def test_three_levels_between_two_bands() -> None:
    """A bound state in the gap between two bands, a hair beside one of them, is found by its residual."""
    leads = [
        ChainLead(0, 0.25, 0.0, 0.0, onsite=-1.5),
        ChainLead(2, 0.25, 0.0, 0.0, onsite=1.5, coupling=0.4),
    ]
    h = [[-0.4, 0.3, 0.0], [0.3, 0.1, 0.35], [0.0, 0.35, 0.7]]
    found = reference.bound_states(OpenSystem(h, [np.eye(3)], leads))
    assert found.count >= 2
    with mpmath.workdps(50):
        for energy, weight, v in zip(found.energies, found.weights, found.states, strict=True):
            slope = X(0)
            for k in range(3):
                row = sum(X(h[k][j]) * v[j] for j in range(3)) - energy * v[k]
                for lead in leads:
                    if lead.site == k:
                        z, t, c = energy - X(float(lead.onsite)), X(0.25), X(float(lead.coupling))
                        root = mpmath.sqrt(z * z - 4 * t * t) * mpmath.sign(z)
                        g = 2 / (z + root)
                        row += c**2 * g * v[k]
                        slope += abs(c * v[k]) ** 2 * -g / root
                assert abs(row) < X(10) ** -30
            assert_close(weight, 1 / (1 - slope), 1e-29)


def test_a_batch_is_padded() -> None:
    """Members with fewer bound states are padded with energy infinity, weight 0 and vector 0."""
    system = models.bent_chain().at([[0.0, 0.0], [1 / 16, -1 / 16], [-0.05, 0.05]])
    found = reference.bound_states(system)
    assert found.count.tolist() == [0, 2, 0]
    assert found.energies.shape == found.weights.shape == (3, 2)
    assert float(found.energies[1, 1]) == pytest.approx(2.01308280936255, abs=1e-14)
    assert all(energy == mpmath.inf for energy in found.energies[[0, 2]].ravel())
    assert not any(found.weights[[0, 2]].ravel())
    assert not np.any(found.states[[0, 2]])


# --------------------------------------------------------------------------- how they are filled


def bent(mu: tuple[float, float], T: float) -> OpenSystem:
    return models.bent_chain(mu=mu, temperature=(T, T)).at([1 / 16, -1 / 16])


def test_force_of_filled_states() -> None:
    """In equilibrium the bound states of a compressed corner are filled, to the digits of a long chain."""
    n, T = 300, 0.05
    system = bent((-1.0, -1.0), T)
    h = np.diag(np.full(2 * n + 2, -1.0), 1)
    h[n, n + 1], h[n + 1, n + 2] = system.hamiltonian[0, 1].real, system.hamiltonian[1, 2].real
    e, U = np.linalg.eigh(h + h.T)
    f = 1 / (np.exp((e + 1.0) / T) + 1)
    sigma = (U * f) @ U.T
    seen = -2 * np.einsum("kij,ji->k", system.gradient, sigma[n : n + 3, n : n + 3]).real
    found = reference.force(system, digits=15).astype(float)
    assert np.max(np.abs(seen - found)) < 1e-12
    assert found[0] == pytest.approx(1.12789738, abs=1e-8)


@pytest.mark.parametrize("name", few(WITHOUT_ARGUMENT + OF_FREQUENCY, 6))
def test_leads_that_disagree_are_refused(name: str) -> None:
    """A bound state on which the leads disagree is refused by everything that rests on it, by energy."""
    with pytest.raises(UnbroadenedLevelError, match=r"-2\.0130828.* and the leads disagree"):
        ask(name, bent((-0.95, -1.05), 0.05))


def test_transmission_needs_no_occupation() -> None:
    """The transmission is there beside a bound state of any occupation."""
    assert 0 < float(reference.transmission(bent((-0.95, -1.05), 0.05), 0.5)[0, 1]) < 1


def dark_star(broadening: float, mu: float) -> OpenSystem:
    """Return a level in the band of one chain that reaches only two narrow ones, and complex forces."""
    h = [[0.0, -0.5, -0.5], [-0.5, 0.3, 0], [-0.5, 0, 0.3]]
    g = np.array(
        [[[0.3, 0.2j, 0.1], [-0.2j, 0.2, 0.4], [0.1, 0.4, -0.1]], [[0, 1, 0], [1, 0, 0.3j], [0, -0.3j, 1]]]
    )
    leads: list[Any] = [
        ChainLead(0, -1.0, mu, 0.02),
        ChainLead(1, -0.1, mu, 0.02, onsite=-1.5),
        ChainLead(2, -0.1, mu, 0.02, onsite=-1.5),
    ]
    if broadening:
        leads.append(WideBandLead(broadening * np.eye(3), mu, 0.02))
    return OpenSystem(h, g, leads)


# By day what no other test shows of bound states, and a full band.
@pytest.mark.slow
@pytest.mark.night(
    "force_noise-1.5",
    "friction-0.0",
    "pair_density--0.9",
    "response-0.0",
    "force_correlation",
)
@pytest.mark.parametrize(
    ("name", "argument", "mu"),
    [
        *((name, 0.0, -0.5) for name in ("density_matrix", "friction", "response")),
        pytest.param("white_noise", 0.0, -0.5, marks=pytest.mark.slow),
        # -0.9 and 1.5 lead from the state into a band, and from a band into the state.
        ("force_noise", 1.5, -0.5),
        ("pair_density", -0.9, -0.5),
        ("force_correlation", 0.2, -0.5),
        pytest.param("friction", 0.3, 1.1, marks=pytest.mark.slow),
        *(pytest.param("response", W, -0.5, marks=pytest.mark.slow) for W in (0.2, -0.9, 1.5)),
        *(
            pytest.param(name, 0.3, 1.1, marks=pytest.mark.slow)
            for name in ("response", "force_noise", "pair_density")
        ),
    ],
)
def test_a_dark_state_is_the_limit_of_a_broadened_one(name: str, argument: float, mu: float) -> None:
    """Inside a band, empty or full: poles on the real axis, passed as a vanishing broadening passes them."""
    values = {
        eta: ask(name, dark_star(eta, mu), argument, 15).astype(complex) for eta in (0.0, 2.0**-12, 2.0**-11)
    }
    limit = 2 * values[2.0**-12] - values[2.0**-11]
    assert np.max(np.abs(values[0.0] - limit)) < 1e-4 * np.max(np.abs(limit))


@pytest.mark.parametrize("name", ["friction", "white_noise", "force_noise"])
def test_fluctuations_without_end_are_refused(name: str) -> None:
    """A bound state that is half full and shifted by a coordinate makes friction and noise infinite."""
    system = OpenSystem([[-1.5]], [[[1.0]]], [ChainLead(0, -1.0, -2.0, 0.25)])
    with pytest.raises(UnbroadenedLevelError, match=f"{name} is infinite.* energy -2.1666"):
        ask(name, system, 0.0)
    assert np.isfinite(float(ask("response", system, 0.0)[0, 0].real))


@pytest.mark.slow
def test_static_response_beside_bound_states() -> None:
    """The response at no frequency is the slope of the force, filled bound states included."""
    model, x, step = (
        models.bent_chain(mu=(-1.0, -1.0), temperature=(0.05, 0.05)),
        np.array([1 / 16, -1 / 16]),
        2.0**-12,
    )
    system = model.at(x)
    moved = {}
    for sign in (1, -1):
        h = system.hamiltonian + sign * step * system.gradient[0]
        moved[sign] = reference.force(OpenSystem(h, system.gradient, system.leads, 2), digits=15)
    slope = ((moved[1] - moved[-1]) / (2 * step)).astype(float)
    chi = ask("response", system, 0.0, 15)[:, 0].astype(complex)
    assert np.max(np.abs(slope - chi.real)) < 1e-5
    assert np.max(np.abs(chi.imag)) < 1e-19
    nearly = ask("response", system, 2.0**-40, 15)[:, 0].astype(complex)
    assert np.max(np.abs(nearly - chi)) < 1e-10


# --------------------------------------------------------------------------- edges of bands

PULL = [[[0, 1], [1, 0]]]
PUSH = [[[0, -1, 0], [-1, 0, 1], [0, 1, 0]]]


@pytest.mark.parametrize("digits", [20, pytest.param(30, marks=pytest.mark.slow)])
def test_friction_of_the_bent_chain(digits: int) -> None:
    """The ideal geometry at T = 0 and any bias: a closed form, to all digits."""
    with mpmath.workdps(40):
        angles = [mpmath.acos(-X(mu) / 2) for mu in (-0.5, -1.25)]

        def element(top: Any) -> Any:
            return sum(top(phi) / (mpmath.pi * mpmath.sin(phi) ** 2) for phi in angles) / 2

        diagonal = element(lambda phi: 1 + mpmath.cos(phi) ** 2)
        mixed = element(lambda phi: -mpmath.cos(2 * phi) - mpmath.cos(phi) ** 2)
        system = models.bent_chain(mu=(-0.5, -1.25)).at([0.0, 0.0])
        found = reference.friction(system, digits=digits)
        assert_close(found, [[diagonal, mixed], [mixed, diagonal]], 10.0 ** (1 - digits))


def test_static_response_of_the_perfect_chain() -> None:
    """One bond of a perfect chain: what sits at the edges belongs to the slope of the force."""
    mu, step = -0.625, 2.0**-12
    forces = []
    for sign in (1, -1):
        system = line(-1 + sign * step, mu=mu, T=0.0, gradient=PULL)
        forces.append(reference.force(system, digits=15)[0])
    slope = float((forces[0] - forces[1]) / (2 * step))
    chi = ask("response", line(-1.0, mu=mu, T=0.0, gradient=PULL), 0.0, 15)
    assert complex(chi[0, 0]) == pytest.approx(slope, abs=1e-5)
    nearly = ask("response", line(-1.0, mu=mu, T=0.0, gradient=PULL), 2.0**-20, 15)
    assert complex(chi[0, 0]).real == pytest.approx(complex(nearly[0, 0]).real, abs=1e-7)


@pytest.mark.slow
def test_an_atom_that_moves_along_a_perfect_chain() -> None:
    """Its two bonds do not couple to the states at the edges: friction and noise at T > 0 are finite."""
    T = 0.2
    system = line(-1.0, -1.0, mu=-1.0, T=T, gradient=PUSH)
    xi, D = (ask(name, system) for name in ("friction", "white_noise"))
    assert float(xi[0, 0]) == pytest.approx(0.63235876, abs=1e-7)
    with mpmath.workdps(40):
        assert_close(D, xi * (2 * X(T)), 1e-18)


@pytest.mark.parametrize("name", ["friction", "white_noise", "force_noise", "pair_density"])
def test_infinite_at_an_edge(name: str) -> None:
    """A bond of a perfect chain shifts the states at the edges: infinite wherever they are felt."""
    with pytest.raises(
        UnbroadenedLevelError, match=f"{name} is infinite: no lead broadens the level at energy -2,"
    ):
        ask(name, line(-1.0, mu=-1.0, T=0.2, gradient=PULL), 0.0)


def test_an_edge_that_is_hardly_felt() -> None:
    """Far below mu the edge shows in thirty digits and not in fifteen: the refusal says so."""
    system = line(-1.0, mu=-1.0, T=0.02, gradient=PULL)
    with pytest.raises(
        UnbroadenedLevelError, match=r"weight of it is 1\.9e-22, which fewer digits do not show"
    ):
        reference.friction(system)
    cold = float(reference.friction(line(-1.0, mu=-1.0, T=0.0, gradient=PULL))[0, 0])
    assert float(reference.friction(system, digits=15)[0, 0]) == pytest.approx(cold, rel=5e-3)


def test_a_level_that_touches_no_lead() -> None:
    """Beside leads with a band it is filled as they are; on wide bands alone it is refused."""
    h, g = [[0.0, 0.0], [0.0, 0.25]], [np.eye(2)]
    filled = reference.density_matrix(OpenSystem(h, g, chains(0, mu=0.5)))
    assert_close(filled[:, 1], [0, 1], 1e-29)
    with pytest.raises(UnbroadenedLevelError, match=r"the level at energy 0\.25"):
        reference.density_matrix(OpenSystem(h, g, [WideBandLead(np.diag([1.0, 0.0]), 0.5, 0.0)]))
