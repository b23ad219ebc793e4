"""Mistakes in Ehrenfest and Langevin runs: the body, the clock, the friction, the noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import ClassicalBody, LangevinRun, Model, Potential, fast

from ..registry import Kind, transpose
from .registry import Fields, keeping_state, plant_run, refitted, reported, rows, rows_late

Array = NDArray[Any]

SOFTWARE: Kind = "software"
NEWTON = "m x'' = -U' + F"
ENERGY = "conservation of energy"
NOISE = "preston2022 Eq. 20: <df df> = D delta(t - t')"
DRAG = "preston2022 Eq. 26"
BATCH = "definition of a batch"
CLOCK = "the zero of time is arbitrary"
LEADS = "each lead has a Fermi function of its own"

# --- both -----------------------------------------------------------------------------------------


def _body(change: Callable[[ClassicalBody, Array], ClassicalBody], run: str) -> dict[str, Any]:
    def wrong(model: Model, body: ClassicalBody, start: Any, times: Any, **options: Any) -> Any:
        return getattr(fast, run)(model, change(body, np.asarray(start[0])), start, times, **options)

    return {run: wrong}


def _one_mass(body: ClassicalBody, _: Array) -> ClassicalBody:
    return ClassicalBody(body.mass.flat[0], body.potential)


def _linear(body: ClassicalBody, x: Array) -> ClassicalBody:
    """Keep of the potential what a Taylor series of first order keeps."""
    slope, height = body.potential.gradient(x), body.potential.energy(x)
    return ClassicalBody(
        body.mass,
        Potential(lambda y: height + np.sum(slope * (y - x), axis=-1), lambda y: slope + 0 * y),
    )


def _from_zero(run: str, model: Model, body: Any, start: Any, times: Any, **options: Any) -> Any:
    if float(times[0]) <= 0:
        return getattr(fast, run)(model, body, start, times, **options)
    found = rows(getattr(fast, run)(model, body, start, [0.0, *times], **options), run)
    scalar = ("kinetic", "potential", "electronic", "work")
    return {key: value[..., 1:] if key in scalar else value[..., 1:, :] for key, value in found.items()}


def _first_start(run: str, model: Model, body: Any, start: Any, times: Any, **options: Any) -> Any:
    x, v = (np.asarray(part) for part in start)
    one = tuple(np.broadcast_to(part[:1], part.shape) if part.ndim > 1 else part for part in (x, v))
    return getattr(fast, run)(model, body, one, times, **options)


def _averaged(model: Model) -> Any:
    return lambda a, lead: {"mu": np.mean([one.mu for one in model.leads])}


for run in ("ehrenfest", "langevin"):
    plant_run(f"{run}-one-mass", "The first mass serves all coordinates.", _body(_one_mass, run),
              source=NEWTON)  # fmt: skip
    plant_run(f"{run}-potential-linearised", "The potential is a straight line through the start.",
              _body(_linear, run), source=NEWTON)  # fmt: skip
    plant_run(f"{run}-late-velocity", "Velocities are half a step late.",
              {run: lambda *given, run=run, **o: rows_late(run, ("velocity",), *given, **o)},
              source=NEWTON)  # fmt: skip
    plant_run(f"{run}-starts-at-zero", "The run begins at t = 0 whatever the first time.",
              {run: partial(_from_zero, run)}, source=CLOCK)  # fmt: skip
    plant_run(f"{run}-first-start", "The first start of a batch stands for all.",
              {run: partial(_first_start, run)}, source=BATCH, kind=SOFTWARE)  # fmt: skip
    refitted((run,), run, "averaged-potentials", "All leads get the mean of the potentials.", _averaged,
             source=LEADS)  # fmt: skip

# --- Ehrenfest ------------------------------------------------------------------------------------

ehrenfest = partial(reported, "ehrenfest")
ehrenfest("ehrenfest-force-sign", "The force of the electrons is reported as that on them.",
          lambda f, *_: {"force": -f["force"]}, source=NEWTON)  # fmt: skip
ehrenfest("work-left-out", "The energy that the leads bring in is left out.",
          lambda f, *_: {"work": 0 * f["work"]}, source=ENERGY)  # fmt: skip
ehrenfest("work-sign", "The energy of the leads counts out of the junction.",
          lambda f, *_: {"work": -f["work"]}, source=ENERGY)  # fmt: skip
ehrenfest("electronic-per-spin", "The energy of the electrons lacks the spin factor.",
          lambda f, m, *_: {"electronic": f["electronic"] / m.degeneracy}, source=ENERGY)  # fmt: skip
ehrenfest("kinetic-doubled", "The kinetic energy lacks its factor 1/2.",
          lambda f, *_: {"kinetic": 2 * f["kinetic"]}, source=ENERGY)  # fmt: skip
ehrenfest("ehrenfest-mean-force", "The force is the mean over a batch.",
          lambda f, *_: {"force": np.mean(f["force"], axis=0, keepdims=True) + 0 * f["force"]
                         if f["force"].ndim > 2 else f["force"]},
          source=BATCH, kind=SOFTWARE)  # fmt: skip


def _follows(f: Fields, *given: Any) -> Fields:
    slow = rows(fast.langevin(*given), "langevin")
    return {key: slow[key] for key in ("position", "velocity", "force")}


ehrenfest("adiabatic-ehrenfest", "Adiabatic force and friction stand for the force of the electrons.",
          _follows, source="preston2022 Sec. II E")  # fmt: skip
plant_run("ehrenfest-late-force", "The force is that of one step before.",
          {"ehrenfest": lambda *given, **o: rows_late("ehrenfest", ("force",), *given, **o)},
          source=NEWTON)  # fmt: skip
plant_run("ehrenfest-fixed-step", "The time step is fixed, whatever the problem.",
          {"ehrenfest": lambda *given, **_: fast.ehrenfest(*given, order=2, step=0.25)},
          source=NEWTON, kind=SOFTWARE)  # fmt: skip
plant_run("ehrenfest-step-of-the-list", "The time step is the distance of the times asked for.",
          {"ehrenfest": lambda *given, **_: fast.ehrenfest(
              *given, order=2, step=float(np.max(np.diff(given[-1]), initial=1e-3)))},
          source=NEWTON, kind=SOFTWARE)  # fmt: skip


keeping_state("ehrenfest", "current")

# --- Langevin -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Walk:
    """A Langevin solver that takes fixed steps, of fourth order without noise; each hook is a mistake."""

    step: float = 1 / 16
    euler: bool = False
    per_spin: bool = False
    frozen: bool = False
    always: bool = False
    down: float = 1.0
    drag: Callable[[Array], Array] = lambda xi: xi
    strength: Callable[[Any, Array], Array] = lambda system, d: d
    numbers: Callable[[np.random.Generator, tuple[int, ...]], Array] = lambda draw, shape: (
        draw.standard_normal(shape)
    )
    seed: Callable[[int | None], int | None] = lambda seed: seed
    power: float = 0.5
    # Where the noise is taken: of the start and the present position.
    place: Callable[[Array, Array], Array] = lambda begun, x: x

    def langevin(
        self, model: Model, body: ClassicalBody, start: Any, times: ArrayLike, *,
        noise: bool = False, seed: int | None = None, **_: Any,
    ) -> LangevinRun:  # fmt: skip
        """Take steps and kicks."""
        x, v = (np.array(part, dtype=float) for part in start)
        moments, begun = np.asarray(times, dtype=float), x
        first = model.at(x)
        spin = first.degeneracy if self.per_spin else 1

        def electrons(x: Array, v: Array) -> Array:
            here = model.at(x)
            xi = self.drag(fast.friction(first if self.frozen else here))
            return np.asarray(fast.force(here) / spin - np.einsum("...mv,...v->...m", xi, v))

        def slope(x: Array, v: Array) -> tuple[Array, Array]:
            return v, (electrons(x, v) - self.down * body.potential.gradient(x)) / body.mass

        counts = [max(1, int(np.ceil((b - a) / self.step - 1e-9))) for a, b in pairwise(moments)]
        draw = np.random.default_rng(self.seed(seed))
        random = self.numbers(draw, (sum(counts), *x.shape))
        records = [(x, v, electrons(x, v))]
        done = 0
        for (begin, end), count in zip(pairwise(moments), counts, strict=True):
            dt = (end - begin) / count
            for _k in range(count):
                if noise or self.always:
                    here = model.at(self.place(begun, x))
                    d = self.strength(here, fast.white_noise(here))
                    values, vectors = np.linalg.eigh(d)
                    root = vectors * np.sqrt(np.maximum(values, 0))[..., None, :]
                    kick = np.einsum("...mv,...v->...m", root, random[done]) * dt**self.power / body.mass
                else:
                    kick = np.zeros_like(v)
                x, v = self._advance(slope, x, v, dt)
                v = v + kick
                done += 1
            records.append((x, v, electrons(x, v)))
        position, velocity, force = (np.stack(part, axis=-2) for part in zip(*records, strict=True))
        return LangevinRun(moments, position, velocity, force, seed if noise else None)

    def _advance(self, slope: Any, x: Array, v: Array, dt: float) -> tuple[Array, Array]:
        a, b = slope(x, v)
        if self.euler:
            return x + dt * a, v + dt * b
        c, d = slope(x + dt / 2 * a, v + dt / 2 * b)
        e, f = slope(x + dt / 2 * c, v + dt / 2 * d)
        g, h = slope(x + dt * e, v + dt * f)
        return x + dt / 6 * (a + 2 * c + 2 * e + g), v + dt / 6 * (b + 2 * d + 2 * f + h)


def walk(name: str, says: str, source: str, kind: Kind = "physics", **hooks: Any) -> None:
    """Plant a wrong Langevin solver."""
    plant_run(f"langevin-{name}", says, {"langevin": Walk(**hooks).langevin}, source=source, kind=kind)


def _by_fdt(system: Any, _: Array) -> Array:
    xi = fast.friction(system)
    return np.asarray(system.leads[0].temperature * (xi + transpose(xi)))


walk("friction-sign", "The friction pushes.", DRAG, drag=lambda xi: -xi)
walk("friction-transposed", "The friction is transposed.", DRAG, drag=transpose)
walk("diagonal-friction", "Only the diagonal of the friction is used.", DRAG,
     drag=lambda xi: xi * np.eye(xi.shape[-1]))  # fmt: skip
walk("no-friction", "The friction is left out.", DRAG, drag=lambda xi: 0 * xi)
walk("frozen-friction", "The friction is that of the start.", DRAG, frozen=True)
walk("spin-dropped", "The force lacks the spin factor.", "definition of the spin factor", per_spin=True)
walk("potential-sign", "The force of the potential has the wrong sign.", NEWTON, down=-1.0)
walk("fixed-step", "Steps of fixed length, of first order.", NEWTON, SOFTWARE, euler=True)
walk("step-of-the-list", "The time step is the distance of the times asked for.", NEWTON, SOFTWARE,
     step=np.inf)  # fmt: skip
walk("noise-unasked", "There is noise even where none was asked for.", NOISE, always=True)
walk("noise-doubled", "The noise is twice too strong.", NOISE, strength=lambda s, d: 2 * d)
walk("noise-halved", "The noise is half as strong as it should be.", NOISE, strength=lambda s, d: d / 2)
walk("noise-step-squared", "A kick is in proportion to dt, not to its root.", NOISE, power=1.0)
walk("noise-uncorrelated", "The noises of the coordinates are independent.", NOISE,
     strength=lambda s, d: d * np.eye(d.shape[-1]))  # fmt: skip
walk("noise-by-fdt", "The noise is 2 T friction, at any bias.", NOISE, strength=_by_fdt)
walk("noise-of-the-start", "The noise keeps the strength that it has at the start.", NOISE,
     place=lambda begun, x: begun)  # fmt: skip
walk("noise-of-the-first", "In a batch the strength of the noise is that of the first walker.", NOISE,
     SOFTWARE, place=lambda begun, x: np.broadcast_to(x.reshape(-1, x.shape[-1])[0], x.shape))  # fmt: skip


def _mirrored(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    half = draw.standard_normal(((shape[0] + 1) // 2, *shape[1:]))
    return np.concatenate([half, half[::-1][shape[0] % 2 :]])


def _shared(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    one = draw.standard_normal((shape[0], *(1 for _ in shape[2:]), *shape[-1:]))
    return np.broadcast_to(one, shape)


def _repeated(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    # Each number serves for eight steps: longer than the distance of the times asked for.
    return np.repeat(draw.standard_normal((shape[0] // 8 + 1, *shape[1:])), 8, axis=0)[: shape[0]]


walk("noise-mirrored", "The second half of the noise is the first in reverse, as of real Fourier amplitudes.",
     NOISE, numbers=_mirrored)  # fmt: skip
walk("noise-shared", "All walkers feel the same noise.", BATCH, SOFTWARE, numbers=_shared)
walk("noise-repeated", "Random numbers serve for several steps.", NOISE, SOFTWARE, numbers=_repeated)
walk("seed-ignored", "Every run has noise of its own, whatever the seed.", "a seed fixes the noise", SOFTWARE,
     seed=lambda seed: None)  # fmt: skip
walk("seed-zero-is-none", "A seed of 0 is taken for none.", "a seed fixes the noise", SOFTWARE,
     seed=lambda seed: seed or None)  # fmt: skip
walk("seed-fixed", "All seeds give the same noise.", "a seed fixes the noise", SOFTWARE, seed=lambda seed: 0)
