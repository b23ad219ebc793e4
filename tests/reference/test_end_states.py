"""States that a crystal binds to its own end, and the equation that its Green's function goes by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from electronwind.reference import stein
from electronwind.reference.arithmetic import array, number, working
from electronwind.reference.crystal import Crystal

DIGITS = 40


def numbers(rng: np.random.Generator, *shape: int) -> Any:
    """Return complex numbers."""
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def dimers(inside: float, between: float, offset: float = 0.0) -> Crystal:
    """Return a chain of two kinds of bonds that ends with a bond inside a cell."""
    onsite = [[offset, inside], [inside, offset]]
    return Crystal(array(np.array(onsite)), array(np.array([[0, 0], [between, 0]])))


@pytest.mark.night("0.5-1.0")
@pytest.mark.parametrize(
    ("inside", "between", "offset", "energies"),
    [
        # The end belongs to no strong bond.
        (0.5, 1.0, 0.25, [0.25]),
        # Strong bonds at the end, and equal ones without a gap: nothing is bound.
        (1.0, 0.75, 0.25, []),
        (1.0, 1.0, 0.25, []),
        # The state is spread over two hundred cells.
        (255 / 256, 1.0, 0.0, [0.0]),
    ],
)
def test_end_states_of_a_dimerised_chain(inside: float, between: float, offset: float, energies: Any) -> None:
    """A state in the middle of the gap where the chain is cut through a strong bond, and else none."""
    with working(DIGITS):
        found = dimers(inside, between, offset).end_states()

        assert len(found) == len(energies)
        assert all(abs(e - w) < 1e-24 for e, w in zip(found, energies, strict=True))


@pytest.mark.slow
def test_end_states_of_a_long_piece() -> None:
    """A complex cell of three: the states of a long piece in the gaps of the bands, at its start."""
    rng = np.random.default_rng(4)
    onsite, hopping = numbers(rng, 3, 3), numbers(rng, 3, 3)
    onsite, cells = onsite + onsite.conj().T, 80
    piece = np.kron(np.eye(cells), onsite) + np.kron(np.eye(cells, k=1), hopping)
    piece += np.kron(np.eye(cells, k=1), hopping).conj().T
    e, states = np.linalg.eigh(piece)
    start = np.sum(np.abs(states[: 3 * cells // 2]) ** 2, axis=0) > 0.9
    with working(DIGITS):
        crystal = Crystal(array(onsite), array(hopping))
        bands = np.array(crystal.bands, dtype=float)
        found = [float(energy) for energy in crystal.end_states()]
    apart = np.all((e[:, None] < bands[:, 0] - 1e-6) | (e[:, None] > bands[:, 1] + 1e-6), axis=1)

    assert len(found) == 2
    assert np.allclose(found, e[start & apart], rtol=0, atol=1e-9)


@pytest.mark.parametrize("closeness", [0.5, 1e-3, 1e-9])
def test_the_equation_of_the_slope_is_solved_to_all_digits(closeness: float) -> None:
    """Far from where it has no solution by steps in floats, next to there by elimination."""
    rng = np.random.default_rng(3)
    left, right, start = (numbers(rng, 4, 3, 3) for _ in range(3))
    largest = [np.max(np.abs(np.linalg.eigvals(m)), axis=-1) for m in (left, right)]
    left = left / largest[0][:, None, None] * (1 - closeness)
    right = right / largest[1][:, None, None]
    with working(DIGITS):
        first, second, third = array(left), array(right), array(start)
        x = stein.solved(first, second, third)
        rest = x - third - first @ x @ second

        assert np.max(abs(rest)) <= number(10) ** (12 - DIGITS) * np.max(abs(x))
