"""Screened problems: drawn levels with a mean field of their own charge, and the corner of the bent chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from electronwind import Lead, Model, OpenSystem, fast
from electronwind.functionals import Functional, Hubbard, LocalNeutrality, MeanField
from electronwind.models import bent_chain

from ..core.check import Problem
from .strategies import HOT, Drawing, Span, systems

__all__ = [
    "Curved", "attractive", "charged", "corners", "counted", "excess_of", "functional_of",
    "model_of", "position_of", "screened", "sites_of", "strength_of",
]  # fmt: skip

Array = NDArray[Any]

# Share of the fourth power in a user's repulsion, and his exchange between all levels.
QUARTIC, EXCHANGE = 0.25, 0.25


@dataclass(frozen=True)
class Curved(Model):
    """Levels about a system: h(x) = h + a A + b B + a b (A B + B A)/2, with its gradient A, B at x = 0."""

    system: OpenSystem
    coordinates: ClassVar[tuple[str, ...]] = ("a", "b")

    @property
    def leads(self) -> tuple[Lead, ...]:
        """Those of the system."""
        return self.system.leads

    @property
    def degeneracy(self) -> int:  # type: ignore[override]  # a class variable of the other families
        """That of the system."""
        return self.system.degeneracy

    def _parts(self, xp: Any) -> tuple[Array, Array, Array, Array]:
        h, (a, b) = self.system.hamiltonian, self.system.gradient
        mixed = (a @ b + b @ a) / 2
        if xp is np:
            return h, a, b, mixed
        exact = np.frompyfunc(xp.mpmathify, 1, 1)
        high = [np.asarray(exact(part), dtype=object) for part in (h, a, b, mixed)]
        return high[0], high[1], high[2], high[3]

    def hamiltonian(self, x: ArrayLike, xp: Any = np) -> Array:
        """Return h(x), shape (..., n, n)."""
        h, a, b, mixed = self._parts(xp)
        y = np.asarray(x)[..., None, None]
        p, q = y[..., 0, :, :], y[..., 1, :, :]
        return np.asarray(h + p * a + q * b + p * q * mixed)

    def gradient(self, x: ArrayLike, xp: Any = np) -> Array:
        """Return dh/dx at x, shape (..., 2, n, n)."""
        _, a, b, mixed = self._parts(xp)
        y = np.asarray(x)[..., None, None]
        return np.stack([a + y[..., 1, :, :] * mixed, b + y[..., 0, :, :] * mixed], axis=-3)

    def _hamiltonian(self, x: Sequence[Any], xp: Any) -> Any:
        return self.hamiltonian(np.array(x), xp)

    def _gradient(self, x: Sequence[Any], xp: Any) -> Any:
        return self.gradient(np.array(x), xp)


# --- from the numbers of a problem ----------------------------------------------------------------


def model_of(problem: Problem) -> Model:
    """Return the bare family of a problem."""
    made = problem.numbers.get("chain")
    if made is None:
        return Curved(problem.system)
    mu, heat = made["mu"], made["temperature"]
    return bent_chain(made["hopping"], made["decay"], (mu[0], mu[1]), (heat[0], heat[1]))


def position_of(problem: Problem) -> Array:
    """Return where it is asked about."""
    return np.array(problem.numbers["x"], dtype=float)


def functional_of(problem: Problem) -> MeanField:
    """Return its mean field."""
    made = problem.numbers["functional"]
    sites, charges = made["sites"], made["charges"]
    if made["kind"] == "neutral":
        return LocalNeutrality(sites, charges)
    if made["kind"] == "hubbard":
        return Hubbard(sites, made["strength"], charges)
    if made["kind"] == "exchange":
        return _exchange(made["strength"][0])
    return _quartic(sites, np.array(made["strength"]), np.array(charges))


def sites_of(problem: Problem) -> list[int]:
    """Return the levels that have a charge of their own."""
    return [int(site) for site in problem.numbers["functional"]["sites"]]


def strength_of(problem: Problem, excess: Array) -> Array:
    """Return dv/dq on each of them, at so many electrons too many; infinite where they are neutral.

    Without exchange, where a user has some.
    """
    made = problem.numbers["functional"]
    if made["kind"] == "neutral":
        return np.full(len(excess), np.inf)
    curved = 3 * QUARTIC * excess**2 if made["kind"] == "quartic" else 0.0
    return np.asarray(np.array(made["strength"]) * (1 + curved))


def excess_of(problem: Problem, density: Array) -> Array:
    """Return the electrons too many on each of them, from the density matrix of one spin."""
    made = problem.numbers["functional"]
    charge = problem.system.degeneracy * np.real(np.diagonal(density))[sites_of(problem)]
    return np.asarray(charge - np.array(made["charges"]))


def counted(sites: list[int], charges: Array) -> tuple[Callable[..., Array], Callable[..., Array]]:
    """Return what a user's functional needs: electrons too many on some sites, and energies put on them.

    Returns
    -------
    excess : callable
        ``excess(density)``.
    on_sites : callable
        ``on_sites(values, like)``: a matrix of the shape of another.
    """

    def excess(density: Array) -> Array:
        return np.asarray(np.real(np.diagonal(density))[sites] - charges)

    def on_sites(values: Array, like: Array) -> Array:
        v = np.zeros_like(like)
        v[sites, sites] = values
        return v

    return excess, on_sites


def _quartic(sites: list[int], strength: Array, charges: Array) -> Functional:
    """Return sum U (x^2/2 + QUARTIC x^4/4), x = q - n, with some exchange, as a user writes it."""
    excess, on_sites = counted(sites, charges)
    between = _exchange(EXCHANGE)

    def energy(density: Array) -> float:
        x = excess(density)
        return float(np.sum(strength * (x**2 / 2 + QUARTIC * x**4 / 4))) + between.energy(density)

    def potential(density: Array) -> Array:
        x = excess(density)
        return on_sites(strength * (x + QUARTIC * x**3), density) + between.potential(density)

    def kernel(density: Array, change: Array) -> Array:
        x = excess(density)
        own = on_sites(strength * (1 + 3 * QUARTIC * x**2) * np.real(np.diagonal(change))[sites], density)
        return own + between.kernel(density, change)

    return Functional(energy, potential, kernel)


def _exchange(strength: float) -> Functional:
    """Return -J Tr[D^2]/2: it acts on every entry."""
    return Functional(
        lambda density: -strength * float(np.trace(density @ density).real) / 2,
        lambda density: -strength * density,
        lambda _, change: -strength * change,
    )


# --- drawn ----------------------------------------------------------------------------------------

_STRENGTHS = st.sampled_from([1.0, 0.5, 2.0, 4.0, 0.25])
# Charges are whole numbers of this, and potentials at first of an eighth.
GRAIN = 1 / 256


@st.composite
def charged(draw: Drawing, kinds: tuple[str, ...], system: OpenSystem) -> dict[str, Any]:
    """Return a strategy for a mean field with a state, as data: no two of its numbers need be alike.

    The potential is drawn first, and the charges are those that it makes, rounded.
    """
    kind, n, spins = draw(st.sampled_from(kinds)), system.levels, system.degeneracy
    if kind == "exchange":
        return {"kind": kind, "sites": [], "strength": [draw(st.sampled_from([0.25, 0.5]))], "charges": []}
    sites = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=n, unique=True))
    v = np.array([draw(st.integers(-8, 8)) / 8 for _ in sites])
    strength = np.array([draw(_STRENGTHS) for _ in sites])
    h = system.hamiltonian.copy()
    h[sites, sites] += v
    moved = OpenSystem(h, system.gradient, system.leads, spins)
    charges = spins * np.real(np.diagonal(fast.density_matrix(moved)))[sites]
    made = {"kind": kind, "sites": sites}
    if kind == "neutral":
        charges = np.clip(charges, 4 * GRAIN, spins - 4 * GRAIN)
    else:
        made["strength"] = strength.tolist()
        charges = charges - v / strength
    return made | {"charges": (np.round(charges / GRAIN) * GRAIN).tolist()}


@st.composite
def screened(
    draw: Drawing,
    /,
    kinds: tuple[str, ...] = ("hubbard", "neutral", "quartic"),
    levels: Span = (2, 3),
    temperatures: tuple[float, ...] = HOT,
    **more: Any,
) -> Problem:
    """Return a strategy for levels on wide-band leads under any bias, with a mean field that has a state.

    Where the way from the bare system to it turns back, all a solver can do is to say so: that is another
    problem.
    """
    system = draw(systems(levels, (2, 2), temperatures=temperatures, **more))
    made = draw(charged(kinds, system))
    problem = Problem(system, {"functional": made, "x": [0.0, 0.0]})
    found = fast.self_consistent(model_of(problem), functional_of(problem), [0.0, 0.0])
    assume(bool(found.converged))
    # A level far beside the leads is held by a potential that hardly counts any more.
    size = 1 + float(np.max(np.abs(system.gradient)))
    assume(float(np.max(np.abs(found.system.gradient))) < STEEPEST * size)
    return problem


# So much steeper than its parts is no screened slope that can be judged.
STEEPEST = 16.0


@st.composite
def corners(
    draw: Drawing, bias: tuple[float, ...], kinds: tuple[str, ...], fillings: tuple[int, ...]
) -> Problem:
    """Return a strategy for the bent chain at its ideal shape, its corner screened, at T = 0.

    Fillings are in sixteenths. The bias of a problem is that of its rounded potentials.
    """
    filling = draw(st.sampled_from(fillings)) / 16
    hopping, decay = draw(st.sampled_from([-1.0, -1.25, -2.0])), draw(st.sampled_from([1.0, 0.5, 2.0]))
    mu = 2 * hopping * float(np.cos(np.pi * filling))
    apart = draw(st.sampled_from(bias)) * draw(st.sampled_from([1, -1]))
    kind = draw(st.sampled_from(kinds))
    made: dict[str, Any] = {"kind": kind, "sites": [1], "charges": [2 * filling]}
    if kind != "neutral":
        made["strength"] = [draw(st.sampled_from([1.0, 4.0, 40.0, 0.25]))]
    mus = [mu + apart / 2, mu - apart / 2]
    chain = {"hopping": hopping, "decay": decay, "mu": mus, "temperature": [0.0, 0.0]}
    numbers = {"functional": made, "x": [0.0, 0.0], "filling": filling, "bias": mus[0] - mus[1]}
    model = bent_chain(hopping, decay, (mus[0], mus[1]))
    return Problem(model.at([0.0, 0.0]), numbers | {"chain": chain})


# Position, strength and neutral charge of a level of half-width 1/8 that has three states each, of which
# the first one continues from the bare level; and where what continues turns back on its way.
THREE = [(0.125, -1.0, 0.5), (0.3125, -2.0, 0.5), (-0.1875, -1.0, 0.8125), (-0.1875, -2.0, 0.8125)]
TURNING = [(0.125, -1.5, 0.1875), (0.125, -2.5, 0.1875), (-0.125, -2.0, 0.8125)]
HALF_WIDTH = 0.125


@st.composite
def attractive(draw: Drawing, cases: list[tuple[float, float, float]]) -> Problem:
    """Return a strategy for one level whose charge attracts more of it."""
    from electronwind import WideBandLead

    place, strength, charge = draw(st.sampled_from(cases))
    sign = draw(st.sampled_from([1, -1]))
    lead = WideBandLead([[2 * HALF_WIDTH]], 0.0, 0.0)
    # A second coordinate that moves nothing: the family of two of them is that of all screened problems.
    system = OpenSystem([[sign * place]], [[[1.0]], [[0.0]]], [lead], 1)
    if sign < 0:
        charge = 1 - charge
    made = {"kind": "hubbard", "sites": [0], "strength": [strength], "charges": [charge]}
    return Problem(system, {"functional": made, "x": [0.0, 0.0]})
