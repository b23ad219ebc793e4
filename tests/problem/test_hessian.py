"""Second derivatives of a family and of a potential: by formula, or worked out."""

import mpmath
import numpy as np
import pytest

from electronwind import (
    ClassicalBody,
    Harmonic,
    InvalidSystemError,
    OpenSystem,
    PairPotential,
    Potential,
    PowerLaw,
    PrecisionError,
    WideBandLead,
    models,
)
from electronwind.models.family import as_family
from electronwind.slope import slope_of
from electronwind.watched import Watched

LEAD = WideBandLead([[0.1, 0.0], [0.0, 0.2]], 0.0, 0.01)


def h_of(x, xp=np):
    """A complex Hermitian family of two coordinates that is not linear."""
    a, b = np.asarray(x)[..., 0], np.asarray(x)[..., 1]
    off = np.cos(a * b) + 1j * np.sin(a - b) * a
    return np.stack([np.stack([a * a * b, off], -1), np.stack([np.conj(off), b**3], -1)], -2)


def g_of(x):
    a, b = np.asarray(x)[..., 0], np.asarray(x)[..., 1]
    zero = 0 * a
    da = -b * np.sin(a * b) + 1j * (np.cos(a - b) * a + np.sin(a - b))
    db = -a * np.sin(a * b) - 1j * np.cos(a - b) * a
    parts = [
        np.stack([np.stack([2 * a * b + zero, da], -1), np.stack([np.conj(da), zero], -1)], -2),
        np.stack([np.stack([a * a + zero, db], -1), np.stack([np.conj(db), 3 * b * b], -1)], -2),
    ]
    return np.stack(parts, -3)


def hessian_of(x):
    """The derivative of `g_of`, written out."""
    a, b = x
    s, c = np.sin(a * b), np.cos(a * b)
    aa = -b * b * c + 1j * (2 * np.cos(a - b) - a * np.sin(a - b))
    ab = -s - a * b * c + 1j * (a * np.sin(a - b) - np.cos(a - b))
    bb = -a * a * c - 1j * a * np.sin(a - b)
    return np.array(
        [
            [[[2 * b, aa], [np.conj(aa), 0]], [[2 * a, ab], [np.conj(ab), 0]]],
            [[[2 * a, ab], [np.conj(ab), 0]], [[0, bb], [np.conj(bb), 6 * b]]],
        ]
    )


X = [0.7, -0.4]
FAMILIES = {
    "single_level": (models.single_level(h0=0.03), [0.3]),
    "two_level": (models.two_level(), [-0.2]),
    "stretch_and_turn": (models.stretch_and_turn(), [2.0, 1.0]),
    "bent_chain": (models.bent_chain(), [-0.07, 0.04]),
    "probe_chain": (models.probe_chain(5, 0.9), [-0.07, 0.04]),
    "straight probe_chain": (models.probe_chain(5, 0.9, bent=False), [-0.07, 0.04]),
    "ribbon_particle": (models.ribbon_particle(4, 4, 0.01), [1.5, 0.6]),
    "wire": (models.wire(3, ends="chain"), [2.3, 4.8, 7.1]),
    "tangent": (models.tangent(OpenSystem(h_of(X), g_of(X), [LEAD])), X),
}


def test_every_family_of_the_suite_is_here():
    """A new one has to be added."""
    named = {"Model", "family", *(type(model).__name__ for model, _ in FAMILIES.values())}

    assert set(models.__all__) <= named | {"tangent"}


@pytest.mark.parametrize(("model", "x"), FAMILIES.values(), ids=FAMILIES)
def test_the_hessian_is_the_derivative_of_the_gradient(model, x):
    """Every family of the suite, in both arithmetics, one by one and in a batch."""
    got = model.hessian(x)
    slope = slope_of("gradient", model.gradient, np.array(x), 1.0)
    assert got.shape == slope.shape
    assert np.allclose(got, slope, rtol=0, atol=1e-11)
    assert np.allclose(got, np.swapaxes(got, 0, 1), rtol=0, atol=1e-14)
    with mpmath.workdps(30):
        precise = model.hessian([mpmath.mpf(c) for c in x], mpmath.mp)
        entry = np.unravel_index(np.argmax(np.abs(got)), got.shape)

        def part(t, nu=entry[0], rest=entry[1:]):
            moved = [mpmath.mpf(c) + (t if k == nu else 0) for k, c in enumerate(x)]
            return model.gradient(moved, mpmath.mp)[rest]

        if not np.iscomplexobj(got):
            assert abs(mpmath.diff(part, 0) - precise[entry]) < 1e-12
    assert np.allclose(precise.astype(complex), got, rtol=1e-12, atol=1e-14)
    many = np.array(x) + 0.01 * np.arange(3)[:, None]
    assert np.allclose(model.hessian(many)[2], model.hessian(many[2]), rtol=1e-13, atol=1e-15)


class Phased(models.Model):
    """A family with a complex hopping, by formula."""

    coordinates = ("x",)

    @property
    def leads(self):
        """One lead."""
        return (LEAD,)

    def _hamiltonian(self, x, xp):
        off = x[0] ** 2 + 1j * x[0] ** 3
        return [[0, off], [x[0] ** 2 - 1j * x[0] ** 3, 0]]

    def _gradient(self, x, xp):
        return [[[0, 2 * x[0] + 3j * x[0] ** 2], [2 * x[0] - 3j * x[0] ** 2, 0]]]


def test_a_complex_formula_has_a_complex_hessian():
    """The step off the real axis tells the imaginary part of h from that of x."""
    got = Phased().hessian([0.5])[0, 0]

    assert np.allclose(got, [[0, 2 + 3j], [2 - 3j, 0]], rtol=0, atol=1e-11)


class Own:
    """A user's object with second derivatives of its own."""

    coordinates = ("a", "b")
    leads = (LEAD,)

    def hamiltonian(self, x):
        """h(x)."""
        return h_of(x)

    def gradient(self, x):
        """Its derivatives."""
        return g_of(x)

    def at(self, x):
        """The snapshot."""
        return OpenSystem(h_of(x), g_of(x), self.leads)

    def hessian(self, x):
        """Second derivatives."""
        return hessian_of(x)


class Kinked(models.Model):
    """A user's own kind of family whose formula is not analytic."""

    coordinates = ("x",)

    @property
    def leads(self):
        """One lead."""
        return (WideBandLead([[0.1]], 0.0, 0.01),)

    def _hamiltonian(self, x, xp):
        return [[x[0] * abs(x[0])]]

    def _gradient(self, x, xp):
        return [[[2 * abs(x[0])]]]


def test_a_users_family_has_a_hessian_too():
    """Worked out of the gradient to 11 digits, or the user's own; complex families included."""
    want = hessian_of(X)
    for family in (models.family(h_of, g_of, [LEAD]), as_family(Own())):
        assert np.max(np.abs(family.hessian(X) - want)) < 1e-11
        assert family.hessian([X, X]).shape == (2, 2, 2, 2, 2)
    assert np.array_equal(as_family(Own()).hessian(X), want)
    # The imaginary part of a step would not do here.
    assert as_family(Kinked()).hessian([0.5])[0, 0, 0, 0] == pytest.approx(2.0, rel=1e-9)
    assert as_family(Kinked()).hessian([-0.5])[0, 0, 0, 0] == pytest.approx(-2.0, rel=1e-9)


def test_an_exact_family_has_an_exact_hessian():
    """Where the functions take mpmath so do their second derivatives; others are worked out in float64."""

    def h(x, xp=np):
        return [[xp.exp(x[0]) * x[0]]]

    def g(x, xp=np):
        return [[[xp.exp(x[0]) * (x[0] + 1)]]]

    lead = WideBandLead([[0.1]], 0.0, 0.01)
    with mpmath.workdps(30):
        x = mpmath.mpf(1) / 4
        exact = models.family(h, g, [lead], "x").hessian([x], mpmath.mp)[0, 0, 0, 0]
        assert abs(exact - mpmath.exp(x) * (x + 2)) < mpmath.mpf(10) ** -28
        plain = models.family(lambda x: h(x), lambda x: g(x), [lead], "x").hessian([x], mpmath.mp)
        assert abs(plain[0, 0, 0, 0] - mpmath.exp(x) * (x + 2)) < 1e-12


def test_what_is_not_smooth_is_refused():
    """A kink at the position: no number, but the reason."""
    kink = models.family(
        lambda x: [[np.abs(x[0]) * x[0]]],
        lambda x: [[[2 * np.abs(x[0])]]],
        [WideBandLead([[0.1]], 0, 1)],
        "x",
    )
    with pytest.raises(PrecisionError, match="not smooth"):
        kink.hessian([0.0])


class Wrong(Own):
    """A hessian of another shape."""

    def hessian(self, x):
        """Second derivatives."""
        return hessian_of(x)[0]


class Raising(Own):
    """A hessian that fails."""

    def hessian(self, x):
        """Second derivatives."""
        raise ZeroDivisionError("no hessian")


@pytest.mark.parametrize("kind", [Wrong, Raising])
def test_a_users_hessian_is_looked_at(kind):
    """Another shape, or what it raises, is told with the name of the function."""
    with pytest.raises(InvalidSystemError) as error:
        as_family(kind()).hessian(X)

    assert error.value.argument.startswith(f"{kind.__name__}.hessian")


PAIR = PairPotential(PowerLaw(0.5, 1.0, 3, tail=None), 0.0, 4.0)
POTENTIALS = {
    "harmonic": (Harmonic([2.0, 3.0], [0.5, 1.0]), [1.25, 2.5]),
    "pair": (PAIR, [1.25, 2.5]),
    "functions": (Potential(PAIR.energy, PAIR.gradient), [1.25, 2.5]),
    "three functions": (Potential(PAIR.energy, PAIR.gradient, PAIR.hessian), [1.25, 2.5]),
}


@pytest.mark.parametrize(("potential", "x"), POTENTIALS.values(), ids=POTENTIALS)
def test_the_hessian_of_a_potential(potential, x):
    """That of a potential of the suite is its own; that of two functions is worked out."""
    body = ClassicalBody(1.0, potential)
    with mpmath.workdps(40):
        step = mpmath.mpf(10) ** -15
        steps = [step * np.array([mpmath.mpf(int(e)) for e in unit]) for unit in np.eye(2)]
        ends = [potential.gradient(np.array([x + side * s for s in steps])) for side in (1, -1)]
        want = ((ends[0] - ends[1]) / (2 * step)).astype(float)
    got = Watched(body.potential, strict=True).hessian(np.array(x))

    assert np.allclose(got, want, rtol=0, atol=1e-11)
    assert np.array_equal(got, got.T)
