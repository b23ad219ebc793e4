"""The certified tables: what is in them, proven, and the same whenever and wherever they are made."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from thinning import few

from electronwind import fast, reference
from electronwind.validation.checks.steady.table import judge
from electronwind.validation.core.check import CHECKS, Comparison, Problem
from electronwind.validation.core.tolerances import digits, natural, tolerance
from electronwind.validation.tables import TABLED, Table, call_tables, tables
from electronwind.validation.tables.problems import problem_set

flint = pytest.importorskip("flint", reason="the extra certify is not installed")

from electronwind.validation.tables import certify, pauli  # noqa: E402 - needs flint
from electronwind.validation.tables.balls import Junction, precision  # noqa: E402 - needs flint
from electronwind.validation.tables.chain import Chain  # noqa: E402 - needs flint
from electronwind.validation.tables.closed import Closed  # noqa: E402 - needs flint
from electronwind.validation.tables.integrals import Integrals  # noqa: E402 - needs flint
from electronwind.validation.tables.perfect import Perfect  # noqa: E402 - needs flint

PAIRS = [(table.id, name) for table in tables().values() for name in table.values]


def numbers(table: Table, name: str) -> list[tuple[Decimal, Decimal]]:
    """Return the stored decimal midpoints of the entries, real and imaginary part."""
    entry = table.values[name].entry
    re = np.array(entry["re"], dtype=object).ravel()
    im = np.array(entry.get("im", np.full(re.shape, "0")), dtype=object).ravel()
    return [(Decimal(x), Decimal(y)) for x, y in zip(re, im, strict=True)]


# --- what is in them ------------------------------------------------------------------------------


def test_set_is_large_and_covers_every_observable() -> None:
    """At least 60 systems, every observable on most, exceptional points and cold leads among them."""
    assert len(tables()) >= 60
    for name in TABLED:
        assert sum(name in table.values for table in tables().values()) >= 60
    systems = [table.system for table in tables().values()]
    assert max(system.levels for system in systems) == 8
    heats = [{float(lead.temperature) for lead in system.leads} for system in systems]
    assert any(len(heat) == 3 for heat in heats)
    assert {0.0, 1e-4} <= set.union(*heats)
    assert any(not system.wide_band for system in systems)


def test_every_value_has_thirty_digits() -> None:
    """The radius is below 1e-30 of the largest entry, and of all that vanishes identically."""
    for id, name in PAIRS:
        entries = numbers(tables()[id], name)
        radius = Decimal(tables()[id].values[name].entry["radius"])
        largest = max(max(abs(x), abs(y)) for x, y in entries)
        assert radius <= Decimal("1e-30") * largest or (largest == 0 and radius <= Decimal("1e-40"))


def test_stored_problems_are_those_of_the_problem_set() -> None:
    """Building the systems again gives the stored floats, so that a regeneration starts from the same."""
    assert list(tables()) == list(problem_set())
    for id, problem in problem_set().items():
        stored = tables()[id]
        assert np.array_equal(problem.system.hamiltonian, stored.system.hamiltonian), id
        asked = {name: getattr(problem, name) for name in ("energy", "frequency", "delays")}
        assert stored.arguments == asked


@cache
def of_fast(id: str) -> dict[str, list[Comparison]]:
    """Return the fast solver beside every value of a table."""
    table = tables()[id]
    problem = Problem(table.system, {"table": id, **table.arguments})
    return {name: list(judge(name, fast, problem)) for name in table.values}


@pytest.mark.parametrize("id", few(tables(), 8))
def test_fast_solver_agrees_with_every_value(id: str) -> None:
    """The closed forms in double precision reproduce the tables within their tolerance."""
    for name, found in of_fast(id).items():
        for comparison in found:
            assert comparison.error <= tolerance(comparison, tables()[id].system.levels), name


@pytest.mark.slow
def test_the_page_on_accuracy_says_what_is_measured() -> None:
    """The fewest digits of each observable are, within rounding, those of the documentation."""
    page = (Path(__file__).parents[2] / "docs" / "accuracy.md").read_text()
    rows = [line.split("|")[1:] for line in page.splitlines() if line.startswith("| `")]
    stated = {row[0].strip(" `"): (int(row[1]), float(row[3])) for row in rows}
    errors: dict[str, list[float]] = {name: [] for name in TABLED}
    for id, name in PAIRS:
        errors[name] += [comparison.error for comparison in of_fast(id)[name]]
    assert stated.keys() == errors.keys()
    for name, (systems, fewest) in stated.items():
        assert len(errors[name]) == systems
        assert digits(max(errors[name])) == pytest.approx(fewest, abs=0.3), name


def disagreement(id: str, name: str) -> float:
    """Return the distance of the reference at 30 digits from a stored value, after both their errors."""
    table = tables()[id]
    argument = table.argument(name)
    extra = () if argument is None else (argument,)
    values = np.ravel(getattr(reference, name)(table.system, *extra, digits=30))
    with mpmath.workdps(50):
        stored = [mpmath.mpc(str(x), str(y)) for x, y in numbers(table, name)]
        worst = max(abs(x - y) for x, y in zip(values, stored, strict=True))
        size = max([natural(name, table.system, *extra), *(float(abs(x)) for x in stored)])
        return float(worst) - 2 * table.values[name].radius - 1e-29 * size * table.values[name].condition


@pytest.mark.night("response", "bent-chain", "chain-warm")
@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("two-level-at-minus-0.2", "friction"),
        ("exceptional-2-cold", "curl"),
        ("two-level-at-unequal-temperatures", "white_noise"),
        ("chain-warm", "current"),
        ("bent-chain-at-warm", "density_matrix"),
        ("three-2", "response"),
    ],
)
def test_reference_agrees(id: str, name: str) -> None:
    """Quadrature of the definition gives the same thirty digits."""
    assert disagreement(id, name) <= 0


@pytest.mark.slow
@pytest.mark.parametrize("id", [table.id for table in tables().values()])
def test_reference_agrees_with_every_value(id: str) -> None:
    """Quadrature of the definitions gives the same thirty digits of everything that is stored."""
    wrong = [name for name in tables()[id].values if disagreement(id, name) > 0]
    assert not wrong


# --- the proofs -----------------------------------------------------------------------------------


def overlap(left: Any, right: Any) -> bool:
    """Return whether two arrays of balls enclose a common value."""
    pairs = zip(np.ravel(certify._array(left)), np.ravel(certify._array(right)), strict=True)
    return all(flint.acb(x).overlaps(flint.acb(y)) for x, y in pairs)


@pytest.mark.night("two-level", "curl-warm-2")
@pytest.mark.thin
@pytest.mark.parametrize("id", ["two-level-at-0", "exceptional-3-cold", "warm-2", "degenerate-cold"])
@pytest.mark.parametrize("name", ["density_matrix", "curl", "current"])
def test_closed_form_and_integral_overlap(id: str, name: str) -> None:
    """The closed form and the certified integral of the definition enclose the same value."""
    with precision(192):
        at = Junction(tables()[id].system)
        narrow, wide = getattr(Closed(at, 1e-30), name)(), getattr(Integrals(at, 1e-30), name)()
        assert overlap(narrow, wide)
        assert all(flint.acb(z).rad() < 1e-25 for z in np.ravel(certify._array(wide)))


def test_perfect_chain_and_integral_overlap() -> None:
    """On the window of the bias the plane waves give what the Green's functions of the chain give."""
    with precision(192):
        at = Junction(tables()["perfect-3"].system)
        assert overlap(Perfect(at, 1e-30).curl(), Integrals(at, 1e-30).curl())
        assert overlap(Perfect(at, 1e-30).current(), Integrals(at, 1e-30).current())


def test_noise_kernels_overlap() -> None:
    """The integral for unequal temperatures gives the closed form where they are equal."""
    with precision(192):
        at = Junction(tables()["exceptional-2-warm"].system)
        closed = Closed(at, 1e-40)
        chain = Chain([closed.retarded(), closed.advanced(), closed.retarded(), closed.advanced()])
        mu, heat = (at.mu[0], at.mu[1]), (at.temperature[0], at.temperature[1])
        short = pauli.pauli_kernel(mu, heat, chain, 1e-40)
        assert short is not None
        long = pauli._window_kernel(mu, heat, chain, 1e-40)
        for hull, size in chain.clusters:
            for m in range(size):
                assert long(hull, m).overlaps(short(hull, m))
                assert long(hull, m).rad() < 1e-35


def test_wrong_digit_does_not_hold() -> None:
    """A stored value that is off in its last digits is not confirmed."""
    table = tables()["two-level-cold"]
    entry = json.loads(json.dumps(table.values["force"].entry))
    assert certify.holds("force", table.system, None, entry)
    entry["re"][0] = str(Decimal(entry["re"][0]) + 3 * Decimal(entry["radius"]))
    assert not certify.holds("force", table.system, None, entry)


def test_vanishing_value_is_enclosed_around_zero() -> None:
    """The curl at equilibrium is zero within an absolute radius."""
    value = tables()["equilibrium-2"].values["curl"]
    assert not np.any(value.midpoint)
    assert 0 < value.radius <= 1e-40


# --- the checks -----------------------------------------------------------------------------------


def test_one_check_per_observable_draws_every_table() -> None:
    """The tier holds each observable against all its tables, and each call against all questions."""
    asked = {table.call for table in call_tables().values()}
    tier = {id for id in CHECKS if id.startswith("table.")}
    assert {f"table.{name}" for name in {*TABLED, *asked}} == tier


def test_check_measures_against_the_stored_digits() -> None:
    """A solver that is off by a part in 10^9 fails, with the stored condition number."""

    class Off:
        @staticmethod
        def force(system: Any) -> Any:
            return np.asarray(fast.force(system)) * (1 + 1e-9)

    table = tables()["two-level-at-0"]
    (found,) = judge("force", Off, Problem(table.system, {"table": table.id}))
    assert isinstance(found, Comparison)
    assert found.condition == table.values["force"].condition
    assert found.error > tolerance(found, 2)
