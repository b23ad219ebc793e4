"""Mean-field screening: the steady state whose potential is that of its own density."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from numpy.typing import ArrayLike

from electronwind.doors import checked_digits, checked_model
from electronwind.errors import InvalidSystemError, UnbroadenedLevelError
from electronwind.functionals import Functional, Hubbard, MeanField, Screened, checked_functional
from electronwind.models import Model
from electronwind.system import OpenSystem
from electronwind.watched import called

from .arithmetic import Array, adjoint, array, export, number, real, working
from .batch import LEAST_DIGITS, MOST_DIGITS, ROUNDING
from .susceptibility import Junction

__all__ = ["self_consistent"]

GUARD = 15  # digits beyond those asked for that the integrals are computed with
ROUGH = 15  # digits of the way to the solution
DOUBLE = 13  # digits of a functional that knows double precision only
TORN = 1e-9  # difference of occupations that is no rounding
MOST_STEPS = 12  # of Newton, before the way is cut shorter
SHORTEST = 1 / 64  # part of the way in one go


def self_consistent(model: Model, functional: MeanField, x: ArrayLike, digits: int = 30) -> Screened:
    """Self-consistent steady state of a family under a mean-field energy.

    Parameters
    ----------
    model : Model
        The family h(x), on any leads.
    functional : LocalNeutrality, Hubbard or Functional
        The energy of the density matrix. The functions of a `Functional` are given mpmath numbers, and
        complex numbers of numpy where they cannot do with those: 13 digits are left then.
    x : array_like, shape (..., d)
        Positions. Unit: length.
    digits : int
        Decimal digits, 15 to 50.

    Returns
    -------
    Screened
        With arrays of mpmath numbers, but `system`, which holds the nearest numbers of double precision.

    Raises
    ------
    InvalidSystemError
        A family, functional or position that does not fit, or a function of a `Functional` that fails.
    UnbroadenedLevelError
        A bound state of the converged system on whose occupation the leads disagree.
    PrecisionError
        A quadrature did not reach `digits`.

    Notes
    -----
    Newton's method, the derivatives of the density taken under the integral, todorov2010 Eq. 20; what is
    screened is the solution of the linear system that the same derivatives make. Of several solutions it is
    the one that continues from the bare system: the functional is turned on from 0 to 1, in one go where
    Newton's method converges with every step nearer, in shorter parts otherwise. Source: todorov2010 Sec. II,
    IV and V.
    """
    family = checked_model(model, lambda: x)
    positions = _positions(family, x)
    system = family.at(positions)
    checked_functional(functional, system)
    digits = checked_digits(digits, LEAST_DIGITS, MOST_DIGITS)
    found = []
    for index in np.ndindex(system.shape):
        with working(digits + GUARD):
            found.append(_Search(family, functional, positions[index], digits).run())
    return _together(system, found, digits)


def _positions(family: Model, x: ArrayLike) -> Array:
    """Return x as shape (..., d), refused in words by the family where it is not."""
    family.at(x)
    array = np.asarray(x, dtype=float)
    return array.reshape(1) if array.ndim == 0 else array


@dataclass
class _State:
    """What one position comes to."""

    h: Array
    L: Array
    density: Array
    force: Array
    potential: Array
    residual: Any
    history: list[Any]
    converged: bool
    advice: str


class _Equation:
    """The equations r(p) = 0 for v = sum_k p_k B_k, turned on as far as `part`."""

    def __init__(self, functional: MeanField, levels: int, degeneracy: int) -> None:
        self.functional = functional
        self.degeneracy = degeneracy
        self.double = False
        zero = np.zeros((levels, levels), dtype=int) * number(0j)
        sites = range(levels) if isinstance(functional, Functional) else functional.sites
        self.basis = [_single(zero, i, i, 1) for i in sites]
        if isinstance(functional, Functional):
            for i in range(levels):
                for j in range(i):
                    self.basis += [_single(zero, i, j, 1), _single(zero, i, j, 1j)]
        self.size = np.array([number(2 if k >= levels else 1) for k in range(len(self.basis))])

    def _coordinates(self, matrix: Array) -> Array:
        """Return the p of a Hermitian matrix."""
        return np.array([real(np.sum(B.T * matrix)).item() for B in self.basis]) / self.size

    def residual(self, p: Array, sigma: Array, bare: Array, part: Any) -> Array:
        """Return r: electrons q - n or q - n - v/U, or the energies v - v[q]; `bare` is sigma of h alone."""
        q = self.degeneracy * sigma
        if isinstance(self.functional, Functional):
            return p - part * self._coordinates(self._ask("potential", q))
        sites = list(self.functional.sites)
        charge, n = real(q[sites, sites]), array(self.functional.charges)
        if isinstance(self.functional, Hubbard):
            return _charge_less(charge, n, p, array(self.functional.strength), part)
        first = self.degeneracy * real(bare[sites, sites])
        return charge - first - part * (n - first)

    def slope(self, sigma: Array, change: Array, own: Array, part: Any) -> Array:
        """Return the derivative of r for a change of sigma and, where v itself changes, of p by `own`."""
        dq = self.degeneracy * change
        if isinstance(self.functional, Functional):
            return own - part * self._coordinates(self._ask("kernel", self.degeneracy * sigma, dq))
        sites = list(self.functional.sites)
        charge = real(dq[sites, sites])
        if isinstance(self.functional, Hubbard):
            return _charge_less(charge, charge * 0, own, array(self.functional.strength), part)
        return charge

    def _ask(self, name: str, *densities: Array) -> Array:
        function = getattr(self.functional, name)
        if not self.double:
            try:
                value = function(*(export(q, "mpc", mpmath.mp.dps) for q in densities))
                return self._matrix(name, value)
            except Exception:
                # Functions of numpy do not take mpmath numbers; what is wrong in itself fails again below.
                self.double = True
        plain = (np.asarray(q, dtype=complex) for q in densities)
        return self._matrix(name, called(f"functional.{name}", function, *plain))

    def _matrix(self, name: str, value: Any) -> Array:
        plain = np.asarray(value)
        levels = len(self.basis[0])
        if plain.shape != (levels, levels):
            expected = f"shape ({levels}, {levels})"
            raise InvalidSystemError(f"functional.{name}", f"values of shape {plain.shape}", expected)
        if not np.all(np.isfinite(plain.astype(complex))):
            raise InvalidSystemError(f"functional.{name}", "what is not finite", "finite numbers")
        matrix = array(plain) + number(0j)
        return (matrix + adjoint(matrix)) / 2


def _charge_less(charge: Array, n: Array, p: Array, strength: Array, part: Any) -> Array:
    """Return q - n - v/U where U is on, and -v where it is off."""
    on = np.array([U * part != 0 for U in strength])
    result = -p
    result[on] = charge[on] - n[on] - p[on] / (strength[on] * part)
    return result


def _single(zero: Array, i: int, j: int, value: complex) -> Array:
    matrix = zero.copy()
    matrix[i, j], matrix[j, i] = number(value), number(complex(value).conjugate())
    return matrix


class _Search:
    """The way from the bare system at one position to the self-consistent one."""

    def __init__(self, family: Model, functional: MeanField, x: Array, digits: int) -> None:
        self.digits = digits
        self.degeneracy = family.degeneracy
        self.leads = family.leads
        self.h = array(family.hamiltonian(x, mpmath.mp)) + number(0j)
        self.L = array(family.gradient(x, mpmath.mp)) + number(0j)
        levels = len(self.h)
        self.rough = Junction(family.leads, levels, ROUGH)
        self.fine = Junction(family.leads, levels, digits)
        self.equation = _Equation(functional, levels, family.degeneracy)
        self.bare = self.rough.density(self.h)[0]
        self.history: list[Any] = []

    def _v(self, p: Array) -> Array:
        return np.asarray(sum(a * B for a, B in zip(p, self.equation.basis, strict=True)))

    def _jacobian(self, sigma: Array, changes: Array, part: Any) -> Array:
        unit = np.eye(len(changes), dtype=int) * number(1)
        columns = [
            self.equation.slope(sigma, change, own, part) for change, own in zip(changes, unit, strict=True)
        ]
        return np.stack(columns, axis=-1)

    def run(self) -> _State:
        """Return where the way ends."""
        p = np.array([number(0)] * len(self.equation.basis))
        done, step, advice = number(0), number(1), ""
        while done < 1:
            part = min(done + step, number(1))
            reached = self._newton(p, part)
            if reached is not None:
                p, done, step = reached, part, 2 * step
            elif step > SHORTEST:
                step = step / 2
            else:
                advice = (
                    f"Newton's method stopped at {float(done):.3g} of the functional, with residual "
                    f"{float(self.history[-1]):.1e}, also in parts of 1/{round(1 / SHORTEST)}: the state "
                    "that continues from the bare system may end there; try a smaller strength or bias, or a "
                    "temperature"
                )
                break
        return self._finish(p, advice)

    def _newton(self, p: Array, part: Any) -> Array | None:
        """Return the solution next to p, or None where the steps do not come nearer."""
        last = None
        for _ in range(MOST_STEPS):
            sigma, *changes = self.rough.density(self.h + self._v(p), self.equation.basis)
            r = self.equation.residual(p, sigma, self.bare, part)
            size = max(abs(r))
            self.history.append(size)
            if size < number(10) ** (3 - ROUGH):
                return p
            if last is not None and size > last:
                return None
            last = size
            try:
                p = p - _solve(self._jacobian(sigma, np.asarray(changes), part), r)
            except ZeroDivisionError:
                return None
        return None

    def _finish(self, p: Array, advice: str) -> _State:
        """Return the state with all its digits: steps with the last of the rough derivatives."""
        equation, one = self.equation, number(1)
        bare = self.fine.density(self.h)[0]
        target = min(self.digits, DOUBLE) if equation.double else self.digits
        inverse: Array | None = None
        if not advice:
            sigma, *changes = self.rough.density(self.h + self._v(p), equation.basis)
            jacobian = self._jacobian(sigma, np.asarray(changes), one)
            inverse = np.stack([_solve(jacobian, row) for row in np.eye(len(p), dtype=int) * one], axis=-1)
        for step in range(MOST_STEPS):
            sigma = self.fine.density(self.h + self._v(p))[0]
            r = equation.residual(p, sigma, bare, one)
            # The first is that of the last step on the way, with more digits.
            self.history[len(self.history) - (step == 0) :] = [max(abs(r))]
            if inverse is None or self.history[-1] < number(10) ** -target:
                break
            p = p - inverse @ r
        else:
            advice = f"the last digits did not settle: residual {float(self.history[-1]):.1e}"
        basis, h = equation.basis, self.h + self._v(p)
        self._refuse_torn(h)
        sigma, *changes = self.fine.density(h, [*basis, *self.L])
        L = self.L
        if not advice:
            jacobian = self._jacobian(sigma, np.asarray(changes[: len(basis)]), one)
            screening = []
            for change in changes[len(basis) :]:
                screening.append(self._v(-_solve(jacobian, equation.slope(sigma, change, p * 0, one))))
            L = L + np.asarray(screening)
        force = -self.degeneracy * (self.L * sigma.T).sum(axis=(-2, -1))
        history = list(self.history)
        return _State(h, L, sigma, force, self._v(p), history[-1], history, not advice, advice)

    def _refuse_torn(self, h: Array) -> None:
        """Raise where a bound state has no definite occupation: that of the first lead was taken."""
        sigma = self.rough.density(h)[0]
        for k in range(1, len(self.leads) if self.rough.edges and self.rough.biased else 0):
            turned = Junction([*self.leads[k:], *self.leads[:k]], len(h), ROUGH).density(h)[0]
            if (torn := float(np.max(abs(turned - sigma)))) > TORN:
                raise UnbroadenedLevelError(
                    f"no lead broadens a level of the self-consistent system, and leads 0 and {k} disagree "
                    f"on its occupation: {torn:.2g} of a level"
                )


def _solve(matrix: Array, right: Array) -> Array:
    """Return the solution of a real linear system by elimination with pivoting."""
    n = len(right)
    rows = np.concatenate([matrix, right[:, None]], axis=1)
    for i in range(n):
        pivot = i + int(np.argmax(abs(rows[i:, i])))
        if rows[pivot, i] == 0:
            raise ZeroDivisionError(i)
        rows[[i, pivot]] = rows[[pivot, i]]
        rows[i] = rows[i] / rows[i, i]
        others = np.arange(n) != i
        rows[others] = rows[others] - np.multiply.outer(rows[others, i], rows[i])
    return np.asarray(rows[:, -1])


def _together(system: OpenSystem, found: list[_State], digits: int) -> Screened:
    """Return the results of a batch as one."""
    shape, kept = system.shape, digits + ROUNDING

    def stacked(values: list[Array], kind: str) -> Array:
        flat = np.stack([export(np.asarray(value, dtype=object), kind, kept) for value in values])
        return flat.reshape((*shape, *flat.shape[1:]))

    longest = max(len(state.history) for state in found)
    history = [state.history + state.history[-1:] * (longest - len(state.history)) for state in found]
    matrices = [np.asarray([getattr(s, name) for s in found], dtype=complex) for name in ("h", "L")]
    h, L = (matrix.reshape((*shape, *matrix.shape[1:])) for matrix in matrices)
    failed = [state.advice for state in found if state.advice]
    advice = f"{len(failed)} of {len(found)} did not converge: {failed[0]}" if failed else ""
    return Screened(
        OpenSystem(h, L, system.leads, system.degeneracy),
        stacked([state.density for state in found], "mpc"),
        stacked([state.force for state in found], "mpf"),
        stacked([state.potential for state in found], "mpc"),
        stacked([np.array(state.residual) for state in found], "mpf"),
        stacked([np.array(row) for row in history], "mpf"),
        np.array([state.converged for state in found]).reshape(shape),
        advice,
    )
