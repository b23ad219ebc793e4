"""The problem: construction, refusals, batches, JSON."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from electronwind import ChainLead, InvalidSystemError, OpenSystem, WideBandLead, models

H = np.diag([0.1, 0.2]).astype(complex)
G = np.zeros((1, 2, 2))
LEAD = WideBandLead(np.eye(2), 0.0, 0.1)

REFUSALS = {
    "non-Hermitian Hamiltonian": (
        lambda: OpenSystem([[0, 1], [2, 0]], G, [LEAD]),
        "hamiltonian[0, 1]",
    ),
    "text for a Hamiltonian": (lambda: OpenSystem("h", G, [LEAD]), "hamiltonian"),
    "one-dimensional Hamiltonian": (lambda: OpenSystem([1, 2], G, [LEAD]), "hamiltonian"),
    "empty Hamiltonian": (lambda: OpenSystem(np.zeros((0, 0)), G, [LEAD]), "hamiltonian"),
    "NaN in the Hamiltonian": (lambda: OpenSystem(H * np.nan, G, [LEAD]), "hamiltonian[0, 0]"),
    "infinite Hamiltonian": (lambda: OpenSystem([[np.inf]], [[[0]]], [LEAD]), "hamiltonian[0, 0]"),
    "non-Hermitian gradient": (
        lambda: OpenSystem(H, [[[0, 1], [0, 0]]], [LEAD]),
        "gradient[0, 0, 1]",
    ),
    "gradient without coordinate axis": (lambda: OpenSystem(H, H, [LEAD]), "gradient"),
    "gradient of another size": (lambda: OpenSystem(H, np.zeros((1, 3, 3)), [LEAD]), "gradient"),
    "no coordinate": (lambda: OpenSystem(H, np.zeros((0, 2, 2)), [LEAD]), "gradient"),
    "no lead": (lambda: OpenSystem(H, G, []), "leads"),
    "a lead that is none": (lambda: OpenSystem(H, G, ["left"]), "leads[0]"),
    "leads that are no sequence": (lambda: OpenSystem(H, G, 3), "leads"),
    "degeneracy zero": (lambda: OpenSystem(H, G, [LEAD], degeneracy=0), "degeneracy"),
    "degeneracy a fraction": (lambda: OpenSystem(H, G, [LEAD], degeneracy=1.5), "degeneracy"),
    "degeneracy a boolean": (lambda: OpenSystem(H, G, [LEAD], degeneracy=True), "degeneracy"),
    "indefinite broadening": (lambda: WideBandLead(np.diag([1.0, -1.0]), 0.0, 0.1), "broadening"),
    "non-Hermitian broadening": (lambda: WideBandLead([[0, 1], [0, 0]], 0, 0), "broadening[0, 1]"),
    "negative temperature": (lambda: WideBandLead(np.eye(2), 0.0, -0.1), "temperature"),
    "NaN temperature": (lambda: WideBandLead(np.eye(2), 0.0, np.nan), "temperature"),
    "complex mu": (lambda: WideBandLead(np.eye(2), 1j, 0.1), "mu"),
    "broadening of another size": (
        lambda: OpenSystem(H, G, [WideBandLead(np.eye(3), 0.0, 0.1)]),
        "leads[0].broadening",
    ),
    "chain site out of range": (
        lambda: OpenSystem(H, G, [ChainLead(5, -1, 0, 0)]),
        "leads[0].site",
    ),
    "chain site negative": (lambda: ChainLead(-1, -1.0, 0.0, 0.1), "site"),
    "chain site a fraction": (lambda: ChainLead(0.5, -1.0, 0.0, 0.1), "site"),
    "chain without hopping": (lambda: ChainLead(0, 0.0, 0.0, 0.1), "hopping"),
    "chain with negative temperature": (lambda: ChainLead(0, -1.0, 0.0, -0.1), "temperature"),
    "batches that do not fit": (
        lambda: OpenSystem(np.zeros((3, 2, 2)), np.zeros((4, 1, 2, 2)), [LEAD]),
        "batch shapes",
    ),
    "lead batches that do not fit": (
        lambda: OpenSystem(np.zeros((3, 2, 2)), G, [WideBandLead(np.eye(2), [0, 1], 0.1)]),
        "batch shapes",
    ),
    "JSON of something else": (lambda: OpenSystem.from_json("[1]"), "schema"),
    "no JSON": (lambda: OpenSystem.from_json("{"), "text"),
    "JSON with a key missing": (
        lambda: OpenSystem.from_dict({"schema": "electronwind-system/1"}),
        "system",
    ),
    "coordinates of another number": (lambda: models.stretch_and_turn().at([1.0]), "x"),
}


@pytest.mark.parametrize(("make", "names"), REFUSALS.values(), ids=REFUSALS)
def test_refused_with_the_name_of_the_argument(make, names):
    """Bad input is refused at the door, naming the argument, what came and what was expected."""
    with pytest.raises(InvalidSystemError) as caught:
        make()

    assert names in str(caught.value)
    assert "expected" in str(caught.value)
    assert "got" in str(caught.value)


def test_rounding_in_a_hamiltonian_is_forgiven_and_removed():
    """A matrix Hermitian up to rounding is stored exactly Hermitian."""
    h = np.array([[0.1, 0.3 + 1e-16j], [0.3, 0.2]])

    stored = OpenSystem(h, G, [LEAD]).hamiltonian

    assert np.array_equal(stored, stored.conj().T)


def test_arrays_are_copied_and_read_only():
    """Neither the caller nor a solver can change a system after it was made."""
    h = H.copy()
    system = OpenSystem(h, G, [LEAD])
    h[0, 0] = 7

    assert system.hamiltonian[0, 0] == 0.1
    for array in (system.hamiltonian, system.gradient, system.leads[0].broadening):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_leads_take_part_in_the_batch():
    """Potentials and temperatures broadcast with the Hamiltonian."""
    lead = WideBandLead(np.eye(2), np.linspace(0, 1, 3)[:, None], 0.1)

    system = OpenSystem(np.zeros((4, 2, 2)), G, [lead])

    assert system.shape == (3, 4)
    assert system[2, 1].leads[0].mu == 1.0
    assert system[..., 0].shape == (3,)
    assert system[1].shape == (4,)
    with pytest.raises(IndexError):
        system[0, 0][0]


def same(a, b):
    """Tell whether two systems hold the same numbers, bit by bit."""
    return json.dumps(a.to_dict()) == json.dumps(b.to_dict())


@given(st.floats(-1e3, 1e3), st.floats(0, 1e3), st.integers(1, 3))
def test_json_loses_nothing(mu, temperature, degeneracy):
    """A system read back from JSON holds the same numbers to the last bit."""
    leads = [
        WideBandLead([[1, 0.1j], [-0.1j, 1 / 3]], mu, temperature),
        ChainLead(1, -0.3, mu, temperature),
    ]
    system = OpenSystem([[0.1, mu], [mu, 1e-17]], np.ones((2, 2, 2)), leads, degeneracy)

    again = OpenSystem.from_json(system.to_json())

    assert same(system, again)
    assert np.array_equal(again.hamiltonian, system.hamiltonian)
    assert again.leads[0].mu == mu
    assert again.leads[1].coupling == -0.3


def test_json_refuses_an_unknown_lead():
    """A lead of an unknown kind is named."""
    data = OpenSystem(H, G, [LEAD]).to_dict()
    data["leads"][0]["kind"] = "magic"

    with pytest.raises(InvalidSystemError, match="magic"):
        OpenSystem.from_dict(data)
