"""Links to the density matrix and to the transmission: what they push, and what flows through them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import WideBandLead

from ...core.check import Comparison, Problem, check
from ...numerics.quadrature import fermi, window
from ...systems.any_leads import hard, loose
from ...systems.strategies import hard as on_wide_bands
from ...systems.strategies import problems, site_leads, systems, wide
from ...systems.transformations import changed
from ..tools import allowed, exact

Array = NDArray[Any]

GENERAL = problems(hard())


# --- from the density matrix ----------------------------------------------------------------------


@check(
    "link.force_density",
    "force density_matrix",
    problems=GENERAL,
    source="preston2022 Eq. 11; todorov2010 Sec. III",
    says="The force is minus the trace of dh/dx times the density matrix, times the spin factor: a trace of "
    "a product, which for complex matrices is not the sum over products of entries. Usual mistakes: the "
    "sign, the spin factor, a transposed density matrix.",
    catches=(
        "force-sign",
        "force-doubled",
        "elementwise-force",
        "gradient-conjugated",
        "density-transposed",
        "spin-on-density",
        "spin-dropped",
    ),
)
def _force_density(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    want = np.einsum("aij,ji->a", system.gradient, solver.density_matrix(system)).real
    yield exact("force", solver.force(system), -system.degeneracy * want, system)


@check(
    "link.bond_density",
    "bond_current density_matrix",
    problems=GENERAL,
    source="todorov2010 Sec. III",
    says="The bond current from i to j is 2 Im(h_ji sigma_ij) times the spin factor. Usual mistakes: the "
    "orientation, the factor 2, the spin factor, a transposed density matrix.",
    catches=("bond-orientation", "bond-halved", "density-transposed", "spin-dropped"),
)
def _bond_density(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    sigma = solver.density_matrix(system)
    want = 2 * system.degeneracy * np.imag(np.swapaxes(system.hamiltonian, -1, -2) * sigma)
    yield exact("bond_current", solver.bond_current(system), want, system)


@check(
    "link.current_density",
    "current density_matrix",
    problems=problems(on_wide_bands()),
    source="preston2022 Sec. II: I_a = Tr[Gamma_a (sigma_a - sigma)]",
    says="A lead feeds the junction at the rate Gamma_a times what the density matrix lacks to the one that "
    "this lead alone would set up. Usual mistakes: the sign of the current, 2 pi, the spin factor, the "
    "potentials of two leads swapped in one of the two functions.",
    catches=("current-sign", "current-pi-for-two-pi", "current-swapped-potentials", "spin-dropped"),
)
def _current_density(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    sigma = solver.density_matrix(system)
    want = []
    for lead in wide(system):
        others = [WideBandLead(one.broadening, lead.mu, lead.temperature) for one in wide(system)]
        lacking = solver.density_matrix(changed(system, leads=others)) - sigma
        want.append(system.degeneracy * np.einsum("ij,ji->", lead.broadening, lacking).real)
    yield exact("current", solver.current(system), np.array(want), system)


@check(
    "link.level_balance",
    "bond_current current",
    problems=problems(st.one_of(site_leads(), loose())),
    source="continuity",
    says="On every level, what comes in over the bonds and from the level's own lead must add up to zero in "
    "the steady state. Usual mistakes: the orientation of bond currents, the sign of the lead currents, "
    "the spin factor in one of the two.",
    catches=("bond-orientation", "bond-halved", "current-sign", "current-pi-for-two-pi"),
)
def _level_balance(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    into = np.sum(solver.bond_current(system), axis=0)
    currents = solver.current(system)
    want = np.zeros(system.levels)
    for a, lead in enumerate(system.leads):
        # A wide-band lead may touch all levels; here it broadens one.
        widths = np.real(np.diag(lead.broadening)) if lead.wide_band else np.zeros(1)
        want[lead.sites[int(np.argmax(widths))]] -= currents[a]
    yield exact("bond_current", into, want, system)


# --- current and transmission ---------------------------------------------------------------------


@check(
    "link.landauer",
    "current transmission",
    problems=problems(st.one_of(on_wide_bands(), systems((2, 3), leads=(3, 3)))),
    source="Landauer-Buttiker; todorov2010 Eq. 16",
    says="The current is the transmission integrated over energy with f_a - f_b, over 2 pi, times the spin "
    "factor. Usual mistakes: the sign, pi for 2 pi, the transmission transposed or with one Gamma "
    "transposed, the spin factor.",
    catches=(
        "current-sign",
        "current-pi-for-two-pi",
        "spin-dropped",
        "energy-from-fermi-level",
        "transmission-transposed",
    ),
)
def _landauer(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    nodes, weights = window(system)
    want, uncertainty = np.zeros(len(system.leads)), 0.0
    if nodes.size:
        f = np.array([fermi(nodes, lead) for lead in system.leads])
        flow = solver.transmission(system, nodes)
        apart = (f[:, None] - f[None]) * weights * (system.degeneracy / (2 * np.pi))
        want = np.einsum("abw,wab->a", apart, flow)
        noise = allowed(solver, "transmission", system, float(nodes[0]))
        uncertainty = noise * float(np.sum(np.abs(apart)))
    yield exact("current", solver.current(system), want, system, uncertainty=uncertainty)
