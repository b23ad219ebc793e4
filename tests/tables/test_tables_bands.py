"""Enclosures on leads with bands: cells as sums of chains, bound states, and the paths past their poles."""

from __future__ import annotations

import numpy as np
import pytest
from thinning import few

from electronwind import ChainLead, OpenSystem, PeriodicLead, UnbroadenedLevelError, fast
from electronwind.validation.numerics.waves import self_energy
from electronwind.validation.tables.drawing import is_perfect
from electronwind.validation.tables.problems import problem_set

flint = pytest.importorskip("flint", reason="the extra certify is not installed")

from electronwind.validation.tables import certify  # noqa: E402 - needs flint
from electronwind.validation.tables.balls import Junction, precision, rational  # noqa: E402 - needs flint
from electronwind.validation.tables.bound import bound_states, resolvent  # noqa: E402 - needs flint
from electronwind.validation.tables.channels import NoChannelsError, bands, channels  # noqa: E402 - needs flint
from electronwind.validation.tables.closed import Closed  # noqa: E402 - needs flint
from electronwind.validation.tables.integral import point_at  # noqa: E402 - needs flint
from electronwind.validation.tables.responses import Responses  # noqa: E402 - needs flint

CELLS = {
    (id, k): lead
    for id, problem in problem_set().items()
    for k, lead in enumerate(problem.system.leads)
    if isinstance(lead, PeriodicLead)
}
BANDED = [id for id, problem in problem_set().items() if not problem.system.wide_band]


def numbers(matrix: object) -> np.ndarray:
    return np.array([complex(z.mid()) for z in matrix.entries()]).reshape(matrix.nrows(), -1)


def test_cells_are_sums_of_chains() -> None:
    """The exact chains of every cell of the tables give the self-energy that its Bloch waves give."""
    assert len(CELLS) >= 15
    for id in dict.fromkeys(id for id, _ in CELLS):
        system = problem_set()[id].system
        with precision(128):
            junction = Junction(system)
            points = {E: point_at(junction, flint.arb(E)) for E in (0.1, 2.9)}
            exact = {
                (k, E): numbers(point.self_energies[k][0])
                for E, point in points.items()
                for k in junction.leads
                if (id, k) in CELLS
            }
        for (k, E), found in exact.items():
            waves = self_energy(CELLS[id, k], system.levels, np.array([E]))[0][0]
            assert np.allclose(found, waves, rtol=0, atol=1e-11), (id, k, E)


@pytest.mark.parametrize(
    ("onsite", "hopping"),
    [
        ([[0, 1], [1, 0]], [[1, 0], [0, 2]]),
        ([[0.5, 0.25], [0.25, 0]], np.eye(2)),
        ([[1, 0], [0, -1]], [[1, 1], [0, 1]]),
    ],
)
def test_cells_that_are_no_sum_of_rational_chains_are_refused(onsite: object, hopping: object) -> None:
    """Matrices that do not commute, or have irrational eigenvalues, have no exact chains."""
    with pytest.raises(NoChannelsError):
        channels(PeriodicLead([0, 1], onsite, hopping, 0.0, 0.0), 2)


def end(site: int, hopping: float = -1.0, mu: float = 0.0, **rest: float) -> ChainLead:
    return ChainLead(site, hopping, mu, 0.0, **rest)


def small(h: object, *leads: ChainLead) -> Junction:
    h = np.array(h)
    return Junction(OpenSystem(h, np.zeros((1, *h.shape)), leads))


@pytest.mark.parametrize(
    ("h", "leads", "energies", "weights"),
    [
        ([[1.0]], [end(0), end(0)], [5**0.5], [1 / 5**0.5]),
        ([[-1.5]], [end(0)], [-13 / 6], [5 / 9]),
        ([[0.0]], [end(0, coupling=2.0)], [-4 / 3**0.5, 4 / 3**0.5], [1 / 3, 1 / 3]),
        ([[0, -1.25], [-1.25, 0]], [end(0), end(1)], [-2.05, 2.05], [0.36, 0.36]),
        ([[0.25]], [end(0, coupling=0.5)], [], []),
    ],
)
def test_bound_states_have_their_closed_forms(
    h: object, leads: list[ChainLead], energies: list[float], weights: list[float]
) -> None:
    """Energies, weights and occupations of what one or two chains bind."""
    with precision(256):
        found = bound_states(small(h, *leads))
        assert [float(state.energy.mid()) for state in found] == pytest.approx(energies, abs=1e-14)
        traces = [sum(np.diag(numbers(state.share)).real) for state in found]
        assert traces == pytest.approx(weights, abs=1e-14)
        assert [float(state.occupation.real) for state in found] == [float(e < 0) for e in energies]
        assert all(float(state.energy.rad()) < 1e-60 for state in found)


def test_bound_states_of_the_tables_are_those_of_the_fast_solver() -> None:
    """As many in every gap, also between two bands, and no other state is forgotten."""
    seen = 0
    for id in BANDED:
        with precision(256):
            junction = Junction(problem_set()[id].system)
            if junction.mixed or is_perfect(junction.system):
                continue
            mine = [float(state.energy.mid()) for state in bound_states(junction)]
        theirs = np.ravel(fast.bound_states(problem_set()[id].system).energies)
        assert np.allclose(sorted(mine), sorted(theirs), rtol=0, atol=1e-12), id
        seen += len(mine)
    assert seen >= 7


def test_leads_that_disagree_on_a_bound_state_are_refused() -> None:
    """One lead says full, the other empty."""
    with precision(128), pytest.raises(UnbroadenedLevelError):
        bound_states(small([[-3.0]], end(0), end(0, mu=-4.0)))


@pytest.mark.night("bound-in-a-gap", "bent-chain-short")
@pytest.mark.parametrize("id", ["bound-below-and-above", "bound-in-a-gap", "bent-chain-short"])
def test_all_states_are_one(id: str) -> None:
    """With every potential above everything, bands and bound states together fill each level once."""
    system = problem_set()[id].system
    high = [type(lead)(**{**vars(lead), "mu": 9.0}) for lead in system.leads]  # type: ignore[arg-type]  # every kind has one
    full = OpenSystem(system.hamiltonian, system.gradient, high)
    _, sigma = certify.enclose("density_matrix", full, bits=192, goal=1e-30)
    for (i, k), ball in np.ndenumerate(sigma):
        assert ball.overlaps(flint.acb(int(i == k)))
        assert float(ball.rad()) < 1e-25


@pytest.mark.night("ribbon-cold-response", "bound-in-a-gap-response")
@pytest.mark.thin
@pytest.mark.parametrize("name", ["friction", "force_noise", "pair_density", "response"])
@pytest.mark.parametrize("id", ["ribbon-cold", "bound-in-a-gap", "bent-chain-short"])
def test_paths_past_poles_give_what_the_fast_solver_gives(id: str, name: str) -> None:
    """Response, noise and pairs where motion takes electrons between bands and bound states."""
    problem = problem_set()[id]
    extra = () if name == "friction" else (problem.frequency,)
    _, balls = certify.enclose(name, problem.system, *extra, bits=128, goal=1e-12)
    assert np.allclose(certify.floats(balls), getattr(fast, name)(problem.system, *extra), rtol=0, atol=1e-10)


@pytest.mark.parametrize("id", few(["warm-1", "warm-2", "two-level-at-0"], 3))
def test_pairs_in_closed_form_and_by_integral_overlap(id: str) -> None:
    """Two enclosures of one value."""
    with precision(192):
        at = Junction(problem_set()[id].system)
        W = rational(problem_set()[id].frequency)
        narrow, wide = Closed(at, 1e-30).pair_density(W), Responses(at, 1e-30).pair_density(W)
        assert all(
            flint.acb(x).overlaps(flint.acb(y)) for x, y in zip(narrow.ravel(), wide.ravel(), strict=True)
        )
        assert all(flint.acb(x).rad() < 1e-25 for x in wide.ravel())


def test_bands_that_touch_are_one() -> None:
    """Gaps are what is left between united bands."""
    found = channels(PeriodicLead([0, 1], np.diag([0.5, -0.5]), -np.eye(2), 0.0, 0.0), 2)
    assert [tuple(map(float, band)) for band in bands(found)] == [(-2.5, 2.5)]
    apart = channels(PeriodicLead([0, 1], np.diag([1.5, -1.5]), -np.eye(2) / 2, 0.0, 0.0), 2)
    assert [tuple(map(float, band)) for band in bands(apart)] == [(-2.5, -0.5), (0.5, 2.5)]


def test_the_resolvent_continues_the_axis() -> None:
    """Off the bands the Green's function is the inverse of E - h - Sigma with the branch that decays."""
    system = problem_set()["bound-in-a-gap"].system
    with precision(128):
        junction = Junction(system)
        F = numbers(resolvent(junction, flint.acb(0.125)))
    sigma = sum(self_energy(lead, 2, np.array([0.125]))[0][0] for lead in system.leads)
    assert np.allclose(F, 0.125 * np.eye(2) - system.hamiltonian - sigma, rtol=0, atol=1e-12)
