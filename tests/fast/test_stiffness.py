"""The stiffness under current: closed forms, finite differences of the force, and the laws it obeys."""

from dataclasses import replace

import numpy as np
import pytest

from electronwind import ClassicalBody, Harmonic, OpenSystem, WideBandLead, fast, models
from electronwind.fast import perfect
from electronwind.fast.bond_response import bond_response
from electronwind.fast.linear import chain_of, perfect_ends
from electronwind.fast.stiffness import stiffness

BODY = 10.0
SIZES = {"matched": {"buffer": 2}, "probes": {"buffer": 2, "electrode": 4}, "chain": {}}
DISPLACED = np.array([0.1, -0.05, 0.02, 0.0, 0.03])


def wire_of(ends, atoms=5, **options):
    return models.wire(atoms, ends=ends, **SIZES[ends], **options)


def total_force(wire, x):
    """By the dense solver where it answers, and by the bond orders where there are bound states."""
    parts = chain_of(wire, wire.leads, x)
    orders = bond_response(parts.chain, response=False)[0]
    tension = 2 * orders * parts.slope
    return tension[1:] - tension[:-1] - wire.body(BODY).potential.gradient(x)


def differences(force, x, step=1e-3):
    """Minus the derivative by central differences of eighth order."""
    weights = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
    columns = [
        sum(w * (force(x + k * step * e) - force(x - k * step * e)) for k, w in weights) / step
        for e in np.eye(len(x))
    ]
    return -np.stack(columns, axis=-1)


def test_one_atom_has_the_einstein_constant():
    """K = 2 p (p+1) P/R^2 - 8 q (2q+1) |h| sin(nu pi)/(pi R^2), to the last digit."""
    wire = models.wire(1, ends="chain", temperature=0.0)

    assert stiffness(wire, wire.body(BODY), wire.rest)[0, 0] == pytest.approx(72.74690973236560, rel=1e-14)


def test_printed_parameters_are_another_wire():
    """Half a filled band at 2.37 softens a single atom by a tenth."""
    wire = models.wire.as_printed(1, ends="chain", temperature=0.0)

    assert stiffness(wire, wire.body(BODY), wire.rest)[0, 0] == pytest.approx(67.1, abs=0.05)


@pytest.mark.parametrize(("temperature", "want"), [(0.0, 1.3931), (0.025, 1.393062836), (0.1, 1.392135911)])
def test_the_sign_and_size_of_the_antisymmetric_part(temperature, want):
    """A_01 of six atoms at half a volt: positive where the left lead has the higher potential."""
    wire = models.wire(6, bias=0.5, ends="chain", temperature=temperature)
    k = stiffness(wire, wire.body(BODY), wire.rest)

    assert (k[0, 1] - k[1, 0]) / 2 == pytest.approx(want, abs=5e-5 if temperature == 0 else 1e-9)


def test_the_response_of_a_bond_is_negative_and_ends():
    """Pi itself, which a constant would leave in K unseen: the pole at the bottom of the band is in it."""
    wire = models.wire(400, ends="chain", temperature=0.0)
    pi = 2 * perfect.bond_response(*wire.leads, 401)

    assert pi[0, 0] == pytest.approx(-0.177356374172979, rel=1e-13)
    assert abs(pi[0, -1]) < 1e-3
    assert np.all(np.linalg.eigvalsh(pi) < 1e-12)


def test_bond_orders_of_the_perfect_chain():
    """(4/pi) sin kF without bias; at two temperatures of the leads, as certified elsewhere."""
    for temperature, bias, want in (
        (0.0, 0.0, 1.152061584345894), (0.025, 0.5, 1.151454500552622), (0.1, 0.5, 1.151163534590620),
    ):  # fmt: skip
        wire = models.wire(6, bias=bias, ends="chain", temperature=temperature)
        assert 2 * perfect.bond_orders(*wire.leads) == pytest.approx(want, rel=1e-14)
        general = 2 * bond_response(chain_of(wire, wire.leads, wire.rest).chain, response=False)[0]
        assert np.allclose(general, want, rtol=1e-13)


@pytest.mark.thin
@pytest.mark.parametrize("temperature", [0.0, 0.02, 0.08])
@pytest.mark.parametrize("bias", [0.0, 0.5, -2.0])
def test_continued_fractions_give_the_closed_form(bias, temperature):
    """The general chain at the perfect geometry: orders and their response, entry by entry."""
    wire = models.wire(12, bias=bias, ends="chain", temperature=temperature)
    chain = chain_of(wire, wire.leads, wire.rest).chain
    assert perfect_ends(chain)
    orders, derivatives = bond_response(chain)

    assert np.allclose(orders, perfect.bond_orders(*wire.leads), rtol=0, atol=1e-13)
    assert np.allclose(derivatives, perfect.bond_response(*wire.leads, 13), rtol=0, atol=1e-14)


@pytest.mark.slow
def test_long_wires_do_not_outrun_the_nodes():
    """A fixed number of nodes in the window fails from 200 atoms on; here it follows the phase."""
    wire = models.wire(800, bias=1.0, ends="chain", temperature=0.0)
    derivatives = bond_response(chain_of(wire, wire.leads, wire.rest).chain)[1]

    assert np.max(np.abs(derivatives - perfect.bond_response(*wire.leads, 801))) < 1e-12


@pytest.mark.night("probes")
@pytest.mark.thin(most=2)
@pytest.mark.parametrize("temperature", [0.0, 0.02])
@pytest.mark.parametrize("ends", SIZES)
def test_stiffness_is_minus_the_derivative_of_the_force(ends, temperature):
    """A displaced wire under bias, with all kinds of ends, against differences of the total force."""
    wire = wire_of(ends, bias=0.6, temperature=temperature)
    x = wire.rest + DISPLACED
    k = stiffness(wire, wire.body(BODY), x)

    assert np.max(np.abs(k - differences(lambda y: total_force(wire, y), x))) < 1e-8
    assert np.max(np.abs(k - k.T)) > 1e-2


@pytest.mark.thin
@pytest.mark.parametrize("temperature", [0.0, 0.05])
@pytest.mark.parametrize("ends", ["matched", "probes"])
def test_the_structure_changes_nothing(ends, temperature):
    """The same wire as a family without structure: density matrix, response and second derivatives."""
    wire = wire_of(ends, bias=0.6, temperature=temperature)
    plain = models.family(
        wire.hamiltonian, wire.gradient, wire.leads, coordinates=wire.coordinates, degeneracy=2
    )
    x = wire.rest + DISPLACED
    one, other = (stiffness(family, wire.body(BODY), x) for family in (wire, plain))

    assert np.max(np.abs(one - other)) < 1e-9


def test_forces_of_a_chain_are_those_of_the_dense_solver():
    """The bond orders by continued fractions against the density matrix."""
    for ends in ("matched", "probes"):
        for temperature in (0.0, 0.03):
            wire = wire_of(ends, bias=0.6, temperature=temperature)
            x = wire.rest + DISPLACED
            want = fast.force(wire.at(x)) - wire.body(BODY).potential.gradient(x)
            assert np.max(np.abs(total_force(wire, x) - want)) < 1e-11


WIDE = [WideBandLead([[0.1, 0.02], [0.02, 0.05]], 0.2, 0.03), WideBandLead([[0.02, 0], [0, 0.2]], -0.2, 0.01)]


def curved(x):
    a, b = np.asarray(x)[..., 0], np.asarray(x)[..., 1]
    off = 0.3 + 0.2 * np.sin(a) * b + 0.1j * a * b
    return np.stack([np.stack([a * b, off], -1), np.stack([np.conj(off), -(a**2)], -1)], -2)


def curved_gradient(x):
    a, b = np.asarray(x)[..., 0], np.asarray(x)[..., 1]
    da, db = 0.2 * np.cos(a) * b + 0.1j * b, 0.2 * np.sin(a) + 0.1j * a
    zero = 0 * a
    first = np.stack([np.stack([b, da], -1), np.stack([np.conj(da), -2 * a], -1)], -2)
    second = np.stack([np.stack([a, db], -1), np.stack([np.conj(db), zero], -1)], -2)
    return np.stack([first, second], -3)


GENERAL = {
    "one level": (models.single_level(h0=0.03), [0.3]),
    "two levels": (models.two_level(temperature=(0.02, 0.05)), [-0.2]),
    "stretch and turn": (models.stretch_and_turn(temperature=(0.03, 0.01)), [2.0, 1.0]),
    "a user's own": (models.family(curved, curved_gradient, WIDE, degeneracy=2), [0.4, 0.7]),
}


@pytest.mark.parametrize(("model", "x"), GENERAL.values(), ids=GENERAL)
def test_any_family_has_a_stiffness(model, x):
    """Against differences of the total force, with the term of the second derivatives in it."""
    x = np.array(x)
    body = ClassicalBody(100.0, Harmonic(np.arange(1.0, len(x) + 1), 0.1))

    def force(y):
        return fast.force(model.at(y)) - body.potential.gradient(y)

    k = stiffness(model, body, x)
    assert np.max(np.abs(k - differences(force, x, 2e-3))) < 1e-8
    many = stiffness(model, body, [x, x + 0.01])
    assert many.shape == (2, len(x), len(x))
    assert np.allclose(many[0], k, rtol=1e-13, atol=1e-13)


def test_matched_ends_stand_for_a_chain_without_end():
    """The stiffness comes to that of the endless chain as they get longer; its odd part is there to 1e-3."""
    endless = models.wire(4, bias=0.5, ends="chain")
    want = stiffness(endless, endless.body(BODY), endless.rest)
    off, odd = [], []
    for buffer in (8, 15, 30):
        wire = models.wire(4, bias=0.5, buffer=buffer)
        change = stiffness(wire, wire.body(BODY), wire.rest) - want
        off.append(np.max(np.abs(change)))
        odd.append(np.max(np.abs(change - change.T)))

    assert off[0] > 2 * off[1] > 4 * off[2]
    assert off[2] < 0.02
    assert max(odd) < 1e-3 * np.max(np.abs(want - want.T))


def test_exact_symmetries():
    """K(-V) = K(V)^T, and the mirror image of the wire is the wire under the opposite bias."""
    for temperature in (0.0, 0.02):
        wire = models.wire(9, bias=0.7, ends="chain", temperature=temperature)
        k, back = (stiffness(w, w.body(BODY), w.rest) for w in (wire, replace(wire, bias=-0.7)))
        assert np.max(np.abs(back - k.T)) < 1e-12
        assert np.max(np.abs(back - k[::-1, ::-1])) < 1e-12
    still = models.wire(9, ends="chain", temperature=0.0)
    k = stiffness(still, still.body(BODY), still.rest)
    assert np.max(np.abs(k - k.T)) < 1e-12


def test_the_order_in_the_bias():
    """S is of second order in the bias, A of first."""

    def parts(bias):
        wire = models.wire(20, bias=bias, ends="chain", temperature=0.0)
        change = stiffness(wire, wire.body(BODY), wire.rest)
        return np.linalg.norm(change + change.T - still - still.T), np.linalg.norm(change - change.T)

    none = models.wire(20, ends="chain", temperature=0.0)
    still = stiffness(none, none.body(BODY), none.rest)
    (s_small, a_small), (s_large, a_large) = parts(0.05), parts(0.1)

    assert s_large / s_small == pytest.approx(4.0, abs=0.02)
    assert a_large / a_small == pytest.approx(2.0, abs=0.01)


def test_row_sums_are_not_zero_between_walls():
    """Frozen neighbours respond at long range, so that moving all atoms costs a force inside as well."""
    wire = models.wire(40, ends="chain", temperature=0.0)
    sums = np.sum(stiffness(wire, wire.body(BODY), wire.rest), axis=1)

    assert np.max(np.abs(sums[5:-5])) > 1.0
    still = models.wire(300, ends="chain", temperature=0.0)
    far = np.sum(stiffness(still, still.body(BODY), still.rest), axis=1)
    assert abs(far[150]) < np.max(np.abs(sums[5:-5]))


def test_a_window_beyond_the_band_takes_the_general_way():
    """Where a lead may be asked about its band edge there may be bound states, which have an owner."""
    wire = models.wire(3, bias=12.0, ends="chain")

    assert chain_of(wire, wire.leads, wire.rest) is None
    assert chain_of(wire, replace(wire, bias=0.2).leads, wire.rest) is not None


def test_second_derivatives_count():
    """The electrons' part is the response at zero frequency minus the term of the second derivatives."""
    model = models.stretch_and_turn()
    x = np.array([1.8, 0.6])
    body = ClassicalBody(1.0, Harmonic(0.0))
    system = OpenSystem(model.hamiltonian(x), model.gradient(x), model.leads)
    bare = -fast.response(system, 0.0).real
    curvature = np.einsum("mvij,ji->mv", model.hessian(x), fast.density_matrix(system)).real

    assert np.allclose(stiffness(model, body, x), bare + curvature, rtol=0, atol=1e-13)
    assert np.max(np.abs(curvature)) > 1e-4
