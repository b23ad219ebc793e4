"""One run of a wire under current, from its parameters in laboratory units to what is read off it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import Units, fast, models
from electronwind.dynamics import EhrenfestRun

__all__ = ["LATE", "MICROAMPERE", "Case", "Course", "follow", "quantum"]

Floats = NDArray[np.float64]

UNITS = Units()
# Microampere for a particle per hbar / eV.
MICROAMPERE = 1e6 * UNITS.ampere(1.0)
# From this part of the run on it counts as late: the motion has settled, where it does.
LATE = 0.5


def quantum(bias: float) -> float:
    """Return the current of one quantum of conductance, 2 e^2/h, at a bias in volt; in microampere."""
    return float(MICROAMPERE * bias / np.pi)


@dataclass(frozen=True)
class Case:
    """A run to be made.

    Attributes
    ----------
    atoms : int
        Atoms that move.
    bias : float
        Unit: volt.
    mass : float
        Unit: amu.
    time : float
        Unit: femtosecond.
    temperature : float
        Of the electrons in the leads. Unit: eV.
    noise : float
        Standard deviation of the displacements at the start. Unit: angstrom.
    seed : int
        Of the displacements.
    ends : str
        See `models.wire`.
    source : str
        See `fast.ehrenfest`.
    every : float
        Between two records. Unit: femtosecond.
    step : float or None
        Longest step; None for the default of `fast.ehrenfest`. Unit: femtosecond.
    """

    atoms: int
    bias: float
    mass: float
    time: float
    temperature: float = 0.02
    noise: float = 0.01
    seed: int = 0
    ends: str = "matched"
    source: str = "exact"
    every: float = 5.0
    step: float | None = None

    @property
    def wire(self) -> models.wire:
        """The family."""
        return models.wire(self.atoms, bias=self.bias, temperature=self.temperature, ends=self.ends)

    @property
    def effort(self) -> float:
        """What the run takes, about, in units that are good for shares of work only."""
        return self.time * (150 + self.atoms)

    @property
    def name(self) -> str:
        """A name for files."""
        return f"n{self.atoms}-v{self.bias:g}-m{self.mass:g}-seed{self.seed}"


@dataclass(frozen=True)
class Course:
    """What a run came to, in laboratory units; one entry of each array for a time.

    Attributes
    ----------
    case : Case
        What was run.
    time : ndarray
        Unit: femtosecond.
    kinetic, balance : ndarray
        Of all atoms together; and what energy came to be or was lost since the start. Unit: eV.
    left, middle, right, spread : ndarray
        Current from the left lead, through the bond in the middle, and into the right lead, and the standard
        deviation of that of the bonds in the middle half of the moving atoms. Unit: microampere.
    mean : ndarray
        Current through the bonds of the moving atoms. Unit: microampere.
    kernel : str
        What did the work.
    """

    case: Case
    time: Floats
    kinetic: Floats
    balance: Floats
    left: Floats
    middle: Floats
    right: Floats
    spread: Floats
    mean: Floats
    kernel: str

    def late(self, values: Floats, since: float = LATE) -> tuple[float, float]:
        """Return mean and standard deviation from a part of the run on, by default over its second half."""
        part = values[self.time >= since * self.time[-1]]
        return float(np.mean(part)), float(np.std(part))

    def summary(self) -> dict[str, Any]:
        """Return the parameters, and mean and spread of what is late."""
        found: dict[str, Any] = asdict(self.case)
        for name in ("kinetic", "mean", "spread"):
            found[name], found[f"{name}_std"] = self.late(getattr(self, name))
        found["drift"] = float(np.max(np.abs(self.balance)))
        return found | {"kernel": self.kernel}


def follow(
    case: Case,
    checkpoint: Path | None = None,
    every: float = 30.0,
    watch: Callable[[float, float, float], Any] | None = None,
) -> Course:
    """Return the course of a run.

    Parameters
    ----------
    case : Case
        What to run.
    checkpoint : Path, optional
        Where the state is kept, and read from where the file exists.
    every : float
        Seconds between two writings of it.
    watch : callable, optional
        Called with the time in femtosecond, the kinetic energy in eV and the current through the bonds in
        microampere.

    Raises
    ------
    InvalidSystemError
        A parameter that is none, by name; a checkpoint of another run.
    PrecisionError, UnsupportedError
        As for `fast.ehrenfest`.
    """
    wire = case.wire
    rng = np.random.default_rng(case.seed)
    start = (wire.rest + case.noise * rng.normal(size=case.atoms), np.zeros(case.atoms))
    count = max(1, int(np.ceil(case.time / case.every * (1 - 1e-12))))
    femto = np.linspace(0.0, case.time, count + 1)
    inner = slice(wire.sites.start - 1, wire.sites.stop)

    def tell(time: float, row: Mapping[str, Floats]) -> None:
        if watch is not None:
            flow = MICROAMPERE * float(np.mean(row["bond_current"][0, inner]))
            watch(float(UNITS.femtosecond(time)), float(row["kinetic"][0]), flow)

    run = fast.ehrenfest(
        wire,
        wire.body(case.mass),
        start,
        UNITS.from_femtosecond(femto),
        method="neighbours",
        step=None if case.step is None else UNITS.from_femtosecond(case.step),
        source=case.source,
        checkpoint=checkpoint,
        every=every,
        watch=tell,
    )
    return _read_off(case, femto, run, inner)


def _read_off(case: Case, femto: Floats, run: EhrenfestRun, inner: slice) -> Course:
    total = run.kinetic + run.potential + run.electronic - run.work
    assert run.bond_current is not None
    flow = MICROAMPERE * run.bond_current[:, inner]
    bonds = flow.shape[1]
    half = flow[:, bonds // 4 : bonds - bonds // 4]
    return Course(
        case,
        femto,
        run.kinetic,
        total - total[0],
        MICROAMPERE * run.current[:, 0],
        flow[:, bonds // 2],
        -MICROAMPERE * run.current[:, 1],
        np.std(half, axis=1),
        np.mean(flow, axis=1),
        run.kernel,
    )
