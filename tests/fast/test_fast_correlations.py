"""The fast solver's noise between two times: closed forms at rest, brute force along a path."""

import numpy as np
import pytest
from junctions import junction
from mpmath import hyp2f1, mp
from real_axis import PATH, axis, brute, lesser
from thinning import few

from electronwind import fast, models
from electronwind.motion import Straight


def closed_form(system, tau, sign):
    """-i G^<(tau) for sign 1, i G^>(tau) for sign -1, at rest; physics of the Fermi poles by mpmath."""
    gammas = [lead.broadening for lead in system.leads]
    values, right = np.linalg.eig(system.hamiltonian - 0.5j * sum(gammas))
    left = np.linalg.inv(right)
    total = 0
    for lead, gamma in zip(system.leads, gammas, strict=True):
        t, mu = float(lead.temperature), float(lead.mu)
        q = mp.exp(-2 * mp.pi * t * tau)

        def g(z, t=t, mu=mu, q=q):
            c = 0.5 + 1j * (mu - z) / (2 * np.pi * t)
            return complex(
                mp.exp(-1j * mu * tau - mp.pi * t * tau) * hyp2f1(1, c, c + 1, q) / (-2j * mp.pi * t * c)
            )

        inner = left @ gamma @ left.conj().T
        for k, e in enumerate(values):
            for m, other in enumerate(values.conj()):
                f = 1 / (np.exp((e - mu) / t) + 1) - (sign < 0)
                inner[k, m] *= -1j / (e - other) * (f * np.exp(-1j * e * tau) - t * (g(e) - g(other)))
        total = total + sign * right @ inner @ right.conj().T
    return total


@pytest.mark.slow
def test_correlation_at_rest():
    """At rest the correlation is its adiabatic twin, the closed form, the sum rule and the white noise."""
    model, tau = junction((0.1, 0.2, 0.15)), np.array([0.0, 1e-3, 0.3, 2.0, 9.0])
    system = model.at([0.1, -0.2])
    record = fast.two_time_noise(model, Straight([0.1, -0.2], [0.0, 0.0]), 3.0, [*tau, 40.0])
    slope, sigma = system.gradient, fast.density_matrix(system)
    variance = 2 * np.einsum("mij,jk,vkl,li->mv", slope, np.eye(2) - sigma, slope, sigma)

    assert np.allclose(record.exact, record.adiabatic, rtol=0, atol=1e-14)
    assert np.allclose(record.exact[0], variance, rtol=0, atol=1e-13)
    for k in range(1, len(tau)):
        n, p = (closed_form(system, tau[k], sign) for sign in (1, -1))
        want = 2 * np.einsum("mij,jk,vkl,il->mv", slope, p, slope, n.conj())
        assert np.allclose(record.exact[k], want, rtol=0, atol=1e-9)
    assert np.allclose(record.white, fast.white_noise(system), rtol=0, atol=1e-10)
    assert np.allclose(record.correlation_time, np.diag(record.white) / np.diag(variance).real)


@pytest.mark.parametrize(
    "model",
    few([junction(), models.stretch_and_turn(eta=2.0, gamma=1.0, mu=(0.5, -0.5), temperature=(0.1, 0.2))], 2),
)
def test_correlation_along_a_path(model):
    """In motion the correlation is the product of A(w, t) at both times on the real axis."""
    times, spin = np.array([-2.0, -1.0, 0.4, 1.0]), model.degeneracy
    a, filled, w = brute(model, PATH, times, 0.1, 240)
    record = fast.two_time_noise(model, PATH, 1.0, 1.0 - times, since=-2.0)
    empty = [axis(240)[1] - f for f in filled]
    slopes = [model.gradient(PATH(t)) for t in times]
    size = np.max(np.abs(record.exact[-1]))
    for k in range(3):
        turn = np.exp(-1j * w * (1.0 - times[k]))
        n, p = (lesser(model, a[-1], a[k], [f * turn for f in fs]) for fs in (filled, empty))
        want = spin * np.einsum("mij,jk,vkl,il->mv", slopes[-1], p, slopes[k], n.conj())
        # What the axis leaves out swings at its ends and falls off like their inverse square.
        assert np.allclose(record.exact[k], want, rtol=0, atol=3e-4 * size)
    assert np.max(np.abs(record.exact - record.adiabatic)) > 0.01 * size
