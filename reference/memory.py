"""The electrons of a junction in motion, panel by panel of the time axis.

In the notation of preston2022, H(t) = h(t) - i Gamma/2, U(t, t') propagates with it, and
A(w, t) = -i int_0^inf ds e^{iws} U(t, t - s) (Eq. 37, 40). The equation of motion of sigma = -i G^<(t, t)
needs no A(w, t), but only K_a(t) = int dw/2pi f_a(w) A(w, t):

    dsigma/dt = -i (H sigma - sigma H^+) + sum_a (i K_a Gamma_a + h.c.).

With the integral over w done first, which leaves `past.kernel` phi_a and half a delta function at s = 0,

    K_a(t) = -i/4 - int_0^inf ds phi_a(s) [e^{i mu_a s} U(t, t - s) - e^{-kappa s}].

The second term in the brackets is a real multiple of the unit matrix: it drops out of i K Gamma + h.c. and
of the currents, for every kappa, and takes the divergence at s = 0 away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .arithmetic import Array, adjoint, imag, inverses, number, pi, real
from .leads import WideBand
from .panels import Rule, propagate
from .past import exp, kernel, marks, recall

__all__ = ["Electrons", "Moments", "trace"]

MARGIN = 6


def trace(left: Array, right: Array) -> Array:
    """Return Tr[left right] over the last two axes."""
    return np.asarray((np.swapaxes(left, -1, -2) * right).sum(axis=(-2, -1)))


@dataclass(frozen=True)
class Moments:
    """The electrons at some times: sigma, shape ``(t, n, n)``, and K of every lead, ``(t, leads, n, n)``."""

    sigma: Array
    K: Array

    def bath(self, leads: list[WideBand]) -> Array:
        """Return sum_a (i K_a Gamma_a + h.c.), shape ``(t, n, n)``."""
        fed = sum(self.K[:, a] @ lead.broadening for a, lead in enumerate(leads)) * number(1j)
        return np.asarray(fed + adjoint(np.asarray(fed)))

    def current(self, leads: list[WideBand]) -> Array:
        """Return I_a = -2 Im Tr[Gamma_a K_a] - Tr[Gamma_a sigma], per spin, shape ``(t, leads)``."""
        gammas = [lead.broadening for lead in leads]
        fed = [imag(trace(gamma, self.K[:, a])) * -2 for a, gamma in enumerate(gammas)]
        lost = [real(trace(gamma, self.sigma)) for gamma in gammas]
        return np.stack(fed, axis=-1) - np.stack(lost, axis=-1)

    def at(self, rows: Array) -> Moments:
        """Return the interpolants, for rows from `Rule.interpolation`."""
        return Moments(np.tensordot(rows, self.sigma, axes=1), np.tensordot(rows, self.K, axes=1))


class Electrons:
    """Electrons that rested at t = 0 and before.

    For each panel `advance` is called, as often as it takes to find its motion, and then `keep`.

    Parameters
    ----------
    leads : list of WideBand
        The leads.
    h : ndarray, shape (n, n)
        The Hamiltonian of the past.
    edges : list of numbers
        Panels of the time axis, from 0 on; graded towards 0, where the velocity may jump.
    rule : Rule
        Nodes in each panel.
    rate : number
        kappa: the size of the energies.
    length : number
        The longest panel that the energies allow.
    digits : int
        What has faded below ``10**-digits`` by some more digits is forgotten.

    Attributes
    ----------
    start : Moments
        The steady state, at one time.
    sigma : ndarray, shape (n, n)
        At the start of the next panel.

    Notes
    -----
    On the panel of t the quotient phi [...] is smooth through s = 0, where it is
    (i mu - i H(t) + kappa) / 2 pi, so that the interpolant through all nodes of the panel is integrated up
    to t. Costs m real times (leads n^2) complex numbers for every earlier node and panel.
    """

    def __init__(
        self,
        leads: list[WideBand],
        h: Array,
        edges: list[Any],
        rule: Rule,
        rate: Any,
        length: Any,
        digits: int,
    ) -> None:
        self.leads, self.edges, self.rule, self.rate = leads, edges, rule, rate
        self._faded = number(10) ** -(digits + MARGIN)
        self.Gamma = sum(lead.broadening for lead in leads)
        H = h + self.Gamma * number(-0.5j)
        self.unit = np.eye(len(h), dtype=int) * number(1 + 0j)
        self._past = recall(leads, H, edges, rule, rate, length, self._faded)
        K = self.unit * number(-0.25j) - self._past.origin
        at_rest = Moments(self.unit[None], K[None])
        self.sigma = _stationary(H, at_rest.bath(leads)[0])
        self.start = Moments(self.sigma[None], K[None])
        self.panel = 0
        self._from_start = self.unit  # U(start of the panel, 0)
        self._propagators: Array = np.empty((0, *h.shape), dtype=object)  # U(start of the panel, node)
        # Of every earlier node: its marks, e^{-i mu t} and e^{kappa t}, both times its weight.
        self._temperatures = sorted({lead.temperature for lead in leads})
        self._marks: list[Array] = [np.empty((2, 0), dtype=object) for _ in self._temperatures]
        self._turns: Array = np.empty((len(leads), 0), dtype=object)
        self._growth: Array = np.empty(0, dtype=object)
        self._nodes: Array | None = None  # U at the nodes of the panel, for the motion last given
        self._prepare()

    def nodes(self, panel: int) -> Array:
        """Return the times of the nodes of a panel, shape ``(m,)``."""
        start, stop = self.edges[panel : panel + 2]
        return np.asarray((self.rule.nodes + 1) * ((stop - start) / 2) + start)

    def _prepare(self) -> None:
        """Sum what the earlier panels leave to this one, which is the same for every motion in it.

        K_a = -i/4 - e^{i mu_a t} U(t, b) earlier_a + number_a + what the panel itself adds.
        """
        t, past = self.nodes(self.panel), self._past
        m, n = len(t), len(self.unit)
        phis = {
            temperature: kernel(temperature, marks(temperature, t), early)
            for temperature, early in zip(self._temperatures, self._marks, strict=True)
        }
        fading = {temperature: phi @ self._growth * exp(t * -self.rate) for temperature, phi in phis.items()}
        earlier, numbers = [], []
        for a, lead in enumerate(self.leads):
            turned = self._propagators * self._turns[a][:, None, None]
            seen = (phis[lead.temperature] @ turned.reshape(-1, n * n)).reshape(m, n, n)
            back = exp(t * (lead.mu * number(-1j)))[:, None, None]
            earlier.append(seen + self._from_start @ past.matrices[self.panel][:, a] * back)
            numbers.append(fading[lead.temperature] + past.numbers[self.panel][:, a])
        self._earlier, self._numbers = np.stack(earlier, axis=1), np.stack(numbers, axis=1)

    def advance(self, h: Array) -> Moments:
        """Return the electrons at the nodes of the panel, whose Hamiltonians are h, shape ``(m, n, n)``."""
        start, stop = self.edges[self.panel : self.panel + 2]
        half, t = (stop - start) / 2, self.nodes(self.panel)
        H = h + self.Gamma * number(-0.5j)
        U, self._last = propagate(H, stop - start, self.rule, self._nodes)
        back = inverses(U)
        between = U[:, None] @ back[None]
        up_to = self.rule.primitive * half
        fading = exp(t * -self.rate)[:, None] * exp(t * self.rate)[None, :]
        K = np.empty(self._earlier.shape, dtype=object)
        for a, lead in enumerate(self.leads):
            here = marks(lead.temperature, t)
            phi = kernel(lead.temperature, here, here) * up_to
            turn = exp(t * (lead.mu * number(1j)))
            turns = turn[:, None] * np.conjugate(turn)[None, :]
            near = ((phi * turns)[..., None, None] * between).sum(axis=1)
            near = near - (phi * fading).sum(axis=1)[:, None, None] * self.unit
            limit = self.unit * (lead.mu * number(1j) + self.rate) - H * number(1j)
            near = near + limit * (np.diagonal(up_to) / (2 * pi()))[:, None, None]
            far = turn[:, None, None] * (U @ self._earlier[:, a])
            K[:, a] = self.unit * (self._numbers[:, a, None, None] - number(0.25j)) - far - near
        self._nodes = U
        Q = Moments(U, K).bath(self.leads)
        source = back @ Q @ adjoint(back)
        grown = self.sigma + np.tensordot(up_to, source, axes=1)
        total = self.sigma + np.tensordot(self.rule.weights * half, source, axes=1)
        self._next = self._last @ total @ adjoint(self._last)
        return Moments(U @ grown @ adjoint(U), K)

    def keep(self) -> None:
        """Go on to the next panel, with the motion last given."""
        start, stop = self.edges[self.panel : self.panel + 2]
        assert self._nodes is not None, "advance comes first"
        t, weights = self.nodes(self.panel), self.rule.weights * ((stop - start) / 2)
        reach = np.concatenate([self._last @ self._propagators, self._last @ inverses(self._nodes)])
        alive = np.max(abs(reach), axis=(-2, -1)) > self._faded
        turns = np.stack([weights * exp(t * (lead.mu * number(-1j))) for lead in self.leads])
        self._propagators = reach[alive]
        self._turns = np.concatenate([self._turns, turns], axis=1)[:, alive]
        self._growth = np.concatenate([self._growth, weights * exp(t * self.rate)])[alive]
        self._marks = [
            np.concatenate([early, marks(temperature, t)], axis=1)[:, alive]
            for temperature, early in zip(self._temperatures, self._marks, strict=True)
        ]
        self._nodes = None
        self._from_start = self._last @ self._from_start
        self.sigma = self._next
        self.panel += 1
        if self.panel < len(self.edges) - 1:
            self._prepare()


def _stationary(H: Array, Q: Array) -> Array:
    """Return the sigma with i (H sigma - sigma H^+) = Q."""
    n = len(H)
    unit = np.eye(n, dtype=int)
    matrix: Array = np.kron(H, unit) - np.kron(unit, np.conjugate(H))
    inverted = inverses(matrix[None])[0]
    return np.asarray((inverted @ (Q * number(-1j)).reshape(-1)).reshape(n, n))
