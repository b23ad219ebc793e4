"""The guard on runs in time: every field of the result has its promised shape, type and numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from electronwind import ClassicalBody, Harmonic, SolverLoadError, Straight, models
from electronwind.validation.under_test import guard

MODEL = models.two_level()
PATH = Straight([0.0], [0.1])
TIMES = np.array([0.0, 0.5, 1.0])


def result(**changes: Any) -> SimpleNamespace:
    fields = {
        "density_matrix": np.zeros((3, 2, 2), complex),
        "force": np.zeros((3, 1)),
        "current": np.zeros((3, 2)),
    }
    return SimpleNamespace(**(fields | changes))


def driven(answer: Any, **attributes: Any) -> guard.Guarded:
    """Return a guarded solver whose `driven` gives this answer."""
    return guard.Guarded(SimpleNamespace(driven=lambda model, path, times: answer, **attributes))


class Lazy:
    """A result that computes its fields when they are asked for."""

    @property
    def density_matrix(self) -> Any:
        """Fail."""
        raise ValueError("not converged")


def test_a_field_that_raises() -> None:
    """What goes wrong while a result is read is put on the solver."""
    words = "driven raised ValueError where its result was read: not converged"
    with pytest.raises(guard.Raised, match=words):
        driven(Lazy()).driven(MODEL, PATH, TIMES)


@pytest.mark.parametrize("kind", [lambda r: r, vars], ids=["attributes", "table"])
def test_a_right_result_passes(kind):
    """Attributes and tables serve alike, and arrive as fresh arrays of the promised type."""
    given = result(force=np.ones((3, 1), int))
    run = driven(kind(given)).driven(MODEL, PATH, TIMES)
    assert run.density_matrix.dtype == complex
    assert run.force.dtype == float
    run.force[...] = 7
    assert np.all(given.force == 1)


@pytest.mark.parametrize(
    ("answer", "fault", "words"),
    [
        (None, guard.WrongType, "driven returned None; expected a result with density_matrix, force"),
        (
            result(force=np.zeros((1, 3))),
            guard.WrongShape,
            r"shape \(1, 3\); expected real .* \(3, 1\) in force",
        ),
        (result(current=np.full((3, 2), np.nan)), guard.NotFinite, r"nan at \[0, 0\]; .* in current"),
        (result(force=np.full((3, 1), 1j)), guard.WrongType, "complex number"),
        (result(density_matrix="none"), guard.WrongType, "in density_matrix"),
    ],
)
def test_a_wrong_field_is_named(answer, fault, words):
    """A broken promise says which field it is in."""
    with pytest.raises(fault, match=words):
        driven(answer).driven(MODEL, PATH, TIMES)


def test_what_the_result_leaves_out_is_not_offered():
    """A field that is missing is unsupported once a check asks for it, and not before."""
    run = driven({"force": np.zeros((3, 1))}).driven(MODEL, PATH, TIMES)
    assert run.force.shape == (3, 1)
    with pytest.raises(guard.Unsupported, match="driven: the result has no current"):
        _ = run.current


def test_a_batch_of_starts_comes_first():
    """Ehrenfest runs of a batch of starts have its axes before that of time."""
    fields = {name: np.zeros((4, 3, 1)) for name in ("position", "velocity", "force")}
    solver = guard.Guarded(SimpleNamespace(langevin=lambda *given: fields))
    start = (np.zeros((4, 1)), np.zeros((4, 1)))
    body = ClassicalBody(1.0, Harmonic(1.0))
    assert solver.langevin(MODEL, body, start, TIMES).position.shape == (4, 3, 1)
    with pytest.raises(guard.WrongShape):
        solver.langevin(MODEL, body, (np.zeros(1), np.zeros(1)), TIMES)


def test_limits_hold_for_runs():
    """A solver made for one level is not asked to move two."""
    with pytest.raises(guard.Unsupported, match="declares at most 1"):
        driven(result(), limits={"levels": 1}).driven(MODEL, PATH, TIMES)


def test_runs_that_are_not_offered_are_unsupported():
    """A solver of the steady state offers no runs."""
    with pytest.raises(guard.Unsupported, match="ehrenfest is not offered"):
        driven(result()).ehrenfest(MODEL, None, None, TIMES)


def test_claims_about_time_are_read():
    """The accuracy of runs is a claim of its own; a million-th is expected of those who claim nothing."""
    assert driven(result()).time_accuracy == 1e-6
    assert driven(result(), time_accuracy=1e-9, accuracy=1e-4).time_accuracy == 1e-9
    assert driven(result(), orders=[1, 2]).orders == (1, 2)
    with pytest.raises(SolverLoadError, match="attribute time_accuracy"):
        driven(result(), time_accuracy=0.5)
