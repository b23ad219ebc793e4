"""The files of the certified tables: damage, forgery, and the commands that read them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import electronwind

from electronwind.validation.core.canonical import checksum
from electronwind.validation.tables import TableError, storage, tables

pytest.importorskip("flint", reason="the extra certify is not installed")

DATA = Path(storage.__file__).parent / "data"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the tables that may be damaged."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def change_a_digit(path: Path) -> None:
    text = path.read_text()
    place = text.index('"radius"')
    digit = next(i for i in range(place, 0, -1) if text[i].isdigit())
    path.write_text(text[:digit] + str(9 - int(text[digit])) + text[digit + 1 :])


def forge(path: Path) -> None:
    """Change a digit and write a checksum that fits."""
    payload = json.loads(path.read_text())
    del payload["sha256"]
    payload["values"]["force"]["re"][0] = "1.0"
    path.write_text(storage.text(payload))


@pytest.mark.night("chain-cold")
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (change_a_digit, "edited by hand, or damaged"),
        (forge, "not that of the manifest"),
        (lambda path: path.write_text(path.read_text()[:-200]), "cut short"),
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "damaged"),
        (lambda path: path.write_text("[]"), "not of schema"),
        (lambda path: change_a_digit(path.with_name("chain-cold.json")), "table chain-cold"),
        (lambda path: path.with_name("manifest.json").write_text("{"), "table manifest.json"),
    ],
)
def test_damage_is_refused_in_words(
    copy: Path, damage: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is not what was certified is named, and none of its values is used."""
    damage(copy / "two-level-at-0.json")
    with pytest.raises(TableError, match=words):
        list(storage.verified(copy))
    assert electronwind("tables", "check", "--from", str(copy)) == 2
    assert words in capsys.readouterr().err
    assert electronwind("tables", "list", "--from", str(copy)) == 2


def test_check_derives_a_sample_anew(capsys: pytest.CaptureFixture[str]) -> None:
    """All checksums are verified, and a few random values are enclosed once more."""
    assert electronwind("tables", "check", "--sample", "1", "--seed", "6", "--answers", "1") == 0
    assert "1 values derived anew (seed 6), 0 wrong" in capsys.readouterr().out


def test_check_finds_a_wrong_value(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong value whose checksums all fit does not survive being derived anew."""
    for path in copy.glob("*.json"):
        if path.stem not in ("cold-1", "manifest"):
            path.unlink()
    payload = storage.parse("cold-1", storage.read(copy, "cold-1.json"))
    payload["values"]["current"]["re"] = ["1.5", "-1.5"]
    (copy / "cold-1.json").write_text(storage.text(payload))
    manifest = storage.manifest_text(1, {}, {"cold-1": checksum(payload)})
    (copy / "manifest.json").write_text(manifest)
    assert electronwind("tables", "check", "--from", str(copy)) == 1
    assert "WRONG cold-1: current" in capsys.readouterr().out


def rewritten(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Leave one table, changed, with all checksums to fit."""
    for path in folder.glob("*.json"):
        if path.stem not in ("cold-1", "manifest"):
            path.unlink()
    payload = storage.parse("cold-1", storage.read(folder, "cold-1.json"))
    change(payload["values"]["force"])
    (folder / "cold-1.json").write_text(storage.text(payload))
    manifest = storage.manifest_text(1, {}, {"cold-1": checksum(payload)})
    (folder / "manifest.json").write_text(manifest)


INFLATED: dict[str, dict[str, Any]] = {
    "radius": {"radius": "1e-3"},
    "condition": {"condition": 1e13},
    "route": {"route": "by hand"},
}


@pytest.mark.parametrize("what", INFLATED)
def test_check_finds_what_would_forgive(copy: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A radius or a condition number that was enlarged lets wrong solvers pass: both are derived anew."""
    rewritten(copy, lambda entry: entry.update(INFLATED[what]))
    assert electronwind("tables", "check", "--from", str(copy)) == 1
    out = capsys.readouterr().out
    assert f"WRONG cold-1: force ({what})" in out
    assert "1 wrong" in out


def test_tables_that_did_not_come_with_the_suite_are_refused(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Whatever their checksums say: by every command that reads them, with exit code 2."""
    assert storage.sealed(json.loads((DATA / "manifest.json").read_text())) == storage.SEAL
    rewritten(copy, lambda entry: entry.update(condition=1e13))
    monkeypatch.setattr(storage, "data", lambda: copy)
    storage.tables.cache_clear()
    try:
        report = ("--report", str(tmp_path / "report"))
        assert electronwind("validate", "fast", "--quick", "--only", "table.force", *report) == 2
        assert electronwind("tables", "check") == 2
        assert electronwind("tables", "list") == 2
    finally:
        monkeypatch.undo()
        storage.tables.cache_clear()
    assert capsys.readouterr().err.count("not those that this version") == 3


def test_check_without_flint_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without python-flint the checksums are verified, and the rest is refused with the way out."""
    monkeypatch.setattr("electronwind.validation.cli.tables.find_spec", lambda module: None)
    assert electronwind("tables", "check") == 2
    assert electronwind("tables", "regenerate") == 2
    said = capsys.readouterr()
    assert "all checksums right" in said.out
    assert "electronwind[certify]" in said.err


def test_list_shows_every_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Every system is listed with the number of its certified values."""
    assert electronwind("tables", "list") == 0
    values = sum(len(table.values) for table in tables().values())
    assert f"{len(tables())} systems, {values} certified values" in capsys.readouterr().out
