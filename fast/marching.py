"""Runs on a grid of frequencies: `driven` and `ehrenfest` with ``method="spectral"``."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from electronwind import InvalidSystemError
from electronwind.body import ClassicalBody
from electronwind.dynamics import DrivenRun, EhrenfestRun
from electronwind.models import Model

from .clock import counted
from .laws import OFF, SLACK, filled
from .options import Options
from .spectral import Grid, Spectral, constants

__all__ = ["march", "march_driven", "march_ehrenfest"]

Array = np.ndarray[Any, Any]


def march_driven(
    model: Model, path: Callable[[Array], Array], times: Array, options: Options, grid: Grid | None
) -> DrivenRun:
    """Return `driven` on a grid of frequencies; path takes times of shape (t,)."""
    step, order = _checked(options, times, 4)
    grid = grid or Grid()
    fine, cut = march(model, path, times, step, order, grid)
    coarse, _ = march(model, path, times, 2 * step, order, grid)
    density, current = fine
    error = float(np.max(np.abs(density - coarse[0]))) / (2**order - 1) + cut
    filled(density, SLACK + OFF * error)
    force = -model.degeneracy * np.einsum("tdij,tji->td", model.gradient(path(times)), density).real
    return DrivenRun(times, density, force, current, error)


def march(
    model: Model, path: Callable[[Array], Array], times: Array, step: float, order: int, grid: Grid
) -> tuple[tuple[Array, Array], float]:
    """Return density matrices and currents at the times, and what the grid leaves out."""
    electrons = Spectral(model.at(path(times[:1])), grid)
    densities = [electrons.density_matrix()]
    currents = [electrons.current(densities[0])]
    for begin, end in pairwise(times):
        count = int(np.ceil((end - begin) / step * (1 - 1e-12)))
        length = (end - begin) / count
        where, mix, durations = constants(order, length)
        for k in range(count):
            h = model.hamiltonian(path(begin + (k + where) * length))
            for row, duration in zip(mix, durations, strict=True):
                electrons.advance(np.tensordot(row, h, 1)[None], duration)
        densities.append(electrons.density_matrix())
        currents.append(electrons.current(densities[-1]))
    return (np.concatenate(densities), np.concatenate(currents)), electrons.cut


def march_ehrenfest(
    model: Model,
    body: ClassicalBody,
    start: tuple[Array, Array],
    times: Array,
    options: Options,
    grid: Grid | None,
) -> EhrenfestRun:
    """Return `ehrenfest` on a grid of frequencies for a batch of starts, shape (B, d)."""
    step, order = _checked(options, times, 2)
    if order > 2:
        raise InvalidSystemError("order", repr(order), "1 or 2 for ehrenfest with the spectral method")
    fine: dict[str, Any] = _verlet(model, body, start, times, step, order, grid or Grid())
    coarse = _verlet(model, body, start, times, 2 * step, order, grid or Grid())
    shift = float(np.max(np.abs(fine["position"] - coarse["position"])))
    kinetic = np.sum(body.mass * fine["velocity"] ** 2, axis=-1) / 2
    potential = body.potential.energy(fine["position"])
    error = shift / (2**order - 1)
    return EhrenfestRun(times, kinetic=kinetic, potential=potential, error=error, kernel="spectral", **fine)


def _verlet(
    model: Model,
    body: ClassicalBody,
    start: tuple[Array, Array],
    times: Array,
    step: float,
    order: int,
    grid: Grid,
) -> dict[str, Array]:
    """Return what is recorded, by velocity Verlet with one step of the electrons for each step."""
    x, v = start
    electrons = Spectral(model.at(x), grid)
    density, work = electrons.density_matrix(), np.zeros(len(x))

    def pull(x: Array) -> Array:
        return -model.degeneracy * np.einsum("bdij,bji->bd", model.gradient(x), density).real

    def observed() -> dict[str, Array]:
        electronic = model.degeneracy * np.einsum("bij,bji->b", model.hamiltonian(x), density).real
        flow = electrons.current(density)
        return {
            "position": x,
            "velocity": v,
            "force": force,
            "current": flow,
            "electronic": electronic,
            "work": work,
        }

    force = pull(x)
    power = electrons.power(model.hamiltonian(x), density)
    rows = [observed()]
    for gap in np.diff(times):
        count = int(np.ceil(gap / step * (1 - 1e-12)))
        length = gap / count
        for _ in range(count):
            v = v + length / 2 * (force - body.potential.gradient(x)) / body.mass
            before, x = x, x + length * v
            electrons.advance(model.hamiltonian(before if order == 1 else (before + x) / 2), length)
            density = electrons.density_matrix()
            force = pull(x)
            v = v + length / 2 * (force - body.potential.gradient(x)) / body.mass
            last, power = power, electrons.power(model.hamiltonian(x), density)
            work = work + length / 2 * (last + power)
        rows.append(observed())
    return {name: np.stack([row[name] for row in rows], axis=1) for name in rows[0]}


def _checked(options: Options, times: Array, default: int) -> tuple[float, int]:
    if options.step is None:
        raise InvalidSystemError("step", "None", "a step for the spectral method: it does not choose its own")
    order = options.order or default
    constants(order, options.step)  # refuses an order that there is not
    counted(float(times[-1] - times[0]), options.step)
    return options.step, order
