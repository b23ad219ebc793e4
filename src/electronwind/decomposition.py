"""The five forces: a response taken apart into the forces that it stands for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ._arrays import ComplexArray, FloatArray, complex_numbers
from .doors import checked_axis
from .errors import InvalidSystemError

__all__ = ["Decomposition", "decompose"]


@dataclass(frozen=True)
class Decomposition:
    """The parts of a response -(K + i W L), each of shape (..., [W,] d, d).

    For a motion x(t) at the frequency W the force is
    ``-(conservative + nonconservative) x - (friction + lorentz) v``: what is left beside these four is the
    mean force at rest, the fifth.

    Attributes
    ----------
    conservative, nonconservative : ndarray
        Symmetric and antisymmetric part of K. Unit: energy per length squared. At W = 0 the curl of the mean
        force is ``2 nonconservative``: an antisymmetric part is half of a curl.
    """

    conservative: FloatArray
    nonconservative: FloatArray
    _drag: FloatArray = field(repr=False)

    @property
    def friction(self) -> FloatArray:
        """Symmetric part of -L, ndarray of shape (..., [W,] d, d). Unit: hbar per length squared.

        Raises
        ------
        InvalidSystemError
            A frequency is zero: nothing moves there, and the friction of slow motion is a limit.
        """
        return _even(self._moving("friction"))

    @property
    def lorentz(self) -> FloatArray:
        """Antisymmetric part of -L, ndarray of shape (..., [W,] d, d). Unit: hbar per length squared.

        Raises
        ------
        InvalidSystemError
            A frequency is zero: nothing moves there, and the Lorentz-like force of slow motion is a limit.
        """
        return _odd(self._moving("lorentz"))

    def _moving(self, name: str) -> FloatArray:
        if not np.all(np.isfinite(self._drag)):
            raise InvalidSystemError(
                "frequency",
                "0",
                f"frequencies that are not zero: without motion the part {name!r} of a response is not "
                "defined; its limit for slow motion is a part of the observable friction",
            )
        return self._drag


def decompose(response: ArrayLike, frequency: ArrayLike) -> Decomposition:
    """Split the response to a harmonic motion into the forces that it stands for.

    Parameters
    ----------
    response : array_like, shape (..., [W,] d, d)
        What `response` of a solver returns: dF = response dx for the motion dx e^{-iWt}.
    frequency : array_like, shape () or (W,)
        The frequency that it was asked for, real. Unit: energy / hbar.

    Returns
    -------
    Decomposition
        With the parts ``conservative``, ``nonconservative``, ``friction`` and ``lorentz``. The last two are
        refused at W = 0, where nothing moves.

    Raises
    ------
    InvalidSystemError
        Matrices that are not square, or not one for each frequency; entries that are no finite numbers.

    Notes
    -----
    Source: todorov2014 Eq. 14, 20-23, with F = -K x + L v. Pure algebra: the antisymmetric part of K is half
    of what that paper calls the curl, and L at W -> 0 is minus the friction matrix of preston2022 Eq. 26.

    Examples
    --------
    >>> from electronwind import decompose
    >>> parts = decompose([[-1.0 + 0.5j, 0.25], [-0.25, -1.0 + 0.5j]], 0.5)
    >>> parts.nonconservative
    array([[ 0.  , -0.25],
           [ 0.25,  0.  ]])
    >>> parts.friction
    array([[1., 0.],
           [0., 1.]])
    """
    w = checked_axis("frequency", frequency)
    chi = complex_numbers("response", response)
    if chi.ndim < 2 + w.ndim or chi.shape[-1] != chi.shape[-2] or not chi.shape[-1]:
        layout = "(..., W, d, d) with the axis of the frequencies" if w.ndim else "(..., d, d)"
        raise InvalidSystemError("response", f"shape {chi.shape}", f"shape {layout}")
    if w.ndim and chi.shape[-3] != len(w):
        raise InvalidSystemError(
            "response", f"{chi.shape[-3]} matrices", f"{len(w)} of them, one for each frequency"
        )
    return _split(chi, w[..., None, None])


def _split(chi: ComplexArray, w: FloatArray) -> Decomposition:
    # -(K + i W L): K is minus the real part, W L minus the imaginary one.
    stiffness = -chi.real
    with np.errstate(divide="ignore", invalid="ignore"):
        drag = chi.imag / w
    return Decomposition(_even(stiffness), _odd(stiffness), drag)


def _even(x: FloatArray) -> FloatArray:
    return (x + np.swapaxes(x, -1, -2)) / 2


def _odd(x: FloatArray) -> FloatArray:
    return (x - np.swapaxes(x, -1, -2)) / 2
