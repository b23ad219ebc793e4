"""What a run records, one row for each time: in memory, or in a file where it would not fit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import prod
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from electronwind import InvalidSystemError, UnsupportedError

__all__ = ["History", "Memory", "Stream"]

Array = np.ndarray[Any, Any]

# Numbers that wait in memory before they are written.
WAITING = 2**21
# The file says whose run it holds.
MARK = "electronwind run"


class History(Protocol):
    """Where rows go, one for each time and in order, batch axis first."""

    @property
    def width(self) -> int:
        """Numbers in a row that a checkpoint has to hold."""
        ...

    def put(self, index: int, row: Mapping[str, Array]) -> None:
        """Keep what was recorded at a time."""
        ...

    def unsaved(self) -> Array:
        """Return the rows since this was asked last, shape (k, `width`); the others are safe."""
        ...

    def restore(self, rows: Array) -> None:
        """Go back to what was saved: the first rows, of shape (k, `width`)."""
        ...

    def arrays(self) -> dict[str, Any]:
        """Return what was recorded, shape (B, t, ...)."""
        ...


class Memory:
    """Rows in arrays.

    Parameters
    ----------
    shapes : mapping
        Of the arrays, (B, t, ...), by name.
    complex : collection of str
        Names of the arrays of complex numbers.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], complex: Collection[str] = ()) -> None:
        self._arrays: dict[str, Array] = {
            name: np.zeros(shape, np.complex128 if name in complex else np.float64)
            for name, shape in shapes.items()
        }
        self._count = self._saved = 0

    @property
    def width(self) -> int:
        """Numbers in a row, two for a complex one."""
        return sum(a[:, :1].nbytes for a in self._arrays.values()) // 8

    def put(self, index: int, row: Mapping[str, Array]) -> None:
        """Keep what was recorded at a time."""
        for name, value in row.items():
            self._arrays[name][:, index] = value
        self._count = index + 1

    def unsaved(self) -> Array:
        """Return the rows that were put since."""
        new = slice(self._saved, self._count)
        self._saved = self._count
        parts = [np.ascontiguousarray(np.moveaxis(a[:, new], 1, 0)) for a in self._arrays.values()]
        rows = [part.reshape(len(part), prod(part.shape[1:])).view(np.float64) for part in parts]
        return np.concatenate(rows, axis=1)

    def restore(self, rows: Array) -> None:
        """Take the first rows from elsewhere."""
        self._saved = self._count = len(rows)
        at = 0
        for array in self._arrays.values():
            one = array[:, 0]
            width = one.nbytes // 8
            part = np.ascontiguousarray(rows[:, at : at + width]).view(array.dtype)
            array[:, : len(rows)] = np.moveaxis(part.reshape(len(rows), *one.shape), 0, 1)
            at += width

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

    @property
    def width(self) -> int:
        """None: the file holds the rows."""
        return 0

    def unsaved(self) -> Array:
        """Write what waits; a checkpoint need hold nothing."""
        self._write()
        return np.empty((0, 0))

    def restore(self, rows: Array) -> None:
        """Forget what waits: the rows after the state are written again."""
        del rows
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
