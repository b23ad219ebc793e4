"""The fast solver: closed forms against brute force, its two routes against each other, its refusals."""

import itertools

import numpy as np
import pytest
from junctions import broadening, draw, hermitian
from scipy.integrate import quad_vec

from electronwind import OBSERVABLES, OpenSystem, UnbroadenedLevelError, WideBandLead, fast, models
from electronwind.fast import contour, resolvent, spectrum

STATIC = [name for name, row in OBSERVABLES.items() if not row.argument]


def exceptional(temperatures=(0.05, 0.01), shift=0.0):
    """Two levels that meet: the overlap is a quarter of the difference of the broadenings."""
    v = 0.25 + shift
    gradient = hermitian(np.random.default_rng(5), 2, 2, 2)
    leads = [
        WideBandLead(np.diag([1.25, 0]), 0.3, temperatures[0]),
        WideBandLead(np.diag([0, 0.25]), -0.2, temperatures[1]),
    ]
    return OpenSystem([[0, v], [v, 0]], gradient, leads)


def brute(system, frequency):
    """Every observable straight from its definition, integrals by adaptive quadrature in float64.

    All but the correlation in time, the tails of which oscillate. The transmission is taken at the energy
    that is the frequency of the others.
    """
    n, gradient = system.levels, system.gradient
    gammas = [lead.broadening for lead in system.leads]
    effective = system.hamiltonian - 0.5j * sum(gammas)

    def lesser(w):
        g = np.linalg.inv(w * np.eye(n) - effective)
        parts = [g @ gamma @ g.conj().T for gamma in gammas]
        f = [contour.occupation(np.array([w]), lead.mu, lead.temperature)[0].real for lead in system.leads]
        return g, sum(a * x for a, x in zip(f, parts, strict=True)), sum(parts), f, parts

    def trace(*factors):
        left, middle, right, last = factors
        return np.einsum("mij,jk,vkl,li->mv", left, middle, right, last)

    def integrand(u):
        # w = tan maps the whole axis; 1/2pi and the Jacobian are taken along.
        w, jacobian = np.tan(u), 1 / np.cos(u) ** 2 / (2 * np.pi)
        g, less, spectral, f, parts = lesser(w)
        ahead, _, spectral_ahead, f_ahead, parts_ahead = lesser(w + frequency)
        behind, _, spectral_behind, *_ = lesser(w - frequency)
        greater_ahead = spectral_ahead - sum(a * x for a, x in zip(f_ahead, parts_ahead, strict=True))
        flows = [
            sum(np.trace(gamma @ (fa * x - fb * x)).real for x, fb in zip(parts, f, strict=True))
            for gamma, fa in zip(gammas, f, strict=True)
        ]
        values = [
            less,
            2 * trace(gradient, g @ g, gradient, less).imag,
            2 * trace(gradient, spectral, gradient, less).imag,
            np.array(flows),
            trace(gradient, spectral - less, gradient, less).real,
            trace(gradient, greater_ahead, gradient, less),
            -trace(gradient, ahead, gradient, less) - trace(gradient, less, gradient, behind.conj().T),
            trace(gradient, spectral_behind, gradient, less) / (2 * np.pi),
        ]
        return jacobian * np.concatenate([np.ravel(value).astype(complex) for value in values])

    marks = sorted({float(lead.mu) + s for lead in system.leads for s in (-frequency, 0.0, frequency)})
    points = [-np.pi / 2 + 1e-12, *np.arctan(marks), np.pi / 2 - 1e-12]
    total = sum(
        quad_vec(integrand, a, b, epsabs=1e-12, epsrel=1e-12, norm="max")[0]
        for a, b in itertools.pairwise(points)
    )
    d, leads = system.coordinates, len(system.leads)
    sizes = {
        "density_matrix": (n, n), "friction": (d, d), "curl": (d, d), "current": (leads,),
        "white_noise": (d, d), "force_noise": (d, d), "response": (d, d), "pair_density": (d, d),
    }  # fmt: skip
    result, start = {}, 0
    for name, shape in sizes.items():
        size = int(np.prod(shape))
        spin = 1 if name == "density_matrix" else system.degeneracy
        result[name] = spin * total[start : start + size].reshape(shape)
        start += size
    sigma, h, spin = result["density_matrix"], system.hamiltonian, system.degeneracy
    result["force"] = np.array([-spin * np.trace(part @ sigma) for part in gradient])
    result["bond_current"] = np.array(
        [[2 * spin * (h[j, i] * sigma[i, j]).imag for j in range(n)] for i in range(n)]
    )
    g = lesser(frequency)[0]
    result["transmission"] = np.array(
        [[np.trace(into @ g @ out @ g.conj().T) for out in gammas] for into in gammas]
    )
    return result


SYSTEMS = {
    "one level": draw(1, 1, 1, (0.1, 0.02)),
    "two levels": draw(2, 2, 2, (0.1, 0.1)),
    "three leads": draw(3, 3, 2, (0.05, 0.2, 0.01)),
    "zero temperature": draw(4, 4, 3, (0.0, 0.0)),
    "half cold": draw(5, 3, 2, (0.0, 0.1)),
    "exceptional point": exceptional(),
    "near an exceptional point": exceptional(shift=1e-4),
    "degenerate levels": OpenSystem(
        np.zeros((3, 3)),
        hermitian(np.random.default_rng(8), 2, 3, 3),
        [WideBandLead(np.eye(3), 0.3, 0.05), WideBandLead(np.eye(3), -0.2, 0.1)],
    ),
}


@pytest.mark.night("one level", "half cold")
@pytest.mark.thin(most=2)
@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_closed_forms_agree_with_quadrature(system):
    """Every observable agrees with adaptive quadrature of its definition."""
    values = brute(system, 0.37)
    assert {*values, "force_correlation"} == set(OBSERVABLES)
    for name, want in values.items():
        argument = [0.37] if OBSERVABLES[name].argument else []
        got = getattr(fast, name)(system, *argument)

        assert np.max(np.abs(got - want)) < 1e-9 * max(1.0, np.max(np.abs(want))), name


@pytest.mark.thin
@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
@pytest.mark.parametrize("name", [*STATIC, "force_noise", "response", "pair_density", "force_correlation"])
def test_both_routes_agree(system, name, monkeypatch):
    """The route through eigenvectors and the one through resolvents are two derivations of one number."""
    parts = spectrum.spectrum(system)
    argument = [np.array([0.0, 0.3])] if OBSERVABLES[name].argument else []
    if not np.all(parts.sound):
        sound = np.linalg.cond(parts.vectors) < 1e4
        if not np.all(sound):
            # At the exceptional point itself only one route exists: it must be continuous there.
            near = exceptional(shift=1e-9)
            gap = np.abs(getattr(fast, name)(system, *argument) - getattr(fast, name)(near, *argument))
            assert np.max(gap) < 1e-6
            return
    fresh = OpenSystem(system.hamiltonian, system.gradient, system.leads, system.degeneracy)
    monkeypatch.setattr(spectrum, "DEFECTIVE", 0.0)
    contour_value = getattr(fast, name)(fresh, *argument)
    monkeypatch.setattr(spectrum, "DEFECTIVE", 1e6)
    other = OpenSystem(system.hamiltonian, system.gradient, system.leads, system.degeneracy)
    eigen_value = getattr(fast, name)(other, *argument)

    scale = max(1.0, np.max(np.abs(eigen_value)))
    lost = 1e4 if not np.all(parts.sound) else 1.0
    assert np.max(np.abs(contour_value - eigen_value)) < 1e-12 * scale * lost


def test_batch_holds_sound_and_defective_systems_alike():
    """A batch that mixes exceptional and ordinary points gives what each gives alone."""
    sweep = np.array([0.0, 1e-9, 1e-3, 0.2])
    h = np.zeros((4, 2, 2))
    h[:, 0, 1] = h[:, 1, 0] = 0.25 + sweep
    one = exceptional()
    batch = OpenSystem(h, one.gradient, one.leads)

    for name in STATIC:
        many = getattr(fast, name)(batch)
        for i in range(4):
            assert np.allclose(many[i], getattr(fast, name)(batch[i]), rtol=1e-11, atol=1e-13), name


def test_large_defective_system_takes_the_library_route():
    """A Jordan-like pair inside a system beyond the Kronecker size is still exact."""
    n = resolvent.KRONECKER + 2
    h, gradient = np.zeros((n, n)), np.zeros((1, n, n))
    h[:2, :2] = [[0, 0.25], [0.25, 0]]
    h[2:, 2:] = np.diag(np.arange(1, n - 1))
    gradient[0, 0, 0] = gradient[0, 0, 1] = gradient[0, 1, 0] = 1.0
    left, right = np.zeros((n, n)), 0.5 * np.eye(n)
    left[0, 0], right[0, 0], right[1, 1] = 1.25, 0.0, 0.25
    big = OpenSystem(h, gradient, [WideBandLead(left, 0.3, 0.05), WideBandLead(right, -0.2, 0.01)])
    small = OpenSystem(
        h[:2, :2],
        gradient[:, :2, :2],
        [WideBandLead(left[:2, :2], 0.3, 0.05), WideBandLead(right[:2, :2], -0.2, 0.01)],
    )

    assert not spectrum.spectrum(big).sound[0]
    for name in ("friction", "white_noise"):
        assert np.allclose(getattr(fast, name)(big), getattr(fast, name)(small), rtol=1e-11)


def test_a_one_way_chain_whose_eigenvectors_are_singular():
    """Where electrons hop one way only, all eigenvectors are one, to the last bit; the state is exact."""
    n = 24
    effective = 0.1 * np.eye(n, k=1) - 0.5j * np.eye(n)
    h, gamma = (effective + effective.conj().T) / 2, 1j * (effective - effective.conj().T)
    leads = [WideBandLead(gamma / 4, mu, 0.0) for mu in (0.3, 0.3, -0.2, -0.2)]
    sigma = fast.density_matrix(OpenSystem(h, np.zeros((1, n, n)), leads))

    def spectral(w):
        g = np.linalg.inv(w * np.eye(n) - effective)
        return g @ gamma @ g.conj().T / (2 * np.pi)

    def below(mu):
        # w = mu - x/(1 - x) covers all that is occupied at T = 0.
        return quad_vec(lambda x: spectral(mu - x / (1 - x)) / (1 - x) ** 2, 0, 1 - 1e-9, epsabs=1e-12)[0]

    assert np.allclose(sigma, (below(0.3) + below(-0.2)) / 2, rtol=0, atol=1e-8)


@pytest.mark.parametrize("unit", [2.0**-30, 2.0**30])
def test_noise_between_almost_equal_potentials_knows_no_unit(unit):
    """Leads of almost one potential make the same noise in every unit of energy."""
    rng = np.random.default_rng(3)
    h, gradient = hermitian(rng, 2, 2), hermitian(rng, 2, 2, 2)
    widths, potentials = [broadening(rng, 2) for _ in range(2)], (0.25, 0.25 + 2.0**-30)

    def noise(s):
        leads = [
            WideBandLead(s * width, s * mu, s * 0.125) for width, mu in zip(widths, potentials, strict=True)
        ]
        return s * fast.white_noise(OpenSystem(s * h, gradient, leads))

    assert np.allclose(noise(unit), noise(1.0), rtol=1e-13)


def test_unbroadened_level_is_refused_with_its_energy():
    """A level that no lead broadens is refused by every observable, naming where it lies."""
    dark = OpenSystem(
        np.diag([0.1, 0.25]), np.zeros((1, 2, 2)), [WideBandLead(np.diag([1.0, 0.0]), 0.0, 0.1)]
    )
    for row in OBSERVABLES.values():
        with pytest.raises(UnbroadenedLevelError, match=r"0\.25"):
            getattr(fast, row.name)(dark, *([0.1] if row.argument else []))


def test_a_level_at_zero_that_nothing_touches_is_refused():
    """Where every number is zero there is no energy to measure a width by, and still no steady state."""
    nothing = OpenSystem([[0.0]], [[[1.0]]], [WideBandLead([[0.0]], 0.0, 0.1)])

    with pytest.raises(UnbroadenedLevelError, match="energy 0 "):
        fast.density_matrix(nothing)


@pytest.mark.parametrize("value", [np.nan, 1j, "a", np.zeros((2, 2))])
@pytest.mark.parametrize("name", ["transmission", "force_noise", "response"])
def test_bad_argument_is_refused(name, value):
    """A frequency or energy that is not finite, real and one-dimensional is refused by name."""
    with pytest.raises(ValueError, match=OBSERVABLES[name].argument):
        getattr(fast, name)(models.two_level().at(0.0), value)


def test_results_do_not_share_memory_with_the_cache():
    """Writing into a result does not change the next one."""
    system = models.two_level().at(0.1)
    first = fast.density_matrix(system)
    kept = first.copy()
    first[...] = 0

    assert np.array_equal(fast.density_matrix(system), kept)


def test_friction_of_two_level_is_negative_exactly_where_the_figure_says():
    """Sign and minimum of the friction of preston2022 Fig. 1."""
    model = models.two_level()
    left, right = -0.3108521226, -0.0511545884
    inside = np.linspace(left + 1e-9, right - 1e-9, 200)
    outside = np.concatenate([np.linspace(-3, left - 1e-9, 200), np.linspace(right + 1e-9, 3, 200)])

    assert np.all(fast.friction(model.at(inside[:, None])) < 0)
    assert np.all(fast.friction(model.at(outside[:, None])) > 0)
    assert fast.friction(model.at(-0.193891685))[0, 0] == pytest.approx(-0.114455004, abs=1e-9)


def test_bench_smoke(benchmark):
    """All observables of a hundred geometries, as a smoke benchmark."""
    x = np.linspace(-1, 1, 100)[:, None]

    def work():
        system = models.two_level().at(x)
        return [getattr(fast, r.name)(system, *([0.1] if r.argument else [])) for r in OBSERVABLES.values()]

    assert all(np.all(np.isfinite(value)) for value in benchmark.pedantic(work, rounds=2))
