"""The runs behind the figures of wires in motion: which ones, and what they say together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from electronwind import PowerLaw, Units
from electronwind.models import wire

from ..simulation.run import LATE, Case, Course, quantum
from ..simulation.store import Store
from .figure import Floats

__all__ = ["FULL", "REDUCED", "STIFFNESS", "Mean", "Plan", "Pool", "einstein", "store_of"]

# Lighter atoms get no shorter runs than those of this mass, in amu.
LIGHT = 5.0
# A statement that holds is found not to with this probability at most.
ALARM = 1e-3
# Wires that carry more of a quantum than this are at rest, and have no energy to be compared.
AT_REST = 0.95


def _stiffness() -> float:
    """Return the stiffness of one atom of the perfect chain, all others fixed, in eV/angstrom^2.

    Source: 2p(p + 1) P/R^2 - 8q(2q + 1) |h| sin(nu pi)/(pi R^2), of cunningham2014 Eq. 5 without bias.
    """
    gold = wire(1)
    assert isinstance(gold.hopping, PowerLaw)
    assert isinstance(gold.repulsion, PowerLaw)
    p, q = gold.repulsion.exponent, gold.hopping.exponent
    pair = float(gold.repulsion(np.array(gold.spacing))[0])
    band = abs(gold.perfect) * np.sin(np.pi * gold.filling) / np.pi
    return float((2 * p * (p + 1) * pair - 8 * q * (2 * q + 1) * band) / gold.spacing**2)


STIFFNESS = _stiffness()


def einstein(mass: float) -> float:
    """Return the Einstein frequency of an atom of a mass in amu, in eV / hbar."""
    return float(np.sqrt(STIFFNESS / Units().from_amu(mass)))


@dataclass(frozen=True)
class Plan:
    """Which runs are made.

    Attributes
    ----------
    atoms : int
        The wire of Fig. 4, 6 (a) and 8 (b).
    picoseconds : float
        Length of a run for atoms of 10 amu; it goes with the root of the mass.
    seeds : int
        Trajectories of each point.
    biases : tuple of float
        The two of Fig. 6 and 7. Unit: volt.
    lengths, masses : tuple
        Atoms in Fig. 6 (b) and 7, and masses in Fig. 6 (a) and 8 (b), in amu.
    inset : tuple
        Lengths for which Fig. 7 has other masses, 5 and 20 amu under the second bias.
    ladder : tuple
        Pairs of a number of atoms and its biases in Fig. 8 (a), one trajectory each.
    first_seeds : int
        Trajectories of Fig. 4, where those are more.
    since : float
        Part of a run from which on it is counted. The paper counts from 3 of its 4 ps on: before, the energy
        of long wires is beyond what it settles at.
    """

    atoms: int
    picoseconds: float
    seeds: int
    lengths: tuple[int, ...]
    masses: tuple[float, ...]
    ladder: tuple[tuple[int, tuple[float, ...]], ...]
    inset: tuple[int, ...] = ()
    first_seeds: int = 0
    since: float = LATE
    biases: tuple[float, float] = (0.5, 1.0)

    def case(self, atoms: int, bias: float, mass: float, seed: int) -> Case:
        """Return a run."""
        time = 1000 * self.picoseconds * np.sqrt(max(mass, LIGHT) / 10)
        return Case(atoms, float(bias), float(mass), float(round(time)), seed=seed)

    def many(self, atoms: int, bias: float, mass: float, seeds: int | None = None) -> list[Case]:
        """Return the trajectories of a point."""
        return [self.case(atoms, bias, mass, seed) for seed in range(seeds or self.seeds)]

    @property
    def first(self) -> list[Case]:
        """The trajectories of Fig. 4."""
        return self.many(self.atoms, self.biases[0], 10.0, max(self.seeds, self.first_seeds))

    @property
    def by_length(self) -> list[Case]:
        """The runs of Fig. 6 (b) and 7."""
        found = [c for v in self.biases for n in self.lengths for c in self.many(n, v, 10.0)]
        other = [c for m in (5.0, 20.0) for n in self.inset for c in self.many(n, self.biases[1], m)]
        return found + other

    @property
    def by_mass(self) -> list[Case]:
        """The runs of Fig. 6 (a) and 8 (b)."""
        return [c for v in self.biases for m in self.masses for c in self.many(self.atoms, v, m)]

    @property
    def by_bias(self) -> list[Case]:
        """The runs of Fig. 8 (a)."""
        return [c for n, biases in self.ladder for v in biases for c in self.many(n, v, 10.0, 1)]

    def behind(self, figure: str) -> list[Case]:
        """Return the runs that a figure rests on; none where nothing moves in it."""
        return {
            # More than are drawn: how far trajectories differ is read off all of them.
            "cunningham2014-fig4": self.first + self.by_length,
            "cunningham2014-fig5": self.everything,
            "cunningham2014-fig6": self.by_mass + self.by_length,
            "cunningham2014-fig7": self.by_length,
            "cunningham2014-fig8": self.by_bias + self.by_mass,
        }.get(figure, [])

    @property
    def everything(self) -> list[Case]:
        """All runs, each once."""
        return list(dict.fromkeys(self.first + self.by_length + self.by_mass + self.by_bias))


LADDER = tuple(round(0.1 * k, 1) for k in range(1, 18))
FULL = Plan(
    atoms=200, picoseconds=4.0, seeds=3, first_seeds=5,
    lengths=(5, 10, 20, 30, 40, 60, 100, 150, 200), masses=(1.0, 2.5, 5.0, 10.0, 20.0, 40.0),
    ladder=((30, LADDER), (200, LADDER)), inset=(40, 60, 100, 200), since=0.75,
)  # fmt: skip
REDUCED = Plan(
    atoms=40, picoseconds=1.5, seeds=2, lengths=(5, 20, 40, 60), masses=(2.5, 5.0, 10.0, 20.0),
    ladder=((30, (0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.8)),),
)  # fmt: skip


def store_of(out: Path) -> Store:
    """Return the runs in a folder of figures."""
    return Store(out / "wire-runs")


class Mean(NamedTuple):
    """The mean over the trajectories of a point, and its standard error.

    Attributes
    ----------
    value, error : float
    trajectories : int
    """

    value: float
    error: float
    trajectories: int


class Pool:
    """Courses of a plan, by point.

    Parameters
    ----------
    out : Path
        Folder of the figures; the runs are in a folder there.
    cases : iterable of Case
        What is asked for.
    since : float
        Part of a run from which on it is counted.

    Notes
    -----
    Trajectories are chaotic, and two or three of a point say little about their own spread. The relative
    spread between trajectories is taken as one number for all points that move, and Student's distribution
    of as many degrees of freedom gives the intervals.
    """

    def __init__(self, out: Path, cases: Iterable[Case], since: float = LATE) -> None:
        self._since = since
        self.courses = store_of(out).courses(cases)

    def at(self, atoms: int, bias: float, mass: float) -> list[Course]:
        """Return the trajectories of a point."""
        point = (atoms, bias, mass)
        return [c for case, c in self.courses.items() if (case.atoms, case.bias, case.mass) == point]

    def _spread(self, name: str) -> tuple[float, int]:
        """Return the relative spread between trajectories, and its degrees of freedom."""
        squares, freedom = 0.0, 0
        for point in dict.fromkeys((c.atoms, c.bias, c.mass) for c in self.courses):
            values = np.array([c.late(getattr(c, name), self._since)[0] for c in self.at(*point)])
            if len(values) > 1 and not self._rests(self.at(*point)):
                squares += float(np.sum((values / np.mean(values) - 1) ** 2))
                freedom += len(values) - 1
        return float(np.sqrt(squares / max(freedom, 1))), freedom

    @staticmethod
    def _rests(courses: Sequence[Course]) -> bool:
        return bool(np.mean([c.late(c.mean)[0] / quantum(c.case.bias) for c in courses]) > AT_REST)

    def rests(self, atoms: int, bias: float, mass: float) -> bool:
        """Return whether the atoms of a point stay where they are."""
        return self._rests(self.at(atoms, bias, mass))

    def mean(self, name: str, atoms: int, bias: float, mass: float) -> Mean:
        """Return the mean of what is late in the trajectories of a point."""
        values = [c.late(getattr(c, name), self._since)[0] for c in self.at(atoms, bias, mass)]
        value = float(np.mean(values))
        spread = self._spread(name)[0]
        return Mean(value, spread * abs(value) / np.sqrt(len(values)), len(values))

    def means(self, name: str, points: Iterable[tuple[int, float, float]]) -> Floats:
        """Return the means of points."""
        return np.array([self.mean(name, *point).value for point in points])

    def reach(self, name: str) -> float:
        """Return how many standard errors a mean is off with a probability of `ALARM`."""
        freedom = self._spread(name)[1]
        return float(stdtrit(freedom, 1 - ALARM / 2)) if freedom else float("inf")

    def words(self, name: str) -> str:
        """Return in words how sure the numbers are."""
        spread, freedom = self._spread(name)
        numbers = sorted({len(self.at(c.atoms, c.bias, c.mass)) for c in self.courses})
        each = " or ".join(map(str, numbers))
        return (
            f"{each} trajectories a point, spread {100 * spread:.0f}% between them ({freedom} degrees of "
            f"freedom); false alarm {ALARM:g}"
        )
