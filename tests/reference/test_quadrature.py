"""The quadrature of the reference: known integrals, hidden features, and what it says when it fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from electronwind import PrecisionError
from electronwind.reference import arithmetic
from electronwind.reference.arithmetic import number, working
from electronwind.reference.quadrature import Cosine, Line, Piece, Quadrature, Tail


@pytest.mark.parametrize("digits", [15, 50])
def test_quadrature_of_known_integrals(digits: int) -> None:
    """The rule integrates a Lorentzian over the line, a tail, and root singularities of a band."""
    with working(digits + 20):
        one = number(1)

        def lorentzian(E: NDArray[Any]) -> NDArray[Any]:
            return 1 / (E * E + one / 10000)

        line = [Piece(Tail(s * one), 0 * one, one) for s in (-1, 1)] + [Piece(Line(), -one, one)]
        pole = number(0.01j)
        value = Quadrature(line, [pole], [], lambda e: e, digits).integrate(lorentzian)
        assert abs(value / 100 - arithmetic.pi()) < 4 * one / 10**digits
        band = [Piece(Cosine(-one, one), 0 * one, arithmetic.pi() / 2)]
        rule = Quadrature(band, [], [], lambda e: e, digits)
        root = np.frompyfunc(arithmetic.function("sqrt"), 1, 1)
        value = rule.integrate(lambda e: 1 / root(1 - e * e))
        assert abs(value - arithmetic.pi()) < 4 * one / 10**digits


def test_quadrature_finds_a_hidden_pole() -> None:
    """A narrow feature that nobody announced is found and resolved by cutting panels."""
    with working(40):
        one = number(1)
        rule = Quadrature([Piece(Line(), -one, one)], [], [], lambda e: e, 20)
        width = one / 200
        value = rule.integrate(lambda e: width / ((e - one / 3) ** 2 + width**2))
        atan = arithmetic.function("atan")
        exact = atan((one - one / 3) / width) + atan((one + one / 3) / width)
        assert abs(value - exact) < one / 10**19


def test_quadrature_says_when_it_fails() -> None:
    """An unannounced step cannot be integrated to many digits, and the rule says how far it came."""
    with working(40):
        one = number(1)
        piece = Piece(Line(), -one, one)
        rule = Quadrature([piece], [], [], lambda e: e, 20, most_panels=12)
        with pytest.raises(PrecisionError, match=r"relative error of .* 1e-20 was asked for"):
            rule.integrate(lambda e: np.array([number(int(3 * x < 1)) for x in e], dtype=object))
        with pytest.raises(PrecisionError, match="more than 12 panels"):
            Quadrature([piece], [number(1e-30j)], [], lambda e: e, 20, most_panels=12)
