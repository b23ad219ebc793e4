"""Real third-party codes as solvers under test: what they are given, and that their mistakes show."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import strategies as st

from electronwind import ChainLead, OpenSystem, WideBandLead, fast
from electronwind.validation import validate
from electronwind.validation.campaigns.peers.__main__ import study
from electronwind.validation.campaigns.peers.lorentzian import junction
from electronwind.validation.campaigns.peers.measure import JUNCTIONS, between, digits_of
from electronwind.validation.campaigns.peers.study import STRATEGIES, lorentzian_checks, run_seeds
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.core.check import CHECKS, Problem
from electronwind.validation.systems.transformations import changed

all_checks()
pytestmark = pytest.mark.usefixtures("hasty")
FAMILY = ("force", "friction", "curl", "current", "bond_current")

qutip = pytest.mark.skipif(
    importlib.util.find_spec("qutip") is None,
    reason="QuTiP is not installed (extra peers): its adapter was NOT tested",
)
kwant = pytest.mark.skipif(
    importlib.util.find_spec("kwant") is None,
    reason="Kwant is not installed (make peers builds it): its adapter was NOT tested",
)


def hierarchy(**more: Any) -> Any:
    """Return the adapter to QuTiP."""
    from electronwind.validation.campaigns.peers.qutip_heom import QutipHeom

    return QutipHeom(**more)


# --- telling a junction from a system -------------------------------------------------------------


def rotated(system: OpenSystem) -> OpenSystem:
    """Return the system in another basis."""
    draw = np.random.default_rng(3)
    u, _ = np.linalg.qr(draw.standard_normal((system.levels,) * 2) + 1j * np.eye(system.levels))

    def turn(matrix: Any) -> Any:
        turned = u @ matrix @ u.conj().T
        return (turned + np.conj(np.swapaxes(turned, -1, -2))) / 2

    leads = [
        WideBandLead(turn(lead.broadening), lead.mu, lead.temperature)
        for lead in system.leads
        if isinstance(lead, WideBandLead)
    ]
    return OpenSystem(turn(system.hamiltonian), turn(system.gradient), leads, system.degeneracy)


@pytest.mark.parametrize("turn", [lambda system: system, rotated])
def test_baths_are_found_in_any_basis(turn: Any) -> None:
    found = junction(turn(JUNCTIONS["two levels"](0.2)))
    got = [(b.center, b.width, b.mu, b.temperature, np.linalg.norm(b.coupling)) for b in found.baths]

    np.testing.assert_allclose(
        got,
        [(0.25, 1.5, 0.5, 0.2, np.hypot(0.75, 0.25)), (-0.5, 2, -0.25, 1.5 * 0.2, np.hypot(0.125, 1))],
        rtol=1e-12,
    )
    np.testing.assert_allclose(
        np.linalg.eigvalsh(found.hamiltonian), np.array([-1, 1]) * np.sqrt(0.25**2 + 0.625**2 + 0.25**2)
    )


def on_one_level(*leads: tuple[float, float]) -> OpenSystem:
    """Return a level beside the level of leads with these potentials and temperatures."""
    width = np.diag([0.0, 1.0])
    return OpenSystem(
        [[0.0, 0.5], [0.5, 0.0]], [np.diag([1.0, 0.0])], [WideBandLead(width, *lead) for lead in leads]
    )


ONE = JUNCTIONS["one level"](0.2)
ELSEWHERE = {
    "a chain lead": OpenSystem([[0.0]], [[[1.0]]], [ChainLead(0, 1.0, 0.0, 0.1)]),
    "more than one level": changed(ONE, leads=[WideBandLead(np.eye(3), 0.0, 0.1)]),
    "levels that overlap": changed(
        ONE,
        leads=[
            WideBandLead(np.diag([0.0, 1.0, 0.0]), 0.0, 0.1),
            WideBandLead(np.pad(np.ones((2, 2)), (1, 0)), 0.0, 0.1),
        ],
    ),
    "different potential or temperature": on_one_level((0.0, 0.1), (0.25, 0.1)),
    "between the levels of two leads": changed(ONE, hamiltonian=np.ones((3, 3))),
    "acts on the level of a lead": changed(ONE, gradient=[np.eye(3)]),
    "no level besides": OpenSystem([[0.0]], [[[1.0]]], [WideBandLead([[1.0]], 0.0, 0.1)]),
}


@pytest.mark.parametrize("words", ELSEWHERE)
def test_other_systems_are_declined_in_words(words: str) -> None:
    with pytest.raises(NotImplementedError, match=words):
        junction(ELSEWHERE[words])


def test_leads_of_one_filling_share_a_bath() -> None:
    found = junction(on_one_level((0.25, 0.1), (0.25, 0.1)))

    assert [(bath.width, bath.shares) for bath in found.baths] == [(1.0, {0: 0.5, 1: 0.5})]


def test_every_strategy_stands_for_a_check() -> None:
    assert not [start for start in STRATEGIES if not any(id.startswith(start) for id in CHECKS)]
    assert {check.id for check in lorentzian_checks(fast).values()} < set(CHECKS)


@pytest.mark.parametrize("step", [24, pytest.param(1, marks=pytest.mark.slow)])
def test_the_checks_on_lorentzian_leads_have_a_meaning_there(step: int) -> None:
    """Our own solver passes each of them: none asks for what such junctions do not have."""
    checks = dict(list(lorentzian_checks(fast).items())[::step])
    report = validate(fast, checks=checks, quick=True, seed=3, timeout=0.01)
    assert len(report.records) == len(checks) > 100 / step
    assert [(r.id, r.message) for r in report.records if r.status != "passed"] == []


# --- QuTiP ----------------------------------------------------------------------------------------


@pytest.mark.thin
@qutip
@pytest.mark.parametrize("name", [*FAMILY, "density_matrix", "response"])
@pytest.mark.parametrize("kind", JUNCTIONS)
def test_qutip_keeps_its_claim(kind: str, name: str) -> None:
    assert (digits_of(hierarchy(), name, JUNCTIONS[kind](0.5)) or 0) >= 6


@qutip
@pytest.mark.night("2-1-5", "8-7-11")
@pytest.mark.parametrize(("terms", "least", "most"), [(2, 1, 5), (4, 4, 8), (8, 7, 11)])
def test_pade_terms_bring_digits(terms: int, least: int, most: int) -> None:
    """Two terms are too few at this temperature, and the error is seen to be what it is."""
    found = digits_of(hierarchy(terms=terms), "force", JUNCTIONS["two levels"](0.3))

    assert least < (found or 0) < most


@qutip
def test_a_cold_bath_is_declined() -> None:
    for temperature in (0.0, 1e-3):
        with pytest.raises(NotImplementedError, match="more than 32 Pade terms"):
            hierarchy().force(JUNCTIONS["one level"](temperature))


@qutip
def test_an_untouched_bath_carries_no_current() -> None:
    lead = (0.25, 1.0, 0.5, 0.5)
    apart = between([[0.25]], [[[1.0]]], [([0.5], 0.0, 1.0, 0.25, 0.5), ([0.0], *lead)])

    np.testing.assert_allclose(hierarchy().current(apart), [0, 0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        hierarchy().density_matrix(apart), fast.density_matrix(apart), rtol=0, atol=1e-6
    )


@pytest.mark.thin
@qutip
@pytest.mark.parametrize("turn", [lambda system: system, rotated])
@pytest.mark.parametrize("kind", JUNCTIONS)
def test_the_density_matrix_is_that_of_all_levels(kind: str, turn: Any) -> None:
    """Entry by entry, on the levels of the leads too, in any basis; the transpose of it is far off."""
    system = turn(JUNCTIONS[kind](0.2))
    got, want = hierarchy().density_matrix(system), fast.density_matrix(system)

    np.testing.assert_allclose(got, want, rtol=0, atol=1e-6)
    assert np.max(np.abs(got.T - want)) > 0.1


@qutip
@pytest.mark.night("two levels")
@pytest.mark.parametrize("kind", JUNCTIONS)
def test_bonds_in_a_basis_that_mixes_the_leads(kind: str) -> None:
    system = rotated(JUNCTIONS[kind](0.5))

    np.testing.assert_allclose(hierarchy().bond_current(system), fast.bond_current(system), rtol=0, atol=1e-6)


@qutip
@pytest.mark.slow
def test_ordinary_checks_run_on_qutip() -> None:
    report = validate(hierarchy(), quick=True, only="cross.lorentzian*", timeout=0.1)

    assert [record.status for record in report.records] == ["passed"] * len(FAMILY)


def wrong(name: str, change: Any) -> Any:
    """Return the adapter with one of its values changed."""
    solver = hierarchy()
    right = getattr(solver, name)
    setattr(solver, name, lambda system, *argument: change(right(system, *argument)))
    return solver


MISTAKES = {
    "friction transposed": ("friction", np.transpose),
    "force sign": ("force", np.negative),
    "curl halved": ("curl", lambda value: value / 2),
    "leads swapped": ("current", lambda value: value[::-1]),
    "bonds reversed": ("bond_current", np.transpose),
    "off by 1e-4": ("force", lambda value: value * 1.0001),
}


@pytest.mark.slow
@qutip
def test_a_transposed_density_matrix_is_seen() -> None:
    """By comparison and by the force, with the checks of the study on one of its junctions."""
    fixed = st.just(Problem(JUNCTIONS["two levels"](0.5)))
    ids = ("link.force_density", "cross.general.density_matrix")
    checks = {id: replace(CHECKS[id], problems=fixed) for id in ids}
    good, bad = (
        validate(s, checks=checks, quick=True) for s in (hierarchy(), wrong("density_matrix", np.transpose))
    )

    assert set(checks) < set(lorentzian_checks(hierarchy()))
    assert [[record.status for record in report.records] for report in (good, bad)] == [
        ["passed"] * 2,
        ["failed"] * 2,
    ]


@pytest.mark.thin(most=1)
@qutip
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_adapter_is_seen(mistake: str) -> None:
    """The same check on the same junction passes with the adapter as it is, and fails with the mistake."""
    name, change = MISTAKES[mistake]
    id, fixed = f"cross.lorentzian.{name}", st.just(Problem(JUNCTIONS["two levels"](0.5)))
    checks = {id: replace(CHECKS[id], problems=fixed)}
    good, bad = (validate(s, checks=checks, quick=True) for s in (hierarchy(), wrong(name, change)))

    assert [report.records[0].status for report in (good, bad)] == ["passed", "failed"]


@pytest.mark.slow
def test_seeds_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alarms name the seed and the check; a right solver raises none."""
    lossy = SimpleNamespace(current=lambda system: fast.current(system) + 1)
    chosen = {"law.sum.current": lorentzian_checks(fast)["law.sum.current"]}
    monkeypatch.setattr(
        "electronwind.validation.campaigns.peers.study.lorentzian_checks", lambda solver: chosen
    )
    good, bad = (list(run_seeds(s, range(2)))[-1][1] for s in (fast, lossy))

    assert (good.seeds, good.status, good.alarms) == (2, {"passed": 2}, [])
    assert [alarm.split(":")[:3] for alarm in bad.alarms] == [
        [f"seed {seed}", " law.sum.current", " failed"] for seed in (0, 1)
    ]


@qutip
def test_the_study_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {"law.sum.current": lorentzian_checks(fast)["law.sum.current"]}
    for module in ("study", "__main__"):
        monkeypatch.setattr(
            f"electronwind.validation.campaigns.peers.{module}.lorentzian_checks", lambda _: chosen
        )
    for part in ("_speed", "_digits", "_pade"):
        monkeypatch.setattr(
            f"electronwind.validation.campaigns.peers.__main__.{part}", lambda *_: iter([["x"]])
        )
    done = CliRunner().invoke(study, ["qutip", "--seeds", "2", "--no-suite"])

    assert done.exit_code == 0, done.output
    assert "Lorentzian leads: 1 checks, 2 seeds: {'passed': 2}" in done.stdout


@pytest.mark.skipif(importlib.util.find_spec("kwant") is not None, reason="Kwant is installed")
def test_a_peer_that_is_not_installed_is_exit_code_3() -> None:
    done = CliRunner().invoke(study, ["kwant"])

    assert (done.exit_code, "No module named 'kwant'" in done.stderr) == (3, True)


# --- Kwant ----------------------------------------------------------------------------------------


@kwant
@pytest.mark.parametrize("name", ["density_matrix", *FAMILY, "transmission", "white_noise"])
def test_kwant_keeps_its_claim(name: str) -> None:
    from electronwind.validation.campaigns.peers.kwant_greens import KwantGreens

    assert (digits_of(KwantGreens(), name, JUNCTIONS["two levels"](0.2)) or 0) >= 9
