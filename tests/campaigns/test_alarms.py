"""Many seeds: what is counted, what is an alarm, and that nothing done is done again."""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner
from in_turn import InTurn

from electronwind.validation.campaigns.alarms import Tally, _known, run_seeds
from electronwind.validation.cli.app import app
from electronwind.validation.work.journal import Journal

pytestmark = pytest.mark.usefixtures("hasty", "together")

ONLY = "law.shift.transmission"


@pytest.fixture
def solvers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Solvers in files: one that is right, one that is wrong with every seed."""
    (tmp_path / "fine.py").write_text("from electronwind.fast import transmission\n")
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "broken.py").write_text("def transmission(system, energy): return None\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the seeds run in this process: another one takes longer to start than they take."""
    monkeypatch.setattr("electronwind.validation.campaigns.alarms.executor", lambda *_: nullcontext(InTurn()))


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Heed an interrupt: in the background of a shell it is ignored, and so by what is started here."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_journal_holds_what_is_done(solvers, here):
    """A second call runs the seeds that are missing, a line cut short is run again."""
    journal = solvers / "journal.jsonl"
    first = dict(run_seeds("fast", range(2), journal, only=ONLY))
    assert sorted(first) == [0, 1]
    assert all(tally.status == {"passed": 1} and tally.problems for tally in first.values())
    # They come in any order.
    whole, half = sorted(journal.read_text().splitlines(), key=lambda line: json.loads(line)["task"])
    journal.write_text(f"{whole}\n{half[:40]}\n")
    again = dict(run_seeds("fast", range(3), journal, only=ONLY))
    assert sorted(again) == [0, 1, 2]
    assert again[0].to_dict() == first[0].to_dict()
    # How many problems there is time for may be another number.
    assert again[1].status == first[1].status
    assert len(journal.read_text().splitlines()) == 4


def test_a_line_cut_short_does_not_swallow_the_next(tmp_path):
    """A journal that a kill left without the end of its line goes on with a new one."""
    path = tmp_path / "deeper" / "journal.jsonl"
    with Journal(path, "key") as journal:
        journal.keep("one", 1)
        journal.keep("two", 2)
    path.write_text(path.read_text()[:-9])
    with Journal(path, "key") as journal:
        assert journal.known == {"one": 1}
        journal.keep("two", 3)
    assert Journal(path, "key").known == {"one": 1, "two": 3}
    assert Journal(path, "another key").known == Journal(None, "key").known == {}


@pytest.mark.parametrize(
    "line", ["3", "null", '"key"', '{"key": "key"}', '{"key": "key", "task": ["one"], "found": 2}', "\udcff"]
)
def test_a_damaged_line_counts_for_nothing(tmp_path, line):
    """What is no line of a journal is passed over, as half a line is."""
    path = tmp_path / "journal.jsonl"
    with Journal(path, "key") as journal:
        journal.keep("one", 1)
    path.write_bytes(f"{line}\n".encode(errors="surrogateescape") + path.read_bytes())
    assert Journal(path, "key").known == {"one": 1}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="how to find the judge is known on Linux")
def test_part_of_a_seed_is_not_all_of_it(solvers, interruptible):
    """A seed that was interrupted is not written down, and the campaign ends there."""
    # The judge is the parent of the solver's keeper.
    text = """
import os, signal, time
def transmission(system, energy):
    with open(f"/proc/{os.getppid()}/stat") as file:
        os.kill(int(file.read().rpartition(")")[2].split()[1]), signal.SIGINT)
    time.sleep(30)
"""
    (solvers / "stops.py").write_text(text)
    with pytest.raises(KeyboardInterrupt):
        dict(run_seeds("stops", [0], solvers / "journal.jsonl", only=ONLY))
    assert (solvers / "journal.jsonl").read_text() == ""


def test_the_journal_is_where_it_was_asked_for(solvers):
    """A solver that changes the current folder does not take the journal along."""
    (solvers / "elsewhere").mkdir()
    text = "import os\ndef transmission(system, energy): return None\nos.chdir('elsewhere')\n"
    (solvers / "goes.py").write_text(text)
    journal = Path("journal.jsonl")
    assert dict(run_seeds("goes", [], journal, only=ONLY)) == {}
    assert (solvers / "journal.jsonl").exists()


def test_another_solver_starts_anew(solvers, here):
    """What a journal says of one source of a solver does not stand for another."""
    journal = solvers / "journal.jsonl"
    for edit in ("", "  # edited"):
        (solvers / "edited.py").write_text(f"def transmission(*_): raise NotImplementedError{edit}\n")
        list(run_seeds("edited", [0], journal, only=ONLY))
    keys = [json.loads(line)["key"] for line in journal.read_text().splitlines()]
    assert len(set(keys)) == 2


@pytest.mark.night("fine", "empty")
@pytest.mark.parametrize(("name", "code"), [("fine", 0), ("broken", 1), ("no_such_module", 3), ("empty", 5)])
def test_command(solvers, here, name, code):
    """The exit code says whether there was an alarm, and the text names seed and check."""
    done = CliRunner().invoke(app, ["alarms", name, "--seeds", "2", "--only", ONLY], standalone_mode=False)
    assert done.return_value == code
    if code == 0:
        assert "No alarm." in done.output
        assert "2 seeds (quick): {'passed': 2}" in done.output
    elif code == 1:
        assert f"- seed 1: {ONLY}: crashed" in done.output


def test_whatever_a_solver_says_is_printed(solvers, here):
    """What no encoding knows is left out of the text, and the campaign ends as it should."""
    text = "def transmission(system, energy): raise ValueError('caf\\udce9')\n"
    (solvers / "half.py").write_text(text)
    arguments = ["alarms", "half", "--seeds", "1", "--only", ONLY]
    done = CliRunner().invoke(app, arguments, standalone_mode=False)
    assert done.return_value == 1
    assert f"- seed 0: {ONLY}: crashed" in done.output


@pytest.mark.slow
def test_two_processes_find_the_same(solvers):
    """The seeds of a campaign do not depend on where they run."""
    alone = dict(run_seeds("fast", range(2), solvers / "a", only="law.shift.c*"))
    apart = dict(run_seeds("fast", range(2), solvers / "b", only="law.shift.c*", jobs=2))
    assert {s: t.status for s, t in alone.items()} == {s: t.status for s, t in apart.items()}


def test_a_share_of_the_checks(solvers, here):
    """Each seed runs as many checks as it should, and the same ones again."""
    part = "law.s*.transmission"
    found = [dict(run_seeds("fast", range(2), solvers / name, only=part, share=0.5)) for name in "ab"]
    sizes = {seed: sum(tally.status.values()) for seed, tally in found[0].items()}
    assert len(set(sizes.values())) == 1
    ((_, whole),) = run_seeds("fast", [0], solvers / "c", only=part)
    assert 1 <= sizes[0] < sum(whole.status.values())
    assert [t.status for t in found[0].values()] == [t.status for t in found[1].values()]


def test_what_is_skipped_is_not_run(solvers, here):
    """A pattern leaves its checks out, and the text says so."""
    arguments = ["alarms", "fast", "--seeds", "1", "--only", "law.shift.*", "--skip", "law.shift.[!t]*"]
    done = CliRunner().invoke(app, arguments, standalone_mode=False)
    assert "1 seeds (quick, without law.shift.[!t]*): {'passed': 1}" in done.output


def test_tallies_add_up():
    """Sums are sums, digits the fewest, and JSON holds all of it."""
    one = Tally(1, problems=2, comparisons=3, digits={"force": 12.0}, alarms=["a"])
    one.status["passed"] += 4
    two = Tally(1, problems=5, comparisons=7, digits={"force": 11.0, "curl": 9.0})
    two.status.update(passed=1, failed=2)
    one.merge(Tally.from_dict(json.loads(json.dumps(two.to_dict()))))
    assert one.to_dict() == {
        "seeds": 2, "status": {"passed": 5, "failed": 2}, "problems": 7, "comparisons": 10,
        "digits": {"force": 11.0, "curl": 9.0}, "alarms": ["a"],
    }  # fmt: skip


DAMAGED: list[object] = [
    None,
    1,
    "done",
    [],
    {},
    {"seeds": 1},
    {**Tally(seeds=1).to_dict(), "status": {"green": 5}},
    {**Tally(seeds=1).to_dict(), "status": {"passed": "5"}},
    {**Tally(seeds=1).to_dict(), "seeds": 50},
    {**Tally(seeds=1).to_dict(), "alarms": [1]},
    {**Tally(seeds=1).to_dict(), "digits": {"force": None}},
    {**Tally(seeds=1).to_dict(), "problems": -1},
]


@pytest.mark.parametrize("found", DAMAGED)
def test_a_damaged_tally_counts_for_nothing(found: object) -> None:
    """The seed is run again; what a run wrote is taken."""
    assert _known(found) is None
    whole = Tally(seeds=1, status=Counter(passed=3), digits={"force": 12.5}, alarms=["seed 0: no"])
    assert _known(json.loads(json.dumps(whole.to_dict()))) == whole
