"""Mistakes in a formula: what a wrong derivation leaves after everything else is right."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import Lead, OpenSystem, fast

from ..strategies import wide
from .direct import Direct, unbatched
from .registry import adjoint, altered, plant, releaded, transpose

Array = NDArray[Any]

GREEN = "preston2022 Eq. 11: sigma = int f G Gamma G^+ / 2 pi"
NOISE = "preston2022 Eq. 62-68"
CURL = "todorov2010 Eq. 24"


def derived(name: str, says: str, observables: str, source: str, **hooks: Any) -> None:
    """Plant a mistake in the formula of some observables."""
    names = observables.split()
    plant(name, says, lambda: unbatched(Direct(**hooks), *names), names, source=source)


SIGMA = "density_matrix force"
SPECTRA = "white_noise force_noise"
derived(
    "transpose-for-adjoint",
    "The transpose of G stands for its conjugate transpose.",
    SIGMA,
    GREEN,
    adjoint=transpose,
)
derived(
    "adjoint-before-width",
    "G^+ Gamma G stands for G Gamma G^+: states that run backwards in time.",
    SIGMA,
    GREEN,
    width_last=True,
)
derived(
    "first-lead-self-energy",
    "The Green's function has the self-energy of the first lead only.",
    "transmission",
    "Landauer-Buttiker",
    first_only=True,
)
derived("curl-real-part", "The real part of the trace is taken.", "curl", CURL, part=np.real)
derived(
    "elementwise-curl",
    "The trace of a product is taken as the sum over products of entries.",
    "curl",
    CURL,
    product="wmik,wvik->mv",
)
derived(
    "current-without-return",
    "The factor is f_a, not f_a - f_b.",
    "current",
    "todorov2010 Eq. 16",
    return_flow=False,
)
derived(
    "one-sided-response",
    "Twice the term with G(w + W) stands for the sum of both orders.",
    "response",
    "todorov2014 Eq. 14",
    two_sided=False,
)
derived(
    "noise-without-pauli", "The factor 1 - f of empty states is left out.", SPECTRA, NOISE, noise="no-pauli"
)
derived(
    "noise-of-mean-occupation",
    "The mean of the Fermi functions stands for that of each lead.",
    SPECTRA,
    NOISE,
    noise="mean",
)
derived(
    "same-lead-noise",
    "The factor is f_a (1 - f_a) for every pair of leads.",
    SPECTRA,
    NOISE,
    noise="same-lead",
)
derived(
    "lead-diagonal-noise", "Pairs of different leads are left out.", SPECTRA, NOISE, noise="lead-diagonal"
)
derived(
    "holes-for-electrons",
    "The factor is 1 - f where f belongs.",
    "density_matrix force force_noise",
    GREEN,
    holes=True,
)


def _one_transposed(value: Array, system: OpenSystem, energy: Any) -> Array:
    """Transpose the broadening of the second lead where electrons come in, and nowhere else."""
    if not system.wide_band or system.shape or np.ndim(energy) or len(system.leads) < 2:
        return value
    n = system.levels
    gamma = [lead.broadening for lead in wide(system)]
    g = np.linalg.inv(float(energy) * np.eye(n) - system.hamiltonian + 0.5j * sum(gamma))
    wrong = [np.trace(a @ g @ gamma[1].T @ adjoint(g)).real for a in gamma]
    return np.where(np.arange(len(gamma)) == 1, np.array(wrong)[:, None], value)


altered(
    "one-broadening-transposed",
    "One Gamma of the trace is transposed, for the second lead.",
    "transmission",
    _one_transposed,
    source="Landauer-Buttiker: Tr[Gamma_a G Gamma_b G^+]",
)


def _mean_occupation(_: Array, system: OpenSystem) -> Any:
    """Fill all states with the mean of the Fermi functions over the leads."""

    def alone(one: Lead) -> OpenSystem:
        return releaded(system, lambda a, lead: {"mu": one.mu, "temperature": one.temperature})

    return sum(fast.density_matrix(alone(one)) for one in system.leads) / len(system.leads)


altered(
    "mean-occupation",
    "All states are filled with the mean of the Fermi functions: no current flows.",
    "density_matrix",
    _mean_occupation,
    source=GREEN,
)
