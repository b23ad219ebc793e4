"""What was kept from earlier runs may be forged: no verdict turns on it, and a sample is asked again."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from thinning import few
from toys import system

from electronwind import fast, reference
from electronwind.validation import validate
from electronwind.validation.core.record import Recalled, Record
from electronwind.validation.report.summary import shares
from electronwind.validation.run import audit
from electronwind.validation.run.audit import FEW, audited
from electronwind.validation.truth import archive, standard
from electronwind.validation.truth.archive import FOLDER, NAME, RECALLED, recall
from electronwind.validation.truth.oracle import arbitrate

pytestmark = pytest.mark.usefixtures("hasty")

# Its problems are not among the standard ones.
SEED = 7
CHECK = "cross.general.forc[e]"
FIELDS = {"value": np.array([1.0, 2.0])}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER, str(tmp_path / "cache"))
    monkeypatch.setattr(standard, "_TRUSTED", [standard.PATH])
    return tmp_path / "cache"


def packed(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return sealed(file.getvalue())


def sealed(body: bytes) -> bytes:
    """A row with the checksum that fits."""
    return archive._digest(body) + body


def forge(folder: Path, worse: Callable[[np.ndarray], np.ndarray]) -> int:
    """Rewrite every row as the reference would have written another value; return how many there are."""
    with closing(sqlite3.connect(folder / NAME)) as file, file:
        rows = file.execute("SELECT key, value FROM answers").fetchall()
        for key, value in rows:
            known = archive._arrays(value[archive.CHECKSUM :])
            assert known is not None
            forged = packed(**{name: worse(array) for name, array in known.items()})
            file.execute("UPDATE answers SET value = ? WHERE key = ?", (forged, key))
    return len(rows)


def wrong(name: str = "mine") -> SimpleNamespace:
    """A solver whose force is 3 % too large."""
    return SimpleNamespace(name=name, force=lambda system: 1.03 * fast.force(system))


@pytest.mark.night("fast")
@pytest.mark.parametrize("name", ["mine", "fast"])
def test_a_forged_archive_acquits_nobody(folder: Path, name: str) -> None:
    """A wrong solver whose values stand in the archive fails as before, whatever it calls itself."""
    runs = {"only": CHECK, "quick": True, "seed": SEED}
    (first,) = validate(wrong(name), **runs).records
    assert first.status == "failed"
    assert forge(folder, lambda value: 1.03 * value)
    (again,) = validate(wrong(name), **runs).records
    assert again.status == "failed"
    assert again.refuted
    assert again.failure is not None
    # How small a problem is found is a matter of time; what is right of it is not.
    got, want = (np.asarray(value, dtype=float) for value in (again.failure.got, again.failure.want))
    assert got == pytest.approx(1.03 * want, rel=1e-12)


def test_a_forged_archive_condemns_nobody(folder: Path) -> None:
    """The fast solver, held against forged values, fails no check; the forgery is seen, and thrown away."""
    runs = {"only": CHECK, "quick": True, "seed": SEED}
    assert validate("fast", **runs).exit_code == 0
    forge(folder, lambda value: 1.03 * value)
    report = validate("fast", **runs)
    (record,) = report.records
    assert (record.status, report.exit_code) == ("error", 1)
    assert "thrown away" in record.message
    assert "NOT repeated" in str(shares(report))
    again = validate("fast", **runs)
    assert again.exit_code == 0
    assert again.records[0].refuted == 0


def test_a_small_forgery_is_found_by_the_sample(folder: Path) -> None:
    """What is altered below the tolerance of the fast solver is for the sample, which compares digits."""
    runs = {"only": CHECK, "quick": True, "seed": SEED}
    validate("fast", **runs)
    forge(folder, lambda value: value * (1 + 4e-15))
    report = validate("fast", **runs)
    assert report.exit_code == 1
    assert not list(folder.glob(NAME))


def record(id: str, answers: int, **more: Any) -> Record:
    known = tuple(Recalled({"digits": 20, "name": f"{id} {i}"}, FIELDS) for i in range(answers))
    fields = {"status": "passed", "recalled": answers, "rests_on": known} | more
    return Record(id, "cross", ("force",), "", "", message="", **fields)


def names(records: list[Record], seconds: float = 0.0, **options: Any) -> list[str]:
    asked: list[str] = []

    def ask(question: Any) -> Any:
        asked.append(question["name"])
        return FIELDS

    audited(records, seconds, ask=ask, **options)
    return asked


def test_the_sample_is_spread_and_unpredictable() -> None:
    """One value of each check comes before a second one of any; no two runs ask the same."""
    records = [record(f"check{i}", 20) for i in range(5)]
    samples = [names(records, few=10) for _ in range(6)]
    assert all(len({name.split()[0] for name in sample[:5]}) == 5 for sample in samples)
    assert len({tuple(sample) for sample in samples}) == len(samples)
    # Of a hundred, one is missed by 600 samples of three once in a million.
    assert len({name for _ in range(600) for name in names(records, few=3)}) == 100


def test_the_sample_is_bounded() -> None:
    """A few values at least, if there are as many, and no more than a small part of the run's time."""
    many = [record(f"check{i}", 20) for i in range(5)]
    assert len(names(many)) == FEW
    assert len(names([record("one", 1)])) == 1
    assert len(names(many, 1e6)) == 100
    assert names([]) == names([record("none", 0)]) == []


def test_values_that_take_long_are_asked_less_often() -> None:
    """Among the first to be asked, runs in time are rare, but there."""
    long = Recalled({"digits": 6, "name": "long", "run": "driven"}, FIELDS)
    records = [record("short", 1), record("long", 1, rests_on=(long,))]
    first = [names(records, few=1)[0] for _ in range(300)]
    assert 1 <= first.count("long") < 90


@pytest.mark.parametrize(
    "answer",
    [
        {"value": np.array([1.0, 2.0 + 1e-13])},
        {"value": np.array([1.0])},
        {"other": FIELDS["value"]},
        {},
    ],
)
def test_what_the_reference_does_not_repeat_spoils_all_that_was_recalled(answer: Any) -> None:
    """No green record that rests on recalled values stays green; the others stay as they are."""
    records = [
        record("law", 0),
        record("cross", 3),
        record("expected", 3, status="expected-failure"),
        record("bad", 3, status="failed"),
        record("none", 0, status="unsupported"),
    ]
    found = audited(records, 0.0, ask=lambda question: answer)
    assert [r.status for r in found] == ["passed", "error", "error", "failed", "unsupported"]
    assert sum(r.asked_again for r in found) == sum(r.refuted for r in found) == FEW
    assert [r.status for r in audited(records, 0.0, ask=lambda question: FIELDS)] == [
        r.status for r in records
    ]


def test_a_run_says_how_many_were_asked_again() -> None:
    """The report holds the number and not the values; the line on time has it in words."""
    runs = {"only": "cross.cold.[cd]*", "tiers": ["cross"], "quick": True, "seed": SEED}
    validate("fast", **runs)
    report = validate("fast", **runs)
    assert FEW <= sum(r.asked_again for r in report.records) <= sum(r.recalled for r in report.records)
    assert f"{sum(r.asked_again for r in report.records)} asked again" in str(shares(report))
    assert all("rests_on" not in row for row in report.to_dict()["records"])


@pytest.mark.slow
def test_several_processes_ask_again_as_well() -> None:
    """What is asked again does not depend on where the checks run."""
    runs = {"only": "cross.general.forc*", "tiers": ["cross"], "quick": True, "seed": SEED}
    validate("fast", **runs)
    assert sum(r.asked_again for r in validate("fast", **runs, jobs=2).records) >= FEW


def bomb() -> bytes:
    """A row of kilobytes that unpacks to a hundred megabytes."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**23,)})
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("value.npy", header.getvalue() + bytes(2**26 + 2**23))
    return sealed(file.getvalue())


def pickled() -> bytes:
    file = io.BytesIO()
    np.savez(file, value=np.array([{}], dtype=object))
    return sealed(file.getvalue())


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("value.npy", content)
    return sealed(file.getvalue())


ROWS: dict[str, Any] = {
    "text": "text",
    "number": 1,
    "real": 0.5,
    "null": None,
    "empty": b"",
    "short": b"short",
    "no checksum": packed(value=np.ones(1))[archive.CHECKSUM :],
    "no archive": sealed(b"PK nothing"),
    "empty body": sealed(b""),
    "half": sealed(packed(value=np.ones(1))[archive.CHECKSUM : -40]),
    "no array": zipped(b"text"),
    "array cut short": zipped(b"\x93NUMPY\x01\x00\x10\x00"),
    "header of nonsense": zipped(b"\x93NUMPY\x01\x00\x10\x00" + b"((((((((((((((((" + bytes(8)),
    "no arrays": packed(),
    "another name": packed(other=np.ones(1)),
    "one name more": packed(value=np.ones(1), other=np.ones(1)),
    "shape": packed(value=np.ones(2)),
    "scalar": packed(value=np.float64(1)),
    "no entries": packed(value=np.ones(0)),
    "single precision": packed(value=np.ones(1, dtype=np.float32)),
    "complex": packed(value=np.ones(1, dtype=complex)),
    "integers": packed(value=np.ones(1, dtype=int)),
    "words": packed(value=np.array(["a"])),
    "records": packed(value=np.zeros(1, dtype=[("a", float)])),
    "objects": pickled(),
    "nan": packed(value=np.full(1, np.nan)),
    "infinity": packed(value=np.full(1, np.inf)),
    "bomb": bomb(),
    "too long": bytes(archive.LARGEST + 1),
}


@pytest.mark.parametrize("kind", few(ROWS, 2))
def test_a_row_of_any_other_kind_is_asked_again(folder: Path, kind: str) -> None:
    """Whatever stands under the key of a question, the reference answers, and its answer is kept."""
    one = system(0.5)
    want = arbitrate("force", one)
    with closing(sqlite3.connect(folder / NAME)) as file, file:
        assert file.execute("UPDATE answers SET value = ?", (ROWS[kind],)).rowcount == 1
    RECALLED.take()
    got = arbitrate("force", system(0.5))
    assert got.value.tobytes() == want.value.tobytes()
    assert RECALLED.values == 0
    arbitrate("force", system(0.5))
    assert RECALLED.values == 1


SCHEMAS = {
    "another table": "CREATE TABLE other (key TEXT)",
    "other columns": "CREATE TABLE answers (name TEXT, body BLOB)",
    "a view": "CREATE VIEW answers AS SELECT 'k' AS key, x'00' AS value",
    "a view without end": "CREATE VIEW answers AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
    "FROM c) SELECT x AS key, x AS value FROM c",
    "a trigger": "CREATE TABLE answers (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID; CREATE TRIGGER t "
    "BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'no'); END",
}


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_database_of_another_kind_costs_time_only(folder: Path, kind: str) -> None:
    """No table, view or trigger in the file keeps the reference from answering."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / NAME)) as file, file:
        file.executescript(SCHEMAS[kind])
    for _ in range(2):
        assert recall({"digits": 20}, lambda: FIELDS)["value"].tolist() == [1.0, 2.0]


@pytest.mark.slow
def test_the_sample_finds_what_a_run_in_time_recalled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The questions of runs in time can be asked again as well as those of observables."""
    runs = {"only": "cross.general.driven", "quick": True, "seed": SEED, "timeout": 1.0}
    validate("fast", **runs)
    report = validate("fast", **runs)
    assert report.exit_code == 0
    assert report.records[0].asked_again == min(FEW, report.records[0].recalled) > 0
    monkeypatch.setattr(reference, "driven", None)
    with pytest.raises(Exception, match="driven"):
        audit.derived(report.records[0].rests_on[0].question)
