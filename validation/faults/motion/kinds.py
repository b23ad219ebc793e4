"""Mistakes that only some kinds of questions show: whole numbers, unequal masses, batches, long runs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import ClassicalBody, JelliumWire, Model, fast, models
from electronwind.fast.vibrations import _damped, _friction

from ..registry import plant
from ..steady.vibrations import static
from .registry import Fields, plant_run, reported

Array = NDArray[Any]

WIRES = ["jellium_curl", "jellium_friction", "jellium_vector_potential"]


def _whole(model: Model, body: ClassicalBody, x: Any) -> Array:
    """Return the stiffness by small steps from x, which vanish in an array of whole numbers."""
    value = fast.stiffness(model, body, x)
    return 0 * value if np.asarray(x).dtype.kind in "iu" else value


def _forward(model: Model, body: ClassicalBody, x: Any) -> Array:
    """Return the stiffness with one step forwards for second derivatives that the potential does not have."""
    value = fast.stiffness(model, body, x)
    if callable(getattr(body.potential, "hessian", None)):
        return value
    place, step = np.asarray(x, dtype=float), 2.0**-16
    ends = [
        body.potential.gradient(place[..., None, :] + side * step * np.eye(place.shape[-1]))
        for side in (1, 0, -1)
    ]
    # Half of the second difference is what one step forwards adds to a step both ways.
    return np.asarray(value + (ends[0] - 2 * ends[1] + ends[2]) / (2 * step))


def _unweighted(model: Model, body: ClassicalBody, x: Any, friction: bool = True) -> dict[str, Any]:
    found = vars(fast.vibrations(model, body, x, friction))
    modes = found["modes"]
    return found | {"modes": modes / np.linalg.norm(modes, axis=-2, keepdims=True)}


def _first_friction(model: Model, body: ClassicalBody, x: Any, friction: bool = True) -> dict[str, Any]:
    """Return the vibrations about positions, all with the friction of the first."""
    found = vars(fast.vibrations(model, body, x, friction))
    if not friction:
        return found
    place = np.asarray(x, dtype=float)
    d = place.shape[-1]
    eta = _friction(model, place.reshape(-1, d)[0])
    masses = np.broadcast_to(np.asarray(body.mass, dtype=float), d)
    each = [_damped(k, eta, masses) for k in found["stiffness"].reshape(-1, d, d)]
    frequencies, modes = (np.stack(part) for part in zip(*each, strict=True))
    shapes = found["frequencies"].shape, found["modes"].shape
    return found | {"frequencies": frequencies.reshape(shapes[0]), "modes": modes.reshape(shapes[1])}


def _first_place(model: Model, body: ClassicalBody, x: Any) -> Array:
    value = fast.stiffness(model, body, x)
    return np.broadcast_to(value[(0,) * (value.ndim - 2)], value.shape)


def _first_wire(name: str) -> Any:
    def wrong(wire: JelliumWire, points: Any) -> Array:
        value = np.array(getattr(fast, name)(wire, points))
        return np.broadcast_to(value[(0,) * len(wire.shape)], value.shape)

    return wrong


def _leaks(found: Fields, model: Model, body: Any, start: Any, times: Any) -> Fields:
    share = 1 - 4e-6 * (np.asarray(times, dtype=float) - times[0]) ** 2
    return {"velocity": found["velocity"] * share[:, None], "kinetic": found["kinetic"] * share**2}


def _vertices(model: Model, trajectory: Any, time: float, delays: Any, **options: Any) -> Any:
    """Return the record with dh/dx of the later time at both times."""
    slopes = model.gradient(np.asarray(trajectory(time), dtype=float))
    still = models.family(
        model.hamiltonian,
        lambda x: slopes + 0 * np.asarray(x)[..., :1, None, None],
        model.leads,
        len(model.coordinates),
        model.degeneracy,
    )
    return fast.two_time_noise(still, trajectory, time, delays, **options)


static("stiffness-of-whole-numbers", "Small steps vanish in positions that are whole numbers.",
       {"stiffness": _whole}, "cunningham2014 Eq. 5")  # fmt: skip
static("stiffness-by-forward-steps", "Second derivatives that a potential lacks are one step forwards.",
       {"stiffness": _forward}, "cunningham2014 Eq. 5")  # fmt: skip
static("vibrations-modes-unweighted", "Modes are normalised to 1, whatever the masses.",
       {"vibrations": _unweighted}, "cunningham2014 Eq. 5-8")  # fmt: skip
static("vibrations-first-friction", "In a batch of positions the friction is that of the first.",
       {"vibrations": _first_friction}, "definition of a batch")  # fmt: skip
static("stiffness-of-first-place", "In a batch of positions the stiffness is that of the first.",
       {"stiffness": _first_place}, "definition of a batch")  # fmt: skip
plant("jellium-first-wire", "In a batch of wires the first stands for all.",
      lambda: {name: _first_wire(name) for name in WIRES}, WIRES, source="definition of a batch",
      kind="software")  # fmt: skip
reported("ehrenfest", "ehrenfest-leaks", "Rounding takes a little of the velocity, more and more.", _leaks,
         source="m x'' = -U' + F", kind="software")  # fmt: skip
plant_run("memory-vertices-of-now", "dh/dx at both times is that of the later one.",
          {"two_time_noise": _vertices}, source="preston2022 Eq. 62")  # fmt: skip
