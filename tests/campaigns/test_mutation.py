"""Automatic mutation: the arena kills what is wrong and spares what is equivalent; the record is whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scipy.stats import norm

from electronwind import fast
from electronwind.validation.campaigns.mutation.arena import Arena, Fate
from electronwind.validation.campaigns.mutation.mutant import Mutant
from electronwind.validation.campaigns.mutation.page import KINDS, explanations, page, summary
from electronwind.validation.campaigns.mutation.results import Result, append, load, wilson

FOLDER = Path(fast.__file__).parent
FLOW = "flow = 2 * system.degeneracy"


def mutant(file, before, after):
    """Return a mutant made by hand; what it changes stands once in the file."""
    source = (FOLDER / f"{file}.py").read_text()
    assert source.count(before) == 1
    line = source[: source.index(before)].count("\n") + 1
    changed = source.replace(before, after)
    return Mutant(file, line, range(line, line + 1), "by hand", before, after, changed)


@pytest.fixture(scope="module")
def arena():
    return Arena(only=["link.bond_density", "law.sum.current"])


# That a wrong number is found, and an equivalent program is not, the tests below show as well.
@pytest.mark.thin(most=1)
@pytest.mark.night("3 * system", "* 2", "crash-quick")
@pytest.mark.parametrize("stage", ["quick", "default"])
@pytest.mark.parametrize(
    ("after", "how"),
    [
        ("flow = 3 * system.degeneracy", "number"),
        ("flow = 2 * system.degeneration", "crash"),
        ("flow = system.degeneracy * 2", ""),
    ],
)
def test_the_arena_tells_wrong_from_equivalent(arena, stage, after, how):
    """A wrong factor and an error are found, each for what it is; another order of factors is not."""
    fate = arena.fight(mutant("current", FLOW, after), stage)

    assert (fate.stage, fate.how) == (stage, how)
    assert fate.by == ("link.bond_density" if how else "")


def test_what_does_not_import_is_dead(arena):
    """A mutant that cannot be imported is counted apart from those that a check finds."""
    fate = arena.fight(mutant("current", "from . import chains", "from . import trains"), "quick")

    assert fate.how == "import"
    assert "cannot import name 'trains'" in fate.words


def test_what_computes_too_long_is_stopped(arena, monkeypatch):
    """A process that gives no verdict is ended, and its mutant counted as killed by the clock."""
    monkeypatch.setattr("electronwind.validation.campaigns.mutation.arena.PATIENCE", 0.0)
    monkeypatch.setattr("electronwind.validation.campaigns.mutation.arena.GRACE", 1.0)

    fate = arena.fight(mutant("current", FLOW, "while True: pass\n    " + FLOW), "quick")

    assert fate.how == "timeout"


def test_only_who_runs_the_statement_is_asked(arena):
    """Problems that never run a mutated line are passed over, unless the import runs it."""
    flow = mutant("current", FLOW, "flow = 3 * system.degeneracy")
    elsewhere = Mutant("current", 1, range(10_000, 10_001), "", "", "", flow.source)

    assert arena.fight(elsewhere, "quick").how == ""
    assert arena.fight(replace(elsewhere, lines=None), "quick").how == "number"


def test_the_tests_see_what_the_checks_do_not(tmp_path):
    """The last stage runs all files of tests on the mutant, and names the first test that fails."""
    (tmp_path / "test_other.py").write_text("def test_nothing():\n    pass\n")
    (tmp_path / "test_it.py").write_text(
        "from importlib import import_module\n\n\n"
        "def test_name():\n    assert import_module('electronwind.fast.current').Array\n"
    )
    arena = Arena(only=["law.sum.current"], tests=[tmp_path / "test_other.py", tmp_path / "test_it.py"])

    renamed = arena.fight(mutant("current", "Array = np.ndarray[Any, Any]", "Array = None"), "tests")
    spared = arena.fight(mutant("current", FLOW, "flow = system.degeneracy * 2"), "tests")

    assert renamed.how == "test"
    assert renamed.by.endswith("::test_name")
    assert spared.how == ""


def result(stage="tests", how="", digest="0"):
    made = mutant("current", FLOW, "flow = 3 * system.degeneracy")
    found = Result.of(made, Fate(stage, how, "law.sum.current" if how else ""), 0.1)
    return replace(found, digest=digest)


def test_results_outlive_an_interrupt(tmp_path):
    """Each result is a line of its own, and the next run finds them all."""
    path = tmp_path / "mutation.jsonl"
    assert load(path) == {}

    append(path, result("quick", digest="a"))
    append(path, result("default", digest="a"))
    append(path, result("quick", "number", digest="b"))

    assert {digest: found.stage for digest, found in load(path).items()} == {"a": "default", "b": "quick"}
    # A kill may cut a line short: that result is missing, and no other.
    path.write_text(path.read_text() + '{"file": "cut off')
    append(path, result("quick", digest="c"))
    assert list(load(path)) == ["a", "b", "c"]
    path.write_text(path.read_text() + '{"file": "of something else"}\n')
    with pytest.raises(ValueError, match="line 6: expected a result"):
        load(path)


def test_the_interval_is_wilsons():
    """The interval holds the rates at which the score test accepts what was found."""
    low, high = wilson(30, 300)

    for end in (low, high):
        assert abs(0.1 - end) == pytest.approx(norm.ppf(0.975) * (end * (1 - end) / 300) ** 0.5)
    assert wilson(0, 300)[0] == 0.0


def test_the_page_counts_and_explains():
    """Survivors come with their explanation, and gaps are told from equivalent programs."""
    results = [result("quick", "number", str(k)) for k in range(9)] + [result()]
    known = {result().key: {"kind": "equivalent", "why": "A reason."}}

    text = page(results, known, 1000, 7)

    assert "| `current.py` | 10 | 9 | 0 | 0 | 1 |" in text
    assert "equivalent | A reason. |" in text
    assert "1 of 10, 10.0%" in summary(results, known)[0]
    assert "0 of 10, 0.0%" in summary(results, known)[2]
    assert "1 of 10, 10.0%" in summary(results, {})[2]


def test_explanations_are_of_a_known_kind():
    """An explanation says what kind of survivor it is, and why in a sentence."""
    for said in explanations().values():
        assert said["kind"].capitalize() + ":" in KINDS
        assert said["why"].endswith(".")


@pytest.fixture(scope="module")
def mutants():
    pytest.importorskip("cosmic_ray", reason="it makes the mutants, and only make mutation installs it")
    from electronwind.validation.campaigns.mutation import mutants

    return mutants


def test_what_is_read_by_people_only_is_left_alone(mutants, tmp_path):
    """Annotations, docstrings, names to export, error messages and protocols are not mutated."""
    (tmp_path / "tiny.py").write_text(
        '"""Of 1 module."""\n__all__ = ["f"]\n\n\n'
        'class P(Protocol):\n    def g(self, shift: int = 0): ...\n\n\n'
        'def f(x: Array[1], y: int | None) -> Array[2]:\n    """Return 3."""\n    z: Array[4] = x\n'
        '    if z:\n        raise ValueError(f"got {x - 1:.6g}")\n    return z\n'
    )  # fmt: skip

    found = [mutants.make(tmp_path, place) for place in mutants.population(tmp_path, ["tiny"])]

    assert [(each.before, each.after) for each in found] == [("if z:", "if not z:")]


def test_the_operators_of_this_field(mutants, tmp_path):
    """Parts are exchanged, conjugates dropped, arguments swapped and operands transposed."""
    (tmp_path / "tiny.py").write_text(
        "def f(a, b):\n    c = adjoint(a)\n    return np.einsum('ij,ji->', a.real, b.conj())\n"
    )

    after = {m.after for p in mutants.population(tmp_path, ["tiny"]) if (m := mutants.make(tmp_path, p))}

    assert "c = np.copy(a)" in after
    assert "return np.einsum('ji,ji->', a.real, b.conj())" in after
    assert "return np.einsum('ij,ji->', a.imag, b.conj())" in after
    assert "return np.einsum('ij,ji->', a.real, b.copy())" in after
    assert any("a.real,'ij,ji->'" in words for words in after)


def test_a_sample_is_drawn_once_and_for_all(mutants):
    """The same seed gives the same mutants, and a larger sample begins with a smaller one."""
    large, small = (mutants.draw(FOLDER, count, 3, ["curl"]) for count in (12, 6))

    assert [m.digest for m in large[:6]] == [m.digest for m in small]
    assert len({m.digest for m in large}) == 12
    assert mutants.draw(FOLDER, 6, 4, ["curl"]) != small
