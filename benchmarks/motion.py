"""Speed of the electrons of long wires in motion, as ratios of CPU time measured in turns in one run.

The other formulation is that of the paper: 800 atoms, of which 250 on either side have a small broadening
each and inject what they did at the start. It is timed three times: with the kernel of the suite; written
down as it stands (`plain`), with all elements of a complex density matrix and the neighbours alone, in loops
that numba compiles; and with products of whole matrices, which know nothing of neighbours. One thread each.
How many steps it takes for the accuracy of ours is counted on a short wire.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from electronwind import Units, fast, models
from electronwind.fast import sliced
from electronwind.fast.compiled import engine
from electronwind.fast.flight import Flight
from electronwind.fast.hopping import chain_of

try:
    from . import plain
except ImportError:  # asv imports this file as a top-level module
    import plain  # type: ignore[no-redef]  # as asv imports it

Array = np.ndarray[Any, Any]
ATOMS, BIAS, MASS = 200, 0.5, 10.0
# Long enough that no run ends while it is timed, with a record every 5 fs.
TIMES = Units().from_femtosecond(np.arange(0.0, 5000.0, 5.0))


def paired(work: Callable[[], Any], other: Callable[[], Any], rounds: int = 5) -> float:
    """Return the median of the ratio of the CPU times of two calls, made in turns."""
    work()
    other()
    return float(np.median([_spent(work) / _spent(other) for _ in range(rounds)]))


def _spent(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def flight(ends: str, source: str, atoms: int = ATOMS) -> Flight:
    """Return a run of a gold wire past its first, short steps."""
    wire = models.wire(atoms, bias=BIAS, ends=ends)
    x = wire.rest + 0.01 * np.random.default_rng(0).normal(size=atoms)
    chain = chain_of(wire)
    assert chain is not None
    run = Flight(
        wire, chain, wire.body(MASS), x[None], np.zeros((1, atoms)), TIMES, None, None, source == "frozen"
    )
    for _ in range(20):
        run.advance()
    return run


def dense(sigma: Array, h: Array, halves: Array, source: Array, length: float) -> Array:
    """Return the same step by products of matrices."""

    def slope(now: Array) -> Array:
        turned = h @ now.real + 1j * (h @ now.imag) - 1j * halves[:, None] * now
        return np.asarray(-1j * (turned - turned.conj().T) + source)

    one = slope(sigma)
    two = slope(sigma + length / 2 * one)
    three = slope(sigma + length / 2 * two)
    four = slope(sigma + length * three)
    return sigma + length / 6 * (one + 2 * two + 2 * three + four)


class LongWires:
    """A step of 200 moving atoms on matched ends, leads exact, in units of other ways."""

    timeout = 900
    number, repeat = 1, 1

    def setup(self) -> None:
        """Bring the run past its first steps."""
        self.run = flight("matched", "exact")

    def track_paper_as_written_over_ours(self) -> float:
        """Time of a step of the paper's 800 atoms, all elements complex, over that of a step of ours."""
        wire = models.wire(ATOMS, bias=BIAS, ends="probes")
        halves, hopping = np.sum(wire.broadenings, axis=0) / 2, wire.bonds(wire.rest).hopping
        source, room = (np.zeros((*k, wire.levels, wire.levels), complex) for k in ((), (6,)))
        sigma, end = np.eye(wire.levels) / 3 + 0j, np.empty_like(source)
        given = (sigma, hopping, halves, source, 0.05, room, end)
        return paired(lambda: plain.compiled()(*given), self.several(self.run)) * 10

    def track_steps_of_paper_over_ours(self) -> float:
        """Steps until the energy of 10 atoms is as good after 80 fs, over ours; the source is frozen."""
        wire = models.wire(10, bias=BIAS, ends="probes", electrode=40, buffer=5, broadening=1.0)
        x = wire.rest + 0.08 * np.random.default_rng(0).normal(size=10)
        end, steps = float(Units().from_femtosecond(80.0)), 4000
        run = fast.ehrenfest(wire, wire.body(MASS), (x, 0 * x), [0.0, end], source="frozen")
        total = run.kinetic + run.potential + run.electronic - run.work
        assert run.step is not None
        off = plain.follow(wire, MASS, x, end, steps)
        # Of order two in its step: twice the steps err by a quarter.
        return steps * float(np.sqrt(off / abs(total[1] - total[0]))) * run.step / end

    def track_paper_by_products_over_ours(self) -> float:
        """The same by products of whole matrices."""
        wire = models.wire(ATOMS, bias=BIAS, ends="probes")
        halves, h = np.sum(wire.broadenings, axis=0) / 2, wire.hamiltonian(wire.rest)
        sigma, source = np.eye(wire.levels) / 3 + 0j, np.zeros((wire.levels, wire.levels), complex)
        return paired(lambda: dense(sigma, h, halves, source, 0.05), self.several(self.run), 3) * 10

    def track_paper_over_ours(self) -> float:
        """The same with the kernel of the suite on both sides."""
        other = flight("probes", "frozen")
        return paired(other.advance, self.several(self.run)) * 10

    def track_numpy_over_numba(self) -> float:
        """A step of the density matrix by slices, over that by compiled loops."""
        e, now = self.run.electrons, self.run._now
        h = np.repeat(now.hopping, 3, axis=0)
        inflow = np.repeat(now.inflow, 3, axis=0)
        end = np.zeros(now.sigma.shape[1:])
        given = (now.sigma[0], h, e.energies, e.halves, inflow, e.sites, 0.05, end)
        compiled = engine()[0]
        return paired(lambda: sliced.density(*given), lambda: compiled(*given))

    @staticmethod
    def several(run: Flight) -> Callable[[], None]:
        """Return what makes ten steps."""

        def work() -> None:
            for _ in range(10):
                run.advance()

        return work


class ShortWires:
    """The general way, with all elements and any h(x), over that of chains."""

    timeout = 600
    number, repeat = 1, 1
    params = (10, 20, 40)
    param_names = ("atoms",)

    def track_general_over_chain(self, atoms: int) -> float:
        """Time of a run of 0.5 fs to six digits."""
        wire = models.wire(atoms, bias=BIAS, buffer=4)
        start = (wire.rest + 0.01, np.zeros(atoms))
        body, times = wire.body(MASS), np.array([0.0, 0.75])

        def run(method: str) -> Callable[[], Any]:
            return lambda: fast.ehrenfest(wire, body, start, times, method=method, accuracy=1e-6)

        return paired(run("modes"), run("neighbours"), 3)


LongWires.track_paper_as_written_over_ours.unit = "ratio"  # type: ignore[attr-defined]  # asv
LongWires.track_paper_by_products_over_ours.unit = "ratio"  # type: ignore[attr-defined]  # asv
LongWires.track_steps_of_paper_over_ours.unit = "ratio"  # type: ignore[attr-defined]  # asv
LongWires.track_paper_over_ours.unit = "ratio"  # type: ignore[attr-defined]  # asv
LongWires.track_numpy_over_numba.unit = "ratio"  # type: ignore[attr-defined]  # asv
ShortWires.track_general_over_chain.unit = "ratio"  # type: ignore[attr-defined]  # asv
