"""Junctions in motion whose run is known in closed form or by one quadrature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import expm

from electronwind import ClassicalBody, OpenSystem, Path, Trajectory, fast, models

from ...core.check import Comparison, Problem, check
from ...numerics.matrices import spectral
from ...numerics.quadrature import fermi, grid, panels
from ...systems.matrices import numbers
from ...systems.motion import bodies, motions
from ...systems.strategies import single_level, systems, wide, with_leads
from ...systems.transformations import changed
from ..family import family
from .tools import compare, observed, setting

Array = NDArray[Any]

# Energies up to this one are integrated, with all phases resolved; what lies below is of third order.
EDGE = 128.0
# Deviation of A from its value at rest beyond the edge, in the second order of the velocity.
BEYOND = 1e-6


def energies(system: OpenSystem, levels: Iterable[complex], length: float) -> tuple[Array, Array]:
    """Return nodes and weights for an integral over dw/2pi between the edges, for waves that long."""
    near = [*levels, *(lead.mu + 1j * np.pi * lead.temperature for lead in wide(system))]
    # Five radians to either side of the middle of a panel, which its 16 nodes resolve to rounding.
    cuts = np.linspace(-EDGE, EDGE, 2 + int(2 * EDGE * (length + 1) / 10))
    w, weights = panels(np.array(near), list(cuts), -EDGE, EDGE)
    return w, weights / (2 * np.pi)


def one_level(system: OpenSystem, path: Path, first: float, t: float, w: Array) -> Array:
    """Return A(w, t) of one level that rested until the time `first`.

    Notes
    -----
    With ``p(r) = int_r^t (h - i Gamma/2)``, ``A = e^{iw(t - t0) - i p(t0)} G(w; t0) - i int_t0^t dr e^{iw(t -
    r) - i p(r)}``: Jauho, Wingreen and Meir, Phys. Rev. B 50, 5528 (1994), Eq. 33.
    """
    length = t - first
    slope, rest = system.gradient[:, 0, 0].real, spectral(system)[0, 0]
    pieces = max(1, int(np.ceil(10 * length)))
    r, dr = grid(first, t, pieces, 16)
    ends = np.array([first, *r, t])
    x, dx = grid(0.0, 1.0, 1, 6)
    gaps = np.diff(ends)
    inside = rest + path(ends[:-1, None] + gaps[:, None] * x) @ slope
    # p at the first time and at each node: the phase of all gaps that come later
    p = np.cumsum((gaps * (inside @ dx))[::-1])[::-1]
    start = rest + path(first) @ slope
    waves = np.exp(1j * np.multiply.outer(w, t - r) - 1j * p[1:])
    return np.asarray(np.exp(1j * w * length - 1j * p[0]) / (w - start) - 1j * waves @ dr)


@check(
    "analytic.one_level.driven",
    "driven",
    problems=motions(single_level(temperatures=(0.2, 0.05, 0.5), bias=0.25)),
    source="Jauho, Wingreen and Meir (1994) Eq. 33; preston2022 Eq. 41",
    says="One level that moves, at constant velocity, in oscillation or else, has a closed A(w, t): "
    "occupation, force and the current of each lead are one integral over energy. Usual mistakes: the "
    "sign or a missing -i in the step, Gamma for Gamma/2, the current of a junction at rest.",
    catches=(
        "adiabatic-electrons",
        "quasistatic-current",
        "driven-current-sign",
        "driven-swapped-potentials",
        "driven-doubled-width",
        "source-sign",
        "step-without-i",
        "empty-start",
        "driven-force-sign",
        "driven-force-doubled",
    ),
    cost="dear",
)
def _one_level(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    path = given.path
    assert isinstance(path, Path)
    first = given.times[0]
    asked = given.times[1:]
    want: dict[str, list[Any]] = {"density_matrix": [], "force": [], "current": []}
    for t in asked:
        here, before = given.model.at(path(t)), given.model.at(path(first))
        w, weights = energies(system, (spectral(place)[0, 0] for place in (before, here)), t - first)
        a = one_level(system, path, first, t, w)
        # Against the level at rest, where the tails of the integrals are known.
        level = spectral(here)[0, 0]
        still = 1 / (w - level)
        speed = (path(t) - path(t - 2.0**-20)) / 2.0**-20 @ system.gradient[:, 0, 0].real
        tail = 1j * speed / (2 * (EDGE + level) ** 2) / (2 * np.pi)
        count, flows = 0.0, []
        for lead in wide(system):
            f, width = weights * fermi(w, lead), lead.broadening[0, 0].real
            count += width * float(f @ (abs(a) ** 2 - abs(still) ** 2))
            flows.append(-2 * width * (f @ (a - still) + tail).imag)
        gammas = np.array([lead.broadening[0, 0].real for lead in wide(system)])
        spin = system.degeneracy
        want["density_matrix"].append(fast.density_matrix(here) + count)
        want["force"].append(fast.force(here) - spin * count * system.gradient[:, 0, 0].real)
        want["current"].append(fast.current(here) + spin * (np.array(flows) - gammas * count))
    found = observed(solver, "driven", given)
    got = {field: found[field][1:] for field in want}
    yield from compare("driven", got, want, system, BEYOND)


@check(
    "analytic.full.driven",
    "driven",
    problems=motions(systems((1, 2), (1, 2), (2, 2), temperatures=(0.2, 0.05, 0.5))),
    source="completeness of A(w, t)",
    says="Electrochemical potentials far above (below) all levels leave every level full (empty) whatever "
    "the motion, and no current flows. Usual mistakes: the tail beyond an energy grid is lost, 1/pi for "
    "1/2pi, an evolution that does not conserve probability.",
    catches=("truncated-grid", "driven-pi-for-two-pi", "driven-doubled-width"),
    cost="dear",
)
def _full(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    high = 2.0**20
    for mu, filled in ((high, 1.0), (-high, 0.0)):
        leads = [(lead.broadening, mu, lead.temperature) for lead in wide(system)]
        far = with_leads(system, leads)
        got = observed(solver, "driven", replace(given, model=models.tangent(far)))
        count = len(given.times)
        force = -filled * system.degeneracy * np.trace(system.gradient, axis1=-2, axis2=-1).real
        want = {
            "density_matrix": np.broadcast_to(filled * np.eye(system.levels), got["density_matrix"].shape),
            "force": np.broadcast_to(force, (count, system.coordinates)),
            "current": np.zeros((count, len(leads))),
        }
        # What is left of a Lorentzian at this distance.
        yield from compare("driven", got, want, system, 1e-5)


# --- almost no leads ------------------------------------------------------------------------------

WEAK = 2.0**-16


@st.composite
def _echoes(draw: Any) -> Problem:
    """Draw a junction with hardly any leads, on a path that is odd about t = 1 about h = 0."""
    system = draw(systems((2, 2), (2, 2), (2, 2), temperatures=(0.2, 0.5)))
    still = changed(system, hamiltonian=np.zeros((2, 2)))
    leads = [(WEAK * np.eye(2), lead.mu, lead.temperature) for lead in wide(system)]
    part = [[draw(numbers(8)) for _ in range(2)] for _ in range(4)]
    x0, x1 = np.array(part[0]) + 0.5, np.array(part[1])
    v0, v1 = np.array(part[2]), np.array(part[3])
    path = Trajectory([0, 0.5, 1.5, 2], [x0, x1, -x1, -x0], [v0, v1, v1, v0])
    return Problem(with_leads(still, leads), {"path": path.to_dict(), "times": [0.0, 0.5, 1.0, 2.0]})


@check(
    "analytic.unitary.driven",
    "driven",
    problems=_echoes(),
    source="von Neumann's equation; time reversal",
    says="With hardly any coupling to leads the density matrix turns with the unitary evolution of h(t), and "
    "comes back where h(t) runs through its negative in reverse. Usual mistakes: the sign of the "
    "commutator, h of a step before, an evolution that damps.",
    catches=("backward-evolution", "adiabatic-electrons", "driven-density-transposed", "stale-hamiltonian"),
    cost="dear",
)
def _unitary(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    path = given.path
    assert isinstance(path, Path)
    found = observed(solver, "driven", given)["density_matrix"]
    total = float(sum(np.linalg.norm(lead.broadening, 2) for lead in wide(system)))
    leak = 2 * total * (given.times[-1] - given.times[0])
    u, here = np.eye(2) + 0j, given.times[0]
    root, dt = np.sqrt(3) / 6, 2.0**-7
    want = [found[0]]
    for t in given.times[1:]:
        for k in range(round((t - here) / dt)):
            h = [
                np.tensordot(path(here + (k + 0.5 + s * root) * dt), system.gradient, axes=1) for s in (-1, 1)
            ]
            for a, b in ((0.25 + root, 0.25 - root), (0.25 - root, 0.25 + root)):
                u = expm(-1j * dt * (a * h[0] + b * h[1])) @ u
        here = t
        want.append(u @ found[0] @ u.conj().T)
    want[-1] = found[0]
    yield from compare("driven", {"density_matrix": found}, {"density_matrix": want}, system, leak + 1e-6)


# --- no force of the electrons --------------------------------------------------------------------


@family(
    "analytic.free",
    ("ehrenfest", "langevin"),
    problems=bodies(systems((1, 1), (1, 2), temperatures=(0.2, 0.5)), (0.0, 0.5, 2.0)),
    source="a harmonic oscillator",
    says="Where h does not depend on x, the body of the {observable} run swings freely: x = rest + a cos + b "
    "sin at the frequency sqrt(stiffness/mass) of each coordinate, with its energies. Usual mistakes: the "
    "sign of the force of the potential, the masses, velocities half a step late.",
    catches={
        "ehrenfest": "ehrenfest-one-mass ehrenfest-late-velocity kinetic-doubled ehrenfest-fixed-step",
        "langevin": "langevin-one-mass langevin-fixed-step langevin-potential-sign",
    },
    cost="dear",
)
def _free(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    system = changed(problem.system, gradient=0 * problem.system.gradient)
    body = given.body
    assert isinstance(body, ClassicalBody)
    stiff, rest = (np.array(problem.numbers[key]) for key in ("stiffness", "rest"))
    rate = np.sqrt(stiff / body.mass)
    (x, v), angle = given.start, np.multiply.outer(given.times, rate)
    position = rest + (x - rest) * np.cos(angle) + v / rate * np.sin(angle)
    velocity = v * np.cos(angle) - (x - rest) * rate * np.sin(angle)
    want = {"position": position, "velocity": velocity, "force": np.zeros_like(position)}
    if name == "ehrenfest":
        want["kinetic"] = np.sum(body.mass * velocity**2, axis=-1) / 2
        want["potential"] = np.sum(stiff * (position - rest) ** 2, axis=-1) / 2
        want["work"] = np.zeros(len(position))
    got = observed(solver, name, replace(given, model=models.tangent(system)))
    yield from compare(name, got, want, system)
