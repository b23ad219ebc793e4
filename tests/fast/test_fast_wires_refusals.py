"""What runs of chains refuse: options, families and states that are not theirs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from little_chains import LittleChain, springs
from test_fast_wires import WIRES, run, start_of

from electronwind import ClassicalBody, InvalidSystemError, PrecisionError, fast, models


@pytest.mark.night("mass", "bias")
@pytest.mark.parametrize("change", ["mass", "step", "source", "bias"])
def test_a_state_of_another_run_is_refused(tmp_path: Path, change: str) -> None:
    """The file belongs to one model, body, start and options."""
    wire, file = models.wire(4, bias=0.5), tmp_path / "state.npz"
    given: dict[str, Any] = {"wire": wire, "mass": 10.0, "step": 0.05, "source": "exact"}
    other = {"mass": 11.0, "step": 0.04, "source": "frozen", "bias": None}[change]

    def start(wire: Any, mass: float, **options: Any) -> Any:
        options |= {"checkpoint": file, "method": "neighbours"}
        return fast.ehrenfest(wire, wire.body(mass), start_of(wire), [0.0, 0.5], **options)

    start(**given)
    changed = {"wire": replace(wire, bias=0.4)} if change == "bias" else {change: other}
    with pytest.raises(InvalidSystemError, match="checkpoint"):
        start(**(given | changed))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "nearest"}, "method"),
        ({"source": "constant"}, "source"),
        ({"method": "modes", "source": "frozen"}, "source"),
        ({"order": 6}, "order"),
        ({"grid": fast.Grid()}, "grid"),
        ({"step": -1.0}, "step"),
        ({"accuracy": 0.0}, "accuracy"),
    ],
)
def test_refusals(options: dict[str, Any], words: str) -> None:
    """What makes no sense on a chain is named."""
    with pytest.raises(InvalidSystemError, match=rf"^{words}"):
        run(WIRES["matched"], **options)


def test_what_is_no_chain_is_refused() -> None:
    """By the argument: bonds are missing, or leads share a level."""
    shared = LittleChain(1, 1, probes=2)
    for model in (models.two_level(), shared):
        d = len(model.coordinates)
        with pytest.raises(InvalidSystemError, match="method"):
            fast.ehrenfest(
                model,
                ClassicalBody(20.0, springs(d).potential),
                (np.ones(d), np.zeros(d)),
                [0.0, 1.0],
                method="neighbours",
            )


def test_bonds_that_are_others_are_refused() -> None:
    """A user's bonds and matrices are one h(x)."""

    class Torn(LittleChain):
        @property
        def onsite(self) -> Any:
            """Energies of other levels than those of the matrix."""
            return 2.0 + super().onsite

        def _hamiltonian(self, x: Any, xp: Any) -> Any:
            return LittleChain(self.atoms, self.fixed)._hamiltonian(x, xp)

    with pytest.raises(InvalidSystemError, match=r"model\.bonds"):
        run(Torn(2, 2))


@pytest.mark.parametrize("options", [{"accuracy": 1e-6}, {}], ids=["told", "untold"])
def test_what_leaves_the_family_is_refused(options: dict[str, Any]) -> None:
    """Atoms that fly through each other end the run in words."""
    wire = models.wire(2, bias=0.5, buffer=2)
    start = (wire.rest, np.array([3.0, -3.0]))
    body = ClassicalBody(1e4, springs(2).potential)
    with pytest.raises((InvalidSystemError, PrecisionError), match=r"neighbours|order|followed"):
        fast.ehrenfest(wire, body, start, [0.0, 5.0], method="neighbours", **options)
