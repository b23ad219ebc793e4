"""What is asked at rest beyond observables of a system: the table, the guard, and a process apart."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from electronwind import CALLS, STATICS, OpenSystem, Static, WideBandLead, models
from electronwind.validation.under_test.guard import Guarded, NotFinite, Unsupported, WrongShape, WrongType

SYSTEM = OpenSystem(np.diag([0.1, 0.4]), np.zeros((2, 2, 2)), [WideBandLead(np.eye(2), 0.0, 0.1)])
RATES = Static("toy_rates", ("system", "frequency"), {"value": ("W", "xy")}, (), {"value": {}}, (), "", "")
STATE = Static(
    "toy_state", ("model", "x"), {"total": ("d",), "matrix": ("n", "n")}, ("matrix",), {}, (), "", ""
)
ONE_WIRE = SimpleNamespace(shape=())
FIELD = Static("toy_field", ("wire", "points"), {"value": ("xy",)}, (), {"value": {}}, (), "", "")


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows of every kind of problem."""
    for row in (RATES, STATE, FIELD):
        monkeypatch.setitem(STATICS, row.name, row)
        monkeypatch.setitem(CALLS, row.name, row)


def answering(**functions):
    return Guarded(SimpleNamespace(name="toy", **functions))


@pytest.mark.parametrize("frequency", [0.3, [0.1, 0.2, 0.3]])
def test_a_bare_value_has_the_axes_of_its_argument(frequency):
    """A number adds no axis, a list one."""
    shape = (*np.shape(frequency), 2)
    right = answering(toy_rates=lambda system, w: np.ones((*np.shape(w), 2)))
    assert right.toy_rates(SYSTEM, frequency).shape == shape
    wrong = answering(toy_rates=lambda system, w: np.ones(3))
    with pytest.raises(WrongShape, match=r"expected real numbers of shape"):
        wrong.toy_rates(SYSTEM, frequency)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [(None, WrongType), ([np.nan, 1.0], NotFinite), ([1j, 0], WrongType), ([1.0, 2.0, 3.0], WrongShape)],
)
def test_a_bare_value_is_checked(answer, fault):
    """Nothing, no number, complex numbers and another shape are told apart."""
    with pytest.raises(fault, match="toy_field"):
        answering(toy_field=lambda wire, points: answer).toy_field(ONE_WIRE, [0.1, 0.2])


def test_fields_are_checked_one_by_one():
    """A field that is missing is not offered; one of the wrong shape is named."""
    model, x = models.bent_chain(), np.zeros((4, 2))
    n = model.hamiltonian(x).shape[-1]
    good = SimpleNamespace(total=np.zeros((4, 2)), matrix=np.zeros((4, n, n), complex))
    found = answering(toy_state=lambda model, x: good).toy_state(model, x)
    assert found.matrix.dtype == complex
    assert found.total.shape == (4, 2)
    with pytest.raises(Unsupported, match="no matrix"):
        _ = answering(toy_state=lambda model, x: SimpleNamespace(total=good.total)).toy_state(model, x).matrix
    with pytest.raises(WrongShape, match="in total"):
        answering(toy_state=lambda model, x: SimpleNamespace(total=1.0)).toy_state(model, x)


def test_what_is_not_offered_or_beyond_limits_is_unsupported():
    """The solver is not even called."""
    with pytest.raises(Unsupported, match="not offered"):
        answering().toy_rates(SYSTEM, 0.1)
    called = []
    few = Guarded(SimpleNamespace(name="few", limits={"levels": 1}, toy_rates=lambda *a: called.append(a)))
    with pytest.raises(Unsupported, match="at most 1"):
        few.toy_rates(SYSTEM, 0.1)
    assert not called


def test_the_arguments_stay_the_callers():
    """What a solver writes into its arguments reaches nobody."""

    def writes(wire, points):
        points[...] = 7.0
        return np.zeros(2)

    points = np.array([0.1, 0.2])
    answering(toy_field=writes).toy_field(ONE_WIRE, points)
    assert points.tolist() == [0.1, 0.2]
