"""The pair density: what it is of response and noise, its two routes, and the reference."""

import numpy as np
import pytest
from junctions import draw
from test_fast_bands import mixed, on_chains
from test_fast_perfect_chains import perfect

from electronwind import (
    ChainLead,
    OpenSystem,
    UnbroadenedLevelError,
    decompose,
    fast,
    reference,
)
from electronwind.fast import pairs

W = np.array([0.35, -0.35, 1.1, -1.1])
SYSTEMS = {
    "wide": draw(4, 3, 2, (0.1, 0.3)),
    "cold": draw(5, 2, 2, (0.0, 0.0)),
    "chains": on_chains(6, (0.05, 0.15)),
    "mixed": mixed(1, (0.0, 0.2)),
}


@pytest.mark.night("mixed")
@pytest.mark.parametrize("case", SYSTEMS)
def test_it_is_what_a_response_does_besides_storing_energy(case):
    """K_asym = pi (Im Lambda(W) + Im Lambda(-W)), W L_sym = pi (Re Lambda(W) - Re Lambda(-W))."""
    value = fast.pair_density(SYSTEMS[case], W)
    parts = decompose(fast.response(SYSTEMS[case], W), W)
    size = np.max(np.abs(value))

    for k in (0, 2):
        up, down = value[k], value[k + 1]
        even, odd = np.pi * (up + down).imag, np.pi * (up - down).real
        assert np.max(np.abs(even - parts.nonconservative[k])) < 1e-10 * size
        assert np.max(np.abs(odd + W[k] * parts.friction[k])) < 1e-10 * size


@pytest.mark.night("chains")
@pytest.mark.parametrize("case", SYSTEMS)
def test_it_is_hermitian_and_positive(case):
    """Two spectral densities side by side; and the curl is 4 pi times its imaginary part at rest."""
    value = fast.pair_density(SYSTEMS[case], [*W, 0.0])

    assert np.allclose(value, np.swapaxes(value, -1, -2).conj(), rtol=1e-12)
    assert np.min(np.linalg.eigvalsh(value)) > -1e-12 * np.max(np.abs(value))
    assert np.allclose(4 * np.pi * value[-1].imag, fast.curl(SYSTEMS[case]), rtol=0, atol=1e-10)


@pytest.mark.night("wide")
@pytest.mark.parametrize("case", ["wide", "cold"])
def test_both_routes_agree(case):
    """The integral over the axis, with its tail, is the closed form."""
    closed, axis = fast.pair_density(SYSTEMS[case], W), pairs.pair_density(SYSTEMS[case], W)

    assert np.max(np.abs(closed - axis)) < 1e-12 * np.max(np.abs(closed))


@pytest.mark.slow
def test_the_reference_says_the_same():
    """Another derivation, by quadrature; the degeneracy multiplies."""
    for case in ("wide", "chains"):
        theirs = reference.pair_density(SYSTEMS[case], 0.35, digits=15).astype(complex)

        assert np.allclose(fast.pair_density(SYSTEMS[case], 0.35), theirs, rtol=0, atol=1e-10)


def test_what_cannot_be_answered_is_told():
    """An occupied state at the edge makes it infinite at rest, and so does a bound one."""
    bound = OpenSystem([[1.0]], [[[1.0]]], [ChainLead(0, -1.0, -0.5, 0.04)] * 2)

    with pytest.raises(UnbroadenedLevelError, match=r"pair_density is infinite.*-2"):
        fast.pair_density(perfect(0.0, 0.0), 0.0)
    assert np.all(np.isfinite(fast.pair_density(bound, 0.3)))
    warm = OpenSystem([[1.0]], [[[1.0]]], [ChainLead(0, -1.0, 2.0, 0.3)] * 2)
    with pytest.raises(UnbroadenedLevelError, match=r"pair_density is infinite.*2\.236067977"):
        fast.pair_density(warm, 0.0)
