"""One mutant on trial: a forked process runs the checks on it, and stops at the first that fails.

Everything that does not depend on the mutant is done once, before the fork: the modules are imported, the
problems are drawn, and the reference has solved them.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import math
import multiprocessing
import os
import resource
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType
from typing import Any, Literal, cast

import numpy as np
import pytest

from electronwind import load_solver

from ...checks.catalogue import all_checks
from ...core import tolerances
from ...core.check import Check, Problem
from ...core.tolerances import tolerance
from ...under_test.guard import Guarded, SolverFault, Unsupported
from ...under_test.judging import judge_problem
from ...work.effort import FULL, QUICK
from .depth import Depth
from .mutant import Mutant

__all__ = ["STAGES", "TESTS", "Arena", "Fate", "Stage"]

Stage = Literal["quick", "default", "tests"]
STAGES: tuple[Stage, ...] = ("quick", "default", "tests")
How = Literal["import", "number", "crash", "timeout", "test", ""]

PACKAGE = "electronwind.fast"
# The tests of the mutated sources, seen from the top folder of a checkout.
TESTS = (
    Path("tests/fast/test_fast_functions.py"),
    Path("tests/fast/test_fast.py"),
    Path("tests/fast/test_fast_chains.py"),
    Path("tests/fast/test_adaptive.py"),
)
# A mutant may compute this many times as long as the solver itself, and these seconds more.
PATIENCE, GRACE = 4.0, 20.0
TESTING = 120.0
# A wrong exponent can ask for any amount of memory.
MEMORY = 6 * 2**30
# Letters of a message that are kept.
LONG = 160


@dataclass(frozen=True)
class Fate:
    """What became of a mutant.

    Attributes
    ----------
    stage : {"quick", "default", "tests"}
        How far it came: checks of a quick run, checks at the default depth, the project's tests.
    how : str
        What killed it there: it does not import, a wrong number, a crash (an error, NaN, a wrong shape), a
        timeout, a failing test. Empty where it lives.
    by : str
        Id of the check that saw it, or name of the test.
    words : str
        What it did.
    """

    stage: Stage
    how: How = ""
    by: str = ""
    words: str = ""


class _Given(SourceFileLoader):
    """Loads a module from a given text, whatever its file says."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        super().__init__(name, str(path))
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self._source, self.path)


class _Finder:
    """Finds the module of one loader, and no other."""

    def __init__(self, loader: _Given) -> None:
        self._loader = loader

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self._loader) if fullname == self._loader.name else None


def install(file: str, source: str) -> Any:
    """Import the fast solver anew with one file replaced; for a process that ends with the mutant."""
    folder = Path(load_solver("fast").__file__).parent
    for name in [n for n in sys.modules if n == PACKAGE or n.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Finder(_Given(f"{PACKAGE}.{file}", folder / f"{file}.py", source)))
    # As in a run of its own, the suite measures conditions with the solver that is there.
    tolerances._KNOWN.clear()
    return importlib.import_module(PACKAGE)


class Arena:
    """The checks, ready to run on mutants.

    Parameters
    ----------
    only : sequence of str, optional
        Ids of the checks; all where none are given.
    seed : int
        The seed of `electronwind validate`.
    tests : sequence of Path
        Files of tests, for mutants that pass all checks.
    """

    def __init__(self, only: Sequence[str] = (), seed: int = 0, tests: Sequence[Path] = TESTS) -> None:
        checks = all_checks()
        self._checks = [checks[id] for id in only or checks]
        self._tests = [str(file) for file in tests]
        self._kills: Counter[str] = Counter()
        self._quick = cache(lambda: Depth(self._checks, QUICK, seed))
        self._default = cache(lambda: Depth(self._checks, FULL, seed, after=self._quick()))

    def fight(self, mutant: Mutant, stage: Stage) -> Fate:
        """Return what becomes of a mutant at one stage; those before it are taken as passed."""
        if stage == "tests":
            return _apart(self._test, TESTING, stage, mutant)
        depth = self._quick() if stage == "quick" else self._default()
        # The problems are not the garbage of any child: what is not touched is not copied.
        gc.freeze()
        touched = depth.touched(mutant.file, mutant.lines)
        fate = _apart(self._check, PATIENCE * depth.seconds + GRACE, stage, mutant, touched)
        self._kills[fate.by] += 1
        return fate

    def _check(self, stage: Stage, mutant: Mutant, problems: dict[str, list[Problem]]) -> Fate:
        try:
            solver = install(mutant.file, mutant.source)
        except Exception as error:
            return Fate(stage, "import", words=f"{type(error).__name__}: {error}"[:LONG])
        guarded = Guarded(solver)
        # What killed others comes first.
        for check in sorted(self._checks, key=lambda c: (-self._kills[c.id], c.cost)):
            if how := _failure(check, guarded, problems[check.id]):
                return Fate(stage, how[0], check.id, how[1][:LONG])
        return Fate(stage)

    def _test(self, stage: Stage, mutant: Mutant) -> Fate:
        install(mutant.file, mutant.source)
        seen = _Failed()
        # Plugins that were imported before the fork make pytest warn, and hypothesis refuse.
        options = ["-x", "-q", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
        options += ["-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            code = pytest.main([*options, *self._tests], plugins=[seen])
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            raise RuntimeError(f"pytest could not run {' '.join(self._tests)}: {code!r}")
        return Fate(stage, "test", seen.name) if code else Fate(stage)


class _Failed:
    """A plugin that keeps the name of the first test that failed."""

    name = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.name:
            self.name = report.nodeid


def _failure(check: Check, guarded: Guarded, problems: list[Problem]) -> tuple[How, str] | None:
    """Return how a check finds the solver out, if it does."""
    for problem in problems:
        try:
            with np.errstate(all="ignore"):
                for comparison, allowed in judge_problem(check, guarded, problem, tolerance):
                    if not comparison.error <= allowed:
                        words = f"{comparison.observable} is off by {comparison.error:.2g}"
                        return "number", f"{words}; {allowed:.1g} is allowed"
        except Unsupported:
            continue
        except SolverFault as fault:
            return "crash", str(fault)
        # The mutant also measures conditions; a run says then that the check is at fault, and is red.
        except Exception as error:
            return "crash", f"{type(error).__name__}: {error}"
    return None


def _apart(work: Any, seconds: float, stage: Stage, *arguments: Any) -> Fate:
    """Return what `work` returns in a process of its own, or that it computed too long or died."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(there, seconds, work, stage, *arguments))
    process.start()
    there.close()
    try:
        found = here.recv()
    except EOFError:
        process.join()
        if process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL):
            return Fate(stage, "timeout", words=f"no verdict after {seconds:.0f} s of computing")
        return Fate(stage, "crash", words=f"the process died with exit code {process.exitcode}")
    finally:
        process.kill()
        process.join()
        here.close()
    if isinstance(found, Exception):
        raise found
    return cast(Fate, found)


def _send(pipe: Connection, seconds: float, work: Any, *arguments: Any) -> None:
    # Seconds of computing, not of the clock: other programs may keep this one waiting.
    limit = math.ceil(seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        try:
            pipe.send(work(*arguments))
        # A mistake of ours must not pass for a kill.
        except Exception as error:
            pipe.send(error)
