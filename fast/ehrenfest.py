"""Classical coordinates under the mean force of the electrons that they drive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from electronwind import InvalidSystemError
from electronwind.body import ClassicalBody
from electronwind.doors import (
    blamed,
    checked_body,
    checked_choice,
    checked_model,
    checked_start,
    checked_times,
    described,
    only_wide_band,
)
from electronwind.dynamics import EhrenfestRun
from electronwind.models import Model
from electronwind.progress import checked_progress

from .checkpoint import checked_checkpoint, checked_file, followed
from .coupled import Coupled
from .flight import MANY, Flight
from .hopping import Chain, chain_of
from .marching import march_ehrenfest
from .options import CHAINS, METHODS, SOURCES, checked_method, checked_options
from .spectral import Grid

__all__ = ["ehrenfest"]


def ehrenfest(
    model: Model,
    body: ClassicalBody,
    start: Sequence[ArrayLike],
    times: ArrayLike,
    *,
    accuracy: float | None = None,
    step: float | None = None,
    order: int | None = None,
    method: str | None = None,
    grid: Grid | None = None,
    source: str = "exact",
    progress: bool | Callable[[float], Any] = False,
    checkpoint: str | Path | None = None,
    every: float = 30.0,
    stream: str | Path | None = None,
    watch: Callable[[float, Mapping[str, Any]], Any] | None = None,
) -> EhrenfestRun:
    """Return the motion of coordinates under the mean force of the electrons that they drive.

    Parameters
    ----------
    model : Model
        The family h(x), on wide-band leads.
    body : ClassicalBody
        Masses and the potential apart from the electrons.
    start : pair of array_like, shape (..., d)
        Position and velocity at the first time. A batch of starts is one run, with common steps.
    times : array_like, shape (t,)
        Increasing times. At the first one the electrons are in the steady state of the position. What is
        kept grows with their number, not with the time between them.
    accuracy, step, order, grid
        As in `driven`, 1e-9 unless asked for; on a grid velocity Verlet, order 1 or 2, without progress and
        checkpoint. On a chain the order is 4, and the steps are 0.7 of what is stable unless one of the two
        is given: the motion of long wires is chaotic.
    method : {"modes", "spectral", "neighbours"}, optional
        How the electrons are followed. By default "modes", and for 24 levels or more "neighbours" where the
        family is a chain: it offers its `bonds`, and no two leads broaden one level.
    source : {"exact", "frozen"}
        On a chain: whether the leads inject into the junction as it moves, or what they do at the start for
        ever. The latter is an approximation of the literature; it lowers the current of long wires.
    progress : bool or callable
        True for a bar on a terminal and a line every few seconds elsewhere, or a function that is called
        with the fraction done after every step.
    checkpoint : path, optional
        A file that the state is written to, and read from where it exists: a run that was killed goes on to
        the very same numbers. What is recorded is appended to a file beside it, of the same name and
        ``.rows``. Both stay when the run is done.
    every : float
        Seconds between two writings.
    stream : path, optional
        On a chain: an HDF5 file that what is recorded goes to, so that memory does not grow with the number
        of times. The fields of the result are its datasets, with an axis of starts in front, which are read
        where they are looked at. A file of another run is refused.
    watch : callable, optional
        On a chain: ``watch(time, row)`` is called at each of the times as it is reached, with what is
        recorded there by name, an axis of starts in front.

    Returns
    -------
    EhrenfestRun
        Its error adds up, over all steps, what the coordinates and the force may be off. On a chain it is an
        estimate of what the coordinates are off alone: the force answers the electrons at once, which the
        mass hides from the coordinates, and may be off by more: by the accuracy asked for, which is that of
        the density matrix, times the slopes of the hopping.

    Raises
    ------
    InvalidSystemError
        Bad times, starts or options, or a checkpoint of another problem.
    UnbroadenedLevelError
        A level that no lead broadens at a start.
    UnsupportedError
        A chain lead.
    PrecisionError
        The accuracy is out of reach.

    Notes
    -----
    Source: preston2022 Eq. 5-11 and Sec. II E, by auxiliary modes (see `modes`). Coordinates and electrons
    share the nodes of a step: the force is extrapolated from the step before, and electrons and coordinates
    are swept in turns until nothing changes. The mass makes that quick.
    """
    model = checked_model(model, lambda: start[0])
    d = len(model.coordinates)
    only_wide_band("ehrenfest", model.leads)
    x, v = checked_start(start, d)
    moments = checked_times(times)
    options = checked_options(1e-9 if accuracy is None else accuracy, step, order)
    chain = _checked_chain(model, method, source, order)
    on_grid = chain is None and checked_method(method or METHODS[0], grid)
    if chain is not None and grid is not None:
        raise InvalidSystemError("grid", described(grid), "no grid: a chain needs none")
    checked_progress(progress)
    path, every = checked_checkpoint(checkpoint, every)
    file = None if stream is None else checked_file(stream, "stream")
    for name, given in (("stream", stream), ("watch", watch)):
        if given is not None and chain is None:
            raise InvalidSystemError(name, described(given), "nothing: only a run of a chain takes it")
    if watch is not None and (not callable(watch) or isinstance(watch, type)):
        raise InvalidSystemError("watch", described(watch), "a function of a time and what is recorded then")
    watched = checked_body(body, x, strict=on_grid)
    shape = x.shape[:-1]
    x, v = x.reshape(-1, d), v.reshape(-1, d)
    if on_grid:
        return _shaped(march_ehrenfest(model, watched, (x, v), moments, options, grid), shape)
    run: Coupled | Flight
    if chain is not None:
        allowed = None if accuracy is None else options.accuracy
        frozen = source == "frozen"
        run = Flight(model, chain, watched, x, v, moments, allowed, options.step, frozen, file, watch)
    else:
        run = Coupled(model, watched, x, v, moments, options)
    with blamed(watched):
        followed(run, "ehrenfest", progress, path, every)
    return _shaped(run.result(), shape)


def _shaped(run: EhrenfestRun, shape: tuple[int, ...]) -> EhrenfestRun:
    """Return the run with its axis of starts given back the shape of the batch."""
    parts = {f.name: getattr(run, f.name) for f in fields(run) if f.name != "times"}
    # The datasets of a stream keep their one axis of starts, unless there is none to keep.
    batched: dict[str, Any] = {
        name: part.reshape(*shape, *part.shape[1:])
        for name, part in parts.items()
        if isinstance(part, np.ndarray)
    }
    return replace(run, **batched)


def _checked_chain(model: Model, method: str | None, source: str, order: int | None) -> Chain | None:
    """Return the chain where the run is that of one, refusing what makes no sense.

    Raises
    ------
    InvalidSystemError
        Naming `method`, `source` or `order`.
    """
    checked_choice("source", source, SOURCES)
    if method is not None:
        checked_choice("method", method, (*METHODS, CHAINS))
    offered = chain_of(model)
    if method == CHAINS and offered is None:
        expected = "modes or spectral: the family is no chain, with bonds and leads that share no level"
        raise InvalidSystemError("method", method, expected)
    many = offered is not None and len(offered.onsite) >= MANY
    chain = offered if method == CHAINS or (method is None and many) else None
    if source != SOURCES[0] and chain is None:
        raise InvalidSystemError("source", source, f"{SOURCES[0]}: only a chain has another one")
    if chain is not None and order not in (None, 4):
        raise InvalidSystemError("order", str(order), "4, or none: no other order is offered on a chain")
    return chain
