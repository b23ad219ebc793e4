"""Mistakes in the mean field of the electrons' own charge, and in what it does to force and curl."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import Model, OpenSystem, fast
from electronwind.functionals import Functional, Hubbard, LocalNeutrality, MeanField

from ...systems.transformations import changed
from ..registry import misread, releaded
from .vibrations import static

__all__ = ["altered_state"]

Array = NDArray[Any]

EQUATION = "todorov2010 Eq. 18-23"
FORCE = "todorov2010 Eq. 5"
STATE = "todorov2010 Sec. IV"
BATCHES = "positions have batch axes"

Answer = Callable[[Model, MeanField, Any], Any]


def _planted(name: str, says: str, answer: Answer, source: str) -> None:
    static(name, says, {"self_consistent": answer}, source)


# --- the functional that is read wrongly ----------------------------------------------------------


def _misread(name: str, says: str, change: Callable[[MeanField, int], MeanField]) -> None:
    """Plant a mistake in how the functional is read: ``change(functional, degeneracy)``."""

    def answer(model: Model, functional: MeanField, x: Any) -> Any:
        return fast.self_consistent(model, change(functional, model.degeneracy), x)

    _planted(name, says, answer, EQUATION)


def _spinless(functional: MeanField, degeneracy: int) -> MeanField:
    if isinstance(functional, Hubbard):
        return replace_hubbard(functional, strength=functional.strength / degeneracy)
    return functional


def replace_hubbard(functional: Hubbard, **parts: Any) -> Hubbard:
    """Return the repulsion with some of its numbers replaced."""
    old = {name: getattr(functional, name) for name in ("sites", "strength", "charges")}
    return Hubbard(**(old | parts))


def _first_strength(functional: MeanField, degeneracy: int) -> MeanField:
    if isinstance(functional, Hubbard):
        return replace_hubbard(functional, strength=functional.strength[0])
    return functional


def _first_charge(functional: MeanField, degeneracy: int) -> MeanField:
    if isinstance(functional, Functional):
        return functional
    first = functional.charges[0]
    if isinstance(functional, Hubbard):
        return replace_hubbard(functional, charges=first)
    return LocalNeutrality(functional.sites, first)


def _never_off(functional: MeanField, degeneracy: int) -> MeanField:
    if isinstance(functional, Hubbard):
        return replace_hubbard(functional, strength=np.maximum(functional.strength, 1 / 64))
    return functional


def _per_spin(functional: MeanField, degeneracy: int) -> MeanField:
    """Give a user's functions the density of one spin."""
    if not isinstance(functional, Functional):
        return functional
    energy, potential, kernel = functional.energy, functional.potential, functional.kernel
    return Functional(
        energy,
        lambda density: potential(density / degeneracy),
        lambda density, change: kernel(density / degeneracy, change / degeneracy),
    )


def _diagonal(functional: MeanField, degeneracy: int) -> MeanField:
    """Keep of a user's potential what is on the diagonal."""
    if not isinstance(functional, Functional):
        return functional
    energy, potential, kernel = functional.energy, functional.potential, functional.kernel
    return Functional(
        energy,
        lambda density: np.diag(np.diagonal(potential(density))),
        lambda density, change: np.diag(np.diagonal(kernel(density, change))),
    )


_misread("screening-spinless", "U multiplies the density of one spin.", _spinless)
_misread("screening-first-strength", "All sites have the strength of the first.", _first_strength)
_misread("screening-first-charge", "All sites have the neutral charge of the first.", _first_charge)
_misread("screening-never-off", "A small strength is added to every U.", _never_off)
_misread("screening-functional-per-spin", "A user's functional is given the density of one spin.", _per_spin)
_misread("screening-diagonal-potential", "Of a user's potential the diagonal is kept.", _diagonal)


# --- the result that is put together wrongly ------------------------------------------------------


def altered_state(name: str, says: str, change: Callable[..., dict[str, Any]], source: str) -> None:
    """Plant a mistake in the result: ``change(found, model, functional, x)`` gives the wrong fields."""

    def answer(model: Model, functional: MeanField, x: Any) -> Any:
        found = fast.self_consistent(model, functional, x)
        return replace(found, **change(found, model, functional, np.asarray(x, dtype=float)))

    _planted(name, says, answer, source)


# --- force, density, status -----------------------------------------------------------------------


def _force(found: Any, model: Model, x: Array, gradient: Array, spins: float) -> dict[str, Any]:
    trace = np.einsum("...dij,...ji->...d", gradient, found.density_matrix).real
    return {"force": -spins * trace}


altered_state("screening-force-screened", "The force has the screened gradient.",
         lambda f, m, u, x: _force(f, m, x, f.system.gradient, m.degeneracy), FORCE)  # fmt: skip
altered_state("screening-force-spin", "The force is that of one spin, or of four.",
         lambda f, m, u, x: {"force": 2 * f.force if m.degeneracy == 1 else f.force / 2}, FORCE)  # fmt: skip
altered_state(
    "screening-force-sign", "The force has the wrong sign.", lambda f, m, u, x: {"force": -f.force}, FORCE
)
altered_state("screening-potential-sign", "The potential has the wrong sign.",
         lambda f, m, u, x: {"potential": -f.potential}, EQUATION)  # fmt: skip
altered_state("screening-residual-sign", "The residual is the sum of signed errors, below zero.",
         lambda f, m, u, x: {"residual": f.residual - 1e-3}, STATE)  # fmt: skip
altered_state("screening-bare-density", "The density is that of the bare system.",
         lambda f, m, u, x: {"density_matrix": fast.density_matrix(m.at(x))}, STATE)  # fmt: skip
altered_state("screening-always-converged", "Whatever the last step left is called a solution.",
         lambda f, m, u, x: {"converged": np.ones_like(f.converged)}, STATE)  # fmt: skip


def _late(found: Any, model: Model, functional: MeanField, x: Array) -> dict[str, Any]:
    """Return the density of a potential that is one small step away."""
    h = model.hamiltonian(x) + found.potential * (1 - 2.0**-20)
    return {"density_matrix": fast.density_matrix(changed(found.system, hamiltonian=h))}


altered_state("screening-late-density", "The density is that of the last but one iteration.", _late, STATE)


def _one_step(model: Model, functional: MeanField, x: Any) -> Any:
    """Stop where the potential changes by less than a thousandth."""
    found = fast.self_consistent(model, functional, x)
    v = found.potential * (1 + 2.0**-10)
    system = changed(found.system, hamiltonian=model.hamiltonian(np.asarray(x, float)) + v)
    sigma = fast.density_matrix(system)
    bare = model.gradient(np.asarray(x, float))
    force = -model.degeneracy * np.einsum("...dij,...ji->...d", bare, sigma).real
    return replace(found, system=system, potential=v, density_matrix=sigma, force=force)


_planted("screening-one-step", "Iterations end as soon as the potential changes little.", _one_step, STATE)


def _frozen(model: Model, functional: MeanField, x: Any) -> Any:
    """Keep the potential of the origin."""
    found = fast.self_consistent(model, functional, x)
    there = fast.self_consistent(model, functional, np.zeros(len(model.coordinates)))
    h = model.hamiltonian(np.asarray(x, float)) + there.potential
    sigma = fast.density_matrix(changed(found.system, hamiltonian=h))
    bare = model.gradient(np.asarray(x, float))
    return replace(found, force=-model.degeneracy * np.einsum("...dij,...ji->...d", bare, sigma).real)


_planted("screening-frozen-potential", "The potential does not follow the atom.", _frozen, STATE)


def _far(model: Model, functional: MeanField, x: Any) -> Any:
    """Begin at a potential that empties the first level, where U has no other sign."""
    found = fast.self_consistent(model, functional, x)
    if not isinstance(functional, Hubbard) or len(functional.sites) > 1 or functional.strength[0] > 0:
        return found
    place, v = np.asarray(x, float), -np.sign(found.potential[0, 0].real) * abs(4 * functional.strength[0])
    for _ in range(400):
        h = model.hamiltonian(place) + v * np.eye(1)
        charge = model.degeneracy * fast.density_matrix(changed(found.system, hamiltonian=h))[0, 0].real
        v = float(functional.strength[0] * (charge - functional.charges[0]))
    return replace(found, potential=np.array([[v + 0j]]))


_planted("screening-far-start", "The state is the one next to a guess far away.", _far, STATE)


# --- batches --------------------------------------------------------------------------------------


def _first(found: Any, model: Model, functional: MeanField, x: Array) -> dict[str, Any]:
    if x.ndim == 1:
        return {}
    v = np.broadcast_to(found.potential[:1], found.potential.shape)
    system = changed(found.system, hamiltonian=model.hamiltonian(x) + v)
    sigma = fast.density_matrix(system)
    return {"potential": v, "density_matrix": sigma} | _force(
        replace(found, density_matrix=sigma), model, x, model.gradient(x), model.degeneracy
    )


altered_state("screening-first-of-batch", "All positions have the potential of the first.", _first, BATCHES)
altered_state("screening-batch-reversed", "The members of a batch come in another order.",
         lambda f, m, u, x: {"force": f.force[::-1]} if x.ndim > 1 else {}, BATCHES)  # fmt: skip


# --- electrodes of probes -------------------------------------------------------------------------

MANY = 20


def _faint(system: OpenSystem) -> OpenSystem:
    """Let the probes of a large system all but vanish."""
    if system.levels <= MANY or not system.wide_band:
        return system
    return releaded(system, lambda _, lead: {"broadening": lead.broadening / 256})


misread(
    "probes-faint",
    "Probes are made so faint that both electrodes fill the same standing waves.",
    _faint,
    "curl",
    source="todorov2010 Sec. III: first long electrodes, then weak probes",
)
