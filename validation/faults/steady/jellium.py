"""Mistakes about the free-electron wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import JelliumWire, fast
from electronwind.fast import ewald
from electronwind.fast.subbands import Sines, Subbands, weighted
from electronwind.jellium import checked_points

from ..registry import plant

Array = NDArray[Any]

CURL, FRICTION, POTENTIAL = "jellium_curl", "jellium_friction", "jellium_vector_potential"
SMALL = 2.0**-20


def _wrong(name: str, says: str, of: str, answer: Callable[[JelliumWire, Array], Array], source: str) -> None:
    plant(name, says, lambda: {of: answer}, [of], source=source)


def _changed(wire: JelliumWire, **values: Any) -> JelliumWire:
    names = ("side", "fermi_energy", "bias", "frequency", "strength")
    return JelliumWire(**{name: getattr(wire, name) for name in names} | values)


def _linear(name: str) -> Callable[[JelliumWire, Array], Array]:
    """Return what small biases give, times the bias."""

    def answer(wire: JelliumWire, points: Array) -> Array:
        return np.asarray(getattr(fast, name)(_changed(wire, bias=wire.bias * SMALL), points) / SMALL)

    return answer


def _cut(wire: JelliumWire, points: Array) -> Array:
    """Sum closed subbands up to ten times the open ones."""
    of = Subbands.of(wire)
    given = checked_points(wire, points)
    x, y = given.reshape(-1, 2).T
    most = 10 * of.most(of.mu1)
    across, up = Sines(x, of.side, most).density, Sines(y, of.side, most).density
    value = np.zeros(len(x))
    for start, width, carriers in of.windows:
        eta = ewald.eta(of.edges(most), of.mu1, start, width, of.frequency)
        value += weighted(across, carriers, up) * weighted(across, eta, up)
    return (value * (of.sign * of.strength**2 / (2 * np.pi))).reshape(given.shape[:-1])


def _also(kappa: Callable[[Array], Array], reach: int) -> Callable[[JelliumWire, Array], Array]:
    """Return the vector potential with another decay rate ``kappa(2 (e - E))`` in the first subbands."""

    def answer(wire: JelliumWire, points: Array) -> Array:
        of = Subbands.of(wire)
        given = checked_points(wire, points)
        x, y = given.reshape(-1, 2).T
        most = reach * of.most(of.mu1 + of.frequency)
        edges = of.edges(most)
        across, up = Sines(x, of.side, most).density, Sines(y, of.side, most).density
        value = np.zeros(len(x))
        for start, _, carriers in of.windows:
            eta = np.zeros_like(edges)
            for at, sign in ((of.mu1, 1.0), (start, -1.0)):
                for shift in (of.frequency, -of.frequency):
                    square = 2 * (edges - at - shift)
                    wrong = kappa(square) - np.sqrt(np.maximum(square, 0.0))
                    eta += sign * np.sign(shift) * wrong / (2 * of.frequency)
            value += weighted(across, carriers, up) * weighted(across, eta, up)
        value *= of.sign * of.strength**2 / (2 * np.pi)
        return np.asarray(fast.jellium_vector_potential(wire, points) + value.reshape(given.shape[:-1]))

    return answer


# A width of the states, as a code might have it to keep away from poles.
ETA = 1e-3


def _beyond(wire: JelliumWire, points: Array) -> Array:
    """Let every subband carry whose edge is next above the electrochemical potentials."""
    of = Subbands.of(wire)
    above = of.squares(of.most(of.mu1) + 2)
    edge = of.unit * float(np.min(above[above * of.unit >= of.mu1]))
    lifted = _changed(wire, fermi_energy=wire.fermi_energy + (edge - of.mu1) * (1 + 2.0**-20))
    return np.asarray(fast.jellium_curl(lifted, points))


_wrong("jellium-curl-halved", "The antisymmetric part of the response stands for the curl, its double.",
       CURL, lambda w, p: fast.jellium_curl(w, p) / 2, "todorov2014 Eq. 33")  # fmt: skip
_wrong("jellium-curl-spin", "Both spins are in the density of states and in the current.",
       CURL, lambda w, p: 4 * fast.jellium_curl(w, p), "todorov2014 Eq. 37")  # fmt: skip
_wrong("jellium-curl-sign", "The curl has the wrong sign.",
       CURL, lambda w, p: -fast.jellium_curl(w, p), "todorov2014 Eq. 37")  # fmt: skip
_wrong("jellium-curl-turned", "The gradient stands for the curl: x and y component are exchanged.",
       CURL, lambda w, p: fast.jellium_curl(w, p)[..., ::-1], "todorov2014 Eq. 37")  # fmt: skip
_wrong("jellium-curl-at-rest", "The density of states is that of frequency 0.",
       CURL, lambda w, p: fast.jellium_curl(_changed(w, frequency=SMALL), p),
       "todorov2014 Eq. 38")  # fmt: skip
_wrong("jellium-curl-linear", "The curl of small biases stands for that of the bias at hand.",
       CURL, _linear(CURL), "todorov2014 Eq. 38")  # fmt: skip
_wrong("jellium-strength-once", "The strength of the scatterer enters once, not squared.",
       CURL, lambda w, p: fast.jellium_curl(w, p) / w.strength, "todorov2014 Eq. 37")  # fmt: skip
_wrong("jellium-friction-sign", "L_ZZ, which is negative, stands for the friction.",
       FRICTION, lambda w, p: -fast.jellium_friction(w, p), "todorov2014 Eq. 48")  # fmt: skip
_wrong("jellium-friction-doubled", "Both electrochemical potentials count in full.",
       FRICTION, lambda w, p: 2 * fast.jellium_friction(w, p), "todorov2014 Eq. 40")  # fmt: skip
_wrong("jellium-friction-at-rest", "The friction is that of frequency 0.",
       FRICTION, lambda w, p: fast.jellium_friction(_changed(w, frequency=SMALL), p),
       "todorov2014 Eq. 40")  # fmt: skip
_wrong("jellium-friction-one-lead", "The friction is that of equilibrium, without the bias.",
       FRICTION, lambda w, p: fast.jellium_friction(_changed(w, bias=0.0), p),
       "todorov2014 Eq. 40")  # fmt: skip
_wrong("jellium-potential-sign", "The vector potential has the wrong sign.",
       POTENTIAL, lambda w, p: -fast.jellium_vector_potential(w, p), "todorov2014 Eq. 50")  # fmt: skip
_wrong("jellium-potential-slow", "The vector potential is that of a slow motion.",
       POTENTIAL, lambda w, p: fast.jellium_vector_potential(_changed(w, frequency=SMALL), p),
       "todorov2014 Eq. 51")  # fmt: skip
_wrong("jellium-potential-linear", "The vector potential of small biases stands for that at hand.",
       POTENTIAL, _linear(POTENTIAL), "todorov2014 Eq. 51")  # fmt: skip
_wrong("jellium-potential-cut", "The sum over closed subbands, which falls off like 1/N, is cut off.",
       POTENTIAL, _cut, "todorov2014 Eq. 51")  # fmt: skip
_wrong("jellium-potential-open-only", "The sum of the vector potential runs over open subbands alone.",
       POTENTIAL, lambda w, p: 0 * fast.jellium_vector_potential(w, p), "todorov2014 Eq. 51")  # fmt: skip
_wrong("jellium-potential-modulus", "The root of |E - e| is taken where its real part is meant.",
       POTENTIAL, _also(lambda square: np.sqrt(np.abs(square)), 1), "todorov2014 Eq. 51")  # fmt: skip
_wrong("jellium-potential-eta", "The principal value is taken by a fixed width of the states.",
       POTENTIAL, _also(lambda square: np.real(np.sqrt(square - 2j * ETA)), 2),
       "todorov2014 Eq. 47")  # fmt: skip
_wrong("jellium-threshold-open", "A subband whose edge is next above the potential counts as open.",
       CURL, _beyond, "todorov2014 Eq. 38")  # fmt: skip
