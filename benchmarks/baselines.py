"""What the fast solver is measured against: frequency grids in numpy, as a careful user writes them.

Both grids evaluate every steady observable of a batch from one table of Green's functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import expit

from electronwind import OpenSystem, WideBandLead

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, Any]


def uniform(
    system: OpenSystem, spacing: float, cutoff: float, chunk: int = 20_000
) -> Iterator[tuple[Floats, Floats]]:
    """Yield nodes and weights of the uniform grid of the papers, in chunks that fit the memory."""
    count = int(2 * cutoff / spacing)
    del system
    for start in range(0, count, chunk):
        w = -cutoff + spacing * (np.arange(start, min(start + chunk, count)) + 0.5)
        yield w, np.full(w.shape, spacing)


def panels(system: OpenSystem, order: int, reach: float, frequency: float) -> Iterator[tuple[Floats, Floats]]:
    """Yield Gauss-Legendre panels that halve towards every potential and every level."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    total = sum(lead.broadening for lead in system.leads if isinstance(lead, WideBandLead))
    levels = np.linalg.eigvals(system.hamiltonian - 0.5j * total)
    centres = [(float(lead.mu), float(lead.temperature)) for lead in system.leads]
    centres += [(float(e.real), float(-e.imag)) for e in levels]
    edges: list[float] = []
    shifts = (-frequency, 0.0, frequency)
    for centre, width in ((c + shift, width) for c, width in centres for shift in shifts):
        steps = width * 2.0 ** np.arange(np.ceil(np.log2(reach / width)) + 1)
        edges += [centre, *(centre - steps), *(centre + steps)]
    marks = np.array(sorted(edges))
    marks = marks[np.concatenate([[True], np.diff(marks) > 1e-12])]
    half = np.diff(marks)[:, None] / 2
    yield (marks[:-1, None] + half * (1 + nodes)).ravel(), (half * weights).ravel()


def observables(
    system: OpenSystem, grid: Iterator[tuple[Floats, Floats]], frequency: float
) -> dict[str, Array]:
    """Return every steady observable of one system, per spin, summed over a grid."""
    n, gradient = system.levels, system.gradient
    gammas = [lead.broadening for lead in system.leads if isinstance(lead, WideBandLead)]
    effective = system.hamiltonian - 0.5j * sum(gammas)

    def occupied(w: Floats) -> list[Floats]:
        return [expit(-(w - lead.mu) / lead.temperature) for lead in system.leads]

    def table(w: Floats) -> tuple[Array, Array, Array]:
        g = np.linalg.inv(w[:, None, None] * np.eye(n) - effective)
        adjoint = g.conj().swapaxes(-1, -2)
        parts = [g @ gamma @ adjoint for gamma in gammas]
        lesser = np.sum([f[:, None, None] * x for f, x in zip(occupied(w), parts, strict=True)], axis=0)
        return g, lesser, np.sum(parts, axis=0) - lesser

    def trace(left: Array, right: Array, q: Floats) -> Array:
        flat = left.shape[0], left.shape[1], n * n
        a = (left * q[None, :, None, None]).reshape(flat)
        b = right.swapaxes(-1, -2).reshape(right.shape[0], right.shape[1], n * n)
        return np.einsum("mwk,vwk->mv", a, b, optimize=True)

    total: dict[str, Array] = {}
    for w, weights in grid:
        q = weights / (2 * np.pi)
        g, lesser, greater = table(w)
        ahead, _, greater_ahead = table(w + frequency)
        behind, _, _ = table(w - frequency)
        spectral = lesser + greater
        vertex = gradient[:, None]
        enclosed = vertex @ lesser
        flows = np.stack([np.einsum("ij,wji->w", gamma, spectral).real for gamma in gammas])
        drains = np.stack([np.einsum("ij,wji->w", gamma, lesser).real for gamma in gammas])
        parts = {
            "density_matrix": np.einsum("w,wij->ij", q, lesser),
            "friction": 2 * trace(vertex @ (g @ g), enclosed, q).imag,
            "curl": 2 * trace(vertex @ spectral, enclosed, q).imag,
            "current": (np.stack(occupied(w)) * flows - drains) @ q,
            "white_noise": trace(vertex @ greater, enclosed, q).real,
            "force_noise": trace(vertex @ greater_ahead, enclosed, q),
            "response": -trace(vertex @ ahead, enclosed, q)
            - trace(vertex @ lesser, vertex @ behind.conj().swapaxes(-1, -2), q),
        }
        for name, value in parts.items():
            total[name] = total.get(name, 0) + value
    sigma = total["density_matrix"]
    total["force"] = -np.einsum("dij,ji->d", gradient, sigma)
    total["bond_current"] = 2 * (system.hamiltonian.T * sigma).imag
    return total


def response(system: OpenSystem, frequency: float, order: int = 8, at_once: int = 50) -> Array:
    """Return the response by panels that double away from every potential, down to where it is 1e-10 right.

    For levels that are broader than the temperature: no panel is there for their sake. Only the inverses that
    a response needs are taken, three at each energy.
    """
    nodes, weights = np.polynomial.legendre.leggauss(order)
    ends: list[float] = []
    for lead in system.leads:
        steps = 2 * float(lead.temperature) * 2.0 ** np.arange(24)
        for centre in (float(lead.mu) + shift for shift in (-frequency, 0.0, frequency)):
            ends += [centre, *(centre - steps), *(centre + steps[:6])]
    marks = np.unique(np.round(ends, 9))
    half = np.diff(marks)[:, None] / 2
    w, q = (marks[:-1, None] + half * (1 + nodes)).ravel(), (half * weights).ravel() / (2 * np.pi)
    parts = [(lead, lead.broadening) for lead in system.leads if isinstance(lead, WideBandLead)]
    effective = system.hamiltonian - 0.5j * sum(gamma for _, gamma in parts)

    def inverse(at: Floats) -> Array:
        return np.linalg.inv(at[:, None, None] * np.eye(system.levels) - effective)

    total = np.zeros((system.coordinates,) * 2, complex)
    for begin in range(0, len(w), at_once):
        e, weight = w[begin : begin + at_once], q[begin : begin + at_once]
        g, ahead, behind = inverse(e), inverse(e + frequency), inverse(e - frequency)
        adjoint, back = (part.conj().swapaxes(-1, -2) for part in (g, behind))
        lesser = np.zeros_like(g)
        for lead, gamma in parts:
            filled = weight * expit(-(e - lead.mu) / lead.temperature)
            lesser += filled[:, None, None] * (g @ gamma @ adjoint)
        for column, vertex in enumerate(system.gradient):
            moved = np.sum(ahead @ (vertex @ lesser) + lesser @ (vertex @ back), axis=0)
            total[:, column] -= np.einsum("dij,ji->d", system.gradient, moved)
    return total
