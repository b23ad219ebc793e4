"""When a wire begins to move: slow-motion friction, the response at the frequency of the mode, and a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import linalg

from electronwind import Units, fast, models

# In 1/fs; one unit of frequency is eV / hbar.
RATE = 1 / Units().femtosecond(1.0)
ATOMS, MASS, BIAS = 60, 10.0, 0.122
PAGE = (Path(__file__).parents[2] / "docs" / "wires.md").read_text(encoding="utf-8")


def growth_in_step(wire: models.wire, frequency: float) -> float:
    """Return the largest growth in 1/fs, near a real frequency, under the response at that frequency."""
    body = wire.body(MASS)
    stiffness = fast.stiffness(wire, body, wire.rest)
    still, moving = fast.response(wire.at(wire.rest), np.array([0.0, frequency]))
    squares = linalg.eigvals((stiffness + np.real(still) - moving) / body.mass[0])
    roots = np.sqrt(squares.astype(complex))
    roots = np.where(np.real(roots) < 0, -roots, roots)
    near = np.abs(np.real(roots) - frequency) < 0.02 * frequency
    return float(np.max(np.imag(roots)[near])) * RATE


@pytest.mark.slow
def test_friction_of_slow_motion_is_too_little_for_long_wires() -> None:
    """Electrons cross 60 atoms in half a period: the run decays where slow motion would grow. A minute."""
    wire = models.wire(ATOMS, bias=BIAS)
    body = wire.body(MASS)
    x = fast.relaxed(wire, body, wire.rest)
    found = fast.vibrations(wire, body, x)
    k = int(np.argmax(np.imag(found.frequencies)))
    omega, mode = found.frequencies[k], found.modes[:, k]
    slow = float(omega.imag) * RATE
    assert 5e-4 < slow < 1e-3
    assert growth_in_step(wire, abs(float(omega.real))) < 2e-4
    mode = mode * 2e-3 / np.max(np.abs(mode))
    start = (x + np.real(mode), np.real(-1j * omega * mode))
    femto = np.linspace(0.0, 800.0, 401)
    run = fast.ehrenfest(wire, body, start, Units().from_femtosecond(femto), accuracy=1e-7)
    early, late = (float(np.mean(run.kinetic[(femto >= a) & (femto < a + 150)])) for a in (300.0, 650.0))
    assert late < 0.85 * early
    assert np.exp(2 * slow * 350) > 1.5


# Atoms; the bias in volt from which on they move, under the response of the electrons in step with them;
# frequency of the mode that begins, in 1/fs.
THRESHOLDS = [
    (10, 0.1921, 0.2874),
    pytest.param(20, 0.1692, 0.2570, marks=pytest.mark.slow),
    pytest.param(30, 0.1568, 0.2379, marks=pytest.mark.slow),
    pytest.param(60, 0.1227, 0.1795, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("atoms", "bias", "frequency"), THRESHOLDS)
def test_where_wires_begin_to_move(atoms: int, bias: float, frequency: float) -> None:
    """Motion falls 0.5 mV below what the page says and grows above: a real frequency, whatever its size."""
    assert f"| {atoms} | " in PAGE
    assert f" {bias:.4f} V |" in next(line for line in PAGE.splitlines() if line.startswith(f"| {atoms} | "))
    for shift, grows in ((-5e-4, False), (5e-4, True)):
        wire = models.wire(atoms, bias=bias + shift)
        assert (growth_in_step(wire, frequency / RATE) > 0) == grows
