"""A solver that is right to just what it claims of its runs in time, and no better, is called right."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from electronwind import DYNAMICS, OBSERVABLES, fast
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.run.trial import run_check
from electronwind.validation.work.effort import Effort

BRIEF = Effort(cheap=2, dear=2, shrinking=1.0, naming=0.0)
RUNS = sorted(
    id
    for id, check in all_checks().items()
    if set(check.observables) & set(DYNAMICS) and check.cost != "long"
)


def blurred(claim: float) -> SimpleNamespace:
    """Return the fast solver with noise as large as `claim` on every entry of every field of a run."""
    draw = np.random.default_rng(20240117)

    def ask(name: str, *arguments: Any, **options: Any) -> SimpleNamespace:
        result = getattr(fast, name)(*arguments, **options)
        fields = {}
        for field in DYNAMICS[name].fields:
            value = np.asarray(getattr(result, field))
            noise = draw.choice([-1.0, 1.0], value.shape)
            fields[field] = value + claim * np.max(np.abs(value), initial=0.0) * noise
        return SimpleNamespace(**fields)

    return SimpleNamespace(
        name="blurred",
        time_accuracy=claim,
        orders=fast.orders,
        **{name: getattr(fast, name) for name in OBSERVABLES},
        **{name: partial(ask, name) for name in DYNAMICS},
    )


# By day each family of checks, each run and each claim occurs.
@pytest.mark.night("cross.kinds-langevin", "two_time_noise")
@pytest.mark.thin(most=16)
@pytest.mark.parametrize("claim", [1e-4, 1e-6])
@pytest.mark.parametrize(("family", "of"), [id.rpartition(".")[::2] for id in RUNS], ids=str)
def test_no_false_alarm_at_the_claim(claim: float, family: str, of: str) -> None:
    """Fields of one run that are each off by what is claimed, independently, fail no check."""
    id = f"{family}.{of}"
    record = run_check(all_checks()[id], blurred(claim), effort=BRIEF)
    # No order can be seen through a coarse claim, and that is said.
    allowed = {"passed", "unsupported"} if (id, claim) == ("link.order.driven", 1e-4) else {"passed"}
    assert record.status in allowed, record.message


@pytest.mark.night("link.newton", "link.force")
@pytest.mark.parametrize("id", ["law.repeat.driven", "link.force.driven", "link.newton.langevin"])
def test_what_is_beyond_the_claim_is_seen(id: str) -> None:
    """The same noise of a solver that claims a thousand times less is an alarm."""
    solver = blurred(1e-3)
    solver.time_accuracy = 1e-6
    assert run_check(all_checks()[id], solver, effort=BRIEF).status == "failed"
