"""Features of questions: read off the question itself, made at will, and every pair of them covered."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from electronwind import CALLS, OBSERVABLES, ChainLead, OpenSystem, WideBandLead
from electronwind.validation.systems.combinations import apart, coverage, parts, possible, rows
from electronwind.validation.systems.features import FEATURES, asked_of, code, decoded, read, words_of
from electronwind.validation.systems.posed import posed

# Without an argument, with an energy, a frequency, and with delays, which are small where energies are large.
TELLING = ("friction", "transmission", "force_noise", "force_correlation")


def junction(h: Any = ((0.25, 0.5), (0.5, -0.5)), leads: Any = None, d: int = 2, spin: int = 1) -> OpenSystem:
    h = np.asarray(h, dtype=complex)
    n = h.shape[-1]
    wide = [WideBandLead(np.eye(n), 0.25, 0.125), WideBandLead(np.eye(n), -0.25, 0.25)]
    return OpenSystem(h, np.ones((d, n, n)), wide if leads is None else leads, spin)


def wide(mu: Any, heat: Any, sites: Any = (1.0, 1.0)) -> WideBandLead:
    return WideBandLead(np.diag(sites), mu, heat)


@pytest.mark.parametrize("strength", [2, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("observable", TELLING)
def test_a_question_that_is_made_has_the_features_it_was_made_for(observable: str, strength: int) -> None:
    name = OBSERVABLES[observable].argument
    for seed, row in enumerate(rows(observable, strength)):
        problem = posed(observable, row, seed)
        argument = (problem.numbers[name],) if name else ()
        assert read(observable, problem.system, *argument) == row


def test_the_same_seed_poses_the_same_question_and_another_one_another() -> None:
    row = rows("force", 2)[3]
    one, again, other = (posed("force", row, seed).system.to_json() for seed in (1, 1, 2))
    assert one == again != other


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (junction(d=5, spin=4), {"coordinates": "4+", "spin": "3+", "entries": "real", "gap": "apart"}),
        (junction(np.eye(2) * 0.5), {"gap": "none"}),
        (junction(np.diag([0.5, 0.5 + 1e-12])), {"gap": "1e-12"}),
        (junction(np.diag([0.5, 0.5 + 1e-8])), {"gap": "1e-8"}),
        (junction([[0.5, 0.5j], [-0.5j, 0.5]]), {"entries": "complex", "levels": "2"}),
        (junction(np.eye(2) * np.ones((100, 1, 1))), {"batch": "100+", "parameters": "shared"}),
        (junction(np.eye(2) * np.ones((0, 1, 1))), {"batch": "empty"}),
        (junction(np.eye(2) * np.ones((1, 1, 1))), {"batch": "one"}),
        (junction(leads=[wide([0.1, 0.2], 0.1), wide([0.1, 0.2], 0.1)]), {"parameters": "their own",
         "batch": "some", "potentials": "equal", "temperatures": "equal"}),
        (junction(leads=[wide([0.1, 0.2], [0.1, 0.2])]), {"parameters": "as h", "leads": "1"}),
        (junction(leads=[wide(0.1, 0.1), wide(0.1 + 1e-5, 0.1 + 1e-8)]), {"potentials": "tiny bias",
         "temperatures": "nearly equal", "warmth": "warm"}),
        (junction(leads=[wide(0.1, 0.0), wide(0.5, 0.001)]), {"temperatures": "some zero", "warmth": "cold"}),
        (junction(leads=[wide(0.1, 0.0)]), {"temperatures": "zero", "warmth": "cold"}),
        (junction(leads=[wide(0.1, 0.1, (1.0, 0.0)), wide(0.1, 0.1, (0.0, 1.0))]), {"place": "ends"}),
        (junction(leads=[wide(0.1, 0.1, (1.0, 0.0)), wide(0.1, 0.1, (1.0, 0.0))]), {"place": "shared"}),
        (junction(np.diag([0.1, 0.2, 0.3]), [ChainLead(1, -1.0, 0.1, 0.1)]), {"place": "inner",
         "kind": "chain", "levels": "3-4"}),
        (junction(leads=[wide(0.1, 0.1), ChainLead(1, -1.0, 0.1, 0.1)]), {"place": "all", "kind": "mixed"}),
        (junction(1e-12 * np.eye(2)), {"unit": "tiny"}),
        (junction(1e12 * np.eye(2)), {"unit": "huge", "warmth": "cold"}),
    ],
)  # fmt: skip
def test_features_are_read_off_the_system(system: OpenSystem, expected: dict[str, str]) -> None:
    assert expected.items() <= read("force", system).items()


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (0.0, ("number", "zero", "small")),
        (-1e-9, ("number", "negative", "small")),
        ([0.25], ("list of one", "positive", "usual")),
        ([-40.0, 1.0], ("list", "both", "large")),
    ],
)
def test_features_are_read_off_the_argument(argument: Any, expected: tuple[str, ...]) -> None:
    row = read("response", junction(), argument)
    assert tuple(row[name] for name in ("shape", "sign", "size")) == expected


def test_a_delay_is_large_where_energies_are() -> None:
    """A time is measured in units of one over an energy."""
    huge = junction(2.0**30 * np.eye(2))
    assert read("force_correlation", huge, 0.25)["size"] == "large"
    assert read("force_noise", huge, 0.25)["size"] == "small"


def completed(part: dict[str, str], words: dict[str, Any]) -> bool:
    """Whether some row has these values: tried value by value."""
    if apart(part):
        return False
    if not (left := [name for name in words if name not in part]):
        return True
    return any(completed(part | {left[0]: value}, words) for value in words[left[0]])


@pytest.mark.night("transmission-3", "friction-3")
@pytest.mark.parametrize(
    ("name", "strength"),
    [(name, 2) for name in (*TELLING[:2], *CALLS)] + [(name, 3) for name in (*TELLING[:2], *CALLS)],
)
def test_the_rows_hold_every_tuple_that_goes_together(name: str, strength: int) -> None:
    """A tuple that no row holds can be had by no question, and no row holds what does not go together."""
    words, held = words_of(name), set()
    for row in rows(name, strength):
        assert not apart(row)
        held |= set(map(frozenset, combinations(row.items(), strength)))
    for features in combinations(words, strength):
        for values in product(*(words[feature] for feature in features)):
            part = dict(zip(features, values, strict=True))
            assert frozenset(part.items()) in held or not completed(part, words)


@pytest.mark.parametrize("observable", OBSERVABLES)
def test_the_first_rows_hold_every_value(observable: str) -> None:
    first = rows(observable, 1)
    assert len(first) <= 10
    for name in asked_of(observable):
        assert {row[name] for row in first} == set(FEATURES[name].values)


@pytest.mark.parametrize("name", FEATURES)
def test_coverage_shows_a_feature_that_is_lost(name: str) -> None:
    """A strategy that draws one value of a feature only, whichever it is, covers less."""
    words = [code("force_noise", row) for row in rows("force_noise", 2)]
    whole = [(len(possible("force_noise", s)),) * 2 for s in (1, 2)]
    assert [coverage("force_noise", words, s) for s in (1, 2)] == whole
    for value in FEATURES[name].values:
        kept = [word for word in words if decoded("force_noise", word)[name] == value]
        assert all(coverage("force_noise", kept, s)[0] < whole[s - 1][0] for s in (1, 2))


def test_words_that_say_nothing_cover_nothing() -> None:
    """A report may come from elsewhere."""
    assert coverage("force", ["", "9" * 14, "0" * 10**5, "x"], 2)[0] == 0
    with pytest.raises(ValueError, match="features of force"):
        decoded("force", "9" * 14)


def test_a_word_has_one_digit_for_each_feature() -> None:
    assert all(len(feature.values) <= 10 for feature in FEATURES.values())
    assert {len(code("force", row)) for row in rows("force", 2)} == {len(asked_of("force"))}


@pytest.mark.parametrize("observable", TELLING)
def test_an_empty_batch_judges_nothing_but_that_it_is_empty(observable: str) -> None:
    """No number is compared there: every pair is had by another row."""
    rest = [row for row in rows(observable, 2) if row["batch"] != "empty"]
    seen, whole = coverage(observable, [code(observable, row) for row in rest], 2)
    assert whole - seen == sum("empty" in pair.values() for pair in _pairs(observable))
    (alone,) = parts(observable, code(observable, plain_but(observable, "empty")), 1)
    assert alone == ((asked_of(observable).index("batch"), "4"),)


def plain_but(observable: str, batch: str) -> dict[str, str]:
    return {name: next(iter(FEATURES[name].values)) for name in asked_of(observable)} | {"batch": batch}


def _pairs(observable: str) -> list[dict[str, str]]:
    names = asked_of(observable)
    found = possible(observable, 2)
    return [{names[at]: list(FEATURES[names[at]].values)[int(digit)] for at, digit in pair} for pair in found]


@pytest.mark.parametrize("seed", [203, pytest.param(0, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "observable",
    [name if name in TELLING else pytest.param(name, marks=pytest.mark.slow) for name in OBSERVABLES],
)
def test_no_level_of_a_question_is_out_of_reach_of_the_leads(observable: str, seed: int) -> None:
    """Of a level that leads hardly broaden rounding decides what it holds, and no right solver knows."""
    for row in rows(observable, 2):
        system = posed(observable, row, seed).system
        n = system.levels
        broadening = np.zeros((*system.shape, n, n), dtype=complex)
        for lead in system.leads:
            sites = np.array(lead.sites)
            broadening[..., sites[:, None], sites] += lead.peak
        effective = system.hamiltonian - 0.5j * broadening
        widths = -np.linalg.eigvals(effective).imag
        scale = np.max(np.abs(np.linalg.eigvalsh(system.hamiltonian)), initial=0.0)
        assert np.all(widths > 3e-6 * scale), row
