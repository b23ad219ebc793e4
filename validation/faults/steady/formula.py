"""Mistakes in a formula: what a wrong derivation leaves after everything else is right."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import Lead, OpenSystem, fast

from ...systems.strategies import wide
from ...systems.transformations import changed
from ..registry import ALL, adjoint, altered, plant, releaded, transpose
from .axis import spectral
from .direct import Direct, every_pair, occupations, unbatched
from .reading import mean_lead, one_temperature

Array = NDArray[Any]

GREEN = "preston2022 Eq. 11: sigma = int f G Gamma G^+ / 2 pi"
WIDTH = "preston2022 Eq. 27-30: Sigma = -i Gamma/2"
NOISE = "preston2022 Eq. 62-68"
CURL = "todorov2010 Eq. 24"


def derived(
    name: str,
    says: str,
    observables: str,
    source: str,
    kind: type[Direct] = Direct,
    **hooks: Any,
) -> None:
    """Plant a mistake in the formula of some observables."""
    names = observables.split()
    plant(name, says, lambda: unbatched(kind(**hooks), *names), names, source=source)


EVERY = " ".join(name for name in ALL if hasattr(Direct, name))
OCCUPIED = (
    "density_matrix force friction curl current bond_current white_noise force_noise response pair_density"
)
SPECTRA = "white_noise force_noise"

# --- the Green's function -------------------------------------------------------------------------

derived(
    "transpose-for-adjoint",
    "The transpose of G stands for its conjugate transpose.",
    EVERY,
    GREEN,
    adjoint=transpose,
)
derived(
    "conjugate-for-adjoint",
    "The conjugate of G stands for its conjugate transpose.",
    EVERY,
    GREEN,
    adjoint=np.conj,
)
derived(
    "adjoint-before-width",
    "G^+ Gamma G stands for G Gamma G^+: states that run backwards in time.",
    EVERY,
    GREEN,
    width_last=True,
)
derived(
    "advanced-self-energy",
    "+i Gamma/2 stands for -i Gamma/2: every Green's function is advanced.",
    EVERY,
    WIDTH,
    effective=lambda system: adjoint(spectral(system)),
)
derived(
    "first-lead-self-energy",
    "The Green's function has the self-energy of the first lead only.",
    EVERY,
    "Landauer-Buttiker",
    effective=lambda system: spectral(changed(system, leads=system.leads[:1])),
)
derived(
    "doubled-self-energy",
    "The self-energy is -i Gamma, and electrons still come in with Gamma.",
    EVERY,
    WIDTH,
    effective=lambda system: 2 * spectral(system) - system.hamiltonian,
)
derived(
    "injection-transposed",
    "Gamma is transposed where electrons come in, and is right in the self-energy.",
    EVERY,
    GREEN,
    injected=transpose,
)
derived(
    "uniform-grid",
    "The points of a uniform grid of energies are further apart than the temperature.",
    OCCUPIED,
    "an integral over f needs points closer than T",
    points=533,
)
derived(
    "holes-for-electrons",
    "The factor is 1 - f where f belongs.",
    "density_matrix force force_noise",
    GREEN,
    filled=lambda w, leads: 1 - occupations(w, leads),
)

# --- one observable -------------------------------------------------------------------------------

derived("curl-real-part", "The real part of the trace is taken.", "curl", CURL, part=np.real)
derived(
    "elementwise-curl",
    "The trace of a product is taken as the sum over products of entries.",
    "curl",
    CURL,
    product="wmik,wvik->mv",
)
derived(
    "curl-of-green",
    "G stands for the density of states i(G - G^+).",
    "curl",
    CURL,
    states=lambda g, _: g,
)
derived(
    "curl-of-sum",
    "G + G^+ stands for the density of states i(G - G^+).",
    "curl",
    CURL,
    states=lambda g, _: g + adjoint(g),
)
derived(
    "pairs-of-green",
    "i G stands for the density of states i(G - G^+).",
    "pair_density",
    "todorov2014 Eq. 31-32",
    states=lambda g, _: 1j * g,
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
    "noise-without-pauli",
    "The factor 1 - f of empty states is left out.",
    SPECTRA,
    NOISE,
    pauli=lambda full, later: every_pair(full, 0 * later),
)
derived(
    "noise-of-mean-occupation",
    "The mean of the Fermi functions stands for that of each lead.",
    SPECTRA,
    NOISE,
    pauli=lambda full, later: every_pair(*(f.mean(axis=0) + 0 * f for f in (full, later))),
)
derived(
    "same-lead-noise",
    "The factor is f_a (1 - f_a) for every pair of leads.",
    SPECTRA,
    NOISE,
    pauli=lambda full, later: (full * (1 - later))[:, None] + 0 * every_pair(full, later),
)


def same_lead(full: Array, later: Array) -> Array:
    """Return f_a (1 - f_b) for a = b, and nothing for two leads."""
    return every_pair(full, later) * np.eye(len(full))[:, :, None]


derived("lead-diagonal-noise", "Pairs of different leads are left out.", SPECTRA, NOISE, pauli=same_lead)


class _OneSlope(Direct):
    """White noise whose -T f' of each lead, f (1 - f), has the temperature of the first."""

    def white_noise(self, system: OpenSystem) -> Array:
        """Exchange the part of pairs of one lead."""
        wrong, right = (super(_OneSlope, self).white_noise(s) for s in (one_temperature(system), system))
        return fast.white_noise(system) + wrong - right


derived(
    "noise-slope-of-first-lead",
    "Thermal noise has -T f' of the first lead's temperature for every lead.",
    "white_noise",
    NOISE,
    kind=_OneSlope,
    pauli=same_lead,
)


def _small_bias(_: Array, system: OpenSystem) -> Array:
    """Return the curl at a small part of the bias, one temperature for all leads, over that part."""
    part, middle = 2.0**-10, mean_lead(system)
    return (
        fast.curl(releaded(middle, lambda a, lead: {"mu": lead.mu + part * (system.leads[a].mu - lead.mu)}))
        / part
    )


altered(
    "curl-of-small-bias",
    "The curl is linear in the bias.",
    "curl",
    _small_bias,
    source="todorov2010 Eq. 24 holds at any bias, Eq. 25 at a small one",
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


def lead_by_lead(system: OpenSystem) -> list[OpenSystem]:
    """Return the system with all leads filled like one of them, for each."""

    def alone(one: Lead) -> OpenSystem:
        return releaded(system, lambda a, lead: {"mu": one.mu, "temperature": one.temperature})

    return [alone(one) for one in system.leads]


def _mean_occupation(_: Array, system: OpenSystem) -> Any:
    """Fill all states with the mean of the Fermi functions over the leads."""
    return sum(fast.density_matrix(one) for one in lead_by_lead(system)) / len(system.leads)


altered(
    "mean-occupation",
    "All states are filled with the mean of the Fermi functions: no current flows.",
    "density_matrix",
    _mean_occupation,
    source=GREEN,
)
