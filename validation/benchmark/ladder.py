"""The rungs: what is asked at what size, and how an answer is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem

from ..core.check import Comparison
from ..core.reading import FileError, parse, read_text
from .certify import CHAINS, MEASURED, SCHEMA, TRUTH, sealed
from .problems import chain, geometries, hidden, hide

__all__ = ["EVERY", "LADDERS", "RUNGS", "Rung", "Workload", "floor", "select", "truth", "workload"]

Array = NDArray[Any]
Ladder = Literal["levels", "batch", "temperature", "chain"]

# All observables that have rungs in turn on one system: what a step of molecular dynamics asks for.
EVERY = "every"
COLD = 1e-3


@dataclass(frozen=True)
class Rung:
    """One workload as data.

    Attributes
    ----------
    ladder : str
        What grows: `levels` of one system, `batch` of geometries, inverse `temperature`, or the levels
        of a `chain` between chain leads.
    size : float
        How much of it.
    observable : str
        What is asked, or `EVERY`.
    quick : bool
        Whether it belongs to a run of seconds.
    long : bool
        Whether it takes minutes, and is climbed on demand only.
    """

    ladder: Ladder
    size: float
    observable: str
    quick: bool = False
    long: bool = False

    @property
    def id(self) -> str:
        """``ladder/size/observable``."""
        return f"{self.ladder}/{self.size:.15g}/{self.observable}"

    @property
    def work(self) -> float:
        """The size in terms of which growth is stated: the colder, the more."""
        return 1 / self.size if self.ladder == "temperature" else float(self.size)

    @property
    def asked(self) -> tuple[str, ...]:
        """The observables that a call of this rung evaluates."""
        return MEASURED if self.observable == EVERY else (self.observable,)


def _rungs() -> tuple[Rung, ...]:
    # At a thousand levels a call takes many seconds: three stand for all, which `long` adds.
    largest = ("density_matrix", "friction", "current")
    found: list[Rung] = []
    for name in MEASURED:
        found += [Rung("levels", n, name, quick=n in (2, 10, 30)) for n in (1, 2, 4, 10, 30, 100, 300)]
        found.append(Rung("levels", 1000, name, long=name not in largest))
        found += [Rung("temperature", t, name, quick=t == 0.1) for t in (0.5, 0.1, 0.02, COLD, 1e-4)]
    for name in (*MEASURED, EVERY):
        found += [Rung("batch", 10**k, name, quick=k in (0, 2, 3)) for k in range(6)]
    for name in CHAINS:
        found += [Rung("chain", n, name, quick=n in (3, 5)) for n in (3, 5, 9, 15)]
    # Small before large, so that what the small ones took tells what the large ones will take.
    return tuple(sorted(found, key=lambda r: (LADDERS.index(r.ladder), r.work)))


LADDERS: tuple[Ladder, ...] = ("levels", "batch", "temperature", "chain")
RUNGS = _rungs()


def select(only: str | None = None, *, quick: bool = False, long: bool = False) -> list[Rung]:
    """Return the rungs of a run, small before large on each ladder.

    Parameters
    ----------
    only : str, optional
        Part of an id, or a pattern with ``*``, ``?`` and ``[]`` for the whole id.
    quick : bool
        Those of a run of seconds.
    long : bool
        Those that take minutes too.

    Raises
    ------
    ValueError
        No rung matches.
    """
    pattern = only or "*"
    if not set(pattern) & set("*?["):
        pattern = f"*{pattern}*"
    wanted = [rung for rung in RUNGS if (rung.quick or not quick) and (long or not rung.long)]
    found = [rung for rung in wanted if fnmatchcase(rung.id, pattern)]
    if not found:
        raise ValueError(f"no rung matches {only!r}; an id is like levels/100/friction or batch/1000/every")
    return found


@dataclass(frozen=True, eq=False)
class Workload:
    """A system, and what is known about it.

    Attributes
    ----------
    system : OpenSystem
        Given to the solver; the same for all observables of one ladder and size.
    compare : callable
        ``compare(observable, got)`` returns the comparison with the certified value.
    """

    system: OpenSystem
    compare: Callable[[str, Array], Comparison]


@cache
def truth() -> dict[str, Any]:
    """Return the certified values.

    Raises
    ------
    ValueError
        The file is not the one that was written.
    """
    try:
        data = parse(read_text(TRUTH))
        if data.get("schema") == SCHEMA and data.get("sha256") == sealed(data):
            return data
        words = "damaged"
    except (FileError, FileNotFoundError) as error:
        words = str(error)
    raise ValueError(f"{TRUTH}: {words}; python -m electronwind.validation.benchmark.certify writes it anew")


def workload(rung: Rung) -> Workload:
    """Return the system of a rung and its judge."""
    return _workload(rung.ladder, rung.size)


# The rungs of one ladder and size come one after the other; a large system must not outlive them.
@cache
def _latest() -> dict[tuple[str, float], Workload]:
    return {}


def _workload(ladder: Ladder, size: float) -> Workload:
    known = _latest()
    if (ladder, size) not in known:
        known.clear()
        make: dict[Ladder, Callable[[], Workload]] = {
            "levels": lambda: _levels(int(size)),
            "batch": lambda: _batch(COLD, int(size)),
            "temperature": lambda: _batch(size, None),
            "chain": lambda: _chain(int(size)),
        }
        known[ladder, size] = make[ladder]()
    return known[ladder, size]


def floor(system: OpenSystem) -> Array:
    """Return the matrices whose `numpy.linalg.eig` is the floor: h - i Gamma/2, chains left out."""
    return np.asarray(system.hamiltonian - 0.5j * sum(system.broadenings))


def _numbers(value: Any) -> Array:
    """Return nested lists as an array; complex numbers are {re, im}."""

    def convert(item: Any) -> Any:
        if isinstance(item, list):
            return [convert(part) for part in item]
        return complex(item["re"], item["im"]) if isinstance(item, dict) else item

    return np.asarray(convert(value))


def _against(observable: str, got: Array, want: Array, scale: float, slack: float) -> Comparison:
    """Return the comparison with `want`, where an absolute error of `slack` roundings is granted."""
    size = max(float(np.max(np.abs(want))), scale)
    return Comparison(observable, got, want, size, condition=max(1.0, slack / size))


def _levels(levels: int) -> Workload:
    """Judge a hidden system: its traces are sums over the blocks, and their errors add up too."""
    if levels == 1:
        return _entries(hidden(1), truth()["single"])
    data, count, system = truth()["blocks"], levels // 2, hidden(levels)
    sigma = hide(_numbers(data["density_matrix"][:count]))
    want = {name: _numbers(value) for name, value in data["sums"][str(levels)].items()}
    want["density_matrix"] = sigma
    want["bond_current"] = 2 * np.imag(system.hamiltonian.T * sigma)

    def compare(observable: str, got: Array) -> Comparison:
        scale, kappa = data["conditions"][observable]
        return _against(observable, got, want[observable], scale, count * scale * kappa)

    return Workload(system, compare)


def _entries(
    system: OpenSystem, data: dict[str, Any], where: Array | None = None, inner: slice | None = None
) -> Workload:
    """Judge by stored values, of which a batch takes those at `where`, and a chain those of its corner."""
    grown = 1.0 if inner is None else system.levels / 3
    want = {name: _numbers(entry["value"]) for name, entry in data.items()}
    if where is not None:
        want = {name: value[where] for name, value in want.items()}

    def compare(observable: str, got: Array) -> Comparison:
        entry = data[observable]
        known = want[observable]
        if inner is not None and observable in ("density_matrix", "bond_current"):
            got = got[inner, inner]
        if inner is not None and observable == "transmission":
            # What a lead gets back depends on where the system ends; what reaches the other does not.
            off = ~np.eye(2, dtype=bool)
            got, known = got[off], known[off]
        slack = grown * entry["scale"] * entry["condition"]
        return _against(observable, got, known, entry["scale"], slack)

    return Workload(system, compare)


def _batch(temperature: float, size: int | None) -> Workload:
    """Return the distinct geometries, or a batch that repeats them in an order without a pattern."""
    distinct, data = geometries(temperature), truth()["geometries"][f"{temperature:g}"]
    if size is None:
        return _entries(distinct, data)
    count = len(distinct.hamiltonian)
    where = (np.arange(size) * 5 + np.arange(size) // count) % count
    return _entries(distinct[where], data, where)


def _chain(levels: int) -> Workload:
    middle = levels // 2
    return _entries(chain(levels), truth()["chain"], inner=slice(middle - 1, middle + 2))
