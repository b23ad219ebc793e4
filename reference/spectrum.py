"""Spectral functions in time: the Fourier integrals of N and P over all energies.

Beyond all edges and occupations both are A = i (G - G^+) or nothing. A continues below the real axis, where
e^{-iEs} falls off for s > 0, so the two tails are taken straight down.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arithmetic import Array, adjoint, function, inverses, number
from .axis import finite_axis
from .green import Green
from .problem import Problem
from .quadrature import Line, Piece, Quadrature, Tail

__all__ = ["Spectrum"]


class Spectrum:
    """int dE e^{-iEs} N(E) and the same of P for one system; nodes are kept from one time s to the next.

    Parameters
    ----------
    problem : Problem
        The system.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.axis, far = finite_axis(problem, lambda energies: Green(problem, energies))
        # Where bands end on both sides there is nothing beyond.
        self.ends = [-far, far] if problem.wide_bands else []
        self.tails = [self._tail(end) for end in self.ends]

    def at(self, s: Any) -> Array:
        """Return both integrals at a time s >= 0, shape ``(2, n, n)``."""
        exp = np.frompyfunc(function("exp"), 1, 1)
        i = number(1j)

        def turning(at: Green) -> Array:
            return np.stack([at.N, at.P], axis=1) * exp(at.energies * (-i * s))[:, None, None, None]

        value = self.axis.integrate(turning)
        for k, (end, tail) in enumerate(zip(self.ends, self.tails, strict=True)):
            down = tail.integrate(lambda at: at[1] * exp(-at[0] * s)[:, None, None])
            value[k] = value[k] + down * (exp(-i * (end * s)) * (i if k == 0 else -i))
        return value

    def _tail(self, end: Any) -> Quadrature:
        """Return the line E = end - iy with y and A(E) on it."""
        problem, i = self.problem, number(1j)

        def evaluate(y: Array) -> tuple[Array, Array]:
            above = end + y * i
            unit = np.eye(problem.levels, dtype=int)
            sigmas = [lead.self_energy(above) for lead in problem.leads]
            # A wide band is the same everywhere; beside a band Sigma is real on the axis, and mirrored.
            down = sum(
                adjoint(sigma) if lead.edges else sigma
                for lead, sigma in zip(problem.leads, sigmas, strict=True)
            )
            G = inverses(np.conjugate(above)[:, None, None] * unit - problem.h - down)
            mirrored = inverses(above[:, None, None] * unit - problem.h - sum(sigmas))
            return y, (G - adjoint(mirrored)) * i

        singular = [(number(z) - end) / i for z in (*problem.edges, *problem.resonances)]
        far = max(abs(z) for z in singular)
        pieces = [Piece(Line(), number(0), far), Piece(Tail(far), number(0), number(1))]
        return Quadrature(pieces, singular, [], evaluate, problem.digits)
