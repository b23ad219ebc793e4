"""Scattering states as a third way: what both solvers say of forces follows from S and its derivatives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mpmath
import numpy as np
import pytest

from electronwind import ChainLead, Lead, OpenSystem, PeriodicLead, WideBandLead, fast, reference
from electronwind.validation.core.tolerances import natural
from electronwind.validation.numerics.matrices import adjoint
from electronwind.validation.numerics.scattering import Scattering, States
from electronwind.validation.numerics.waves import edges, self_energy

QUESTIONS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("force", ()), ("friction", ()), ("curl", ()), ("force_noise", (0.0,)), ("force_noise", (0.25,)),
)  # fmt: skip
KINDS = ("wide", "chain", "cell", "pair")


def matrix(rng: np.random.Generator, *shape: int) -> Any:
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def hermitian(rng: np.random.Generator, *shape: int) -> Any:
    a = matrix(rng, *shape)
    return (a + adjoint(a)) / 2


def lead(rng: np.random.Generator, kind: str, n: int) -> Lead:
    """Return a lead of a kind, at its own potential and temperature."""
    mu, heat = rng.uniform(-0.5, 0.5), float(rng.choice([0.0, 0.05, 0.3]))
    site = int(rng.integers(n))
    if kind == "wide":
        a = matrix(rng, n, 1)
        return WideBandLead(0.2 * a @ adjoint(a), mu, heat)
    if kind == "chain":
        return ChainLead(site, rng.uniform(1.5, 2.0), mu, heat, rng.uniform(-0.2, 0.2), rng.uniform(0.4, 0.9))
    sites = [site, (site + 1) % n][: min(n, 2)]
    if kind == "cell":
        hop = rng.uniform(1.5, 2.0) * np.exp(1j * rng.uniform(0, 6))
        return PeriodicLead(sites, [[0.1]], [[hop]], mu, heat, 0.4 * matrix(rng, len(sites), 1))
    hop = np.eye(2) * 1.5 + 0.2 * matrix(rng, 2, 2)
    return PeriodicLead(sites, 0.3 * hermitian(rng, 2, 2), hop, mu, heat, 0.4 * matrix(rng, len(sites), 2))


def drawn(seed: int, kinds: tuple[str, ...] = ()) -> OpenSystem:
    """Return a system of complex matrices on 1 to 4 leads that binds no state."""
    rng = np.random.default_rng(seed)
    while True:
        n, d = int(rng.integers(1, 4)), int(rng.integers(1, 3))
        chosen = kinds or tuple(rng.choice(KINDS, size=int(rng.integers(1, 5))))
        leads = [lead(rng, kind, n) for kind in chosen]
        if all(isinstance(one, WideBandLead) for one in leads):
            leads.append(WideBandLead(0.3 * np.eye(n), 0.1, 0.05))
        system = OpenSystem(
            0.4 * hermitian(rng, n, n), hermitian(rng, d, n, n), leads, int(rng.integers(1, 3))
        )
        if not len(np.ravel(fast.bound_states(system).energies)):
            return system


def differences(system: OpenSystem, solver: Any, **options: Any) -> Iterator[tuple[str, float]]:
    """Yield how far a solver is from the scattering states, in units of the natural scale."""
    third = Scattering(system)
    for name, extra in QUESTIONS:
        mine = getattr(third, name)(*extra)
        with mpmath.workdps(30):
            theirs = np.asarray(getattr(solver, name)(system, *extra, **options), dtype=complex)
        scale = max(natural(name, system, *extra), float(np.max(np.abs(theirs))))
        yield f"{name}{extra}", float(np.max(np.abs(mine - theirs))) / scale


ONE_EACH = {
    "wide": ("wide", "wide"),
    "chain": ("chain", "chain"),
    "cell": ("cell", "wide"),
    "pair": ("pair", "chain"),
}


@pytest.mark.night("pair", "wide", "cell")
@pytest.mark.parametrize("kinds", ONE_EACH.values(), ids=ONE_EACH)
def test_scattering_states_agree_with_the_fast_solver(kinds: tuple[str, ...]) -> None:
    """Force, friction with its Lorentz-like part, curl and noise, on every kind of lead."""
    for question, difference in differences(drawn(3, kinds), fast):
        assert difference < 1e-9, question


@pytest.mark.night("levels-behind")
@pytest.mark.parametrize("seed", [0, 2], ids=["levels-behind-open-chains", "sharp-levels-on-one-chain"])
def test_what_is_zero_but_for_rounding_ends(seed: int) -> None:
    """A level reached by rounding alone binds nothing, and a sum that cancels is no sharp integrand."""
    for question, difference in differences(drawn(seed), fast):
        assert difference < 1e-9, question


@pytest.mark.slow
def test_scattering_states_agree_with_the_reference() -> None:
    """One system with a band and a wide-band lead: three derivations, one value."""
    system = drawn(5, ("chain", "wide"))
    for question, difference in differences(system, reference, digits=15):
        assert difference < 1e-9, question


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_three_ways_agree(seed: int) -> None:
    """Scattering states, fast and reference on drawn systems of 1 to 4 leads of all kinds."""
    system = drawn(seed)
    for solver, options in ((fast, {}), (reference, {"digits": 15})):
        for question, difference in differences(system, solver, **options):
            assert difference < 1e-9, (solver.__name__, question)


@pytest.mark.parametrize("kinds", ONE_EACH.values(), ids=ONE_EACH)
def test_the_scattering_matrix_is_unitary_and_its_derivative_is_one(kinds: tuple[str, ...]) -> None:
    """S^+ S = 1 at energies with open and with closed waves, and dS is a difference of S of fourth order."""
    system, step = drawn(4, kinds), 1e-4
    E = np.array([-3.1, -0.7, 0.1, 1.9, 3.3])
    at = States(system, E)
    assert np.max(np.abs(adjoint(at.S) @ at.S - np.eye(at.S.shape[-1]))) < 1e-12
    for k, part in enumerate(system.gradient):
        moved = [
            States(OpenSystem(system.hamiltonian + s * step * part, system.gradient, system.leads), E).S
            for s in (-2, -1, 1, 2)
        ]
        slope = np.tensordot([1, -8, 8, -1], moved, 1) / (12 * step)
        assert np.allclose(slope, at.dS[k], rtol=0, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_slopes_of_self_energies_are_derivatives(kind: str) -> None:
    """The slope of each kind of lead is a central difference of its self-energy."""
    one, step = lead(np.random.default_rng(8), kind, 3), 1e-6
    E = np.array([-2.9, -0.3, 0.8, 5.0])
    above, below = (self_energy(one, 3, E + s * step)[0] for s in (1, -1))
    slope = self_energy(one, 3, E)[1]
    assert np.allclose((above - below) / (2 * step), slope, rtol=0, atol=1e-7)


def test_friction_needs_the_slope_of_the_width() -> None:
    """Without dW/dE the friction on bands is wrong, on wide-band leads it is not: what A is made of shows."""

    class Flat(States):
        def __init__(self, system: OpenSystem, E: Any) -> None:
            super().__init__(system, E)
            self.dW = 0 * self.dW

    for kinds, seen in ((("chain", "chain"), True), (("wide", "wide"), False)):
        system = drawn(3, kinds)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("electronwind.validation.numerics.scattering.States", Flat)
            wrong = Scattering(system).friction()
        assert (np.max(np.abs(wrong - fast.friction(system))) > 1e-3) == seen


def test_edges_of_a_cell_are_those_of_its_bands() -> None:
    """A ribbon of width two has the bands of two chains; a complex chain has one."""
    onsite, hopping = np.array([[0, -0.5], [-0.5, 0]]), -np.eye(2)
    ribbon = PeriodicLead([0, 1], onsite, hopping, 0.0, 0.1)
    system = OpenSystem(np.zeros((2, 2)), np.zeros((1, 2, 2)), [ribbon, ChainLead(0, 1.0, 0.0, 0.1, 0.25)])
    assert np.allclose(edges(system), [-2.5, -1.75, -1.5, 1.5, 2.25, 2.5], rtol=0, atol=1e-12)
