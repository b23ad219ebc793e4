"""The periodic state of electrons under harmonic motion, without any step in time.

With H(t) = sum_k H_k e^{-ik Omega t}, H = h - i Gamma/2, the equation i dU/dt = H U has n solutions
e^{-i e_b t} u_b(t) with periodic u_b, eigenvectors of the matrix H_{k-l} - k Omega delta_kl. With the rows
v_b(t) of the inverse of the matrix of the u_b(t), and z = e_b + m Omega, Eq. 37 of preston2022 is

    A(w, t) = sum_bm u_b(t) e^{im Omega t} v_bm / (w - z_bm),

and every integral over w is a divided difference of J_a(z) = int dw f_a / (w - z), a digamma function.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from numpy.typing import ArrayLike

from electronwind.doors import checked_model, checked_times, described, only_wide_band
from electronwind.dynamics import DrivenRun
from electronwind.errors import InvalidSystemError, PrecisionError, UnbroadenedLevelError
from electronwind.models import Model
from electronwind.motion import Oscillation

from .arithmetic import Array, adjoint, array, export, inverses, number, pi, working
from .course import Course, checked_digits
from .leads import WideBand
from .memory import Moments, trace
from .past import exp
from .sharp import UNBROADENED

__all__ = ["periodic"]

ROUNDING = 3  # digits beyond those asked for that a result carries
GUARD = 30  # digits: an inverse next to an eigenvalue that float64 found, and the height of the modes
MOST_HARMONICS = 400


def periodic(model: Model, path: Oscillation, times: ArrayLike, digits: int = 30) -> DrivenRun:
    """Electrons under harmonic motion that began long ago.

    Parameters
    ----------
    model : Model
        The family h(x), on wide-band leads.
    path : Oscillation
        The motion.
    times : array_like, shape (t,)
        Increasing times, anywhere.
    digits : int
        Decimal digits, 6 to 40, absolute in the density matrix and in the currents over the broadening.

    Returns
    -------
    DrivenRun
        With arrays of mpc and mpf. `error` is the largest difference from the result with fewer harmonics.

    Raises
    ------
    UnbroadenedLevelError
        A Floquet state that does not decay.
    UnsupportedError
        A lead is a `ChainLead`.
    PrecisionError
        The harmonics do not fall off, or two Floquet states coalesce.
    InvalidSystemError
        A path that is no `Oscillation`, or times that do not increase.

    Notes
    -----
    Dense algebra of (2 M + 1) n rows, with M a little above the amplitude of h over the frequency:
    two to ten seconds for two levels and M = 20 to 30, growing with the cube of M. The eigenvalues start from
    float64 and are refined by inverse iteration.
    Source: preston2022 Eq. 35, 37, 40; the expansion is Floquet's.
    """
    model = checked_model(model, lambda: path(0.0))
    only_wide_band("periodic", model.leads)
    moments, digits = checked_times(times), checked_digits(digits)
    if not isinstance(path, Oscillation):
        raise InvalidSystemError("path", described(path), "an Oscillation")
    course = Course("periodic", model, path, 0.0, digits)
    with working(digits + GUARD):
        places = array(moments)
        sigma, current, error = _converged(course, places, digits)
        force = -trace(course.gradient(places), sigma[:, None])
        spin = course.problem.degeneracy
        return DrivenRun(
            moments,
            export(sigma, "mpc", digits + ROUNDING),
            export(force * spin, "mpf", digits + ROUNDING),
            export(current * spin, "mpf", digits + ROUNDING),
            error,
        )


def _converged(course: Course, places: Array, digits: int) -> tuple[Array, Array, float]:
    """Return sigma and currents at the times, with harmonics added until they no longer matter."""
    path = course.path
    assert isinstance(path, Oscillation)
    swing = course.rate(2 * math.pi / path.frequency) / path.frequency
    harmonics = 6 + digits // 3 + math.ceil(min(swing, 4.0))
    before, error = None, math.inf
    while harmonics <= MOST_HARMONICS:
        moments = _state(course, number(path.frequency), harmonics).moments(places)
        current = moments.current(course.leads)
        if before is not None:
            changes = (moments.sigma - before[0], current - before[1])
            error = max(float(np.max(abs(change))) for change in changes)
            if error <= 10.0**-digits:
                return moments.sigma, current, error
        before = moments.sigma, current
        harmonics = math.ceil(1.3 * harmonics)
    raise PrecisionError(
        f"with {MOST_HARMONICS} harmonics the periodic state still changes by {error:.1e}; "
        f"1e-{digits} was asked for"
    )


@dataclass(frozen=True)
class _Floquet:
    """The n Floquet states: exponents ``(n,)``, u and v by harmonics, ``(2M+1, n, n)``."""

    leads: list[WideBand]
    frequency: Any
    exponents: Array
    u: Array
    v: Array

    def moments(self, times: Array) -> Moments:
        """Return sigma and K at the times."""
        n, size = len(self.exponents), len(self.u)
        m = np.arange(size) - size // 2
        z = (self.exponents[None] + m[:, None] * self.frequency).reshape(-1)  # (m, state), flat
        v = self.v.reshape(-1, n)
        J = [_occupied(lead, z) for lead in self.leads]
        # Eq. 35 at t = t': int dw f / ((w - z) (w - z'^*)) is the divided difference of J.
        gaps = z[:, None] - np.conjugate(z)[None]
        pairs = sum(
            (v @ lead.broadening @ adjoint(v)) * (j[:, None] - np.conjugate(j)[None])
            for lead, j in zip(self.leads, J, strict=True)
        )
        inner = pairs / gaps / (2 * pi())
        sigma, K = [], []
        for t in times:
            turns = exp(m * (self.frequency * t * number(1j)))
            u = np.tensordot(np.conjugate(turns), self.u, axes=1)
            row = (u[:, None, :] * turns[None, :, None]).reshape(n, -1)
            sigma.append(row @ inner @ adjoint(row))
            K.append([(row * j) @ v / (2 * pi()) for j in J])
        return Moments(np.array(sigma, dtype=object), np.array(K, dtype=object))


def _occupied(lead: WideBand, z: Array) -> Array:
    """Return J_a(z), up to a real number that is common to all z."""
    digits = mpmath.mp.dps
    mu, T = (export(np.array([value]), "mpf", digits)[0] for value in (lead.mu, lead.temperature))
    result = np.empty(len(z), dtype=object)
    for k, value in enumerate(export(z, "mpc", digits)):
        turned = mpmath.mpc(0, 1) * (value - mu)
        if T == 0:
            result[k] = number(mpmath.log(turned) - mpmath.mpc(0, mpmath.pi / 2))
        else:
            scaled = turned / (2 * mpmath.pi * T)
            result[k] = number(mpmath.digamma(scaled + 0.5) - mpmath.mpc(0, mpmath.pi / 2))
    return result


def _state(course: Course, frequency: Any, harmonics: int) -> _Floquet:
    """Return the Floquet states, from the harmonics -M ... M of the motion."""
    M, size = harmonics, 2 * harmonics + 1
    count = 2 * size
    times = np.arange(count) * (2 * pi() / (frequency * count))
    roots = exp(np.arange(count) * (2 * pi() / count * number(1j)))
    Gamma = sum(lead.broadening for lead in course.leads)
    H = course.hamiltonian(times) + Gamma * number(-0.5j)
    n = H.shape[-1]
    k = np.arange(-2 * M, 2 * M + 1)
    fourier = np.tensordot(roots[np.outer(k, np.arange(count)) % count], H, axes=1) / count
    matrix = np.empty((size, n, size, n), dtype=object)
    for row in range(size):
        for column in range(size):
            matrix[row, :, column] = fourier[row - column + 2 * M]
        matrix[row, :, row] = matrix[row, :, row] - np.eye(n, dtype=int) * ((row - M) * frequency)
    exponents, vectors = _eigenpairs(matrix.reshape(size * n, -1), n, float(frequency))
    for e in exponents.tolist():
        if -float(e.imag) <= UNBROADENED * course.problem.scale:
            raise UnbroadenedLevelError(
                f"no lead broadens the Floquet state at energy {float(e.real):.15g}, "
                "so its occupation is undefined"
            )
    u = np.swapaxes(vectors.reshape(n, size, n), 0, 1)  # (harmonic, state, level)
    u = np.swapaxes(u, 1, 2)
    # The rows of the inverse, at as many times as harmonics are kept of them.
    turns = roots[np.outer(np.arange(count), np.arange(-M, M + 1)) % count]
    inverted = inverses(np.tensordot(np.conjugate(turns), u, axes=1))
    v = np.tensordot(np.conjugate(turns).T, inverted, axes=1) / count
    return _Floquet(course.leads, frequency, exponents, u, v)


def _eigenpairs(matrix: Array, n: int, frequency: float) -> tuple[Array, Array]:
    """Return one eigenvalue and eigenvector of each of the n Floquet states.

    e + m Omega with the vector moved by m harmonics is the same state: at t = 0 it is the same vector.
    """
    rough = np.array([[complex(entry) for entry in row] for row in matrix])
    values, vectors = np.linalg.eig(rough)
    size = len(rough) // n
    parts = vectors.T.reshape(-1, size, n)
    weights = np.sum(abs(parts) ** 2, axis=-1)
    centres = weights @ (np.arange(size) - size // 2) / np.sum(weights, axis=-1)
    chosen: list[int] = []
    for index in np.argsort(abs(centres) + 1e-6 * np.real(values) / frequency):
        initial = np.array([parts[i].sum(axis=0) for i in (*chosen, index)])
        initial = initial / np.linalg.norm(initial, axis=-1, keepdims=True)
        if np.linalg.svd(initial, compute_uv=False)[-1] > 1e-5:
            chosen.append(int(index))
        if len(chosen) == n:
            break
    else:
        raise PrecisionError("two Floquet states coalesce: move the frequency or the amplitude a little")
    pairs = [_refined(matrix, values[i], vectors[:, i]) for i in chosen]
    return np.array([e for e, _ in pairs], dtype=object), np.array([x for _, x in pairs], dtype=object)


def _refined(matrix: Array, value: complex, vector: Array) -> tuple[Any, Array]:
    """Return the eigenpair next to one in float64, by inverse iteration with a fixed shift."""
    shift, x = number(complex(value)), array(vector)
    shifted = matrix - np.eye(len(matrix), dtype=int) * shift
    inverted = inverses(shifted[None])[0]
    tiny, before = number(10) ** -(mpmath.mp.dps - GUARD // 2), None
    for _ in range(12):
        y = inverted @ x
        gain = np.conjugate(x) @ y / (np.conjugate(x) @ x)
        x = y / gain
        found = shift + 1 / gain
        if before is not None and abs(found - before) <= tiny * abs(found):
            return found, inverted @ x * (found - shift)
        before = found
    raise PrecisionError("a Floquet state did not settle: two of them nearly coalesce")
