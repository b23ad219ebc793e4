"""A third-party solver in one short file: the uniform frequency grid of the papers, in numpy.

It stands beside the fast solver in one table: ``electronwind benchmark examples.frequency_grid``.
"""

import numpy as np

name, accuracy, limits = (
    "frequency grid",
    1e-6,
    {"chains": False, "batch": False, "temperature": [1e-5, None]},
)


def integrate(system, term):
    effective = system.hamiltonian - 0.5j * sum(lead.broadening for lead in system.leads)
    sharp = min(-np.linalg.eigvals(effective).imag.max(), *(np.pi * a.temperature for a in system.leads))
    spacing = 2 * np.pi * sharp / 24  # the sum over a grid errs by exp(-2 pi sharp/spacing)
    reach = 400 * np.linalg.norm(effective, 2)  # what is cut off falls like 1/reach^2
    grid, total = np.arange(-reach, reach, spacing), 0
    for w in np.array_split(grid[:, None, None], 1 + grid.size * effective.size // 400_000):
        g = np.linalg.inv(w * np.eye(system.levels) - effective)
        parts = [g @ lead.broadening @ g.conj().swapaxes(1, 2) for lead in system.leads]
        fermi = [0.5 - 0.5 * np.tanh((w - lead.mu) / (2 * lead.temperature)) for lead in system.leads]
        lesser = sum(f * part for f, part in zip(fermi, parts, strict=True))
        total = total + term(g, lesser, sum(parts) - lesser) * spacing / (2 * np.pi)
    return total


def traces(system, a, b):
    left, right = (system.gradient[:, None] @ x for x in (a, b))
    return system.degeneracy * np.einsum("mwij,vwji->mv", left, right, optimize=True)


def density_matrix(system):
    # Half filling is known exactly; what is left cancels where both ends are cut alike.
    half = integrate(system, lambda g, lesser, greater: (lesser - greater).sum(axis=0) / 2)
    return half + np.eye(system.levels) / 2


def force(system):
    return -system.degeneracy * np.einsum("dij,ji->d", system.gradient, density_matrix(system)).real


def bond_current(system):
    return system.degeneracy * 2 * (system.hamiltonian.T * density_matrix(system)).imag


def friction(system):
    return 2 * integrate(system, lambda g, lesser, greater: traces(system, g @ g, lesser).imag)


def curl(system):
    return 2 * integrate(system, lambda g, lesser, greater: traces(system, lesser + greater, lesser).imag)


def white_noise(system):
    return integrate(system, lambda g, lesser, greater: traces(system, greater, lesser).real)
