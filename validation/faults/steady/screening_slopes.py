"""Mistakes in how a mean field follows a motion: the screened gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import Model, OpenSystem, fast
from electronwind.fast.mean_field import equation
from electronwind.functionals import Functional, Hubbard, LocalNeutrality, MeanField

from ...systems.transformations import changed
from ..registry import releaded
from .screening import altered_state

Array = NDArray[Any]

SLOPES = "todorov2010 Eq. 20-24"


def _regraded(name: str, says: str, change: Callable[..., Array], source: str = SLOPES) -> None:
    """Plant a mistake in the screened gradient: ``change(screening, bare, found, ...)``.

    Here `screening` is dv/dx and `bare` dh/dx.
    """

    def fields(found: Any, model: Model, functional: MeanField, x: Array) -> dict[str, Any]:
        bare = np.broadcast_to(model.gradient(x), found.system.gradient.shape)
        wrong = change(found.system.gradient - bare, bare, found, model, functional, x)
        return {"system": changed(found.system, gradient=wrong)}

    altered_state(name, says, fields, source)


_regraded("screening-bare-gradient", "The gradient of the result is the bare one.", lambda s, bare, *_: bare)
_regraded("screening-alpha-sign", "The screening has the wrong sign.", lambda s, bare, *_: bare - s)
_regraded(
    "screening-same-alpha",
    "The potential changes along y as it does along x.",
    lambda s, bare, *_: bare + s[..., :1, :, :],
)
_regraded(
    "screening-along-x",
    "Only a motion along x is screened.",
    lambda s, bare, *_: bare + s * np.array([1.0, 0.0])[:, None, None],
)
_regraded(
    "screening-diagonal-gradient",
    "Of dv/dx the diagonal is kept.",
    lambda s, bare, *_: bare + s * np.eye(s.shape[-1]),
)
_regraded(
    "screening-y-reversed",
    "The atom before the corner is above it: y is reversed.",
    lambda s, bare, *_: (bare + s) * np.array([1.0, -1.0])[:, None, None],
    "todorov2010 Fig. 2",
)
_regraded(
    "screening-linear-in-u",
    "The charge is that at fixed potential: screening is linear in U.",
    lambda s, bare, found, model, functional, x: _unscreened(s, bare, found, functional),
)


def _unscreened(s: Array, bare: Array, found: Any, functional: MeanField) -> Array:
    """Return dh/dx + U dq/dx at fixed potential."""
    if not isinstance(functional, Hubbard):
        return bare + s
    sites = list(functional.sites)
    charges = _charge_slopes(found.system, sites, bare)
    added = np.zeros_like(s)
    added[..., sites, sites] = functional.strength * charges
    return bare + added


def _charge_slopes(system: OpenSystem, sites: list[int], moves: Array) -> Array:
    """Return d q_i along each of some matrices dh, shape (..., moves, sites)."""
    projectors = np.array([np.diag(np.eye(system.levels)[site]) for site in sites])
    count = moves.shape[-3]
    shape = (*moves.shape[:-3], len(sites), system.levels, system.levels)
    basis = np.broadcast_to(projectors, shape)
    wide = changed(system, gradient=np.concatenate([moves, basis], axis=-3))
    return -np.swapaxes(np.asarray(fast.response(wide, 0.0)).real[..., count:, :count], -1, -2)


def _alpha(
    system: OpenSystem, functional: Any, bare: Array, *, spin: float = 1.0, local: bool = False
) -> Array:
    """Return dh/dx + dv/dx from the response of the charges of a system, some of it changed."""
    sites = list(functional.sites)
    n = system.levels
    projectors = np.broadcast_to(
        np.array([np.diag(np.eye(n)[site]) for site in sites]), (*bare.shape[:-3], len(sites), n, n)
    )
    chi = spin * np.swapaxes(_charge_slopes(system, sites, projectors), -1, -2)
    driven = np.swapaxes(_charge_slopes(system, sites, bare), -1, -2)
    if local:
        chi = chi * np.eye(len(sites))
    stiff = 0.0 if isinstance(functional, LocalNeutrality) else np.diag(1 / functional.strength)
    dv = np.linalg.solve(stiff - chi, driven)
    added = np.zeros_like(bare)
    added[..., sites, sites] = np.swapaxes(dv, -1, -2)
    return bare + added


def _from_charges(name: str, says: str, system: Callable[[OpenSystem], OpenSystem], **how: Any) -> None:
    """Plant another response of the charges; functionals of a user's own are left alone."""

    def change(s: Array, bare: Array, found: Any, model: Model, functional: MeanField, x: Array) -> Array:
        if isinstance(functional, Functional):
            return bare + s
        return _alpha(system(found.system), functional, bare, **how)

    _regraded(name, says, change)


def _level(system: OpenSystem) -> OpenSystem:
    """Return the system with all leads at the mean potential."""
    mean = sum(np.asarray(lead.mu) for lead in system.leads) / len(system.leads)
    return changed(system, leads=releaded(system, lambda _, lead: {"mu": mean}).leads)


def _one(system: OpenSystem) -> OpenSystem:
    """Return the system with all leads at the potential of the first."""
    return changed(system, leads=releaded(system, lambda *_: {"mu": system.leads[0].mu}).leads)


_from_charges("screening-alpha-at-rest", "The charge answers as it does without bias.", _level)
_from_charges("screening-alpha-of-one-lead", "The charge answers at the potential of the first lead.", _one)
_from_charges("screening-local-alpha", "A charge answers to the potential on its own site alone.",
              lambda system: system, local=True)  # fmt: skip
_from_charges("screening-alpha-spin", "The charge of one spin answers to the potential.",
              lambda system: system, spin=0.5)  # fmt: skip


def _kernel_of_rest(functional: MeanField, density: Array) -> MeanField:
    if not isinstance(functional, Functional):
        return functional
    kernel = functional.kernel
    return Functional(functional.energy, functional.potential, lambda _, change: kernel(density, change))


def _late_kernel(s: Array, bare: Array, found: Any, model: Model, functional: MeanField, x: Array) -> Array:
    """Take the kernel at the bare density."""
    if not isinstance(functional, Functional) or x.ndim > 1:
        return bare + s
    start = model.degeneracy * np.asarray(fast.density_matrix(model.at(x)))
    return _with_kernel(found, bare, _kernel_of_rest(functional, start))


def _with_kernel(found: Any, bare: Array, functional: Functional | MeanField) -> Array:
    """Return dh/dx + dv/dx with another kernel, at the state that was found."""
    still = changed(found.system, gradient=bare[None], hamiltonian=found.system.hamiltonian[None])
    problem = equation(functional, still)
    n = still.levels
    values = np.zeros((1, problem.unknowns))
    point = problem.point(still, values, np.array([0]))
    jacobian = point.at(np.ones(1))[1]
    dv = -np.linalg.solve(jacobian, point.driven)
    added = problem.potential(np.moveaxis(dv, -1, 0).reshape(-1, problem.unknowns))
    return bare + added.reshape(-1, n, n)


def _no_kernel(s: Array, bare: Array, found: Any, model: Model, functional: MeanField, x: Array) -> Array:
    """Leave a user's functional out of the slopes."""
    return bare if isinstance(functional, Functional) else bare + s


_regraded("screening-kernel-of-rest", "The second derivative is that at the bare density.", _late_kernel)
_regraded("screening-no-kernel", "A user's second derivative is not used.", _no_kernel)
