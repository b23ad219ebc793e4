r"""The electrons of a chain with hopping between neighbours, in O(n^2) a step.

As in `modes`, the density matrix obeys

.. math:: \dot\sigma = -i (H \sigma - \sigma H^\dagger) + \sum_a (i K_a \Gamma_a + h.c.), \qquad
          K_a = -i \sum_p g_p A(z_p), \quad z_p = \mu_a + i y_p,

and A(z_p) is counted from what it is at the start, so that a few poles are exact and rest is exact. H is
tridiagonal here, and Gamma_a diagonal. In a step the modes follow by collocation, and the density matrix by
the method of Runge and Kutta, both of order 4: see `sliced`, and `compiled` for the same in compiled loops.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

import numpy as np
from scipy.linalg import solve_banded
from scipy.special import gammaln

from electronwind import InvalidSystemError, OpenSystem
from electronwind.models import Model

from . import compiled
from .density import density_matrix
from .memory import FADED, few

__all__ = ["Chain", "Electrons", "chain_of"]

Array = np.ndarray[Any, Any]

# The method of Runge and Kutta is stable up to this phase.
STABLE = 2.8
# What the poles may err by, relative to the hopping, and what where no accuracy is asked for.
POLES, ENOUGH = 1e-12, 1e-9
# What a user's matrices and bonds may differ by, relative to the hopping.
ROUNDING = 1e-10


class Chain(Protocol):
    """A family with hopping between neighbouring levels, on wide-band leads of diagonal broadening.

    Attributes
    ----------
    sites : slice
        The levels that the coordinates move, in order: each changes the lengths of its two bonds.
    onsite : ndarray, shape (n,)
        Energies of the levels.
    broadenings : ndarray, shape (leads, n)
        Diagonals of the broadenings.
    """

    sites: slice
    onsite: Array
    broadenings: Array

    def bonds(self, x: Array, /) -> Any:
        """Return hopping, shape (..., n - 1), and its slope with respect to the length of the bond."""
        ...


def chain_of(model: Any) -> Chain | None:
    """Return the family where it offers its bonds, and leads that share no level; None where it does not."""
    # A user's own object is wrapped, and kept as the source.
    found = model if hasattr(model, "bonds") else getattr(model, "source", None)
    if found is None or not all(hasattr(found, name) for name in ("bonds", "sites", "onsite", "broadenings")):
        return None
    widths = np.asarray(found.broadenings)
    alone = np.all(np.sum(widths > 0, axis=0) <= 1) and np.any(widths > 0)
    return cast(Chain, found) if alone else None


class Electrons:
    """The chain and its leads, and what they do at the start of a batch of B runs.

    Parameters
    ----------
    model : Model
        The family, for its leads and its degeneracy.
    chain : Chain
        Its bonds.
    x : ndarray, shape (B, d)
        The starts.
    frozen : bool
        Whether the leads inject what they do at the start for ever, whatever the atoms do since.
    poles : float
        What the sum over the poles may err by, relative to the hopping.

    Attributes
    ----------
    kernel : str
        What does the work.
    hopping, slope : ndarray, shape (B, n - 1)
        At the start.
    sigma : ndarray, shape (B, 2, n + 2, n + 2)
        Real and imaginary part of the density matrix at the start, inside a border of zeros.
    steady : ndarray, shape (B, C, n), complex
        i K_a Gamma_a at the start, in the C columns that are not zero.
    poles : int
        Number of poles, those of all columns together.
    lost : float
        What the sum over the poles errs by, relative.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens at a start.
    InvalidSystemError
        Bonds that are not those of the matrices of the family.
    """

    def __init__(self, model: Model, chain: Chain, x: Array, frozen: bool, poles: float = POLES) -> None:
        self.leads, self.degeneracy = model.leads, model.degeneracy
        self._chain = chain
        self.energies = np.array(chain.onsite, float)
        self.levels = np.arange(len(self.energies))[chain.sites]
        widths = np.asarray(chain.broadenings, float)
        self.halves = np.sum(widths, axis=0) / 2
        # Side by side in memory, or the loops would be compiled once more for those who give them so.
        self.owner, self.sites = (np.ascontiguousarray(each) for each in np.nonzero(widths))
        self._widths = widths[self.owner, self.sites]
        # What leads do to bonds: those that fade, and how fast; and for each bond of a level with a lead, the
        # column of what is injected and the level at its other end.
        fading = self.halves[:-1] + self.halves[1:]
        self._leaky = np.flatnonzero(fading)
        self._fading, self._each = fading[self._leaky], np.arange(len(self.sites))
        met = [
            (site - (side < 0), column, site + side)
            for column, site in enumerate(self.sites)
            for side in (-1, 1)
            if 0 <= site + side < len(self.energies)
        ]
        self._leads_of = (self.owner[:, None] == np.arange(len(self.leads))).astype(float)
        self._met = np.array(met, int).reshape(-1, 3).T
        self._effective = self.energies - 1j * self.halves
        self._sizes = np.abs(self._effective)
        self._loops = compiled.engine()
        self.kernel = f"neighbours ({self._loops.name})"
        self.hopping, self.slope = self.bonds(x)
        dense = self._dense(self.hopping)
        _refuse_others(model, x, dense)
        # The gradient, of d dense matrices, is not asked for.
        system = OpenSystem(dense, np.zeros((len(x), 1, *dense.shape[1:])), model.leads)
        sigma: Array = density_matrix(system)
        parts = np.stack([sigma.real, sigma.imag], axis=1)
        self.sigma = np.pad(parts, ((0, 0), (0, 0), (1, 1), (1, 1)))
        self.steady = self._source(sigma)
        rules = [] if frozen else self._rules(poles)
        self.lost = max((rule.error for _, rule in rules), default=0.0)
        empty = np.zeros(0, complex)
        self._points = np.concatenate([empty, *(mu + 1j * rule.heights for mu, rule in rules)])
        # i K_a Gamma_a has weights that are real.
        weighed = [width * rule.weights for width, (_, rule) in zip(self._widths, rules, strict=False)]
        self._weights = np.concatenate([np.zeros(0), *weighed])
        self._columns = np.repeat(np.arange(len(rules)), [len(rule.heights) for _, rule in rules])
        self.poles = len(self._points)
        self._green = self._inverse(self.sites[self._columns])

    def bonds(self, x: Array) -> tuple[Array, Array]:
        """Return the hopping and its slope, shape (..., n - 1)."""
        found = self._chain.bonds(x)
        return np.asarray(found.hopping, float), np.asarray(found.slope, float)

    def _dense(self, hopping: Array) -> Array:
        i = np.arange(len(self.energies))
        dense = np.zeros((len(hopping), len(i), len(i)))
        dense[:, i, i] = self.energies
        dense[:, i[:-1], i[1:]] = dense[:, i[1:], i[:-1]] = hopping
        return dense

    def _source(self, sigma: Array) -> Array:
        """Return what the leads inject at the start: what keeps the electrons there at rest."""
        turned = self._effective[:, None] * sigma
        turned[:, 1:] += self.hopping[:, :, None] * sigma[:, :-1]
        turned[:, :-1] += self.hopping[:, :, None] * sigma[:, 1:]
        source = 1j * (turned - np.swapaxes(turned, -1, -2).conj())
        steady = np.swapaxes(source[:, :, self.sites], -1, -2).copy()
        # Where two columns cross, both count.
        steady[:, :, self.sites] /= 2
        return np.ascontiguousarray(steady)

    def _rules(self, accuracy: float) -> list[tuple[float, Any]]:
        """Return the chemical potential and the poles of each column."""
        size = float(np.max(np.abs(self.hopping)))
        walls = self.levels[0] - 1, self.levels[-1] + 1
        rules = []
        for owner, site in zip(self.owner, self.sites, strict=True):
            lead: Any = self.leads[owner]
            outside = max(walls[0] - site, site - walls[1], 0)
            # Within this time no electron comes from the lead to a bond that moves, and back.
            power = 2 * outside + 1
            first = float(np.exp((np.log(accuracy) + gammaln(power + 1)) / power)) / size
            t = float(lead.temperature)
            slowest = np.pi * t if t > 0 else self._narrowest()
            rules.append((float(lead.mu), few(t, first, max(FADED / slowest, 4 * first), accuracy)))
        return rules

    def _narrowest(self) -> float:
        """Return half the width of the narrowest level of the start, for a lead at zero temperature."""
        matrix = self._dense(self.hopping) - 1j * np.diag(self.halves)
        return float(np.min(-np.linalg.eigvals(matrix).imag))

    def _inverse(self, columns: Array) -> Array:
        """Return G(z_p) at the start in a column for each pole, shape (B, n, P)."""
        n = len(self.energies)
        green = np.zeros((len(self.hopping), n, self.poles), complex)
        for b, p in np.ndindex(len(green), self.poles):
            bands = np.zeros((3, n), complex)
            bands[0, 1:] = bands[2, :-1] = -self.hopping[b]
            bands[1] = self._points[p] - self._effective
            green[b, :, p] = solve_banded((1, 1), bands, np.arange(n) == columns[p])
        return green

    def bound(self, hopping: Array) -> Array:
        """Return the longest steps that are stable at a hopping of shape (..., n - 1), shape (...)."""
        size = np.abs(hopping)
        reach = np.empty((*hopping.shape[:-1], len(self.energies)))
        reach[..., :-1], reach[..., -1] = size, 0.0
        reach[..., 1:] += size
        reach += self._sizes
        return np.asarray(STABLE / (2 * np.max(reach, axis=-1)))

    def force(self, slope: Array, sigma: Array) -> Array:
        """Return the force on the coordinates, shape (B, d)."""
        order = np.diagonal(sigma[:, 0], 1, -2, -1)[:, 1:-1]
        tension = 2 * self.degeneracy * slope * order
        return np.asarray(tension[:, self.levels] - tension[:, self.levels - 1])

    def follow(self, modes: Array, inflow: Array, h: Array, step: float) -> tuple[Array, Array]:
        """Return the modes after a step, and the inflow at its start, middle and end.

        Parameters
        ----------
        modes : ndarray, shape (B, n, P)
            Deviations of A(z_p).
        inflow : ndarray, shape (B, C, n)
            i K_a Gamma_a at the start.
        h : ndarray, shape (B, 3, n - 1)
            Hopping at start, middle and end.
        step : float
            Length.
        """
        found = np.empty((len(modes), 3, *self.steady.shape[1:]), complex)
        found[:, 0] = inflow
        found[:, 1:] = self.steady[:, None]
        if not self.poles:
            return modes, found
        end = np.empty_like(modes)
        for b, now in enumerate(modes):
            end[b] = self._loops.modes(
                now, h[b], self.hopping[b], self._effective, self._green[b], self._points, self._columns,
                self._weights, step, found[b, 1:],
            )  # fmt: skip
        return end, found

    def step(self, sigma: Array, h: Array, inflow: Array, step: float, after: Array) -> tuple[Array, Array]:
        """Write the density matrix after a step, and return what its stages saw and their slopes."""
        seen, slopes = [], []
        for b, now in enumerate(sigma):
            found = self._loops.density(
                now, h[b], self.energies, self.halves, inflow[b], self.sites, step, after[b]
            )
            seen.append(found[0])
            slopes.append(found[1])
        return np.stack(seen), np.stack(slopes)

    def entering(self, hopping: Array, inflow: Array, seen: Array) -> tuple[Array, Array]:
        """Return power, Re Tr[h dsigma/dt] by the leads, and particles per time from each lead.

        Parameters
        ----------
        hopping : ndarray, shape (..., n - 1)
        inflow : ndarray, shape (..., C, n)
        seen : ndarray, shape (..., 2, n)
            Diagonal and real part of the first off-diagonal of the density matrix.

        Returns
        -------
        power : ndarray, shape (...)
        current : ndarray, shape (..., leads)
        """
        widths = 2 * self.halves[self.sites]
        own = 2 * inflow[..., self._each, self.sites].real - widths * seen[..., 0, self.sites]
        power = own @ self.energies[self.sites]
        # Two levels next to each other may both have a lead, so that one bond is met twice.
        bonds, columns, levels = self._met
        power += 2 * np.sum(hopping[..., bonds] * inflow[..., columns, levels].real, axis=-1)
        fading = hopping[..., self._leaky] * seen[..., 1, self._leaky]
        power -= 2 * fading @ self._fading
        current = own @ self._leads_of
        return self.degeneracy * power, self.degeneracy * current


def _refuse_others(model: Model, x: Array, dense: Array) -> None:
    """Refuse a family whose bonds and matrices are not the same h(x)."""
    matrix = model.hamiltonian(x)
    if np.max(np.abs(matrix - dense)) > ROUNDING * np.max(np.abs(dense)):
        where = np.unravel_index(int(np.argmax(np.abs(matrix - dense))), matrix.shape)
        raise InvalidSystemError(
            "model.bonds",
            f"{dense[where]:.6g} for the entry {[int(k) for k in where[1:]]} of h(x) at the start",
            f"that of model.hamiltonian, {matrix[where]:.6g}",
        )
