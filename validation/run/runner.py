"""Running the checks on a solver: which of them, in what order, and what was expected."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from electronwind.external import Bounds

from ..checks import catalogue
from ..checks.catalogue import choose, refuse_unknown, select
from ..core.check import TIERS, Check
from ..core.environment import environment
from ..core.fingerprint import fingerprint
from ..core.record import BAD, Cause, Record
from ..report.model import Report
from ..tables import tables
from ..under_test.judging import Digits, Tolerance
from ..under_test.loading import bounds_of, load
from ..under_test.solver import SolverUnderTest
from ..work.effort import FULL, QUICK, THOROUGH, Effort, Patience
from .again import differs
from .audit import audited
from .resume import finished, settled, spot_check
from .trial import run_check

__all__ = [
    "BAD",
    "OnRecord",
    "base_effort",
    "validate",
]

# Seconds for all checks of a quick run together, on one core.
QUICK_RUN = 1.5
# Time for the search of a cause over all failures, in units of that after one.
CONCLUDING = 20

OnRecord = Callable[[Report, Record], None]


def _expected(record: Record, reasons: Mapping[str, str]) -> Record:
    """Return the record with its status turned round where a failure was expected."""
    if (reason := reasons.get(record.id)) is None:
        return record
    if record.status in ("failed", "crashed"):
        words = f"Expected ({reason}): {record.message}"
        return replace(record, status="expected-failure", message=words)
    if record.status == "passed":
        words = f"It passed, but a failure was expected ({reason}): strike it from the list."
        return replace(record, status="unexpected-pass", message=words)
    return record


def base_effort(quick: bool, thorough: bool) -> Effort:
    """Return how much work a run puts into each check before its time is shared out."""
    return QUICK if quick else THOROUGH if thorough else FULL


def validate(
    solver: Any,
    *,
    checks: Mapping[str, Check] | None = None,
    quick: bool = False,
    thorough: bool = False,
    only: str | None = None,
    tiers: Iterable[str] | None = None,
    seed: int = 0,
    timeout: float | None = None,
    expected_failures: Mapping[str, str] | None = None,
    on_record: OnRecord | None = None,
    jobs: int = 1,
    bounds: Bounds | None = None,
    here: bool = False,
    resume: Report | None = None,
    tolerance: Tolerance | None = None,
    digits: Digits | None = None,
) -> Report:
    """Judge a solver.

    Parameters
    ----------
    solver : object or str
        A module or object with functions named as in `OBSERVABLES`, or what `load_solver` takes.
    checks : mapping, optional
        Checks by id; all of `electronwind.validation.checks` where none is given.
    thorough : bool
        Several times as many problems per check, for a night.
    quick : bool
        Few problems per check: seconds instead of minutes.
    only, tiers : optional
        Selection, as in `select`.
    seed : int
        The same seed on the same installation draws the same problems.
    timeout : float, optional
        Seconds after which a check draws no further problem; 60 where none is given, and in a
        quick run the fair share of a few seconds for all.
    expected_failures : mapping, optional
        Reason in words by check id. Strict: a check that passes after all is a failure.
    on_record : callable, optional
        Called with the report so far and the new record after every check.
    jobs : int
        Number of processes; more than one needs the solver by name, and the registered checks.
    bounds : Bounds, optional
        Time and memory of a solver given by name, which then runs in a process of its own. Where none are
        given, that is so for all but ``fast`` and ``reference``, within `loading.APART`.
    here : bool
        Whether a Python solver given by name runs in this process: for a debugger.
    resume : Report, optional
        A report of the same run. What it holds is kept, after a few of its checks were run again, and the
        rest is done; of one that is complete nothing is left to do, and the solver is not even loaded.
    tolerance, digits : callable, optional
        Instead of those of `electronwind.validation.core.tolerances`.

    Returns
    -------
    Report
        Marked incomplete where the user interrupted the run.

    Raises
    ------
    ValueError
        An unknown tier, a selection without checks, an expected failure without reason or of an
        unknown id, jobs or bounds for a solver that cannot be sent to another process, or a report
        to resume that is not of this run.
    TableError
        A certified table is damaged, or not the one that this version came with.
    SolverLoadError
        The solver could not be loaded, or makes a claim of accuracy that is none.
    """
    if jobs > 1 and (checks is not None or not isinstance(solver, str)):
        raise ValueError("jobs: expected 1 unless the solver is given by name, with all checks")
    if bounds is not None and (here or not isinstance(solver, str)):
        raise ValueError("bounds: expected none unless the solver is given by name, and not to run here")
    registered = checks is None
    checks = catalogue.all_checks() if checks is None else checks
    tiers = tuple(tiers or TIERS)
    matching = len(select(checks, only, tiers))
    chosen = choose(checks, only, tiers, quick)
    if any(check.tier == "table" for check in chosen):
        # At once: tables that are refused are no fault of the solver, and no verdict.
        tables()
    reasons = dict(expected_failures or {})
    refuse_unknown(reasons, checks)
    spec = solver if isinstance(solver, str) else ""
    if isinstance(solver, str):
        bounds = bounds_of(spec, bounds, here)
    effort = base_effort(quick, thorough)
    if timeout is not None:
        effort = replace(effort, seconds=timeout, longer=1.0)
    elif quick:
        effort = replace(effort, seconds=jobs * QUICK_RUN / max(len(chosen), 1))
    settings = {
        "seed": seed,
        "quick": quick,
        "left_out": matching - len(chosen),
        "thorough": thorough,
        "only": only or "",
        "tiers": list(tiers),
        "timeout": effort.seconds,
        "expected_failures": reasons,
        "bounds": None if bounds is None else asdict(bounds),
    }
    order = [check.id for check in chosen]
    if resume is not None and resume.complete:
        # Nothing is asked of the solver, which is known by its source.
        given = None if isinstance(solver, str) else solver
        now = {"solver": {"spec": spec}, "settings": settings, "environment": environment()}
        return settled(resume, now | {"fingerprint": fingerprint(spec, given, chosen)}, order)
    loaded = load(spec, bounds, here=here) if isinstance(solver, str) else solver
    marks = fingerprint(spec, loaded, chosen)
    solver = SolverUnderTest.opened(loaded)
    report = Report(
        solver={
            "name": solver.name,
            "version": solver.version,
            "spec": spec,
            "accuracy": solver.accuracy,
            "offers": list(solver.offers),
        },
        settings=settings,
        environment=environment(),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        planned=len(chosen),
        fingerprint=marks,
    )
    if resume is not None:
        done = finished(resume, report)
        report.records = [done[id] for id in order if id in done]
        spot_check(
            report.records,
            lambda record: differs(
                record,
                checks[record.id],
                solver,
                effort=base_effort(quick, thorough),
                seed=seed,
                tolerance=tolerance,
                digits=digits,
            ),
        )
        report.started, report.seconds = resume.started, resume.seconds
        chosen = [check for check in chosen if check.id not in done]
    shares = _shares(chosen, effort) if quick and timeout is None else ((c, effort) for c in chosen)
    records: Iterator[Record]
    if jobs > 1:
        from .parallel import run_parallel

        records = run_parallel([check.id for check in chosen], spec, effort, seed, jobs, bounds, here)
    else:
        patience = Patience(effort)
        records = (
            run_check(
                c, solver, effort=share, seed=seed, tolerance=tolerance, digits=digits, patience=patience
            )
            for c, share in shares
        )
    try:
        _collect(report, records, order, reasons, on_record)
        # Checks of others ask for what no planted fault nor our own systems are made for.
        # What ended or held up a process of several would do so to this one.
        lost = jobs > 1 and bounds is None and any(r.status == "crashed" for r in report.records)
        if registered and report.complete and not lost:
            report.causes = _causes(report, solver, checks, CONCLUDING * base_effort(quick, thorough).naming)
    finally:
        if spec:
            solver.release()
    return report


def _causes(report: Report, solver: Any, checks: Mapping[str, Check], seconds: float) -> list[Cause]:
    """Return the likely causes of the failures; whatever goes wrong with them, the verdicts stand."""
    if not any(record.status in ("failed", "crashed") for record in report.records):
        return []
    # Imported late: needed where something is wrong, and takes a while to load.
    from ..diagnosis.conclude import conclude

    start = time.perf_counter()
    try:
        return conclude(report, solver, checks, seconds=seconds)
    except Exception as error:
        words = f"the search for a cause broke off with {type(error).__name__}: {error}"
        return [Cause(words, known=False, observables=())]
    # The user's patience is at an end: what was judged is complete.
    except KeyboardInterrupt:
        return []
    finally:
        report.seconds += time.perf_counter() - start


def _shares(chosen: list[Check], effort: Effort) -> Iterator[tuple[Check, Effort]]:
    """Yield each check with its time: what an earlier one left over goes to those that follow."""
    start = time.perf_counter()
    for i, check in enumerate(chosen):
        left = len(chosen) * effort.seconds - (time.perf_counter() - start)
        yield check, replace(effort, seconds=max(left, 0.0) / (len(chosen) - i))


def _collect(
    report: Report,
    records: Iterator[Record],
    order: list[str],
    reasons: Mapping[str, str],
    on_record: OnRecord | None,
) -> None:
    """Fill the report as records come in; an interrupt leaves it marked incomplete."""
    start = time.perf_counter() - report.seconds
    try:
        for record in records:
            judged = _expected(record, reasons)
            report.records.append(judged)
            report.records.sort(key=lambda r: order.index(r.id))
            report.seconds = time.perf_counter() - start
            if on_record is not None:
                on_record(report, judged)
        report.records = audited(report.records, time.perf_counter() - start)
        report.complete = True
    except KeyboardInterrupt:
        pass
    finally:
        report.seconds = time.perf_counter() - start
