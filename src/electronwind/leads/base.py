"""What all leads have in common: named energies, a batch shape, and plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .._arrays import ComplexArray, FloatArray, assembled, described
from ..errors import InvalidSystemError

__all__ = ["Cell", "Lead", "Numbers", "checked_leads", "lead_from_dict", "norm"]

Numbers = Callable[[tuple[int, ...]], FloatArray]

_KINDS: dict[str, type[Lead]] = {}


class Cell(NamedTuple):
    """What a lead with bands repeats; one orbital of a chain, m of a crystal.

    Attributes
    ----------
    onsite : ndarray, shape (..., m, m)
        Hamiltonian of a cell. Unit: energy.
    hopping : ndarray, shape (..., m, m)
        From a cell (rows) to the next one outwards (columns). Unit: energy.
    coupling : ndarray, shape (..., s, m)
        From the sites of the lead (rows) to the first cell (columns). Unit: energy.
    """

    onsite: NDArray[Any]
    hopping: NDArray[Any]
    coupling: NDArray[Any]


class Lead:
    """A retarded self-energy on some levels, filled like a Fermi function.

    A kind of lead is a frozen dataclass that derives from this. All its numbers are energies: `axes` names
    them and tells how many of their last axes are not batch axes. Numbers with such axes are complex
    matrices, all others are real. Whoever wants to know something of a lead asks it here; nobody else asks of
    which kind it is, but those who give each kind its self-energy.
    """

    kind: ClassVar[str]
    axes: ClassVar[Mapping[str, int]]
    # Whether the self-energy is the same at all energies: such a lead has the matrix `broadening`.
    wide_band: ClassVar[bool] = False

    mu: FloatArray
    temperature: FloatArray

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        _KINDS[cls.kind] = cls

    if TYPE_CHECKING:  # a field of some kinds, for which a property here would be a default

        @property
        def sites(self) -> tuple[int, ...]:
            """Levels that the lead touches, in the order of the rows of its self-energy."""
            raise NotImplementedError

    @property
    def levels(self) -> int | None:
        """Number of levels of the systems that the lead fits, or None where it fits larger ones too."""
        return None

    @property
    def channels(self) -> int:
        """Channels that it may have at most: the rank of its broadening."""
        return len(self.sites)

    @property
    def shape(self) -> tuple[int, ...]:
        """Batch shape that the numbers of the lead broadcast to."""
        return self._batch_shape()

    @property
    def size(self) -> FloatArray:
        """Largest energy of the lead apart from its occupation, of its batch shape."""
        sizes = [
            np.max(np.abs(value), axis=tuple(range(-core, 0)), initial=0.0) if core else np.abs(value)
            for name, value, core in self._numbers()
            if name not in ("mu", "temperature")
        ]
        return np.asarray(np.broadcast_to(np.max(np.broadcast_arrays(*sizes), axis=0), self.shape))

    @property
    def matrices(self) -> tuple[ComplexArray, ...]:
        """What of its numbers are matrices."""
        return tuple(value for _, value, core in self._numbers() if core)

    @property
    def cell(self) -> Cell | None:
        """What the lead repeats, or None where it is no repetition of cells."""
        return None

    @property
    def chain(self) -> Any:
        """The lead itself where it was given as a `ChainLead`, which has closed forms of its own; or None."""
        return None

    @property
    def peak(self) -> NDArray[Any]:
        """Broadening on the sites at the centre of a band, shape (..., s, s): a size, and no more."""
        raise NotImplementedError

    @property
    def width(self) -> float:
        """Norm of `peak`, the largest of a batch. Unit: energy."""
        return norm(self.peak)

    def shifted(self, step: float | FloatArray) -> Self:
        """Return the lead with its bands and its potential moved by an energy."""
        raise NotImplementedError

    def conjugated(self) -> Self:
        """Return the lead with time reversed."""
        return self._with({name: np.conj(value) for name, value, _ in self._numbers()})

    def holes(self) -> Self:
        """Return the lead of holes: energies are minus the conjugate, broadenings the conjugate."""
        raise NotImplementedError

    def strengthened(self, factor: float | FloatArray) -> Self:
        """Return the lead with what couples it to the system times a factor, of its batch shape."""
        raise NotImplementedError

    def rotated(self, basis: ComplexArray) -> Lead:
        """Return the lead in another orthonormal basis, the rows of `basis`, shape ``(levels, levels)``."""
        raise NotImplementedError

    def moved(self, places: Sequence[int], levels: int) -> Self:
        """Return the lead in a system of so many levels, in which ``places[i]`` is what was level i."""
        raise NotImplementedError

    def copied(self, count: int, levels: int) -> tuple[Self, ...]:
        """Return the leads that this one becomes on `count` copies of a system of so many levels."""
        starts = range(0, count * levels, levels)
        return tuple(self.moved(range(k, k + levels), count * levels) for k in starts)

    def nudged(self, number: Numbers, shape: tuple[int, ...], size: float, **filling: FloatArray) -> Self:
        """Return a lead of the same kind next to this one.

        Parameters
        ----------
        number : callable
            ``number(shape)``: small random numbers, with axes of their own in front.
        shape : tuple of int
            Batch shape of the system that the lead is of.
        size : float
            Energies without a size of their own are moved by this times a small number, others by that
            fraction of themselves.
        **filling : ndarray
            `mu` and `temperature`.
        """
        raise NotImplementedError

    def fit(self, where: str, levels: int) -> None:
        """Refuse, naming the lead as `where`, what does not fit a Hamiltonian of `levels` levels."""
        raise NotImplementedError

    def take(self, where: NDArray[np.intp], shape: tuple[int, ...]) -> Self:
        """Return the lead at the flat positions `where` of a batch of `shape`."""
        return self._with(
            {
                name: np.broadcast_to(value, (*shape, *_last(value, core))).reshape(-1, *_last(value, core))[
                    where
                ]
                for name, value, core in self._numbers()
            }
        )

    def scaled(self, factor: float) -> Self:
        """Return the lead with all energies times a factor > 0."""
        return self._with({name: value * factor for name, value, _ in self._numbers()})

    def to_dict(self) -> dict[str, Any]:
        """Return the lead as plain data that JSON can hold without loss."""
        numbers: dict[str, Any] = {
            name: {"re": np.real(value).tolist(), "im": np.imag(value).tolist()} if core else value.tolist()
            for name, value, core in self._numbers()
        }
        return {"kind": self.kind, **self._fixed(), **numbers}

    def _fixed(self) -> dict[str, Any]:
        """Return what is the same in the whole batch, as plain data."""
        return {}

    def _numbers(self) -> list[tuple[str, NDArray[Any], int]]:
        return [(name, getattr(self, name), core) for name, core in self.axes.items()]

    def _with(self, numbers: dict[str, Any]) -> Self:
        return type(self)(**self._fixed(), **numbers)

    def _batch_shape(self) -> tuple[int, ...]:
        shapes = [value.shape[: value.ndim - core] for _, value, core in self._numbers()]
        try:
            return np.broadcast_shapes(*shapes)
        except ValueError as error:
            raise InvalidSystemError(
                "lead",
                f"batch shapes {', '.join(map(str, shapes))}",
                "batch shapes that broadcast together",
            ) from error


def checked_leads(leads: Iterable[Lead], levels: int | None = None) -> tuple[Lead, ...]:
    """Return leads as a tuple, refusing what is none, and what does not fit so many levels.

    Raises
    ------
    InvalidSystemError
        Naming the lead.
    """
    if isinstance(leads, Lead):
        raise InvalidSystemError("leads", f"one {type(leads).__name__}", "a sequence of leads: [lead]")
    try:
        if isinstance(leads, (str, Set, Mapping)):
            raise TypeError("leads have an order")
        each = iter(leads)
    except TypeError as error:
        raise InvalidSystemError("leads", described(leads), "a sequence of leads") from error
    found: list[Lead] = []
    # One by one: what comes may have no end.
    for i, lead in enumerate(each):
        if not isinstance(lead, Lead):
            *others, last = (f"a {kind.__name__}" for kind in _KINDS.values())
            raise InvalidSystemError(f"leads[{i}]", described(lead), f"{', '.join(others)} or {last}")
        if levels is not None:
            lead.fit(f"leads[{i}]", levels)
        found.append(lead)
    if not found:
        raise InvalidSystemError("leads", "no lead", "at least one lead: the system is open")
    return tuple(found)


def norm(matrices: NDArray[Any]) -> float:
    """Return the largest norm in a batch of matrices."""
    return float(np.max(np.linalg.norm(matrices, ord=2, axis=(-2, -1)), initial=0.0))


def _last(value: NDArray[Any], core: int) -> tuple[int, ...]:
    return value.shape[value.ndim - core :]


def lead_from_dict(data: dict[str, Any]) -> Lead:
    """Return the lead that `to_dict` wrote.

    Raises
    ------
    InvalidSystemError
        An unknown kind, a missing or an unknown key.
    """
    if not isinstance(data, Mapping):
        raise InvalidSystemError("lead", described(data), "an object with the keys of a lead")
    rest = dict(data)
    kind = rest.pop("kind", None)
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InvalidSystemError("lead.kind", described(kind), " or ".join(map(repr, _KINDS)))
    cls = _KINDS[kind]
    try:
        for name, core in cls.axes.items():
            if core and name in rest:
                rest[name] = assembled(rest[name], name)
        return cls(**rest)
    except TypeError as error:
        keys = described(sorted(map(str, data)))
        raise InvalidSystemError("lead", f"keys {keys}", f"the keys of a {kind} lead ({error})") from error
