"""The systems of the papers whose values are known in closed form or to many digits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st

from electronwind import ChainLead, OpenSystem
from electronwind.models import bent_chain, probe_chain, stretch_and_turn, two_level

from ...core.check import Comparison, Problem, check
from ...numerics.quadrature import fermi, panels
from ...systems.matrices import numbers
from ..family import family
from ..tools import against

# --- chains ---------------------------------------------------------------------------------------

# Depth of a state below half filling: mu = 2 H cos(phi), H = -1, filling phi/pi.
_FILLINGS = st.integers(2, 14).map(lambda k: k / 16 * np.pi)


@st.composite
def _bent(draw: Any) -> Problem:
    """Draw a chain with a right angle and a bias."""
    mus = sorted(-2 * np.cos(draw(_FILLINGS)) for _ in range(2))
    if draw(st.booleans()):
        mus.reverse()
    heat = tuple(draw(st.sampled_from([0.0, 0.0, 0.05, 0.2])) for _ in range(2))
    decay = draw(st.sampled_from([1.0, 2.0, 0.5]))
    model = bent_chain(decay=decay, mu=(mus[0], mus[1]), temperature=heat)
    return Problem(model.at([0.0, 0.0]), {"decay": decay})


@check(
    "analytic.bent_chain.curl",
    "curl",
    problems=_bent(),
    source="todorov2010 Eq. 32, beyond small bias",
    says="The curl at the corner of a bent chain is (4 decay^2/pi) times the integral of (f_L - f_R) "
    "cot(phi), with E = 2 H cos(phi): its small-bias limit is Eq. 32. Usual mistakes: the spin factor 2, "
    "the root of the surface Green's function, phi from the other band edge, the formula of small bias.",
    catches=(
        "curl-transposed", "curl-halved", "swapped-potentials", "spin-dropped", "one-temperature",
        "curl-of-small-bias", "growing-root", "root-by-modulus",
    ),
    cost="dear",
)  # fmt: skip
def _bent_curl(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    # dE cot(phi) = 2 cos(phi) dphi for H = -1; at T = 0 a step at phi(mu).
    phi = [float(np.arccos(-float(lead.mu) / 2)) for lead in system.leads]
    near = [
        np.arccos(-(float(lead.mu) + 1j * np.pi * float(lead.temperature)) / 2)
        for lead in system.leads
        if lead.temperature > 0
    ]
    points, weights = panels(np.array(near + [p.conjugate() for p in near] or [4j]), phi, 0.0, np.pi)
    w = -2 * np.cos(points)
    apart = fermi(w, system.leads[0]) - fermi(w, system.leads[1])
    found = 2 * float(np.sum(weights * np.cos(points) * apart))
    rotation = 2 * system.degeneracy * problem.numbers["decay"] ** 2 / np.pi * found
    want = np.array([[0.0, rotation], [-rotation, 0.0]])
    yield against(solver, "curl", want, system)


@st.composite
def _probed(draw: Any) -> Problem:
    """Draw electrodes of sites that leak a little, long and broad enough to absorb what enters them."""
    sites, phi = draw(st.sampled_from([40, 60])), draw(st.sampled_from([0.3, 0.4, 0.6, 0.7])) * np.pi
    # Of todorov2010 Gam, in units of the velocity; the best is about ln(2 N)/2 N.
    leak = draw(st.sampled_from([1.5, 2.0])) * np.log(2 * sites) / (2 * sites)
    mu, half = -2 * np.cos(phi), draw(st.sampled_from([-1, 1])) / 128
    broadening = 4 * np.sin(phi) * leak
    model = probe_chain(sites=sites, broadening=broadening, mu=(mu + half, mu - half))
    return Problem(model.at([0.0, 0.0]), {"sites": sites, "leak": leak})


@check(
    "analytic.probe_chain.curl",
    "curl",
    problems=_probed(),
    source="todorov2010 Sec. III, Eq. 27-32",
    says="Between electrodes of many sites, each with a small broadening, the curl of the bent chain is that "
    "of electrodes without end times 1 + Gam/v, to first order in Gam, half the broadening: to second order, "
    "and to what electrodes of N sites do not absorb, exp(-2 Gam N/v). Usual mistakes: Gam of todorov2010, "
    "half of the broadening, taken for all of it; the order of indices; a factor 2.",
    catches=("curl-transposed", "curl-halved", "doubled-width"),
    cost="dear",
)
def _probes(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, leak = problem.system, problem.numbers["leak"]
    left, right = (float(lead.mu) for lead in system.leads)
    # Without end, at T = 0 (8 decay^2/pi)(sqrt(1 - (mu_L/2)^2) - sqrt(1 - (mu_R/2)^2)).
    rotation = 8 / np.pi * (np.sqrt(1 - (left / 2) ** 2) - np.sqrt(1 - (right / 2) ** 2))
    want = rotation * (1 + leak) * np.array([[0.0, 1.0], [-1.0, 0.0]])
    doubt = 3 * leak**2 + 2 * np.exp(-2 * leak * problem.numbers["sites"])
    scale = float(np.max(np.abs(want)))
    yield Comparison("curl", solver.curl(system), want, scale, uncertainty=doubt * scale)


@st.composite
def _straight(draw: Any) -> Problem:
    """Draw a piece of a perfect chain."""
    n = draw(st.integers(1, 4))
    h = np.diag(-np.ones(n - 1), 1)
    phi = [draw(_FILLINGS) for _ in range(2)]
    leads = [ChainLead(site, -1.0, -2 * np.cos(p), 0.0) for site, p in zip((0, n - 1), phi, strict=True)]
    system = OpenSystem(h + h.T, np.eye(n)[None], leads, draw(st.integers(1, 2)))
    return Problem(system, {"phi": phi, "energy": draw(numbers())})


@check(
    "analytic.chain.transmission",
    "transmission",
    problems=_straight(),
    source="todorov2010 Sec. V: a perfect chain",
    says="A perfect chain transmits one channel at every energy of its band. Usual mistakes: a sign, "
    "Gamma for half of Gamma.",
    catches=("relative-1e-7", "transmission-sign"),
)
def _perfect(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, point = problem.system, problem.numbers["energy"]
    yield against(solver, "transmission", np.ones((2, 2)), system, point)


@check(
    "analytic.chain.current",
    "current",
    problems=_straight(),
    source="Landauer: one quantum of conductance",
    says="A perfect chain carries the bias over 2 pi, times the spin factor. Usual mistakes: pi for 2 pi, "
    "the sign, the spin factor.",
    catches=("current-sign", "current-pi-for-two-pi", "swapped-potentials", "spin-dropped"),
)
def _quantum(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    bias = float(system.leads[0].mu) - float(system.leads[1].mu)
    want = system.degeneracy * bias / (2 * np.pi) * np.array([1.0, -1.0])
    yield against(solver, "current", want, system)


@check(
    "analytic.chain.density_matrix",
    "density_matrix",
    problems=_straight(),
    source="todorov2010 Eq. 26: plane waves of a perfect chain",
    says="In a perfect chain each lead fills the waves that leave it: sigma_kl is the integral of "
    "exp(+-i phi (k - l))/2pi up to its own phi. Usual mistakes: swapped potentials, a density matrix "
    "transposed, the growing root of the surface Green's function.",
    catches=(
        "swapped-potentials", "density-transposed", "spin-on-density", "growing-root", "root-by-modulus",
        "band-upside-down",
    ),
)  # fmt: skip
def _waves(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    phi = [float(np.arccos(-float(lead.mu) / 2)) for lead in system.leads]
    k = np.arange(system.levels)
    apart = np.subtract.outer(k, k)
    # Integral of exp(i phi d) from 0 to phi, for d = k - l and, from the other lead, for l - k.
    waves = [phi[a] * np.exp(0.5j * s * apart * phi[a]) * np.sinc(apart * phi[a] / (2 * np.pi))
             for a, s in ((0, 1), (1, -1))]  # fmt: skip
    want = sum(waves) / (2 * np.pi)
    yield against(solver, "density_matrix", want, system)


# preston2022 Fig. 1: where the friction changes sign, its minimum between, and its value at x = 0. Digits
# of this and of the next table are those of the definitions, integrated to 25 digits.
_FIGURE_1 = {
    -0.310852122625807: 0.0,
    -0.0511545883663843: 0.0,
    -0.1938916879853: -0.11445500439739884,
}


@check(
    "analytic.two_level.friction",
    "friction",
    problems=st.sampled_from(
        [Problem(two_level().at(x), {"friction": want}) for x, want in _FIGURE_1.items()]
    ),
    source="preston2022 Fig. 1",
    says="The friction of the two-level junction is negative between x = -0.31085 and x = -0.05115 and "
    "nowhere else: the current drives the motion there. Usual mistakes: the formula of equilibrium, Gamma "
    "for Gamma/2, swapped potentials, a sign.",
    catches=(
        "friction-sign", "friction-halved", "friction-from-equilibrium", "swapped-potentials",
        "doubled-width", "relative-1e-7",
    ),
)  # fmt: skip
def _figure_1(solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield against(solver, "friction", [[problem.numbers["friction"]]], problem.system)


# preston2022 Eq. 56-59 at q = 2, theta = 1, one point of Fig. 7 and 8.
_STRETCH_AND_TURN: dict[str, Any] = {
    "force": [0.0056041121662279420, 0.0078911488261319612],
    "friction": [
        [0.16428890541733737, 0.17918664387898733],
        [0.55598904882767688, 0.49162687422486174],
    ],
    "curl": [[0.0, 0.020664527646920345], [-0.020664527646920345, 0.0]],
    "current": [0.010402224886803643, -0.010402224886803643],
    "white_noise": [
        [0.0047990713222138551, 0.0094184507566978725],
        [0.0094184507566978725, 0.047706363942669246],
    ],
}


@family(
    "analytic.stretch_and_turn",
    _STRETCH_AND_TURN,
    problems=st.just(Problem(stretch_and_turn().at([2.0, 1.0]))),
    source="preston2022 Eq. 56-59 and Fig. 7, 8",
    says="The {observable} of the junction that stretches and turns, at q = 2 and theta = 1, has another "
    "value. Usual mistakes: potentials of the leads swapped, the order of indices, factors of 2 and pi.",
    catches={
        "force": "force-sign swapped-potentials relative-1e-7",
        "friction": "friction-transposed friction-symmetrised friction-from-equilibrium relative-1e-7",
        "curl": "curl-transposed curl-halved swapped-potentials relative-1e-7",
        "current": "current-sign current-pi-for-two-pi swapped-potentials relative-1e-7",
        "white_noise": "noise-doubled noise-of-mean-occupation same-lead-noise relative-1e-7",
    },
)
def _figure_7(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield against(solver, name, _STRETCH_AND_TURN[name], problem.system)
