"""Closed forms of screening: the corner of the bent chain, one attractive level, electrodes of probes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import OpenSystem, fast
from electronwind.functionals import Hubbard
from electronwind.models import probe_chain

from ...core.check import Comparison, Problem, check
from ...numerics.matrices import hermitian
from ...numerics.quadrature import panels
from ...systems.screening import (
    HALF_WIDTH,
    THREE,
    TURNING,
    attractive,
    corners,
    functional_of,
    model_of,
    position_of,
)
from ...systems.strategies import Drawing
from ..tools import value
from .screening import asked

__all__ = ["alpha", "rotation", "screened_of"]

Array = NDArray[Any]

SMALL = (2.0**-17, 2.0**-18)
LARGE = (0.75, 0.5)
FILLINGS = tuple(range(2, 15))


def screened_of(bare: OpenSystem, found: Any) -> OpenSystem:
    """Return the screened system by what a solver says of its potential and its gradient."""
    h = bare.hamiltonian + hermitian(found.potential)
    return OpenSystem(h, hermitian(found.gradient), bare.leads, bare.degeneracy)


def alpha(numbers: dict[str, Any]) -> float:
    """Return the slope of the potential on the corner along y, at a small bias; along x it is minus that."""
    made, filling = numbers["chain"], numbers["filling"]
    slope = -made["decay"] * made["hopping"]
    return -2 * slope * (1 - 2 * filling) * share(numbers)


def share(numbers: dict[str, Any]) -> float:
    """Return u/(1 + u), u = U/(2 |H|) with both spins."""
    made = numbers["functional"]
    if made["kind"] == "neutral":
        return 1.0
    u = made["strength"][0] / (2 * abs(numbers["chain"]["hopping"]))
    return float(u / (1 + u))


def rotation(numbers: dict[str, Any], part: float) -> float:
    """Return the curl at a small bias with so large a part of the screening of a neutral corner."""
    phi = np.pi * numbers["filling"]
    unit = 4 * numbers["bias"] / np.pi * numbers["chain"]["decay"] ** 2 / np.sin(phi)
    return float(unit * (np.cos(phi) - (1 - 2 * numbers["filling"]) * part))


def rounded(numbers: dict[str, Any]) -> float:
    """Return the condition of a curl in the bias: what a rounding of a potential is of their difference."""
    return 2 * abs(numbers["chain"]["hopping"]) / abs(numbers["bias"])


@check(
    "analytic.screening.corner",
    "self_consistent",
    problems=corners(SMALL, ("neutral", "hubbard"), FILLINGS),
    source="todorov2010 Eq. 30, 32, 33; for any U by d rho/dE0 = -1/(4|H|)",
    says="The slopes of the potential on a screened corner are -+2 H'(1 - 2 phi/pi) u/(1 + u), u = U/(2|H|), "
    "opposite along x and y, and the curl is (4 eV/pi)(H'/H)^2 (cos phi - (1 - 2 phi/pi) u/(1 + u))/sin phi. "
    "Usual mistakes: the same sign along x and y, the spin factor in U, the bare gradient.",
    catches=(
        "screening-same-alpha", "screening-spinless", "screening-bare-gradient", "screening-alpha-sign",
        "screening-alpha-spin", "screening-along-x", "screening-y-reversed",
    ),
    cost="dear",
)  # fmt: skip
def _corner(solver: Any, problem: Problem) -> Iterator[Comparison]:
    numbers, bare = problem.numbers, problem.system
    found = asked(solver, problem)
    size = float(np.max(np.abs(bare.gradient)))
    slope = alpha(numbers)
    own = found.gradient[:, 1, 1].real
    # Finite biases add terms of their first order, alike along x and y.
    yield Comparison(
        "self_consistent", own, [-slope, slope], size, uncertainty=4 * size * abs(numbers["bias"])
    )
    final = screened_of(bare, found)
    unit = abs(numbers["bias"]) * numbers["chain"]["decay"] ** 2 / np.sin(np.pi * numbers["filling"])
    curl = np.asarray(fast.curl(final))[0, 1]
    # The next order is that of the bias squared.
    yield Comparison(
        "self_consistent",
        curl,
        rotation(numbers, share(numbers)),
        unit,
        "value",
        rounded(numbers),
        unit * numbers["bias"] ** 2 * 1e3,
    )


@check(
    "law.screening.monotone",
    "self_consistent",
    problems=corners(SMALL, ("neutral",), FILLINGS),
    source="todorov2010 Sec. V: the ratio of both curls",
    says="At a bent chain a repulsion of the corner's charge weakens the curl the more the stronger it is, "
    "from that of the bare chain to that of a neutral corner, and never turns it round. Usual mistakes: "
    "screening that grows without bound with U, or does not stop at a neutral atom.",
    catches=("screening-linear-in-u", "screening-alpha-sign"),
    cost="dear",
)
def _monotone(solver: Any, problem: Problem) -> Iterator[Comparison]:
    numbers, bare = problem.numbers, problem.system
    unit = abs(numbers["bias"]) * numbers["chain"]["decay"] ** 2 / np.sin(np.pi * numbers["filling"])
    sign = np.sign(numbers["bias"] * (0.5 - numbers["filling"]))
    charges = numbers["functional"]["charges"]
    fields = [Hubbard([1], u, charges) for u in (1 / 64, 1.0, rounded(numbers), 2.0**20)] + [
        functional_of(problem)
    ]
    ratios = []
    for field in fields:
        found = solver.self_consistent(model_of(problem), field, position_of(problem))
        final = screened_of(bare, found)
        ratios.append(sign * np.asarray(fast.curl(final))[0, 1] / unit)
    ladder = np.array([sign * rotation(numbers, 0.0) / unit, *ratios, 0.0])
    fallen = np.maximum(np.diff(ladder), 0.0)
    yield Comparison("self_consistent", fallen, 0.0 * fallen, 1.0, "value", rounded(numbers), 1e-9)
    yield Comparison("self_consistent", ratios[0], ladder[0], 1.0, uncertainty=1 / 16)


@check(
    "analytic.screening.bias",
    "self_consistent",
    # The window lies in the band. At half filling the level is zero up to rounding, and the axis singular.
    problems=corners(LARGE, ("neutral", "hubbard"), (4, 5, 6, 7, 9, 10, 11, 12)),
    source="todorov2010 Eq. 20-25 on the energy axis, at any bias",
    says="Under a large bias the slopes of the potential on the corner are no longer opposite: "
    "(1/U - d rho/dE0) alpha_I = d rho/dx_I, each derivative 2 Re int (G dh G^<)_00 at that bias. Usual "
    "mistakes: the closed form of small bias, charges of the bare chain, the spin factor.",
    catches=("screening-alpha-at-rest", "screening-bare-gradient"),
    cost="dear",
)
def _bias(solver: Any, problem: Problem) -> Iterator[Comparison]:
    numbers, system = problem.numbers, problem.system
    found = asked(solver, problem)
    level, spins = float(found.potential[1, 1].real), system.degeneracy
    charge, slopes = corner_response(numbers, level)
    made = numbers["functional"]
    stiff = 0.0 if made["kind"] == "neutral" else 1 / made["strength"][0]
    yield Comparison(
        "self_consistent", spins * charge - stiff * level, made["charges"][0], 1.0, "value", 64.0
    )
    want = spins * slopes[1:] / (stiff - spins * slopes[0])
    size = float(np.max(np.abs(system.gradient)))
    yield Comparison("self_consistent", found.gradient[:, 1, 1].real, want, size, "value", 64.0)


def corner_response(numbers: dict[str, Any], level: float) -> tuple[float, Array]:
    """Return the charge of one spin on the corner, and its derivatives along its level, x and y, at T = 0.

    In units of the hopping, E = -2 cos k, and with a level eta on the corner G_00 = 1/(2 i sin k - eta): a
    wave of either lead has the amplitude c = 2 i sin(k) G_00 there. At fixed energy d psi = G dh psi.
    """
    made = numbers["chain"]
    scale = abs(made["hopping"])
    eta = level / scale
    charge, slopes = _bound(eta)
    pole = 1j * np.arcsinh(abs(eta) / 2)
    for lead, mu in enumerate(made["mu"]):
        k, weights = panels(np.array([pole, -pole, 4j]), [], 0.0, float(np.arccos(-mu / (2 * scale))))
        weights = weights / (2 * np.pi)
        g, onwards = 1 / (2j * np.sin(k) - eta), np.exp(1j * k)
        c = 2j * np.sin(k) * g
        # Where the wave comes from, also with what is turned back; and where it goes.
        near = {lead: 1 / onwards + (c - 1) * onwards, 1 - lead: c * onwards}
        charge += float(weights @ np.abs(c) ** 2)
        slopes[0] += weights @ (2 * np.real(g * c * c.conj()))
        for bond, there in near.items():
            slopes[1 + bond] += weights @ (2 * np.real(g * (there + onwards * c) * c.conj()))
    slope = -made["decay"] * made["hopping"]
    # Along x the right bond shortens, along y the left one lengthens.
    return charge, np.array([slopes[0], -slope * slopes[2], slope * slopes[1]]) / scale


def _bound(eta: float) -> tuple[float, Array]:
    """Return what the state below the band adds, if a low level binds one: Z = tanh kappa on the corner.

    With squared hoppings of sum T next to the corner, -2 cosh(kappa) - eta + T exp(-kappa) = 0 and
    1/Z = 1 + T exp(-kappa)/(2 sinh(kappa)).
    """
    if eta >= 0:
        return 0.0, np.zeros(3)
    kappa = float(np.arcsinh(-eta / 2))
    sinh, cosh, away = np.sinh(kappa), np.cosh(kappa), np.exp(-kappa)
    along_t = away / (2 * cosh**3) - sinh * away / (2 * cosh**2)
    # dT = 2 t dt, and the hopping is -t.
    return float(sinh / cosh), np.array([-1 / (2 * cosh**3), -2 * along_t, -2 * along_t])


@check(
    "law.screening.continuation",
    "self_consistent",
    problems=attractive(THREE),
    source="todorov2010 Sec. IV: the state that continues from the bare system",
    says="Of several self-consistent states the one that continues from the bare level as the functional is "
    "switched on must be returned. Usual mistakes: the state next to a guess, the one of lowest energy.",
    catches=("screening-far-start",),
    cost="dear",
)
def _continues(solver: Any, problem: Problem) -> Iterator[Comparison]:
    # Loads slowly, as every start of a command would notice.
    from scipy.optimize import brentq

    found = asked(solver, problem)
    place, made = float(problem.system.hamiltonian[0, 0].real), problem.numbers["functional"]
    strength, charge = made["strength"][0], made["charges"][0]

    def charge_at(v: float) -> float:
        return float(0.5 - np.arctan((place + v) / HALF_WIDTH) / np.pi)

    # The states for all strengths are the curve U(v) = v/(q(v) - n): where it is first as deep as U.
    side = -np.sign(charge_at(0.0) - charge) * np.sign(-strength)
    steps = side * np.linspace(0, 4, 4001)
    short = [v - strength * (charge_at(v) - charge) for v in steps]
    first = int(np.flatnonzero(np.sign(short[1:]) != np.sign(short[0]))[0])
    want = brentq(
        lambda v: v - strength * (charge_at(v) - charge), steps[first], steps[first + 1], xtol=1e-15
    )
    yield Comparison("self_consistent", found.converged, 1.0, 1.0)
    yield Comparison("self_consistent", found.potential, [[want]], 1.0, "value", 64.0)


@check(
    "law.screening.no_state",
    "self_consistent",
    problems=attractive(TURNING),
    source="a status, and no number that is none",
    says="Where the state that continues from the bare level turns back on its way, `converged` must be "
    "False. Usual mistakes: a jump to another state, a residual that nobody looks at.",
    catches=("screening-always-converged",),
    cost="dear",
)
def _no_state(solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield Comparison("self_consistent", asked(solver, problem).converged, 0.0, 1.0)


# --- electrodes of probes -------------------------------------------------------------------------

# Atoms of an electrode, and the width of each: waves that come back from its end are below rounding.
ELECTRODE, WIDTH = 20, 4.0


@st.composite
def _probed(draw: Drawing) -> Problem:
    """Draw a bent chain between electrodes of so many probes that nothing comes back from their ends."""
    mus = [-2 * float(np.cos(draw(st.integers(3, 13)) / 16 * np.pi)) for _ in range(2)]
    decay = draw(st.sampled_from([1.0, 0.5]))
    model = probe_chain(ELECTRODE, WIDTH, -1.0, decay, (mus[0], mus[1]))
    return Problem(model.at([0.0, 0.0]), {"mu": mus})


@check(
    "analytic.probes.curl",
    "curl",
    problems=_probed(),
    source="todorov2010 Eq. 27-29 for electrodes without end",
    says="Between long electrodes with a probe of width Gamma on each site the curl is that of two chains at "
    "E + i Gamma/2, integrated over the bias window. Usual mistakes: Gamma for half of it, probes so "
    "faint that both electrodes fill the same standing waves, the potentials exchanged.",
    catches=("probes-faint", "doubled-width", "swapped-potentials", "curl-halved"),
    cost="dear",
)
def _probes(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, numbers = problem.system, problem.numbers
    ends = sorted(numbers["mu"])
    # The edges of the bands, as far from the axis as half a width.
    w, weights = panels(np.array([side + 1j * WIDTH / 2 for side in (2, -2)]), [], ends[0], ends[1])
    z = w + 0.5j * WIDTH
    sigma = (z - np.sqrt(z - 2) * np.sqrt(z + 2)) / 2 - 0.5j * WIDTH
    near = slice(ELECTRODE - 1, ELECTRODE + 2)
    inverse = w[:, None, None] * np.eye(3) - system.hamiltonian[near, near]
    inverse[:, 0, 0] -= sigma
    inverse[:, 2, 2] -= sigma
    g = np.linalg.inv(inverse)
    adjoint = g.conj().swapaxes(-1, -2)
    # All that broadens an electrode are its own probes.
    below = -2 * sigma.imag[:, None, None] * (g[:, :, :1] @ adjoint[:, :1, :])
    states = (adjoint - g) / (2j * np.pi)
    fx, fy = -system.gradient[:, near, near]
    turned = weights @ np.einsum("ij,wjk,kl,wli->w", fx, states, fy, below).imag
    curl = 2 * system.degeneracy * float(turned) * np.sign(numbers["mu"][0] - numbers["mu"][1])
    yield value("curl", solver.curl(system), np.array([[0.0, curl], [-curl, 0.0]]), system)
