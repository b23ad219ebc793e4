"""Every command where nothing can be printed, or not everything: the exit code is that of the result."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from command import commands
from thinning import few

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each case runs in a fork")

Words = tuple[str, ...]
Run = Callable[..., tuple[int, bytes, bytes]]
# On wide bands: the reference has the right value at once.
ONE = ("--only", "analytic.one_level.density_matrix")

# Every command in a case of a second or so. What is missing here fails a test.
COMMANDS: dict[str, list[Words]] = {
    "alarms": [("fast", "--seeds", "1", *ONE)],
    "benchmark": [("fast", "--quick", "--only", "levels/2/force")],
    "compare": [("old", "old"), ("old", "missing")],
    "explain": [("law.hermitian.density_matrix",), ("law.hermitian.density_matrx",)],
    "faults": [("--quick", "--only", "langevin-friction-sign", "--jobs", "1")],
    "list": [(), ("--tier", "law")],
    "observables": [()],
    "reproduce": [("preston2022-fig1",)],
    "simulate wire": [("--atoms", "4", "--bias", "0.5", "--mass", "10", "--time", "0.5fs")],
    "tables answers": [("--out", "answers.json")],
    "tables check": [("--sample", "1", "--answers", "0", "--seed", "3")],
    "tables list": [(), ("--from", "missing")],
    "tables regenerate": [("--only", "nothing-*", "--out", "tables")],
    "validate": [
        ("fast", "--quick", "--timeout", "0.2", *ONE),
        ("weather_wrong", "--quick", "--timeout", "0.2", *ONE),
        ("weather_odd", "--quick", "--timeout", "0.2", *ONE),
        ("no_such_solver",),
        ("--here", "no_such_solver"),
        ("fast", "--only", "nothing"),
    ],
    "verify": [("old", "--sample", "1"), ("missing",)],
}

# Encoding, standard output, standard error.
WEATHER = {
    "ascii": ("ascii", "good", "good"),
    "cp932": ("cp932", "good", "good"),
    "latin-1": ("latin-1", "good", "good"),
    "full": ("utf-8", "full", "good"),
    "both full": ("utf-8", "full", "full"),
    "closed": ("utf-8", "closed", "good"),
    "no errors": ("utf-8", "good", "closed"),
    "both closed": ("utf-8", "closed", "closed"),
    "reader gone": ("utf-8", "gone", "good"),
    "readers gone": ("utf-8", "gone", "gone"),
}

# What takes long, and prints as others do: by day the real disks are enough, and the test of odd words.
LATE = (
    "alarms",
    "benchmark",
    "faults",
    "reproduce",
    "simulate wire",
    "validate no_such_solver",
    "validate weather_odd",
)
# What prints in any weather by day: on standard output, and on standard error.
CHEAP = (("list",), ("nonsense",))
# For all other cases, in turns.
WORST = ("ascii", "readers gone", "full", "both closed")

WRONG = "def density_matrix(system): return 1j + system.hamiltonian\n"
# Of no encoding but one, and of none at all.
ODD = "name = 'caf\\u00e9 \\u2207\\udce9'\nfrom electronwind.fast import density_matrix\n"
WARNS = """
import warnings
from electronwind import fast

def density_matrix(system):
    warnings.warn("steep", RuntimeWarning)
    return fast.density_matrix(system)
"""


ALL = dict(commands())
GROUPS = [path for path, command in ALL.items() if isinstance(command, click.Group)]
CASES = [(*name.split(), *more) for name, cases in COMMANDS.items() for more in cases]
CASES += [(*path, "--help") for path in ALL] + [("--version",), ("nonsense",)] + GROUPS


def cases() -> Iterator[Any]:
    """Yield every case in any weather at night; by day two of them, and others in a bad one."""
    for number, words in enumerate(CASES):
        name = " ".join(words) or "nothing"
        if words in CHEAP:
            yield pytest.param(words, tuple(WEATHER), id=name)
            continue
        # One help is printed like another.
        late = number % 3 > 0 if words[-1:] == ("--help",) else name.startswith(LATE)
        marks = [pytest.mark.slow] if late else []
        yield pytest.param(words, (WORST[number % 4],), id=name, marks=marks)
        yield pytest.param(words, tuple(WEATHER), id=f"{name} in any", marks=pytest.mark.slow)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with solvers; the program puts a report there, to compare and to verify."""
    made = tmp_path_factory.mktemp("weather")
    (made / "weather_wrong.py").write_text(WRONG)
    (made / "weather_odd.py").write_text(ODD)
    (made / "weather_warns.py").write_text(WARNS)
    return made


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A function that runs a case, and returns its exit code and what it printed."""
    program = Path(__file__).parents[1] / "bad_weather.py"
    # No warning of a fork: the cases run on one thread.
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONWARNDEFAULTENCODING": "1",
    }
    scratch = tmp_path_factory.mktemp("cases")
    with subprocess.Popen(
        [sys.executable, "-W", "error::EncodingWarning:electronwind", str(program), str(folder / "old")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        requests, answers = process.stdin, process.stdout
        assert answers.readline() == "0\n"

        def one(
            arguments: Words, encoding: str, *files: str, afresh: bool = True, **more: Any
        ) -> tuple[int, bytes, bytes]:
            here = scratch / "here"
            if afresh:
                shutil.rmtree(here, ignore_errors=True)
                shutil.copytree(folder, here)
            keep = scratch / "said"
            for part in scratch.glob("said.*"):
                part.unlink()
            case: dict[str, Any] = {
                "arguments": arguments, "folder": str(here), "keep": str(keep),
                "encoding": encoding, "files": files, **more,
            }  # fmt: skip
            requests.write(json.dumps(case) + "\n")
            code = int(answers.readline())
            said = [Path(f"{keep}.{k}") for k in (1, 2)]
            out, err = (path.read_bytes() if path.exists() else b"" for path in said)
            return code, out, err

        yield one
        process.stdin.close()


def test_every_command_is_here() -> None:
    """A command that is new is tried in bad weather, too."""
    assert {" ".join(path) for path in ALL if path not in GROUPS} == set(COMMANDS)


def heads(printed: bytes) -> list[bytes]:
    """Return the lines but for those that go on: the simplest problem found is of any length."""
    return [line for line in printed.split(b"\n") if not line.startswith(b"  ")]


@pytest.mark.parametrize(("arguments", "weather"), list(cases()))
def test_the_exit_code_is_that_of_the_result(arguments: Words, weather: Words, run: Run) -> None:
    """Whatever becomes of what is printed, the exit code and the files are those of the result."""
    code, out, err = run(arguments, "utf-8", "good", "good")
    assert code in (0, 1, 2, 3), err.decode()
    assert b"Traceback" not in err
    assert out or err
    for name in weather:
        encoding, *files = WEATHER[name]
        found, printed, said = run(arguments, encoding, *files)
        assert found == code, (name, said.decode(errors="replace"))
        assert b"Traceback" not in said, (name, said.decode(errors="replace"))
        # All of it is of the encoding that was asked for, and as much as in good weather.
        printed.decode(encoding)
        if files == ["good", "good"]:
            assert len(heads(printed)) == len(heads(out)), name
        if files == ["full", "good"] and out:
            assert said.count(b"standard output: No space left on device") == 1, name


def test_files_are_written_in_bad_weather(run: Run, tmp_path: Path) -> None:
    """A full disk behind standard output takes nothing from the report."""
    folder = tmp_path / "report"
    code, _, _ = run(
        ("validate", "weather_odd", "--here", "--quick", *ONE, "--report", str(folder)),
        "ascii", "full", "closed",
    )  # fmt: skip
    assert code == 0
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["complete"]
    assert {path.name for path in folder.iterdir()} >= {"report.json", "report.html", "junit.xml"}


def test_warning_is_shown_once(run: Run) -> None:
    """A warning that every call of a solver gives is shown once."""
    code, _, err = run(("validate", "weather_warns", "--here", "--quick", *ONE), "utf-8", "good", "good")
    assert code == 0
    assert err.count(b"RuntimeWarning: steep") == 1


# Where each command writes; what is put in is a folder.
WRITES: dict[str, Words] = {
    "alarms": ("fast", "--seeds", "1", *ONE, "--journal", "{}/journal"),
    "benchmark": ("fast", "--quick", "--only", "levels/2/force", "--report", "{}/out"),
    "compare": ("old/report.json", "old/report.json", "--json", "{}/found.json"),
    "faults": (*COMMANDS["faults"][0], "--json", "{}/faults.json"),
    "faults page": (*COMMANDS["faults"][0], "--markdown", "{}/faults.md"),
    "faults journal": (*COMMANDS["faults"][0], "--journal", "{}/journal"),
    "reproduce": ("preston2022-fig1", "--report", "{}/out"),
    "simulate wire": (*COMMANDS["simulate wire"][0], "--report", "{}/out"),
    "tables answers": ("--out", "{}/answers.json"),
    "tables regenerate": ("--only", "two-level-*", "--out", "{}/tables"),
    "validate": ("weather_wrong", "--quick", "--timeout", "0.2", *ONE, "--report", "{}/out"),
}  # fmt: skip


def writing(name: str, where: Path | str) -> Words:
    """Return the words of a command that writes into a folder."""
    command = name.removesuffix(" page").removesuffix(" journal").split()
    return (*command, *(word.format(where) for word in WRITES[name]))


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """A disk without a byte left, and one that is read-only."""
    made: dict[str, Path] = {}
    try:
        for kind in ("full", "read-only"):
            disk = tmp_path_factory.mktemp(kind)
            mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
            if subprocess.run(mount, capture_output=True, check=False).returncode:
                pytest.skip("only root may mount disks")
            made[kind] = disk
        with (made["full"] / "all").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        subprocess.run(["mount", "-o", "remount,ro", str(made["read-only"])], check=True)
        yield made
    finally:
        for disk in made.values():
            subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.thin
@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize(
    ("disk", "says"), [("full", "No space left on device"), ("read-only", "Read-only file system")]
)
def test_real_disks(name: str, disk: str, says: str, disks: dict[str, Path], run: Run) -> None:
    """What cannot be written is said in words, with exit code 2, and nothing of it is left."""
    if disk == "full":
        with pytest.raises(OSError, match="No space left"):
            (disks[disk] / "more").write_bytes(bytes(4096))
        (disks[disk] / "more").unlink(missing_ok=True)
    before = {path.name for path in disks[disk].iterdir()}
    code, _, err = run(writing(name, disks[disk]), "utf-8", "good", "good")
    assert code == 2, err.decode()
    assert says.encode() in err.replace(b"\n", b" ")
    assert b"Traceback" not in err
    left = [path for path in disks[disk].iterdir() if path.name not in before]
    assert [
        path for top in left for path in (top, *top.rglob("*")) if path.is_file() and path.stat().st_size
    ] == []
    for path in left:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


# Seconds until the first interrupt, and from there to the second.
INTERRUPTS = [(0.05, 0.05), (0.4, 0.09), (1.2, 0.02)]


@pytest.mark.night("alarms", "compare", "faults", "tables", "reproduce")
@pytest.mark.parametrize("name", few(WRITES, 2))
@pytest.mark.parametrize(
    "interrupts",
    [pytest.param(each, marks=[pytest.mark.slow] if i != 1 else []) for i, each in enumerate(INTERRUPTS)],
)
def test_two_interrupts(name: str, interrupts: tuple[float, float], run: Run) -> None:
    """Interrupted twice a command says so, leaves whole files and no lock, and can be given again."""
    where = Path("files")
    first = run(writing(name, where), "utf-8", "good", "good", interrupts=interrupts)
    assert b"Traceback" not in first[2], first[2].decode()
    assert first[0] in (0, 1, 130), first
    if first[0] == 130:
        # `validate` says it at the end of its verdict, the others on standard error.
        assert b"interrupted" in (first[1] + first[2]).lower()
    again = run(writing(name, where), "utf-8", "good", "good", afresh=False)
    assert again[0] in (0, 1), again
    assert first[0] in (again[0], 130)
