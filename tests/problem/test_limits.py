"""Limits are told at the start: before the work, and after the family was asked a few times at most."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from electronwind import (
    ClassicalBody,
    Harmonic,
    OpenSystem,
    PrecisionError,
    Straight,
    UnsupportedError,
    WideBandLead,
    fast,
    models,
    reference,
)

BODY = ClassicalBody(8.0, Harmonic(1.0))
PATH, REST = Straight([0.0], [0.01]), Straight([0.0], [0.0])
START = ([0.0], [0.1])


class Counted(models.two_level):
    """A family that counts how often it is asked."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        object.__setattr__(self, "asked", [])

    def hamiltonian(self, x, xp=np):
        """Count, and return h."""
        self.asked.append(x)
        return super().hamiltonian(x, xp)

    def gradient(self, x, xp=np):
        """Count, and return dh/dx."""
        self.asked.append(x)
        return super().gradient(x, xp)


FAR = {"mu": (1e6, -1e6)}
SLOW = {"gamma": 1e-9, "eta": 0.1}
NARROW = {"gamma": 1e-9, "eta": 0.1, "temperature": (0.0, 0.0)}
ONE, TEN, LONG, LONGER = [0.0, 1.0], [0.0, 10.0], [0.0, 1e7], [0.0, 1e15]
# The run, the family, and what the refusal says.
LIMITS = {
    "reference.driven, far potential": (lambda m: reference.driven(m, PATH, TEN), FAR, "panels"),
    "reference.driven, slow level": (lambda m: reference.driven(m, PATH, ONE), NARROW, "decays at"),
    "reference.driven, long run": (lambda m: reference.driven(m, PATH, LONG), {}, "a run over 1e.07"),
    "reference.ehrenfest, far potential": (
        lambda m: reference.ehrenfest(m, BODY, START, TEN), FAR, "panels"),
    "reference.ehrenfest, long run": (lambda m: reference.ehrenfest(m, BODY, START, LONG), {}, "a run over"),
    "reference.two_time_noise, far potential": (
        lambda m: reference.two_time_noise(m, PATH, 10.0, [0.0, 5.0]), FAR, "panels"),
    "reference.two_time_noise, slow level": (
        lambda m: reference.two_time_noise(m, REST, 10.0, [0.0, 5.0]), NARROW, "decays at"),
    "reference.langevin with noise": (
        lambda m: reference.langevin(m, BODY, START, ONE, noise=True), {}, "noise=True"),
    "fast.driven, tiny step": (lambda m: fast.driven(m, PATH, ONE, step=1e-12), {}, "steps of"),
    "fast.driven, long run": (lambda m: fast.driven(m, PATH, LONGER), {}, "takes"),
    "fast.driven, an order that there is not": (
        lambda m: fast.driven(m, PATH, ONE, step=0.1, order=6, method="spectral"), {}, "1, 2 or 4"),
    "fast.driven, tiny step on a grid": (
        lambda m: fast.driven(m, PATH, ONE, step=1e-12, method="spectral"), {}, "steps of"),
    "fast.driven, a grid beyond memory": (
        lambda m: fast.driven(
            m, PATH, ONE, step=0.1, method="spectral", grid=fast.Grid("uniform", 40.0, 90_000_000)
        ), {}, "frequencies"),
    "fast.ehrenfest, tiny step": (lambda m: fast.ehrenfest(m, BODY, START, ONE, step=1e-12), {}, "steps of"),
    "fast.ehrenfest, long run": (lambda m: fast.ehrenfest(m, BODY, START, LONGER), {}, "takes"),
    "fast.ehrenfest, tiny step on a grid": (
        lambda m: fast.ehrenfest(m, BODY, START, ONE, step=1e-12, method="spectral"), {}, "steps of"),
    "fast.langevin, tiny step": (
        lambda m: fast.langevin(m, BODY, START, ONE, noise=True, step=1e-12), {}, "steps of"),
    "fast.two_time_noise, slow level": (lambda m: fast.two_time_noise(m, REST, 1.0, [5.0]), SLOW, "kept"),
}  # fmt: skip


@pytest.mark.parametrize("case", LIMITS)
def test_a_limit_is_told_before_the_work(case):
    """What is known at the start is said there."""
    run, values, words = LIMITS[case]
    family = Counted(**values)

    with pytest.raises((UnsupportedError, ValueError), match=words):
        run(family)
    # Some of them compare the gradient with differences of h, which every run begins with.
    assert len(family.asked) <= 30


def test_too_many_panels_are_counted_before_they_are_filled(monkeypatch):
    """The reference cuts its axis first, and computes on it afterwards."""
    filled = []
    quadrature = reference.quadrature
    monkeypatch.setattr(quadrature, "MOST_PANELS", 20)
    original = quadrature.Quadrature._panel
    monkeypatch.setattr(quadrature.Quadrature, "_panel", lambda *a: filled.append(a) or original(*a))
    monkeypatch.setattr(quadrature.Quadrature.__init__, "__defaults__", (20,))
    lead = WideBandLead([[1e-9]], 0.0, 1e-9)

    with pytest.raises(PrecisionError, match="more than 20 panels"):
        reference.force(OpenSystem([[0.3]], [[[1.0]]], [lead]))
    assert not filled
