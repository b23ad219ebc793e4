"""The state of a long run on disk: whatever happened to the file, no run goes on from anything else."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from electronwind import ClassicalBody, Harmonic, InvalidSystemError, fast, models
from electronwind.fast import checkpoint

BODY = ClassicalBody(20.0, Harmonic(1.0, -0.22))


def run(file: Path | None) -> Any:
    return fast.ehrenfest(models.two_level(), BODY, ([-0.2], [0.02]), [0.0, 1.0, 2.0], checkpoint=file)


@pytest.fixture(scope="module")
def left_by_a_run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files that a run leaves, by name."""
    folder = tmp_path_factory.mktemp("run")
    run(folder / "state.npz")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def written(left_by_a_run: dict[str, bytes]) -> bytes:
    """The file of the state that a run leaves."""
    return left_by_a_run["state.npz"]


@pytest.fixture(scope="module")
def whole() -> Any:
    return run(None)


@pytest.fixture
def file(tmp_path: Path, left_by_a_run: dict[str, bytes]) -> Path:
    for name, content in left_by_a_run.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path / "state.npz"


def refused(file: Path) -> str:
    """How a run refuses a file: by the argument, the file and the way out."""
    with pytest.raises(InvalidSystemError) as caught:
        run(file)
    said = str(caught.value)
    assert said.startswith("checkpoint")
    assert str(file) in said
    assert "remove it to begin anew" in said
    return said


def test_a_sound_file_is_taken(file: Path, whole: Any) -> None:
    """The run goes on from it, to the same bits."""
    assert np.array_equal(run(file).position, whole.position)


@pytest.mark.parametrize("step", [6, pytest.param(1, marks=pytest.mark.slow)])
def test_a_file_cut_short_is_refused(step: int, file: Path, written: bytes) -> None:
    """At any per cent of its length, and empty."""
    for percent in range(0, 100, step):
        file.write_bytes(written[: len(written) * percent // 100])
        refused(file)


@pytest.mark.parametrize("flips", [30, pytest.param(150, marks=pytest.mark.slow)])
def test_a_flipped_byte_is_refused_or_changes_nothing(
    flips: int, file: Path, written: bytes, whole: Any
) -> None:
    """Wherever it is: what zip does not read, such as its dates, may be anything."""
    rng = np.random.default_rng(3)
    taken = 0
    for place in rng.choice(len(written), flips, replace=False):
        worse = bytearray(written)
        worse[place] ^= 1 << int(rng.integers(8))
        file.write_bytes(worse)
        try:
            again = run(file)
        except InvalidSystemError:
            continue
        taken += 1
        assert np.array_equal(again.position, whole.position)
        assert np.array_equal(again.force, whole.force)
    assert taken < flips / 2


def forge(file: Path, change: Callable[[dict[str, Any]], None], *, sealed: bool) -> None:
    """Change the arrays of a file, with a digest to fit or with the old one."""
    with np.load(file) as found:
        arrays = dict(found)
    head = {name: arrays.pop(name) for name in checkpoint.HEAD}
    change(arrays)
    if sealed:
        words = (str(head[name]) for name in ("problem", "rows", "digest"))
        head["seal"] = np.array(checkpoint._seal(*words, arrays))
    np.savez(file, **head, **arrays)


def swap(arrays: dict[str, Any]) -> None:
    arrays["x"], arrays["v"] = arrays["v"], arrays["x"]


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "swapped": swap,
    "one digit": lambda a: a.update(x=a["x"] * (1 + 1e-15)),
    "without one": lambda a: a.pop("work"),
    "one more": lambda a: a.update(more=np.ones(1)),
    "one axis more": lambda a: a.update(x=a["x"][None]),
    "longer": lambda a: a.update(x=np.repeat(a["x"], 2, axis=0)),
    "no entries": lambda a: a.update(x=a["x"][:0]),
    "scalar": lambda a: a.update(x=np.array(1.0)),
    "complex": lambda a: a.update(x=a["x"] + 0j),
    "words": lambda a: a.update(x=a["x"].astype(str)),
    "dates": lambda a: a.update(x=a["x"].astype("datetime64[s]")),
    "yes or no": lambda a: a.update(x=a["x"] > 0),
}
# With a digest to fit, these are states of this run as far as anybody can tell.
UNSEEN = ("swapped", "one digit")


@pytest.mark.parametrize(
    ("change", "sealed"),
    [(c, sealed) for c in CHANGES for sealed in (False, True) if not (sealed and c in UNSEEN)],
)
def test_altered_arrays_are_refused(file: Path, change: str, sealed: bool) -> None:
    """Another number, name, shape or type of number."""
    forge(file, CHANGES[change], sealed=sealed)
    assert ("other names, shapes or types" in refused(file)) is sealed


def test_objects_are_not_unpacked(file: Path) -> None:
    """An array of objects would run what stands in it."""
    forge(file, lambda arrays: arrays.update(x=np.array([{}], dtype=object)), sealed=True)
    assert "cannot be read" in refused(file)


def test_another_version_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its steps may be others."""
    monkeypatch.setattr(checkpoint, "__version__", "99.0")
    assert "electronwind 99.0" not in refused(file).split("and this is")[0]


def test_a_bomb_is_refused_before_it_is_unpacked(file: Path) -> None:
    """A file of kilobytes that holds more than any state of the run."""
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("bomb.npy", bytes(2**24))
    assert "unpacks to" in refused(file)


@pytest.mark.parametrize("kind", ["pipe", "dangling link", "text", "a list", "one array"])
def test_what_is_no_state_is_refused(file: Path, kind: str) -> None:
    """A pipe is not waited for; a link that leads nowhere is not written through."""
    file.unlink()
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "dangling link":
        file.symlink_to(file.with_name("nowhere"))
    elif kind == "one array":
        with file.open("wb") as out:
            np.save(out, np.ones(3))
    else:
        file.write_text({"text": "nothing", "a list": "[1, 2]"}[kind])
    assert "cannot be read" in refused(file)
    assert not file.with_name("nowhere").exists()


def test_a_link_in_the_way_is_not_followed(tmp_path: Path, whole: Any) -> None:
    """The name of the file that is being written may have been taken by somebody."""
    mine = tmp_path / "mine"
    mine.write_text("precious")
    file = tmp_path / "state.npz"
    file.with_name(f"state.npz.{os.getpid()}.part").symlink_to(mine)
    assert np.array_equal(run(file).position, whole.position)
    assert mine.read_text() == "precious"
    assert np.array_equal(run(file).position, whole.position)
