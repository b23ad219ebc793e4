"""Junctions in motion on an energy grid, with hooks for mistakes: A(w, t) of preston2022 Eq. 41."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm

from electronwind import DrivenRun, Model, OpenSystem

from ...systems.strategies import wide
from ..registry import adjoint
from ..steady.axis import fermi, panels, poles, spectral

__all__ = ["Stepping"]

Array = NDArray[Any]
Motion = Callable[[float], Any]

# Energies up to this one are propagated; beyond it the electrons follow to first order in the velocity.
EDGE = 64.0
# Step of the difference that takes the velocity out of a path.
FINE = 2.0**-12
_NODES, _WEIGHTS = leggauss(8)


class Stepping:
    """A solver that propagates A(w, t) at every energy of a grid; each hook puts in one mistake.

    Between two steps A is the integral of the evolution under h - i Gamma/2, which no energy enters:
    ``A(w, t) = e^{iw(t - s)} U(t, s) A(w, s) - i int_s^t U(t, r) e^{iw(t - r)} dr``.

    Parameters
    ----------
    step : float
        Time step.
    feed : complex
        What stands for -i in front of the integral.
    start : complex
        Multiplies A at the first time.
    edge : float
        Energies beyond it are left out, where it is below `EDGE`.
    spacing : float
        Where positive, distance of a uniform grid between the edges.
    width, turn : float
        Multiply Gamma and h in the evolution.
    """

    # A path that sets off with a jerk excites electrons beyond the edge: 1.3e-6 of a current was seen.
    name, version, time_accuracy = "stepping", "1", 2e-6

    def __init__(
        self,
        step: float = 1 / 8,
        feed: complex = -1j,
        start: complex = 1.0,
        edge: float = EDGE,
        spacing: float = 0.0,
        width: float = 1.0,
        turn: float = 1.0,
    ) -> None:
        self.step, self.feed, self.start = step, feed, start
        self.edge, self.spacing, self.width, self.turn = edge, spacing, width, turn
        self._begin = 0.0
        self.complete = edge >= EDGE and not spacing

    def driven(self, model: Model, path: Motion, times: ArrayLike) -> DrivenRun:
        """Propagate and integrate over energy."""
        moments = np.asarray(times, dtype=float)
        # Before that the junction rests.
        self._begin = float(moments[0])
        first = model.at(path(float(moments[0])))
        w, weights = self._axis(first, float(moments[-1] - moments[0]))
        sigma, force, current = [], [], []
        for t, a in zip(moments, self._green(model, path, moments, w), strict=True):
            system = model.at(path(float(t)))
            f = [weights * fermi(w, lead) for lead in wide(system)]
            inside = self._occupied(a, system, f) + self._filled(model, path, float(t))
            sigma.append(inside)
            force.append(-system.degeneracy * np.einsum("mij,ji->m", system.gradient, inside).real)
            flows = []
            for lead, x in zip(wide(system), f, strict=True):
                injected = np.einsum("w,wij->ij", x, a) + self._beyond(model, path, float(t))
                flows.append(-2 * np.trace(lead.broadening @ injected).imag)
                flows[-1] -= np.trace(lead.broadening @ inside).real
            current.append(system.degeneracy * np.array(flows))
        return DrivenRun(moments, np.array(sigma), np.array(force), np.array(current), 1e-7)

    def _axis(self, system: OpenSystem, duration: float) -> tuple[Array, Array]:
        edge = min(self.edge, EDGE)
        if self.spacing:
            w = np.arange(-edge, edge, self.spacing)
            return w, np.full(len(w), self.spacing / (2 * np.pi))
        near, cuts = poles(system)
        # Sixteen nodes follow five turns of e^{iwt}.
        pieces = np.linspace(-edge, edge, 2 + int(2 * edge * (duration + 1) / 24))
        w, weights = panels(near, [*cuts, *pieces], -edge, edge)
        return w, weights / (2 * np.pi)

    def _effective(self, model: Model, x: Any) -> Array:
        system = model.at(x)
        total = sum(lead.broadening for lead in wide(system))
        return np.asarray(self.turn * system.hamiltonian - 0.5j * self.width * total)

    def _green(self, model: Model, path: Motion, times: Array, w: Array) -> Any:
        """Yield A(w, t) at the times, shape (w, n, n)."""
        first = model.at(path(float(times[0])))
        one = np.eye(first.levels)
        a = self.start * np.linalg.inv(w[:, None, None] * one - spectral(first))
        yield a
        for begin, end in pairwise(times.tolist()):
            count = int(np.ceil((end - begin) / self.step))
            for k in range(count):
                length = (end - begin) / count
                moment = begin + k * length
                points = moment + length * np.array([0.0, *(1 + _NODES) / 2, 1.0])
                moves = self._evolve(model, path, points)
                # U(t, r) at the start of the step and at the nodes inside it
                later = [one + 0j]
                for move in moves[::-1]:
                    later.append(later[-1] @ move)
                whole, inner = later[-1], np.array(later[1:-1])[::-1]
                waves = np.exp(1j * np.multiply.outer(w, moment + length - points[1:-1]))
                source = np.einsum("ws,sij->wij", waves * (length / 2 * _WEIGHTS), inner)
                a = np.exp(1j * w * length)[:, None, None] * (whole @ a) + self.feed * source
            yield a

    def _evolve(self, model: Model, path: Motion, points: Array) -> Array:
        """Return the evolution from each point to the next, of fourth order in their distance."""
        steps = np.diff(points)
        root = np.sqrt(3) / 6
        early, late = (
            np.array(
                [
                    self._effective(model, path(t + (0.5 + s * root) * dt))
                    for t, dt in zip(points[:-1], steps, strict=True)
                ]
            )
            for s in (-1, 1)
        )
        strong, weak = 0.25 + root, 0.25 - root
        forth, back = (
            expm(-1j * steps[:, None, None] * (a * early + b * late))
            for a, b in ((strong, weak), (weak, strong))
        )
        return np.asarray(back @ forth)

    @staticmethod
    def _occupied(a: Array, system: OpenSystem, filled: Sequence[Array]) -> Array:
        """Return int sum_a f_a A Gamma_a A^+ over the grid."""
        gammas = np.array([lead.broadening for lead in wide(system)])
        inner = np.einsum("aw,ajk->wjk", np.array(filled), gammas)
        return np.einsum("wij,wjk,wlk->il", a, inner, a.conj(), optimize=True)

    def _tail(self, model: Model, path: Motion, t: float) -> tuple[Array, Array]:
        """Return weights and A below the grid, to first order in the velocity."""
        h = self._effective(model, path(t))
        speed = (h - self._effective(model, path(max(t - FINE, self._begin)))) / FINE
        u, weights = panels(np.zeros(1), [], 2.0**-40, 1.0)
        g = np.linalg.inv(-EDGE / u[:, None, None] * np.eye(len(h)) - h)
        return weights * EDGE / u**2 / (2 * np.pi), g - 1j * g @ g @ speed @ g

    def _beyond(self, model: Model, path: Motion, t: float) -> Array:
        """Return the part of int A below the grid that shows in the current; all states are filled there."""
        if not self.complete:
            return np.zeros(1)
        total = np.einsum("w,wij->ij", *self._tail(model, path, t))
        return np.asarray((total - adjoint(total)) / 2)

    def _filled(self, model: Model, path: Motion, t: float) -> Array:
        """Return int A Gamma A^+ below the grid."""
        if not self.complete:
            return np.zeros(1)
        weights, a = self._tail(model, path, t)
        gamma = sum(lead.broadening for lead in wide(model.at(path(t))))
        return np.asarray(np.einsum("w,wij,jk,wlk->il", weights, a, gamma, a.conj(), optimize=True))
