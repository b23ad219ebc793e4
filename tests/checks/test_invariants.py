"""The page of what must hold names checks and mistakes that there are."""

from __future__ import annotations

import re
from fnmatch import filter as matching
from pathlib import Path

from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.faults.catalogue import FAULTS

PAGE = (Path(__file__).parents[2] / "docs" / "invariants.md").read_text()


def named(table: str) -> list[str]:
    """Return what stands in code in the last column of a table."""
    rows = [row.rsplit("|", 2)[-2] for row in table.splitlines() if row.startswith("| ")]
    return [name for row in rows for name in re.findall("`([^`]+)`", row)]


def test_every_statement_has_checks_and_every_mistake_is_planted() -> None:
    statements, mistakes = PAGE.split("## Classical mistakes")
    assert len(named(statements)) > 40
    assert [name for name in named(statements) if not matching(all_checks(), name)] == []
    assert len(named(mistakes)) > 30
    assert set(named(mistakes)) <= set(FAULTS)


def test_mistakes_about_wires_are_many_and_each_has_a_check_that_is_there_for_it() -> None:
    mistakes = set(named(PAGE.split("## Mistakes about wires")[1]))
    caught = {fault for check in all_checks().values() for fault in check.catches}

    assert len(mistakes) >= 25
    assert mistakes <= caught
