"""Stiffness of a body that current flows through: minus the derivative of the total force."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from electronwind.body import ClassicalBody
from electronwind.doors import checked_body, checked_digits, checked_model, checked_place
from electronwind.leads import Lead
from electronwind.models import Model
from electronwind.system import OpenSystem
from electronwind.watched import Watched

from .arithmetic import Array, array, export, imag, number, pi, real, working
from .batch import LEAST_DIGITS, MOST_DIGITS, ROUNDING, Work
from .density import sigma
from .green import Green, traces
from .leads import fermi
from .problem import Problem
from .quadrature import Cosine, Line, Piece, Quadrature, Tail

__all__ = ["electrons", "stiffness"]

# The contour runs this part of the largest energy above the real axis, past no more poles than that.
HEIGHT, MOST_POLES = 0.25, 200


def stiffness(model: Model, body: ClassicalBody, x: ArrayLike, digits: int = 30) -> Array:
    """Stiffness of a body at rest, between leads of any bias.

    Parameters
    ----------
    model : Model
        The family h(x).
    body : ClassicalBody
        The potential apart from the electrons; the masses do not matter.
    x : array_like, shape (..., d)
        Positions.
    digits : int
        Decimal digits, 15 to 50, relative to the natural size of the integrals; h and U with their
        derivatives are taken as the family and the potential give them in double precision.

    Returns
    -------
    ndarray of mpf, shape (..., d, d)
        K[mu, nu] with dF_mu = -sum_nu K[mu, nu] dx_nu of the total force. Unit: energy / length^2.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime.
    PrecisionError
        The quadrature did not reach `digits`, or a family or potential is not smooth at x.
    InvalidSystemError
        What is no family, body or position; `digits` is not a whole number from 15 to 50.

    Notes
    -----
    With L = dh/dx and r one of the leads, K = d2U/dx2 + Tr[d2h/dx2 sigma] - chi,

        chi = Im int dE/pi f_r Tr[L G L G] - Re int dE/pi Tr[L G L sum_a (f_a - f_r) X_a].

    The first integral is closed in the upper half plane, around the poles of f_r: states at the edge of a
    band, where G diverges, are then no matter. Source: cunningham2014 Eq. 5-7.
    """
    model = checked_model(model, lambda: x)
    place = checked_place("x", x, model)
    surface = checked_body(body, place, strict=True).potential
    assert isinstance(surface, Watched)
    digits = checked_digits(digits, LEAST_DIGITS, MOST_DIGITS)
    result = np.empty((*place.shape, place.shape[-1]), dtype=object)
    for index in np.ndindex(place.shape[:-1]):
        work, value = electrons(model, model.leads, place[index], digits)
        with working(work.problem.work_digits):
            total = value + array(surface.hessian(place[index]))
            result[index] = export(total, "mpf", digits + ROUNDING)
    return result


def electrons(model: Model, leads: Sequence[Lead], x: Array, digits: int) -> tuple[Work, Array]:
    """Return the work on the family at x between any leads, and the part of the electrons, shape (d, d)."""
    work = Work(OpenSystem(model.hamiltonian(x), model.gradient(x), leads, model.degeneracy), digits)
    problem = work.problem
    with working(problem.work_digits):
        curvature = array(np.asarray(model.hessian(x), dtype=complex))
        own = real((curvature * sigma(work).T).sum(axis=(-2, -1)))
        return work, np.asarray((own - _below(problem) + _window(problem)) * problem.degeneracy)


def _squares(at: Green) -> Array:
    """Return Tr[L_mu G L_nu G], shape ``(nodes, d, d)``."""
    moved = at.problem.L @ at.G[:, None]
    return traces(moved, moved)


def _below(problem: Problem) -> Array:
    """Return Im int dE/pi f_r Tr[L G L G]."""
    lead = problem.leads[0]
    mu, t = lead.mu, lead.temperature
    if t == 0:
        # From mu upwards and back at infinity, where the trace falls off like 1/E^2.
        return -imag(_contour(problem, mu, number(1j), None, _squares)) / pi()
    spacing = 2 * pi() * t
    count = min(MOST_POLES, max(1, math.ceil(HEIGHT * problem.scale / float(spacing))))
    poles = array([complex(0, k + 0.5) for k in range(count)]) * spacing + mu
    residues = _squares(Green(problem, poles)).sum(axis=0) * (number(-2j) * pi() * t)
    height = number(1j) * (spacing * count)
    # The Fermi function has the period of the height.
    line = _contour(problem, height, number(1), (mu, t), _squares)
    return imag(line + residues) / pi()


def _contour(
    problem: Problem,
    offset: Any,
    direction: Any,
    occupied: tuple[Any, Any] | None,
    integrand: Callable[[Green], Array],
) -> Array:
    """Return the integral along E = offset + direction s: all s where there is a Fermi function, or s > 0."""

    def evaluate(s: Array) -> tuple[Array, Green]:
        f = np.full_like(s, number(1)) if occupied is None else fermi(s, *occupied)
        return f, Green(problem, s * direction + offset)

    singular = [number(complex(e)) for e in problem.resonances]
    singular += [number(0j) + edge for lead in problem.leads for edge in lead.edges]
    singular = [(e - offset) / direction for e in singular]
    far = 4 * max(*(abs(z) for z in singular), number(problem.scale))
    if occupied is None:
        pieces = [Piece(Line(), number(0), far), Piece(Tail(far), number(0), number(1))]
    else:
        mu, t = occupied
        singular += [mu + number(side * 1j) * (pi() * t) for side in (1, -1)]
        end = mu + t * ((problem.work_digits + 3) * math.log(10))
        far = max(far, 2 * abs(end))
        pieces = [Piece(Tail(-far), number(0), number(1)), Piece(Line(), -far, end)]
    quadrature = Quadrature(pieces, singular, [], evaluate, problem.digits)
    return quadrature.integrate(lambda at: integrand(at[1]) * at[0][:, None, None]) * direction


def _window(problem: Problem) -> Array:
    """Return Re int dE/pi Tr[L G L sum_a (f_a - f_r) X_a]."""
    d, reach = len(problem.L), (problem.work_digits + 3) * math.log(10)
    ends = [lead.mu + side * reach * lead.temperature for lead in problem.leads for side in (-1, 1)]
    low, high = min(ends), max(ends)
    alike = len({(lead.mu, lead.temperature) for lead in problem.leads}) == 1
    if alike or low == high:
        return np.full((d, d), number(0), dtype=object)
    edges = [edge for lead in problem.leads for edge in lead.edges if low < edge < high]
    cuts = sorted({low, high, *edges})
    pieces = [Piece(Cosine(a, b), number(0), pi() / 2) for a, b in pairwise(cuts)]
    mus = [lead.mu for lead in problem.leads]
    singular = [number(complex(e.real, abs(e.imag))) for e in problem.resonances]
    singular += [
        lead.mu + number(1j) * (pi() * lead.temperature) for lead in problem.leads if lead.temperature > 0
    ]

    def integrand(at: Green) -> Array:
        excess: Any = sum(X * (f - at.f[0])[:, None, None] for X, f in zip(at.X, at.f, strict=True))
        return traces(problem.L @ at.G[:, None], problem.L @ excess[:, None])

    quadrature = Quadrature(pieces, [*singular, *edges], mus, lambda e: Green(problem, e), problem.digits)
    return real(quadrature.integrate(integrand)) / pi()
