"""A family h(x) of a user's own: from two functions of x, or from any object that has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import described, hermitian
from ..errors import InvalidSystemError
from ..leads import Lead, checked_leads
from ..slope import slope_of
from ..system import OpenSystem
from ..watched import called
from .base import Model, located
from .functions import UserFunction

__all__ = ["Family", "as_family", "family", "named", "names_of", "shipped"]

Array = NDArray[Any]

WAY_OUT = "models.family(hamiltonian, gradient, leads) makes a family of two functions"


class Family(Model):
    """A family given by functions: what `family` returns, and what an object of a user's own is taken as.

    Attributes
    ----------
    coordinates : tuple of str
        Names of the coordinates. A family made without names has none until it is asked at some x.
    degeneracy : int
        Spin factor.
    source : object or None
        The user's object, where it was none of two functions.
    """

    def __init__(
        self,
        hamiltonian: UserFunction,
        gradient: UserFunction,
        leads: Iterable[Lead],
        names: tuple[str, ...] | None,
        degeneracy: int,
        source: Any = None,
    ) -> None:
        self._functions = hamiltonian, gradient
        self._leads = checked_leads(leads)
        self.names = names
        self.degeneracy = _checked_degeneracy(degeneracy)  # type: ignore[misc]  # of the class there
        self.source = source

    def __reduce__(self) -> tuple[Any, ...]:
        # In another process the functions show anew how they are called.
        parts = [(part.function, part.role, part.name) for part in self._functions]
        return _rebuilt, (*parts, self._leads, self.names, self.degeneracy, self.source)

    def __repr__(self) -> str:
        functions = ", ".join(f"{part.role}={part.name}" for part in self._functions)
        return f"family({functions}, coordinates={self.names}, degeneracy={self.degeneracy})"

    @property
    def coordinates(self) -> tuple[str, ...]:  # type: ignore[override]  # of the class there
        """Names of the coordinates."""
        if self.names is None:
            raise InvalidSystemError(
                "coordinates", "none", 'names or a number, such as coordinates=("x", "y")'
            )
        return self.names

    @property
    def leads(self) -> tuple[Lead, ...]:
        """The leads."""
        return self._leads

    @property
    def exact(self) -> bool:
        """Whether both functions take an mpmath context, as far as is known."""
        return all(part.exact for part in self._functions)

    def hamiltonian(self, x: ArrayLike, xp: Any = np) -> Array:
        """Return h(x); see `Model.hamiltonian`. At double precision where the function does not take `xp`.

        Raises
        ------
        InvalidSystemError
            The function raises, or returns what is no Hermitian matrix; its name and x are given.
        """
        return self._values(0, x, xp)

    def gradient(self, x: ArrayLike, xp: Any = np) -> Array:
        """Return dh/dx at x, shape (..., d, n, n), as `hamiltonian` does."""
        return self._values(1, x, xp)

    def hessian(self, x: ArrayLike, xp: Any = np) -> Array:
        """Return d2h/dx2 at x, shape (..., d, d, n, n).

        That of a user's object where it has one; otherwise the derivative of the gradient, to about 13
        digits in float64, and to the precision of `xp` where the function takes it.

        Raises
        ------
        PrecisionError
            The gradient is not smooth about x.
        """
        own = getattr(type(self.source), "hessian", None)
        if own is not None and own is not Model.hessian and xp is np:
            return self._own_hessian(located(x, self.names))
        if xp is not np:
            return self._precise_hessian(located(x, self.names, xp), xp)
        points = located(x, self.names)
        flat = points.reshape(-1, points.shape[-1])
        found = []
        for point in flat:
            size = float(np.max(np.abs(self.gradient(point)), initial=0.0))
            found.append(slope_of(f"the gradient of {self!r}", self.gradient, point, size))
        return np.stack(found).reshape(*points.shape[:-1], *found[0].shape)

    def _own_hessian(self, points: Array) -> Array:
        place = f"{type(self.source).__name__}.hessian"
        flat = points.reshape(-1, points.shape[-1])
        found = []
        for point in flat:
            value = called(place, self.source.hessian, point.copy())
            shape = self.gradient(point).shape
            if np.shape(value) != (shape[0], *shape):
                raise InvalidSystemError(place, described(value), f"shape {(shape[0], *shape)}")
            found.append(hermitian(place, value, 3))
        return np.stack(found).reshape(*points.shape[:-1], *found[0].shape)

    def _precise_hessian(self, point: Array, xp: Any) -> Array:
        """Return it in the numbers of `xp`, by a difference in so many digits that nothing is lost."""
        if not self.exact:
            double = self.hessian(point.astype(float))
            return np.asarray(np.frompyfunc(xp.convert, 1, 1)(double), dtype=object)
        digits = xp.dps
        with xp.workdps(3 * digits + 10):
            step = xp.mpf(10) ** -(digits + 3)
            slopes = []
            for nu in range(len(point)):
                ends = []
                for side in (1, -1):
                    moved = point.copy()
                    moved[nu] = point[nu] + side * step
                    ends.append(self.gradient(moved, xp))
                slopes.append((ends[0] - ends[1]) / (2 * step))
            return np.stack(slopes)

    def fitted(self, d: int, degeneracy: int | None = None) -> Family:
        """Return the family with names for d coordinates and a spin factor, where they were left out."""
        names = self.names or named(d)
        return Family(*self._functions, self._leads, names, degeneracy or self.degeneracy, self.source)

    def _values(self, which: int, x: ArrayLike, xp: Any) -> Array:
        function = self._functions[which]
        if xp is not np:
            point = located(x, self.names, xp)
            found = function.precise(np.array([xp.convert(value) for value in point], dtype=object), xp)
            if found is not None:
                return found
            double = self._values(which, point.astype(float), np)
            return np.asarray(np.frompyfunc(xp.convert, 1, 1)(double), dtype=object)
        points = located(x, self.names)
        shape, d = points.shape[:-1], points.shape[-1]
        points = points.reshape(-1, d)
        if not len(points):
            n = _levels(self._leads)
            return np.empty((*shape, n, n) if which == 0 else (*shape, d, n, n))
        values = function(points)
        return values.reshape(*shape, *values.shape[1:])

    def _hamiltonian(self, x: Sequence[Any], xp: Any) -> Any:
        return _in_front(self.hamiltonian(np.stack(x, axis=-1), xp))

    def _gradient(self, x: Sequence[Any], xp: Any) -> Any:
        return np.moveaxis(_in_front(self.gradient(np.stack(x, axis=-1), xp)), -1, 0)


def family(
    hamiltonian: Callable[..., ArrayLike],
    gradient: Callable[..., ArrayLike],
    leads: Iterable[Lead],
    coordinates: Sequence[str] | str | int | None = None,
    degeneracy: int = 1,
) -> Family:
    """Return the family h(x) of two functions.

    Parameters
    ----------
    hamiltonian : callable
        ``h(x)``, Hermitian, shape (n, n), for x of shape (d,); or shape (..., n, n) for x of shape
        (..., d), which is quicker. Where d = 1 it may take a bare number. Unit: energy.
    gradient : callable
        Its derivatives, shape (d, n, n) or (..., d, n, n); (n, n) will do where d = 1. A constant may
        leave out the leading axes. `check_gradient` compares the two. Unit: energy per length.
    leads : sequence of WideBandLead, ChainLead or PeriodicLead
        At least one; they do not depend on x.
    coordinates : sequence of str, str or int, optional
        Names of the coordinates, or their number. Where it is left out it follows from x.
    degeneracy : int
        Spin factor.

    Returns
    -------
    Model

    Raises
    ------
    InvalidSystemError
        What makes no family, by name. Later, wherever the family is used: a function that raises or
        returns something else, with the name of the function and x.

    Notes
    -----
    The reference calls the functions at double precision, unless they have a second argument called `xp`:
    an mpmath context, for the elementary functions, with x an array of its numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from electronwind import WideBandLead
    >>> lead = WideBandLead([[0.1]], 0.0, 0.01)
    >>> level = family(lambda x: [[0.3 * np.sin(x)]], lambda x: [[0.3 * np.cos(x)]], [lead], "x")
    >>> level.at([[0.0], [0.5], [1.0]]).shape
    (3,)
    """
    functions = []
    for role, function in (("hamiltonian", hamiltonian), ("gradient", gradient)):
        if not callable(function):
            raise InvalidSystemError(role, described(function), "a function of x")
        functions.append(UserFunction(function, role))
    return Family(functions[0], functions[1], leads, named(coordinates), degeneracy)


def as_family(model: Any) -> Model:
    """Return a model that is one of the suite's or made by `family`, and any other object as a `Family`.

    Raises
    ------
    InvalidSystemError
        What the object lacks, by name.
    """
    if isinstance(model, Family) or shipped(model):
        return model
    expected = (
        f"a family h(x), an object with functions hamiltonian, gradient and at, and with leads; {WAY_OUT}"
    )
    if isinstance(model, type):
        raise InvalidSystemError(
            "model", described(model), f"an object, {model.__name__}(...), that is {expected}"
        )
    if isinstance(model, OpenSystem):
        raise InvalidSystemError("model", described(model), f"{expected}; models.tangent(system) makes one")
    found = {name: _get(model, name) for name in ("hamiltonian", "gradient", "leads", "at")}
    missing = [name for name, part in found.items() if part is None]
    if missing:
        some = len(missing) < len(found)
        came = described(model) + (f" without {' and without '.join(missing)}" if some else "")
        raise InvalidSystemError(f"model.{missing[0]}" if some else "model", came, expected)
    for name, part in found.items():
        if name != "leads" and not callable(part):
            raise InvalidSystemError(f"model.{name}", described(part), "a function of x")
    kind = type(model).__name__
    parts = [
        UserFunction(getattr(model, role), role, f"{kind}.{role}") for role in ("hamiltonian", "gradient")
    ]
    names, degeneracy = named(_get(model, "coordinates")), _get(model, "degeneracy")
    return Family(parts[0], parts[1], model.leads, names, 1 if degeneracy is None else degeneracy, model)


def shipped(model: Any) -> bool:
    """Return whether a model is of a class that comes with the suite, whose tests know its derivative."""
    return isinstance(model, Model) and type(model).__module__.partition(".")[0] == "electronwind"


def named(coordinates: Sequence[str] | str | int | None) -> tuple[str, ...] | None:
    """Return the names of coordinates out of names or a number; None stays None.

    Raises
    ------
    InvalidSystemError
        Anything else.
    """
    if coordinates is None:
        return None
    if isinstance(coordinates, str):
        return (coordinates,)
    if isinstance(coordinates, (int, np.integer)) and not isinstance(coordinates, bool) and coordinates > 0:
        return ("x",) if coordinates == 1 else tuple(f"x{nu}" for nu in range(coordinates))
    names = tuple(coordinates) if isinstance(coordinates, (list, tuple)) else ()
    if not names or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise InvalidSystemError(
            "coordinates", described(coordinates), 'different names, such as ("x", "y"), or a number above 0'
        )
    return names


def names_of(model: Model) -> tuple[str, ...] | None:
    """Return the names of the coordinates, or None where a family has none yet."""
    return model.names if isinstance(model, Family) else model.coordinates


def _rebuilt(hamiltonian: Any, gradient: Any, leads: Any, names: Any, degeneracy: Any, source: Any) -> Family:
    return Family(UserFunction(*hamiltonian), UserFunction(*gradient), leads, names, degeneracy, source)


def _get(model: Any, name: str) -> Any:
    """Return an attribute of a user's object, or None; reading one may run a user's code."""
    try:
        return getattr(model, name, None)
    except Exception as error:
        got = f"{type(error).__name__}: {error}".rstrip(": ")
        raise InvalidSystemError(
            f"model.{name}", f"{got} raised by {type(model).__name__}", f"the {name} of the family"
        ) from error


def _checked_degeneracy(degeneracy: Any) -> int:
    whole = isinstance(degeneracy, (int, np.integer)) and not isinstance(degeneracy, bool)
    if not whole or degeneracy < 1:
        raise InvalidSystemError("degeneracy", described(degeneracy), "a whole number >= 1")
    return int(degeneracy)


def _levels(leads: Sequence[Lead]) -> int:
    """Return the number of levels that the leads tell, for a batch of none."""
    size = next((lead.levels for lead in leads if lead.levels is not None), None)
    if size is None:
        raise InvalidSystemError(
            "x", "an empty batch", "one position at least: chain leads do not tell the size of h"
        )
    return size


def _in_front(matrices: Array) -> Array:
    """Return matrices with the axes of the batch behind those of the entries."""
    return np.moveaxis(matrices, (-2, -1), (0, 1))
