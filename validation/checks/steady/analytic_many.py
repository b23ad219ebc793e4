"""Many levels in closed form: matrix logarithms at T = 0, equilibrium, and integrals over the bias window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import logm, solve_sylvester

from electronwind import OpenSystem

from ...core.check import Comparison, Problem, check
from ...numerics.matrices import adjoint, spectral
from ...numerics.quadrature import fermi, panels, poles, window
from ...systems.strategies import (
    COLD,
    degenerate,
    equilibrium,
    exceptional,
    hard,
    problems,
    systems,
    wide,
)
from ..tools import against, value

Array = NDArray[Any]


# --- matrix logarithms at T = 0 -------------------------------------------------------------------


@check(
    "analytic.logarithm.density_matrix",
    "density_matrix",
    problems=problems(
        st.one_of(
            systems(temperatures=COLD), exceptional(temperatures=COLD), degenerate(temperatures=COLD)
        )
    ),
    source="integral of G Gamma G^+ up to mu at T = 0, by a Sylvester equation",
    says="At T = 0 the density matrix follows from the logarithm of i(H - mu), with no eigenvectors, at "
    "exceptional points too. Usual mistakes: swapped potentials, an eigenbasis that does not exist, the "
    "wrong branch of the logarithm, a transpose for the conjugate transpose.",
    catches=(
        "swapped-potentials", "eigenbasis", "cold-branch", "density-transposed",
        "adjoint-before-width", "advanced-self-energy", "arctangent-branch",
        "wrong-for-complex-matrices", "gives-up-on-degenerate-levels", "one-channel-leads",
    ),
)  # fmt: skip
def _logarithm(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    h = spectral(system)
    source = np.zeros_like(h)
    for lead in wide(system):
        # H s - s H^+ = (J Gamma - Gamma J^+)/2pi with J = log(i(H - mu)) - i pi/2 of each lead.
        mu = float(lead.mu)
        j = logarithm(1j * (h - mu * np.eye(len(h)))) - 0.5j * np.pi * np.eye(len(h))
        source += (j @ lead.broadening - lead.broadening @ adjoint(j)) / (2 * np.pi)
    want = solve_sylvester(h, -adjoint(h), source)
    yield against(solver, "density_matrix", want, system)


def logarithm(matrix: Array) -> Array:
    """Return the principal logarithm; that of a multiple of 1 without rounding."""
    if np.array_equal(matrix, matrix[0, 0] * np.eye(len(matrix))):
        return np.asarray(np.log(matrix[0, 0]) * np.eye(len(matrix)))
    return np.asarray(logm(matrix))


@check(
    "analytic.equilibrium.force",
    "force",
    problems=problems(equilibrium((1, 3), (1, 3), temperatures=COLD)),
    source="grand potential Im Tr log(mu - H)/pi at T = 0",
    says="At equilibrium and T = 0 the force is the gradient of a grand potential: Im Tr[dh log(mu - H)]/pi "
    "less Tr dh. This fixes sign and factor without any other observable.",
    catches=("force-sign", "force-doubled", "elementwise-force", "spin-dropped"),
)
def _grand_potential(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    h = spectral(system)
    one = np.eye(len(h))
    # mu - H has eigenvalues above the real axis: the principal logarithm is the continuous one.
    log = logarithm(float(system.leads[0].mu) * one - h)
    want = np.einsum("aij,ji->a", system.gradient, log).imag / np.pi
    want = want - np.trace(system.gradient, axis1=-2, axis2=-1).real
    yield against(solver, "force", system.degeneracy * want, system)


@check(
    "analytic.equilibrium.friction",
    "friction",
    problems=problems(equilibrium((1, 3), (1, 3), temperatures=COLD)),
    source="Kubo formula at T = 0; preston2022 Eq. 26 at equilibrium",
    says="At equilibrium and T = 0 the symmetric part of the friction is Tr[dh A dh A]/4pi at the Fermi "
    "level, with A = G Gamma G^+. Usual mistakes: a factor 2 or 2 pi, the spin factor, the sign.",
    catches=("friction-halved", "friction-sign", "spin-dropped", "spin-squared"),
)
def _fermi_level(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    h = spectral(system)
    g = np.linalg.inv(float(system.leads[0].mu) * np.eye(len(h)) - h)
    product = system.gradient @ (1j * (g - adjoint(g)))
    want = system.degeneracy * np.einsum("aij,bji->ab", product, product).real / (4 * np.pi)
    got = solver.friction(system)
    yield value("friction", (got + got.T) / 2, want, system)


# --- the bias window ------------------------------------------------------------------------------


def spectra(system: OpenSystem, w: Array) -> Array:
    """Return X_a = G Gamma_a G^+ of each lead at each energy, shape (leads, W, n, n)."""
    g = np.linalg.inv(w[:, None, None] * np.eye(system.levels) - spectral(system))
    return np.stack([g @ lead.broadening @ adjoint(g) for lead in wide(system)])


@check(
    "analytic.window.curl",
    "curl",
    problems=problems(hard((2, 3), coordinates=(2, 2))),
    source="todorov2010 Eq. 24, exact at any bias",
    says="The curl comes from the window where the Fermi functions of the leads differ and from nowhere "
    "else: (1/pi) times the integral of f_a Im Tr[d_mu h A d_nu h X_a], with f_a counted from that of one "
    "lead. Usual mistakes: factors of 2 pi, the order of indices, swapped potentials, the formula of "
    "small bias.",
    catches=(
        "curl-transposed", "curl-halved", "swapped-potentials", "one-temperature", "two-pi-missing",
        "curl-of-small-bias", "curl-of-green", "curl-of-sum",
    ),
)  # fmt: skip
def _window_curl(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    want = np.zeros((system.coordinates,) * 2)
    w, weights = window(system)
    if w.size:
        x = spectra(system, w)
        f = np.array([fermi(w, lead) for lead in system.leads])
        driven = np.einsum("aw,awij->wij", (f - f[0]) * weights, x)
        left, right = (np.einsum("mij,wjk->wmik", system.gradient, part) for part in (x.sum(axis=0), driven))
        want = np.einsum("wmik,wvki->mv", left, right).imag * (system.degeneracy / np.pi)
    yield against(solver, "curl", want, system)


@check(
    "analytic.window.white_noise",
    "white_noise",
    problems=problems(hard((1, 3), coordinates=(1, 2))),
    source="preston2022 Eq. 66-68",
    says="The white noise is the integral of f_a (1 - f_b) Re Tr[dh X_b dh X_a]/2pi over all pairs of leads. "
    "Usual mistakes: pairs of equal leads only, mean occupations, one temperature, a factor 2.",
    catches=(
        "same-lead-noise", "noise-of-mean-occupation", "lead-diagonal-noise", "noise-doubled",
        "swapped-potentials", "one-temperature", "noise-slope-of-first-lead",
    ),
)  # fmt: skip
def _window_noise(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    want = np.zeros((system.coordinates,) * 2)
    w, weights = window(system)
    if w.size:
        x = spectra(system, w)
        f = np.array([fermi(w, lead) for lead in system.leads])
        electrons = np.einsum("aw,awij->wij", f * weights, x)
        holes = np.einsum("aw,awij->wij", 1 - f, x)
        left, right = (np.einsum("mij,wjk->wmik", system.gradient, part) for part in (holes, electrons))
        want = np.einsum("wmik,wvki->mv", left, right).real * (system.degeneracy / (2 * np.pi))
    yield against(solver, "white_noise", want, system)


@check(
    "analytic.window.force_noise",
    "force_noise",
    problems=problems(systems((1, 3), coordinates=(1, 2), temperatures=(0.0, 1e-3, 0.05))),
    source="preston2022 Eq. 62-65; todorov2014 Eq. 64",
    says="The noise spectrum at W is the integral of f_a(w) (1 - f_b(w + W)) "
    "Tr[dh X_b(w + W) dh X_a(w)]/2pi: positive W takes energy in. Usual mistakes: "
    "the sign of W, the order of indices, electrons and holes exchanged.",
    catches=("noise-frequency-sign", "noise-transposed", "holes-for-electrons", "noise-symmetrised"),
)
def _window_spectrum(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, shift = problem.system, problem.numbers["frequency"]
    full = [float(lead.mu) + 40 * float(lead.temperature) for lead in system.leads]
    empty = [float(lead.mu) - 40 * float(lead.temperature) - shift for lead in system.leads]
    want = np.zeros((system.coordinates,) * 2, dtype=complex)
    low, high = min(empty), max(full)
    if low < high:
        near, cuts = poles(system)
        both = [*cuts, *(cut - shift for cut in cuts)]
        w, weights = panels(np.concatenate([near, near - shift]), both, low, high)
        f, later = (np.array([fermi(points, lead) for lead in system.leads]) for points in (w, w + shift))
        electrons = np.einsum("aw,awij->wij", f * weights, spectra(system, w))
        holes = np.einsum("aw,awij->wij", 1 - later, spectra(system, w + shift))
        left, right = (np.einsum("mij,wjk->wmik", system.gradient, part) for part in (holes, electrons))
        want = np.einsum("wmik,wvki->mv", left, right) * (system.degeneracy / (2 * np.pi))
    yield against(solver, "force_noise", want, system, shift)
