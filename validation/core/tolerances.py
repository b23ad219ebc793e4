"""The tolerance table, and the numbers it needs: natural scales and condition numbers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OBSERVABLES, Lead, OpenSystem
from electronwind.leads.base import norm

from ..work.stopwatch import ORACLE
from .check import Comparison

__all__ = ["condition", "decay", "digits", "dimension", "energy", "natural", "nearby", "slack", "tolerance"]

EPS = float(np.finfo(np.float64).eps)
# A backward stable algorithm loses a small multiple of eps times the condition number; 64 leaves room
# for the handful of matrix products and special functions of a solver, and for the random directions
# below, which miss the worst one by a factor of a few.
SAFETY = 64.0
# Ten times what the solver itself claims, since the claim may hold for typical systems only.
TRUST = 10.0
MOST_DIGITS = 15.95

COPIES = 8
STEP = 1e-6


def tolerance(comparison: Comparison, levels: int, accuracy: float = 0.0) -> float:
    """Return the error that a comparison is allowed, in units of its scale.

    Parameters
    ----------
    comparison : Comparison
        Its `kind` selects the row: ``exact`` for an identity of the solver's own values, where
        errors of all levels add up, ``value`` for a value that we hold it against, ``run`` for what was
        integrated over time, to the accuracy that is claimed for that.
    levels : int
        Number of levels of the system.
    accuracy : float
        Relative accuracy that the solver claims, 0 where it claims none.
    """
    rounding = SAFETY * EPS * comparison.condition
    if comparison.kind == "exact":
        rounding *= levels
    return max(rounding, TRUST * accuracy)


def digits(error: float) -> float:
    """Return the number of correct digits, between 0 and that of double precision."""
    if error <= 0:
        return MOST_DIGITS
    return min(max(-math.log10(error), 0.0), MOST_DIGITS)


class _Sizes(NamedTuple):
    """Norms of the inputs of a system: all comparisons on it ask for them."""

    hamiltonian: float
    gradient: float
    width: float
    energy: float


_SIZES: WeakKeyDictionary[OpenSystem, _Sizes] = WeakKeyDictionary()


def _sizes(system: OpenSystem) -> _Sizes:
    if system not in _SIZES:
        h, widths = norm(system.hamiltonian), [lead.width for lead in system.leads]
        numbers = [float(np.max(np.abs(x))) for lead in system.leads for x in (lead.mu, lead.temperature)]
        _SIZES[system] = _Sizes(h, norm(system.gradient), max(widths), max([h, *widths, *numbers]))
    return _SIZES[system]


def energy(system: OpenSystem, argument: ArrayLike = 0.0) -> float:
    """Return the largest energy among the inputs: rounding errors are eps times this."""
    return max(_sizes(system).energy, float(np.max(np.abs(argument), initial=0.0)))


def _largest(observable: str, system: OpenSystem, *argument: ArrayLike) -> float:
    """Return the largest energy of a question: a delay is none."""
    return energy(system) if OBSERVABLES[observable].argument_power < 0 else energy(system, *argument)


def decay(system: OpenSystem) -> float:
    """Return the smallest decay rate of a mode of h - i Gamma/2 on wide-band leads."""
    modes = np.linalg.eigvals(system.hamiltonian - 0.5j * sum(system.broadenings))
    return float(np.min(-modes.imag))


def _sharpest(system: OpenSystem) -> float:
    """Return about the width of the sharpest resonance, leads with bands taken at the centre of theirs."""
    total: NDArray[Any] = np.zeros((*system.shape, system.levels, system.levels), dtype=complex)
    for lead in system.leads:
        sites = np.asarray(lead.sites)
        total[..., sites[:, None], sites] += lead.peak
    modes = np.linalg.eigvals(system.hamiltonian - 0.5j * total)
    return float(np.min(-modes.imag))


def natural(observable: str, system: OpenSystem, argument: ArrayLike = 0.0) -> float:
    """Return the size that an observable has by its dimension.

    A value that cancels to zero, such as the curl at equilibrium, is measured against it.
    """
    return dimension(observable, system, _largest(observable, system, argument))


def dimension(observable: str, system: OpenSystem, size: float) -> float:
    """Return the size that an observable has by its dimension where energies have the given size.

    Parameters
    ----------
    observable : str
        Name of the observable.
    system : OpenSystem
        Gives the gradient, the widths and the spin factor.
    size : float
        Unit: energy.
    """
    known, row = _sizes(system), OBSERVABLES[observable]
    sizes = {
        "energy": size,
        "force": known.gradient or 1.0,
        "width": known.width or size,
        "hopping": known.hamiltonian or size,
    }
    value = math.prod(sizes[name] ** power for name, power in row.dimension.items())
    return value * (system.degeneracy if row.spin else 1)


# The systems of the named cases are asked for again and again; drawn ones vanish with their cache.
_KNOWN: WeakKeyDictionary[OpenSystem, dict[Any, tuple[float, float]]] = WeakKeyDictionary()


@ORACLE.times
def condition(observable: str, system: OpenSystem, *argument: ArrayLike) -> tuple[float, float]:
    """Return the scale of an observable and its normwise condition number.

    Parameters
    ----------
    observable : str
        Name of the observable.
    system : OpenSystem
        The system; of a batch, the worst member counts.
    *argument : array_like
        Energy or frequency, where the observable has one.

    Returns
    -------
    scale : float
        Largest entry of the value, or its natural size where that is larger.
    condition : float
        Change of the value in units of `scale` per relative change of the inputs, at least 1.

    Notes
    -----
    All inputs are moved at once in a few fixed random directions: the Hamiltonian and the
    electrochemical potentials by a fraction `STEP` of the largest energy, since that is what a rounding
    error does; the others by that fraction of themselves. A broadening is moved by a congruence,
    which keeps it positive semidefinite and of the same rank.

    Integrals over energy run over resonances as sharp as the slowest mode decays, and what they add up
    there may cancel: forces in units of that rate are a lower bound of the response.
    """
    known = _KNOWN.setdefault(system, {})
    key = (observable, *(np.asarray(a, dtype=float).tobytes() for a in argument))
    if key not in known:
        known[key] = _measure(observable, system, *argument)
    return known[key]


def slack(observable: str, system: OpenSystem, *argument: ArrayLike, accuracy: float = 0.0) -> float:
    """Return the absolute error that a value of the solver is allowed.

    Comparisons that subtract or integrate values of the solver state it as their uncertainty.
    """
    scale, kappa = condition(observable, system, *argument)
    value = Comparison(observable, 0.0, 0.0, scale, condition=kappa)
    return scale * tolerance(value, system.levels, accuracy)


def _measure(observable: str, system: OpenSystem, *argument: ArrayLike) -> tuple[float, float]:
    from electronwind import fast

    ask = getattr(fast, observable)
    value = np.asarray(ask(system, *argument))
    scale = max(float(np.max(np.abs(value), initial=0.0)), natural(observable, system, *argument))
    moved = np.asarray(ask(nearby(system, _largest(observable, system, *argument)), *argument))
    response = float(np.max(np.abs(moved - value), initial=0.0)) / STEP
    if OBSERVABLES[observable].resonant:
        response = max(response, dimension(observable, system, _sharpest(system)))
    return scale, max(1.0, response / scale)


def nearby(system: OpenSystem, size: float) -> OpenSystem:
    """Return a batch of `COPIES` slightly different systems, the same ones in every call.

    Parameters
    ----------
    system : OpenSystem
        A system, or a batch of shape ``(...)``; the result has shape ``(COPIES, ...)``.
    size : float
        The energy of which a fraction `STEP` is added to Hamiltonian and potentials.
    """
    draw = np.random.default_rng(20221117)

    def number(shape: tuple[int, ...]) -> NDArray[np.float64]:
        return STEP * draw.standard_normal((COPIES, *shape))

    def matrix(shape: tuple[int, ...]) -> NDArray[np.complex128]:
        return np.asarray((number(shape) + 1j * number(shape)) / math.sqrt(2 * shape[-1]), dtype=complex)

    def hermitian(shape: tuple[int, ...]) -> NDArray[np.complex128]:
        raw = matrix(shape)
        return np.asarray(raw + np.conj(np.swapaxes(raw, -1, -2)))

    seen: list[tuple[Lead, NDArray[np.float64], NDArray[np.float64]]] = []

    def lead(old: Lead) -> Lead:
        # Members of a batch may broadcast: the new axis must come before all of theirs.
        mu = np.broadcast_to(old.mu, system.shape) + size * number(system.shape)
        heat = np.broadcast_to(old.temperature, system.shape) * (1 + number(system.shape))
        # Leads that agree still do: what is bound and filled by agreement is moved, and not made undefined.
        for other, *moved in seen:
            if np.array_equal(other.mu, old.mu) and np.array_equal(other.temperature, old.temperature):
                mu, heat = moved
        seen.append((old, mu, heat))
        return old.nudged(number, system.shape, size, mu=mu, temperature=heat)

    h, gradient = system.hamiltonian, system.gradient
    return OpenSystem(
        h + size * hermitian(h.shape),
        gradient + norm(gradient) * hermitian(gradient.shape),
        [lead(old) for old in system.leads],
        system.degeneracy,
    )
