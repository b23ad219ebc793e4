"""A report on a toy solver and the checks that it is of, to be verified."""

from __future__ import annotations

import pytest
import toys

from electronwind.validation.core.canonical import written
from electronwind.validation.run import runner

CHECKS = toys.suite(
    toys.make(toys.compare_force, "law.force_is_minus_level"),
    toys.make(toys.compare_force, "law.again"),
    toys.make(toys.compare_force, "cross.curl", "curl"),
)


@pytest.fixture(scope="module")
def text() -> str:
    """The text of a report on a solver of this process."""
    report = runner.validate(toys.solver(), checks=CHECKS, quick=True, **toys.RULES)
    return written(report.to_dict())
