"""Friction and static response where a state sits at the edge of a band: G diverges there.

The integrals over N along the real axis then miss what is at the edge itself. With the occupation f_r of one
lead split off, the first part is analytic in the upper half plane,

    friction = -2 Re int f_r Tr[L_mu G' L_nu G] + int (-f_r') Tr[L_mu G L_nu G^+] + window,
    response(0) = 2 Im int f_r Tr[L_mu G L_nu G] + window,    int = int dE/2pi,

and the window holds the excess sum_a (f_a - f_r) X_a in the place of N. Source: preston2022 Eq. 26 and
todorov2014 Eq. 20, by partial integration of G - G^+.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from electronwind.errors import UnsupportedError

from .arithmetic import Array, adjoint, imag, number, pi, real
from .batch import Work
from .green import Green, traces
from .infinite import refuse_edges
from .leads import fermi
from .problem import Problem
from .quadrature import Cosine, Line, Piece, Quadrature, Tail

__all__ = ["friction", "response"]


def friction(work: Work) -> Array:
    """Return the friction matrix, shape ``(d, d)``."""
    problem, L = work.problem, work.problem.L
    refuse_edges(problem, "friction")
    below = _contour(problem, lambda at: traces(L @ at.slope[:, None], L @ at.G[:, None]))
    surface = _surface(problem, lambda at: traces(L @ at.G[:, None], L @ adjoint(at.G)[:, None]))
    window = work.axis.integrate(lambda at: traces(L @ at.slope[:, None], L @ _excess(at)[:, None]))
    return real(surface - 2 * below) - 2 * imag(window / (2 * pi()))


def response(work: Work) -> Array:
    """Return the response at the frequency 0, shape ``(d, d)``."""
    problem, L = work.problem, work.problem.L
    refuse_edges(problem, "response")
    below = _contour(problem, lambda at: traces(L @ at.G[:, None], L @ at.G[:, None]))
    window = work.axis.integrate(lambda at: traces(L @ at.G[:, None], L @ _excess(at)[:, None]))
    return number(0j) + 2 * imag(below) - 2 * real(window / (2 * pi()))


def _excess(at: Green) -> Array:
    """Return sum_a (f_a - f_0) X_a; what is below the digits asked for is left out, as edges are there."""
    least = number(10) ** -(at.problem.digits + 10)
    differences = [f - at.f[0] for f in at.f]
    kept = [d * (abs(d) > least).astype(int).astype(object) for d in differences]
    return np.asarray(sum(X * d[:, None, None] for X, d in zip(at.X, kept, strict=True)))


def _contour(problem: Problem, value: Callable[[Green], Array]) -> Array:
    """Return int dE/2pi f_0(E) value(E) for what is analytic above the real axis and falls like 1/E^2.

    T = 0: straight up from mu. Otherwise along Im E = 2 pi T, where f is what it is on the real axis; the one
    pole below is added.
    """
    mu, T = problem.leads[0].mu, problem.leads[0].temperature
    i = number(1j)
    singular = [edge - mu for edge in problem.edges] + [number(e) - mu for e in problem.resonances]
    reach = number(problem.scale) + max(abs(s) for s in singular)
    if T == 0:
        pieces = [Piece(Line(), number(0), reach), Piece(Tail(reach), number(0), number(1))]

        def along(y: Array) -> Array:
            return value(Green(problem, mu + y * i)) * -i

        upward = Quadrature(pieces, [s / i for s in singular], [], along, problem.digits)
        return upward.integrate(lambda values: values) / (2 * pi())
    height = 2 * pi() * T
    end = T * ((problem.work_digits + 3) * math.log(10))
    reach = max(reach, 2 * end)
    pieces = [Piece(Tail(-reach), number(0), number(1)), Piece(Line(), -reach, end)]
    singular = [s - height * i for s in singular] + [pi() * T * i]

    def above(x: Array) -> Array:
        values = value(Green(problem, mu + x + height * i))
        weights = fermi(x, number(0), T)
        return values * weights[:, None, None]

    line = Quadrature(pieces, singular, [], above, problem.digits)
    pole = value(Green(problem, np.array([mu + pi() * T * i], dtype=object)))[0]
    return line.integrate(lambda values: values) / (2 * pi()) - pole * (i * T)


def _surface(problem: Problem, value: Callable[[Green], Array]) -> Array:
    """Return int dE/2pi (-df_0/dE) value(E), along the real axis, inside and outside of the bands."""
    mu, T = problem.leads[0].mu, problem.leads[0].temperature
    if T == 0:
        return value(Green(problem, np.array([mu], dtype=object)))[0] / (2 * pi())
    # Further off, also from an edge, nothing shows in the digits asked for.
    width = T * ((problem.digits + 5) * math.log(10))
    start, stop = mu - width, mu + width
    for state in problem.sharp.bound:
        if start < state.energy < stop:
            raise UnsupportedError(
                f"friction with a bound state that the temperature reaches, at energy "
                f"{float(state.energy):.15g}, and a state at the edge of a band is not offered"
            )
    cuts = [start, *(edge for edge in problem.edges if start < edge < stop), stop]
    pieces = [Piece(Cosine(a, b), number(0), pi() / 2) for a, b in pairwise(cuts)]
    singular = [number(complex(e.real, abs(e.imag))) for e in problem.resonances]
    singular += [*problem.edges, mu + pi() * T * number(1j)]

    def weighted(energies: Array) -> Array:
        f, hole = fermi(energies, mu, T), fermi(-energies, -mu, T)
        return value(Green(problem, energies)) * (f * hole / T)[:, None, None]

    line = Quadrature(pieces, singular, [mu], weighted, problem.digits)
    return line.integrate(lambda values: values) / (2 * pi())
