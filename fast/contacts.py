r"""The Green's function of systems on any leads, on the levels that a coordinate or a lead touches.

Of a level that neither touches nothing is asked: on the touched levels alone

.. math:: G = (1 - G_0 \Delta)^{-1} G_0, \qquad G_0 = R (z - \lambda)^{-1} L,

where :math:`\lambda` are the eigenvalues of h + Sigma_0, with some constant Sigma_0 that broadens, and
:math:`\Delta(z) = \Sigma(z) - \Sigma_0`. One energy costs n times the square of the touched levels.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from electronwind import Lead, OpenSystem

from . import leads
from .contour import occupation
from .end_states import INSIDE

__all__ = ["Contacts", "groups"]

Array = np.ndarray[Any, Any]

# Levels from which on the touched ones are treated apart, if they are less than this share of all.
MANY, FEW = 16, 0.5
# Condition number of the eigenvectors of h + Sigma_0 that costs no digit that counts.
SOUND = 1e4
# Half-widths below which a resonance is looked at by itself, in a small system and in a large one, as a
# fraction of the largest energy; and steps until it is where it is.
NARROW, LOST, SETTLING = 1e-2, 1e-7, 4
# Halvings about a resonance in a gap, and how far from a pole there is none, over the largest energy.
BISECTIONS, BESIDE = 24, 1e-9
# Matrix entries in memory at once.
CHUNK = 1_000_000


class Contacts:
    """M systems on the same leads.

    Parameters
    ----------
    hamiltonian : ndarray, shape (M, n, n)
    gradient : ndarray, shape (M, d, n, n)
    leads : tuple of Lead
        Without batch axes.
    degeneracy : int

    Attributes
    ----------
    touched : ndarray of int, shape (p,)
        The levels that a coordinate or a lead touches.
    gradient : ndarray, shape (M, d, p, p)
        dh/dx there.
    own, sites : list of ndarray of int
        For each lead its levels, and the same counted among the touched ones.
    mu, temperature : ndarray, shape (leads,)
    """

    def __init__(
        self, hamiltonian: Array, gradient: Array, leads_: tuple[Lead, ...], degeneracy: int
    ) -> None:
        self.hamiltonian, self.leads, self.degeneracy = hamiltonian, leads_, degeneracy
        n = hamiltonian.shape[-1]
        self.rows = [_reached(lead) for lead in leads_]
        own = [np.asarray(lead.sites)[rows] for lead, rows in zip(leads_, self.rows, strict=True)]
        touched = np.any(gradient != 0, axis=(0, 1, 2))
        for part in own:
            touched[part] = True
        self.touched = np.flatnonzero(touched)
        place = np.full(n, -1)
        place[self.touched] = np.arange(len(self.touched))
        self.own = own
        self.sites = [place[part] for part in own]
        self.gradient = gradient[..., self.touched[:, None], self.touched]
        self.mu = np.array([float(lead.mu) for lead in leads_])
        self.temperature = np.array([float(lead.temperature) for lead in leads_])
        self.edges = np.unique(np.concatenate([leads.edges(lead) for lead in leads_]))

    @cached_property
    def scale(self) -> float:
        """The largest energy: rounding is eps times this."""
        parts = [np.max(np.abs(self.hamiltonian)), *np.abs(self.edges)]
        parts += [np.max(np.abs(each), initial=0.0) for each in self._broad]
        return float(np.max(parts))

    @cached_property
    def least_width(self) -> float:
        """Half of what leads without bands broaden every state by at least; no state is sharper."""
        endless = [lead for lead in self.leads if not len(leads.edges(lead))]
        if not endless:
            return 0.0
        total = sum(leads.broadening(lead, np.zeros(1))[0] for lead in endless)
        return max(float(np.linalg.eigvalsh(total)[0]) / 2, 0.0)

    @cached_property
    def _broad(self) -> list[Array]:
        """A constant self-energy of each lead that is about as broad as the lead, on its own levels."""
        result = []
        for lead, rows in zip(self.leads, self.rows, strict=True):
            edges = leads.edges(lead)
            centre = np.mean(edges) if len(edges) else 0.0
            spread = np.ptp(edges) / 4 if len(edges) else 0.0
            probe = np.array([centre + 1j * spread])
            result.append(self._block(leads.self_energy(lead, probe), rows)[0])
        return result

    @cached_property
    def _spectrum(self) -> tuple[Array, Array, Array]:
        """Eigenvalues (M, n), right eigenvectors and their inverse (M, n, n) of h + Sigma_0."""
        h = self.hamiltonian.astype(complex)
        for own, sigma in zip(self.own, self._broad, strict=True):
            h[..., own[:, None], own] += sigma
        values, right = np.linalg.eig(h)
        try:
            left = np.linalg.inv(right)
        except np.linalg.LinAlgError:
            left = np.full_like(right, np.inf)
        return values, right, left

    @cached_property
    def is_apart(self) -> bool:
        """Whether the touched levels are treated apart."""
        n, p = self.hamiltonian.shape[-1], len(self.touched)
        if n <= MANY or p > FEW * n:
            return False
        _, right, left = self._spectrum
        norms = [np.linalg.norm(part, axis=(-1, -2)) for part in (right, left)]
        return bool(np.all(norms[0] * norms[1] <= SOUND * n))

    @cached_property
    def resonances(self) -> Array:
        """About where the poles of G are, complex, shape (M, n)."""
        values, right, left = self._spectrum
        poles: Array = values
        for _ in range(2):
            shift = 0 * values
            # One energy for each level.
            each = self.energies(np.real(poles).ravel() + 0j)
            for own, sigma, broad in zip(self.own, each, self._broad, strict=True):
                change = sigma - broad
                change = change.reshape(*values.shape, *broad.shape)
                shift = shift + np.einsum(
                    "mki,mkij,mjk->mk", left[..., own], change, right[:, own], optimize=True
                )
            poles = values + np.where(np.isfinite(shift), shift, 0.0)
        # First order in what a self-energy changes is not enough where it is all that a width is made of.
        few = values.shape[-1] <= MANY
        for member, level in np.argwhere(-poles.imag <= (NARROW if few else LOST) * self.scale):
            poles[member, level] = self._settled(int(member), complex(poles[member, level]))
        return poles

    @cached_property
    def reference(self) -> int:
        """The lead whose occupation is best taken for everyone's.

        What the others fill more or less than that is integrated over the window, where a resonance of half
        the width w that a lead of broadening g fills otherwise by f counts as f g / w^3 on each of two sides
        that all but cancel.
        """
        if np.ptp(self.mu) == 0 and np.ptp(self.temperature) == 0:
            return 0
        poles = self.resonances.ravel()
        e, width = poles.real, np.maximum(-poles.imag, LOST * self.scale)
        widths = self.widths(self.energies(e + 0j))
        sizes = np.stack([np.max(np.abs(part), axis=(1, 2), initial=0.0) for part in widths])
        # A crystal has no width where it has a state of its end.
        sizes = np.where(np.isfinite(sizes), sizes, 0.0)
        filled = occupation(e, self.mu, self.temperature)
        otherwise = np.abs(filled - filled[:, None])
        left = np.sum(otherwise * sizes / width**3, axis=(1, 2))
        # A lead that feeds nothing is not asked: it moves no digit.
        return int(np.argmin(np.where(np.any(sizes, axis=1), left, np.inf)))

    @cached_property
    def ends(self) -> Array:
        """Energies in gaps of crystals where a level passes its own energy, shape (M, k), padded by edges.

        The states that a crystal binds to its end are poles of its self-energy, and make resonances that no
        level of the system leads to. The levels below an energy are one more beyond a resonance; they are one
        less beyond such a pole, to which no piece of an integral may come.
        """
        gaps = [gap for lead in self.leads for gap in leads.end_states(lead)]
        count = len(self.hamiltonian)
        if not gaps:
            return np.empty((count, 0))
        found: list[list[float]] = [[] for _ in range(count)]
        for low, high, states in gaps:
            # A level that passes its energy next to a pole would cancel it.
            beside = np.add.outer(states, BESIDE * self.scale * np.array([-1.0, 1.0])).ravel()
            e = np.union1d(low + (high - low) * INSIDE, beside[(low < beside) & (beside < high)])
            for member in range(count):
                below = self._below(member, e)
                at = np.flatnonzero(np.diff(below) > 0)
                first, last = e[at], e[at + 1]
                for _ in range(BISECTIONS if len(at) else 0):
                    middle = (first + last) / 2
                    early = self._below(member, middle) == below[at]
                    first, last = np.where(early, middle, first), np.where(early, last, middle)
                found[member] += list((first + last) / 2)
        most = max(map(len, found))
        return np.array([part + [gaps[0][0]] * (most - len(part)) for part in found]).reshape(count, most)

    def _below(self, member: int, e: Array) -> Array:
        """Return the number of levels of h + Sigma(E) below E."""
        h = np.repeat(self.hamiltonian[member][None].astype(complex), len(e), axis=0)
        for own, sigma in zip(self.own, self.energies(e + 0j), strict=True):
            h[:, own[:, None], own] += sigma
        return np.asarray(np.sum(np.linalg.eigvals(h).real < e[:, None], axis=1))

    def _settled(self, member: int, pole: complex) -> complex:
        """Return the eigenvalue of h + Sigma(E) next to a pole, at its own energy."""
        for _ in range(SETTLING):
            pole = self.nearest(member, pole)
        return pole

    def nearest(self, member: int, pole: complex) -> complex:
        """Return the eigenvalue of h + Sigma(E) next to E, the real part of a pole."""
        h = self.hamiltonian[member].astype(complex)
        for own, sigma in zip(self.own, self.energies(np.array([pole.real + 0j])), strict=True):
            h[own[:, None], own] += sigma[0]
        values = np.linalg.eigvals(h)
        return complex(values[np.argmin(np.abs(values.real - pole.real))])

    def energies(self, z: Array, missed: Array | float = 0.0) -> list[Array]:
        """Return the self-energy of each lead on its own levels, shape (K, m, m) for z of shape (K,)."""
        pairs = zip(self.leads, self.rows, strict=True)
        return [self._block(leads.self_energy(lead, z, missed), rows) for lead, rows in pairs]

    def continued(self, lead: int, z: Array, e: float) -> Array:
        """Return the self-energy of a lead on its own levels at z of shape (K,), on either side of e."""
        return self._block(leads.continued(self.leads[lead], z, e)[0], self.rows[lead])

    @staticmethod
    def _block(sigma: Array, rows: Array) -> Array:
        return sigma if len(rows) == sigma.shape[-1] else sigma[:, rows[:, None], rows]

    @staticmethod
    def widths(sigmas: list[Array]) -> list[Array]:
        """Return the broadenings of self-energies."""
        return [1j * (sigma - np.swapaxes(sigma, -1, -2).conj()) for sigma in sigmas]

    def green(self, member: Array, z: Array, sigmas: list[Array] | None = None) -> Array:
        """Return G on the touched levels of the systems `member` at z, shape (K, p, p)."""
        return self._solved(member, z, self.energies(z) if sigmas is None else sigmas, None)[0]

    def slope(
        self, member: Array, z: Array, missed: Array | float = 0.0, sigmas: list[Array] | None = None
    ) -> tuple[Array, Array]:
        """Return G and dG/dz at z, from which rounding took `missed`, with self-energies that are known."""
        pairs = zip(self.leads, self.rows, strict=True)
        slopes = [self._block(leads.slope(lead, z, missed), rows) for lead, rows in pairs]
        known = self.energies(z, missed) if sigmas is None else sigmas
        g, change = self._solved(member, z, known, slopes)
        assert change is not None
        return g, change

    def _solved(
        self, member: Array, z: Array, sigmas: list[Array], slopes: list[Array] | None
    ) -> tuple[Array, Array | None]:
        solve = self._low if self.is_apart else self._dense
        n, p = self.hamiltonian.shape[-1], len(self.touched)
        step = max(1, CHUNK // (n * p if self.is_apart else n * n))
        if len(z) <= step:
            return solve(member, z, sigmas, slopes)
        parts = []
        for start in range(0, len(z), step):
            at = slice(start, start + step)
            some = None if slopes is None else [part[at] for part in slopes]
            parts.append(solve(member[at], z[at], [part[at] for part in sigmas], some))
        g = np.concatenate([part[0] for part in parts])
        changes = [part[1] for part in parts if part[1] is not None]
        return g, np.concatenate(changes) if changes else None

    def _dense(
        self, member: Array, z: Array, sigmas: list[Array], slopes: list[Array] | None
    ) -> tuple[Array, Array | None]:
        n = self.hamiltonian.shape[-1]
        inverse = z[:, None, None] * np.eye(n) - self.hamiltonian[member]
        for own, sigma in zip(self.own, sigmas, strict=True):
            inverse[:, own[:, None], own] -= sigma
        full = np.linalg.inv(inverse)
        g = full[:, self.touched[:, None], self.touched]
        if slopes is None:
            return g, None
        # G' = -G (1 - Sigma') G.
        change = -full[:, self.touched] @ full[:, :, self.touched]
        for sites, slope in zip(self.sites, slopes, strict=True):
            change = change + g[:, :, sites] @ slope @ g[:, sites]
        return g, change

    def _low(
        self, member: Array, z: Array, sigmas: list[Array], slopes: list[Array] | None
    ) -> tuple[Array, Array | None]:
        values, right, left = self._spectrum
        right, left = right[:, self.touched], left[:, :, self.touched]
        one = len(values) == 1
        first, last = (right[0], left[0]) if one else (right[member], left[member])
        pole = 1 / (z[:, None] - (values if one else values[member]))
        start = (first * pole[:, None, :]) @ last
        eye = np.eye(len(self.touched))
        shift = np.zeros_like(start)
        for sites, sigma, broad in zip(self.sites, sigmas, self._broad, strict=True):
            shift[:, sites[:, None], sites] += sigma - broad
        before = np.linalg.inv(eye - start @ shift)
        g = before @ start
        if slopes is None:
            return g, None
        # (1 - Delta G_0)^-1 = 1 + Delta G.
        after = eye + shift @ g
        change = before @ -((first * pole[:, None, :] ** 2) @ last) @ after
        for sites, slope in zip(self.sites, slopes, strict=True):
            change = change + g[:, :, sites] @ slope @ g[:, sites]
        return g, change


def _reached(lead: Lead) -> Array:
    """Return which rows of a lead's self-energy are not zero."""
    edges = leads.edges(lead)
    # Off the axis nothing vanishes by chance.
    probe = np.array([(edges[0] if len(edges) else 0.0) + 1j])
    return np.flatnonzero(np.any(leads.self_energy(lead, probe)[0] != 0, axis=-1))


def groups(system: OpenSystem) -> Iterator[tuple[Array, Contacts]]:
    """Yield the members of a batch that share their leads, by flat position, with their contacts."""
    n, d, count = system.levels, system.coordinates, int(np.prod(system.shape))
    if any(lead.shape for lead in system.leads):
        for index in range(count):
            one = system[np.unravel_index(index, system.shape)]
            parts = one.hamiltonian[None], one.gradient[None]
            yield np.array([index]), Contacts(*parts, one.leads, system.degeneracy)
    elif count:
        h, gradient = system.hamiltonian.reshape(-1, n, n), system.gradient.reshape(-1, d, n, n)
        yield np.arange(count), Contacts(h, gradient, system.leads, system.degeneracy)
