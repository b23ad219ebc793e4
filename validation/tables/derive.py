"""Deriving what `calls` asks: in balls where a closed form is known, else by two solvers that must agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mpmath
import numpy as np
from flint import acb, arb
from numpy.typing import NDArray

from electronwind import STATICS, JelliumWire, OpenSystem, PrecisionError, fast, reference

from .balls import Ball, exact, precision, rational
from .calls import arguments
from .certify import condition, decimals, enclose, floats, in_units

__all__ = ["derive"]

Balls = NDArray[Any]

# Digits that are kept of what both solvers say, and how far they may be apart, relatively.
SPOKEN = 28
APART = 1e-9
STEP = 1e-6


def derive(call: str, data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the entries of a question, by field of its result.

    Raises
    ------
    PrecisionError
        The balls stayed too wide, or the two solvers do not agree.
    """
    if call == "mode_rates":
        system, frequency, mass = arguments(call, data)
        route, response, balls = _rates(system, frequency, mass)
        found = floats(response)
        # The rates are parts of the response over W M: what it loses, they lose.
        larger = float(np.max(np.abs(found))) / (abs(frequency) * mass * float(np.max(np.abs(floats(balls)))))
        kappa = condition("response", system, frequency, found) * max(larger, 1.0)
        return {"value": _enclosed(call, balls, route, float(f"{kappa:.1e}"))}
    if call == "jellium_curl":
        balls = _curl(*arguments(call, data))
        kappa = _condition(call, "value", data, floats(balls))
        return {"value": _enclosed(call, balls, "arb-closed-form", kappa)}
    return _spoken(call, data)


def _enclosed(call: str, balls: Balls, route: str, kappa: float) -> dict[str, Any]:
    with precision(512):
        rounded = in_units(balls)
    if rounded is None:
        raise PrecisionError(f"{call}: the enclosure is too wide")
    (re, _), exponent = rounded
    entry = {"re": decimals(re, exponent), "radius": f"1e{exponent}", "condition": kappa}
    return entry | {"route": route, "certified": True}


def _rates(system: OpenSystem, frequency: float, mass: float) -> tuple[str, Balls, Balls]:
    """Return the route to the response -(K + i W L), it, and (L_XX + L_YY)/2M +- (K_XY - K_YX)/2MW."""
    with precision(512):
        route, response = enclose("response", system, frequency, 512, 1e-60)
        W, M = exact(rational(frequency)), exact(rational(mass))
        trace = -(response[0, 0] + response[1, 1]).imag / W
        turn = -(response[0, 1] - response[1, 0]).real
        rates = [acb((trace + s * turn / W) / (2 * M)) for s in (1, -1)]
        return route, response, np.array(rates, dtype=object)


def _curl(wire: JelliumWire, points: Any) -> Balls:
    """Return 2 pi C^2 rot of z int dE j_E [D(E - W) + D(E + W)]/2, integrated subband by subband.

    j_E is a step for every subband n, and 1/k the slope of k: the integral of 1/k(E +- W - e_m) above e_n is
    k(mu_1 +- W - e_m) - k(max(mu_2, e_n) +- W - e_m), with k = 0 below the edge.
    """
    with precision(512):
        numbers = [
            rational(getattr(wire, name))
            for name in ("side", "fermi_energy", "bias", "frequency", "strength")
        ]
        S, fermi, bias, W, C = (exact(x) for x in numbers)
        low, high = fermi - abs(bias) / 2, fermi + abs(bias) / 2
        sign = 1 if numbers[2] > 0 else -1
        unit = arb.pi() ** 2 / (2 * S**2)
        most = int(float(numbers[0]) * (2 * float((high + W).mid())) ** 0.5 / 3.14) + 2
        edges = [(n, m, unit * (n**2 + m**2)) for n in range(1, most) for m in range(1, most)]
        found = []
        for point in np.asarray(points):
            waves = {(n, m): _wave(n, m, S, *(exact(rational(r)) for r in point)) for n, m, _ in edges}
            total = [arb(0), arb(0)]
            for n, m, e in edges:
                if _above(e, high):
                    continue
                start = e if _above(e, low) else low
                for n2, m2, e2 in edges:
                    weight = sum((_k(high + s * W - e2) - _k(start + s * W - e2) for s in (1, -1)), arb(0))
                    a, b = waves[n, m], waves[n2, m2]
                    for i in (0, 1):
                        total[i] += (a[0] * b[1 + i] + a[1 + i] * b[0]) * weight
            # j = chi^2/2 pi, D = chi^2/(pi k) per spin; rot (z f) = (df/dy, -df/dx).
            factor = sign * 2 * arb.pi() * C**2 / (2 * arb.pi() * arb.pi() * 2)
            found.append([acb(factor * total[1]), acb(-factor * total[0])])
        return np.array(found, dtype=object)


def _above(x: Ball, y: Ball) -> bool:
    if (x - y).contains(0):
        raise PrecisionError("an edge of a subband on a potential")
    return bool(x > y)


def _k(energy: Ball) -> Ball:
    """Return sqrt(2 E) of an open subband, 0 of a closed one."""
    if energy.contains(0) and not energy.is_zero():
        # The subband opens here, exactly: an edge less itself.
        return arb(0, (2 * energy.abs_upper()).sqrt().upper())
    return (2 * energy).sqrt() if energy > 0 else arb(0)


def _wave(n: int, m: int, S: Ball, x: Ball, y: Ball) -> tuple[Ball, Ball, Ball]:
    """Return chi^2 and its slopes along x and y."""
    a, b = n * arb.pi() / S, m * arb.pi() / S
    sx, sy = (a * x).sin(), (b * y).sin()
    scale = 4 / S**2
    return scale * sx**2 * sy**2, scale * a * (2 * a * x).sin() * sy**2, scale * b * sx**2 * (2 * b * y).sin()


def _values(solver: Any, call: str, args: tuple[Any, ...], **options: Any) -> dict[str, NDArray[Any]]:
    """Return the fields of a result that are compared."""
    result = getattr(solver, call)(*args, **options)
    if call == "self_consistent":
        return {name: np.asarray(getattr(result, name)) for name in ("density_matrix", "force", "potential")}
    return {"value": np.asarray(result)}


def _spoken(call: str, data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    args = arguments(call, data)
    with mpmath.workdps(40):
        slow, quick = _values(reference, call, args, digits=30), _values(fast, call, args)
        entries = {}
        for field, value in slow.items():
            plain = value.astype(complex)
            size = float(np.max(np.abs(plain)))
            apart = float(np.max(np.abs(plain - quick[field]))) / (size or 1.0)
            if apart > APART:
                raise PrecisionError(f"{call}: the two solvers differ by {apart:.1e} in {field}")
            parts = (
                {"re": mpmath.re, "im": mpmath.im} if field in STATICS[call].complex else {"re": mpmath.re}
            )
            entry: dict[str, Any] = {
                key: np.vectorize(lambda z, part=part: mpmath.nstr(part(z), SPOKEN), otypes=[object])(
                    value
                ).tolist()
                for key, part in parts.items()
            }
            entries[field] = entry | {
                "radius": f"{size * 10.0 ** (1 - SPOKEN):.0e}",
                "condition": _condition(call, field, data, plain),
                "route": "reference-and-fast",
                "certified": False,
                "agreement": f"{max(apart, 1e-16):.0e}",
            }
        return entries


def _condition(call: str, field: str, data: Mapping[str, Any], value: NDArray[Any]) -> float:
    """Return the relative change per relative change of all numbers of the problem, to two digits."""
    scale = float(np.max(np.abs(value))) or 1.0
    draw = np.random.default_rng(20221117)
    worst = 1.0
    for _ in range(2):
        moved = _values(fast, call, arguments(call, _moved(data, draw)))[field]
        worst = max(worst, float(np.max(np.abs(moved - value))) / scale / STEP)
    return float(f"{worst * (1 + 1e-9):.1e}")


def _moved(data: Any, draw: np.random.Generator) -> Any:
    """Return data with every float a little larger or smaller."""
    if isinstance(data, Mapping):
        return {key: _moved(value, draw) for key, value in data.items()}
    if isinstance(data, list):
        return [_moved(value, draw) for value in data]
    return data * (1 + STEP * draw.standard_normal()) if isinstance(data, float) else data
