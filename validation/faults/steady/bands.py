"""Mistakes about leads with bands: their cells, their edges, and the slope of their self-energies."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem, WideBandLead, fast

from ...systems.transformations import changed
from ..registry import adjoint, misread, plant, releaded
from .reading import cells
from .surface import Surface

Array = NDArray[Any]

CELLS = "the self-energy of a periodic lead is C g C^+, g of the cell that the system touches"
CHAIN = "todorov2010 Eq. 29: the end of a chain"
SLOPE = "G' = -G (1 - Sigma') G"


misread(
    "surface-of-the-wrong-end",
    "A periodic lead goes on in the other direction: its hopping is the adjoint.",
    cells(lambda lead: {"hopping": adjoint(lead.hopping)}),
    source=CELLS,
)
misread(
    "coupling-conjugated",
    "The coupling of a periodic lead is conjugated.",
    cells(lambda lead: {"coupling": lead.coupling.conj()}),
    source=CELLS,
)


def _endless(system: OpenSystem) -> OpenSystem:
    """Give every chain the broadening of its band's centre at all energies."""

    def lead(old: Any) -> Any:
        if not old.chain:
            return old
        place = np.zeros((system.levels, system.levels))
        place[old.site, old.site] = 1.0
        return WideBandLead(old.peak * place, old.mu, old.temperature)

    # Wide bands in place of all chains would leave a level without any lead behind: none is left here.
    return changed(system, leads=[lead(old) for old in system.leads])


misread(
    "band-without-edges",
    "A chain broadens at all energies as it does at the centre of its band.",
    _endless,
    source=CHAIN,
)


def _bands_alike(system: OpenSystem) -> OpenSystem:
    """Move all chains and cells to one potential, that of the first lead with a band."""
    bands = [lead for lead in system.leads if not lead.wide_band]
    return releaded(system, lambda _, lead: {} if lead.wide_band else {"mu": bands[0].mu})


misread(
    "bands-at-one-potential",
    "All leads with bands have the potential of the first of them.",
    _bands_alike,
    source="todorov2010 Eq. 16: each lead has a Fermi function of its own",
)


class _Slope(Surface):
    """The friction on chains, with what a mistake about the slope of self-energies adds to it.

    Only the difference between the wrong and the right formula is integrated by a rule of its own.
    """

    def __init__(self, kept: Callable[[int], float]) -> None:
        super().__init__()
        self.kept = kept

    def friction(self, system: OpenSystem) -> Array:
        """Add what G' = -G (1 - sum of the slopes times what is kept of each) G changes."""
        w, weights = self._axis(system)
        g, steep = self._green(system, w), self._steepness(system, w)
        lost = sum((self.kept(a) - 1) * part for a, part in enumerate(steep))
        change = (g @ lost @ g)[:, None] @ system.gradient
        right = change @ self._electrons(system, w)[:, None]
        found = np.einsum("w,mij,wvji->mv", weights, system.gradient, right, optimize=True)
        return np.asarray(fast.friction(system) - 2 * system.degeneracy * found.imag)

    def _steepness(self, system: OpenSystem, w: Array) -> Array:
        """Return the slope of each self-energy, shape (leads, W, n, n): -Sigma over the root."""
        sigma = self._self_energy(system, w)
        for a, lead in enumerate(self._chains(system)):
            z, edge = w - lead.onsite + 0j, 2 * abs(float(lead.hopping))
            sigma[a] *= (-1 / self.root(z, edge))[:, None, None]
        return sigma


def _sloped(name: str, says: str, kept: Callable[[int], float]) -> None:
    """Plant a mistake about the slope of self-energies of chains."""

    def ask(system: OpenSystem) -> Array:
        solver = _Slope(kept)
        if not solver.takes(system):
            return fast.friction(system)
        if not system.shape:
            return solver.friction(system)
        return np.stack([ask(system[i]) for i in range(system.shape[0])])

    plant(name, says, lambda: {"friction": ask}, ("friction",), source=SLOPE)


_sloped("slope-of-self-energy-forgotten", "dG/dE is -G^2, as on wide bands.", lambda lead: 0.0)
_sloped("slope-of-self-energy-sign", "The slope of the self-energy has the wrong sign.", lambda lead: -1.0)
_sloped(
    "slope-of-first-lead-alone",
    "The slope of the self-energy is that of the first lead.",
    lambda lead: float(lead == 0),
)


def _swapped(system: OpenSystem, *argument: Any) -> Array:
    chi = np.asarray(fast.response(system, *argument))
    return chi.imag + 1j * chi.real


def _even(name: str, system: OpenSystem, *argument: Any) -> Array:
    value = np.asarray(getattr(fast, name)(system, *argument))
    return (value + np.swapaxes(value, -1, -2)) / 2


plant(
    "response-parts-exchanged",
    "K and W L are exchanged: the real part of the response is its imaginary one.",
    lambda: {"response": _swapped},
    ("response",),
    source="todorov2014 Eq. 14: -(K + i W L)",
)
plant(
    "response-symmetrised",
    "The response is symmetric in its indices, as time reversal at equilibrium alone makes it.",
    lambda: {"response": partial(_even, "response")},
    ("response",),
    source="todorov2014 Eq. 34-36: two of five forces are antisymmetric",
)
plant(
    "spectrum-symmetrised",
    "The noise spectrum is symmetric in its indices, as time reversal at equilibrium alone makes it.",
    lambda: {"force_noise": partial(_even, "force_noise")},
    ("force_noise",),
    source="preston2022 Eq. 62-65",
)
