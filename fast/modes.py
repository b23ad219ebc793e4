r"""Electrons under h(t) in auxiliary modes: the exact response of wide-band leads, step by step.

With A(w, t) of preston2022 Eq. 37, dA/dt = -i - i (H - w) A, the density matrix obeys

.. math:: \dot\sigma = -i (H \sigma - \sigma H^\dagger) + \sum_a (i K_a \Gamma_a + h.c.), \qquad
          K_a = \int \frac{dw}{2\pi} f_a A = -i \sum_p g_p A(z_p), \quad z_p = \mu_a + i y_p,

so that A is needed at a few points above the real axis only, the modes, and there in the columns of Gamma_a.
Everything is counted from the steady state at the start, where A = G and sigma is known in closed form: the
deviations vanish at rest, to rounding and for any step.

One step is collocation at Lobatto nodes. The propagator U(s) solves U' = -i H U; in its frame the modes are
integrals of exponentials against a smooth function, Y(s) = U^-1(s) (h(s) - h(0)), which a polynomial stands
for. Those integrals are exact for every y_p, so nothing is stiff; the modes that forget within a step are
summed up with the complete rule, once for all steps of one length, and are no part of the state.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from electronwind import OpenSystem

from .calculus import adjoint, product
from .current import current
from .density import density_matrix
from .lobatto import STIFF, lobatto
from .memory import FADED, complete, decaying, few
from .points import Modes, columns_of
from .spectrum import spectrum

__all__ = ["Electrons", "Present", "Sweep"]

Array = np.ndarray[Any, Any]

# Steps of this many lengths keep their tables.
KEPT = 4
# A batch from which on the batch axis belongs inside.
MANY = 16


@dataclass(frozen=True)
class Sweep:
    """The electrons at the q nodes of one step, as deviations from the start.

    Attributes
    ----------
    density : ndarray, shape (B, q, n, n)
        Density matrix.
    inflow : ndarray, shape (B, q, n, R)
        K_a B_a, the columns of all leads side by side; Gamma_a = B_a B_a^+.
    offset : ndarray, shape (B, q, n, n)
        h itself.
    error : float
        Estimate of the error that the step adds to the density matrix.
    contraction : float
        Factor that it leaves of errors made before.
    propagator, frame : ndarray, shape (B, q, n, n)
        U, and U^-1 (h - h(0)).
    step : float
        Length of the step.
    """

    density: Array
    inflow: Array
    offset: Array
    error: float
    contraction: float
    propagator: Array
    frame: Array
    step: float


@dataclass(frozen=True)
class _Table:
    """What depends on the length of a step alone. Y stands for its values at the nodes, side by side.

    Attributes
    ----------
    inside : ndarray, shape (B, q n, R q)
        From Y to the inflow at the nodes, in the frame of U.
    update : ndarray, shape (B, q n, R P)
        From Y to the modes at the end, in the frame of U.
    history : ndarray, shape (R P, R q)
        From the modes at the start to the inflow at the nodes, in the frame of U.
    fade : ndarray, shape (R P,)
        Factor of the modes over the step, in the frame of U.
    gain : float
        Norm of the inflow for the highest Legendre polynomial in Y.
    """

    inside: Array
    update: Array
    history: Array
    fade: Array
    gain: float


class Present(NamedTuple):
    """The electrons at one time; see `Electrons`."""

    modes: Array
    density: Array
    offset: Array
    inflow: Array


class Electrons:
    """The state of the electrons of a batch of B junctions on the same leads.

    Parameters
    ----------
    system : OpenSystem
        The junctions at the start, at rest; batch shape (B,), wide-band leads.
    nodes : int
        Number q of Lobatto nodes of a step.
    shortest : float
        Shortest step.
    accuracy : float
        Accuracy of the modes.
    memory : float, optional
        Times that the modes stand for, from this one on; by default those that are left to them by the
        first node of the shortest step.

    Attributes
    ----------
    modes : ndarray, shape (B, n, R P)
        Deviation of A(z_p) in the columns of the leads, at the present time.
    density, offset, inflow
        As in `Sweep` without the axis of nodes, at the present time.
    complete, few : Modes
        The points of the complete rule, and those whose modes are the state.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens.
    """

    def __init__(
        self, system: OpenSystem, nodes: int, shortest: float, accuracy: float, memory: float | None = None
    ) -> None:
        n, batch = system.levels, len(system.hamiltonian)
        self.degeneracy = system.degeneracy
        self.grid = lobatto(nodes)
        self.start: Array = system.hamiltonian
        self.steady: Array = density_matrix(system)
        self.steady_current: Array = current(system) / system.degeneracy
        leads = system.leads
        columns = [columns_of(lead.broadening) for lead in leads]
        self.owner = np.repeat(np.arange(len(leads)), [part.shape[-1] for part in columns])
        self.columns: Array = np.concatenate(columns, axis=-1)
        self.gammas: Array = np.stack([lead.broadening for lead in leads])
        self.gamma: Array = np.sum(self.gammas, axis=0)
        # Counting energies from the mean level spares the propagator a fast phase.
        self._shift = float(np.mean(np.trace(self.start, axis1=-2, axis2=-1).real)) / n
        levels = spectrum(system).values.reshape(-1, n)
        narrow = float(np.min(-levels.imag))
        first = shortest * float(self.grid.nodes[1])
        exact, brief, mu = [], [], []
        for lead in leads:
            t = float(lead.temperature)
            mu.append(float(lead.mu) - self._shift)
            wide = float(np.max(np.abs(levels - float(lead.mu))))
            exact.append(complete(t, narrow / 2**10, max(8 * wide, 2 * STIFF / first)))
            # Levels may become narrower on the way than they are at the start.
            longest = max(FADED / max(narrow / 2**10, np.pi * t), 4 * first)
            brief.append(few(t, memory or first, longest, accuracy))
        self.lost = max(part.error for part in brief)
        effective = self.start - self._shift * np.eye(n) - 0.5j * self.gamma
        self.complete, self.few = (Modes(part, mu, effective, columns) for part in (exact, brief))
        self._tables: OrderedDict[float, _Table] = OrderedDict()
        self.modes: Array = np.zeros((batch, n, self.few.points[self.owner].size), complex)
        self.density: Array = np.zeros((batch, n, n), complex)
        self.offset: Array = np.zeros((batch, n, n), complex)
        self.inflow: Array = np.zeros((batch, n, len(self.owner)), complex)
        self._history: tuple[float, Array] | None = None

    def sweep(self, step: float, h: Array) -> Sweep:
        """Return the electrons along a step from the present state, which stays as it is.

        Parameters
        ----------
        step : float
            Length.
        h : ndarray, shape (B, q, n, n)
            Hamiltonian at the nodes.
        """
        table = self._table(step)
        batch, q, n, _ = h.shape
        offset = h - self.start[:, None]
        u = self._propagator(step, h)
        back = np.linalg.inv(u)
        # Numpy multiplies many tiny matrices one by one; a sum over the inner index has the batch inside.
        times = product if batch >= MANY else np.matmul
        frame = times(back, offset)
        side = _side_by_side(frame)
        if self._history is None or self._history[0] != step:
            self._history = step, self.modes @ table.history
        inflow = (self._history[1] + side @ table.inside).reshape(batch, n, -1, q)
        inflow = times(u, np.moveaxis(inflow, -1, 1))
        # The few modes stand for the memory past the first node; what flows now is known.
        inflow[:, 0] = self.inflow
        half = 1j * (inflow @ adjoint(self.columns) - times(offset, self.steady[:, None]))
        source = times(times(back, half + adjoint(half)), adjoint(back)).reshape(batch, q, n * n)
        summed = (step * self.grid.integral @ source).reshape(h.shape)
        density = times(times(u, self.density[:, None] + summed), adjoint(u))
        # A phase that h leaves out of U is one of the modes too, and shows in later steps only.
        rough = self.smooth(source) + table.gain * self.smooth(frame) + self.smooth(offset)
        contraction = float(np.max(np.linalg.norm(u[:, -1], 2, axis=(-2, -1)))) ** 2
        return Sweep(density, inflow, offset, step * rough, contraction, u, frame, step)

    @property
    def state(self) -> Present:
        """The electrons at the present time, as data."""
        return Present(self.modes, self.density, self.offset, self.inflow)

    @state.setter
    def state(self, state: Present) -> None:
        self.modes, self.density, self.offset, self.inflow = state
        self._history = None

    def rough(self, values: Array) -> float:
        """Return the error of the polynomial through values at the nodes, shape (B, q, n, n)."""
        size = self._spectrum(values)
        return float(np.max(size[:, -1]))

    def smooth(self, values: Array) -> float:
        """Return the error of its integral over the step, shape (B, q, ...).

        The integral errs by the Legendre coefficients of twice the degree of the polynomial; half of the
        decay from the last known one to them is counted on.
        """
        size = self._spectrum(values)
        q = size.shape[1]
        last, tiny = size[:, -1], np.finfo(float).tiny
        ratios = [np.sqrt(size[:, -k] / (size[:, -k - 2] + tiny)) for k in range(1, min(3, q - 1))]
        decay = np.minimum(np.max(ratios, axis=0), 1.0) if ratios else np.ones_like(last)
        return float(np.max(last * decay ** ((q - 1) / 2)))

    def _spectrum(self, values: Array) -> Array:
        """Return the norms of the Legendre coefficients, shape (B, q)."""
        flat = values.reshape(*values.shape[:2], -1)
        return np.linalg.norm(self.grid.coefficients @ flat, axis=-1)

    def accept(self, sweep: Sweep) -> None:
        """Go to the end of a step."""
        table = self._table(sweep.step)
        entered = _side_by_side(sweep.frame) @ table.update
        modes = sweep.propagator[:, -1] @ (self.modes * table.fade + entered)
        self.state = Present(modes, sweep.density[:, -1], sweep.offset[:, -1], sweep.inflow[:, -1])

    def density_matrix(self, density: Array) -> Array:
        """Return the density matrix of deviations of shape (B, ..., n, n)."""
        return _spread(self.steady, density) + density

    def current(self, density: Array, inflow: Array) -> Array:
        """Return the particles per time from each lead, all spins, shape (B, ..., leads)."""
        leads = np.arange(len(self.gammas))
        each = -2 * np.sum(self.columns.conj() * inflow, axis=-2).imag
        into = each @ (self.owner[:, None] == leads)
        out = np.einsum("aij,...ji->...a", self.gammas, density).real
        return self.degeneracy * (_spread(self.steady_current, into) + into - out)

    def power(self, density: Array, inflow: Array, offset: Array) -> Array:
        """Return Re Tr[h dsigma/dt] from the terms of the leads, all spins, shape (B, ...)."""
        start, steady = _spread(self.start, density), _spread(self.steady, density)
        half = 1j * inflow @ adjoint(self.columns) - self.gamma @ density / 2
        # At rest the leads undo what h does: their part is i [h, sigma].
        lead = half + adjoint(half) + 1j * (start @ steady - steady @ start)
        return self.degeneracy * np.einsum("...ij,...ji->...", start + offset, lead).real

    def _propagator(self, step: float, h: Array) -> Array:
        """Return U at the nodes by collocation, shape (B, q, n, n)."""
        batch, q, n, _ = h.shape
        one = np.eye(n)
        effective = step * (1j * (h - self._shift * one) + self.gamma / 2)
        weights = self.grid.integral
        matrix = weights[1:, None, 1:, None] * np.moveaxis(effective[:, 1:], 1, 2)[:, None]
        size = (q - 1) * n
        matrix = matrix.reshape(batch, size, size) + np.eye(size)
        first = one - weights[1:, 0, None, None] * effective[:, :1]
        u = np.empty(h.shape, complex)
        u[:, 0] = one
        u[:, 1:] = np.linalg.solve(matrix, first.reshape(batch, size, n)).reshape(batch, q - 1, n, n)
        return u

    def _table(self, step: float) -> _Table:
        if step in self._tables:
            self._tables.move_to_end(step)
        else:
            while len(self._tables) >= KEPT:
                self._tables.popitem(last=False)
            self._tables[step] = self._tabulate(step)
        return self._tables[step]

    def _tabulate(self, step: float) -> _Table:
        q, r = len(self.grid.nodes), len(self.owner)
        batch, n, _ = self.start.shape
        inside = np.empty((batch, q, n, r, q), complex)
        update = np.empty((batch, q, n, r, self.few.points.shape[-1]), complex)
        history = np.zeros((r, self.few.points.shape[-1], r, q), complex)
        for lead in range(len(self.gammas)):
            mine = np.flatnonzero(self.owner == lead)
            # Integrals of exp(i z (c - s)) against the polynomials, [end, node, mode].
            weights = -1j * step * self.grid.against(-1j * step * self.complete.points[lead])
            weights = (weights * self.complete.weights[lead]).reshape(q * q, -1)
            part = (self.complete.green[lead] @ weights.T).reshape(batch, n, -1, q, q)
            inside[..., mine, :] = np.moveaxis(part, -1, 1)
            weights = -1j * step * self.grid.against(-1j * step * self.few.points[lead], np.ones(1))[0]
            update[..., mine, :] = weights[:, None, None] * self.few.green[lead][:, None]
            fade = decaying(1j * step * np.multiply.outer(self.few.points[lead], self.grid.nodes))
            for column in mine:
                history[column, :, column] = self.few.weights[lead][:, None] * fade
        highest = np.linalg.inv(self.grid.coefficients)[:, -1]
        gain = np.einsum("bjnci,j->bcin", inside, highest)
        strength = 2 * float(np.linalg.norm(self.columns))
        return _Table(
            inside.reshape(batch, q * n, r * q),
            update.reshape(batch, q * n, -1),
            history.reshape(-1, r * q),
            decaying(1j * step * self.few.points[self.owner]).ravel(),
            strength * float(np.max(np.linalg.norm(gain, axis=-1))),
        )


def _side_by_side(frame: Array) -> Array:
    """Return Y at the nodes, shape (B, q, n, n), as one matrix of shape (B, n, q n)."""
    batch, q, n, _ = frame.shape
    return np.moveaxis(frame, 1, 2).reshape(batch, n, q * n)


def _spread(at_start: Array, values: Array) -> Array:
    """Return what belongs to the start, shape (B, ...), with the axes of times that `values` has."""
    axes = values.ndim - at_start.ndim
    return at_start.reshape(len(at_start), *(1,) * axes, *at_start.shape[1:])
