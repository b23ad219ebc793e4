"""Whatever happened to a file that the suite keeps: nothing wrong comes out of it, and no traceback."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from test_reading import honest

from electronwind.validation.benchmark import ladder
from electronwind.validation.core.reading import FileError
from electronwind.validation.files.reading import read
from electronwind.validation.tables import TableError
from electronwind.validation.tables import storage as tables
from electronwind.validation.truth import archive, standard
from electronwind.validation.work.journal import Journal

pytestmark = pytest.mark.usefixtures("hasty")

ANSWER = {"value": np.array([[0.1 + 1e-17j, -0.0], [np.pi, 3e-310]])}
KEPT = {"one": {"a": 1.5, "10": [1, 2], "9": None}, "two": "killed"}
Damage = Callable[[bytes], bytes]


def _flip(where: float) -> Damage:
    def flipped(content: bytes) -> bytes:
        at = int(where * (len(content) - 1))
        return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]

    return flipped


def _digit(content: bytes) -> bytes:
    """Change one digit in the middle to another."""
    at = next(i for i in range(len(content) // 2, len(content)) if content[i : i + 1].isdigit())
    return content[:at] + (b"1" if content[at : at + 1] != b"1" else b"2") + content[at + 1 :]


DAMAGES: dict[str, Damage] = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "two bytes short": lambda content: content[:-2],
    "zeros": lambda content: bytes(len(content)),
    "noise": lambda content: np.random.default_rng(3).bytes(2000),
    "not UTF-8": lambda content: b"\xff\xfe" + content,
    "a mark": lambda content: b"\xef\xbb\xbf" + content,
    "deep": lambda content: b"[" * 100_000 + b"]" * 100_000,
    "deep object": lambda content: b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "list": lambda content: b"[1, 2, 3]\n",
    "null": lambda content: b"null\n",
    "text": lambda content: b'"text"\n',
    "other object": lambda content: b'{"schema": "other/1", "head": {}, "key": "key"}\n',
    "long integer": lambda content: b'{"schema": ' + b"9" * 6000 + b"}\n",
    "not a number": lambda content: b'{"schema": NaN, "sha256": Infinity}\n',
    "a digit": _digit,
    "twice": lambda content: content + content,
    **{f"bit at {where:g}": _flip(where) for where in (0.1, 0.3, 0.5, 0.7, 0.9)},
}
PLACES = ["folder", "link to nothing", "link to itself", "pipe", "nothing"]


class Store:
    """A file: how it is written, and how it is read; reading gives what is right, or nothing."""

    def __init__(self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.name, self.patch = name, monkeypatch
        self.path = tmp_path / "store"
        getattr(self, f"_write_{name}")()

    def read(self) -> str:
        """Return ``refused`` or ``passed over``; assert that nothing wrong came out."""
        return str(getattr(self, f"_read_{self.name}")())

    def _write_journal(self) -> None:
        with Journal(self.path, "key") as journal:
            for task, found in KEPT.items():
                journal.keep(task, found)

    def _read_journal(self) -> str:
        try:
            with Journal(self.path, "key") as journal:
                assert journal.known.items() <= KEPT.items()
                return "passed over"
        except ValueError as error:
            return "refused" if str(self.path) in str(error) else str(error)

    def _write_truth(self) -> None:
        self.path.write_bytes(ladder.TRUTH.read_bytes())
        self.patch.setattr(ladder, "TRUTH", self.path)

    def _read_truth(self) -> str:
        ladder.truth.cache_clear()
        try:
            ladder.truth()
        except ValueError as error:
            return "refused" if str(self.path) in str(error) else str(error)
        finally:
            ladder.truth.cache_clear()
        # Blanks and the like change no number.
        return "passed over"

    def _write_standard(self) -> None:
        self.patch.setattr(standard, "SCHEMA", json.loads(standard.PATH.read_text())["head"]["schema"])
        self.patch.setattr(standard, "sources", lambda: json.loads(standard.PATH.read_text())["head"]["of"])
        self.path.write_bytes(standard.PATH.read_bytes())
        self.honest = standard._read(self.path)
        assert len(self.honest) > 200

    def _read_standard(self) -> str:
        found = standard._read(self.path)
        assert not found or found == self.honest
        return "passed over"

    def _write_table(self) -> None:
        folder = self.path.parent / "tables"
        folder.mkdir()
        for each in tables.data().iterdir():
            (folder / each.name).write_bytes(each.read_bytes())
        self.folder = folder
        self.path = next(p for p in sorted(folder.iterdir()) if p.name != f"{tables.MANIFEST}.json")

    def _read_table(self) -> str:
        try:
            list(tables.verified(self.folder))
        except TableError:
            return "refused"
        return "passed over"

    def _write_archive(self) -> None:
        self.patch.setenv(archive.FOLDER, str(self.path.parent / "cache"))
        archive.recall("question", lambda: ANSWER)
        self.path = self.path.parent / "cache" / archive.NAME
        assert self.path.is_file()

    def _read_archive(self) -> str:
        found = archive.recall("question", lambda: ANSWER)
        assert found["value"].tobytes() == ANSWER["value"].tobytes()
        return "passed over"

    def _write_report(self) -> None:
        self.path.write_text(json.dumps(honest("report"), indent=1) + "\n")

    def _write_benchmark(self) -> None:
        self.path.write_text(json.dumps(honest("benchmark"), indent=1) + "\n")

    def _read_report(self) -> str:
        try:
            read(self.path)
        except (FileError, FileNotFoundError):
            return "refused"
        return "passed over"

    _read_benchmark = _read_report


STORES = ["journal", "truth", "standard", "table", "archive", "report", "benchmark"]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Every file that the suite keeps, but the checkpoints of runs, which have a test file of their own."""
    return Store(request.param, tmp_path, monkeypatch)


def test_a_whole_store_is_read(store: Store) -> None:
    """What was written is not refused."""
    assert store.read() == "passed over"


@pytest.mark.thin
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage(store: Store, damage: str) -> None:
    """A store that was damaged is refused in words, or its content is not used."""
    before = store.path.read_bytes()
    after = DAMAGES[damage](before)
    store.path.write_bytes(after)
    refuses = store.name in ("truth", "table", "report", "benchmark")
    assert store.read() == ("refused" if refuses else "passed over")


@pytest.mark.thin
@pytest.mark.skipif(sys.platform == "win32", reason="has no pipes with names, and links for few")
@pytest.mark.parametrize("place", PLACES)
def test_no_file(store: Store, place: str) -> None:
    """Where something else than a file is, or nothing, no reader waits for it or breaks."""
    if place == "pipe" and store.name in ("truth", "standard", "table"):
        return  # They come with the package, and nobody else writes there.
    store.path.unlink()
    if place == "folder":
        store.path.mkdir()
    elif place == "pipe":
        os.mkfifo(store.path)
    elif place != "nothing":
        store.path.symlink_to(store.path.name if place == "link to itself" else "nowhere")
    assert store.read() in ("refused", "passed over")
