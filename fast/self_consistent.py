"""The steady state in the field of its own charge, and the force and gradient that belong to it.

Newton's method with the exact derivative of the density. The functional is switched on from nothing, at a go
where that is safe and in steps where it is not, so that the state found is the one that continues from the
bare system. A step is safe while Newton's corrections shrink to half each time: so they do where the theorem
of Kantorovich promises one solution nearby, for the whole step.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from electronwind import Model, OpenSystem
from electronwind.doors import checked_model
from electronwind.functionals import MeanField, Screened, checked_functional

from .density import density_matrix
from .mean_field import Equation, Point, equation
from .narrow import size

__all__ = ["self_consistent"]

Array = np.ndarray[Any, Any]

# Newton's corrections shrink by this factor at least, and end below the second one, relative to the energies;
# below the third one, what no longer shrinks is rounding. On the way the last one is enough.
SHRINK, SMALL, ROUNDING, PASSING = 0.5, 1e-13, 1e-9, 1e-2
# No correction is so large, relative to the energies.
FAR = 1e4
# Smallest share of the functional that is switched on in a step, and steps in all.
LEAST, MOST = 2.0**-12, 200
# Largest such step where the functional amplifies a change of the potential in place of opposing it: only
# then may the state turn back on its way.
CAREFUL, BENT, AMPLIFIED = 1 / 32, 0.5, 1e-6


def self_consistent(model: Model, functional: MeanField, x: ArrayLike) -> Screened:
    """Return the steady state of h(x) + v where v is the mean field of its own density.

    Parameters
    ----------
    model : Model
        The bare family h(x), or any object with hamiltonian, gradient, leads and at.
    functional : LocalNeutrality, Hubbard or Functional
        What the charge costs.
    x : array_like, shape (..., d)
        Positions; a bare number where d = 1.

    Returns
    -------
    Screened
        With the state that continues from the bare system as the functional is switched on; where there are
        several, others are not looked for. A state that could not be reached is marked in `converged`, with
        `advice`; no error is raised.

    Raises
    ------
    InvalidSystemError
        A functional that does not fit, or whose functions return what they should not; what is no family; a
        position of another shape.
    UnbroadenedLevelError
        A level that no lead broadens.

    Notes
    -----
    Source: todorov2010 Eq. 18-24 and Sec. V, at any bias and temperature. Newton's method with the exact
    derivative of the density; convergence is quadratic.
    """
    family = checked_model(model, lambda: x, single=False)
    bare = family.at(x)
    functional = checked_functional(functional, bare)
    shape, n, d = bare.shape, bare.levels, bare.coordinates
    batch = bare if len(shape) == 1 else _flat(bare)
    problem = equation(functional, batch)
    found = _followed(batch, problem)
    dv = -_solved(found.point.at(np.ones(len(found.share)))[1], found.point.driven)
    dv[~found.converged] = 0
    v = problem.potential(found.values)
    screening = np.moveaxis(problem.potential(np.moveaxis(dv, -1, 0)), 0, 1)
    system = OpenSystem(
        bare.hamiltonian + v.reshape(*shape, n, n),
        bare.gradient + screening.reshape(*shape, d, n, n),
        bare.leads,
        bare.degeneracy,
    )
    sigma = density_matrix(system)
    return Screened(
        system=system,
        density_matrix=sigma,
        force=-bare.degeneracy * np.einsum("...dij,...ji->...d", bare.gradient, sigma).real,
        potential=v.reshape(*shape, n, n),
        residual=found.point.residual.reshape(shape),
        history=found.history.reshape(*shape, found.history.shape[-1]),
        converged=found.converged.reshape(shape),
        advice=_advice(found, shape),
    )


def _flat(system: OpenSystem) -> OpenSystem:
    """Return the same systems with one batch axis."""
    if system.shape:
        return system[tuple(index.ravel() for index in np.indices(system.shape))]
    return OpenSystem(system.hamiltonian[None], system.gradient[None], system.leads, system.degeneracy)


class _Found(NamedTuple):
    """Where the states were followed to.

    Attributes
    ----------
    values : ndarray, shape (B, K)
        The unknowns.
    point : Point
        The equation there.
    share : ndarray, shape (B,)
        Share of the functional for which the state is solved.
    history : ndarray, shape (B, k)
    converged : ndarray of bool, shape (B,)
    """

    values: Array
    point: Point
    share: Array
    history: Array
    converged: Array


def _followed(bare: OpenSystem, problem: Equation) -> _Found:
    """Follow the states of a batch with one axis from the bare system."""
    members = len(bare.hamiltonian)
    values = np.zeros((members, problem.unknowns))
    point = problem.point(bare, values, np.arange(members))
    scale = size(bare)
    # The last state that solves the equation, its share, and the share that is tried next.
    solved, known, share = values.copy(), point.take(np.ones(members, bool)), np.zeros(members)
    careful = _amplified(problem, point)
    stride = np.where(careful, CAREFUL, 1.0)
    target, last = stride.copy(), np.full(members, np.inf)
    bent = np.zeros(members, bool)
    active = np.ones(members, bool)
    history = [point.residual.copy()]
    for _ in range(MOST):
        step = -_solved(*reversed(point.at(target)))
        length = np.max(np.abs(step), axis=-1, initial=0.0)
        shrinking = length <= np.minimum(np.where(careful, SHRINK**2, SHRINK) * last, FAR * scale)
        # A state that turned back has a Jacobian of the other sign.
        turned = np.linalg.slogdet(point.at(target)[1])[0] <= 0
        least = np.where(
            target < 1, np.where(careful, PASSING**2, PASSING), np.where(shrinking, SMALL, ROUNDING)
        )
        turned |= careful & bent
        arrived = active & ~turned & (length <= least * scale)
        lost = active & ~arrived & (turned | ~shrinking)
        moving = active & ~arrived & ~lost
        # Solved: on to the next share, or done.
        solved[arrived], share[arrived] = values[arrived], target[arrived]
        known.put(arrived, point.take(arrived))
        stride = np.where(arrived, 2 * stride, np.where(lost, stride / 2, stride))
        values[lost] = solved[lost]
        point.put(lost, known.take(lost))
        changed = arrived | lost
        careful |= _amplified(problem, point)
        stride = np.where(careful, np.minimum(stride, CAREFUL), stride)
        active &= (share < 1) & (stride >= LEAST)
        target = np.where(changed, np.minimum(1.0, share + stride), target)
        values[moving] += step[moving]
        last, bent = np.where(moving, length, np.inf), np.zeros(members, bool)
        if np.any(moving):
            before = point.at(target)[1][moving]
            part = bare if np.all(moving) else bare[moving]
            v = problem.potential(values[moving])
            there = OpenSystem(part.hamiltonian + v, part.gradient, part.leads, part.degeneracy)
            point.put(moving, problem.point(there, values[moving], np.flatnonzero(moving)))
            bent[moving] = _bent(before, point.at(target)[1][moving])
            history.append(point.residual.copy())
        if not np.any(active):
            break
    return _Found(values, point, share, np.stack(history, axis=-1), share == 1)


def _amplified(problem: Equation, point: Point) -> Array:
    """Return which members answer a change of the potential with more of the same, shape (B,)."""
    answered = point.at(np.ones(len(point.residual)))[1] - np.diag(problem.stiff)
    lowest = np.min(np.linalg.eigvals(answered).real, axis=-1, initial=0.0)
    return lowest < -AMPLIFIED * np.max(np.abs(answered), axis=(-1, -2), initial=0.0)


def _bent(before: Array, after: Array) -> Array:
    """Return where a Jacobian changed by half of itself or more in one step, shape (B,)."""
    change = np.abs(_solved(before, after - before))
    return ~(np.max(np.sum(change, axis=-1), axis=-1, initial=0.0) < BENT)


def _solved(jacobian: Array, value: Array) -> Array:
    """Return the solutions of batched equations; a singular one has none that is finite."""
    columns = value if value.ndim == jacobian.ndim else value[..., None]
    try:
        found = np.linalg.solve(jacobian, columns)
    except np.linalg.LinAlgError:
        found = np.full(columns.shape, np.inf)
        for k, one in enumerate(jacobian):
            with suppress(np.linalg.LinAlgError):
                found[k] = np.linalg.solve(one, columns[k])
    return found.reshape(value.shape)


def _advice(found: _Found, shape: tuple[int, ...]) -> str:
    """Return what was tried where no state was reached, and what may help."""
    if np.all(found.converged):
        return ""
    first = int(np.argmin(found.converged))
    member = tuple(map(int, np.unravel_index(first, shape)))
    many = f"{np.sum(~found.converged)} of {found.converged.size} states, the first at {member},"
    return (
        f"{many if shape else 'The state'} could not be reached: switched on in ever smaller steps, the "
        f"functional was followed to {found.share[first]:.3g} of its strength, with a residual of "
        f"{found.history[first, 0]:.3g} at the start and {found.point.residual[first]:.3g} at the end, in "
        f"{found.history.shape[-1]} evaluations. There the state that continues from the bare system ends or "
        "turns back, or a site takes no more charge at any potential. A smaller bias, a higher "
        "temperature or a weaker functional may have a solution; so may charges nearer to those of the bare "
        "system."
    )
