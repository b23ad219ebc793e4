"""Making a question that has given features: any row of them that goes together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from electronwind import OBSERVABLES, ChainLead, Lead, OpenSystem, PeriodicLead, WideBandLead

from ..core.check import Problem
from .features import Row, asked_of
from .transformations import as_cells

__all__ = ["drawn_from", "posed"]

Array = NDArray[Any]

UNITS = {"usual": 1.0, "tiny": 2.0**-40, "huge": 2.0**40}
WARM, COLD = (0.0625, 0.125, 0.25, 0.5, 0.375), (1e-3, 2e-4, 5e-4, 1e-4, 2e-3)
GAPS = {"none": 0.0, "1e-12": 2e-12, "1e-8": 1e-8}
# Amplitude at the leads below which levels are drawn again; half a width is about its square.
FAINT = 2.0**-7
# Members of a large batch; more than one block of any size that a solver is likely to cut it into.
MANY = 100


def posed(observable: str, row: Row, seed: int) -> Problem:
    """Return a question about an observable that has the features of a row.

    Parameters
    ----------
    observable : str
        What is asked.
    row : dict
        A value of every feature that a question about it has.
    seed : int
        Of all that the features leave open.
    """
    said = f"{seed} {' '.join(row[name] for name in asked_of(observable))}"
    rng = drawn_from(said)
    system = _system(row, rng)
    name = OBSERVABLES[observable].argument
    if not name:
        return Problem(system)
    argument = _argument(row, rng) * UNITS[row["unit"]] ** OBSERVABLES[observable].argument_power
    return Problem(system, {name: argument.tolist()})


def drawn_from(said: str) -> Generator:
    """Return a generator of random numbers that a text fixes, on any machine."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big"))


def _system(row: Row, rng: Generator) -> OpenSystem:
    unit, batch = UNITS[row["unit"]], _batch(row)
    n = _levels(row, rng)
    d = int(rng.integers(4, 6)) if row["coordinates"] == "4+" else int(row["coordinates"])
    real = row["entries"] == "real"
    count = int(row["leads"].rstrip("+"))
    sites = _sites(row["place"], n, count)
    h = _hamiltonian(n, batch, row["gap"], real, sites, rng)
    slopes = _hermitian((d,), n, real, rng)
    mus, heats = _occupations(row, count, rng)
    leads = []
    for a, kind in enumerate(_kinds(row["kind"], count, row["place"])):
        axes = _axes(row, batch, a)
        # Members differ, and what agrees among the leads still does where all of them have the axes.
        mu = unit * (mus[a] + _steps(axes[0]))
        heat = unit * heats[a] * (1 + _steps(axes[1]))
        leads.append(_MAKE[kind](n, sites[a], unit, mu, heat, real, rng))
    spin = 3 if row["spin"] == "3+" else int(row["spin"])
    return OpenSystem(unit * h, slopes, leads, spin)


def _steps(axes: tuple[int, ...]) -> Array:
    """Return a number for every member, no two neighbours alike."""
    return np.asarray(np.arange(int(np.prod(axes))) % 5 / 32).reshape(axes)


def _batch(row: Row) -> tuple[int, ...]:
    shapes: dict[str, tuple[int, ...]] = {
        "none": (), "one": (1,), "some": (2,), "several axes": (2, 2), "empty": (0,), "100+": (MANY,),
    }  # fmt: skip
    return shapes[row["batch"]]


def _axes(row: Row, batch: tuple[int, ...], lead: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the batch axes of the potential and of the temperature of a lead."""
    if row["parameters"] == "shared":
        return (), ()
    if row["parameters"] == "as h":
        return batch, batch
    # No lead has axes for its temperature; and not every lead for its potential, unless they agree.
    return (() if lead % 2 and row["potentials"] == "different" else batch[-1:]), ()


def _levels(row: Row, rng: Generator) -> int:
    if row["levels"] == "3-4":
        crowded = row["place"] == "inner" and (row["gap"] != "apart" or row["leads"] == "4+")
        return 4 if crowded else int(rng.integers(3, 5))
    if row["levels"] == "5-8":
        return int(rng.integers(5, 9))
    if row["levels"] == "9+":
        # Of what takes long, the smallest.
        large = row["batch"] != "100+" and row["kind"] == "wide-band"
        return int(rng.choice([9, 16])) if large else 9
    return int(row["levels"])


def _dyadic(shape: tuple[int, ...], real: bool, rng: Generator, limit: int = 24) -> Array:
    parts = rng.integers(-limit, limit + 1, (2, *shape)) / 16
    return np.asarray(parts[0] if real else parts[0] + 1j * parts[1])


def _hermitian(shape: tuple[int, ...], n: int, real: bool, rng: Generator) -> Array:
    raw = _dyadic((*shape, n, n), real, rng)
    return np.asarray(raw + np.conj(np.swapaxes(raw, -1, -2))) / 2


def _hamiltonian(
    n: int, batch: tuple[int, ...], gap: str, real: bool, sites: Sequence[int | None], rng: Generator
) -> Array:
    """Return h with levels between -1.5 and 1.5 in a basis of its own, two of them as close as is said.

    No combination of levels is all but out of reach of the leads: rounding would decide what it holds.
    """
    steps = rng.uniform(1, 2, (*batch, n))
    levels = np.cumsum(steps, axis=-1) / (2.0 * max(n, 3)) * 3.0 - 1.5
    groups = [slice(k, k + 1) for k in range(n)]
    if gap != "apart":
        at = int(rng.integers(n - 1))
        levels[..., at + 1] = levels[..., at] + GAPS[gap]
        groups[at : at + 2] = [slice(at, at + 2)]
    reached = sorted({site for site in sites if site is not None})
    basis, faint = np.empty((*batch, n, n), dtype=float if real else complex), np.ones(batch, dtype=bool)
    while np.any(faint):
        raw = rng.standard_normal((*batch, n, n)) + (0 if real else 1j * rng.standard_normal((*batch, n, n)))
        basis[faint] = np.linalg.qr(raw)[0][faint]
        if None in sites:
            break
        ends = basis[..., reached, :]
        held = [np.linalg.svd(ends[..., group], compute_uv=False)[..., -1] for group in groups]
        faint = np.min(held, axis=0) < FAINT
    h = basis * levels[..., None, :] @ np.conj(np.swapaxes(basis, -1, -2))
    return np.asarray(h + np.conj(np.swapaxes(h, -1, -2))) / 2


def _sites(place: str, n: int, count: int) -> Sequence[int | None]:
    """Return the level of each lead; None for one that reaches all, or any where that is all there is."""
    if place == "all":
        return [None] + [(n - 1) * (a % 2) for a in range(1, count)]
    if place == "ends":
        return [0, n - 1][:count]
    if place == "shared":
        return [0, 0, n - 1, *(a % n for a in range(3, count))][:count]
    inner = [*range(1, n - 1)]
    return [*inner[:1], 0, n - 1, *inner[1:], *[0] * count][:count] if count > 1 else inner[:1]


def _kinds(kind: str, count: int, place: str) -> list[str]:
    if kind != "mixed":
        return [kind] * count
    return ["wide-band", *(["chain", "periodic", "wide-band"] * count)][:count]


def _occupations(row: Row, count: int, rng: Generator) -> tuple[list[float], list[float]]:
    choices = rng.permutation(WARM if row["warmth"] == "warm" else COLD)[:count]
    heats = {
        "different": list(choices),
        "equal": [choices[0]] * count,
        "nearly equal": [choices[0] * (1 + 1e-6 * a) for a in range(count)],
        "zero": [0.0] * count,
        "some zero": [*choices[: count - 1], 0.0],
    }[row["temperatures"]]
    mu = float(rng.integers(-8, 9) / 16)
    hottest = max(heats)
    mus = {
        "different": [mu + s for s in (rng.permutation(5)[:count] - 2) * 0.375],
        "equal": [mu] * count,
        "tiny bias": [mu + a * (1e-4 * hottest or 2e-8) for a in range(count)],
    }[row["potentials"]]
    return [float(x) for x in mus], [float(x) for x in heats]


def _argument(row: Row, rng: Generator) -> Array:
    size = {"usual": rng.integers(4, 20) / 16, "small": 2.0**-13, "large": float(rng.integers(32, 41))}[
        row["size"]
    ]
    sign = {"positive": 1.0, "negative": -1.0, "zero": 0.0, "both": 1.0}[row["sign"]]
    if row["shape"] == "number":
        return np.asarray(sign * size)
    if row["shape"] == "list of one":
        return np.array([sign * size])
    if row["shape"] == "empty":
        return np.zeros(0)
    # In no order.
    return sign * size * np.array([0.5, -1.0 if row["sign"] == "both" else 0.75, 1.0])


# --- leads ----------------------------------------------------------------------------------------


def _wide(n: int, site: int | None, unit: float, mu: Array, heat: Array, real: bool, rng: Generator) -> Lead:
    if site is not None:
        broadening = np.zeros((n, n))
        broadening[site, site] = rng.integers(4, 17) / 8
    else:
        root = _dyadic((n, n), real, rng, 8)
        broadening = root @ np.conj(root.T) / n + np.eye(n) / 8
    return WideBandLead(unit * broadening, mu, heat)


def _chain(n: int, site: int | None, unit: float, mu: Array, heat: Array, real: bool, rng: Generator) -> Any:
    """Return a chain whose band holds all levels, and which is too weak to bind a state beyond it."""
    hopping = float(rng.choice([-1, 1]) * rng.integers(30, 35) / 16)
    onsite, coupling = float(rng.integers(-2, 3) / 16), float(rng.integers(8, 13) / 16)
    return ChainLead(site or 0, unit * hopping, mu, heat, unit * onsite, unit * coupling)


def _cells(n: int, site: int | None, unit: float, mu: Array, heat: Array, real: bool, rng: Generator) -> Any:
    """Return a chain as cells of one orbital, which take a tenth of the time of those of two."""
    cells = as_cells(_chain(n, site, unit, mu, heat, real, rng))
    phase = 1.0 if real else 1j ** int(rng.integers(1, 4))
    return PeriodicLead(
        cells.sites, cells.onsite, cells.hopping * phase, mu, heat, np.asarray(cells.coupling) * phase
    )


_MAKE: dict[str, Callable[..., Any]] = {"wide-band": _wide, "chain": _chain, "periodic": _cells}
