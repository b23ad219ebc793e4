"""The second matrix of the planted faults: what triggers them, held against what they declare."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from electronwind import OBSERVABLES
from electronwind.validation.campaigns.triggers import LEAST, measure, named
from electronwind.validation.cli.faults import faults
from electronwind.validation.diagnosis.trigger import Trigger
from electronwind.validation.faults.catalogue import FAULTS
from electronwind.validation.faults.triggers import TRIGGERS
from electronwind.validation.systems.features import FEATURES


def test_declared_triggers_are_of_faults_and_features_that_there_are() -> None:
    assert set(TRIGGERS) <= set(FAULTS)
    for name, features in TRIGGERS.items():
        assert set(FAULTS[name].observables) & set(OBSERVABLES)
        for feature, values in features.items():
            assert set(values) < set(FEATURES[feature].values)


@pytest.mark.parametrize(
    ("values", "right", "verdict"),
    [
        ({"spin": ("2", "3+")}, {"spin": ("1",)}, "rightly"),
        ({"spin": ("2",)}, {"spin": ("1",)}, "rightly"),
        ({"spin": ("2",)}, {"spin": ("1", "3+")}, "wrongly"),
        ({"spin": ("1", "2")}, {"spin": ("3+",)}, "wrongly"),
        ({}, {}, "wrongly"),
        ({"spin": ("2", "3+"), "levels": ("1",)}, {"spin": ("1",), "levels": ("2",)}, "wrongly"),
    ],
)
def test_a_trigger_is_the_declared_one_or_not(values: dict, right: dict, verdict: str) -> None:  # type: ignore[type-arg]
    assert named("spin-dropped", Trigger("force", values, right)) == verdict
    assert named("spin-dropped", None) == "not"


def test_the_command_says_what_triggers_a_fault() -> None:
    result = CliRunner().invoke(faults, ["--triggers", "--only", "spin-on-transmission"])
    assert (
        "rightly  spin-on-transmission: transmission is wrong where the spin factor is not 1."
        in result.output
    )
    assert "1 of 1 triggers named rightly." in result.output


def test_what_does_not_go_with_triggers_is_refused() -> None:
    result = CliRunner().invoke(faults, ["--triggers", "--quick"])
    assert "--triggers goes with --only and --observable alone" in result.output


@pytest.mark.slow
def test_most_triggers_are_named_rightly() -> None:
    rows = measure(TRIGGERS)
    wrong = [row for row in rows if row.verdict != "rightly"]
    assert len(rows) == len(TRIGGERS)
    assert len(wrong) <= (1 - LEAST) * len(rows), wrong
