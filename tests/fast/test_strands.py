"""Crystals that fall apart into chains against their waves; what is hidden from leads against eigenvalues."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from electronwind import PeriodicLead, PrecisionError
from electronwind.fast import leads
from electronwind.fast.bands import Crystal
from electronwind.fast.hidden import hides_nothing
from electronwind.fast.strands import strands
from electronwind.fast.surface import steepness


def apart(m: int, seed: int, shape: tuple[int, ...] = ()) -> tuple[Any, Any, Any]:
    """Return onsite, hopping of size one and coupling of crystals that a complex basis makes diagonal."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(2, *shape, m, m))
    basis = np.linalg.qr(raw[0] + 1j * raw[1])[0]
    back = np.swapaxes(basis, -1, -2).conj()
    onsite, hopping = (
        basis @ (values[..., None] * back)
        for values in (rng.normal(size=(*shape, m)), np.exp(1j * rng.normal(size=(*shape, m))))
    )
    coupling = rng.normal(size=(*shape, 2, m)) + 1j * rng.normal(size=(*shape, 2, m))
    return (onsite + np.swapaxes(onsite, -1, -2).conj()) / 2, hopping, coupling


@pytest.mark.parametrize("shape", [(), (3,)])
@pytest.mark.parametrize("m", [1, 2, 4])
def test_strands_are_the_waves_of_the_crystal(m: int, shape: tuple[int, ...]) -> None:
    """Self-energy, slope and edges are those that the waves of the whole cell give, on and off the axis."""
    onsite, hopping, coupling = apart(m, m, shape)
    lead = PeriodicLead((0, 1), onsite, hopping, 0.0, 0.1, coupling)
    crystal = Crystal(onsite, hopping)
    z = np.concatenate([np.linspace(-4.5, 4.5, 40), np.linspace(-3, 3, 20) + 0.2j]) + 0j
    g = crystal.ended(z)
    inner = g @ (np.eye(m) - steepness(crystal.cell, g)) @ g
    c = coupling[..., None, :, :]
    back = np.swapaxes(c, -1, -2).conj()

    assert strands(onsite, hopping, coupling) is not None
    assert np.allclose(leads.self_energy(lead, z), c @ g @ back, rtol=0, atol=1e-10)
    assert np.allclose(leads.slope(lead, z), -c @ inner @ back, rtol=1e-8, atol=1e-8)
    middle = np.linalg.eigvalsh(onsite)
    ends = np.sort(np.concatenate([middle - 2, middle + 2], axis=-1), axis=-1)
    assert np.allclose(leads.edges(lead), ends, rtol=0, atol=1e-14)
    assert np.allclose(np.sort(leads.ranges(lead)[..., 0], axis=-1), middle - 2, rtol=0, atol=1e-14)


def test_strands_keep_their_digits_at_an_edge() -> None:
    """Energies counted from an edge have a self-energy right to rounding however close they are to it."""
    onsite, hopping, coupling = np.array([[0.3, 0.1], [0.1, 0.7]]), np.diag([0.5, 0.5]), np.eye(2)
    found = strands(onsite, hopping, coupling)
    assert found is not None
    edge = np.max(found.ends)
    for step in (1e-3, 1e-9, 1e-15, 1e-21):
        z = np.array([edge - step])
        offset, root = found.roots(z + 0j, (edge - z) - step)
        with mpmath.workdps(50):
            # Of the upper chain: the energy is below its edge by exactly the step.
            inside = 1 - mpmath.mpf(step)
            want = complex(mpmath.sqrt(inside - 1) * mpmath.sqrt(inside + 1))
        k = int(np.argmax(found.middle))
        assert np.isclose(root[0, k], want, rtol=1e-14)
        assert np.all(np.isfinite(2 / (offset + root)))


def test_slope_at_the_very_edge_of_a_strand_is_infinite() -> None:
    """An edge met to the last bit is named."""
    lead = PeriodicLead((0, 1), np.diag([0.0, 8.0]), np.eye(2), 0.0, 0.1)

    with pytest.raises(PrecisionError, match="infinite at the energy 2, the edge of a band"):
        leads.slope(lead, np.array([2.0]))


@pytest.mark.parametrize(
    ("onsite", "hopping"),
    [
        (np.diag([0.0, 1.0]), np.array([[1.0, 0.3], [0.0, 1.0]])),
        (np.diag([0.0, 1.0]), np.array([[1.0, 0.3], [0.3, 1.0]])),
        (np.diag([0.0, 1.0]), np.array([[1.0, 1e-9], [0.0, 1.0]])),
        (np.diag([0.0, 1.0]), np.diag([1.0, 0.0])),
    ],
    ids=["not normal", "not diagonal together", "not quite", "flat"],
)
def test_what_does_not_fall_apart_is_left_to_waves(onsite: Any, hopping: Any) -> None:
    """Where no basis makes both diagonal, or a band has no width, there are no strands."""
    assert strands(onsite, hopping, np.eye(2)) is None


def open_matrix(seed: int, n: int = 30) -> Any:
    """Return h + Sigma with two sites that decay."""
    raw = np.random.default_rng(seed).normal(size=(n, n))
    matrix = (raw + raw.T) / np.sqrt(n) + 0j
    matrix[0, 0] -= 0.3j
    matrix[n - 1, n - 1] -= 0.05j
    return matrix


def test_hidden_states_are_not_overlooked() -> None:
    """Whatever is hidden, next to hidden or one of two that coincide, nothing is said to be sure."""
    for seed in range(20):
        matrix = open_matrix(seed)
        n = len(matrix)
        assert hides_nothing(matrix, [0, n - 1], 1e-12)
        for coupling in (0.0, 1e-9, 1e-7):
            dark = matrix.copy()
            dark[5, :] = dark[:, 5] = 0.0
            dark[5, 5], dark[5, 6], dark[6, 5] = 0.4, coupling, coupling
            assert np.max(np.linalg.eigvals(dark).imag) > -1e-12
            assert not hides_nothing(dark, [0, n - 1], 1e-12)
    # Two equal levels on one lead: their difference is dark, and every eigenvector may look open.
    pair = np.diag([0.2, 0.2, 1.0]) + 0j
    pair[:2, :2] -= 0.1j
    assert not hides_nothing(pair, [0, 1], 1e-12)
