"""Every observable against the truth that we compute, on drawn systems and on those of the papers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from electronwind import OBSERVABLES

from ...core.check import Comparison, Problem
from ...systems.cases import CASES
from ...systems.chains import chains, lorentzian, mixed
from ...systems.strategies import COLD, degenerate, exceptional, near_equal, problems, systems
from ...truth.oracle import agreement
from ..family import family
from ..tools import arguments

ALL = tuple(OBSERVABLES)

# Mistakes that no law can see, and that every observable but the transmission shows.
COMMON = "swapped-potentials one-temperature relative-1e-7 single-precision"
FAULTS = {
    "": COMMON,
    "density_matrix": f"{COMMON} density-transposed spin-on-density",
    "force": f"{COMMON} force-sign force-doubled elementwise-force",
    "friction": f"{COMMON} friction-transposed friction-symmetrised friction-from-equilibrium",
    "curl": f"{COMMON} curl-transposed curl-halved",
    "current": f"{COMMON} current-sign current-pi-for-two-pi",
    "bond_current": f"{COMMON} bond-orientation bond-halved",
    "transmission": "transmission-transposed first-lead-self-energy relative-1e-7 single-precision",
    "white_noise": f"{COMMON} same-lead-noise noise-of-mean-occupation lead-diagonal-noise "
    "noise-without-pauli",
    "force_noise": f"{COMMON} noise-frequency-sign noise-transposed holes-for-electrons",
    "response": f"{COMMON} response-frequency-sign response-transposed",
    "pair_density": f"{COMMON} pairs-frequency-sign pairs-transposed",
    "force_correlation": f"{COMMON} correlation-backwards correlation-transposed correlation-conjugated",
}
# Real matrices and two leads hide some.
HIDDEN = {"elementwise-force", "transmission-transposed", "first-lead-self-energy"}
PLAIN = {name: " ".join(f for f in s.split() if f not in HIDDEN) for name, s in FAULTS.items()}
SAYS = (
    "The {observable} differs from the certified value. If only this check fails, look for a mistake that "
    "breaks no law: leads exchanged, one temperature for all leads, a convention of sign, factor, order of "
    "indices or Fourier transform."
)


def judge(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    """Hold one observable of one system against the truth."""
    yield agreement(solver, name, problem.system, *arguments(name, problem))


def named(name: str) -> SearchStrategy[Problem]:
    """Return a strategy for the named cases on which an observable is finite."""
    points = (0.0625, -0.125, 0.25, 0.0)
    found = [(case.system, w) for case in CASES.values() for w in points if case.has(name, w)]
    return st.builds(
        lambda one, e, s: Problem(one[0], {"energy": e, "frequency": one[1], "delays": s}),
        st.sampled_from(found),
        st.sampled_from(points),
        st.sampled_from(points),
    )


family(
    "cross.general",
    ALL,
    problems=problems(systems((1, 3), (1, 2), (2, 3), bias=0.25)),
    source="the definitions, to twenty digits",
    says=SAYS,
    catches=FAULTS,
    cost="dear",
)(judge)

family(
    "cross.cold",
    ALL,
    problems=problems(systems((1, 2), (1, 2), temperatures=COLD)),
    source="the definitions at T = 0, to twenty digits",
    says=SAYS + " All temperatures are zero here.",
    catches={"": "cold-branch", "transmission": "relative-1e-7"},
    cost="dear",
)(judge)

family(
    "cross.defective",
    ALL,
    problems=problems(st.one_of(exceptional(), degenerate())),
    source="the definitions at exceptional points, to twenty digits",
    says=SAYS + " The effective Hamiltonian has coinciding eigenvalues here, often with one eigenvector: "
    "formulas in its eigenbasis lose all digits.",
    catches={"": "eigenbasis"},
    cost="dear",
)(judge)

family(
    "cross.near_equal",
    ("white_noise", "force_noise", "current", "curl"),
    problems=problems(near_equal(levels=(1, 2), leads=(2, 2), temperatures=(0.05, 0.01, 1e-3))),
    source="the definitions at nearly equal potentials, to twenty digits",
    says=SAYS + " The potentials of the leads differ by 1e-8 of the temperature here.",
    catches={"": "near-equal-cancellation"},
    cost="dear",
)(judge)

for _name in ALL:
    family(
        "cross.cases",
        (_name,),
        problems=named(_name),
        source="the systems of preston2022 and todorov2010",
        says=SAYS,
        catches=PLAIN,
        cost="dear",
    )(judge)

family(
    "cross.chains",
    ALL,
    problems=problems(chains((2, 3), (1, 2))),
    source="the definitions with chain leads, to twenty digits",
    says=SAYS + " The leads are semi-infinite chains here.",
    catches=PLAIN
    | {
        "density_matrix": PLAIN["density_matrix"] + " bands-at-one-potential",
        "friction": PLAIN["friction"] + " slope-of-first-lead-alone slope-of-self-energy-forgotten",
    },
    cost="dear",
)(judge)

family(
    "cross.mixed",
    ("density_matrix", "curl", "current", "transmission"),
    problems=problems(mixed()),
    source="the definitions with a wide-band lead beside chains, to twenty digits",
    says=SAYS + " A wide-band lead stands beside chains of different bands and couplings here.",
    catches={
        "": "chains-alike half-a-band-beside-chains relative-1e-7",
        "curl": "chains-alike half-a-band-beside-chains curl-transposed",
    },
    cost="dear",
)(judge)

family(
    "cross.lorentzian",
    ("force", "friction", "curl", "current", "bond_current"),
    problems=problems(lorentzian((1, 2), (1, 2))),
    source="the definitions with leads of Lorentzian bands, to twenty digits",
    says=SAYS + " Each lead is one more level on a wide band here, which the gradient does not touch: a "
    "lead with a band of finite width.",
    catches=PLAIN
    | {
        "force": "swapped-potentials relative-1e-7 force-sign force-doubled",
        "curl": "swapped-potentials relative-1e-7 curl-transposed curl-halved",
    },
    cost="long",
)(judge)
