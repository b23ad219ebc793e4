"""The checks on trial: each lets right solvers pass and catches the mistakes it claims to catch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from electronwind import OBSERVABLES, ChainLead, OpenSystem, WideBandLead, fast
from electronwind.validation.campaigns.matrix import MANY, SOME, verdict
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.core.check import Problem
from electronwind.validation.core.tolerances import tolerance
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.faults.steady.direct import Direct
from electronwind.validation.numerics.quadrature import interpolated, panels
from electronwind.validation.run.runner import validate
from electronwind.validation.under_test.guard import Guarded
from electronwind.validation.under_test.judging import judge_problem

CHECKS = all_checks()
IDS = sorted(CHECKS)
QUICK = [id for id in IDS if CHECKS[id].cost == "cheap"]

# The guard stops these: they give no answer that could be compared.
STOPPED = {
    "array-before-batch", "array-without-repeats", "batch-of-one-squeezed", "complex-for-real",
    "confluent-poles", "edge-of-band-divides",
    "gives-up-on-degenerate-levels", "last-of-batch-lost", "one-coordinate-squeezed",
    "hair-above-zero-is-no-number", "replaces-hamiltonian", "writes-into-argument", "writes-into-hamiltonian",
}  # fmt: skip


def caught(id: str, name: str) -> bool:
    """Return whether a check finds a fault: most on any of the first few systems, some on a special one."""
    wanted = ("failed", "crashed") if name in STOPPED else ("failed",)
    return any(verdict(id, FAULTS[name].factory(), count) in wanted for count in (2, SOME, MANY))


def honest() -> Any:
    """Return a solver without mistakes that shares nothing with the fast one."""
    direct = Direct()

    def ask(name: str, system: OpenSystem, *argument: Any) -> Any:
        if not system.shape:
            return getattr(direct, name)(system, *argument)
        return np.stack([ask(name, system[i], *argument) for i in range(system.shape[0])])

    functions = {
        name: lambda system, *argument, name=name: ask(name, system, *argument) for name in OBSERVABLES
    }
    return SimpleNamespace(name="direct", version="1", accuracy=1e-11, **functions)


def rarest(id: str) -> str:
    """Return the fault of a check that the fewest checks name."""
    fame = {name: sum(name in check.catches for check in CHECKS.values()) for name in CHECKS[id].catches}
    return min(fame, key=lambda name: (fame[name], name))


# By day each family of checks is on trial once, but for the dear that other tests ask: `electronwind faults
# --quick` holds each check against all faults before a change is taken.
DEAR = {
    "analytic.wire.force", "cross.covering.transmission", "law.antisymmetric.curl", "law.real.response",
    "link.bond_density", "link.commutator", "link.curl_force", "link.force_density", "link.pairs_response",
    "link.stiffness_force", "table.transmission",
}  # fmt: skip
# What takes least to draw and to judge comes first.
SWIFT = ("transmission", "current", "density_matrix", "force", "curl", "friction")


def swiftest() -> set[str]:
    """Return for each family of checks the one that takes least; each link is a family of its own."""
    families: dict[str, list[str]] = {}
    for id in QUICK:
        family = id.rpartition(".")[0]
        families.setdefault(id if family == "link" else family, []).append(id)

    def order(id: str) -> tuple[bool, int, str]:
        of = id.rpartition(".")[2]
        return of not in SWIFT, SWIFT.index(of) if of in SWIFT else 0, id

    return {min(members, key=order) for members in families.values()}


DAY = swiftest() - DEAR
# The rarest mistake of these shows on few problems, or late: by night all that they name is on trial.
LATE = {
    "law.cold.current", "link.detailed_balance", "link.fluctuation_response", "link.response_force",
    "link.variance", "link.white_noise",
}  # fmt: skip


# One test, so that the problems are drawn once.
@pytest.mark.parametrize(
    "id", [pytest.param(id, marks=[] if id in DAY else [pytest.mark.slow]) for id in QUICK]
)
def test_the_fast_solver_passes_and_the_rarest_named_mistake_does_not(id: str) -> None:
    """Nothing stops what is right; what hardly any other check names is caught by the one that does."""
    assert verdict(id, fast, 2) == "survived"
    assert CHECKS[id].catches
    assert id in LATE or caught(id, rarest(id))


@pytest.mark.slow
@pytest.mark.parametrize("id", IDS)
def test_every_named_mistake_is_caught(id: str) -> None:
    """A check catches all that it claims to catch."""
    assert not [name for name in CHECKS[id].catches if not caught(id, name)]


@pytest.mark.slow
@pytest.mark.parametrize("id", QUICK)
def test_fast_solver_passes_at_length(id: str) -> None:
    """The fast solver passes the check on more problems."""
    assert verdict(id, fast, SOME) == "survived"


def test_every_mistake_is_named_by_some_check() -> None:
    """No fault is without a check that is there for it."""
    assert set(FAULTS) == {name for check in CHECKS.values() for name in check.catches}


def test_every_observable_has_a_law_a_link_and_the_truth() -> None:
    """Laws alone are weak: each observable is tied to others and to the truth as well."""
    tiers = {name: {c.tier for c in CHECKS.values() if name in c.observables} for name in OBSERVABLES}
    assert all({"law", "link", "cross"} <= found for found in tiers.values())


@pytest.mark.slow
@pytest.mark.parametrize("id", IDS)
def test_independent_solver_passes(id: str) -> None:
    """A solver of another kind passes, too."""
    assert verdict(id, honest()) in ("survived", "crashed")


@pytest.mark.night("response", "noise", "pair", "correlation")
@pytest.mark.parametrize("id", [id for id in IDS if id.startswith("law.cold.")])
def test_a_band_that_ends_at_a_potential_is_no_alarm(id: str) -> None:
    """There the friction goes to its value at T = 0 as the root of T, and nothing goes more slowly."""
    for level, coupling in ((0.0, 0.5625), (0.25, 0.5)):
        h = [[level, 0.125j], [-0.125j, 1.0]]
        leads = [
            WideBandLead([[0.25, 0.0], [0.0, 0.125]], 0.625, 0.0),
            ChainLead(0, 0.5625, 0.0, 0.0, onsite=-0.5, coupling=coupling),
        ]
        system = OpenSystem(h, [np.diag([1.0, 0.5]), [[0.0, 1.0], [1.0, 0.0]]], leads)
        problem = Problem(system, {"frequency": 0.5, "delays": 0.25})
        judged = list(judge_problem(CHECKS[id], Guarded(fast), problem, tolerance))
        assert len(judged) == 2
        assert all(comparison.error <= allowed for comparison, allowed in judged)


def test_interpolation_between_the_nodes_of_panels() -> None:
    poles, places = np.array([0.3 + 0.2j, 1 + 0.05j]), np.linspace(-1, 2, 1001)

    def curves(w: Any) -> Any:
        return np.stack([1 / (w - poles[0]), abs(1 / (w - poles[1])) + 0j], axis=-1)

    nodes, _ = panels(poles, [], -1.0, 2.0)
    np.testing.assert_allclose(interpolated(nodes, curves(nodes), places), curves(places), rtol=1e-9)


def test_a_response_without_imaginary_part_fails_the_oscillator() -> None:
    """Its resonance is infinitely narrow: a line on the axis that no panel resolves."""
    lossless = SimpleNamespace(force_noise=fast.force_noise, response=lambda s, w: fast.response(s, w).real)
    assert verdict("link.commutator", lossless, 2) == "failed"
    assert verdict("link.bose_einstein", lossless, 2) == "failed"


def test_panels_resolve_a_narrow_line_in_a_wide_range() -> None:
    w, weights = panels(np.array([1 + 1e-6j]), [], -(2.0**46), 2.0**46)
    assert weights @ (1e-6 / ((w - 1) ** 2 + 1e-12)) == pytest.approx(np.pi, rel=1e-9)


def _noise(value: Any) -> Any:
    return value * (1 + 0.3 * np.random.default_rng(value.size).normal(size=value.shape))


WILD = {
    "noise": _noise,
    "huge": lambda value: 1e50 * value,
    "tiny": lambda value: 1e-300 * value,
    "ones": np.ones_like,
    "absolute": lambda value: np.abs(value).astype(value.dtype),
    "rounded": np.round,
    "reversed": lambda value: value[..., ::-1],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WILD)
def test_no_answer_breaks_a_check(name: str) -> None:
    """Of a solver that is wrong throughout nothing is put on the suite, and the run comes to its end."""

    def wild(observable: str) -> Any:
        return lambda *asked: WILD[name](np.asarray(getattr(fast, observable)(*asked)))

    solver = SimpleNamespace(**{observable: wild(observable) for observable in OBSERVABLES})
    records = validate(solver, quick=True, seed=1).records
    assert [record.message for record in records if record.status == "error"] == []
    assert sum(record.status == "failed" for record in records) > 50


def test_a_body_that_leaves_its_junction_is_the_fault_of_the_solver() -> None:
    def far(*given: Any, **options: Any) -> Any:
        found = vars(fast.langevin(*given, **options))
        return SimpleNamespace(**found | {"position": 1e50 * (1 + np.abs(found["position"]))})

    assert verdict("link.force.langevin", SimpleNamespace(langevin=far), 2) == "crashed"
