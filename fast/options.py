"""The options that the runs in time share."""

from __future__ import annotations

from dataclasses import dataclass

from electronwind import InvalidSystemError
from electronwind.doors import checked_accuracy, checked_choice, checked_positive, described, whole

from .spectral import Grid

__all__ = ["METHODS", "Options", "checked_method", "checked_options"]

METHODS = ("modes", "spectral")
# The runs of chains that `ehrenfest` offers besides, and what their leads may inject.
CHAINS = "neighbours"
SOURCES = ("exact", "frozen")

# Order of the error in the length of a step where none is asked for: ten Lobatto nodes.
ORDER = 18


@dataclass(frozen=True)
class Options:
    """How to step.

    Attributes
    ----------
    accuracy : float
        Largest error of the density matrix.
    step : float or None
        Length of all steps; None where it follows from the accuracy.
    nodes : int
        Lobatto nodes of a step.
    frozen : bool
        Whether h is that of the start of a step throughout it.
    order : int or None
        As asked for.
    """

    accuracy: float
    step: float | None
    nodes: int
    frozen: bool
    order: int | None

    @property
    def fixed(self) -> bool:
        """Whether all steps are of one length."""
        return self.step is not None


def checked_options(accuracy: float, step: float | None, order: int | None) -> Options:
    """Return the options, refusing what makes no sense.

    Raises
    ------
    InvalidSystemError
        Naming the argument.
    """
    accuracy = checked_accuracy(accuracy, 1e-13)
    step = None if step is None else checked_positive("step", step, "a finite length of time")
    order = None if order is None else whole("order", order, 1, 30)
    if order is not None and order > 1 and order % 2:
        raise InvalidSystemError("order", str(order), "1, or an even number from 2 to 30")
    if order == 1 and step is None:
        raise InvalidSystemError("order", "1 without a step", "a step: order 1 does not know its error")
    wanted = order or ORDER
    # Collocation at q Lobatto nodes is of order 2q - 2 (Hairer, Norsett and Wanner, Theorem II.7.9).
    return Options(accuracy, step, 4 if wanted == 1 else wanted // 2 + 1, wanted == 1, order)


def checked_method(method: str, grid: Grid | None) -> bool:
    """Return whether the method is that on a grid, refusing what is none.

    Raises
    ------
    InvalidSystemError
        Naming `method` or `grid`.
    """
    checked_choice("method", method, METHODS)
    if grid is not None and not isinstance(grid, Grid):
        raise InvalidSystemError("grid", described(grid), "a Grid, or None")
    if grid is not None and method == "modes":
        raise InvalidSystemError("grid", described(grid), "no grid: the modes need none")
    return method == "spectral"
