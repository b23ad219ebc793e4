"""Mistakes in the value: a sign, a factor, a transpose, the wrong frequency."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES, OpenSystem, fast

from ..registry import ALL, Kind, adjoint, altered, plant, transpose

Array = NDArray[Any]
MATRICES = (
    "friction", "curl", "white_noise", "force_noise", "response", "pair_density", "force_correlation",
)  # fmt: skip
SPIN = tuple(name for name in ALL if OBSERVABLES[name].spin)
NOISES = ("white_noise", "force_noise")
SOFTWARE: Kind = "software"

FACTOR = "definition of the spin factor"
FRICTION = "preston2022 Eq. 26"
CURL = "todorov2010 Eq. 24"
NOISE = "preston2022 Eq. 62-68"
PAIRS, CORRELATION = "todorov2014 Eq. 31-32", "todorov2014 Eq. 52-58"
RESPONSE = "todorov2014 Eq. 14"
FORCE = "preston2022 Eq. 11: F = -Tr[dh sigma]"
FLOW = "Landauer-Buttiker; positive is into the junction"
BOND = "todorov2010 Sec. III"


def lower_from_upper(value: Array, *_: Any) -> Array:
    """Fill the lower triangle with the upper one, not conjugated."""
    return np.triu(value) + transpose(np.triu(value, 1))


# --- factors --------------------------------------------------------------------------------------

altered("averaged-over-levels", "The value is divided by n.", ALL, lambda v, s, *_: v / s.levels)
altered(
    "spin-dropped", "The spin factor is left out.", SPIN, lambda v, s, *_: v / s.degeneracy, source=FACTOR
)
altered(
    "spin-squared",
    "The spin factor is counted twice.",
    SPIN,
    lambda v, s, *_: v * s.degeneracy,
    source=FACTOR,
)
altered(
    "spin-on-density",
    "The density matrix is multiplied by the spin factor.",
    "density_matrix",
    lambda v, s: v * s.degeneracy,
    source=FACTOR,
)
altered(
    "spin-on-transmission",
    "The transmission is multiplied by the spin factor.",
    "transmission",
    lambda v, s, e: v * s.degeneracy,
    source=FACTOR,
)
altered(
    "diagonal-coordinates",
    "Only the diagonal in the coordinates is computed.",
    MATRICES,
    lambda v, *_: v * np.eye(v.shape[-1]),
)
altered(
    "pi-for-two-pi",
    "1/pi stands where 1/2pi belongs.",
    "density_matrix force",
    lambda v, *_: 2 * v,
    source=FORCE,
)
altered(
    "two-pi-missing",
    "The integral over energies is not divided by 2 pi.",
    "density_matrix force friction curl current bond_current response",
    lambda v, *_: 2 * np.pi * v,
    source="int dw/2pi is the trace over energies",
)


def _lost_tail() -> dict[str, Any]:
    def force(system: OpenSystem) -> Any:
        weight = 1e-4 * system.degeneracy
        return fast.force(system) + weight * np.trace(system.gradient, axis1=-2, axis2=-1).real

    return {"density_matrix": lambda s: fast.density_matrix(s) - 1e-4 * np.eye(s.levels), "force": force}


plant(
    "lost-tail",
    "The weight beyond the ends of an energy grid is lost.",
    _lost_tail,
    ("density_matrix", "force"),
    source="completeness of the spectral function",
)

# --- one observable -------------------------------------------------------------------------------

altered(
    "density-transposed",
    "The density matrix is transposed.",
    "density_matrix",
    lambda v, *_: transpose(v),
    source="sigma_ij = <d_j^+ d_i>",
)
altered("force-sign", "The force has the wrong sign.", "force", lambda v, *_: -v, source=FORCE)
altered("force-doubled", "The force is twice too large.", "force", lambda v, *_: 2 * v, source=FORCE)
altered(
    "force-squared-spin",
    "The force counts the spin factor twice.",
    "force",
    lambda v, s: v * s.degeneracy,
    source=FACTOR,
)
altered(
    "elementwise-force",
    "The trace of a product is taken as the sum over products of entries.",
    "force",
    lambda v, s: -s.degeneracy * np.einsum("...aij,...ij->...a", s.gradient, fast.density_matrix(s)).real,
    source=FORCE,
)
altered("friction-sign", "The friction has the wrong sign.", "friction", lambda v, *_: -v, source=FRICTION)
altered("friction-halved", "The friction is halved.", "friction", lambda v, *_: v / 2, source=FRICTION)
altered(
    "friction-transposed",
    "The friction is transposed.",
    "friction",
    lambda v, *_: transpose(v),
    source=FRICTION,
)
altered(
    "friction-symmetrised",
    "The antisymmetric part of the friction is lost.",
    "friction",
    lambda v, *_: (v + transpose(v)) / 2,
    source=FRICTION,
)
altered(
    "friction-lorentz-real-part",
    "The lower triangle of the friction is counted twice.",
    "friction",
    lambda v, *_: v + np.tril(v, -1),
    source="Onsager",
)
altered(
    "response-upper-triangle",
    "Only the upper triangle of the response is computed.",
    "response",
    lambda v, *_: np.triu(v),
    kind="software",
    source="Onsager",
)
altered("curl-transposed", "The curl is transposed.", "curl", lambda v, *_: transpose(v), source=CURL)
altered("curl-halved", "4 pi stands where 2 pi belongs.", "curl", lambda v, *_: v / 2, source=CURL)
altered("curl-doubled", "pi stands where 2 pi belongs.", "curl", lambda v, *_: 2 * v, source=CURL)
altered("absolute-curl", "The curl has lost its sign.", "curl", lambda v, *_: np.abs(v), source=CURL)
altered("current-sign", "Currents count out of the junction.", "current", lambda v, *_: -v, source=FLOW)
altered(
    "current-pi-for-two-pi",
    "pi stands where 2 pi belongs.",
    "current",
    lambda v, *_: 2 * v,
    source=FLOW,
)
altered(
    "current-of-first-lead-only",
    "All currents but the first are zero.",
    "current",
    lambda v, *_: v * (np.arange(v.shape[-1]) == 0),
    source=FLOW,
)
altered(
    "bond-orientation",
    "Bond currents are transposed.",
    "bond_current",
    lambda v, *_: transpose(v),
    source=BOND,
)
altered("bond-halved", "Bond currents lack a factor 2.", "bond_current", lambda v, *_: v / 2, source=BOND)
altered(
    "transmission-transposed",
    "Source and drain are exchanged.",
    "transmission",
    lambda v, *_: transpose(v),
    source=FLOW,
)
altered(
    "transmission-sign",
    "The transmission has the wrong sign.",
    "transmission",
    lambda v, *_: -v,
    source=FLOW,
)
altered("noise-sign", "The noise has the wrong sign.", NOISES, lambda v, *_: -v, source=NOISE)
altered("noise-doubled", "The white noise is doubled.", "white_noise", lambda v, *_: 2 * v, source=NOISE)
altered("noise-halved", "The white noise is halved.", "white_noise", lambda v, *_: v / 2, source=NOISE)
altered(
    "spectrum-doubled", "The noise spectrum is doubled.", "force_noise", lambda v, *_: 2 * v, source=NOISE
)
altered(
    "noise-skew-kept",
    "The antisymmetric part of the spectrum stays in the white noise.",
    "white_noise",
    lambda v, s: (lambda x: x.real + x.imag)(fast.force_noise(s, 0.0)),
    source=NOISE,
)
altered(
    "noise-transposed",
    "The noise spectrum is transposed.",
    "force_noise",
    lambda v, *_: transpose(v),
    source=NOISE,
)
altered(
    "noise-transposed-half",
    "The lower triangle of the spectrum is the upper one, not conjugated.",
    "force_noise",
    lower_from_upper,
    source=NOISE,
)
altered(
    "noise-frequency-sign",
    "The noise spectrum is taken at -W.",
    "force_noise",
    lambda v, s, w: fast.force_noise(s, -np.asarray(w)),
    source=NOISE,
)
altered(
    "noise-symmetrised",
    "Emission and absorption are averaged.",
    "force_noise",
    lambda v, s, w: (v + transpose(fast.force_noise(s, -np.asarray(w)))) / 2,
    source=NOISE,
)
altered("response-sign", "The response has the wrong sign.", "response", lambda v, *_: -v, source=RESPONSE)
altered("response-halved", "The response is halved.", "response", lambda v, *_: v / 2, source=RESPONSE)
altered(
    "response-transposed",
    "The response is transposed.",
    "response",
    lambda v, *_: transpose(v),
    source=RESPONSE,
)
altered(
    "response-frequency-sign",
    "The response is taken at -W.",
    "response",
    lambda v, s, w: fast.response(s, -np.asarray(w)),
    source=RESPONSE,
)
altered(
    "advanced-response",
    "Advanced Green's functions stand for retarded ones: the force precedes the motion.",
    "response",
    lambda v, *_: adjoint(v),
    source=RESPONSE,
)

altered(
    "pairs-frequency-sign",
    "The pair density is taken at -W: pairs that give energy for pairs that take it.",
    "pair_density",
    lambda v, s, w: fast.pair_density(s, -np.asarray(w)),
    source=PAIRS,
)
altered(
    "pairs-transposed",
    "The pair density is transposed.",
    "pair_density",
    lambda v, *_: transpose(v),
    source=PAIRS,
)
altered(
    "correlation-even",
    "The sign of the delay is lost.",
    "force_correlation",
    lambda v, s, t: fast.force_correlation(s, np.abs(t)),
    source=CORRELATION,
)
altered(
    "correlation-backwards",
    "The correlation is taken at -s: N(s) stands for its adjoint.",
    "force_correlation",
    lambda v, s, t: fast.force_correlation(s, -np.asarray(t)),
    source=CORRELATION,
)
altered(
    "correlation-transposed",
    "The correlation is transposed.",
    "force_correlation",
    lambda v, *_: transpose(v),
    source=CORRELATION,
)
altered(
    "correlation-conjugated",
    "The correlation is conjugated, and not transposed.",
    "force_correlation",
    lambda v, *_: v.conj(),
    source=CORRELATION,
)


def _from_fermi_level(value: Array, system: OpenSystem, energy: Any) -> Any:
    """Count the energy from the potential of the first lead."""
    if not system.shape:
        return fast.transmission(system, np.asarray(energy) + system.leads[0].mu)
    return np.stack([_from_fermi_level(value, system[i], energy) for i in range(system.shape[0])])


altered(
    "energy-from-fermi-level",
    "Energies are counted from the first lead's potential.",
    "transmission",
    _from_fermi_level,
    source="the zero of energy is arbitrary",
)
