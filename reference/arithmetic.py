"""The numbers of the reference: gmpy2's where gmpy2 is installed, mpmath's otherwise.

Both are correctly rounded to the same number of bits. Arrays of them are numpy arrays of objects, so
that matrix algebra over many energies is written with ``@`` and ``*`` in either case. What leaves the
package are always mpmath numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

gmpy2: Any
try:
    gmpy2 = import_module("gmpy2")
except ImportError:  # the optional extra `speed`
    gmpy2 = None

__all__ = [
    "Array",
    "adjoint",
    "array",
    "export",
    "function",
    "imag",
    "inverses",
    "number",
    "pi",
    "precision",
    "real",
    "working",
]

Array = NDArray[Any]


@contextmanager
def working(digits: int) -> Iterator[None]:
    """Compute with `digits` decimal digits inside, and restore both precisions afterwards."""
    with mpmath.workdps(digits):
        if gmpy2 is None:
            yield
        else:
            with gmpy2.context(precision=mpmath.mp.prec):
                yield


def number(value: Any) -> Any:
    """Return a float, an int, a complex or an mpmath number as a number of the arithmetic, exactly."""
    # What is asked for most, at every energy.
    if gmpy2 is not None and type(value) in (float, int, complex):
        return gmpy2.mpc(value) if type(value) is complex else gmpy2.mpfr(value)
    if isinstance(value, (complex, np.complexfloating, mpmath.mpc)):
        kind = mpmath.mpc if gmpy2 is None else gmpy2.mpc
        return kind(number(value.real), number(value.imag))
    if gmpy2 is None:
        return mpmath.mpf(value)
    if isinstance(value, mpmath.mpf):
        sign, mantissa, exponent, _ = value._mpf_
        return gmpy2.mpfr(-mantissa if sign else mantissa) * gmpy2.mpfr(2) ** exponent
    return gmpy2.mpfr(value)


def array(values: Any) -> Array:
    """Return an array of floats or complex numbers as an array of numbers of the arithmetic."""
    plain = np.asarray(values)
    result = np.empty(plain.shape, dtype=object)
    for index, value in np.ndenumerate(plain):
        result[index] = number(value.item() if isinstance(value, np.generic) else value)
    return result


def export(values: Array, kind: str, digits: int) -> Array:
    """Return `values` as mpmath numbers rounded to `digits`: ``mpc`` or, dropping Im, ``mpf``."""
    result = np.empty(values.shape, dtype=object)
    with mpmath.workdps(digits):
        for index, value in np.ndenumerate(values):
            re, im = (_mpf(part) for part in (value.real, value.imag))
            result[index] = mpmath.mpc(re, im) if kind == "mpc" else re
    return result


def _mpf(value: Any) -> Any:
    if gmpy2 is None or not isinstance(value, type(gmpy2.mpfr(0))):
        return +mpmath.mpf(value)
    mantissa, exponent = value.as_mantissa_exp()
    return +mpmath.mpf((int(mantissa), int(exponent)))


def function(name: str) -> Any:
    """Return the elementary function `name` (``exp``, ``sqrt``, ``sin``, ``asin``) of a number."""
    return getattr(mpmath if gmpy2 is None else gmpy2, name)


def pi() -> Any:
    """Return pi in the working precision."""
    return +mpmath.pi if gmpy2 is None else gmpy2.const_pi()


def precision() -> tuple[int, str]:
    """Return the working precision in bits, and whose numbers they are."""
    bits: Any = mpmath.mp.prec
    return bits, "mpmath" if gmpy2 is None else "gmpy2"


def adjoint(matrices: Array) -> Array:
    """Return the conjugate transpose over the last two axes."""
    return np.conjugate(np.swapaxes(matrices, -1, -2))


_real = np.frompyfunc(lambda value: value.real, 1, 1)
_imag = np.frompyfunc(lambda value: value.imag, 1, 1)


def real(values: Array) -> Array:
    """Return the real parts; numpy's own ``.real`` does not look into objects."""
    return np.asarray(_real(values), dtype=object)


def imag(values: Array) -> Array:
    """Return the imaginary parts, as `real` does."""
    return np.asarray(_imag(values), dtype=object)


def inverses(matrices: Array) -> Array:
    """Return the inverses of matrices of shape ``(m, n, n)``: Gauss-Jordan elimination with row pivoting.

    Raises
    ------
    ZeroDivisionError
        A singular matrix; its argument is the index of the first.
    """
    m, n = matrices.shape[:2]
    unit = np.broadcast_to(np.eye(n, dtype=int).astype(object), (m, n, n))
    rows, every = np.concatenate([matrices, unit], axis=-1), np.arange(m)
    for i in range(n):
        sizes = abs(real(rows[:, i:, i])) + abs(imag(rows[:, i:, i]))
        pivot = i + np.argmax(sizes, axis=1)
        found = rows[every, pivot]
        rows[every, pivot] = rows[:, i]
        singular = np.flatnonzero(found[:, i] == 0)
        if singular.size:
            raise ZeroDivisionError(int(singular[0]))
        # Columns up to i are those of the unit matrix by now, and are not read again.
        found[:, i + 1 :] = found[:, i + 1 :] * (1 / found[:, i])[:, None]
        rows[:, i] = found
        others = np.arange(n) != i
        rest = rows[:, others, i + 1 :] - rows[:, others, i, None] * found[:, None, i + 1 :]
        rows[:, others, i + 1 :] = rest
    return np.asarray(rows[:, :, n:])
