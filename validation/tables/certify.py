"""From a system to decimal digits that are proven: the choice of the route, and the rounding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from flint import acb, arb, ctx
from numpy.typing import NDArray

from electronwind import OBSERVABLES, OpenSystem, PrecisionError

from ..core import tolerances
from .balls import Ball, Junction, NeedsPrecision, exact, precision, rational, trace, whole
from .chain import eigenvalues
from .closed import Closed, transmission
from .drawing import is_perfect
from .integral import point_at
from .perfect import Perfect
from .responses import Responses
from .storage import DIGITS

__all__ = ["Enclosure", "certify", "condition", "decimals", "enclose", "floats", "holds", "in_units"]

# A value that is zero is enclosed to this absolute radius.
ZERO = -40

Balls = NDArray[Any]

# Bits, and the radius that integrals aim at; the next where that was not enough.
_EFFORTS = (
    (256, 1e-44), (512, 1e-60), (1024, 1e-90), (2048, 1e-140), (4096, 1e-250), (8192, 1e-300)
)  # fmt: skip
# Other roundings and other nodes than those that the tables were made with.
_OTHER_EFFORTS = tuple((bits + bits // 4, goal / 1e3) for bits, goal in _EFFORTS)
# Enough for a difference quotient over `tolerances.STEP`.
_ROUGH = ((128, 1e-18), (256, 1e-30), (512, 1e-45), (1024, 1e-72), (4096, 1e-140))
_COPIES = 3

# What several values of a system rest on.
_DENSITIES: WeakKeyDictionary[OpenSystem, dict[Any, tuple[str, Balls]]] = WeakKeyDictionary()
_NEARBY: WeakKeyDictionary[OpenSystem, dict[float, list[OpenSystem]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Enclosure:
    """A value with proven digits.

    Attributes
    ----------
    re, im : nested list of str
        Decimal midpoints of the entries; `im` is None for a real observable.
    radius : str
        The real and the imaginary part of every entry is within this of the midpoint.
    route : str
        How it was enclosed.
    condition : float
        Condition number of the value as in `tolerances.condition`, to two digits.
    """

    re: Any
    im: Any
    radius: str
    route: str
    condition: float


def certify(observable: str, system: OpenSystem, argument: float | None = None) -> Enclosure:
    """Return a value to `DIGITS` proven digits.

    Parameters
    ----------
    observable : str
        Name of the observable.
    system : OpenSystem
        A single system.
    argument : float, optional
        Energy or frequency, where the observable has one.

    Raises
    ------
    PrecisionError
        The balls stayed too wide.
    """
    for route, balls, bits in _attempts(observable, system, argument, _EFFORTS):
        with precision(bits):
            rounded = in_units(balls)
        if rounded is None:
            continue
        numbers, exponent = rounded
        re, im = (decimals(part, exponent) for part in numbers)
        kappa = condition(observable, system, argument, floats(balls))
        kept = im if OBSERVABLES[observable].complex else None
        return Enclosure(re, kept, f"1e{exponent}", route, kappa)
    raise PrecisionError(f"{observable}: the enclosure did not reach {DIGITS} digits")


def holds(observable: str, system: OpenSystem, argument: float | None, entry: dict[str, Any]) -> bool:
    """Return whether a fresh enclosure, with other roundings, lies within a stored one.

    Parameters
    ----------
    observable, system, argument
        As for `certify`.
    entry : dict
        The keys ``re``, ``im`` and ``radius`` of an `Enclosure`.
    """
    parts = [np.array(entry[key], dtype=object) for key in ("re", "im") if key in entry]
    for _, balls, bits in _attempts(observable, system, argument, _OTHER_EFFORTS):
        with precision(bits):
            allowed = arb(entry["radius"])
            if any(not acb(z).rad() < allowed / 100 for z in balls.ravel()):
                continue
            fresh = _parts(balls)
            return all(part.shape == balls.shape for part in parts) and all(
                abs(arb(text) - x) <= allowed
                for part, new in zip(parts, fresh, strict=False)
                for text, x in zip(part.ravel(), new, strict=True)
            )
    raise PrecisionError(f"{observable}: the enclosure did not reach {DIGITS} digits")


def enclose(
    observable: str, system: OpenSystem, argument: float | None = None, bits: int = 512, goal: float = 1e-50
) -> tuple[str, Balls]:
    """Return the name of the route and the entries of a value as balls.

    Parameters
    ----------
    observable, system, argument
        As for `certify`.
    bits : int
        Precision of the arithmetic.
    goal : float
        Absolute radius that integrals aim at.

    Raises
    ------
    NeedsPrecision
        More bits are needed.
    """
    with precision(bits):
        at = Junction(system)
        x = None if argument is None else rational(argument)
        route, value = _route(observable, at, x, goal)
        row = OBSERVABLES[observable]
        if not row.complex:
            if any(not acb(z).imag.contains(0) for z in value.ravel()):
                raise AssertionError(f"{observable} is not real")
            value = np.vectorize(lambda z: acb(acb(z).real), otypes=[object])(value)
        return route, value * at.degeneracy if row.spin else value


def _route(observable: str, at: Junction, argument: Fraction | None, goal: float) -> tuple[str, Balls]:
    """Choose: the closed form wherever there is one."""
    if observable == "density_matrix":
        return _density(at, goal)
    if observable == "force":
        route, sigma = _density(at, goal)
        n = at.n
        return route, np.array(
            [
                -acb(sum((part[i, j] * sigma[j, i] for i in range(n) for j in range(n)), acb(0)).real)
                for part in at.gradient
            ],
            dtype=object,
        )
    if observable == "bond_current":
        route, sigma = _density(at, goal)
        pairs = [[acb(2 * (at.h[j, i] * sigma[i, j]).imag) for j in range(at.n)] for i in range(at.n)]
        return route, np.array(pairs, dtype=object).reshape(at.n, at.n)
    if observable == "white_noise":
        route, noise = _route("force_noise", at, Fraction(0), goal)
        return route, np.vectorize(lambda z: acb(z.real), otypes=[object])(noise)
    extra = () if argument is None else (argument,)
    return _source(observable, at, extra, goal)


def _density(at: Junction, goal: float) -> tuple[str, Balls]:
    """Return the density matrix, which force and bond currents rest on too."""
    known = _DENSITIES.setdefault(at.system, {})
    key = (ctx.prec, goal)
    if key not in known:
        known[key] = _source("density_matrix", at, (), goal)
    return known[key]


def _source(observable: str, at: Junction, extra: tuple[Fraction, ...], goal: float) -> tuple[str, Balls]:
    source: Any
    if at.chains:
        waves = is_perfect(at.system)
        source = Perfect(at, goal) if waves else Responses(at, goal)
        if observable == "transmission":
            return "arb-resolvent", source.transmission(*extra) if waves else _transmission(at, *extra)
        route = "arb-perfect-chain" if waves else "arb-integral"
        return route, _array(getattr(source, observable)(*extra))
    if observable == "transmission":
        return "arb-resolvent", transmission(at, *extra)
    warm = observable == "force_noise" and len(set(at.temperature)) > 1
    route = "arb-closed-form-and-integral" if warm else "arb-closed-form"
    return route, _array(getattr(Closed(at, goal), observable)(*extra))


def _transmission(at: Junction, energy: Fraction) -> Balls:
    """Return the transmission at one energy with chains."""
    point = point_at(at, exact(energy))
    return np.array(
        [[acb(trace(gamma, x).real) for x in point.X] for gamma in point.broadening], dtype=object
    )


def _array(value: Any) -> Balls:
    if isinstance(value, np.ndarray):
        return value
    rows = value.tolist()
    return np.array(rows, dtype=object).reshape(len(rows), -1)


def _attempts(
    observable: str,
    system: OpenSystem,
    argument: float | None,
    efforts: tuple[tuple[int, float], ...],
) -> Iterator[tuple[str, Balls, int]]:
    for bits, goal in efforts:
        try:
            route, balls = enclose(observable, system, argument, bits, goal)
        except NeedsPrecision:
            continue
        if all(acb(z).is_finite() for z in balls.ravel()):
            yield route, balls, bits


def in_units(balls: Balls) -> tuple[tuple[NDArray[Any], NDArray[Any]], int] | None:
    """Return whole multiples of 10^k that are within 10^k of the balls, and k; None if these are too wide."""
    parts = _parts(balls)
    size = max((abs(x.mid()) for part in parts for x in part), default=arb(0))
    width = max((x.rad() for part in parts for x in part), default=arb(0))
    if width < arb(10) ** (ZERO - 2) and size <= width:
        exponent = ZERO
    elif size > 0:
        exponent = whole((size.log() / arb(10).log()).floor().mid()) + 1 - DIGITS
    else:
        return None
    unit = arb(10) ** exponent
    if not width < unit / 100:
        return None
    re, im = (
        np.array([whole((x.mid() / unit + 0.5).mid().floor()) for x in part], dtype=object) for part in parts
    )
    return (re.reshape(balls.shape), im.reshape(balls.shape)), exponent


def _parts(balls: Balls) -> list[list[Ball]]:
    """Return the real and the imaginary parts, flat."""
    return [[acb(z).real for z in balls.ravel()], [acb(z).imag for z in balls.ravel()]]


def decimals(numbers: NDArray[Any], exponent: int) -> Any:
    """Return whole multiples of 10^exponent as text, nested as they are."""

    def decimal(number: int) -> str:
        if number == 0:
            return "0"
        return str(Decimal((int(number < 0), tuple(map(int, str(abs(number)))), exponent)))

    return np.vectorize(decimal, otypes=[object])(numbers).tolist()


def floats(balls: Balls) -> NDArray[np.complex128]:
    """Return midpoints in double precision."""
    return np.array([complex(acb(z).mid()) for z in balls.ravel()]).reshape(balls.shape)


def condition(
    observable: str, system: OpenSystem, argument: float | None, value: NDArray[np.complex128]
) -> float:
    """Return the condition number as `tolerances.condition` does, without the fast solver."""
    extra = () if argument is None else (argument,)
    # A delay is no energy.
    delayed = OBSERVABLES[observable].argument_power < 0
    size = tolerances.energy(system) if delayed else tolerances.energy(system, *extra)
    scale = max(float(np.max(np.abs(value))), tolerances.natural(observable, system, *extra))
    known = _NEARBY.setdefault(system, {})
    if size not in known:
        moved = tolerances.nearby(system, size)
        known[size] = [moved[i] for i in range(_COPIES)]
    response = 0.0
    for copy in known[size]:
        change = np.max(np.abs(_rough(observable, copy, argument, scale) - value))
        response = max(response, float(change) / tolerances.STEP)
    if system.wide_band and OBSERVABLES[observable].resonant:
        with precision(256):
            decay = min(-float(z.imag) for z in eigenvalues(Junction(system)))
        response = max(response, tolerances.dimension(observable, system, decay))
    # Exact ties must not be decided by the last bit of a norm.
    return float(f"{max(1.0, response / scale * (1 + 1e-9)):.1e}")


def _rough(
    observable: str, system: OpenSystem, argument: float | None, scale: float
) -> NDArray[np.complex128]:
    """Return a value to 1e-12 of a scale."""
    for _, balls, _ in _attempts(observable, system, argument, _ROUGH):
        if all(float(acb(z).rad()) < 1e-12 * scale for z in balls.ravel()):
            return floats(balls)
    raise PrecisionError(f"{observable}: no condition number")
