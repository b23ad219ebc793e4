"""Small vibrations of a body that current flows through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from electronwind import ClassicalBody, Lead, Model, OpenSystem
from electronwind.doors import checked_body, checked_flag, checked_model, checked_place
from electronwind.vibrations import GROWTH, Vibrations
from electronwind.watched import Watched

from .friction import friction as friction_of
from .linear import bond_friction, chain_of
from .stiffness import electronic_stiffness

__all__ = ["vibrations"]

Array = np.ndarray[Any, Any]


def vibrations(model: Model, body: ClassicalBody, x: ArrayLike, friction: bool = True) -> Vibrations:
    """Return the small vibrations of a body about positions at rest.

    Parameters
    ----------
    model : Model
        The family h(x).
    body : ClassicalBody
        Masses, and the potential apart from the electrons.
    x : array_like, shape (..., d)
        Positions; whether the total force vanishes there is not asked.
    friction : bool
        Whether the electronic friction at x, its Lorentz-like part included, acts on the vibrations.

    Returns
    -------
    Vibrations

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens.
    UnsupportedError
        Leads that `response` or `friction` does not take.
    InvalidSystemError
        What is no family, body or position.
    PrecisionError
        As for `stiffness`.

    Notes
    -----
    Source: cunningham2014 Eq. 5-8. The stiffness is that of `stiffness`, the friction that of `friction`:
    both are the limits of slow motion. A perfect chain between perfect chains takes a closed form of both.
    """
    model = checked_model(model, lambda: x)
    place = checked_place("x", x, model)
    watched = checked_body(body, place, strict=True).potential
    with_friction = checked_flag("friction", friction)
    assert isinstance(watched, Watched)
    batch, d = place.shape[:-1], place.shape[-1]
    still = _at_equilibrium(model.leads)
    masses = np.broadcast_to(body.mass, d)
    found = []
    for one in place.reshape(-1, d):
        electrons, rest = (electronic_stiffness(model, leads, one) for leads in (model.leads, still))
        k, change = electrons + watched.hessian(one), electrons - rest
        frequencies, modes = _free(k, masses)
        instability = np.mean(np.abs(frequencies.imag))
        if with_friction:
            frequencies, modes = _damped(k, _friction(model, one), masses)
        edge = GROWTH * float(np.max(np.abs(frequencies)))
        growing = np.sum((frequencies.real >= 0) & (frequencies.imag > edge))
        split = (change + change.T) / 2, (change - change.T) / 2
        found.append((frequencies, modes, growing, instability, k, *split))
    stacked = (np.stack(part) for part in zip(*found, strict=True))
    return Vibrations(*(part.reshape((*batch, *part.shape[1:])) for part in stacked))


def _at_equilibrium(leads: Sequence[Any]) -> tuple[Lead, ...]:
    """Return the leads with the mean of their potentials and the mean of their temperatures."""
    mu, temperature = (
        np.asarray(np.mean([getattr(lead, name) for lead in leads])) for name in ("mu", "temperature")
    )
    return tuple(replace(lead, mu=mu, temperature=temperature) for lead in leads)


def _friction(model: Model, x: Array) -> Array:
    chain = chain_of(model, model.leads, x)
    if chain is not None and (closed := bond_friction(chain)) is not None:
        return model.degeneracy * closed
    return friction_of(OpenSystem(model.hamiltonian(x), model.gradient(x), model.leads, model.degeneracy))


def _free(k: Array, masses: Array) -> tuple[Array, Array]:
    """Return frequencies and modes without friction: omega and -omega of each square."""
    root = np.sqrt(masses)
    squares, vectors = linalg.eig(k / np.multiply.outer(root, root))
    values = np.sqrt(squares.astype(complex))
    return _ordered(np.concatenate([values, -values]), np.hstack([vectors, vectors]), root)


def _damped(k: Array, eta: Array, masses: Array) -> tuple[Array, Array]:
    """Return frequencies and modes with friction, from the motion of displacements and velocities."""
    root = np.sqrt(masses)
    scale = np.multiply.outer(root, root)
    d = len(k)
    motion = np.block([[np.zeros((d, d)), np.eye(d)], [-k / scale, -eta / scale]])
    # exp(-i omega t) is exp(rate t).
    rates, vectors = linalg.eig(motion)
    return _ordered(1j * rates, vectors[:d], root)


def _ordered(frequencies: Array, vectors: Array, root: Array) -> tuple[Array, Array]:
    """Return frequencies in order, and modes out of vectors that are scaled by the roots of the masses."""
    # Adding zero makes -0.0 zero, which sorts and prints like it.
    frequencies = frequencies + 0.0
    order = np.lexsort((frequencies.imag, frequencies.real))
    vectors = vectors[:, order] / np.linalg.norm(vectors[:, order], axis=0)
    modes = vectors / root[:, None]
    largest = np.take_along_axis(modes, np.argmax(np.abs(modes), axis=0)[None], axis=0)
    return frequencies[order], modes * (np.abs(largest) / largest)
