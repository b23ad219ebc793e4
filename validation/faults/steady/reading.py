"""Mistakes in how the system is read: leads exchanged, merged or averaged, and matrices cut down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from electronwind import ChainLead, OpenSystem, PeriodicLead

from ...systems.transformations import changed
from ..registry import misread, releaded, transpose


def wide(change: Callable[[Any], Any]) -> Callable[[OpenSystem], OpenSystem]:
    """Return the misreading that changes the broadening of every wide-band lead."""

    def fields(_: int, lead: Any) -> dict[str, Any]:
        return {"broadening": change(lead.broadening)}

    return lambda system: releaded(system, fields, "wide-band")


def chain(change: Callable[[ChainLead], dict[str, Any]]) -> Callable[[OpenSystem], OpenSystem]:
    """Return the misreading that changes fields of every chain lead."""
    return lambda system: releaded(system, lambda _, lead: change(lead), "chain")


def cells(change: Callable[[PeriodicLead], dict[str, Any]]) -> Callable[[OpenSystem], OpenSystem]:
    """Return the misreading that changes fields of every periodic lead."""
    return lambda system: releaded(system, lambda _, lead: change(lead), "periodic")


def rows(system: OpenSystem) -> OpenSystem:
    """Let the orbitals of a cell know each other in the system alone."""

    def alone(lead: PeriodicLead) -> dict[str, Any]:
        m = lead.onsite.shape[-1]
        return {name: getattr(lead, name) * np.eye(m) for name in ("onsite", "hopping")}

    return cells(alone)(system)


def upside_down(system: OpenSystem) -> OpenSystem:
    """Count the filling of every chain from the top of its band."""
    return releaded(system, lambda _, lead: {"mu": 2 * lead.onsite - lead.mu}, "chain")


def swapped(system: OpenSystem) -> OpenSystem:
    """Exchange the potentials of the first two leads."""
    order = {0: 1, 1: 0} if len(system.leads) > 1 else {}
    return releaded(system, lambda a, lead: {"mu": system.leads[order.get(a, a)].mu})


def mean_mu(system: OpenSystem) -> OpenSystem:
    """Give the mean potential to all leads."""
    mean = sum(lead.mu for lead in system.leads) / len(system.leads)
    return releaded(system, lambda a, lead: {"mu": mean})


def mean_lead(system: OpenSystem) -> OpenSystem:
    """Give the mean potential and the mean temperature to all leads."""
    heat = sum(lead.temperature for lead in system.leads) / len(system.leads)
    return releaded(mean_mu(system), lambda a, lead: {"temperature": heat})


def mirrored(system: OpenSystem) -> OpenSystem:
    """Read the bias as +V/2 and -V/2 about zero."""
    middle = (system.leads[0].mu + system.leads[-1].mu) / 2
    return releaded(system, lambda a, lead: {"mu": lead.mu - middle})


def one_temperature(system: OpenSystem) -> OpenSystem:
    """Give the temperature of the first lead to all."""
    return releaded(system, lambda a, lead: {"temperature": system.leads[0].temperature})


def merged(system: OpenSystem) -> OpenSystem:
    """Count everything beyond the second lead to the first."""
    if len(system.leads) < 3 or not system.wide_band:
        return system
    widths = system.broadenings
    parts = [widths[0] + sum(widths[2:]), widths[1], *(0 * w for w in widths[2:])]
    return releaded(system, lambda a, lead: {"broadening": parts[a]})


def alike(system: OpenSystem) -> OpenSystem:
    """Give the band and the coupling of the first chain to all chains."""
    chains = [lead for lead in system.leads if lead.chain]
    first = {name: getattr(lead, name) for lead in chains[:1] for name in ("hopping", "onsite", "coupling")}
    return chain(lambda _: first)(system)


def halved(system: OpenSystem) -> OpenSystem:
    """Halve every broadening where some lead is a chain."""
    return system if system.wide_band else wide(lambda g: g / 2)(system)


def normalised(system: OpenSystem) -> OpenSystem:
    """Take the direction of the gradient for the gradient."""
    sizes = np.linalg.norm(system.gradient, axis=(-2, -1), keepdims=True)
    return changed(system, gradient=system.gradient / np.where(sizes > 0, sizes, 1))


def strongest(broadening: Any) -> Any:
    """Keep one channel of a lead, the strongest."""
    sizes, vectors = np.linalg.eigh(broadening)
    last = vectors[..., :, -1]
    return sizes[..., -1, None, None] * last[..., :, None] * last[..., None, :].conj()


BIAS = "todorov2010 Eq. 16: each lead has a Fermi function of its own"
WIDTH = "preston2022 Eq. 27-30: Sigma = -i Gamma/2"
CHAIN = "todorov2010 Eq. 29: the end of a chain"

misread("swapped-potentials", "The potentials of the first two leads are exchanged.", swapped, source=BIAS)
misread("averaged-potentials", "All leads get the mean of the potentials.", mean_mu, source=BIAS)
misread("mirrored-bias", "The bias is applied as +V/2 and -V/2 about zero.", mirrored, source=BIAS)
misread("one-temperature", "The first lead's temperature serves all leads.", one_temperature, source=BIAS)
misread(
    "band-bottom",
    "Potentials below a fixed energy are raised to it.",
    lambda s: releaded(s, lambda a, lead: {"mu": np.maximum(lead.mu, -0.5)}),
    source="the zero of energy is arbitrary",
)
misread(
    "diagonal-broadening",
    "Only the diagonal of each Gamma is used.",
    wide(lambda g: g * np.eye(g.shape[-1])),
    source=WIDTH,
)
misread("transposed-broadening", "Every Gamma is transposed.", wide(transpose), source=WIDTH)
misread("doubled-width", "Gamma stands where Gamma/2 belongs.", wide(lambda g: 2 * g), source=WIDTH)
misread(
    "one-channel-leads", "Of each Gamma only the strongest channel is kept.", wide(strongest), source=WIDTH
)
misread(
    "finite-eta",
    "Every level is broadened by a fixed small i eta.",
    wide(lambda g: g + 1e-3 * np.eye(g.shape[-1])),
    source=WIDTH,
)
misread(
    "wrong-for-three-leads",
    "All leads beyond the second are counted to the first.",
    merged,
    kind="software",
    source="Landauer-Buttiker: any number of leads",
)
misread(
    "normalised-gradient",
    "Each dh/dx is divided by its norm.",
    normalised,
    "force friction curl white_noise force_noise response pair_density force_correlation",
)
misread(
    "current-swapped-potentials",
    "The current alone exchanges the potentials of the first two leads.",
    swapped,
    "current",
    source=BIAS,
)
misread(
    "friction-from-equilibrium",
    "The friction is that of equilibrium at the mean potential and temperature.",
    mean_lead,
    "friction",
    source="preston2022 Eq. 26",
)
misread(
    "ignores-imaginary-hamiltonian",
    "The imaginary part of h is dropped.",
    lambda s: changed(s, hamiltonian=s.hamiltonian.real),
)
misread(
    "gradient-conjugated",
    "Every dh/dx is transposed.",
    lambda s: changed(s, gradient=s.gradient.conj()),
    "force friction curl white_noise force_noise response",
)
misread(
    "chain-coupling-ignored",
    "A chain hangs on its site by its own hopping, whatever its coupling.",
    chain(lambda lead: {"coupling": lead.hopping}),
    source=CHAIN,
)
misread(
    "chain-onsite-ignored",
    "The band of every chain is centred at zero.",
    chain(lambda lead: {"onsite": 0 * lead.onsite}),
    source=CHAIN,
)
misread(
    "chain-hopping-fixed",
    "The hopping of every chain is the unit of energy.",
    chain(lambda lead: {"hopping": np.sign(lead.hopping)}),
    source=CHAIN,
)
misread("chains-alike", "All chains get the band and the coupling of the first.", alike, source=CHAIN)
misread(
    "half-a-band-beside-chains",
    "Of a wide-band lead beside a chain, Gamma/2 is used.",
    halved,
    source=WIDTH,
)
misread(
    "band-upside-down",
    "The filling of a chain is counted from the top of its band.",
    upside_down,
    source="todorov2010 Eq. 26: E = 2 H cos(phi), H < 0",
)
misread(
    "ribbon-lead-of-rows",
    "The orbitals of a lead's cell do not know each other.",
    rows,
    source="todorov2010 Eq. 29 for a cell of many orbitals",
)
