"""Mistakes in stiffness and vibrations under current."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import STATICS, ClassicalBody, Model, fast
from electronwind.fast.linear import chain_of, orders_and_response, stretched
from electronwind.fast.stiffness import electronic_stiffness
from electronwind.fast.vibrations import _at_equilibrium
from electronwind.models.door import checked_model

from ..registry import FAULTS, Fault, transpose

Array = NDArray[Any]

STIFFNESS = "cunningham2014 Eq. 5"
PARTS = "cunningham2014 Eq. 6, 7"
XI = "cunningham2014 Eq. 8"


def static(name: str, says: str, functions: Mapping[str, Callable[..., Any]], source: str) -> None:
    """Plant a mistake in what is asked at rest beyond observables of a system.

    Raises
    ------
    ValueError
        A name that is taken.
    """
    if name in FAULTS:
        raise ValueError(f"fault {name!r}: the name is taken")

    def make() -> Any:
        right = {row: getattr(fast, row) for row in STATICS}
        return SimpleNamespace(name=f"wrong: {name}", **(right | dict(functions)))

    FAULTS[name] = Fault(name, "physics", says, source, tuple(functions), make)


def _stiff(name: str, says: str, change: Callable[[Array, Model, Any, Any], Array]) -> None:
    """Plant a mistake in the stiffness: ``change(value, model, body, x)``."""

    def wrong(model: Model, body: ClassicalBody, x: Any) -> Array:
        right = fast.stiffness(model, body, x)
        # A user's own class may leave out second derivatives.
        return change(right, checked_model(model, lambda: x), body, x)

    static(name, says, {"stiffness": wrong}, STIFFNESS)


def _flat(k: Array, model: Model, body: Any, x: Any) -> Array:
    """Leave out Tr[d2h sigma]."""
    return k - _curvature(model, model.leads, x)


def _curvature(model: Model, leads: Sequence[Any], x: Any) -> Array:
    """Return Tr[d2h sigma] with some leads."""
    place = np.asarray(x, dtype=float)
    sigma = _density(model, leads, place)
    curvature = np.einsum("...mvij,...ji->...mv", model.hessian(place), sigma).real
    return np.asarray(model.degeneracy * curvature)


def _curvature_still(k: Array, model: Model, body: Any, x: Any) -> Array:
    """Take the density matrix of no bias for Tr[d2h sigma]."""
    return k + _curvature(model, _at_equilibrium(model.leads), x) - _curvature(model, model.leads, x)


def _curvature_diagonal(k: Array, model: Model, body: Any, x: Any) -> Array:
    """Leave out Tr[d2h sigma] between two coordinates."""
    curvature = _curvature(model, model.leads, x)
    return k - curvature * (1 - np.eye(curvature.shape[-1]))


def _summed(k: Array, *_: Any) -> Array:
    """Make the rows of the moving atoms add up to zero, as those of all atoms of a free chain do."""
    return k - np.sum(k, axis=-1)[..., None] * np.eye(k.shape[-1])


def _density(model: Model, leads: Sequence[Any], x: Array) -> Array:
    """Return the density matrix; of a perfect wire the elements between neighbours, which h has."""
    chain = chain_of(model, leads, x)
    if chain is None:
        return np.asarray(fast.density_matrix(replace(model.at(x), leads=tuple(leads))))
    half = orders_and_response(chain.chain)[0] / 2
    first = chain.chain.first
    sigma = np.zeros((len(chain.chain.onsite),) * 2)
    bonds = np.arange(first, first + len(half))
    sigma[bonds, bonds + 1] = sigma[bonds + 1, bonds] = half
    return sigma


def _poleless(k: Array, model: Model, body: Any, x: Any) -> Array:
    """Drop -2/t of the bottom of the band, from a bond's response to itself."""
    chain = chain_of(model, model.leads, np.asarray(x, dtype=float))
    if chain is None:
        return k
    t = abs(float(chain.chain.hopping[0]))
    return k + stretched(np.diag(model.degeneracy / t * chain.slope**2))


def _one_lead(k: Array, model: Model, body: ClassicalBody, x: Any) -> Array:
    """Take the momentum of the left lead for both."""
    place = np.asarray(x, dtype=float)
    leads: tuple[Any, ...] = model.leads
    alike = [replace(lead, mu=leads[0].mu, temperature=leads[0].temperature) for lead in leads]
    return k + _electrons(model, alike, place) - _electrons(model, model.leads, place)


def _swapped(k: Array, model: Model, body: ClassicalBody, x: Any) -> Array:
    """Exchange the potentials of the first lead and the last."""
    place = np.asarray(x, dtype=float)
    leads: tuple[Any, ...] = model.leads
    potentials = [lead.mu for lead in leads]
    potentials[0], potentials[-1] = potentials[-1], potentials[0]
    turned = [replace(lead, mu=mu) for lead, mu in zip(leads, potentials, strict=True)]
    return k + _electrons(model, turned, place) - _electrons(model, model.leads, place)


def _electrons(model: Model, leads: Sequence[Any], places: Array) -> Array:
    """Return the part of the electrons at each position."""
    flat = places.reshape(-1, places.shape[-1])
    found = [electronic_stiffness(model, leads, one) for one in flat]
    return np.stack(found).reshape(*places.shape, places.shape[-1])


def _odd_even(k: Array, model: Model, body: Any, x: Any) -> Array:
    """Give the antisymmetric part the sign of the upper triangle at a positive bias."""
    odd = (k - transpose(k)) / 2
    sign = np.sign(odd[..., :1, -1:]) if k.shape[-1] > 1 else 1.0
    return np.asarray((k + transpose(k)) / 2 + sign * odd)


_stiff("stiffness-without-curvature", "dh/dx is taken as constant: Tr[d2h sigma] is left out.", _flat)
_stiff("stiffness-curvature-without-bias", "Tr[d2h sigma] is that of no bias.", _curvature_still)
_stiff(
    "stiffness-curvature-diagonal",
    "A bond bends h for each of its atoms and not for both.",
    _curvature_diagonal,
)
_stiff("stiffness-rows-add-up", "The rows of the moving atoms are made to add up to zero.", _summed)
_stiff("stiffness-without-pole", "The pole at the bottom of the band is missed on the diagonal.", _poleless)
_stiff("stiffness-leads-swapped", "The potentials of the two leads are exchanged.", _swapped)
_stiff("stiffness-transposed", "The stiffness is transposed.", lambda k, *_: transpose(k))
_stiff("stiffness-symmetrised", "The antisymmetric part is lost.", lambda k, *_: (k + transpose(k)) / 2)
_stiff(
    "stiffness-spin-twice",
    "The spin factor is in both densities of states.",
    lambda k, *_: k + (k - transpose(k)) / 2,
)
_stiff(
    "stiffness-without-potential",
    "The potential of the body is left out.",
    lambda k, model, body, x: _electrons(model, model.leads, np.asarray(x, dtype=float)),
)
_stiff("stiffness-of-one-lead", "Both leads have the momentum of the left one.", _one_lead)
_stiff("stiffness-odd-part-even", "The antisymmetric part does not change sign with the bias.", _odd_even)


def _shaken(name: str, says: str, change: Callable[..., dict[str, Any]], source: str = STIFFNESS) -> None:
    """Plant a mistake in vibrations: ``change(fields, body, friction)`` gives the wrong fields."""

    def wrong(model: Model, body: ClassicalBody, x: Any, friction: bool = True) -> dict[str, Any]:
        found = dict(vars(fast.vibrations(model, body, x, friction=friction)))
        return found | change(found, body)

    static(name, says, {"vibrations": wrong}, source)


def _spectrum(k: Array, masses: Array, solve: Callable[[Array], Any]) -> dict[str, Any]:
    root = np.sqrt(np.broadcast_to(masses, len(k)))
    squares, vectors = solve(k / np.multiply.outer(root, root))
    values = np.sqrt(squares.astype(complex))
    frequencies = np.concatenate([values, -values])
    modes = np.hstack([vectors, vectors]) / root[:, None]
    return {
        "frequencies": frequencies,
        "modes": modes.astype(complex),
        "instability": np.mean(np.abs(values.imag)),
    }


def _symmetric_only(found: dict[str, Any], body: ClassicalBody) -> dict[str, Any]:
    k = found["stiffness"]
    return _spectrum((k + k.T) / 2, body.mass, np.linalg.eigh)


def _unit_mass(found: dict[str, Any], body: ClassicalBody) -> dict[str, Any]:
    return _spectrum(found["stiffness"], np.ones(1), np.linalg.eig)


_shaken("vibrations-symmetrised", "The eigenvalues are those of the symmetric part of K.", _symmetric_only)
_shaken("vibrations-unit-mass", "The masses are not in the frequencies.", _unit_mass)
_shaken(
    "vibrations-without-negative",
    "Each frequency is given twice, without that of the opposite sign.",
    lambda found, body: {"frequencies": np.where(
        found["frequencies"].real < 0, -found["frequencies"], found["frequencies"])},
)  # fmt: skip
_shaken(
    "instability-halved",
    "A pair of frequencies counts once in Xi.",
    lambda found, body: {"instability": found["instability"] / 2},
    XI,
)
_shaken(
    "vibrations-conjugate",
    "Frequencies are those of exp(+i omega t).",
    lambda found, body: {"frequencies": found["frequencies"].conj(), "modes": found["modes"].conj()},
    XI,
)
_shaken(
    "vibrations-parts-swapped",
    "S and A are exchanged.",
    lambda found, body: {"symmetric": found["antisymmetric"], "antisymmetric": found["symmetric"]},
    PARTS,
)
_shaken(
    "vibrations-antisymmetric-doubled",
    "A is K - K^T, without a half.",
    lambda found, body: {"antisymmetric": 2 * found["antisymmetric"]},
    PARTS,
)
_shaken(
    "vibrations-parts-of-all",
    "S is the symmetric part of K(V), the stiffness without bias included.",
    lambda found, body: {"symmetric": (found["stiffness"] + transpose(found["stiffness"])) / 2},
    PARTS,
)
_shaken(
    "vibrations-real-frequencies",
    "The square root of a complex eigenvalue is taken of its real part.",
    lambda found, body: {"frequencies": found["frequencies"].real + 0j, "instability": 0.0},
    XI,
)
