"""What a lead answers of itself, and the leads that it becomes: held against its self-energy."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import electronwind
from electronwind import ChainLead, Lead, PeriodicLead, WideBandLead, fast, reference, validation
from electronwind.fast.leads import ranges, self_energy
from electronwind.validation.numerics.waves import self_energy as by_waves

MU = np.array([0.25, -0.5])
CHAIN = ChainLead(1, [-0.7, 0.4], MU, 0.1, 0.2, 0.3)
LEADS: dict[str, Lead] = {
    "wide-band": WideBandLead([[0.5, 0.1j], [-0.1j, 0.3]], MU, 0.1),
    "chain": CHAIN,
    "periodic": PeriodicLead(
        [1, 0],
        [[0.1, 0.3j], [-0.3j, -0.2]],
        [[0.0, 0.1], [0.5 + 0.25j, 0.0]],
        MU,
        0.1,
        [[0.3j, 0], [0.2, 0.7]],
    ),
}
every_kind = pytest.mark.parametrize("lead", LEADS.values(), ids=LEADS)
# Off the axis, where nothing hangs on which side of an edge it is.
ENERGIES = np.array([-0.4, 0.15, 1.3]) + 0.2j
KINDS = {cls.__name__ for cls in Lead.__subclasses__()}


def placed(lead: Lead, energies: Any = ENERGIES, levels: int = 2) -> Any:
    """Return the self-energy on all levels of a system, shape (batch, E, n, n)."""
    found = np.zeros((2, len(energies), levels, levels), complex)
    sites = np.array(lead.sites)
    found[..., sites[:, None], sites] = self_energy(lead, energies)
    return found


def same(got: Any, want: Any) -> None:
    assert np.abs(want).max() > 0.01
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-13)


@every_kind
def test_shifted(lead):
    """All energies of the lead are counted from elsewhere, the electrons' as well."""
    moved = lead.shifted(0.375)

    same(placed(moved, ENERGIES + 0.375), placed(lead))
    assert np.array_equal(moved.mu, lead.mu + 0.375)


@every_kind
def test_conjugated(lead):
    """With time reversed what is retarded is transposed."""
    same(placed(lead.conjugated()), np.swapaxes(placed(lead), -1, -2))


@every_kind
def test_holes(lead):
    """A hole at E is an electron missing at -E."""
    turned = lead.holes()

    same(placed(turned), -np.conj(placed(lead, -np.conj(ENERGIES))))
    assert np.array_equal(turned.mu, -lead.mu)


@every_kind
@pytest.mark.parametrize("factor", [0.75, np.array([0.5, 2.0])], ids=["one", "each"])
def test_strengthened(lead, factor):
    """The self-energy is of second order in what couples the lead."""
    square = np.broadcast_to(factor, (2,))[:, None, None, None] ** 2

    same(placed(lead.strengthened(factor)), square * placed(lead))


@every_kind
def test_rotated(lead):
    """In another basis it is the same operator."""
    c, s = 0.6, 0.8j
    basis = np.array([[c, s], [s, c]])

    same(placed(lead.rotated(basis)), basis @ placed(lead) @ basis.conj().T)


@every_kind
def test_moved(lead):
    """Each level takes its rows along."""
    places = [2, 0]
    want = np.zeros((2, 3, 4, 4), complex)
    want[..., np.array(places)[:, None], places] = placed(lead)

    same(placed(lead.moved(places, 4), levels=4), want)


@every_kind
def test_copied(lead):
    """On copies of the system the self-energies add up to a copy for each."""
    found = sum(placed(one, levels=6) for one in lead.copied(3, 2))

    same(found, np.kron(np.eye(3), placed(lead)))


@pytest.mark.parametrize("name", ["wide-band", "chain", "cells"])
def test_peak_is_the_broadening_at_the_centre(name):
    """Exact for a wide band and a chain, and for a chain written as cells."""
    onsite, hopping, coupling = CHAIN.cell
    cells = PeriodicLead(CHAIN.sites, onsite, hopping, MU, 0.1, coupling)
    lead = {**LEADS, "cells": cells}[name]
    sigma = self_energy(lead, np.array([0.2]))[..., 0, :, :]

    same(np.broadcast_to(lead.peak, sigma.shape), 1j * (sigma - np.conj(np.swapaxes(sigma, -1, -2))))
    assert lead.width == pytest.approx(np.max(np.linalg.norm(lead.peak, 2, axis=(-2, -1))))


@every_kind
def test_cell_has_the_bands_of_the_lead(lead):
    """Its Bloch waves reach the ends of the bands; a lead without bands has none."""
    if lead.wide_band:
        assert lead.cell is None
        return
    onsite, hopping, coupling = lead.cell
    k = np.linspace(-np.pi, np.pi, 2001)
    one = hopping[..., None, :, :] * np.exp(1j * k)[:, None, None]
    bands = np.linalg.eigvalsh(onsite[..., None, :, :] + one + np.conj(np.swapaxes(one, -1, -2)))

    ends = ranges(lead)
    np.testing.assert_allclose(bands.min(axis=(-1, -2)), ends.min(axis=(-1, -2)), rtol=0, atol=1e-5)
    np.testing.assert_allclose(bands.max(axis=(-1, -2)), ends.max(axis=(-1, -2)), rtol=0, atol=1e-5)
    assert coupling.shape[-2:] == (len(lead.sites), onsite.shape[-1])


def test_only_a_chain_is_given_as_one():
    """Closed forms for a chain are not asked of anything else."""
    assert {name: lead.chain is lead for name, lead in LEADS.items()} == {
        "wide-band": False,
        "chain": True,
        "periodic": False,
    }


@pytest.mark.parametrize("name", list(LEADS))
def test_waves_take_what_the_lead_says(name):
    """The judge's own self-energy needs no more of a lead than its cell."""
    lead = LEADS[name].take(np.array(1), (2,))
    energies = np.array([-0.31, 0.17, 0.93])

    sigma, _ = by_waves(lead, 2, energies)

    want = np.zeros((3, 2, 2), complex)
    want[:, np.array(lead.sites)[:, None], lead.sites] = self_energy(lead, energies + 0j)
    np.testing.assert_allclose(sigma, want, rtol=0, atol=1e-9)


def _asked(text: str) -> list[int]:
    """Return the lines that ask of which kind a lead is."""
    lines: list[int] = []
    # Most files need not be parsed.
    if not any(kind in text for kind in KINDS):
        return lines
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("isinstance", "issubclass"):
            names = {getattr(part, "id", getattr(part, "attr", "")) for part in ast.walk(node.args[1])}
            if names & KINDS:
                lines.append(node.lineno)
        elif isinstance(node, ast.MatchClass) and getattr(node.cls, "id", "") in KINDS:
            lines.append(node.lineno)
    return lines


def test_nobody_asks_of_which_kind_a_lead_is():
    """A new kind of lead would have to be told to whoever did."""
    houses = electronwind, fast, reference, validation
    files = {path.resolve() for house in houses for path in Path(str(house.__file__)).parent.rglob("*.py")}
    assert len(files) > 300

    asked = [f"{path}:{line}" for path in files for line in _asked(path.read_text())]

    assert asked == []
