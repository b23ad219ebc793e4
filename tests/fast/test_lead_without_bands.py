"""A new kind of lead: its self-energy, and the fast solver has every observable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from electronwind import OBSERVABLES, ChainLead, OpenSystem, WideBandLead, fast
from electronwind.fast import leads as kernels
from electronwind.leads import base

Array = np.ndarray[Any, Any]
ARGUMENTS = {"energy": 0.3125, "frequency": 0.375, "delays": [0.0, 0.5, 20.0]}
H = np.array([[0.25, 0.5 - 0.25j], [0.5 + 0.25j, -0.125]])
L = np.array([[[0.5, 0.25j], [-0.25j, -0.25]], [[0.125, 0.75], [0.75, 0.5]]])


@dataclass(frozen=True, eq=False)
class Lorentzian(base.Lead):
    """A lead that depends on energy and has no edges: c^2 / (E - e + i w), one level on a wide band."""

    kind: ClassVar[str] = "lorentzian"
    axes: ClassVar[Mapping[str, int]] = {"level": 0, "coupling": 0, "half": 0, "mu": 0, "temperature": 0}

    site: int
    level: Array
    coupling: Array
    half: Array
    mu: Array
    temperature: Array

    @property
    def sites(self) -> tuple[int, ...]:
        """The one level that it touches."""
        return (self.site,)

    def _fixed(self) -> dict[str, Any]:
        return {"site": self.site}

    def fit(self, where: str, levels: int) -> None:
        """Refuse a system without that level."""
        assert self.site < levels, where


# A kind for this file alone: errors elsewhere name all kinds that there are.
del base._KINDS["lorentzian"]


def green(lead: Lorentzian, z: Array) -> Array:
    """Return 1 / (z - e + i w), shape (..., E, 1, 1)."""
    return np.asarray(1 / (z - lead.level[..., None] + 1j * lead.half[..., None]))[..., None, None]


@kernels.self_energy.register
def _(lead: Lorentzian, z: Array, missed: Any = 0.0) -> Array:
    del missed
    return np.asarray(lead.coupling[..., None, None, None] ** 2 * green(lead, z))


@kernels.slope.register
def _(lead: Lorentzian, z: Array, missed: Any = 0.0) -> Array:
    del missed
    return np.asarray(-(lead.coupling[..., None, None, None] ** 2) * green(lead, z) ** 2)


@kernels.edges.register
def _(lead: Lorentzian) -> Array:
    return np.empty((*lead.shape, 0))


@kernels.ranges.register
def _(lead: Lorentzian) -> Array:
    return np.broadcast_to([[-np.inf, np.inf]], (*lead.shape, 1, 2))


@kernels.grip.register
def _(lead: Lorentzian) -> Array:
    return np.abs(lead.coupling)


@kernels.continued.register
def _(lead: Lorentzian, z: Array, e: float) -> tuple[Array, Array]:
    del e
    return kernels.self_energy(lead, z), kernels.slope(lead, z)


def both(temperatures: tuple[float, float], others: list[ChainLead]) -> tuple[OpenSystem, OpenSystem]:
    """Return two levels on two such leads, and on two levels with wide bands in their place."""
    h, gradient = np.zeros((4, 4), complex), np.zeros((2, 4, 4), complex)
    h[:2, :2], gradient[:, :2, :2] = H, L
    short: list[base.Lead] = [*others]
    long: list[base.Lead] = [*others]
    for k, (level, coupling, half, mu) in enumerate(((0.375, 0.5, 0.75, 0.25), (-0.25, 0.75, 0.125, -0.375))):
        numbers = (np.asarray(x) for x in (level, coupling, half, mu, temperatures[k]))
        short.append(Lorentzian(k, *numbers))
        h[2 + k, 2 + k] = level
        h[k, 2 + k] = h[2 + k, k] = coupling
        long.append(WideBandLead(np.diag(np.eye(4)[2 + k]) * 2 * half, mu, temperatures[k]))
    return OpenSystem(H, L, short), OpenSystem(h, gradient, long)


@pytest.mark.parametrize(
    ("temperatures", "others"),
    [
        pytest.param((0.125, 0.25), [], id="warm"),
        pytest.param((0.0, 0.25), [], id="cold", marks=pytest.mark.slow),
        pytest.param(
            (0.125, 0.0), [ChainLead(0, 1.0, 0.125, 0.0625, 0.0, 0.5)], id="chain", marks=pytest.mark.slow
        ),
    ],
)
def test_a_lead_without_edges_is_what_it_stands_for(
    temperatures: tuple[float, float], others: list[ChainLead]
) -> None:
    """Every observable of the self-energy is that of a level on a wide band, to rounding."""
    short, long = both(temperatures, others)

    for name, row in OBSERVABLES.items():
        asked = [ARGUMENTS[row.argument]] if row.argument else []
        found, want = (np.asarray(getattr(fast, name)(system, *asked)) for system in (short, long))
        if want.shape[-1] > found.shape[-1]:
            want = want[..., :2, :2]
        if name == "transmission":
            # What comes back to the lead that it came from hangs on where the lead begins.
            found, want = (np.where(np.eye(len(part)), 0.0, part) for part in (found, want))
        assert np.max(np.abs(found - want)) < 1e-12 * np.max(np.abs(want)), name
