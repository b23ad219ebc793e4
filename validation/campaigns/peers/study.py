"""The checks of the suite on junctions between Lorentzian leads, and what they say seed after seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis.strategies import SearchStrategy

from electronwind import OBSERVABLES

from ...checks.catalogue import all_checks
from ...core.check import Check, Problem
from ...run.runner import validate
from ...systems.chains import lorentzian
from ...systems.strategies import problems, stacks
from ..alarms import Tally

__all__ = ["lorentzian_checks", "run_seeds"]

# The hierarchy grows as the temperature falls; the systems of cross.lorentzian are the cold ones.
MILD = (0.5, 0.375)
SECONDS = 0.3

ANY = problems(lorentzian(temperatures=MILD))
PLANE = problems(lorentzian(coordinates=(2, 2), temperatures=MILD))
EVEN = problems(lorentzian(coordinates=(2, 2), temperatures=MILD, common=True))

# The strategy that stands for the one of a check, by the start of its id: the longest that fits.
STRATEGIES: dict[str, SearchStrategy[Problem]] = {
    "cross.general": problems(lorentzian((1, 2), (1, 2))),
    "cross.lorentzian": problems(lorentzian((1, 2), (1, 2))),
    "law.antisymmetric": PLANE,
    "law.array": problems(stacks(lorentzian((1, 1), temperatures=MILD), 2)),
    "law.basis": ANY,
    "law.batch": problems(stacks(lorentzian((1, 1), temperatures=MILD))),
    "law.coordinates": ANY,
    "law.degeneracy": ANY,
    "law.equilibrium": EVEN,
    "law.exchange": PLANE,
    "law.hermitian": ANY,
    "law.idle": ANY,
    "law.memory": problems(lorentzian((1, 1), temperatures=MILD)),
    "law.order": problems(lorentzian((1, 1), leads=(3, 3), temperatures=MILD)),
    "law.particle_hole": ANY,
    "law.pauli": ANY,
    "law.positive.friction": EVEN,
    "law.real": ANY,
    "law.reciprocal": problems(lorentzian(coordinates=(2, 2), temperatures=MILD, common=True, real=True)),
    "law.relabel": ANY,
    "law.repeat": ANY,
    "law.shift": ANY,
    "law.split": ANY,
    "law.sum.current": ANY,
    "law.unit.": ANY,
    "link.bond_density": ANY,
    "link.curl_force": PLANE,
    "link.current_density": ANY,
    "link.force_density": ANY,
    "link.friction_response": PLANE,
    "link.maxwell": EVEN,
    "link.response_curl": PLANE,
    "link.response_force": PLANE,
}
CHAINS_ONLY = ("law.batch_chains", "link.curl_force_chains")


def lorentzian_checks(solver: Any) -> dict[str, Check]:
    """Return the checks of the suite that have a meaning for such junctions, on such junctions.

    Left out are runs in time, and what the solver does not offer.
    """
    found = {}
    for id, check in all_checks().items():
        start = max((key for key in STRATEGIES if id.startswith(key)), key=len, default=None)
        names = check.observables
        offered = all(name in OBSERVABLES and callable(getattr(solver, name, None)) for name in names)
        if start is not None and offered and not id.startswith(CHAINS_ONLY):
            # What is too long for a quick run of all checks is not for this one.
            cost = "dear" if check.cost == "long" else check.cost
            found[id] = replace(check, problems=STRATEGIES[start], cost=cost)
    return found


def run_seeds(solver: Any, seeds: range, seconds: float = SECONDS) -> Iterator[tuple[int, Tally]]:
    """Run the checks with one seed after the other; yield the seed and the sums so far.

    Parameters
    ----------
    solver : object
        The solver under test.
    seeds : range
        The seeds.
    seconds : float
        After this time a check draws no further problem; it judges one whatever that takes.
    """
    checks, tally = lorentzian_checks(solver), Tally()
    for seed in seeds:
        report = validate(solver, checks=checks, quick=True, seed=seed, timeout=seconds)
        for record in report.records:
            tally.add(seed, record)
        tally.seeds += 1
        yield seed, tally
