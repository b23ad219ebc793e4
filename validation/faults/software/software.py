"""Mistakes that only software makes: batches, arrays, special sizes, number types and digits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES, OpenSystem, fast

from ...systems.transformations import changed
from .. import registry
from ..registry import ALL, releaded
from ..steady.values import MATRICES

Array = NDArray[Any]

POINTS = tuple(name for name in ALL if OBSERVABLES[name].argument)
FREQUENCIES = ("force_noise", "response", "pair_density")
OCCUPIED = tuple(name for name in ALL if OBSERVABLES[name].occupied)

altered = partial(registry.altered, kind="software")
misread = partial(registry.misread, kind="software")

BATCH = "definition of a batch"
SIZES = "a formula holds for any number"
DIGITS = "double precision"
AXIS = "definition of an array argument"


def only(condition: Callable[[OpenSystem], Any], error: float = 1e-3) -> Callable[..., Any]:
    """Return the mistake that is there for some systems only: a small relative error."""
    return lambda value, system, *_: value * (1 + error) if condition(system) else value


def heat(system: OpenSystem) -> list[float]:
    """Return all temperatures."""
    return [float(t) for lead in system.leads for t in np.ravel(lead.temperature)]


def same(values: list[Any]) -> bool:
    """Return whether all arrays hold one number."""
    return all(np.all(value == values[0]) for value in values)


# --- batches --------------------------------------------------------------------------------------


def member(value: Array, system: OpenSystem, change: Callable[[Array], Array]) -> Array:
    """Apply a change to the flattened batch axis."""
    size = len(system.shape)
    flat = value.reshape(-1, *value.shape[size:])
    return change(flat).reshape(value.shape) if size else value


def _poisoned(flat: Array) -> Array:
    flat = flat.copy()
    flat[-1] = np.nan
    return flat


altered("wrong-in-batches", "Batches are off; single systems are right.", ALL, only(lambda s: s.shape),
        source=BATCH)  # fmt: skip
altered("wrong-in-grids", "Batches of two axes are off; those of one are right.", ALL,
        only(lambda s: len(s.shape) > 1), source=BATCH)  # fmt: skip
altered("wrong-for-batch-of-one", "A batch of one system is off.", ALL, only(lambda s: s.shape == (1,)),
        source=BATCH)  # fmt: skip
altered("batch-of-one-squeezed", "A batch of one system loses its axis.", ALL,
        lambda v, s, *_: v[0] if s.shape == (1,) else v, source=BATCH)  # fmt: skip
altered("grid-transposed", "The two axes of a square batch are exchanged.", ALL,
        lambda v, s, *_: v.swapaxes(0, 1).reshape(v.shape) if len(s.shape) == 2 else v,
        source=BATCH)  # fmt: skip
altered("batch-reversed", "The members of a batch come in reverse.", ALL,
        lambda v, s, *_: member(v, s, lambda flat: flat[::-1]), source=BATCH)  # fmt: skip
altered("batch-averaged", "All members of a batch get their mean.", ALL,
        lambda v, s, *_: member(v, s, lambda flat: np.broadcast_to(flat.mean(0), flat.shape)),
        source=BATCH)  # fmt: skip
altered("first-of-batch", "The first member of a batch answers for all.", ALL,
        lambda v, s, *_: member(v, s, lambda flat: np.broadcast_to(flat[0], flat.shape)),
        source=BATCH)  # fmt: skip
altered("last-of-batch-lost", "The last member of a batch is NaN.", ALL,
        lambda v, s, *_: member(v, s, _poisoned), source=BATCH)  # fmt: skip
altered("batch-of-n-misaligned", "A batch as long as there are levels is broadcast along the wrong axis.",
        ALL, only(lambda s: s.shape == (s.levels,)), source=BATCH)  # fmt: skip


def first_member(system: OpenSystem, what: str) -> OpenSystem:
    """Give one parameter of each lead its value in the first member of a batch."""
    if not (system.shape and system.wide_band):
        return system

    def fields(_: int, lead: Any) -> dict[str, Any]:
        array = getattr(lead, what)
        core = array.shape[-2:] if what == "broadening" else ()
        return {what: array.reshape(-1, *core)[0]}

    return releaded(system, fields)


for _what in ("mu", "temperature", "broadening"):
    misread(
        f"first-{_what}-of-batch",
        f"The {_what} of each lead is that of the first member of a batch.",
        partial(first_member, what=_what),
        source=BATCH,
    )
misread("first-gradient-of-batch", "The gradient is that of the first member of a batch.",
        lambda s: changed(s, gradient=s.gradient[(0,) * len(s.shape)]) if s.shape else s,
        (*MATRICES, "force"), source=BATCH)  # fmt: skip

# --- arrays of energies and frequencies -----------------------------------------------------------


def points(value: Array, system: OpenSystem, point: Any, change: Callable[[Array], Array]) -> Array:
    """Apply a change to the axis of energies or frequencies, moved to the front."""
    if not np.ndim(point):
        return value
    where = len(system.shape)
    return np.moveaxis(change(np.moveaxis(value, where, 0)), 0, where)


altered("first-of-array", "The first energy or frequency answers for all.", POINTS,
        lambda v, s, w: points(v, s, w, lambda x: np.broadcast_to(x[:1], x.shape)),
        source=AXIS)  # fmt: skip
altered("array-reversed", "An array of energies or frequencies is answered in reverse.", POINTS,
        lambda v, s, w: points(v, s, w, lambda x: x[::-1]), source=AXIS)  # fmt: skip
altered("array-sorted", "An array of energies or frequencies is answered in rising order.", POINTS,
        lambda v, s, w: points(v, s, w, lambda x: x[np.argsort(w)]), source=AXIS)  # fmt: skip
altered("array-without-repeats", "An energy or a frequency that comes twice is answered once.", POINTS,
        lambda v, s, w: points(v, s, w, lambda x: x[np.sort(np.unique(w, return_index=True)[1])]),
        source=AXIS)  # fmt: skip
altered("array-before-batch", "The axis of energies or frequencies comes before those of the batch.", POINTS,
        lambda v, s, w: np.moveaxis(v, len(s.shape), 0) if np.ndim(w) else v, source=AXIS)  # fmt: skip


def asked(name: str, says: str, observables: tuple[str, ...], change: Callable[[Array], Any]) -> None:
    """Plant a mistake in the energy or frequency."""

    def ask(observable: str, system: OpenSystem, point: Any) -> Any:
        return getattr(fast, observable)(system, change(np.asarray(point, dtype=float)))

    registry.plant(
        name, says, lambda: {o: partial(ask, o) for o in observables}, observables,
        kind="software", source=AXIS,
    )  # fmt: skip


asked("point-rounded", "Energies and frequencies are rounded to two decimals.", POINTS,
      lambda w: np.round(w, 2))  # fmt: skip
asked("point-clipped", "Energies and frequencies end at the ends of a table.", POINTS,
      lambda w: np.clip(w, -2.0, 2.0))  # fmt: skip
asked("absolute-frequency", "The sign of the frequency is lost.", FREQUENCIES, np.abs)

altered("zero-frequency-branch", "The code for W = 0 is off.", FREQUENCIES,
        lambda v, s, w: v * np.where(np.ndim(w) == 0 and w == 0, 1.001, 1.0), source=AXIS)  # fmt: skip

# --- special sizes and kinds ----------------------------------------------------------------------


def shifted_above_two(system: OpenSystem) -> OpenSystem:
    """Misread larger Hamiltonians."""
    if system.levels < 3:
        return system
    return changed(system, hamiltonian=system.hamiltonian + np.diag(np.eye(system.levels)[0]) / 2)


def is_real(system: OpenSystem) -> bool:
    """Return whether Hamiltonian and gradient have no imaginary part."""
    return not (np.any(system.hamiltonian.imag) or np.any(system.gradient.imag))


misread("wrong-above-two-levels", "The first level is shifted where there are more than two.",
        shifted_above_two, source=SIZES)  # fmt: skip
altered("wrong-above-four-levels", "More than four levels are off.", ALL, only(lambda s: s.levels > 4),
        source=SIZES)  # fmt: skip
altered("wrong-for-one-level", "A single level is off.", ALL, only(lambda s: s.levels == 1),
        source=SIZES)  # fmt: skip
altered("wrong-for-one-lead", "A single lead is off.", ALL, only(lambda s: len(s.leads) == 1),
        source=SIZES)  # fmt: skip
altered("wrong-for-four-leads", "More than three leads are off.", ALL, only(lambda s: len(s.leads) > 3),
        source=SIZES)  # fmt: skip
altered("wrong-for-one-coordinate", "A single coordinate is off.", ("force", *MATRICES),
        only(lambda s: s.coordinates == 1), source=SIZES)  # fmt: skip
altered("wrong-for-three-coordinates", "More than two coordinates are off.", ("force", *MATRICES),
        only(lambda s: s.coordinates > 2), source=SIZES)  # fmt: skip
altered("one-coordinate-squeezed", "The axis of a single coordinate is dropped.", ("force", *MATRICES),
        lambda v, s, *_: v[..., 0] if s.coordinates == 1 else v, source=SIZES)  # fmt: skip
altered("wrong-for-degeneracy-two", "The spin factor 2 has code of its own, which is off.",
        [o for o in ALL if OBSERVABLES[o].spin], only(lambda s: s.degeneracy == 2),
        source="definition of the spin factor")  # fmt: skip
altered("wrong-for-complex-matrices", "Complex matrices are off; real ones are right.", ALL,
        only(lambda s: not is_real(s)), source="unitary covariance")  # fmt: skip
altered("wrong-for-real-matrices", "Real matrices are off; complex ones are right.", ALL, only(is_real),
        source="unitary covariance")  # fmt: skip
altered("wrong-for-idle-lead", "A lead without coupling makes the value wrong.", ALL,
        only(lambda s: any(not np.any(width) for width in s.broadenings)),
        source="a lead that touches nothing does nothing")  # fmt: skip
altered("wrong-on-a-level", "A potential on a level is off.", OCCUPIED,
        only(lambda s: any(np.any(np.abs(a.mu - s.hamiltonian[..., 0, 0].real) < 1e-9) for a in s.leads)),
        source="continuity in the potentials")  # fmt: skip

# --- temperatures ---------------------------------------------------------------------------------


def raised(system: OpenSystem, least: float) -> OpenSystem:
    """Raise all temperatures to the least one."""
    return releaded(system, lambda _, lead: {"temperature": np.maximum(lead.temperature, least)})


def frozen(system: OpenSystem, least: float) -> OpenSystem:
    """Take temperatures below the least one for zero."""
    return releaded(
        system, lambda _, lead: {"temperature": np.where(lead.temperature < least, 0.0, lead.temperature)}
    )


def isothermal(system: OpenSystem) -> OpenSystem:
    """Take equal potentials for equilibrium."""
    if not same([lead.mu for lead in system.leads]):
        return system
    return releaded(system, lambda _, lead: {"temperature": system.leads[0].temperature})


altered("wrong-below-a-temperature", "Small temperatures other than zero are off.", OCCUPIED,
        only(lambda s: any(0 < t < 1e-3 for t in heat(s))),
        source="continuity in the temperature")  # fmt: skip
misread("temperature-floor", "Temperatures are raised to a least one.",
        lambda s: raised(s, 2e-3), OCCUPIED)  # fmt: skip
misread("frozen-below-a-temperature", "Small temperatures are taken for zero.",
        lambda s: frozen(s, 2e-3), OCCUPIED)  # fmt: skip
misread("thermal-bias-ignored", "Equal potentials are taken for equilibrium, whatever the temperatures.",
        isothermal, OCCUPIED, source="todorov2010 Eq. 16")  # fmt: skip

# --- number types and digits ----------------------------------------------------------------------


def noise(value: Array, *_: Any) -> Array:
    """Add what rounding would if the last digits were lost: it depends on the value alone."""
    return value * (1 + 1e-11 * np.sin(1e9 * np.real(value)))


altered("relative-1e-7", "The value is off by 1e-7 of itself.", ALL, lambda v, *_: v * (1 + 1e-7),
        source=DIGITS)  # fmt: skip
altered("relative-1e-10", "The value is off by 1e-10 of itself.", ALL, lambda v, *_: v * (1 + 1e-10),
        source=DIGITS)  # fmt: skip
altered("five-digits-lost", "The last five digits are noise.", ALL, noise, source=DIGITS)
altered("single-precision", "The value is rounded to single precision.", ALL,
        lambda v, *_: v.astype(np.complex64 if np.iscomplexobj(v) else np.float32),
        source=DIGITS)  # fmt: skip
altered("eight-decimals", "The value passes through a file of eight decimals.", ALL,
        lambda v, *_: np.round(v, 8), source=DIGITS)  # fmt: skip
altered("small-values-zero", "Entries below 1e-6 are set to zero.", ALL,
        lambda v, *_: np.where(np.abs(v) < 1e-6, 0, v), source=DIGITS)  # fmt: skip
altered("real-part-kept", "Complex values lose their imaginary part.",
        [o for o in ALL if OBSERVABLES[o].complex], lambda v, *_: v.real.astype(complex),
        source="table of observables")  # fmt: skip
altered("complex-for-real", "Real values come with an imaginary part.",
        [o for o in ALL if not OBSERVABLES[o].complex], lambda v, *_: v * (1 + 1e-3j),
        source="table of observables")  # fmt: skip
misread("single-precision-hamiltonian", "h is rounded to single precision.",
        lambda s: changed(s, hamiltonian=s.hamiltonian.astype(np.complex64)), source=DIGITS)  # fmt: skip
misread("single-precision-temperature", "Temperatures are rounded to single precision.",
        lambda s: releaded(s, lambda _, lead: {"temperature": lead.temperature.astype(np.float32)}),
        OCCUPIED, source=DIGITS)  # fmt: skip
misread("truncated-potentials", "Potentials are cut to whole numbers.",
        lambda s: releaded(s, lambda _, lead: {"mu": np.trunc(lead.mu)}), OCCUPIED,
        source=DIGITS)  # fmt: skip
misread("small-gradient-zero", "Entries of dh/dx below 0.1 are set to zero.",
        lambda s: changed(s, gradient=np.where(np.abs(s.gradient) < 0.1, 0, s.gradient)),
        ("force", *MATRICES), source=DIGITS)  # fmt: skip

# --- order of levels and leads --------------------------------------------------------------------


def sorted_levels(system: OpenSystem) -> OpenSystem:
    """Put the levels in the order of their energies, in the Hamiltonian only."""
    order = np.argsort(np.diagonal(system.hamiltonian, axis1=-2, axis2=-1).real, axis=-1, kind="stable")
    h = np.take_along_axis(system.hamiltonian, order[..., :, None], -2)
    return changed(system, hamiltonian=np.take_along_axis(h, order[..., None, :], -1))


def sorted_leads(system: OpenSystem) -> OpenSystem:
    """Put the leads in the order of their potentials."""
    return changed(system, leads=sorted(system.leads, key=lambda lead: -float(np.max(lead.mu))))


misread("sorted-levels", "Levels are sorted in h, and not in dh/dx and Gamma.", sorted_levels,
        source="the numbering of levels is arbitrary")  # fmt: skip
misread("sorted-leads", "Values per lead come in the order of the potentials.", sorted_leads,
        ("current", "transmission"), source="the numbering of leads is arbitrary")  # fmt: skip
altered("leads-reversed", "Values per lead come in reverse.", "current transmission",
        lambda v, s, *_: v[..., ::-1] if v.ndim == len(s.shape) + 1 else np.flip(v, (-2, -1)),
        source="the numbering of leads is arbitrary")  # fmt: skip
