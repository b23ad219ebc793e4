"""Writing the tables: any number of processes, any interrupt, always the same files."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext, suppress
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from typing import Any

from electronwind import OBSERVABLES

from ..core.canonical import checksum
from ..work.executor import executor as processes_or_cluster
from .calls import CallProblem, call_set
from .problems import PROBLEM_SET, TableProblem, problem_set
from .storage import (
    CALL_SCHEMA,
    DIGITS,
    MANIFEST,
    SCHEMA,
    TableError,
    manifest_text,
    parse,
    read,
    sealed,
    text,
)

__all__ = ["make", "make_call", "regenerate"]

# Seconds after which a file that was not finished is taken for one of a run that was killed.
LEFTOVER = 60.0

# The tables that come with electronwind, and the module that holds their digest.
OWN = Path(__file__).resolve().parent / "data"
SOURCE = '''\
"""Written by `electronwind tables regenerate`: the digest of the tables that come with electronwind."""

SEAL = "{}"
'''

# FLINT has one working precision for all threads of a process.
_PRECISION = threading.Lock()


def make(id: str, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the values of one problem: of the given observables, or of all that it has."""
    from .certify import certify

    problem = problem_set()[id]
    values = {}
    for name in names or problem.observables:
        row = OBSERVABLES[name]
        argument = getattr(problem, row.argument) if row.argument else None
        with _PRECISION:
            found = certify(name, problem.system, argument)
        entry: dict[str, Any] = {"re": found.re}
        if found.im is not None:
            entry["im"] = found.im
        values[name] = entry | {
            "radius": found.radius,
            "condition": found.condition,
            "route": found.route,
            "certified": True,
        }
    return values


def make_call(id: str) -> dict[str, Any]:
    """Return the values of one question, by field of the result."""
    from .derive import derive

    problem = call_set()[id]
    with _PRECISION:
        return derive(problem.call, problem.data)


def _call_head(problem: CallProblem) -> dict[str, Any]:
    """Return what the values of a question depend on, with its digest."""
    inputs = {
        "schema": CALL_SCHEMA,
        "id": problem.id,
        "problem_set": PROBLEM_SET,
        "source": problem.source,
        "call": problem.call,
        "data": _unsigned(problem.data),
    }
    return {**inputs, "inputs": checksum(inputs)}


def _head(problem: TableProblem) -> dict[str, Any]:
    """Return what the values depend on, with its digest."""
    inputs = {
        "schema": SCHEMA,
        "id": problem.id,
        "problem_set": PROBLEM_SET,
        "source": problem.source,
        "digits": DIGITS,
        "system": _unsigned(problem.system.to_dict()),
        "arguments": {name: getattr(problem, name) for name in ("energy", "frequency", "delays")},
    }
    return {**inputs, "inputs": checksum(inputs)}


def _unsigned(data: Any) -> Any:
    """Return plain data without the sign of zeros, which is no part of a system."""
    if isinstance(data, dict):
        return {key: _unsigned(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_unsigned(value) for value in data]
    return data + 0.0 if isinstance(data, float) else data


def regenerate(
    folder: Path,
    *,
    executor: Executor | None = None,
    jobs: int = 1,
    scheduler: str | None = None,
    only: str = "*",
    report: Callable[[str, str], None] = lambda id, what: None,
) -> bool:
    """Write all tables that are not there yet, and the manifest once all are.

    Parameters
    ----------
    folder : Path
        Where the files go. Values in a sound file with the inputs of today are kept: an interrupted run
        resumes, and a further observable costs itself alone.
    executor : concurrent.futures.Executor, optional
        Runs the work and stays open. Threads take turns: they share the precision of FLINT.
    jobs, scheduler
        Without an executor: the number of local processes, or the address of a Dask scheduler.
    only : str
        A pattern with ``*``, ``?`` and ``[]`` for the ids.
    report : callable
        Called with an id and ``kept`` or ``written``.

    Returns
    -------
    bool
        Whether the set is complete and the manifest written.

    Raises
    ------
    ModuleNotFoundError, ConnectionError
        A scheduler was given, and distributed is not installed, or none answers there.
    concurrent.futures.BrokenExecutor
        The given executor broke, or local processes died twice without a table in between. Tables that were
        done are on disk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(".*.part"):
        # A fresh one may be of another run, which is about to rename it.
        with suppress(FileNotFoundError):
            if time.time() - leftover.stat().st_mtime > LEFTOVER:
                leftover.unlink()
    # What is missing of a table; None of a question.
    left: dict[str, tuple[str, ...] | None] = {}
    for id, problem in problem_set().items():
        if not fnmatchcase(id, only):
            continue
        known = _known(folder, id)
        if known.keys() == set(problem.observables):
            report(id, "kept")
        else:
            left[id] = tuple(name for name in problem.observables if name not in known)
    for id in (id for id in call_set() if fnmatchcase(id, only)):
        if _call_checksum(folder, id) is None:
            left[id] = None
        else:
            report(id, "kept")
    while left:
        before = len(left)
        try:
            own = processes_or_cluster(jobs, scheduler) if executor is None else nullcontext(executor)
            with own as pool:
                # The large systems first: none of them is to start when all others are done.
                tasks: dict[Future[dict[str, Any]], str] = {
                    (pool.submit(make_call, id) if names is None else pool.submit(make, id, names)): id
                    for id, names in reversed(left.items())
                }
                for task in as_completed(tasks):
                    id = tasks[task]
                    if left[id] is not None:
                        values = _known(folder, id) | task.result()
                        ordered = {name: values[name] for name in problem_set()[id].observables}
                        content = text({**_head(problem_set()[id]), "values": ordered})
                    else:
                        content = text({**_call_head(call_set()[id]), "values": task.result()})
                    _write(folder / f"{id}.json", content)
                    del left[id]
                    report(id, "written")
        except BrokenProcessPool:
            # A local process was killed. What it was doing is done again, as long as there is progress.
            if executor is not None or len(left) == before:
                raise
    checksums = {id: _checksum(folder, id) for id in problem_set()}
    complete = {id: checksum for id, checksum in checksums.items() if checksum is not None}
    calls = {id: checksum for id in call_set() if (checksum := _call_checksum(folder, id)) is not None}
    if len(complete) < len(checksums) or len(calls) < len(call_set()):
        return False
    versions = {name: version(name) for name in ("python-flint",)}
    _write(folder / MANIFEST, manifest_text(PROBLEM_SET, versions, complete, calls))
    if folder.resolve() == OWN:
        digest_of_all = sealed({"problem_set": PROBLEM_SET, "tables": complete, "calls": calls})
        _write(OWN.parent / "seal.py", SOURCE.format(digest_of_all))
    return True


def _sound(folder: Path, id: str) -> dict[str, Any] | None:
    """Return the content of a table that is there, sound and of today's inputs."""
    try:
        payload = parse(id, read(folder, f"{id}.json"))
    except TableError:
        return None
    return payload if payload["inputs"] == _head(problem_set()[id])["inputs"] else None


def _known(folder: Path, id: str) -> dict[str, Any]:
    """Return the values that need not be derived again, by observable."""
    payload = _sound(folder, id)
    return {} if payload is None else payload["values"]


def _checksum(folder: Path, id: str) -> str | None:
    """Return the checksum of a table that is complete."""
    payload = _sound(folder, id)
    if payload is None or payload["values"].keys() != set(problem_set()[id].observables):
        return None
    return checksum(payload)


def _call_checksum(folder: Path, id: str) -> str | None:
    """Return the checksum of a question that is there, sound and of today's inputs."""
    try:
        payload = parse(id, read(folder, f"{id}.json"), CALL_SCHEMA)
    except TableError:
        return None
    return checksum(payload) if payload["inputs"] == _call_head(call_set()[id])["inputs"] else None


def _write(path: Path, content: str) -> None:
    """Write a file in one step: whoever reads it sees all of it, or none."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(content, encoding="utf-8", newline="\n")
    os.replace(part, path)
