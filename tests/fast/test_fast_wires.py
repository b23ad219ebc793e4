"""Runs of chains in O(n^2) a step: against other ways, their budgets, their order and their doors."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import numpy as np
import pytest
from little_chains import LittleChain, springs
from thinning import few

from electronwind import ClassicalBody, Units, fast, models, reference
from electronwind.fast import adams, compiled, sliced
from electronwind.fast.compiled_modes import loops_modes
from electronwind.fast.flight import Flight
from electronwind.fast.hopping import chain_of

FIELDS = ("position", "velocity", "force", "current", "kinetic", "potential", "electronic", "work")
TIMES = np.array([0.0, 0.7, 1.5, 3.0])

WIRES: dict[str, Any] = {
    "matched": models.wire(3, bias=0.5, buffer=2),
    "next to the lead": models.wire(2, bias=0.5, buffer=1),
    "probes": models.wire(2, bias=0.5, ends="probes", electrode=2, buffer=1, broadening=2.0),
    "cold": models.wire(2, bias=0.5, temperature=0.0, buffer=2),
    "at rest": models.wire(2, bias=0.0, buffer=3),
    "a user's": LittleChain(3, 3),
    "two temperatures, one of them zero": LittleChain(2, 2, probes=2, temperature=(0.05, 0.0)),
}

SHORT = {f"{n} atoms, {k} beside": models.wire(n, bias=0.5, buffer=k) for n in (1, 2) for k in (1, 2)}


def body_of(wire: Any, mass: float = 10.0) -> ClassicalBody:
    return springs(wire.atoms) if isinstance(wire, LittleChain) else wire.body(mass)


def start_of(wire: Any, size: float = 0.05) -> tuple[Any, Any]:
    rng = np.random.default_rng(7)
    return wire.rest + size * rng.uniform(-1, 1, wire.atoms), 0.02 * rng.uniform(-1, 1, wire.atoms)


def run(wire: Any, times: Any = TIMES, **options: Any) -> Any:
    options = {"method": "neighbours"} | options
    return fast.ehrenfest(wire, body_of(wire), start_of(wire), times, **options)


@cache
def general(name: str) -> Any:
    return run(WIRES[name], accuracy=1e-10, method="modes")


@pytest.mark.night("at rest", "matched", "probes")
@pytest.mark.parametrize("name", few(WIRES, 2))
def test_agrees_with_the_general_way(name: str) -> None:
    """All that both record, to 1e-8 of what is asked for to 1e-10."""
    got, want = run(WIRES[name], accuracy=1e-10), general(name)
    assert (got.kernel[:10], want.kernel) == ("neighbours", "modes")
    for field in FIELDS:
        assert np.max(np.abs(getattr(got, field) - getattr(want, field))) < 1e-8, field


@pytest.mark.slow
def test_agrees_with_the_reference() -> None:
    """The other house knows neither chains nor poles."""
    wire, times = models.wire(1, bias=0.5, buffer=1), [0.0, 0.1, 0.25]
    got = run(wire, times, accuracy=1e-10)
    want = reference.ehrenfest(wire, body_of(wire), start_of(wire), times, digits=10)
    for field in FIELDS:
        off = np.abs(getattr(got, field) - np.asarray(getattr(want, field), float))
        assert np.max(off) < 1e-8, field


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("end", [0.1, 0.25])
@pytest.mark.parametrize("name", SHORT)
def test_short_runs_keep_the_accuracy(name: str, end: float) -> None:
    """Also where the stages of a step see nothing of what it errs by: the force is off by no more."""
    wire = SHORT[name]
    want = run(wire, [0.0, end], accuracy=1e-12, method="modes")
    steepest = 4 * np.max(np.abs(wire.bonds(wire.rest).slope))
    for accuracy in (1e-7, 1e-9, 1e-11):
        got = run(wire, [0.0, end], accuracy=accuracy)
        assert np.max(np.abs(got.force - want.force)) < steepest * accuracy


@pytest.mark.night("at rest", "probes", "matched")
@pytest.mark.thin
@pytest.mark.parametrize("accuracy", [1e-5, 1e-7])
@pytest.mark.parametrize("name", few(WIRES, 2))
def test_errors_are_claimed(name: str, accuracy: float) -> None:
    """Coordinates are off by less than is stated, and that is less than what was asked for."""
    got, want = run(WIRES[name], accuracy=accuracy), general(name)
    assert np.max(np.abs(got.position - want.position)) < got.error < accuracy


@pytest.mark.night("at rest", "probes", "matched")
@pytest.mark.parametrize("name", few(WIRES, 2))
def test_order_four(name: str) -> None:
    """Half the step takes a sixteenth of the drift of the energy, and of the error of coordinates."""
    want = general(name)
    drifts, errors = [], []
    size = np.max(np.abs(np.diagonal(WIRES[name].hamiltonian(WIRES[name].rest), 1)))
    for step in (0.1 / size, 0.05 / size):
        got = run(WIRES[name], step=step)
        assert got.step == pytest.approx(step, rel=0.05)
        total = got.kinetic + got.potential + got.electronic - got.work
        drifts.append(np.max(np.abs(total - total[0])))
        errors.append(np.max(np.abs(got.position - want.position)))
    assert drifts[0] / drifts[1] > 10
    assert errors[0] / errors[1] > 10


@pytest.mark.night("next to the lead", "cold")
@pytest.mark.parametrize("name", few(WIRES, 2, 1))
def test_budgets(name: str) -> None:
    """Electrons are as many as entered, to rounding; energy is what leads gave, to the accuracy."""
    got = run(WIRES[name], accuracy=1e-9)
    charge = got.charge - np.sum(got.entered, axis=-1)
    assert np.max(np.abs(charge - charge[0])) < 1e-12
    total = got.kinetic + got.potential + got.electronic - got.work
    assert np.max(np.abs(total - total[0])) < 1e-8
    assert got.poles > 0
    assert got.lost < 1e-11


@pytest.mark.night("matched", "next to", "at rest")
@pytest.mark.parametrize("name", WIRES)
def test_starts_in_the_steady_state(name: str) -> None:
    """Currents of leads and bonds are those at rest, and a body that does not move leaves them so."""
    wire = WIRES[name]
    heavy = ClassicalBody(1e18, body_of(wire).potential)
    got = fast.ehrenfest(wire, heavy, (wire.rest, 0 * wire.rest), [0.0, 5.0], method="neighbours")
    system = wire.at(wire.rest)
    assert np.allclose(got.current, fast.current(system), rtol=0, atol=1e-12)
    bonds = np.diagonal(fast.bond_current(system), 1)
    assert np.allclose(got.bond_current, bonds, rtol=0, atol=1e-12)
    assert np.allclose(got.force, fast.force(system), rtol=0, atol=1e-10)
    # At rest the budgets of two leads are the same flow, with either sign.
    assert np.allclose(got.entered[-1], 5 * fast.current(system), rtol=0, atol=1e-11)


def test_bond_currents_balance_the_charge() -> None:
    """A level without a lead fills by what comes in on one side and does not leave on the other."""
    wire, step = WIRES["matched"], 1e-3
    got = fast.ehrenfest(
        wire, body_of(wire), start_of(wire), [3.0, 4.0, 4.0 + step, 4.0 + 2 * step], method="neighbours"
    )
    inner = got.bond_current[2, :-1] - got.bond_current[2, 1:]
    first, last = got.bond_current[2, 0], got.bond_current[2, -1]
    rate = (got.charge[3] - got.charge[1]) / (2 * step)
    # All levels together: the ends are fed by the leads.
    assert np.sum(got.current[2]) == pytest.approx(rate, abs=1e-6)
    assert np.sum(inner) == pytest.approx(first - last, abs=1e-12)
    assert abs(first - last) > 1e-4


def test_long_chains_choose_it_themselves() -> None:
    """From so many levels on, and only where the family is a chain."""
    times = [0.0, 0.2]
    long, short = models.wire(4, bias=0.5), models.wire(4, bias=0.5, buffer=2)
    assert run(long, times, method=None).kernel.startswith("neighbours")
    assert run(short, times, method=None).kernel == "modes"


@pytest.mark.slow
def test_one_quantum_of_conductance() -> None:
    """Below the critical bias the current is G0 V to 0.2 per cent, while the atoms move."""
    wire = models.wire(30, bias=0.1)
    units, rng = Units(), np.random.default_rng(1)
    start = (wire.rest + 1e-3 * rng.normal(size=30), np.zeros(30))
    got = fast.ehrenfest(wire, wire.body(10.0), start, units.from_femtosecond(np.linspace(0, 60, 13)))
    assert np.mean(got.current[5:, 0]) == pytest.approx(0.1 / np.pi, rel=2e-3)


def test_the_wide_wire_drifts_little() -> None:
    """Nothing asked for: 60 atoms at half a volt lose less than 1e-6 eV in 10 fs."""
    wire, rng = models.wire(60, bias=0.5), np.random.default_rng(3)
    start = (wire.rest + 0.01 * rng.normal(size=60), np.zeros(60))
    got = fast.ehrenfest(wire, wire.body(10.0), start, Units().from_femtosecond([0.0, 5.0, 10.0]))
    total = got.kinetic + got.potential + got.electronic - got.work
    assert np.max(np.abs(total - total[0])) < 1e-6


def test_batches() -> None:
    """A batch is its runs, with common steps."""
    wire = WIRES["matched"]
    starts = np.stack([wire.rest + shift for shift in (0.02, 0.05 * np.array([1, -1, 1]))])
    options: dict[str, Any] = {"method": "neighbours", "step": 0.02}
    both = fast.ehrenfest(wire, body_of(wire), (starts, 0 * starts), TIMES, **options)
    for k, x in enumerate(starts):
        one = fast.ehrenfest(wire, body_of(wire), (x, 0 * x), TIMES, **options)
        assert np.allclose(both.position[k], one.position, rtol=0, atol=1e-13)
        assert np.allclose(both.bond_current[k], one.bond_current, rtol=0, atol=1e-12)
    assert both.charge.shape == (2, 4)


def test_frozen_leads_are_another_approximation() -> None:
    """They inject what they did at the start: the same while nothing has happened, another current later."""
    wire = WIRES["next to the lead"]
    exact, frozen = (run(wire, TIMES[:3], accuracy=1e-9, source=source) for source in ("exact", "frozen"))
    assert frozen.poles == 0
    assert np.array_equal(exact.current[0], frozen.current[0])
    assert np.max(np.abs(exact.current[-1] - frozen.current[-1])) > 1e-4
    total = frozen.kinetic + frozen.potential + frozen.electronic - frozen.work
    assert np.max(np.abs(total - total[0])) < 1e-8


# One site more and one pole less than the loops have beside each other, and more than those.
SHAPES = [(2, 1, [0]), (7, 3, [0, 6]), (5, 15, [0, 1, 2, 3, 4]), (3, 17, [1]), (40, 9, [0, 1, 38, 39])]


@pytest.mark.night("False")
@pytest.mark.thin
@pytest.mark.parametrize(("n", "p", "sites"), SHAPES)
@pytest.mark.parametrize("plain", [True, False])
def test_loops_are_the_slices(n: int, p: int, sites: list[int], plain: bool) -> None:
    """Compiled or not, the loops do what whole matrices do."""
    rng = np.random.default_rng(n)
    plainly = compiled.Engine(compiled.loops_density, loops_modes, "")
    density, modes, _ = plainly if plain else compiled.engine()

    def entries(*shape: int) -> Any:
        return rng.normal(size=shape) + 1j * rng.normal(size=shape)

    hopping, levels = rng.normal(size=(3, n - 1)), rng.normal(size=n) - 0.3j * rng.random(n)
    points = rng.normal(size=p) + 1j * np.geomspace(0.1, 1e3, p)
    arguments = (entries(n, p), hopping, rng.normal(size=n - 1), levels, entries(n, p), points)
    arguments += (rng.integers(0, 2, p), rng.normal(size=p), 0.07)
    # What is injected is added to what there is.
    inflows = np.repeat(entries(1, 2, 2, n), 2, axis=0)
    found = [f(*arguments, to) for f, to in zip((modes, sliced.modes), inflows, strict=True)]
    assert np.allclose(*found, rtol=0, atol=1e-12)
    assert np.allclose(*inflows, rtol=0, atol=1e-11)
    sigma = entries(n, n)
    sigma = np.pad(sigma + sigma.conj().T, 1)
    ends = np.zeros((2, 2, n + 2, n + 2))
    inflow, parts = entries(3, len(sites), n), np.stack([sigma.real, sigma.imag])
    arguments = (parts, hopping, levels.real.copy(), rng.random(n), inflow, np.array(sites), 0.07)
    found = [f(*arguments, to) for f, to in zip((density, sliced.density), ends, strict=True)]
    for one, other in zip(*found, strict=True):
        assert np.allclose(one, other, rtol=0, atol=1e-12)
    assert np.allclose(np.triu(ends[0]), np.triu(ends[1]), rtol=0, atol=1e-12)


@pytest.mark.slow
def test_loops_are_compiled_once() -> None:
    """It takes longer than many a run: whatever a chain is, its arrays are of the same kinds."""
    test_loops_are_the_slices(*SHAPES[0], plain=False)
    for name in ("probes", "a user's"):
        run(WIRES[name], (0.0, 2.0**-10), accuracy=1e-6)
    assert [len(getattr(f, "signatures", "1")) for f in compiled.engine()[:2]] == [1, 1]


def test_equal_steps_share_their_weights() -> None:
    """A run with records at equal distances works out the weights of few steps, as most are equal."""
    wire, times = WIRES["matched"], np.linspace(0.0, 6.0, 5)
    body, x = body_of(wire), np.asarray(start_of(wire)[0])[None]
    chain = chain_of(wire)
    assert chain is not None
    flight = Flight(wire, chain, body, x, np.zeros_like(x), times, None, 0.02, False)
    adams.ahead.cache_clear()
    steps = 0
    while not flight.done:
        flight.advance()
        steps += 1

    # The first ones grow, and the step is another one once.
    assert steps > 300
    assert adams.ahead.cache_info().misses < 60


@pytest.mark.slow
def test_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numpy alone gives the same run, and the result says which it was."""
    wire = WIRES["matched"]
    want = run(wire, TIMES[:2], accuracy=1e-8)
    monkeypatch.setitem(sys.modules, "numba", None)
    compiled.engine.cache_clear()
    try:
        got = run(wire, TIMES[:2], accuracy=1e-8)
    finally:
        compiled.engine.cache_clear()
    assert got.kernel == "neighbours (numpy)"
    for field in FIELDS:
        assert np.allclose(getattr(got, field), getattr(want, field), rtol=0, atol=1e-11), field


def test_steps_of_coordinates_are_exact_for_polynomials() -> None:
    """Any past times: accelerations of the degree that they determine."""
    past, degree = (0.0, -0.7, -1.1, -2.6), 3
    t = np.array(past)
    for fraction in (0.5, 1.0):
        way = adams.ahead(past, fraction) @ t**degree
        assert way == pytest.approx(fraction ** (degree + 2) / ((degree + 1) * (degree + 2)), rel=1e-12)
    known = (1.0, *past)
    assert adams.gained(known) @ np.array(known) ** 4 == pytest.approx(1 / 5, rel=1e-12)
