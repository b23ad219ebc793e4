"""What a run on a chain keeps at the times that were asked for: see `flight`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from electronwind.body import ClassicalBody

from .flight_state import Now
from .history import History, Memory, Stream
from .hopping import Electrons
from .laws import OFF, SLACK, filled

__all__ = ["Record"]

Array = np.ndarray[Any, Any]


class Record:
    """The rows of a run, one for each time.

    Parameters
    ----------
    body, electrons
        What is under way.
    batch : int
        Number of runs.
    times : ndarray, shape (t,)
        When rows are kept.
    stream : Path or None
        A file that they go to.
    watch : callable or None
        It is called with each time, and what is recorded there.
    fingerprint : str
        Whose rows they are.

    Attributes
    ----------
    history : History
        Where they are.

    Raises
    ------
    UnsupportedError
        A stream and no h5py.
    InvalidSystemError
        The file of the stream holds another run.
    """

    def __init__(
        self,
        body: ClassicalBody,
        electrons: Electrons,
        batch: int,
        times: Array,
        stream: Path | None,
        watch: Callable[[float, Mapping[str, Array]], Any] | None,
        fingerprint: str,
    ) -> None:
        self._body, self._electrons, self._times, self._watch = body, electrons, times, watch
        n, leads, d = len(electrons.energies), len(electrons.leads), len(electrons.levels)
        sizes: dict[str, tuple[int, ...]] = {"position": (d,), "velocity": (d,), "force": (d,)}
        sizes |= {"current": (leads,), "entered": (leads,), "bond_current": (n - 1,)}
        sizes |= dict.fromkeys(("electronic", "work", "charge", "kinetic", "potential"), ())
        shapes = {name: (batch, len(times), *size) for name, size in sizes.items()}
        self.history: History = Memory(shapes)
        if stream is not None:
            self.history = Stream(stream, shapes, times, fingerprint)

    def put(self, index: int, now: Now, rough: float) -> None:
        """Keep a state, whose density matrix may be off by a number, as the row of a time."""
        e = self._electrons
        diagonals = [np.diagonal(now.sigma, k, -2, -1)[..., 1:-1] for k in (0, 1)]
        filled_levels, order, flow = diagonals[0][:, 0], diagonals[1][:, 0], diagonals[1][:, 1]
        seen = np.stack([filled_levels, np.pad(order, ((0, 0), (0, 1)))], axis=1)
        _, current = e.entering(now.hopping, now.inflow, seen)
        energy = filled_levels @ e.energies + 2 * np.sum(now.hopping * order, axis=-1)
        row = {"position": now.x, "velocity": now.v, "force": now.force, "current": current}
        row |= {"entered": now.entered, "bond_current": 2 * e.degeneracy * now.hopping * flow}
        row |= {"electronic": e.degeneracy * energy, "work": now.work}
        row |= {"charge": e.degeneracy * np.sum(filled_levels, axis=-1)}
        row |= {"kinetic": np.sum(self._body.mass * now.v**2, axis=-1) / 2}
        row |= {"potential": self._body.potential.energy(now.x)}
        self.history.put(index, row)
        # Off-diagonal elements further out are bounded by those of the diagonal.
        near = np.zeros((len(order), order.shape[-1], 2, 2), complex)
        near[..., 0, 0], near[..., 1, 1] = filled_levels[:, :-1], filled_levels[:, 1:]
        near[..., 0, 1] = order + 1j * flow
        filled(near, SLACK + OFF * rough)
        if self._watch is not None:
            self._watch(float(self._times[index]), row)
