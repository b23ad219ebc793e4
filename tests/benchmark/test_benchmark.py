"""The benchmark: a time counts only behind a right answer, in turns; its files and exit codes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from command import electronwind
from entrants import FORCE, outcome, solver
from jsonschema import Draft202012Validator
from rich.console import Console

from electronwind import fast, load_solver
from electronwind.validation.benchmark import measure, model
from electronwind.validation.benchmark.ladder import Rung
from electronwind.validation.benchmark.page import render
from electronwind.validation.benchmark.terminal import show

ROOT = Path(__file__).parents[2]


def test_wrong_answers_are_not_timed() -> None:
    """A wrong solver is reported with the size of its error, and gets no time."""
    wrong = solver(force=lambda system: -fast.force(system))
    result = measure.benchmark([wrong], FORCE)
    assert "force is off by 0.3 of its size" in outcome(result, "batch/1/force").message
    for rung, standing in zip(FORCE, result.standings, strict=True):
        found = outcome(result, rung.id)
        assert (found.status, found.times, found.calls) == ("wrong", [], 0)
        assert outcome(result, rung.id, "fast").status == "timed"
        assert all("third party" not in order for order in standing.order)
    assert result.exit_code == 1
    assert result.growth("third party", "batch", "force") is None


def test_one_wrong_member_of_a_batch_is_found() -> None:
    """Every member of a batch is judged."""

    def force(system: Any) -> Any:
        value = fast.force(system)
        value[-1, 0] *= 1 + 1e-6
        return value

    result = measure.benchmark([solver(force=force)], [Rung("batch", 100, "force")])
    assert outcome(result, "batch/100/force").status == "wrong"


def test_an_answer_that_turns_wrong_is_not_timed() -> None:
    """A solver that is right when it is judged first and wrong on the clock is found out."""
    calls = []

    def force(system: Any) -> Any:
        calls.append(system)
        return fast.force(system) * (1 if len(calls) == 1 else 1.01)

    result = measure.benchmark([solver(force=force)], FORCE[:1])
    found = outcome(result, "batch/1/force")
    assert (found.status, found.times) == ("wrong", [])
    assert "an earlier call was right" in found.message


def test_each_call_has_a_system_of_its_own() -> None:
    """What a solver keeps with a system object does not make the next call look fast."""
    seen = []

    def force(system: Any) -> Any:
        seen.append(system)
        return fast.force(system)

    measure.benchmark([solver(force=force)], FORCE[:1])
    assert len(seen) > 3
    assert len({id(system) for system in seen}) == len(seen)


def test_turns_are_taken_and_recorded() -> None:
    """Solvers and floor are timed in turns, each round led by another, and the order is kept."""
    result = measure.benchmark([solver()], FORCE[:1], rounds=4)
    standing = result.standings[0]
    names = ["eig", "third party", "fast"]
    assert standing.order == [names, names[1:] + names[:1], names[2:] + names[:2], names]
    assert len(standing.floor) == 4
    for label in ("third party", "fast"):
        assert len(standing.ratios(label)) == 4
    assert len(standing.ratios("third party", "fast")) == 4


def test_unsupported_observables_are_counted() -> None:
    """What a solver does not offer, or declares to be beyond its limits, is unsupported, in words."""
    small = SimpleNamespace(name="third party", force=fast.force, limits={"levels": 3, "chains": False})
    rungs = [
        Rung("levels", 4, "force"),
        Rung("chain", 3, "force"),
        Rung("batch", 1, "friction"),
        Rung("batch", 1, "every"),
    ]
    result = measure.benchmark([small], rungs)
    words = [outcome(result, rung.id).message for rung in rungs]
    assert "at most 3" in words[0]
    assert "chain" in words[1]
    assert words[2:] == ["friction is not offered", "it offers 1 of 10 observables"]
    assert result.counts("third party")["unsupported"] == 4
    assert result.exit_code == 5


def test_a_crash_is_a_finding() -> None:
    """A solver that raises, or returns NaN, loses the rung, and the run goes on."""

    def force(system: Any) -> Any:
        if system.shape == (10,):
            raise MemoryError("too much")
        return fast.force(system) * (np.nan if system.shape == (1,) else 1)

    result = measure.benchmark([solver(force=force)], FORCE)
    assert [outcome(result, rung.id).status for rung in FORCE] == ["crashed", "crashed", "timed"]
    assert "MemoryError" in outcome(result, "batch/10/force").message
    assert result.exit_code == 1


def test_memory_is_that_of_the_solver() -> None:
    """Peak memory counts what the solver holds, and not the copies that guard it."""

    def force(system: Any) -> Any:
        held = np.ones(2_000_000)
        return fast.force(system) * held[0]

    result = measure.benchmark([solver(force=force)], FORCE[:1])
    peak = outcome(result, "batch/1/force").peak
    assert peak is not None
    assert 16e6 < peak < 17e6


def test_json_obeys_its_schema_and_comes_back() -> None:
    """The data of a run obey the published schema, and reading them loses nothing."""
    result = measure.benchmark(
        [solver(friction=lambda system: np.zeros((1, 2, 2)))],
        [*FORCE, Rung("batch", 1, "friction")],
        settings={"quick": True, "long": False, "only": ""},
    )
    data = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    Draft202012Validator(model.schema()).validate(data)
    assert model.Benchmark.from_dict(data).to_dict() == data
    assert {entry["solver"] for entry in data["growth"]} == {"third party", "fast"}
    with pytest.raises(ValueError, match="schema"):
        model.Benchmark.from_dict(data | {"schema": "electronwind-benchmark/2"})


def test_page_and_table() -> None:
    """The page stands alone, and the table fits a terminal of a hundred columns."""
    wrong = solver(curl=lambda system: 1 + fast.curl(system), name="<b>third</b>\x1b[31m party")
    rungs = [*FORCE, Rung("levels", 2, "curl"), Rung("levels", 4, "curl")]
    result = measure.benchmark([wrong], rungs, rounds=2)
    page = render(result)
    assert "http" not in page
    assert "<script" not in page
    assert "&lt;b&gt;third" in page
    assert page.count("<svg") == 3
    out = io.StringIO()
    show(result, Console(file=out, width=100))
    text = out.getvalue()
    assert "wrong" in text
    assert "\x1b[31m" not in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_solvers_of_one_name_are_told_apart() -> None:
    """Two solvers of the same name get labels of their own."""
    result = measure.benchmark([solver(), solver()], FORCE[:1])
    assert result.labels == ["third party 1", "third party 2", "fast"]
    assert result.subjects == ["third party 1", "third party 2"]


def test_frequency_grid_stands_beside_the_fast_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of a third party is right to its claim, and timed with the others."""
    monkeypatch.syspath_prepend(ROOT)
    rungs = [Rung("levels", 2, name) for name in ("force", "friction", "response")]
    rungs += [Rung("chain", 3, "force")]
    result = measure.benchmark([load_solver("examples.frequency_grid")], rungs, rounds=2)
    found = [outcome(result, rung.id, "frequency grid") for rung in rungs]
    assert [o.status for o in found] == ["timed"] * 2 + ["unsupported"] * 2
    assert min(o.digits for o in found[:2] if o.digits) > 5
    assert min(result.standings[1].ratios("frequency grid", "fast")) > 1
    lines = (ROOT / "examples" / "frequency_grid.py").read_text().split('"""', 2)[2].splitlines()
    assert sum(bool(line.strip()) for line in lines) < 40


SOLVERS = {
    "bench_right": "from electronwind.fast import force",
    "bench_wrong": "import numpy\ndef force(system): return numpy.ones((*system.shape, system.coordinates))",
    "bench_nothing": "",
    "bench_broken": "import no_such_library",
}


@pytest.mark.usefixtures("hasty", "together")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["bench_right"], 0),
        (["bench_wrong"], 1),
        (["bench_right", "--only", "no-such-rung"], 2),
        (["bench_right", "--rounds", "1"], 2),
        ([], 2),
        (["bench_broken"], 3),
        (["bench_nothing"], 5),
    ],
)
def test_exit_code(arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code tells right, wrong, misused, not loadable and nothing apart."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name, text in SOLVERS.items():
        (tmp_path / f"{name}.py").write_text(text)
    only = [] if "--only" in arguments else ["--only", "batch/100/force"]
    assert electronwind("benchmark", "--rounds", "3", *arguments, "--quick", *only, "--out", "out") == code
    assert (tmp_path / "out" / "benchmark.json").exists() == (code in (0, 1, 5))
    for name in SOLVERS:
        sys.modules.pop(name, None)


@pytest.mark.slow
def test_files_of_a_solver_that_goes_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data and page are where they were asked for, wherever the solver goes and whatever it says."""
    (tmp_path / "elsewhere").mkdir()
    text = "import os\nos.chdir('elsewhere')\ndef force(system): raise ValueError('caf\\udce9')\n"
    (tmp_path / "bench_goes.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    only = ["--only", "batch/1/force"]
    assert electronwind("benchmark", "bench_goes", "--quick", *only, "--out", "out") == 1
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"benchmark.json", "benchmark.html"}
