"""What the strategies draw: hard systems, well-posed, exact, and simple when shrunk."""

from __future__ import annotations

from collections.abc import Callable

import hypothesis
import numpy as np
import pytest
from hypothesis import HealthCheck, find, given
from hypothesis.strategies import SearchStrategy

from electronwind import OpenSystem, fast
from electronwind.validation.core.tolerances import decay
from electronwind.validation.numerics.matrices import spectral
from electronwind.validation.systems import strategies
from electronwind.validation.systems.chains import chains, lorentzian
from electronwind.validation.systems.strategies import (
    decoupled,
    degenerate,
    equilibrium,
    exceptional,
    hard,
    near_equal,
    site_leads,
    stacks,
    systems,
    wide,
)

WIDE = {
    "systems": systems((1, 6), (1, 3), (2, 4)),
    "hard": hard(),
    "equilibrium": equilibrium(),
    "near_equal": near_equal(),
    "decoupled": decoupled(),
    "site_leads": site_leads(),
    "exceptional": exceptional(),
    "degenerate": degenerate(),
    "lorentzian": lorentzian(leads=(2, 3)),
}
quick = hypothesis.settings(
    max_examples=15,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.night("site_leads", "equilibrium", "near_equal")
@pytest.mark.parametrize("name", WIDE)
def test_every_level_decays(name: str) -> None:
    """No level of a drawn system is without a lead that broadens it."""

    @quick
    @given(WIDE[name])
    def decays(system: OpenSystem) -> None:
        assert decay(system) >= 0.9 * strategies.SLOWEST

    decays()


@pytest.mark.parametrize("name", WIDE)
def test_entries_are_short_binary_fractions(name: str) -> None:
    """Drawn numbers are multiples of a power of two: they reach every solver to the last bit."""

    @quick
    @given(WIDE[name])
    def exact(system: OpenSystem) -> None:
        parts = [system.hamiltonian, system.gradient, *(lead.broadening for lead in wide(system))]
        for part in parts:
            ticks = part * 2.0**14
            assert np.array_equal(ticks, np.round(ticks))

    exact()


@quick
@given(exceptional())
def test_exceptional_systems_lack_an_eigenvector(system: OpenSystem) -> None:
    """Two eigenvalues of an exceptional system coincide, and so do their eigenvectors."""
    _, vectors = np.linalg.eig(spectral(system))
    assert np.linalg.cond(vectors) > 1e6


@quick
@given(degenerate())
def test_degenerate_levels_coincide(system: OpenSystem) -> None:
    """A degenerate system has a double eigenvalue."""
    levels = np.sort_complex(np.linalg.eigvals(spectral(system)))
    assert np.min(np.abs(np.diff(levels))) == 0


@quick
@given(chains())
def test_chains_bind_no_state(system: OpenSystem) -> None:
    """No state of a drawn system lies outside the bands of its chains."""
    # A bound state is an error of the solver.
    assert np.all(np.isfinite(fast.density_matrix(system)))


@quick
@given(stacks(systems(), 3))
def test_members_of_a_stack_have_their_own_potentials(system: OpenSystem) -> None:
    """Members of a batch differ in their potentials."""
    assert system.shape == (3,)
    assert system.leads[0].mu.shape == (3,)


FEATURES: dict[str, Callable[[OpenSystem], bool]] = {
    "complex h": lambda s: bool(np.any(s.hamiltonian.imag)),
    "broadenings that do not commute": lambda s: bool(
        np.max(np.abs(_commutator(s.leads[0].broadening, s.leads[1].broadening))) > 0.01
    ),
    "three leads": lambda s: len(s.leads) == 3,
    "unequal temperatures": lambda s: s.leads[0].temperature != s.leads[1].temperature,
    "zero temperature": lambda s: any(lead.temperature == 0 for lead in s.leads),
    "a bias that is not mirrored": lambda s: s.leads[0].mu != -s.leads[1].mu,
    "equal potentials": lambda s: s.leads[0].mu == s.leads[1].mu,
    "a potential on a level": lambda s: s.leads[0].mu == s.hamiltonian[0, 0].real,
    "spin": lambda s: s.degeneracy == 2,
    "a broadening of rank one": lambda s: np.linalg.matrix_rank(s.leads[0].broadening) < s.levels,
}


def _commutator(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a @ b - b @ a


def test_hard_systems_have_every_feature() -> None:
    """Among hard systems there is everything that hides mistakes."""
    seen: set[str] = set()

    @hypothesis.settings(quick, max_examples=100)
    @given(systems())
    def look(system: OpenSystem) -> None:
        seen.update(name for name, has in FEATURES.items() if has(system))

    look()
    assert seen == set(FEATURES)


def test_failures_shrink_to_simple_systems() -> None:
    """A failing system shrinks to one that a reader can take in."""
    small = find(
        systems((1, 3), (1, 2), (2, 3)),
        lambda s: s.levels > 1 and abs(s.hamiltonian[0, 1]) > 0,
        settings=hypothesis.settings(quick, max_examples=100),
    )
    assert (small.levels, small.coordinates, len(small.leads)) == (2, 1, 2)
    assert np.count_nonzero(small.gradient) == 0
    assert np.count_nonzero(small.hamiltonian) == 2
    assert np.abs(small.hamiltonian[0, 1]) == 1 / 16


@pytest.mark.parametrize("strategy", [systems(real=True), equilibrium(real=True)])
def test_real_systems_are_real(strategy: SearchStrategy[OpenSystem]) -> None:
    """Where real matrices are asked for, none is complex."""

    @quick
    @given(strategy)
    def real(system: OpenSystem) -> None:
        parts = [system.hamiltonian, system.gradient, *(lead.broadening for lead in wide(system))]
        assert not any(np.any(part.imag) for part in parts)

    real()
