"""The verdict over all failures: the likely cause first, the simplest problem, and what merely follows."""

from __future__ import annotations

import copy
import io
import json
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import jsonschema
import numpy as np
import pytest
from rich.console import Console

from electronwind import OBSERVABLES, OpenSystem, fast
from electronwind.validation import validate
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.core.record import BAD, Cause
from electronwind.validation.diagnosis.conclude import conclude
from electronwind.validation.diagnosis.panel import questions, traits
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.faults.steady.direct import Direct
from electronwind.validation.report.html import render
from electronwind.validation.report.model import Report, schema
from electronwind.validation.report.summary import grouped, headline, hints, why
from electronwind.validation.report.terminal import show
from electronwind.validation.run.trial import run_check
from electronwind.validation.work.effort import Effort

EFFORT = Effort(dear=4, cheap=6, shrinking=0.1, naming=0.2)

pytestmark = pytest.mark.usefixtures("hasty")


@pytest.fixture(autouse=True, scope="module")
def untold() -> Iterator[None]:
    """Leave out the search for what makes a function wrong: seconds for each cause, see `test_trigger`.

    Of the planted faults every fifth is held against the failures, and what a test is about.
    """
    named = {name for name, _ in (*NAMED, *MORE)}
    some = {name: fault for i, (name, fault) in enumerate(FAULTS.items()) if i % 5 == 0 or name in named}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("electronwind.validation.diagnosis.conclude.told", lambda causes, *_: causes)
        for module in ("likeness", "suspects"):
            patch.setattr(f"electronwind.validation.diagnosis.{module}.FAULTS", some)
        yield


def judged(solver: Any, *ids: str, seconds: float = 60.0) -> Report:
    """Return a report on some checks, with its causes."""
    report = Report(
        {"name": solver.name, "version": "", "spec": "", "accuracy": 0.0, "offers": list(OBSERVABLES)},
        {"seed": 0, "quick": True, "only": "", "tiers": [], "left_out": 0, "expected_failures": {}},
        {"electronwind": ""},
        "2024-01-01T00:00:00+00:00",
        len(ids),
        [run_check(all_checks()[id], solver, effort=EFFORT) for id in ids],
        complete=True,
    )
    report.causes = conclude(report, solver, all_checks(), seconds=seconds)
    return report


def changed(name: str = "mine", **functions: Any) -> Any:
    """Return the fast solver with some functions replaced."""
    return SimpleNamespace(name=name, **({o: getattr(fast, o) for o in OBSERVABLES} | functions))


class Mine(Direct):
    """A third party's solver: quadrature of its own, with twice the friction."""

    name = "mine"

    def friction(self, system: OpenSystem) -> Any:
        """Double it."""
        return 2 * super().friction(system)


FRICTION = (
    "law.positive.friction",
    "cross.general.friction",
    "analytic.one_level.friction",
    "link.friction_response",
    "link.fluctuation_dissipation",
)


# The quadrature takes five times as long as the fast solver, and what is concluded is the same.
@pytest.fixture(scope="module", params=["fast", pytest.param("quadrature", marks=pytest.mark.slow)])
def of_mine(request: pytest.FixtureRequest, untold: None) -> Report:
    """The report on the solver with twice the friction."""
    solver = changed(friction=lambda s: 2 * fast.friction(s)) if request.param == "fast" else Mine()
    return judged(solver, *FRICTION[:4])


@pytest.fixture
def doubled(of_mine: Report) -> Report:
    """The same, to be changed by a test."""
    return copy.copy(of_mine)


def test_a_factor_is_the_cause_of_all(doubled: Report) -> None:
    """One factor in one function is named once, with all its failures, and the checks of it alone first."""
    report = doubled
    (cause,) = report.causes
    assert cause.says == "friction is multiplied by 2 (the spin factor, or Gamma for Gamma/2)"
    assert cause.known
    assert cause.observables == ("friction",)
    failed = {record.id for record in report.records if record.status in BAD}
    assert set(cause.fits) == failed >= {"cross.general.friction", "link.friction_response"}
    assert cause.follows == ()
    assert cause.fits[0] in ("cross.general.friction", "analytic.one_level.friction")
    assert cause.fits[-1].startswith("link.")
    assert re.match(r"(one|two) levels?, (one|two) coordinates?, (two|three) leads", cause.problem[0])
    assert "right" in cause.problem[1]
    assert headline(report, cause).startswith("Most likely: friction is multiplied by 2")
    assert f"({len(failed)} of {len(failed)} failures fit" in headline(report, cause)


NAMED = [
    ("wrong-in-batches", ("law.batch.transmission",)),
    ("current-of-first-lead-only", ("cross.general.current", "law.sum.current", "link.landauer")),
]
# More of these kinds.
MORE = [
    ("curl-transposed", ("cross.general.curl", "link.curl_force", "link.response_curl")),
    ("driven-force-doubled", ("link.force.driven", "link.start.driven", "law.coordinates.driven")),
    ("friction-halved", FRICTION),
    ("spin-dropped", ("law.degeneracy.force", "cross.general.force", "cross.general.friction")),
    ("noise-transposed", ("cross.general.force_noise", "link.fluctuation_response")),
    ("langevin-one-mass", ("link.newton.langevin", "link.ode.langevin")),
]


@pytest.mark.night("current-of-first")
@pytest.mark.parametrize(
    ("name", "ids"), [*NAMED, *(pytest.param(*more, marks=pytest.mark.slow) for more in MORE)]
)
def test_a_planted_fault_is_named(name: str, ids: tuple[str, ...]) -> None:
    """Mistakes of every kind are named, whatever the checks that see them."""
    report = judged(FAULTS[name].factory(), *ids)
    first = report.causes[0]
    assert name in first.faults
    assert first.known


@pytest.mark.slow
def test_two_mistakes_are_two_causes() -> None:
    """Where two mistakes explain different failures, both are named."""
    solver = changed(
        friction=lambda s: 2 * fast.friction(s),
        current=lambda s: -fast.current(s),
    )
    report = judged(solver, *FRICTION[1:3], "cross.general.current")
    assert [cause.observables for cause in report.causes] == [("friction",), ("current",)]
    assert "-1" in report.causes[1].says
    assert headline(report, report.causes[1]).startswith("Also likely: current is ")


def cold_only(system: OpenSystem) -> Any:
    """Double the friction where all leads are cold."""
    cold = all(not np.any(lead.temperature) for lead in system.leads)
    return fast.friction(system) * (2 if cold else 1)


def no_batches(name: str) -> Any:
    """Return a function that breaks on batches."""

    def ask(system: OpenSystem, *argument: Any) -> Any:
        if system.shape:
            raise IndexError("too many indices")
        return getattr(fast, name)(system, *argument)

    return ask


def test_where_it_is_wrong() -> None:
    """A function that is wrong in some situation only is said to be, from answers right and wrong."""
    (cause,) = judged(changed(friction=cold_only), "cross.cold.friction", "cross.cases.friction").causes
    assert cause.where == "all temperatures are 0"
    assert "multiplied by 2" in cause.says


def test_a_crash_has_a_place() -> None:
    """Crashes of one line are one group, with the line, and where it happens."""
    solver = changed(force=no_batches("force"), curl=no_batches("curl"))
    # No planted fault is like it, and all are tried as long as there is time.
    report = judged(solver, "law.batch.force", "law.batch.curl", "cross.general.force", seconds=1.0)
    (cause,) = report.causes
    assert "raise IndexError: too many indices, in test_causes.py:" in cause.says
    assert cause.observables == ("force", "curl")
    assert cause.where == "it is given a batch of systems"
    assert headline(report, cause).startswith("Crash: force and curl raise IndexError")
    assert "limits = {'batch': False}" in hints(report)[0]


@pytest.mark.slow
def test_like_nothing_that_is_known() -> None:
    """What fits no mistake is said to, with the simplest problem; lost digits are said to be digits."""

    def odd(system: OpenSystem) -> Any:
        value = fast.force(system)
        return value + 0.1 * np.sin(7 * value + np.arange(value.shape[-1]))

    report = judged(changed(force=odd), "cross.general.force", "law.shift.force")
    (cause,) = report.causes
    assert (cause.known, cause.says, cause.faults) == (False, "force is wrong", ())
    assert headline(report, cause).startswith("Like no mistake that is known: force is wrong (")
    assert len(cause.problem) == 2
    vague = judged(
        changed(force=lambda s: fast.force(s) * (1 + 1e-7 * np.sin(1e5 * fast.force(s)))),
        "cross.general.force",
    )
    assert vague.causes[0].says.startswith("force is right to ")
    assert "lost digits" in hints(vague)[0]


def test_consequences_are_said_to_be(doubled: Report) -> None:
    """A check that asks for a wrong function besides others, and fails for no reason of its own, follows."""
    report = doubled
    first = report.causes[0]
    cause = Cause(first.says, True, first.observables, fits=first.fits[:1], follows=first.fits[1:])
    report.causes = [cause]
    ((found, records),) = grouped(report)
    assert found is cause
    assert [record.id for record in records] == list(cause.checks)
    assert why(cause, records[0]) == ""
    assert why(cause, records[1]) == "A likely consequence: friction is wrong."
    assert why(None, records[0]) == records[0].says
    assert "more are likely to follow" in headline(report, cause)


def test_what_is_computed_from_a_wrong_value_follows() -> None:
    """Where two functions are wrong and a link between them holds, the elementary one is the root."""

    def density(system: OpenSystem) -> Any:
        return np.conj(fast.density_matrix(system))

    def force(system: OpenSystem) -> Any:
        trace = np.einsum("...mij,...ji->...m", system.gradient, density(system))
        return -system.degeneracy * trace.real

    solver = changed(density_matrix=density, force=force)
    ids = ("cross.general.density_matrix", "cross.general.force", "link.force_density", "law.basis.force")
    report = judged(solver, *ids)
    assert [record.status for record in report.records][2] == "passed"
    (cause,) = report.causes
    assert cause.observables == ("density_matrix",)
    assert "cross.general.force" in cause.follows


def test_hints_fit_the_failure() -> None:
    """A known mistake that happens to be small is no matter of claims."""
    slight = changed(force=lambda s: fast.force(s) * (1 + 1e-8))
    report = judged(slight, "cross.general.force")
    assert hints(report)
    report.causes = [Cause("a known one", True, ("force",), fits=("cross.general.force",))]
    assert not hints(report)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_terminal_begins_with_the_verdict(columns: int, doubled: Report) -> None:
    """The cause comes before the table and all failures, in lines that fit."""
    report = doubled
    stream = io.StringIO()
    show(report, Console(file=stream, width=columns))
    text = stream.getvalue()
    assert max(map(len, text.splitlines())) <= columns
    told = text[: text.index("observable ")].splitlines()
    assert told == [line.rstrip() for line in told]
    assert (
        text.index("Most likely: friction is")
        < text.index(report.causes[0].problem[0][:20])
        < text.index("observable ")
    )
    assert text.index("observable ") < text.index(report.causes[0].fits[0])
    for id in report.causes[0].fits:
        assert f"failed {id}" in text


def test_causes_are_data(doubled: Report) -> None:
    """Causes are in the report as its schema says, and come back from it; what breaks off is said."""
    report = doubled
    data = json.loads(json.dumps(report.to_dict()))
    validator = jsonschema.Draft202012Validator({**schema(), "$ref": "#/$defs/cause"})
    validator.validate(data["causes"][0])
    assert [Cause.from_dict(cause) for cause in data["causes"]] == report.causes
    call = next(r["failure"]["call"] for r in data["records"] if r["id"] == "cross.general.friction")
    assert np.allclose(np.array(call["got"]), 2 * np.array(call["want"]))


def test_a_broken_search_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdicts stand whatever the search for causes meets."""

    def broken(*_: Any, **__: Any) -> Any:
        raise IndexError("of ours")

    monkeypatch.setattr("electronwind.validation.diagnosis.conclude.conclude", broken)
    report = validate(changed(force=lambda s: -fast.force(s)), only="cross.cold.force", quick=True)
    assert report.exit_code == 1
    assert "broke off with IndexError: of ours" in report.causes[0].says
    assert "broke off" in render(report)


def test_right_solvers_have_no_causes() -> None:
    """Where nothing fails nothing is looked for."""
    report = validate("fast", only="cross.cold.force", quick=True)
    assert report.causes == []
    assert report.to_dict()["causes"] == []


@pytest.mark.parametrize("name", sorted(OBSERVABLES))
def test_the_panel_can_tell_traits(name: str) -> None:
    """Every trait is had by some question about an observable and lacked by others, and all have answers."""
    asked = list(questions(name))
    seen = [traits(system, argument) for system, argument in asked]
    takes = OBSERVABLES[name].argument
    for trait in seen[0]:
        if "energies" not in trait or takes:
            assert {True, False} == {one[trait] for one in seen}, trait
