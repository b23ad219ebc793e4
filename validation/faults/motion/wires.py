"""Mistakes about atomic wires in motion: what the leads inject, whose bonds pull, and how long a step is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import ClassicalBody, Model, Units, fast
from electronwind.fast.hopping import chain_of

from ..steady.wires import highest
from .registry import Fields, Refitted, plant_run, refitted, reported, rows

Array = NDArray[Any]

WIRES = "cunningham2014 Sec. II B"
# In hbar / eV: this step is stable on gold, and no more.
COARSE = 0.13


def _neighbours(options: dict[str, Any]) -> Any:
    def wrong(model: Model, body: Any, start: Any, times: Any, **given: Any) -> Any:
        more = options if chain_of(model) is not None else {}
        return fast.ehrenfest(model, body, start, times, **(given | more))

    return wrong


plant_run(
    "wire-frozen-source",
    "The leads inject into a wire what they did before the atoms moved.",
    {"ehrenfest": _neighbours({"method": "neighbours", "source": "frozen", "accuracy": 1e-9})},
    source=WIRES,
)
plant_run(
    "wire-coarse-step",
    "Steps are as long as they are stable, whatever the accuracy.",
    {"ehrenfest": _neighbours({"method": "neighbours", "step": COARSE})},
    source=WIRES,
)


class _OneBond(Refitted):
    """A wire whose atoms feel the bond on their right alone."""

    def gradient(self, x: Any, xp: Any = np) -> Array:
        """Return a part of dh/dx."""
        return highest(self._model.gradient(x, xp))


def _one_bond(model: Model, *arguments: Any, **options: Any) -> Any:
    if chain_of(model) is None:
        return fast.ehrenfest(model, *arguments, **options)
    return fast.ehrenfest(_OneBond(model), *arguments, **(options | {"method": "modes"}))


plant_run(
    "wire-one-bond", "An atom feels the bond on one side alone.", {"ehrenfest": _one_bond}, source=WIRES
)

refitted(
    ("ehrenfest",), "wire", "half-filled",
    "The mean potential of the leads is taken for zero: the band is half filled.",
    lambda model: lambda a, lead: {"mu": lead.mu - np.mean([other.mu for other in model.leads])},
    source=WIRES,
)  # fmt: skip
refitted(
    ("ehrenfest",), "wire", "bias-on-one-lead",
    "All of the bias is put on the first lead.",
    lambda model: lambda a, lead: {"mu": 2 * lead.mu - model.leads[-1].mu if a == 0 else model.leads[-1].mu},
    source=WIRES,
)  # fmt: skip
refitted(
    ("ehrenfest",), "wire", "bias-reversed",
    "Each lead has the potential of the other.",
    lambda model: lambda a, lead: {"mu": model.leads[-1 - a].mu},
    source=WIRES,
)  # fmt: skip
refitted(
    ("ehrenfest",), "wire", "doubled-width",
    "Gamma stands where Gamma/2 belongs: the ends reflect.",
    lambda model: lambda a, lead: {"broadening": 2 * lead.broadening},
    source=WIRES,
)  # fmt: skip


class _Holes(Refitted):
    """A family whose electrons pull the other way."""

    def gradient(self, x: Any, xp: Any = np) -> Array:
        """Return minus dh/dx."""
        return np.asarray(-self._model.gradient(x, xp))


def _holes(model: Model, *arguments: Any, **options: Any) -> Fields:
    """Follow the density matrix of holes, 1 - sigma: whatever is linear in it changes sign."""
    found = rows(fast.ehrenfest(_Holes(model), *arguments, **(options | {"method": "modes"})), "ehrenfest")
    return found | {name: -found[name] for name in ("current", "electronic", "work")}


plant_run(
    "wire-holes",
    "The poles of the Fermi functions count with the wrong sign: the density matrix is that of the holes.",
    {"ehrenfest": _holes},
    source=WIRES,
)


def _in_amu(model: Model, body: ClassicalBody, *arguments: Any, **options: Any) -> Any:
    light = ClassicalBody(body.mass / float(Units().from_amu(1.0)), body.potential)
    return fast.ehrenfest(model, light, *arguments, **options)


plant_run(
    "wire-mass-in-amu", "Masses in amu are taken for masses in hbar^2 / (eV A^2).", {"ehrenfest": _in_amu},
    source=WIRES,
)  # fmt: skip
reported(
    "ehrenfest", "wire-current-per-spin", "The quantum of conductance is e^2/h: no spin factor.",
    lambda f, model, *_: {"current": f["current"] / model.degeneracy},
    source="I = 2 e^2/h V of a perfect wire",
)  # fmt: skip
reported(
    "ehrenfest", "wire-current-conjugate", "The current is that of the conjugate density matrix.",
    lambda f, *_: {"current": -f["current"]},
    source="J = 4 Im(h_ji sigma_ij) from i to j",
)  # fmt: skip
