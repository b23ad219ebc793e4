"""The leads as a problem: doors, batches and plain data of all kinds, and what a periodic one refuses."""

import json

import numpy as np
import pytest

from electronwind import ChainLead, InvalidSystemError, Lead, OpenSystem, PeriodicLead, WideBandLead
from electronwind.leads import lead_from_dict

MU = np.array([0.25, -0.5, 1 / 3])
CELL = np.array([[0.1, 0.3j], [-0.3j, -0.2]])
SINGULAR = np.array([[0.0, 0.0], [0.5 + 0.25j, 0.0]])
LEADS = {
    "wide-band": lambda: WideBandLead(np.array([[0.5, 0.1j], [-0.1j, 0.3]]), MU, 0.1),
    "chain": lambda: ChainLead(1, -0.7, MU, 0.1, 0.2, [0.3, 0.4, 0.5]),
    "periodic": lambda: PeriodicLead([1, 0], CELL, SINGULAR, MU, 0.1, np.array([[0.3j, 0.1], [0.0, 0.7]])),
}
every_kind = pytest.mark.parametrize("make", LEADS.values(), ids=LEADS)


def test_every_kind_is_tried():
    """The table above leaves out no kind of lead that the package has."""
    kinds = {cls.kind for cls in Lead.__subclasses__() if cls.__module__.startswith("electronwind.")}
    assert {make().kind for make in LEADS.values()} == kinds


@every_kind
def test_plain_data_lose_nothing(make):
    """A lead read back from JSON holds the same numbers to the last bit."""
    lead = make()

    again = lead_from_dict(json.loads(json.dumps(lead.to_dict())))

    assert type(again) is type(lead)
    for name in lead.axes:
        assert np.array_equal(getattr(again, name), getattr(lead, name)), name
    assert again.sites == lead.sites


@every_kind
def test_members_of_a_batch(make):
    """A member has the numbers at its place, whichever of them have batch axes."""
    lead = make()
    system = OpenSystem(np.zeros((2, 1, 2, 2)), np.zeros((1, 2, 2)), [lead])

    assert lead.shape == (3,)
    assert system.shape == (2, 3)
    for k in range(3):
        one = system[1, k].leads[0]
        assert one.shape == ()
        for name, core in lead.axes.items():
            value = getattr(lead, name)
            whole = np.broadcast_to(value, (3, *value.shape[value.ndim - core :]))
            assert np.array_equal(getattr(one, name), whole[k]), name


@every_kind
def test_other_units_of_energy(make):
    """In other units all energies of a lead are larger, and its levels the same."""
    lead = make()

    twice = lead.scaled(2.0)

    assert np.array_equal(twice.size, 2 * lead.size)
    assert twice.sites == lead.sites
    for name in lead.axes:
        assert np.array_equal(getattr(twice, name), 2 * getattr(lead, name))


@every_kind
def test_numbers_are_read_only(make):
    """Neither the caller nor a solver can change a lead after it was made."""
    lead = make()

    for name in lead.axes:
        with pytest.raises(ValueError, match="read-only"):
            getattr(lead, name)[...] = 0


@every_kind
@pytest.mark.parametrize("change", [{"extra": 1}, {"kind": "magic"}, {"kind": None}, {"mu": "text"}])
def test_plain_data_that_are_none(make, change):
    """A key or a kind that is not known is refused, naming the lead."""
    with pytest.raises(InvalidSystemError, match=r"lead|mu"):
        lead_from_dict({**make().to_dict(), **change})


@every_kind
def test_missing_numbers_are_named(make):
    """Plain data without a number that has no default are refused, whatever the kind."""
    for name in ("mu", "temperature"):
        data = make().to_dict()
        del data[name]
        with pytest.raises(InvalidSystemError, match=name):
            lead_from_dict(data)


ONE = [[0.0]]
REFUSALS = {
    "no site": (lambda: PeriodicLead([], ONE, [[1.0]], 0, 0), "sites"),
    "one number for sites": (lambda: PeriodicLead(0, ONE, [[1.0]], 0, 0), "sites"),
    "text for sites": (lambda: PeriodicLead("0", ONE, [[1.0]], 0, 0), "sites"),
    "a table of sites": (lambda: PeriodicLead([[0]], ONE, [[1.0]], 0, 0), "sites"),
    "a negative site": (lambda: PeriodicLead([-1], ONE, [[1.0]], 0, 0), "sites[0]"),
    "half a site": (lambda: PeriodicLead([0.5], ONE, [[1.0]], 0, 0), "sites[0]"),
    "a site twice": (lambda: PeriodicLead([1, 1], CELL, SINGULAR, 0, 0), "sites"),
    "a site that the system has not": (
        lambda: OpenSystem(np.zeros((2, 2)), [np.eye(2)], [PeriodicLead([0, 2], CELL, SINGULAR, 0, 0)]),
        "leads[0].sites[1]",
    ),
    "an onsite matrix that is not Hermitian": (
        lambda: PeriodicLead([0, 1], [[0, 1], [2, 0]], SINGULAR, 0, 0),
        "onsite[0, 1]",
    ),
    "a hopping of another size": (lambda: PeriodicLead([0, 1], CELL, [[1.0]], 0, 0), "hopping"),
    "a hopping without axes": (lambda: PeriodicLead([0], ONE, 1.0, 0, 0), "hopping"),
    "NaN in the hopping": (lambda: PeriodicLead([0], ONE, [[np.nan]], 0, 0), "hopping[0, 0]"),
    "no hopping": (lambda: PeriodicLead([0], ONE, [[0.0]], 0, 0), "hopping"),
    "no hopping of one of a batch": (lambda: PeriodicLead([0], ONE, [[[1.0]], [[0.0]]], 0, 0), "hopping"),
    "a hopping that joins pairs": (lambda: PeriodicLead([0, 1], np.zeros((2, 2)), SINGULAR, 0, 0), "flat"),
    "an orbital apart": (lambda: PeriodicLead([0, 1], np.diag([0, 0.7]), np.diag([1.0, 0]), 0, 0), "0.7"),
    "a coupling that is needed": (lambda: PeriodicLead([0], CELL, SINGULAR, 0, 0), "coupling"),
    "a coupling of another size": (lambda: PeriodicLead([0], CELL, SINGULAR, 0, 0, [[1.0]]), "coupling"),
    "a negative temperature": (lambda: PeriodicLead([0], ONE, [[1.0]], 0, -1), "temperature"),
    "complex mu": (lambda: PeriodicLead([0], ONE, [[1.0]], 1j, 0), "mu"),
    "batches that do not fit": (lambda: PeriodicLead([0], ONE, [[1.0]], [0, 1], [0, 1, 2]), "batch"),
}


@pytest.mark.parametrize(("make", "names"), REFUSALS.values(), ids=REFUSALS)
def test_refused_with_the_name_of_the_argument(make, names):
    """What is no periodic lead is refused at the door: which argument, what came, what was expected."""
    with pytest.raises(InvalidSystemError) as caught:
        make()

    assert names in str(caught.value)
    assert "expected" in str(caught.value)
    assert "got" in str(caught.value)


def test_a_singular_hopping_and_a_default_coupling():
    """A hopping without an inverse makes a lead, and the coupling is the hopping when it is left out."""
    lead = PeriodicLead(np.array([0, 1]), CELL, SINGULAR, 0.0, 0.0)

    assert np.array_equal(lead.coupling, SINGULAR)
    assert lead.sites == (0, 1)
    assert lead.shape == ()
