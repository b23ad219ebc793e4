"""What a run on a chain records: in memory, or in a file where it would not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from electronwind import InvalidSystemError, UnsupportedError

__all__ = ["Kept", "Memory", "Stream"]

Array = np.ndarray[Any, Any]

# Numbers that wait in memory before they are written.
WAITING = 2**21
# The file says whose run it holds.
MARK = "electronwind run"


class Kept(Protocol):
    """Where rows go, one for each time, batch axis first."""

    def put(self, index: int, row: Mapping[str, Array]) -> None:
        """Keep what was recorded at a time."""
        ...

    def state(self) -> dict[str, Array]:
        """Return what a checkpoint must hold; all that was put is safe when it returns."""
        ...

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go to a state that was saved."""
        ...

    def arrays(self) -> dict[str, Any]:
        """Return what was recorded, shape (B, t, ...)."""
        ...


class Memory:
    """Rows in arrays."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self._arrays = {name: np.zeros(shape) for name, shape in shapes.items()}

    def put(self, index: int, row: Mapping[str, Array]) -> None:
        """Keep what was recorded at a time."""
        for name, value in row.items():
            self._arrays[name][:, index] = value

    def state(self) -> dict[str, Array]:
        """Return all rows."""
        return {f"kept_{name}": array for name, array in self._arrays.items()}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go to a state that was saved."""
        self._arrays = {name: state[f"kept_{name}"] for name in self._arrays}

    def arrays(self) -> dict[str, Any]:
        """Return what was recorded."""
        return dict(self._arrays)


class Stream:
    """Rows in an HDF5 file, of which few wait in memory.

    Every dataset has its place in the file before the first row comes: a process that is killed leaves a file
    that can be read, up to the rows that waited.

    Parameters
    ----------
    path : Path
        The file.
    shapes : mapping
        Of the datasets, (B, t, ...).
    times : ndarray, shape (t,)
        They are written too.
    problem : str
        Fingerprint of the run: a file of another one is not written over.

    Raises
    ------
    InvalidSystemError
        The file is there and holds something else.
    UnsupportedError
        There is no h5py.
    """

    def __init__(self, path: Path, shapes: Mapping[str, tuple[int, ...]], times: Array, problem: str) -> None:
        self._h5py = _h5py()
        self._path, self._shapes = path, dict(shapes)
        self._waiting: list[tuple[int, dict[str, Array]]] = []
        self._numbers = 0
        if path.exists():
            self._own(problem)
            return
        with self._h5py.File(path, "w") as file:
            file.attrs[MARK] = problem
            file["times"] = times
            early = self._h5py.h5p.create(self._h5py.h5p.DATASET_CREATE)
            early.set_alloc_time(self._h5py.h5d.ALLOC_TIME_EARLY)
            for name, shape in self._shapes.items():
                space = self._h5py.h5s.create_simple(shape)
                self._h5py.h5d.create(file.id, name.encode(), self._h5py.h5t.IEEE_F64LE, space, early).close()

    def _own(self, problem: str) -> None:
        expected = "a file of this run, or none"
        try:
            with self._h5py.File(self._path, "r") as file:
                mine = file.attrs.get(MARK) == problem
                mine = mine and all(file[name].shape == shape for name, shape in self._shapes.items())
        # What is no HDF5 file, or lacks a dataset.
        except (OSError, KeyError, RuntimeError) as error:
            came = f"{self._path}, which cannot be read ({error})"
            raise InvalidSystemError("stream", came, expected) from error
        if not mine:
            raise InvalidSystemError("stream", f"{self._path}, which holds another run", expected)

    def put(self, index: int, row: Mapping[str, Array]) -> None:
        """Keep what was recorded at a time."""
        self._waiting.append((index, {name: np.array(value) for name, value in row.items()}))
        self._numbers += sum(np.size(value) for value in row.values())
        if self._numbers >= WAITING:
            self._write()

    def _write(self) -> None:
        if not self._waiting:
            return
        with self._h5py.File(self._path, "r+") as file:
            # Rows come in order.
            first, last = self._waiting[0][0], self._waiting[-1][0]
            for name in self._shapes:
                rows: Iterable[Array] = (row[name] for _, row in self._waiting)
                file[name][:, first : last + 1] = np.stack(list(rows), axis=1)
        self._waiting, self._numbers = [], 0

    def state(self) -> dict[str, Array]:
        """Write what waits; a checkpoint need hold nothing."""
        self._write()
        return {}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Forget what waits: the rows after the state are written again."""
        del state
        self._waiting, self._numbers = [], 0

    def arrays(self) -> dict[str, Any]:
        """Return the datasets of the file, open for reading: they are read where they are looked at."""
        self._write()
        file = self._h5py.File(self._path, "r")
        return {name: file[name] for name in self._shapes}


def _h5py() -> Any:
    try:
        import h5py
    except ImportError as error:
        words = "a stream needs h5py: pip install electronwind[stream]"
        raise UnsupportedError(words) from error
    return h5py
