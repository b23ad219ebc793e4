r"""Correlation of the force at one time with the force before, along a trajectory.

For t > t', with U(t, t') the propagator of H and the modes z_p, w_p of `modes`,

.. math:: G^<(t, t') = i U(t, t') \sigma(t') + i \sum_{a,p} w_p^* \beta_p(t') \Gamma_a A_p^\dagger(t'), \qquad
          \beta_p(t') = -i \int_{t'}^t ds\, e^{-i z_p^* (s - t')} U(t, s):

what enters between t' and t remembers the leads of before. A runs forward in time and beta backward, each
the way in which it forgets; both are integrals of exponentials against polynomials.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import roots_legendre

from electronwind import InvalidSystemError, UnsupportedError
from electronwind.doors import (
    checked_accuracy,
    checked_delays,
    checked_model,
    checked_path,
    checked_position,
    checked_positions,
    only_wide_band,
    scalar,
)
from electronwind.dynamics import NoiseRecord
from electronwind.models import Model
from electronwind.motion import Trajectory
from electronwind.progress import checked_progress, told

from .calculus import adjoint
from .clock import Clock
from .driven import longest_step
from .memory import FADED
from .modes import Electrons, Sweep
from .options import checked_options
from .spectrum import spectrum

__all__ = ["two_time_noise"]

Array = np.ndarray[Any, Any]

# Rule for the integral over the delays within one step. Next to zero delay, where the correlation has a
# logarithm in its slope, the panels halve.
GAUSS, GAUSS_WEIGHTS = (np.asarray(part) for part in roots_legendre(10))
GAUSS, GAUSS_WEIGHTS = (GAUSS + 1) / 2, GAUSS_WEIGHTS / 2
PANELS = 8
# The modes stand for times from this part of the accuracy on, in units of the decay: what lies below enters
# in proportion.
SOON = 0.1
# Steps that are kept: a hundred kilobytes each, and more for many levels.
MOST_KEPT = 100_000


class _Step(NamedTuple):
    """One step of the electrons, kept."""

    start: float
    length: float
    modes: Array
    sweep: Sweep


def two_time_noise(
    model: Model,
    trajectory: Callable[[Any], Any],
    time: float,
    delays: ArrayLike,
    *,
    since: float | None = None,
    accuracy: float = 1e-9,
    progress: bool | Callable[[float], Any] = False,
) -> NoiseRecord:
    """Return the correlation D(t, t - tau) of the force along a trajectory, and its adiabatic twin.

    Parameters
    ----------
    model : Model
        The family h(x), on wide-band leads.
    trajectory : callable
        ``trajectory(t) -> x`` of shape (d,), such as a `Path`.
    time : float
        The later time t.
    delays : array_like, shape (tau,)
        Delays tau >= 0.
    since : float, optional
        Up to this time the coordinates rest at ``trajectory(since)``. By default the first time of a
        `Trajectory`, or so early that nothing of the start is left.
    accuracy : float
        Largest error of the density matrix that the steps are chosen for.
    progress : bool or callable
        True for a bar on a terminal and a line every few seconds elsewhere, or a function that is called
        with the fraction done.

    Returns
    -------
    NoiseRecord

    Raises
    ------
    InvalidSystemError
        Delays below zero, a time before `since`, or a trajectory that does not return d finite numbers.
    UnbroadenedLevelError
        A level that no lead broadens.
    UnsupportedError
        A chain lead.
    PrecisionError
        The accuracy is out of reach.

    Notes
    -----
    Source: preston2022 Eq. 62-69, for any number of levels and coordinates.
    """
    model = checked_model(model, lambda: trajectory(float(time)))
    d = len(model.coordinates)
    only_wide_band("two_time_noise", model.leads)
    checked_path("trajectory", trajectory)
    time, tau = scalar("time", time), checked_delays(delays)
    since = None if since is None else scalar("since", since)
    accuracy, longest = checked_accuracy(accuracy, 1e-13), float(np.max(tau))
    checked_progress(progress)
    now = checked_position("trajectory", trajectory, time, d)
    if since is None and isinstance(trajectory, Trajectory):
        since = float(trajectory.times[0])
    if since is None:
        narrow = float(np.min(-spectrum(model.at(now)).values.imag))
        since = time - longest - FADED / narrow
    if since > time:
        raise InvalidSystemError("since", f"{since:g}", f"a number up to the time {time:g}")
    begin = since

    def moving(t: Array) -> Array:
        return checked_positions("trajectory", trajectory, np.clip(t, begin, time), d)

    def resting(t: Array) -> Array:
        return np.broadcast_to(now, (len(t), d))

    edges = sorted({min(begin, time - longest), begin, time - longest, float(time)})
    # The variance comes first, whether or not it is asked for.
    asked = np.concatenate([[0.0], tau])
    still_edges = sorted({time - longest, float(time)})
    # Forward and backward, and the same at rest.
    stretches = np.array([edges[-1] - edges[0]] * 2 + [longest] * 2)
    ends = np.cumsum(stretches) / (np.sum(stretches) or 1.0)
    with told(progress, "two_time_noise") as tell:

        def part(number: int) -> Callable[[float], Any]:
            start = ends[number - 1] if number else 0.0
            return lambda done: tell(float(start + (ends[number] - start) * done))

        exact, white = _correlation(model, moving, edges, asked, accuracy, (part(0), part(1)))
        still, calm = _correlation(model, resting, still_edges, asked, accuracy, (part(2), part(3)))
    variance = np.real(np.diagonal(exact[0]))
    # A coordinate that no level feels has no noise to remember.
    memory = np.divide(np.diagonal(white), variance, out=np.zeros(d), where=variance != 0)
    return NoiseRecord(tau, exact[1:], still[1:], white, calm, memory)


class _Rules:
    """Integrals of the modes against polynomials, computed once for steps of one length."""

    def __init__(self, electrons: Electrons) -> None:
        self._electrons, self._known = electrons, dict[tuple[int, float, bytes, bool], Array]()

    def __call__(self, lead: int, length: float, ends: Array, backward: bool) -> Array:
        """Return -i times the integrals up to `ends`, shape (e, q, P); `backward` conjugates the points."""
        key = lead, length, ends.tobytes(), backward
        if key not in self._known:
            z = self._electrons.few.points[lead]
            rate = 1j * length * (z.conj() if backward else -z)
            self._known[key] = -1j * length * self._electrons.grid.against(rate, ends)
        return self._known[key]


def _correlation(
    model: Model,
    path: Callable[[Array], Array],
    edges: list[float],
    delays: Array,
    accuracy: float,
    tell: tuple[Callable[[float], Any], Callable[[float], Any]],
) -> tuple[Array, Array]:
    """Return D at the delays, shape (tau, d, d), and its symmetric integral up to the largest."""
    electrons, steps = _follow(model, path, edges, accuracy, tell[0])
    rules = _Rules(electrons)
    last = edges[-1]
    slope = model.gradient(path(np.array([last])))[0]
    n, d = electrons.start.shape[-1], len(slope)
    values, white = np.empty((len(delays), d, d), complex), np.zeros((d, d))
    after = np.eye(n, dtype=complex)
    back: Array = np.zeros((n, len(electrons.owner), electrons.few.points.shape[-1]), complex)
    earliest = last - np.max(delays)
    pending = np.ones(len(delays), bool)

    def forces(step: _Step, where: Array) -> Array:
        v, lesser = _lesser(electrons, rules, step, after, back, where)
        then = model.gradient(path(step.start + where * step.length))
        left = np.einsum("mij,tjk->tmik", slope, v - lesser)
        right = np.einsum("tvij,tjk->tvik", then, adjoint(lesser))
        return electrons.degeneracy * np.einsum("tmij,tvji->tmv", left, right)

    for done, step in enumerate(reversed(steps), start=1):
        where = (last - delays - step.start) / step.length
        mine = pending & (where >= -1e-12)
        if np.any(mine):
            values[mine] = forces(step, np.clip(where[mine], 0.0, 1.0))
            pending &= ~mine
        if step.start >= earliest - 1e-12 * abs(earliest) and np.max(delays) > 0:
            nodes, weights = _panels(step is steps[-1])
            found = np.einsum("t,tmv->mv", step.length * weights, forces(step, 1 - nodes)).real
            white += found + found.T
        after, back = _backward(electrons, rules, step, after, back, np.zeros(1))
        after, back = after[0], back[0]
        tell[1](done / len(steps))
    return values, white


def _follow(
    model: Model,
    path: Callable[[Array], Array],
    edges: list[float],
    accuracy: float,
    tell: Callable[[float], Any],
) -> tuple[Electrons, list[_Step]]:
    """Return the electrons and the steps along a path through the edges, from rest at the first."""
    options = checked_options(accuracy, None, None)
    system = model.at(path(np.array(edges[:1])))
    if len(edges) == 1:
        edges = [edges[0] - 1.0, edges[0]]
    clocks = [Clock(a, b, longest_step(system, b - a)) for a, b in pairwise(edges)]
    if (count := sum(clock.count for clock in clocks)) > MOST_KEPT:
        raise UnsupportedError(
            f"what the level remembers that decays most slowly takes {count} steps, as the largest energy "
            f"allows them, all of which are kept; at most {MOST_KEPT} are offered"
        )
    shortest = min(clock.shortest for clock in clocks)
    decay = float(np.max(-spectrum(system).values.imag))
    electrons = Electrons(system, options.nodes, shortest, accuracy / 10, SOON * accuracy / decay)
    steps = []
    for clock in clocks:
        while not clock.done:
            t = clock.time(electrons.grid.nodes)
            sweep = electrons.sweep(clock.step, model.hamiltonian(path(t))[None])
            error = max(sweep.error, electrons.rough(sweep.density), electrons.rough(sweep.propagator))
            if not error <= accuracy:
                clock.shorten(error)
                continue
            steps.append(_Step(float(t[0]), clock.step, electrons.modes[0], sweep))
            electrons.accept(sweep)
            clock.advance(error / accuracy)
            tell(
                (clock.start + clock.tick / clock.total * (clock.end - clock.start) - edges[0])
                / (edges[-1] - edges[0])
            )
    return electrons, steps


def _lesser(
    electrons: Electrons, rules: _Rules, step: _Step, after: Array, back: Array, where: Array
) -> tuple[Array, Array]:
    """Return U(t, t') and -i G^<(t, t') at the parts `where` of a step, shape (t, n, n)."""
    grid, few, sweep = electrons.grid, electrons.few, step.sweep
    n, r = electrons.columns.shape
    v, beta = _backward(electrons, rules, step, after, back, where)
    interpolate = grid.at(where)
    u = np.tensordot(interpolate, sweep.propagator[0], 1)
    density = electrons.density_matrix(np.tensordot(interpolate, sweep.density, (1, 1)).swapaxes(0, 1))[0]
    before = step.modes.reshape(n, r, -1)
    lesser = v @ density
    for lead in range(len(electrons.gammas)):
        mine = electrons.owner == lead
        z, green = few.points[lead], few.green[lead][0]
        inside = rules(lead, step.length, where, False)
        source = np.tensordot(sweep.frame[0], green, 1)
        kept = np.exp(1j * step.length * np.multiply.outer(where, z))[:, None, None] * before[:, mine]
        moved = np.einsum("tab,tbcp->tacp", u, kept + _contract(inside, source))
        columns = (moved + green) * few.weights[lead]
        lesser = lesser + np.einsum("tacp,tbcp->tab", beta[:, :, mine], columns.conj())
    return v, lesser


def _backward(
    electrons: Electrons, rules: _Rules, step: _Step, after: Array, back: Array, where: Array
) -> tuple[Array, Array]:
    """Return U(t, t') and beta_p(t') B at the parts `where` of a step, from those at its end.

    Shapes (t, n, n) and (t, n, R, P).
    """
    grid, u = electrons.grid, step.sweep.propagator[0]
    # Backward in time the nodes come in turn; they are symmetric.
    nodes = (after @ u[-1] @ np.linalg.inv(u))[::-1]
    rest = 1 - where
    v = np.tensordot(grid.at(rest), nodes, 1)
    beta = np.empty((len(where), *back.shape), complex)
    for lead in range(len(electrons.gammas)):
        mine = np.flatnonzero(electrons.owner == lead)
        rate = 1j * step.length * electrons.few.points[lead].conj()
        inside = rules(lead, step.length, rest, True)
        entered = nodes @ electrons.columns[:, mine]
        kept = np.exp(-np.multiply.outer(rest, rate))[:, None, None] * back[:, mine]
        beta[:, :, mine] = kept + _contract(inside, entered[..., None])
    return v, beta


def _contract(rules: Array, values: Array) -> Array:
    """Return the sum over nodes j of rules[t, j, p] values[j, a, c, p], one node after the other."""
    total: Array = np.zeros(1)
    for j in range(len(values)):
        total = total + rules[:, j, None, None] * values[j]
    return total


def _panels(last: bool) -> tuple[Array, Array]:
    """Return nodes and weights on [0, 1] for the delays of a step."""
    edges = np.concatenate([[0.0], 2.0 ** np.arange(-PANELS if last else 0, 1)])
    width = np.diff(edges)[:, None]
    return (edges[:-1, None] + width * GAUSS).ravel(), (width * GAUSS_WEIGHTS).ravel()
