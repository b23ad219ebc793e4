"""Mistakes in the rates of the two circular modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem, fast

from ..registry import plant

Array = NDArray[Any]

EQ_29 = "todorov2011 Eq. 29-30"


def _changed(change: Callable[[Array, OpenSystem, Array, float], Array]) -> dict[str, Callable[..., Any]]:
    def mode_rates(system: OpenSystem, frequency: Any, mass: float) -> Array:
        right = fast.mode_rates(system, frequency, mass)
        return change(right, system, np.asarray(frequency, dtype=float), mass)

    return {"mode_rates": mode_rates}


def _wrong(name: str, says: str, change: Callable[[Array, OpenSystem, Array, float], Array]) -> None:
    plant(name, says, lambda: _changed(change), ["mode_rates"], source=EQ_29)


def _parts(rates: Array) -> tuple[Array, Array]:
    """Return the mean of both rates, which is friction, and half their difference, which is the curl."""
    return np.mean(rates, axis=-1, keepdims=True), (rates[..., :1] - rates[..., 1:]) / 2


def _joined(drag: Array, turn: Array) -> Array:
    return np.concatenate([drag + turn, drag - turn], axis=-1)


def _at_rest(right: Array, system: OpenSystem, w: Array, mass: float) -> Array:
    """Return the rates from friction and curl at frequency 0."""
    drag = -np.trace(fast.friction(system), axis1=-2, axis2=-1) / (2 * mass)
    turn = np.asarray(fast.curl(system)[..., 0, 1])
    drag, turn = (part.reshape(*part.shape, *(1,) * (w.ndim + 1)) for part in (np.asarray(drag), turn))
    return np.broadcast_to(_joined(drag, turn / (2 * mass * w[..., None])), right.shape)


def _emission(right: Array, system: OpenSystem, w: Array, mass: float) -> Array:
    """Return what the modes are given, without what is taken from them."""
    noise = fast.force_noise(system, -w)
    modes = [np.array([1, 1j]), np.array([1, -1j])]
    given = [np.einsum("i,...ij,j->...", m, noise, m.conj()).real for m in modes]
    return np.stack(given, axis=-1) / (4 * mass * w[..., None])


def _of_x(right: Array, system: OpenSystem, w: Array, mass: float) -> Array:
    """Return the rates with twice the friction along x in place of the trace."""
    push = fast.response(system, w)[..., :1, 0].imag
    return _joined(-push / (mass * w[..., None]), _parts(right)[1])


_wrong(
    "modes-exchanged", "The anticlockwise and the clockwise mode are exchanged.", lambda v, *_: v[..., ::-1]
)
_wrong("mode-rates-doubled", "Rates are those of the energy flow in both directions, twice as large.",
       lambda v, *_: 2 * v)  # fmt: skip
_wrong("mode-rates-sign", "The rates have the wrong sign: what brakes winds up.", lambda v, *_: -v)
_wrong("mode-rates-halved-curl", "The antisymmetric part of the response stands for the curl, its double.",
       lambda v, *_: _joined(_parts(v)[0], _parts(v)[1] / 2))  # fmt: skip
_wrong("mode-rates-without-mass", "The mass is left out.", lambda v, system, w, mass: v * mass)
_wrong("mode-rates-of-energy", "The frequency is left out of the work of the curl.",
       lambda v, system, w, mass: _joined(_parts(v)[0], _parts(v)[1] * w[..., None]))  # fmt: skip
_wrong("mode-rates-first-frequency", "The rates at all frequencies are divided by the first.",
       lambda v, system, w, mass: v * (w / w.flat[0])[..., None] if w.size else v)  # fmt: skip
_wrong("mode-rates-at-rest", "Friction and curl are those of frequency 0.", _at_rest)
_wrong("mode-rates-without-friction", "The curl alone drives the modes.",
       lambda v, *_: _joined(0 * v[..., :1], _parts(v)[1]))  # fmt: skip
_wrong("mode-rates-friction-of-x", "Friction along x stands for that along both axes.", _of_x)
_wrong("mode-rates-emission-alone", "Quanta are emitted and never absorbed.", _emission)
