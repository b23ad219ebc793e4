"""What a report was made by and of, as hashes: suite, oracle, problems, tables, solver, content.

A hash shows that two things are the same; it proves nothing about who made them. What protects against a
forged report is to run it again, which `verify` does.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable, Mapping
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from electronwind.solvers import solver_file

from .canonical import checksum
from .check import Check

__all__ = [
    "content",
    "digest",
    "fingerprint",
    "identity",
    "problems",
    "rooms",
    "sources",
    "suite",
    "tables",
    "written_by",
]

HERE = Path(__file__).resolve().parents[1]
SOURCES = (".py", ".json", ".j2")
MANIFEST = HERE / "tables" / "data" / "manifest.json"


def _hash(text: str | bytes) -> str:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def _files(paths: Iterable[Path], root: Path) -> str:
    """Return the hash of files and of their names relative to `root`."""
    lines = [f"{_hash(path.read_bytes())}  {path.relative_to(root).as_posix()}" for path in sorted(paths)]
    return _hash("\n".join(lines))


def digest(data: Mapping[str, Any]) -> str:
    """Return the hash of data in canonical form, but for the key ``content``, which is for this hash."""
    return checksum({key: value for key, value in data.items() if key != "content"})


def content(report: Mapping[str, Any], *, sealed: bool = True) -> str:
    """Return the hash of all of a report but the hash of its content, and its seal where that is left out."""
    without = ("content",) if sealed else ("content", "seal")
    marks = dict(report.get("fingerprint") or {})
    return digest(dict(report) | {"fingerprint": {k: v for k, v in marks.items() if k not in without}})


@cache
def suite() -> dict[str, str]:
    """Return the version of electronwind and hashes of the source files of the suite, and of its oracle.

    What runs solvers in other processes is part of the suite. The oracle is what the right values come from:
    the reference, the fast solver, and the problem itself.
    """
    from electronwind import external, fast

    found = [path for path in HERE.rglob("*") if path.suffix in SOURCES and "__pycache__" not in path.parts]
    oracle = checksum(sources() | {"fast": _package(fast)})
    judge = checksum({"validation": _files(found, HERE), "external": _package(external)})
    return {"version": version("electronwind"), "sha256": judge, "oracle": oracle}


def rooms(*names: str) -> str:
    """Return the hash of the source files of some rooms or modules of the suite, by their paths in it."""
    found = {path for name in names for path in (HERE / name, *(HERE / name).rglob("*"))}
    return _files((path for path in found if path.suffix in SOURCES), HERE)


@cache
def sources() -> dict[str, str]:
    """Return hashes of the source files of the reference, and of the problem that it solves."""
    import electronwind
    from electronwind import reference

    return {"problem": _package(electronwind), "reference": _package(reference)}


def _package(module: ModuleType) -> str:
    """Return the hash of the source files of a package of ours."""
    folder = Path(str(module.__file__)).resolve().parent
    return _files((p for p in folder.rglob("*.py") if not _elsewhere(p.relative_to(folder))), folder)


def _elsewhere(path: Path) -> bool:
    """Return whether a file below `electronwind` is of a package that no problem is made of."""
    return path.parts[0] in ("external", "fast", "reference", "validation")


def written_by(module: ModuleType) -> str:
    """Return the hash of the source of a module."""
    return _hash(Path(str(module.__file__)).read_bytes())


def problems(checks: Iterable[Check]) -> dict[str, Any]:
    """Return the number of checks, and a hash of their ids, sentences and code."""
    parts = []
    for check in sorted(checks, key=lambda check: check.id):
        parts.append([check.id, check.says, list(check.observables), _code(check.judge)])
    return {"checks": len(parts), "sha256": checksum(parts)}


def _code(judge: Any) -> list[str]:
    """Return the source of a judge, and what a judge of many checks was given for this one."""
    given = []
    while isinstance(judge, partial):
        given += [repr(value) for value in (*judge.args, *sorted(judge.keywords.items()))]
        judge = judge.func
    try:
        return [inspect.getsource(judge), *given]
    # A check that was typed into an interpreter has no file.
    except OSError:
        return ["", *given]


def tables() -> str:
    """Return the hash of the manifest of the tables, or an empty string where there is none."""
    return _hash(MANIFEST.read_bytes()) if MANIFEST.exists() else ""


def identity(spec: str, solver: Any) -> dict[str, str]:
    """Return what a solver is: a hash of its source where that is a file or a package of files.

    Parameters
    ----------
    spec : str
        The name it was loaded by; empty for an object.
    solver : object
        The solver.

    Returns
    -------
    dict
        `kind`: ``package``, ``file`` or ``name``; `sha256` of the files, empty where it goes by its name.
    """
    file = getattr(solver, "__file__", None) if inspect.ismodule(solver) else solver_file(spec)
    if file is None or not Path(file).is_file():
        return {"kind": "name", "sha256": ""}
    path = Path(file).resolve()
    if path.name == "__init__.py":
        return {"kind": "package", "sha256": _files(path.parent.rglob("*.py"), path.parent)}
    return {"kind": "file", "sha256": _hash(path.read_bytes())}


def fingerprint(spec: str, solver: Any, checks: Iterable[Check]) -> dict[str, Any]:
    """Return the fingerprint of a run, to which the report adds the hash of its content."""
    return {
        "suite": suite(),
        "problems": problems(checks),
        "tables": tables(),
        "solver": identity(spec, solver),
    }
