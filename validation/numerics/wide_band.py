r"""Electrons on wide-band leads by the eigenvectors of H = h - i Gamma/2, at rest and in motion.

A lead injects :math:`S_a = i K_a \Gamma_a + h.c.` with :math:`K_a = \int f_a G\,dE/2\pi`, so that

.. math:: \dot\sigma = -i (H \sigma - \sigma H^\dagger) + \sum_a S_a .

At rest K_a is a digamma function of every eigenvalue. In motion it lags behind that by a sum over the
Matsubara poles, where G(z) obeys :math:`i \dot G = (H - z) G + 1`: the first ones are taken as they are, the
rest as an integral on panels of doubling length, with the correction of the midpoint rule. The lag falls off
like 1/z^3.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from electronwind import ClassicalBody, Model, OpenSystem

from .differences import halved
from .matrices import adjoint, spectral
from .quadrature import grid

__all__ = ["density", "force", "propagated"]

Array = NDArray[Any]

# Poles taken one by one, and panels of the rest with their nodes.
SINGLE, DOUBLINGS, NODES = 24, 6, 8
# Steps of the first run: in a unit of time, and between two times at least.
STEPS, LEAST = 12, 6
# Powers of the step in the error, a run of twice as many steps for each: those of a symmetric step, and
# those with what a sudden start adds, which sets off poles too high for any step to follow. Each reading is
# the measure of how far the other may be off.
SMOOTH, SUDDEN = (2, 4, 6), (2, 3, 4)
# What rounding leaves, relative to the size of a field, and what the sum over the poles errs by, relative to
# that or in units of the problem, of which energies are a few.
ROUNDING, SUM = 1e-13, 1e-8


def _injected(system: OpenSystem, values: Array, right: Array, left: Array) -> list[Array]:
    """Return S_a of every lead, from the eigenvalues and eigenvectors of H."""
    found = []
    for lead in system.leads:
        gap, heat = float(lead.mu) - values, float(lead.temperature)
        # A constant, whatever the eigenvalue, drops out of S_a.
        if heat:
            filled = digamma(0.5 - 1j * gap / (2 * np.pi * heat)) - 0.5j * np.pi
        else:
            filled = np.log(gap) - 1j * np.pi
        half = 1j * (right * filled) @ left @ lead.broadening / (2 * np.pi)
        found.append(half + adjoint(half))
    return found


def _modes(h: Array) -> tuple[Array, Array, Array]:
    values, right = np.linalg.eig(h)
    return values, right, np.linalg.inv(right)


def density(system: OpenSystem) -> Array:
    """Return the density matrix of one system on wide-band leads, shape (n, n)."""
    return _at_rest(system)[0]


def _at_rest(system: OpenSystem) -> tuple[Array, list[Array]]:
    values, right, left = _modes(spectral(system))
    sources = _injected(system, values, right, left)
    inner = left @ sum(sources) @ adjoint(left)
    sigma = right @ (inner / (1j * (values[:, None] - values.conj()))) @ adjoint(right)
    return (sigma + adjoint(sigma)) / 2, sources


def force(system: OpenSystem) -> Array:
    """Return the force on the coordinates of one system on wide-band leads, shape (d,)."""
    return _force(system, density(system))


def _force(system: OpenSystem, sigma: Array) -> Array:
    traces = np.einsum("aij,ji->a", system.gradient, sigma).real
    return np.asarray(-system.degeneracy * traces)


def _poles(heat: float) -> tuple[Array, Array]:
    """Return heights above the chemical potential, and weights: -i times the sum is K."""
    spacing = 2 * np.pi * heat
    first = spacing * (np.arange(SINGLE + 1) + 0.5)
    weights = np.full(SINGLE + 1, heat)
    weights[-1] = 0.0
    # The slope at the end of the sum, by its two neighbours.
    weights[-2:] += np.array([-1, 1]) * spacing / (48 * np.pi)
    edges = spacing * SINGLE * 2.0 ** np.arange(DOUBLINGS + 1)
    u, w = grid(0.0, 1.0, nodes=NODES)
    heights, shares = [first], [weights]
    for low, high in pairwise(edges):
        heights.append(low + (high - low) * u)
        shares.append((high - low) * w / (2 * np.pi))
    heights.append(edges[-1] / u)
    shares.append(edges[-1] * w / (2 * np.pi * u**2))
    return np.concatenate(heights), np.concatenate(shares)


class _Run:
    """A run by steps of order 2, the same forwards and backwards."""

    def __init__(self, model: Model, body: ClassicalBody, x: Array, v: Array) -> None:
        self.model, self.body = model, body
        self.x, self.v = np.array(x, float), np.array(v, float)
        self.system = model.at(self.x)
        rules = [_poles(float(lead.temperature)) for lead in self.system.leads]
        self.points = [float(lead.mu) + 1j * y for lead, (y, _) in zip(self.system.leads, rules, strict=True)]
        self.weights = [w for _, w in rules]
        self._look()
        self.sigma = _at_rest(self.system)[0]
        # How far G(z) is from what it would be at rest where the atoms are.
        self.lag = [np.zeros_like(green) for green in self.green]
        self.work = 0.0

    def _look(self) -> None:
        """Work out what would be at rest where the atoms are."""
        values, right, left = _modes(spectral(self.system))
        self.green = [(right / (z[:, None, None] - values)) @ left for z in self.points]
        self.resting = _injected(self.system, values, right, left)

    def sources(self) -> list[Array]:
        """Return S_a now."""
        found = []
        for lead, rest, w, lag in zip(self.system.leads, self.resting, self.weights, self.lag, strict=True):
            half = np.tensordot(w, lag, 1) @ lead.broadening
            found.append(rest + half + adjoint(half))
        return found

    def power(self) -> float:
        """Return what the leads do to the energy of the electrons."""
        gamma = sum(self.system.broadenings)
        gained = sum(self.sources()) - (gamma @ self.sigma + self.sigma @ gamma) / 2
        return self.system.degeneracy * float(np.trace(self.system.hamiltonian @ gained).real)

    def pull(self) -> Array:
        """Return the acceleration."""
        total = _force(self.system, self.sigma) - self.body.potential.gradient(self.x)
        return np.asarray(total / self.body.mass)

    def step(self, length: float) -> None:
        """Make a step."""
        before, power = sum(self.sources()), self.power()
        self.v = self.v + length / 2 * self.pull()
        middle = self.model.at(self.x + length / 2 * self.v)
        self.x = self.x + length * self.v
        values, right, left = _modes(spectral(middle))
        self.system, old = self.model.at(self.x), self.green
        self._look()
        turned = (right * np.exp(-1j * values * length)) @ left
        for k, z in enumerate(self.points):
            gap = z[:, None] - values
            slope = (self.green[k] - old[k]) / length
            mean = (right * (np.expm1(1j * gap * length) / (1j * gap))[:, None, :]) @ left
            self.lag[k] = np.exp(1j * z * length)[:, None, None] * (turned @ self.lag[k]) - mean @ slope
        source = left @ ((before + sum(self.sources())) / 2) @ adjoint(left)
        rate = -1j * (values[:, None] - values.conj())
        inner = left @ self.sigma @ adjoint(left)
        inner = np.exp(rate * length) * inner + np.expm1(rate * length) / rate * source
        self.sigma = right @ inner @ adjoint(right)
        self.v = self.v + length / 2 * self.pull()
        self.work += length / 2 * (power + self.power())

    def row(self) -> dict[str, Array]:
        """Return the fields of a run now."""
        system = self.system
        flow = [
            np.trace(s - lead.broadening @ self.sigma).real
            for s, lead in zip(self.sources(), system.leads, strict=True)
        ]
        return {
            "position": self.x,
            "velocity": self.v,
            "force": _force(system, self.sigma),
            "current": system.degeneracy * np.array(flow),
            "kinetic": np.asarray(np.sum(self.body.mass * self.v**2) / 2),
            "potential": self.body.potential.energy(self.x),
            "electronic": np.asarray(system.degeneracy * np.trace(system.hamiltonian @ self.sigma).real),
            "work": np.array(self.work),
        }


def propagated(
    model: Model, body: ClassicalBody, start: Sequence[Array], times: Sequence[float]
) -> tuple[dict[str, Array], dict[str, float]]:
    """Return the fields of an Ehrenfest run on warm wide-band leads, and how far they may be off.

    Parameters
    ----------
    model : Model
        The family, of a few levels.
    body : ClassicalBody
        Masses and potential.
    start : pair of ndarray, shape (d,)
        Position and velocity.
    times : sequence of float
        Increasing.

    Returns
    -------
    fields : dict of ndarray
        As those of `EhrenfestRun`, the axis of times first.
    uncertainty : dict of float
        Absolute, of each field.
    """
    runs = []
    for halvings in range(len(SUDDEN) + 1):
        run = _Run(model, body, *start)
        rows = [run.row()]
        for begin, end in pairwise(times):
            count = max(LEAST, int(np.ceil(STEPS * (end - begin)))) * 2**halvings
            for _ in range(count):
                run.step((end - begin) / count)
            rows.append(run.row())
        runs.append({name: np.stack([row[name] for row in rows]) for name in rows[0]})
    found, doubts = {}, {}
    for name in runs[0]:
        values = np.stack([one[name] for one in runs])
        size = float(np.max(np.abs(values)))
        found[name] = halved(values, SUDDEN)
        doubt = float(np.max(np.abs(found[name] - halved(values, SMOOTH))))
        doubts[name] = doubt + ROUNDING * size + SUM * max(size, 1.0)
    return found, doubts
