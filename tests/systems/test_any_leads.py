"""What is drawn on leads of any kind: all kinds, in any mixture, and nothing bound."""

from __future__ import annotations

import hypothesis
import numpy as np
from hypothesis import HealthCheck, given

from electronwind import OpenSystem, fast
from electronwind.validation.systems.any_leads import equilibrium, hard, loose, stacks, systems

quick = hypothesis.settings(
    max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def test_leads_of_every_kind_are_mixed() -> None:
    """One to four leads, of wide bands, chains and cells, side by side."""
    seen: set[tuple[str, ...]] = set()
    counts: set[int] = set()

    @hypothesis.settings(quick, max_examples=120)
    @given(hard())
    def look(system: OpenSystem) -> None:
        counts.add(len(system.leads))
        seen.add(tuple(sorted({lead.kind for lead in system.leads})))

    look()
    assert counts == {1, 2, 3, 4}
    assert ("wide-band",) in seen
    assert set().union(*seen) == {"chain", "periodic", "wide-band"}
    assert any(len(kinds) > 1 for kinds in seen)
    assert any("wide-band" not in kinds for kinds in seen)


def test_cells_have_two_orbitals_at_times() -> None:
    """Bands of their own, beside chains and their like."""

    def has_one(system: OpenSystem) -> bool:
        return any(lead.cell and lead.cell.onsite.shape[-1] == 2 for lead in system.leads)

    settings = hypothesis.settings(quick, max_examples=1000, phases=[hypothesis.Phase.generate])
    hypothesis.find(systems((1, 1), (1, 1), (3, 4)), has_one, settings=settings)


@quick
@given(systems((1, 3), (1, 2)) | loose() | equilibrium())
def test_nothing_is_bound(system: OpenSystem) -> None:
    """By how the systems are made no state is left without a lead that broadens it."""
    assert np.all(fast.bound_states(system).count == 0)


@quick
@given(stacks(hard()))
def test_members_of_a_batch_have_potentials_of_their_own(system: OpenSystem) -> None:
    assert all(np.shape(lead.mu) == (3,) for lead in system.leads)
