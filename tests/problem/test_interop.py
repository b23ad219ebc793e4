"""Problems made of what other packages have."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from electronwind import InvalidSystemError, UnsupportedError, fast
from electronwind.fast.leads import self_energy
from electronwind.interop import from_kwant, from_sisl

kwant_installed = pytest.mark.skipif(
    importlib.util.find_spec("kwant") is None, reason="Kwant is not installed: see docs/peers.md"
)
H = np.array([[0.1, -1.0, 0.0], [-1.0, 0.3, 0.5j], [0.0, -0.5j, -0.2]])


class Cells:
    """A lead as kwant has it: two sites a cell, the first of which is the interface."""

    def cell_hamiltonian(self, params: Any = None) -> Any:
        """Return the Hamiltonian of a cell."""
        return np.array([[0.2, 0.6j], [-0.6j, -0.1]])

    def inter_cell_hopping(self, params: Any = None) -> Any:
        """Return the hopping from the last interface to a cell."""
        return np.array([[0.3], [-0.8]])


class Finished:
    """A finalized system as kwant has it: a site of two orbitals and one of one."""

    lead_interfaces = (np.array([1]), np.array([1]))

    def __init__(self, *leads: Any) -> None:
        self.leads = leads

    def hamiltonian_submatrix(self, params: Any = None, return_norb: bool = False) -> Any:
        """Return h, and the orbitals of each site twice."""
        assert return_norb
        return H, np.array([2, 1]), np.array([2, 1])


def test_orbitals_of_the_interface_and_direction_of_the_hopping() -> None:
    """Sites of several orbitals count as levels, and the hopping runs outwards."""
    one = from_kwant(Finished(Cells(), Cells()), [np.eye(3)], [0.1, -0.1], [0.0, 0.2], degeneracy=2)

    assert np.array_equal(one.hamiltonian, H)
    assert [lead.sites for lead in one.leads] == [(2,), (2,)]
    assert np.array_equal(one.leads[0].coupling, [[0.3, -0.8]])
    assert np.array_equal(one.leads[0].hopping, [[0.3, -0.8], [0, 0]])
    assert [float(lead.mu) for lead in one.leads] == [0.1, -0.1]
    assert [float(lead.temperature) for lead in one.leads] == [0.0, 0.2]
    assert one.degeneracy == 2


def test_what_is_none_is_refused_in_words() -> None:
    """Another object, another number of potentials and a lead without cells are refused, by name."""
    good = Finished(Cells(), Cells())
    with pytest.raises(InvalidSystemError, match="system"):
        from_kwant("no system", [np.eye(3)], [0, 0], [0, 0])
    with pytest.raises(InvalidSystemError, match="mu"):
        from_kwant(good, [np.eye(3)], [0.0], [0, 0])
    with pytest.raises(InvalidSystemError, match="temperature"):
        from_kwant(good, [np.eye(3)], [0, 0], 0.1)
    with pytest.raises(UnsupportedError, match=r"leads\[1\]"):
        from_kwant(Finished(Cells(), object()), [np.eye(3)], [0, 0], [0, 0])


# Without MUMPS, kwant says so.
@pytest.mark.filterwarnings("ignore:MUMPS is not available:RuntimeWarning")
@kwant_installed
def test_self_energies_and_transmission_of_kwant() -> None:
    """The self-energies of the leads and the transmission are those that kwant has itself."""
    import kwant

    lat = kwant.lattice.square(norbs=2)
    rng = np.random.default_rng(4)
    raw = rng.normal(size=(4, 2, 2)) + 1j * rng.normal(size=(4, 2, 2))
    onsite, along, across = (raw[0] + raw[0].conj().T) / 4, raw[1] / 2, raw[2] / 2

    def built(symmetry: Any = None) -> Any:
        made = kwant.Builder(symmetry) if symmetry else kwant.Builder()
        for x in range(1 if symmetry else 2):
            for y in range(2):
                made[lat(x, y)] = onsite + (0 if symmetry else 0.3 * x * np.eye(2))
        made[kwant.builder.HoppingKind((0, 1), lat)] = across
        made[kwant.builder.HoppingKind((1, 0), lat)] = along
        return made

    device = built()
    lead = built(kwant.TranslationalSymmetry((-1, 0)))
    device.attach_lead(lead)
    device.attach_lead(lead.reversed())
    finished = device.finalized()

    one = from_kwant(finished, [np.eye(8)], [0.1, -0.1], [0.0, 0.0])

    for e in (-1.3, -0.2, 0.45, 1.1):
        for mine, other in zip(one.leads, finished.leads, strict=True):
            assert np.allclose(self_energy(mine, np.array([e]))[0], other.selfenergy(e), rtol=0, atol=1e-10)
        passed = kwant.smatrix(finished, e).transmission(1, 0)
        assert fast.transmission(one, e)[1, 0] == pytest.approx(passed, abs=1e-9)


def sisl_chain(phase: complex = 1.0, *, cells: int = 1, overlap: float | None = None) -> Any:
    """Return a chain of two orbitals a cell along x; of several cells, a piece of it."""
    import sisl

    lattice = sisl.Lattice([1, 9, 9], nsc=[3, 1, 1])
    geometry = sisl.Geometry([0, 0, 0], sisl.Atom(1, R=[1.1, 1.1]), lattice=lattice)
    h = sisl.Hamiltonian(geometry, dtype=complex, orthogonal=overlap is None)
    onsite, next_one = np.array([[0.2, 0.3j], [-0.3j, -0.1]]), np.array([[-1.0, 0.25j], [0.5, 0.75]]) * phase
    beside = ((1, next_one, overlap), (-1, next_one.conj().T, overlap))
    for cell, block, shared in ((0, onsite, None), *beside):
        for i, j in np.ndindex(2, 2):
            share = float(i == j) if shared is None else shared
            h[i, j, (cell, 0, 0)] = block[i, j] if overlap is None else (block[i, j], share)
    if cells > 1:
        h = h.tile(cells, 0)
        h.set_nsc([1, 1, 1])
    return h


sisl_installed = pytest.mark.skipif(importlib.util.find_spec("sisl") is None, reason="sisl is not installed")


@sisl_installed
def test_self_energies_of_sisl() -> None:
    """On either side self-energies are those that sisl has itself, and a perfect chain lets all pass."""
    import sisl

    device, cell = sisl_chain(1j, cells=3), sisl_chain(1j)
    ends = [(sisl.RecursiveSI(cell, "-A"), [0, 1]), (sisl.RecursiveSI(cell, "+A"), [4, 5])]

    one = from_sisl(device, [np.eye(6)], ends, [0.1, -0.1], [0.0, 0.2])

    assert [float(lead.mu) for lead in one.leads] == [0.1, -0.1]
    for e in (-1.3, -0.2, 0.45, 1.1):
        for mine, (other, _) in zip(one.leads, ends, strict=True):
            want = other.self_energy(e + 1e-10j)
            assert np.allclose(self_energy(mine, np.array([e]))[0], want, rtol=0, atol=1e-8)
        passed = fast.transmission(one, e)[1, 0]
        assert passed == pytest.approx(round(passed), abs=1e-9)


@sisl_installed
def test_what_sisl_has_and_a_problem_has_not() -> None:
    """Orbitals that overlap, two spins, other orbitals than those of a cell: refused in words."""
    import sisl

    device, cell = sisl_chain(cells=3), sisl_chain()
    good = (sisl.RecursiveSI(cell, "-A"), [0, 1])
    rest = [np.eye(6)], [good], [0.0], [0.1]
    assert from_sisl(sisl_chain(cells=3, overlap=0.0), *rest).levels == 6
    with pytest.raises(UnsupportedError, match=r"overlap, by 0\.1"):
        from_sisl(sisl_chain(cells=3, overlap=0.1), *rest)
    with pytest.raises(UnsupportedError, match=r"electrodes\[0\].*overlap"):
        from_sisl(device, rest[0], [(sisl.RecursiveSI(sisl_chain(overlap=0.1), "-A"), [0, 1])], [0.0], [0.1])
    with pytest.raises(UnsupportedError, match="two spins"):
        from_sisl(sisl.Hamiltonian(device.geometry, spin="polarized"), *rest)
    with pytest.raises(InvalidSystemError, match=r"electrodes\[0\]"):
        from_sisl(device, rest[0], [(good[0], [0])], [0.0], [0.1])


class Matrices:
    """A Hamiltonian as sisl has it."""

    spin, orthogonal, no = type("Spin", (), {"is_polarized": False}), True, 1

    def __init__(self, matrix: Any) -> None:
        self.matrix = np.array(matrix)

    def Hk(self, k: Any, format: str) -> Any:
        """Return the matrix."""
        return self.matrix


class Electrode:
    """An electrode as sisl has it: a cell, and the hopping to the next one outwards."""

    def __init__(self, hopping: complex) -> None:
        self.spgeom0, self.spgeom1 = Matrices([[0.25]]), Matrices([[hopping]])


def test_hoppings_of_electrodes_run_outwards() -> None:
    """The hopping of sisl is taken as it is; what is no electrode or no Hamiltonian is refused."""
    device = Matrices([[0.1, -1.0], [-1.0, 0.3]])
    ends = [(Electrode(1.0 - 0.5j), [0]), (Electrode(1.0 + 0.5j), [1])]

    one = from_sisl(device, [np.eye(2)], ends, [0.1, -0.1], [0.0, 0.2], degeneracy=2)

    assert [lead.sites for lead in one.leads] == [(0,), (1,)]
    assert [complex(lead.hopping[0, 0]) for lead in one.leads] == [1.0 - 0.5j, 1.0 + 0.5j]
    with pytest.raises(InvalidSystemError, match="hamiltonian"):
        from_sisl(None, [np.eye(2)], ends, [0, 0], [0, 0])
    with pytest.raises(InvalidSystemError, match=r"electrodes\[0\]"):
        from_sisl(device, [np.eye(2)], [(None, [0])], [0.0], [0.0])
    with pytest.raises(InvalidSystemError, match="temperature"):
        from_sisl(device, [np.eye(2)], ends, [0, 0], [0.0])
