"""The wires of cunningham2014: their laws, their bonds, their ends, and what is refused."""

import pickle

import mpmath
import numpy as np
import pytest

from electronwind import (
    ClassicalBody,
    InvalidSystemError,
    PairPotential,
    Potential,
    PowerLaw,
    Units,
    fast,
    models,
    reference,
)

ENDS = ("matched", "chain", "probes")
GOLD = models.wire(1)


def short(ends, **options):
    sizes = {"buffer": 2, "electrode": 3} if ends != "chain" else {}
    return models.wire(4, bias=0.4, ends=ends, **sizes, **options)


def moved(wire, batch=()):
    rng = np.random.default_rng(5)
    return wire.rest + rng.uniform(-0.15, 0.15, (*batch, wire.atoms))


@pytest.mark.parametrize("law", [GOLD.hopping, GOLD.repulsion, PowerLaw(0.7, 2.0, 2.5, tail=(1.5, 2.75))])
def test_the_derivatives_of_a_law_are_its_derivatives(law):
    """Value, slope and curvature belong together below, along and beyond the tail."""
    start, end = law.tail
    for r in (0.8 * start, start + 0.3 * (end - start), start + 0.9 * (end - start), 1.2 * end):
        with mpmath.workdps(40):
            got = law(np.array([mpmath.mpf(r)], dtype=object))
            want = [mpmath.diff(lambda t: law(np.array([t], dtype=object))[0][0], r, k) for k in range(3)]
            assert all(abs(a[0] - b) <= mpmath.mpf(10) ** -12 for a, b in zip(got, want, strict=True))


@pytest.mark.parametrize("law", [GOLD.hopping, GOLD.repulsion])
def test_a_law_has_two_continuous_derivatives(law):
    """Nothing jumps where the tail begins and where it ends."""
    for r in law.tail:
        below, above = (np.array(law(np.array(r * (1 + side * 1e-12)))) for side in (-1, 1))
        assert np.allclose(below, above, rtol=0, atol=1e-8)
    assert law.reach == 4.0
    assert np.all(np.array(law(np.array([4.0, 4.1, 9.0]))) == 0)


def test_a_law_answers_in_both_arithmetics():
    """Numbers of mpmath give numbers of mpmath, and the same ones."""
    r = np.array([[1.9, 2.4], [3.3, 3.9]])
    for law in (GOLD.hopping, PowerLaw(0.3, 1.1, 2.5, tail=None)):
        precise = law(np.vectorize(mpmath.mpf)(r))
        for double, other in zip(law(r), precise, strict=True):
            assert isinstance(other[0, 0], mpmath.mpf)
            assert np.allclose(double, other.astype(float), rtol=1e-14, atol=0)


def test_gold_is_that_of_the_paper():
    """Hopping, pair potential and their derivatives at the spacing, and the Fermi energy."""
    h, dh, d2h = (float(part[0]) for part in GOLD.hopping(np.array([2.373])))
    p, _, d2p = (float(part[0]) for part in GOLD.repulsion(np.array([2.373])))

    assert h == pytest.approx(-4.780986415673440, rel=1e-14)
    assert dh == pytest.approx(8.058974151999057, rel=1e-14)
    assert d2h == pytest.approx(-16.98056079224411, rel=1e-14)
    assert p == pytest.approx(3.053873369538810, rel=1e-14)
    assert d2p == pytest.approx(71.58622805109294, rel=1e-13)
    assert GOLD.mu == pytest.approx(-4.0712900180953, rel=1e-13)
    printed = models.wire.as_printed(3, bias=0.1)
    assert (printed.spacing, printed.filling, printed.bias) == (2.37, 0.5, 0.1)
    assert printed.perfect == pytest.approx(-4.8052, abs=5e-5)
    assert abs(printed.mu) < 1e-15


@pytest.mark.parametrize("ends", ENDS)
def test_both_algebras_agree(ends):
    """One formula serves float64 and high precision: h and both of its derivatives."""
    wire = short(ends)
    x = moved(wire)
    for name in ("hamiltonian", "gradient", "hessian"):
        precise = getattr(wire, name)(x, mpmath.mp).astype(float)
        assert np.allclose(getattr(wire, name)(x), precise, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("ends", ENDS)
def test_gradient_and_hessian_are_the_derivatives(ends):
    """dh/dx and d2h/dx2, to the precision of mpmath's own derivative."""
    wire = short(ends)
    x = [mpmath.mpf(c) for c in moved(wire)]
    with mpmath.workdps(40):
        for lower, upper in (("hamiltonian", "gradient"), ("gradient", "hessian")):
            got = getattr(wire, upper)(x, mpmath.mp)
            step = mpmath.mpf(10) ** -12
            for nu in range(wire.atoms):
                ends_of_step = [
                    getattr(wire, lower)(
                        [c + (side * step if k == nu else 0) for k, c in enumerate(x)], mpmath.mp
                    )
                    for side in (1, -1)
                ]
                want = (ends_of_step[0] - ends_of_step[1]) / (2 * step)
                assert np.max(np.abs(got[nu] - want)) < mpmath.mpf(10) ** -18


@pytest.mark.parametrize("ends", ENDS)
def test_bonds_are_the_dense_matrices(ends):
    """Bond by bond it is the same h and the same derivatives, one by one and in a batch."""
    wire = short(ends)
    x = moved(wire, (2, 3))
    bonds, h, gradient = wire.bonds(x), wire.hamiltonian(x), wire.gradient(x)
    n = wire.levels

    assert h.shape == (2, 3, n, n)
    assert gradient.shape == (2, 3, 4, n, n)
    assert wire.hessian(x).shape == (2, 3, 4, 4, n, n)
    assert np.array_equal(np.diagonal(h, 1, -2, -1), bonds.hopping)
    assert np.array_equal(np.diagonal(h, 0, -2, -1), np.broadcast_to(wire.onsite, (2, 3, n)))
    assert np.array_equal(np.triu(h, 2), np.zeros_like(h))
    # A common shift of all atoms changes the two outermost bonds alone.
    shift = np.diagonal(np.sum(gradient, axis=-3), 1, -2, -1)
    first = wire.sites.start - 1
    want = np.zeros_like(shift)
    want[..., first], want[..., first + wire.atoms] = bonds.slope[..., first], -bonds.slope[..., first + 4]
    assert np.allclose(shift, want, rtol=0, atol=1e-12)
    for index in np.ndindex(2, 3):
        assert all(np.array_equal(a[index], b) for a, b in zip(bonds, wire.bonds(x[index]), strict=True))
        assert np.array_equal(wire.gradient(x[index]), gradient[index])


def test_sizes_of_the_ends():
    """Fixed atoms and electrodes on both sides; the paper's own system has 800 sites."""
    assert models.wire(6, ends="chain").levels == 8
    assert models.wire(6).levels == 66
    assert models.wire(200, ends="probes").levels == 800
    wire = short("probes")
    assert wire.sites == slice(5, 9)
    assert [np.flatnonzero(width).tolist() for width in wire.broadenings] == [[0, 1, 2], [11, 12, 13]]
    for one in map(short, ENDS):
        assert len(one.leads) == 2
        assert float(one.leads[0].mu - one.leads[1].mu) == pytest.approx(0.4, abs=1e-14)
        assert one.at(one.rest).degeneracy == 2


def test_a_perfect_wire_carries_one_quantum():
    """Chains without end carry a quantum of conductance; matched ends and probes one but for a little."""
    for ends, off in (("chain", 1e-9), ("matched", 1e-3), ("probes", 0.1)):
        sizes = {"probes": {"buffer": 2, "electrode": 30}}.get(ends, {})
        wire = models.wire(2, bias=0.1, ends=ends, temperature=0.01, **sizes)
        quantum = 2 * 0.1 / (2 * np.pi)
        assert fast.current(wire.at(wire.rest))[0] == pytest.approx(quantum, rel=off)


@pytest.mark.parametrize("bias", [0.0, 0.5, 1.2])
def test_no_force_in_the_perfect_chain(bias):
    """The electrons pull as much as the atoms push, at every bias."""
    wire = models.wire(3, bias=bias, ends="chain", temperature=0.0)
    total = fast.force(wire.at(wire.rest)) - wire.body(10.0).potential.gradient(wire.rest)

    assert np.max(np.abs(total)) < 1e-12


def test_both_solvers_take_a_wire():
    """The reference at 20 digits and the fast solver: the same force."""
    wire = models.wire(2, bias=0.3, buffer=1)
    system = wire.at(moved(wire))

    assert np.allclose(
        reference.force(system, digits=20).astype(float), fast.force(system), rtol=0, atol=1e-11
    )


def test_the_body_has_the_masses_and_the_pair_potential():
    """Atomic mass units become natural ones; the derivatives of the potential are its own."""
    wire = models.wire(4)
    body = wire.body(mass=[10.0, 1.0, 2.0, 40.0])
    x, step = moved(wire, (3,)), 1e-5

    assert np.allclose(Units().amu(body.mass), [10.0, 1.0, 2.0, 40.0], rtol=1e-14)
    potential = body.potential
    chain = np.concatenate([np.zeros((3, 1)), x, np.full((3, 1), 5 * 2.373)], axis=-1)
    assert np.allclose(potential.energy(x), np.sum(wire.repulsion(np.diff(chain))[0], axis=-1))
    slopes, curves = [], []
    for unit in np.eye(4):
        up, down = x + step * unit, x - step * unit
        slopes.append((potential.energy(up) - potential.energy(down)) / (2 * step))
        curves.append((potential.gradient(up) - potential.gradient(down)) / (2 * step))
    assert np.allclose(potential.gradient(x), np.stack(slopes, -1), rtol=0, atol=1e-6)
    assert np.allclose(potential.hessian(x), np.stack(curves, -1), rtol=0, atol=1e-5)
    assert potential.hessian(x).shape == (3, 4, 4)
    precise = potential.hessian(np.vectorize(mpmath.mpf)(x))
    assert np.allclose(precise.astype(float), potential.hessian(x), rtol=1e-13, atol=1e-13)


def test_another_metal_is_one_line():
    """Other laws, also plain functions, and one without an end."""

    def exponential(r):
        value = -np.exp(-(r - 2.0))
        return value, -value, value

    wire = models.wire(3, spacing=2.0, hopping=exponential, repulsion=PowerLaw(0.1, 2.0, 8, tail=None))

    assert wire.perfect == -1.0
    assert wire.reach is None
    assert wire.at(wire.rest + 0.1).levels == 63
    assert models.wire(2, hopping=PowerLaw(-0.5, 4.09, 3)).perfect == pytest.approx(
        -0.5 * (4.09 / 2.373) ** 3
    )


def test_a_wire_goes_to_another_process():
    """It can be pickled, before and after use, and compares by its parameters."""
    wire = models.wire(3, bias=0.2)
    assert len(wire.leads) == 2
    again = pickle.loads(pickle.dumps(wire))

    assert again == wire
    assert hash(again) == hash(wire)
    assert np.array_equal(again.gradient(again.rest), wire.gradient(wire.rest))


GEOMETRIES = {
    "crossed": ([2.4, 2.3, 7.1, 9.5], "atoms 1 and 2", "order of the chain"),
    "through the wall": ([-0.1, 4.7, 7.1, 9.5], "atoms 0 and 1", "order of the chain"),
    "behind the wall": ([2.4, 4.7, 7.1, 12.0], "atoms 4 and 5", "order of the chain"),
    "crowded": ([2.4, 4.2, 5.9, 9.5], "atoms 1 and 3", "only neighbours"),
}


@pytest.mark.parametrize(("x", "who", "why"), GEOMETRIES.values(), ids=GEOMETRIES)
def test_another_topology_is_refused_in_words(x, who, why):
    """Whatever is asked: crossing atoms and second neighbours in contact are named."""
    wire = models.wire(4)
    for ask in (wire.bonds, wire.hamiltonian, wire.gradient, wire.hessian, wire.at):
        for position, place in ((x, "x"), ([wire.rest, x], "x[1]")):
            with pytest.raises(InvalidSystemError, match=why) as error:
                ask(position)
            assert str(error.value).startswith(f"{place}: {who}")
    with pytest.raises(InvalidSystemError, match=why):
        wire.hamiltonian([mpmath.mpf(c) for c in x], mpmath.mp)


def one_number(r):
    return 1.0


def two_parts(r):
    return r, r


def wrong_shape(r):
    return r, r, 1.0


def infinite(r):
    return r / 0.0, r, r


def raising(r):
    raise ZeroDivisionError("no such length")


WRONG = [
    ("atoms", 0), ("atoms", 2.0), ("atoms", True), ("spacing", 0.0), ("spacing", "2"), ("spacing", 1.9),
    ("filling", 0.0), ("filling", 1.0), ("filling", [0.3]), ("bias", np.nan), ("temperature", -0.1),
    ("ends", "open"), ("ends", None), ("buffer", 0), ("electrode", 0), ("broadening", 0.0),
    ("hopping", 3.0), ("hopping", PowerLaw), ("hopping", one_number), ("hopping", two_parts),
    ("hopping", wrong_shape), ("hopping", infinite), ("hopping", raising),
    ("hopping", PowerLaw(0.0, 1.0, 1)), ("repulsion", None), ("repulsion", raising),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_wrong_parameters_are_refused_by_name(name, value):
    """Each parameter of a wire."""
    with np.errstate(divide="ignore"), pytest.raises(InvalidSystemError) as error:
        models.wire(**{"atoms": 3, name: value})

    assert error.value.argument.startswith(name)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: PowerLaw(np.inf, 1.0, 2), "strength"),
        (lambda: PowerLaw(1.0, 0.0, 2), "length"),
        (lambda: PowerLaw(1.0, 1.0, "2"), "exponent"),
        (lambda: PowerLaw(1.0, 1.0, 2, tail=(2.0, 1.0)), "tail"),
        (lambda: PowerLaw(1.0, 1.0, 2, tail=3.0), "tail"),
        (lambda: PairPotential(3.0, 0.0, 1.0), "law"),
        (lambda: PairPotential(PowerLaw, 0.0, 1.0), "law"),
        (lambda: PairPotential(GOLD.repulsion, 1.0, 1.0), "right"),
        (lambda: PairPotential(GOLD.repulsion, np.nan, 1.0), "left"),
        (lambda: Potential(np.sum, np.sum, 3.0), "hessian"),
        (lambda: models.wire(3).body(-1.0), "mass"),
        (lambda: models.wire(3).bonds([1.0, 2.0]), "x"),
    ],
)
def test_wrong_laws_and_bodies_are_refused_by_name(make, name):
    """Laws, pair potentials and masses."""
    with pytest.raises(InvalidSystemError) as error:
        make()

    assert error.value.argument.startswith(name)


def test_a_wire_moves():
    """The runs in time take a wire with its body as they take any family."""
    wire = models.wire(2, bias=0.2, buffer=1)
    run = fast.ehrenfest(wire, wire.body(10.0), (wire.rest, np.zeros(2)), [0.0, 1.0], accuracy=1e-6)

    assert isinstance(wire.body(10.0), ClassicalBody)
    energy = run.kinetic + run.potential + run.electronic - run.work
    assert np.ptp(energy) < 1e-6
