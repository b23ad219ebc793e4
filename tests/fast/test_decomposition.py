"""The parts of a response: what they are, what is left of them at rest, what is refused."""

import doctest

import bad_inputs
import numpy as np
import pytest
from junctions import draw

from electronwind import InvalidSystemError, decompose, decomposition, fast, reference

SYSTEM = draw(5, 3, 3, (0.1, 0.3))
W = np.array([-0.7, 0.01, 0.3])


def test_the_parts_are_the_force_of_a_moving_junction():
    """-(conservative + nonconservative) x - (friction + lorentz) v is response x, for every motion."""
    chi = fast.response(SYSTEM, W)
    parts = decompose(chi, W)
    x = np.array([0.3, -0.2 + 0.4j, 1.0])
    v = -1j * W[:, None] * x
    still = (parts.conservative + parts.nonconservative) @ x
    drag = ((parts.friction + parts.lorentz) @ v[..., None])[..., 0]

    assert np.allclose(chi @ x, -still - drag, rtol=1e-13)


def test_the_parts_are_symmetric_or_not():
    """Two parts are symmetric, two antisymmetric, and all are real and have the axes of the response."""
    for w in (W, W[0]):
        parts = decompose(fast.response(SYSTEM, w), w)
        for even in (parts.conservative, parts.friction):
            assert np.array_equal(even, np.swapaxes(even, -1, -2))
        for odd in (parts.nonconservative, parts.lorentz):
            assert np.array_equal(odd, -np.swapaxes(odd, -1, -2))
            assert odd.shape == (*np.shape(w), 3, 3)
            assert odd.dtype == float


def test_the_curl_is_twice_the_nonconservative_part_at_rest():
    """An antisymmetric part is half of a curl."""
    parts = decompose(fast.response(SYSTEM, 0.0), 0.0)

    assert np.allclose(2 * parts.nonconservative, fast.curl(SYSTEM), rtol=1e-12, atol=1e-14)
    assert np.max(np.abs(parts.nonconservative)) > 0.01


def test_slow_motion_has_the_friction_matrix():
    """For W -> 0 friction and Lorentz part become the two parts of the friction matrix."""
    parts = decompose(fast.response(SYSTEM, 1e-4), 1e-4)
    slow = fast.friction(SYSTEM)

    assert np.allclose(parts.friction, (slow + slow.T) / 2, rtol=0, atol=1e-6)
    assert np.allclose(parts.lorentz, (slow - slow.T) / 2, rtol=0, atol=1e-6)
    assert np.max(np.abs(parts.lorentz)) > 0.01


@pytest.mark.thin
@pytest.mark.parametrize("frequency", [0.0, [0.0, 0.3]])
@pytest.mark.parametrize("part", ["friction", "lorentz"])
def test_nothing_moves_at_zero_frequency(frequency, part):
    """What needs a velocity is refused at W = 0 by the name of the part, and the way out is told."""
    parts = decompose(fast.response(SYSTEM, frequency), frequency)

    assert np.all(np.isfinite(parts.conservative))
    with pytest.raises(InvalidSystemError, match=rf"frequency.*'{part}'.*observable friction"):
        getattr(parts, part)


def test_numbers_of_the_reference_are_taken():
    """A response of either solver can be taken apart."""
    w, system = [0.3], draw(5, 2, 2, (0.1, 0.3))
    theirs = decompose(reference.response(system, w, digits=15), w)

    assert np.allclose(theirs.lorentz, decompose(fast.response(system, w), w).lorentz, rtol=1e-9)


@pytest.mark.parametrize(
    ("response", "frequency", "argument"),
    [
        (np.zeros((2, 3)), 0.1, "response"),
        (np.zeros(4), 0.1, "response"),
        (np.zeros((0, 0)), 0.1, "response"),
        (np.zeros((2, 2)), [0.1], "response"),
        (np.zeros((3, 2, 2)), [0.1, 0.2], "response"),
        (np.zeros((2, 2, 2)), [[0.1, 0.2]], "frequency"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(response, frequency, argument):
    """Matrices are square, and there is one for each frequency."""
    with pytest.raises(InvalidSystemError) as caught:
        decompose(response, frequency)
    assert caught.value.argument == argument


def test_a_wrong_value_is_refused_by_name():
    """Every kind of wrong value for either argument is refused at the door."""
    right = {"response": np.ones((2, 2)), "frequency": 0.25}
    fine = {("response", "a complex number"), ("response", "five axes")}
    for argument, kind in bad_inputs.mistakes(decompose):
        if (argument, kind) in fine:
            continue
        with pytest.raises(InvalidSystemError) as caught:
            decompose(**right | {argument: bad_inputs.KINDS[kind]()})
        assert caught.value.argument.partition("[")[0] == argument, kind


def test_the_example_runs():
    """The example of the docstring gives what it shows."""
    assert doctest.testmod(decomposition) == (0, 4)
