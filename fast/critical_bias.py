"""The bias from which current makes vibrations grow."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

from electronwind import ClassicalBody, InvalidSystemError, Model
from electronwind.doors import checked_flag, checked_increasing, checked_positive, described
from electronwind.watched import called

from .vibrations import vibrations

__all__ = ["critical_bias"]


def critical_bias(
    family: Callable[[float], Model],
    body: ClassicalBody,
    x: ArrayLike,
    biases: ArrayLike,
    *,
    friction: bool = True,
    accuracy: float = 1e-6,
) -> float:
    """Return the lowest bias from which a vibration grows that did not grow at the first one.

    Parameters
    ----------
    family : callable
        ``family(V)`` is the model under the bias V, such as ``lambda V: models.wire(30, bias=V)``.
    body : ClassicalBody
        Masses, and the potential apart from the electrons.
    x : array_like, shape (d,)
        Positions.
    biases : array_like, shape (k,)
        Increasing biases to scan. Unit: energy.
    friction : bool
        Whether the electronic friction acts: with it the threshold is that of motion that grows, without it
        that of the first complex frequency of the stiffness.
    accuracy : float
        Largest error of the threshold inside its step of the scan. Unit: energy.

    Returns
    -------
    float
        Infinite where no vibration begins to grow along the scan.

    Raises
    ------
    InvalidSystemError
        Biases that do not increase, or what `vibrations` refuses.

    Notes
    -----
    Frequencies meet and part again: without friction the number of growing pairs does not rise
    steadily with the bias, nor does the threshold fall steadily with the length of a wire. What is found is
    the first step of the scan across which the number rises above that at the first bias, halved down to
    `accuracy`; a finer scan may find an earlier one.
    Source: cunningham2014 Fig. 3 (inset), without friction, and Eq. 17 with it.
    """
    if not callable(family):
        raise InvalidSystemError("family", described(family), "a function of the bias that returns a model")
    steps = checked_increasing("biases", biases)
    with_friction = checked_flag("friction", friction)
    least = checked_positive("accuracy", accuracy, "an accuracy")

    def growing(bias: float) -> int:
        model: Any = called(f"family({bias:g})", family, bias)
        return int(vibrations(model, body, x, friction=with_friction).growing)

    first = growing(float(steps[0]))
    below = float(steps[0])
    for step in steps[1:]:
        above = float(step)
        if growing(above) <= first:
            below = above
            continue
        while above - below > least:
            middle = (above + below) / 2
            if growing(middle) > first:
                above = middle
            else:
                below = middle
        return above
    return math.inf
