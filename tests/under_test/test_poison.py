"""Solvers that write into what is kept of the reference: given by name, none makes a wrong force right."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import solver_modules
from command import program

from electronwind.validation.truth.archive import FOLDER

if sys.platform == "win32":
    pytest.skip("solvers in processes of their own need POSIX", allow_module_level=True)

folder = solver_modules.folder  # for every test

# Its force is 3 % too large unless it is told otherwise; what it does to the archive is filled in.
SOLVER = """
import hashlib, io, os, sqlite3, threading, time
from pathlib import Path
import numpy as np
from electronwind import fast, reference

FILE = Path(os.environ["{variable}"], "reference.sqlite")
WRONG = {wrong}

def packed(body):
    return hashlib.sha256(body).digest() + body

def forged(value):
    with np.load(io.BytesIO(value[32:])) as arrays:
        text = io.BytesIO()
        np.savez(text, **{{name: WRONG * arrays[name] for name in arrays}})
    return packed(text.getvalue())

def opened():
    FILE.parent.mkdir(parents=True, exist_ok=True)
    return sqlite3.connect(FILE, timeout=1)

def rewritten():
    with opened() as file:
        for key, value in file.execute("SELECT key, value FROM answers").fetchall():
            file.execute("UPDATE answers SET value = ? WHERE key = ?", (forged(value), key))

def again():
    for _ in range(200):
        try:
            rewritten()
        except Exception:
            pass
        time.sleep(0.02)

def one():
    with opened() as file:
        return forged(file.execute("SELECT value FROM answers").fetchone()[0])

def poison():
{does}

try:
    poison()
except Exception:
    pass

def force(system):
    return WRONG * fast.force(system)
"""
DETACHED = """
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            again()
        os._exit(0)
"""
TRIGGER = """
    with opened() as file:
        file.execute("CREATE TRIGGER late AFTER INSERT ON answers BEGIN UPDATE answers SET value = x'"
                     + one().hex() + "' WHERE key = NEW.key; END")
"""
VIEW = """
    with opened() as file:
        file.execute("ALTER TABLE answers RENAME TO old")
        file.execute("CREATE VIEW answers AS SELECT key, x'" + one().hex() + "' AS value FROM old")
"""
ENDLESS = """
    with opened() as file:
        file.execute("DROP TABLE answers")
        file.execute("CREATE VIEW answers AS WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n)"
                     " SELECT k AS key, x'00' AS value FROM n")
"""
SAID = """
    from electronwind.validation.truth import archive
    before = archive._write
    archive._write = lambda path, key, answer: before(path, key, {n: WRONG * v for n, v in answer.items()})
    from electronwind.validation import validate
    FILE.unlink(missing_ok=True)
    validate("fast", only="cross.general.forc[e]", quick=True, seed=7)
"""
LINK = """
    rewritten()
    FILE.rename("mine.sqlite")
    FILE.symlink_to(os.path.abspath("mine.sqlite"))
"""
POISONS = {
    "every row": "    rewritten()",
    "a thread that goes on": "    threading.Thread(target=again, daemon=True).start()",
    "a child that goes on": DETACHED,
    "a trigger": TRIGGER,
    "a view": VIEW,
    "a view without end": ENDLESS,
    "the reference made to say so": SAID,
    "a link": LINK,
    "a lock": "    globals()['held'] = opened(); held.execute('BEGIN EXCLUSIVE')",
    "a folder": "    FILE.unlink(); FILE.mkdir()",
    "a pipe": "    FILE.unlink(); os.mkfifo(FILE)",
    "garbage": "    FILE.write_bytes(b'SQLite format 3' + bytes(range(256)) * 99)",
    "no right to read": "    rewritten(); FILE.chmod(0)",
}
ONE = ["--only", "cross.general.forc[e]", "--quick", "--seed", "7"]
ENTRY = """
from electronwind.models import two_level
from types import SimpleNamespace
import poison
wrong = [SimpleNamespace(name="poison", says="", solver=lambda: SimpleNamespace(force=poison.force),
                         probe=lambda: ("force", two_level().at([0.1])))]
"""
# What a user types where a solver is named. A run on a wrong solver that finds it is right.
COMMANDS = {
    "validate": (["validate", "poison", *ONE, "--report", "out"], {1}),
    "validate --jobs 2": (["validate", "poison", *ONE, "--jobs", "2"], {1}),
    "validate --here": (["validate", "poison", *ONE, "--here"], {1}),
    "alarms": (["alarms", "poison", *ONE[:2], "--seeds", "2"], {1}),
    "benchmark": (["benchmark", "poison", "--quick", "--budget", "4"], {1}),
    "verify": (["verify", "right/report.json", "--solver", "poison"], {1, 2, 4}),
    "compare": (["compare", "right/report.json", "out/report.json"], {4}),
    "faults --from": (["faults", "--from", "entry", "--quick"], {0}),
}


def write(does: str, wrong: float = 1.03) -> None:
    """Write the solver."""
    Path("poison.py").write_text(SOLVER.format(does=does, wrong=wrong, variable=FOLDER))
    Path("entry.py").write_text(ENTRY)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does."""
    return subprocess.run(program(*arguments), check=False, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the report of a right solver, and what the reference said to a wrong one."""
    folder = tmp_path_factory.mktemp("before")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv(FOLDER, str(folder / "cache"))
        write("    pass", wrong=1.0)
        assert run("validate", "poison", *ONE, "--report", "right").returncode == 0
        write("    pass")
        assert run("validate", "poison", *ONE).returncode == 1
    assert (folder / "cache" / "reference.sqlite").exists()
    return folder


@pytest.fixture(autouse=True)
def filled(before: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with what was there before."""
    shutil.copytree(before, folder, dirs_exist_ok=True)
    monkeypatch.setenv(FOLDER, str(folder / "cache"))


def cases() -> Iterator[tuple[str, str]]:
    """Every poison for `validate`, and for each other command two or three of them."""
    for i, poison in enumerate(POISONS):
        yield "validate", poison
        yield from ((command, poison) for j, command in enumerate(COMMANDS) if j and (i + j) % 6 == 0)


@pytest.mark.slow
@pytest.mark.parametrize(("command", "poison"), list(cases()))
def test_a_wrong_solver_stays_wrong(command: str, poison: str) -> None:
    """Whatever stands in the archive, what every command says of a wrong force is what it says without."""
    write(POISONS[poison])
    if command == "compare":
        assert run(*COMMANDS["validate"][0]).returncode == 1
    arguments, codes = COMMANDS[command]
    done = run(*arguments)
    assert done.returncode in codes, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    if command == "validate":
        (record,) = json.loads(Path("out/report.json").read_text())["records"]
        assert record["status"] == "failed"
