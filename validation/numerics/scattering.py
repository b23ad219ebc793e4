r"""Forces from scattering states: a third way beside the two solvers, which decides where they differ.

With Gamma_a = W_a W_a^+ for every lead, W the row of all W_a, and M = dh/dx:

===================  ==================================================================================
S, dS_I              1 - i W^+ G W,  -i W^+ G M_I G W
A_I                  ((W^+ G)' M_I (G W) - (W^+ G) M_I (G W)') / 2, the prime for d/dE
force                sum_k int dE/(2 pi i) f_k Tr[P_k S^+ dS_I]
friction, symmetric  -1/(4 pi) sum_k int f_k' Tr[P_k dS_I^+ dS_J]
                     + sum_k int dE/(2 pi i) f_k Tr[P_k (dS_I^+ A_J - A_J^+ dS_I)]
Lorentz-like         sum_k int dE/(2 pi i) f_k Tr[P_k (S^+ d_J A_I - (d_J A_I)^+ S)]
curl                 sum_k int dE/(2 pi i) f_k Tr[P_k (dS_I^+ dS_J - dS_J^+ dS_I)]
force noise          sum_kl int dE/(2 pi) f_k(E) (1 - f_l(E + W)) (psi_k^+ M_I psi_l)(psi_l^+ M_J psi_k)
===================  ==================================================================================

P_k projects on lead k; psi_k = G W_k at E, psi_l = G W_l at E + W. Each of the two parts of the friction is
taken with its symmetry. Bands make W depend on E, so that A holds its slope too. S is then fixed up to phases
of the leads that depend on E, and nothing above depends on them.

Sources: todorov2010 Eq. 16 and preston2022 Eq. 26 for what is found; scattering theory for how.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem

from .matrices import adjoint
from .quadrature import fermi, grid
from .waves import edges, self_energy

__all__ = ["Scattering", "States"]

Array = NDArray[Any]

# Fermi functions are 0 or 1 beyond so many temperatures.
REACH = 40.0
# An interval is halved until both rules agree to this, in units of the whole integral.
AGREE = 1e-12
MOST_HALVINGS = 45
# What is left of the width of a closed wave by rounding, in units of the largest.
CLOSED = 1e-11
_X, _W = grid(-1.0, 1.0, nodes=16)


class States:
    """The scattering states of a system at some energies.

    Parameters
    ----------
    system : OpenSystem
        A single system, any leads.
    E : ndarray, shape (energies,)
        No edge of a band.
    """

    def __init__(self, system: OpenSystem, E: Array) -> None:
        n = system.levels
        self.system, self.E = system, E
        pairs = [self_energy(lead, n, E) for lead in system.leads]
        sigma, slope = (sum((pair[k] for pair in pairs), np.zeros((len(E), n, n), complex)) for k in (0, 1))
        one = np.eye(n)
        self.G = np.linalg.inv(E[:, None, None] * one - np.asarray(system.hamiltonian) - sigma)
        self.dG = -self.G @ (one - slope) @ self.G
        roots = [_root(1j * (s - adjoint(s)), 1j * (d - adjoint(d))) for s, d in pairs]
        self.W, self.dW = (np.concatenate([root[k] for root in roots], axis=-1) for k in (0, 1))
        self.M = np.asarray(system.gradient)[:, None]

    @cached_property
    def incoming(self) -> Array:
        """G W, a column per incoming wave."""
        return self.G @ self.W

    @cached_property
    def outgoing(self) -> Array:
        """W^+ G, a row per outgoing wave."""
        return adjoint(self.W) @ self.G

    @cached_property
    def slopes(self) -> tuple[Array, Array]:
        """The slopes of `outgoing` and `incoming`."""
        return adjoint(self.dW) @ self.G + adjoint(self.W) @ self.dG, self.dG @ self.W + self.G @ self.dW

    @cached_property
    def S(self) -> Array:
        """The scattering matrix."""
        return np.eye(self.W.shape[-1]) - 1j * self.outgoing @ self.W

    @cached_property
    def dS(self) -> Array:
        """Its derivatives, shape ``(d, energies, waves, waves)``."""
        return -1j * self.outgoing @ self.M @ self.incoming

    @cached_property
    def A(self) -> Array:
        """The part of first order in a velocity that is no derivative of S."""
        out, into = self.slopes
        return (out @ self.M @ self.incoming - self.outgoing @ self.M @ into) / 2

    def dA(self) -> Array:
        """Return the derivatives of A, shape ``(d, d, energies, waves, waves)``: d_J A_I at [I, J]."""
        M, N = self.M[:, None], self.M[None]
        out, into = self.slopes
        moved = self.outgoing @ N @ self.G, self.G @ N @ self.incoming
        slopes = (
            out @ N @ self.G + self.outgoing @ N @ self.dG,
            self.dG @ N @ self.incoming + self.G @ N @ into,
        )
        left = slopes[0] @ M @ self.incoming + out @ M @ moved[1]
        right = moved[0] @ M @ into + self.outgoing @ M @ slopes[1]
        return (left - right) / 2

    def per_lead(self, matrices: Array) -> Array:
        """Return Tr[P_k m] for every lead, as the last axis."""
        diagonal = np.diagonal(matrices, axis1=-2, axis2=-1)
        n = self.system.levels
        return diagonal.reshape(*diagonal.shape[:-1], -1, n).sum(axis=-1)

    def occupations(self, shift: float = 0.0) -> Array:
        """Return f_k(E + shift), shape ``(energies, leads)``."""
        return np.stack([fermi(self.E + shift, lead) for lead in self.system.leads], axis=-1)


def _root(gamma: Array, slope: Array) -> tuple[Array, Array]:
    """Return the root of a positive semidefinite matrix and its slope, W' W + W W' = Gamma'."""
    values, V = np.linalg.eigh((gamma + adjoint(gamma)) / 2)
    w = np.sqrt(np.where(values > CLOSED * np.max(np.abs(values), axis=-1, keepdims=True), values, 0.0))
    sums = w[..., :, None] + w[..., None, :]
    inner = adjoint(V) @ slope @ V / np.where(sums > 0, sums, 1.0) * (sums > 0)
    return (V * w[..., None, :]) @ adjoint(V), V @ inner @ adjoint(V)


class Scattering:
    """Observables of one system by its scattering states.

    Parameters
    ----------
    system : OpenSystem
        A single system, any leads; states that are bound beside all bands scatter nobody and are not told of.
    """

    def __init__(self, system: OpenSystem) -> None:
        self.system = system
        self.edges = edges(system)
        self.mixed = any(lead.wide_band for lead in system.leads)

    def force(self) -> Array:
        """Return the mean force, shape ``(d,)``."""

        def value(at: States) -> Array:
            rates = at.per_lead(adjoint(at.S) @ at.dS)
            return np.imag(np.sum(at.occupations() * rates, axis=-1)).T

        return self._integral(value) / (2 * np.pi) * self.system.degeneracy

    def friction(self) -> Array:
        """Return the friction, shape ``(d, d)``: first index the force."""

        def value(at: States) -> Array:
            dS, A, dA, S = at.dS, at.A, at.dA(), at.S
            cross = adjoint(dS)[:, None] @ A[None]
            drag = np.imag(at.per_lead(cross - np.swapaxes(adjoint(cross), 0, 1)))
            turn = adjoint(S) @ dA
            bend = np.imag(at.per_lead(turn - adjoint(turn)))
            return np.moveaxis(np.sum(at.occupations() * np.stack([drag, bend]), axis=-1), -1, 0)

        # The symmetry is taken last: what is nothing but rounding is to be small beside what it is left of.
        drag, bend = self._integral(value)
        both = (drag + drag.T + bend - bend.T) / 2
        return (both / (2 * np.pi) + self._surface()) * self.system.degeneracy

    def curl(self) -> Array:
        """Return the curl, shape ``(d, d)``."""

        def value(at: States) -> Array:
            rates = np.imag(at.per_lead(adjoint(at.dS)[:, None] @ at.dS[None]))
            f = at.occupations()
            # In equilibrium there is none: one occupation is taken off all.
            total = np.sum((f - f[:, :1]) * (rates - np.swapaxes(rates, 0, 1)), axis=-1)
            return np.moveaxis(total, -1, 0)

        return self._integral(value) / (2 * np.pi) * self.system.degeneracy

    def force_noise(self, frequency: float = 0.0) -> Array:
        """Return the spectrum of the force at one frequency, shape ``(d, d)``."""
        n = self.system.levels

        def value(at: States) -> Array:
            later = States(self.system, at.E + frequency)
            m = adjoint(at.incoming) @ at.M @ later.incoming
            d, count = m.shape[:2]
            m = m.reshape(d, count, -1, n, m.shape[-1] // n, n)
            pairs = np.einsum("iekalb,jekalb->ijekl", m, m.conj())
            f, hole = at.occupations(), 1 - at.occupations(frequency)
            return np.moveaxis(np.einsum("ijekl,ek,el->ije", pairs, f, hole), -1, 0)

        return self._integral(value, (0.0, frequency)) / (2 * np.pi) * self.system.degeneracy

    def _surface(self) -> Array:
        """Return -1/(4 pi) sum_k int f_k' Tr[P_k dS_I^+ dS_J], its symmetric part."""
        d = self.system.coordinates
        total = np.zeros((d, d))

        def rates(at: States, k: int) -> Array:
            return np.real(at.per_lead(adjoint(at.dS)[:, None] @ at.dS[None]))[..., k]

        for k, lead in enumerate(self.system.leads):
            mu, heat = float(lead.mu), float(lead.temperature)
            if heat == 0:
                part = rates(States(self.system, np.array([mu])), k)[..., 0]
            else:

                def value(at: States, k: int = k, lead: Any = lead, heat: float = heat) -> Array:
                    f = fermi(at.E, lead)
                    return np.moveaxis(rates(at, k) * (f * (1 - f) / heat), -1, 0)

                part = self._integral(value)
            total += (part + part.T) / 2
        return total / (4 * np.pi)

    def _integral(self, value: Callable[[States], Array], shifts: tuple[float, ...] = (0.0,)) -> Array:
        """Return the integral of a function of the energy over all that is occupied."""
        marks = [
            mark - s for s in shifts for mark in (*self.edges, *(float(x.mu) for x in self.system.leads))
        ]
        if self.mixed:
            far = max([abs(m) for m in marks] + [float(np.linalg.norm(self.system.hamiltonian, 2)), 1.0])
            reach = 4 * far + REACH * max(float(lead.temperature) for lead in self.system.leads)
            low, high = -reach, reach
        else:
            low, high = self.edges[0], self.edges[-1]
        cuts = sorted({low, high, *(mark for mark in marks if low < mark < high)})
        pieces = [(a, b) for a, b in pairwise(cuts) if b - a > 1e-14 * max(abs(a), abs(b))]

        def on(piece: tuple[float, float], u: Array) -> Array:
            a, b = piece
            E = a + (b - a) * np.sin(np.pi * u / 2) ** 2
            weight = (b - a) * np.pi / 2 * np.sin(np.pi * u)
            return _weighted(value(States(self.system, E)), weight)

        def below(u: Array) -> Array:
            return _weighted(value(States(self.system, low / u)), -low / u**2)

        functions: list[Callable[[Array], Array]] = [partial(on, piece) for piece in pieces]
        if self.mixed:
            functions.append(below)
        return adaptive(functions)


def _weighted(values: Array, weights: Array) -> Array:
    return values * weights.reshape(-1, *[1] * (values.ndim - 1))


def adaptive(functions: list[Callable[[Array], Array]]) -> Array:
    """Return the sum of the integrals of functions from 0 to 1.

    Parameters
    ----------
    functions : list of callable
        Each takes places, shape ``(k,)``, and returns values, shape ``(k, ...)``.

    Raises
    ------
    ArithmeticError
        An integrand is too sharp.
    """

    def rule(f: Callable[[Array], Array], ends: list[tuple[float, float]]) -> Array:
        a, b = np.array(ends).T
        places = (a + b)[:, None] / 2 + (b - a)[:, None] / 2 * _X
        values = f(places.ravel())
        values = values.reshape(*places.shape, *values.shape[1:])
        return np.einsum("pk...,k,p->p...", values, _W, (b - a) / 2)

    total: Any = 0.0
    waiting = [(f, [(0.0, 1.0)], rule(f, [(0.0, 1.0)])) for f in functions]
    size = max(float(np.max(np.abs(coarse))) for _, _, coarse in waiting) or 1.0
    for _ in range(MOST_HALVINGS):
        following = []
        for f, ends, coarse in waiting:
            halves = [half for a, b in ends for half in ((a, (a + b) / 2), ((a + b) / 2, b))]
            fine = rule(f, halves)
            size = max(size, float(np.max(np.abs(fine), initial=0.0)))
            sums = fine.reshape(len(ends), 2, *fine.shape[1:]).sum(axis=1)
            good = np.max(np.abs(sums - coarse).reshape(len(ends), -1), axis=1) <= AGREE * size
            total = total + sums[good].sum(axis=0)
            if not all(good):
                keep = np.repeat(~good, 2)
                following.append((f, [half for half, k in zip(halves, keep, strict=True) if k], fine[keep]))
        if not following:
            return np.asarray(total)
        waiting = following
    raise ArithmeticError("the integral over scattering states does not converge")
