"""The two solvers against each other on stiffness and vibrations: two derivations, one number."""

import numpy as np
import pytest

from electronwind import ClassicalBody, Harmonic, fast, models, reference

SOFT = ClassicalBody([100.0, 300.0], Harmonic(1.0))
CHAIN = models.wire(2, bias=0.5, ends="chain", temperature=0.0)
BENT = models.wire(2, bias=-0.6, ends="chain", temperature=0.0)
MATCHED = models.wire(3, bias=0.6, temperature=0.03, buffer=1)
CASES = {
    "perfect wire": (CHAIN, CHAIN.body(10.0), CHAIN.rest),
    "wire with bound states": (BENT, BENT.body(10.0), BENT.rest + np.array([0.1, -0.05])),
    "matched wire": (MATCHED, MATCHED.body([10.0, 1.0, 40.0]), MATCHED.rest + np.array([0.1, -0.05, 0.02])),
    "bent chain": (models.bent_chain(), SOFT, np.array([-0.05, 0.05])),
    "stretch and turn": (models.stretch_and_turn(), SOFT, np.array([2.0, 1.0])),
}


# By day it is a part of the vibrations.
@pytest.mark.slow
@pytest.mark.parametrize(("model", "body", "x"), CASES.values(), ids=CASES)
def test_stiffness_agrees(model, body, x):
    """To rounding, for families of every kind."""
    want = np.asarray(reference.stiffness(model, body, x, digits=15), float)

    assert np.max(np.abs(fast.stiffness(model, body, x) - want)) < 1e-14 * np.max(np.abs(want)) * len(x) ** 2


@pytest.mark.slow
def test_twelve_atoms_agree_to_rounding():
    """K, its parts S and A, and Xi of a wire in which one pair grows. A minute or two of the reference."""
    wire = models.wire(12, bias=0.5, ends="chain", temperature=0.0)
    got = fast.vibrations(wire, wire.body(10.0), wire.rest, friction=False)
    want = reference.vibrations(wire, wire.body(10.0), wire.rest, friction=False, digits=15)

    for field in ("stiffness", "symmetric", "antisymmetric"):
        theirs = np.asarray(getattr(want, field), float)
        assert np.max(np.abs(getattr(got, field) - theirs)) < 1e-12, field
    assert int(got.growing) == int(want.growing) == 1
    assert float(got.instability) > 1e-3
    assert float(got.instability) == pytest.approx(float(want.instability), abs=1e-12)


# What there is without friction is there with it, too.
@pytest.mark.night("matched wire", "perfect wire", "False")
@pytest.mark.night("matched wire")
@pytest.mark.parametrize(
    ("case", "friction"),
    [
        ("perfect wire", True),
        ("matched wire", True),
        ("stretch and turn", True),
        ("stretch and turn", False),
        pytest.param("perfect wire", False, marks=pytest.mark.slow),
        pytest.param("matched wire", False, marks=pytest.mark.slow),
    ],
)
def test_vibrations_agree(case, friction):
    """Frequencies, their parts of the stiffness and Xi, with friction and without."""
    model, body, x = CASES[case]
    got = fast.vibrations(model, body, x, friction=friction)
    want = reference.vibrations(model, body, x, friction=friction, digits=15)

    size = np.max(np.abs(np.asarray(want.stiffness, float)))
    for field in ("stiffness", "symmetric", "antisymmetric"):
        deviation = np.abs(getattr(got, field) - np.asarray(getattr(want, field), float))
        assert np.max(deviation) < 1e-13 * size, field
    theirs = np.asarray(want.frequencies, complex)
    apart = np.abs(got.frequencies[:, None] - theirs)
    assert np.max(np.min(apart, axis=1)) < 1e-10 * np.max(np.abs(theirs))
    assert np.max(np.min(apart, axis=0)) < 1e-10 * np.max(np.abs(theirs))
    assert int(got.growing) == int(want.growing)
    assert float(got.instability) == pytest.approx(float(want.instability), abs=1e-10)
