"""The systems of the papers: what is infinite there is said, and nothing else."""

from __future__ import annotations

import pytest

from electronwind import OBSERVABLES, UnbroadenedLevelError, fast
from electronwind.validation.systems.cases import CASES


@pytest.mark.parametrize("case", CASES)
def test_a_case_says_what_is_infinite_there(case: str) -> None:
    """Every observable, at frequency 0 where it has one; none is asked that no solver could answer."""
    refused = set()
    for name, observable in OBSERVABLES.items():
        arguments = (0.0,) if observable.argument else ()
        try:
            getattr(fast, name)(CASES[case].system, *arguments)
        except UnbroadenedLevelError:
            refused.add(name)

    assert refused == {name for name in OBSERVABLES if not CASES[case].has(name)}
