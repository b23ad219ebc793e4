"""The special functions and rules of the fast solver: against mpmath, and two derivations of one."""

import mpmath
import numpy as np
import pytest
from thinning import few

from electronwind import OBSERVABLES, OpenSystem, WideBandLead, fast
from electronwind.fast import calculus, contour, fermi, pauli


def exact_j(z, mu, temperature, order):
    """J and its derivatives from mpmath's own polygamma functions."""
    z, mu = mpmath.mpc(z), mpmath.mpf(mu)
    if temperature == 0:
        if order == 0:
            return mpmath.log(1j * (z - mu)) - 0.5j * mpmath.pi
        return (-1) ** (order - 1) * mpmath.factorial(order - 1) / (z - mu) ** order
    t = 2 * mpmath.pi * mpmath.mpf(temperature)
    x = mpmath.mpf(0.5) + 1j * (z - mu) / t
    if order == 0:
        return mpmath.psi(0, x) + mpmath.log(t) - 0.5j * mpmath.pi
    return (1j / t) ** order * mpmath.psi(order, x)


@pytest.mark.parametrize("temperature", few([0.0, 1e-6, 1e-3, 0.05, 0.5, 20.0], 4))
def test_fermi_integral_is_the_digamma_function(temperature):
    """J and three derivatives agree with mpmath at any temperature, close to and far from the axis."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=60) - 1j * 10 ** rng.uniform(-4, 0.5, 60)
    weight = fermi.Fermi(np.array([0.13]), np.array([temperature]))
    with mpmath.workdps(30):
        for order, got in enumerate(weight.derivatives(z, range(4))):
            want = np.array([complex(exact_j(point, 0.13, temperature, order)) for point in z])

            assert np.max(np.abs(got - want) / np.maximum(np.abs(want), order == 0)) < 3e-15


@pytest.mark.parametrize("distance", [0.0, 1e-12, 1e-6, 1e-3, 0.03, 0.3])
@pytest.mark.parametrize("temperature", [0.0, 1e-3, 0.1])
def test_divided_differences_survive_coincidence(distance, temperature):
    """First and second divided differences keep their digits however close the two points are."""
    a, b = 0.2 - 0.1j, 0.2 + distance - 0.1j
    weight = fermi.Fermi(np.array([[0.13]]), np.array([[temperature]]))
    p, q = weight.at(np.array([[a]])), weight.at(np.array([[b]]))
    first = weight.difference(p, q)
    second = weight.second_difference(p, q, first)
    with mpmath.workdps(60):
        a, b = mpmath.mpc(a), mpmath.mpc(b)
        if a == b:
            want = [exact_j(a, 0.13, temperature, 1), exact_j(a, 0.13, temperature, 2) / 2]
        else:
            slope = exact_j(a, 0.13, temperature, 1)
            chord = (exact_j(a, 0.13, temperature, 0) - exact_j(b, 0.13, temperature, 0)) / (a - b)
            want = [chord, (slope - chord) / (a - b)]
        for got, exact in zip((first, second), want, strict=True):
            assert abs(complex(got[0, 0, 0]) / complex(exact) - 1) < 2e-13


def rule_error(rule, z, want):
    got = np.sum(rule.weights / (rule.nodes - z), axis=-1) - np.sum(rule.weights / (rule.nodes + 3j), axis=-1)
    return abs(complex(got[0]) - want) / abs(want)


@pytest.mark.parametrize("temperature", [0.0, 1e-4, 0.02, 2.0])
def test_contour_rule_integrates_resolvents(temperature):
    """The rule for the Fermi function gives J, up to the constant that it leaves out."""
    z, mu = 0.4 - 1e-3j, np.array([0.13])
    temperatures = np.array([temperature])
    rule = contour.fermi_rule(mu, temperatures, np.array([3.2]), np.array([0.27]))
    want = exact_j(z, mu[0], temperature, 0) - exact_j(-3j, mu[0], temperature, 0)

    assert rule_error(rule, z, complex(want)) < 1e-14


@pytest.mark.parametrize(("occupied", "empty"), [(0.3, -0.2), (-0.2, 0.3), (0.1, 0.1), (0.1, 0.1 + 1e-9)])
def test_noise_weights_agree_where_both_exist(occupied, empty):
    """At equal temperatures the closed form and the rule for unequal ones are two derivations of one."""
    warm = np.array([[0.05]])
    z = np.array([[[0.2 - 0.03j, -0.1 - 0.2j]]])
    mu = np.array([[occupied]]), np.array([[empty]])
    equal = pauli.EqualPauli(*(part[..., None] for part in (*mu, warm)))
    rule = pauli.RulePauli(contour.pauli_rule(mu, (warm, warm), np.array([[0.03]])))

    assert np.allclose(equal.at(z).value, rule.at(z).value, rtol=1e-12, atol=1e-15)
    both = [w.difference(w.at(z), w.at(z)) for w in (equal, rule)]
    assert np.allclose(*both, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", [name for name, row in OBSERVABLES.items() if row.argument])
@pytest.mark.parametrize("batch", [(), (2,)])
def test_a_list_of_zeros_gives_as_many_values(name, batch):
    """What is static may be found once for all of them, and is given for each."""
    h = np.broadcast_to([[0.25, 0.5], [0.5, -0.5]], (*batch, 2, 2))
    leads = [WideBandLead(np.eye(2), 0.25, 0.125), WideBandLead(np.eye(2), -0.25, 0.25)]
    system = OpenSystem(h, [np.diag([1.0, -1.0])], leads)
    ask = getattr(fast, name)
    one = ask(system, 0.0)
    assert np.array_equal(ask(system, [0.0, 0.0, 0.0]), np.stack([one] * 3, axis=len(batch)))


@pytest.mark.parametrize("name", ["density_matrix", "friction", "white_noise", "force_noise", "response"])
def test_more_leads_make_no_more_calls(monkeypatch, name):
    """All leads are taken at once: for one small system the number of calls is what costs."""
    calls = []
    derivatives = fermi.Fermi.derivatives

    def counted(self, z, orders):
        calls.append(z.size)
        return derivatives(self, z, orders)

    monkeypatch.setattr(fermi.Fermi, "derivatives", counted)

    def count(leads):
        some = [WideBandLead(np.eye(4) * (1 + k), 0.1 * k, 0.05) for k in range(leads)]
        # So close that for any number of leads all differences are mended.
        h = np.diag([-0.04, 0.01, 0.03, 0.09]) + 0.02
        system = OpenSystem(h, [np.diag([1.0, -1.0, 0.5, 0.0])], some)
        calls.clear()
        getattr(fast, name)(system, *([0.1] if OBSERVABLES[name].argument else []))
        return len(calls)

    assert count(4) == count(2) <= 10


@pytest.mark.parametrize("levels", [2, 4])
@pytest.mark.parametrize("points", [1, 12])
def test_traces_are_contracted_in_any_order(levels, points):
    """The sum over leads and levels is the one that it says, few or many frequencies, tiny or not."""
    rng = np.random.default_rng(levels + points)
    k, a, b = (
        rng.normal(size=(*shape, levels, levels)) + 1j * rng.normal(size=(*shape, levels, levels))
        for shape in ((3, 2, points), (5, 2, 1), (4, 3, 2, 1))
    )

    found = calculus.contraction(k, list(a), list(b))

    want = np.einsum("lswij,asji,blsij->swab", k, a[:, :, 0], b[:, :, :, 0])
    assert found.shape == (2, points, 5, 4)
    assert np.allclose(found, want, rtol=1e-13)
