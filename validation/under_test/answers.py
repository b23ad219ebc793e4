"""What a solver may do instead of answering, and what an answer must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import Dynamics, Model, Static
from electronwind.external.wire import MaskedError, filled, refuse_masked

__all__ = [
    "Answered",
    "Hung",
    "Misbehaved",
    "NotFinite",
    "OverwroteInput",
    "Raised",
    "Run",
    "SolverFault",
    "Unsupported",
    "WrongShape",
    "WrongType",
    "checked",
    "run_shapes",
    "static_shapes",
]

# Far beyond all units of length and energy, and checks may still multiply five of them.
LARGEST = 1e60
# Characters of what a solver says that are kept.
LONGEST = 500


class SolverFault(Exception):  # noqa: N818 - the subclasses say what the solver did
    """The solver under test gave no usable answer.

    Attributes
    ----------
    observable : str
        The function that was called.
    """

    def __init__(self, observable: str, words: str) -> None:
        super().__init__(observable, words)
        self.observable = observable
        self.words = words

    def __str__(self) -> str:
        return f"{self.observable} {self.words}"


class Raised(SolverFault):
    """It raised; the original error is the ``__cause__``."""


class Hung(SolverFault):
    """It did not answer in time."""


class WrongShape(SolverFault):
    """It returned an array of another shape."""


class NotFinite(SolverFault):
    """It returned NaN, infinity, or a number so large that its powers would be."""


class WrongType(SolverFault):
    """It returned something that is not numbers, or complex numbers for a real observable."""


class OverwroteInput(SolverFault):
    """It changed, or tried to change, the system or the argument that it was given."""


class Misbehaved(SolverFault):
    """It gave an answer, and did what a function may not: that counts like a wrong number."""


class Answered(Misbehaved):
    """It gave a number where there is none."""


class Unsupported(Exception):  # noqa: N818 - not an error: an answer, with words
    """The solver does not offer this observable, or not for this system."""


def in_words(write: Callable[[Any], str], value: Any) -> str:
    """Return ``write(value)``, not all of it where it is long, or nothing where it cannot even be written."""
    try:
        text = write(value)
    except KeyboardInterrupt:
        raise
    # The value is a third party's, and may leave by SystemExit.
    except BaseException:
        return ""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"


def checked(
    observable: str, value: Any, shape: tuple[int, ...], is_complex: bool, part: str = "", flag: bool = False
) -> NDArray[Any]:
    """Return `value` as a fresh array of the promised shape and type; a `flag` is 1 or 0.

    Raises
    ------
    SolverFault
        It is not; `part` says which part of an answer it is.
    """
    kind = "complex" if is_complex else "real"
    expected = f"{kind} numbers of shape {shape}{f' in {part}' if part else ''}"
    try:
        raw = np.asarray(filled(value, shape))
        if raw.dtype.kind not in ("biufcO" if flag else "iufcO") or value is None:
            raise TypeError
        # Before anything is converted: a view may stand for more than there is memory.
        if fits := raw.shape == shape:
            refuse_masked(value)
        numbers = np.array(raw if fits else 0, dtype=complex)
    except KeyboardInterrupt:
        raise
    except MaskedError as error:
        raise NotFinite(observable, f"{error}; expected finite {expected}") from error
    # Objects of other libraries raise what they like when they are asked for numbers.
    except BaseException as error:
        kind = in_words(lambda given: type(given).__name__, value)
        came = f"{kind} {in_words(repr, value):.60}".rstrip()
        raise WrongType(observable, f"returned {came}; expected {expected}") from error
    if not fits:
        raise WrongShape(observable, f"returned shape {raw.shape}; expected {expected}")
    usable = np.isfinite(numbers) & (
        np.maximum(np.abs(np.real(numbers)), np.abs(np.imag(numbers))) <= LARGEST
    )
    if not np.all(usable):
        where = tuple(int(i) for i in np.argwhere(~usable)[0])
        bad = numbers[where] if is_complex else numbers[where].real
        most = f", of size {LARGEST:g} at most" if np.isfinite(bad) else ""
        raise NotFinite(observable, f"returned {bad} at {list(where)}; expected finite {expected}{most}")
    if is_complex:
        return numbers
    if np.any(np.imag(numbers)):
        where = tuple(int(i) for i in np.argwhere(np.imag(numbers))[0])
        words = f"returned the complex number {numbers[where]:.6g} at {list(where)}"
        raise WrongType(observable, f"{words}; expected {expected}")
    return np.array(np.real(numbers))


class Run:
    """The fields of a run in time, each checked; what the solver left out is not offered."""

    def __init__(self, observable: str, fields: dict[str, NDArray[Any]]) -> None:
        self._observable = observable
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> NDArray[Any]:
        raise Unsupported(f"{self._observable}: the result has no {name}")


def run_shapes(
    row: Dynamics, model: Model, arguments: tuple[Any, ...]
) -> tuple[NDArray[np.float64], dict[str, tuple[int, ...]]]:
    """Return a position of the run that these arguments ask for, and the promised shape of each field."""
    given = dict(zip(row.arguments[1:], arguments, strict=True))
    first = np.asarray(_FIRST[row.begins](given), dtype=float)
    sizes = {
        "t": np.size(given.get("times", 0)),
        "tau": np.size(given.get("delays", 0)),
        "n": model.hamiltonian(first).shape[-1],
        "d": len(model.coordinates),
        "leads": len(model.leads),
    }
    batch = first.shape[:-1]
    return first, {name: (*batch, *(sizes[a] for a in axes)) for name, axes in row.fields.items()}


def static_shapes(row: Static, arguments: tuple[Any, ...]) -> dict[str, tuple[int, ...]]:
    """Return the promised shape of each field of what is asked of a system, a family or a jellium wire."""
    given = dict(zip(row.arguments, arguments, strict=True))
    sizes: dict[str, tuple[int, ...]] = {"xy": (2,), "W": np.shape(given.get("frequency", 0))}
    if row.arguments[0] == "wire":
        batch: tuple[int, ...] = (*given["wire"].shape, *np.shape(given["points"])[:-1])
    else:
        system = given["system"] if row.arguments[0] == "system" else given["model"].at(given["x"])
        batch, d = system.shape, system.coordinates
        sizes |= {"n": (system.levels,), "d": (d,), "2d": (2 * d,), "leads": (len(system.leads),)}
    return {
        name: (*batch, *(length for axis in axes for length in sizes[axis]))
        for name, axes in row.fields.items()
    }


# Where the junction is at first, by the argument that tells.
_FIRST: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "start": lambda given: np.broadcast_arrays(*given["start"])[0],
    "path": lambda given: given["path"](given["times"][0]),
    "trajectory": lambda given: given["trajectory"](given["time"]),
}
