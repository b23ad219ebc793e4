"""G^<(t, t') of a junction in motion for one late time t and every earlier t'.

In the notation of `memory`, Eq. 35 of preston2022 and the equation of motion of A(w, t') give

    d/dt' G^<(t, t') = i G^<(t, t') H(t')^+ - sum_a E_a(t, t') Gamma_a,
    E_a(t, r) = int dw/2pi f_a e^{-iw(t - r)} A(w, t)
              = -(i/2) U(t, r) - P int dq phi_a(r - q) e^{i mu_a (r - q)} U(t, q),

to be followed from the distant past on, where nothing grows. phi_a is `past.kernel`, an odd function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arithmetic import Array, adjoint, function, inverses, number, pi
from .leads import WideBand
from .panels import Rule, propagate
from .past import exp, kernel, marks

__all__ = ["Lesser", "Panel"]

_tanh = np.frompyfunc(function("tanh"), 1, 1)
_log = np.frompyfunc(function("log"), 1, 1)


@dataclass
class Panel:
    """A panel [start, stop], its nodes and weights, and at the nodes H, U(., start), U(t, .), G^<(t, .)."""

    start: Any
    stop: Any
    times: Array
    weights: Array
    H: Array
    U: Array
    end: Array
    from_now: Array
    less: Array


class Lesser:
    """G^<(t, t') on panels that go back from t.

    Parameters
    ----------
    leads : list of WideBand
        The leads.
    hamiltonian : callable
        Times, shape ``(m,)``, to h, shape ``(m, n, n)``.
    edges : iterator of numbers
        From t down without end, graded towards t, where E_a has a logarithm.
    rule : Rule
        Nodes in each panel.
    oldest : number
        The earliest t' that is wanted; an edge.
    faded : number
        Propagators smaller than this do not count.
    tell : callable
        It is called with the part of the panels that is done.

    Attributes
    ----------
    panels : list of Panel
        From early to late.
    last : ndarray, shape (n, n)
        G^<(t, t) = i sigma(t).
    """

    def __init__(
        self,
        leads: list[WideBand],
        hamiltonian: Callable[[Array], Array],
        edges: Iterator[Any],
        rule: Rule,
        oldest: Any,
        faded: Any,
        tell: Callable[[float], Any],
    ) -> None:
        self.leads, self.rule, self._tell = leads, rule, tell
        self.panels = self._backwards(hamiltonian, edges, oldest, faded)
        times = np.concatenate([panel.times for panel in self.panels])
        weights = np.concatenate([panel.weights for panel in self.panels])
        from_now = np.concatenate([panel.from_now for panel in self.panels])
        self._turned = [
            (from_now * (weights * exp(times * (lead.mu * number(-1j))))[:, None, None]) for lead in leads
        ]
        self._marks = {T: marks(T, times) for T in {lead.temperature for lead in leads}}
        # U(t, q) of the early panels is nothing, so that sums over q may leave them out.
        self._first = int(np.argmax(np.max(abs(from_now), axis=(-2, -1)) > faded))
        self._faded = faded
        self.last = self._forwards()

    def _backwards(
        self, hamiltonian: Callable[[Array], Array], edges: Iterator[Any], oldest: Any, faded: Any
    ) -> list[Panel]:
        """Return the panels with their propagators, as far back as anything is remembered."""
        Gamma = sum(lead.broadening for lead in self.leads)
        panels: list[Panel] = []
        stop = next(edges)
        reach: Array | None = None
        oldest_reach: Array | None = None
        for start in edges:
            half = (stop - start) / 2
            times, weights = (self.rule.nodes + 1) * half + start, self.rule.weights * half
            H = hamiltonian(times) + Gamma * number(-0.5j)
            U, end = propagate(H, stop - start, self.rule)
            if reach is None:
                self.unit = reach = np.eye(len(end), dtype=int) * number(1 + 0j)
            from_now = reach @ end @ inverses(U)
            panels.append(Panel(start, stop, times, weights, H, U, end, from_now, from_now))
            reach = reach @ end
            if stop <= oldest:
                oldest_reach = end if oldest_reach is None else oldest_reach @ end
            if oldest_reach is not None and np.max(abs(oldest_reach)) < faded:
                break
            stop = start
        return panels[::-1]

    def _forwards(self) -> Array:
        """Fill in G^<(t, t') on every panel, from the past on; return its value at t' = t."""
        less = self.unit * 0
        for k, panel in enumerate(self.panels):
            half = (panel.stop - panel.start) / 2
            back = inverses(panel.U)
            fed = sum(self._fed(k, lead, turned) @ lead.broadening for lead, turned in self._pairs())
            source = fed @ adjoint(back)
            grown = less - np.tensordot(self.rule.primitive * half, source, axes=1)
            panel.less = grown @ adjoint(panel.U)
            total = np.tensordot(panel.weights, source, axes=1)
            if panel is self.panels[-1]:
                # E_a holds U(t, r) ln(t - r) / 2 pi, which the rule alone integrates badly.
                singular = panel.from_now @ sum(lead.broadening for lead in self.leads) @ adjoint(back)
                total = total + np.tensordot(self._logarithm() * half, singular, axes=1) / (2 * pi())
            less = (less - total) @ adjoint(panel.end)
            self._tell((k + 1) / len(self.panels))
        return less

    def _logarithm(self) -> Array:
        """Return the weights that integrate ln(1 - x) times an interpolant, less those of the rule.

        Of the Legendre polynomials that is 2 ln 2 - 2 for k = 0, and -2 / k (k + 1).
        """
        log = function("log")
        moments = [log(number(2)) * 2 - 2, *(number(-2) / (k * (k + 1)) for k in range(1, self.rule.order))]
        exact = np.array(moments, dtype=object) @ self.rule.coefficients
        return np.asarray(exact - self.rule.weights * _log(1 - self.rule.nodes))

    def _pairs(self) -> Iterator[tuple[WideBand, Array]]:
        return zip(self.leads, self._turned, strict=True)

    def _fed(self, k: int, lead: WideBand, turned: Array) -> Array:
        """Return E_a(t, r) at the nodes r of panel k, shape ``(m, n, n)``.

        On the panels next to r, U(t, r) is subtracted from e^{i mu (r - q)} U(t, q), and its own principal
        value added: that of phi is ln tanh(pi T |x| / 2) / 2 pi between the ends.
        """
        panel, m, T = self.panels[k], self.rule.order, lead.temperature
        n = len(self.unit)
        low, high = self._near(k)
        near = slice(low * m, (high + 1) * m)
        all_marks = self._marks[T]
        here = all_marks[:, k * m : (k + 1) * m]
        turn = exp(panel.times * (lead.mu * number(1j)))[:, None, None]
        far: Array = np.zeros((m, n * n), dtype=int) * number(0j)
        oldest, latest = self._felt(k, T)
        early = slice(max(self._first, oldest * m), low * m)
        late = slice(max(self._first, (high + 1) * m), (latest + 1) * m)
        for part in (early, late):
            if part.stop > part.start:
                far = far + kernel(T, here, all_marks[:, part]) @ turned[part].reshape(-1, n * n)
        neighbours = all_marks[:, near].copy()
        own = slice((k - low) * m, (k - low + 1) * m)
        phi = np.concatenate(
            [
                kernel(T, here, neighbours[:, : own.start]),
                kernel(T, here, here),
                kernel(T, here, neighbours[:, own.stop :]),
            ],
            axis=1,
        )
        weights = np.concatenate([p.weights for p in self.panels[low : high + 1]])
        close = (phi @ turned[near].reshape(-1, n * n)).reshape(m, n, n)
        value = self._principal(T, panel.times, self.panels[low].start, self.panels[high].stop)
        number_ = (value - phi @ weights)[:, None, None]
        slope = panel.from_now @ (panel.H - self.unit * lead.mu) * (panel.weights * number(1j))[:, None, None]
        principal = turn * (far.reshape(m, n, n) + close) + panel.from_now * number_ - slope / (2 * pi())
        return panel.from_now * number(-0.5j) - principal

    def _near(self, k: int) -> tuple[int, int]:
        """Return the first and the last of the panels that are not far from panel k for their length."""
        low = high = k
        while low > 0 and self._is_near(self.panels[k].start, self.panels[low - 1]):
            low -= 1
        while high < len(self.panels) - 1 and self._is_near(self.panels[k].stop, self.panels[high + 1]):
            high += 1
        return low, high

    def _felt(self, k: int, T: Any) -> tuple[int, int]:
        """Return the first and the last of the panels that phi ~ e^{-pi T |r - q|} reaches."""
        low, high = k, k
        reach = -_log(self._faded) / (pi() * T) if T > 0 else number("inf")
        while low > 0 and self.panels[k].start - self.panels[low - 1].stop < reach:
            low -= 1
        while high < len(self.panels) - 1 and self.panels[high + 1].start - self.panels[k].stop < reach:
            high += 1
        return low, high

    @staticmethod
    def _is_near(edge: Any, other: Panel) -> bool:
        gap = min(abs(edge - other.start), abs(edge - other.stop))
        return bool(2 * gap < other.stop - other.start)

    @staticmethod
    def _principal(T: Any, times: Array, start: Any, stop: Any) -> Array:
        """Return the principal value of int_start^stop dq phi(r - q) at the times r."""
        before, after = times - start, stop - times
        if T > 0:
            before, after = (_tanh(gap * (pi() * T / 2)) for gap in (before, after))
        return np.asarray(_log(before / after) / (2 * pi()))
