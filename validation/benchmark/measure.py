"""Climbing the ladder: judge first, then time all solvers in turns."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from electronwind.external import Bounds

from ..core.environment import environment
from ..core.tolerances import digits, tolerance
from ..under_test.guard import Guarded, SolverFault, Unsupported
from ..under_test.loading import load
from .entrant import Entrant
from .ladder import Rung, Workload, floor, workload
from .model import Benchmark, Outcome, Standing
from .problems import arguments
from .toll import Toll, after

__all__ = ["BUDGET", "FLOOR", "ROUNDS", "benchmark", "interleaved"]

FLOOR = "eig"
ROUNDS = 3
# Seconds that one solver may spend on one rung.
BUDGET = 60.0
# Times its share of what is left of a run's budget: most rungs need next to nothing.
SHARES = 4
# A timing shorter than this is mostly the clock: calls are repeated to fill it, up to so many.
SHORTEST, REPEATS = 5e-3, 20
# Megabytes of an answer: the largest rungs have hundred thousand systems.
ANSWER = 1024


def benchmark(
    solvers: Sequence[str | Any],
    rungs: Sequence[Rung],
    *,
    rounds: int = ROUNDS,
    budget: float = BUDGET,
    run_budget: float | None = None,
    settings: dict[str, Any] | None = None,
    on_rung: Callable[[Benchmark, Standing], None] | None = None,
    on_skip: Callable[[str, Rung, str], None] | None = None,
) -> Benchmark:
    """Judge and time solvers on a ladder of workloads, in turns in one run.

    Parameters
    ----------
    solvers : sequence
        Each an object, or what `load_solver` takes. The fast solver joins as the baseline where it is
        not among them.
    rungs : sequence of Rung
        From `ladder.select`: small before large.
    rounds : int
        Number of timings of each solver on each rung.
    budget : float
        Seconds that a solver may spend on one rung. A rung that is predicted to take longer, from the
        smaller ones and their growth, is skipped with words.
    run_budget : float, optional
        Seconds for the whole run. Each rung gets a few times its share of what is left; rungs for which
        nothing is left are skipped with words.
    settings : dict, optional
        Kept in the result.
    on_rung : callable, optional
        Called with the result so far and the new standing after every rung.
    on_skip : callable, optional
        Called with the solver, the rung and the reason, before a solver leaves out a rung.

    Returns
    -------
    Benchmark
        Marked incomplete where the user interrupted the run.

    Raises
    ------
    SolverLoadError
        A solver could not be loaded, or makes a claim that is none.

    Notes
    -----
    Each timed call is given a system object of its own: solvers such as `electronwind.fast` keep what
    they computed with the object, and a second call would measure a look-up. Every timed answer is
    judged too, off the clock.
    """
    bounds = Bounds(max(Bounds.seconds, budget), answer_megabytes=ANSWER)
    entrants = _entrants(solvers, bounds)
    toll = Toll(bounds) if any(entrant.pays for entrant in entrants) else None
    result = Benchmark(
        solvers=[entrant.about() for entrant in entrants],
        settings={"rounds": rounds, "budget": budget, "run_budget": run_budget} | (settings or {}),
        environment=environment(),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        planned=len(rungs),
    )
    start = time.perf_counter()
    try:
        for i, rung in enumerate(rungs):
            allowed = budget
            if run_budget is not None:
                left = run_budget - (time.perf_counter() - start)
                allowed = min(budget, SHARES * left / (len(rungs) - i))
            if allowed > 0:
                standing = _climb(rung, entrants, rounds, allowed, on_skip, toll)
            else:
                words = f"the budget of the run, {run_budget:g} s, was spent before"
                standing = Standing(rung, outcomes=[Outcome(e.label, "skipped", words) for e in entrants])
            result.standings.append(standing)
            result.seconds = time.perf_counter() - start
            if on_rung is not None:
                on_rung(result, standing)
        result.complete = True
    except KeyboardInterrupt:
        pass
    result.seconds = time.perf_counter() - start
    return result


def _entrants(solvers: Sequence[str | Any], bounds: Bounds) -> list[Entrant]:
    # The baseline apart too, where others are: its times hold and lose the same.
    loaded = [(s, load(s, bounds)) if isinstance(s, str) else ("", s) for s in solvers]
    roles = ["subject"] * len(loaded)
    if not any(spec == "fast" for spec, _ in loaded):
        apart = any(spec for spec, _ in loaded)
        loaded.append(("fast", load("fast", bounds if apart else None)))
        roles.append("baseline")
    # A label goes to terminals and plots, and a solver may call itself anything.
    names = ["".join(c if c.isprintable() else " " for c in Guarded(s).name) for _, s in loaded]
    found: list[Entrant] = []
    for (spec, solver), name, role in zip(loaded, names, roles, strict=True):
        label = name if names.count(name) == 1 and name != FLOOR else spec or f"{name} {len(found) + 1}"
        found.append(Entrant(label, solver, spec, role))
    return found


def interleaved(names: Sequence[str], rounds: int) -> Iterable[list[str]]:
    """Yield the order of each round: A B C, A B C, with a start that moves on by one."""
    for i in range(rounds):
        shift = i % len(names)
        yield [*names[shift:], *names[:shift]]


def _climb(
    rung: Rung,
    entrants: list[Entrant],
    rounds: int,
    budget: float,
    on_skip: Callable[[str, Rung, str], None] | None,
    toll: Toll | None,
) -> Standing:
    standing = Standing(rung)
    task = workload(rung)
    tolls = (0.0, 0.0) if toll is None else toll.of(rung, task)
    for entrant in entrants:
        words = entrant.exceeds(rung, rounds, budget)
        if words and not entrant.refuses(rung, task.system):
            if on_skip is not None:
                on_skip(entrant.label, rung, words)
            standing.outcomes.append(Outcome(entrant.label, "skipped", words))
        else:
            standing.outcomes.append(_judge(entrant, rung, task, rounds, budget))
    ready = {e.label: e for e in entrants if _outcome(standing, e).status == "timed"}
    if ready:
        matrices = floor(task.system)
        np.linalg.eig(matrices)
        for order in interleaved([FLOOR, *ready], rounds):
            standing.order.append(order)
            for name in order:
                if name == FLOOR:
                    _time_floor(matrices, standing)
                else:
                    _time(ready[name], rung, task, _outcome(standing, ready[name]), tolls)
    for entrant in entrants:
        outcome = _outcome(standing, entrant)
        if (spent := outcome.median or outcome.first) is not None:
            entrant.remember(rung, spent, outcome.peak or 0)
    return standing


def _outcome(standing: Standing, entrant: Entrant) -> Outcome:
    found = standing.of(entrant.label)
    assert found is not None
    return found


def _judge(entrant: Entrant, rung: Rung, task: Workload, rounds: int, budget: float) -> Outcome:
    """Return the outcome of the first call, which is watched and judged and never a timing."""
    if words := entrant.refuses(rung, task.system):
        return Outcome(entrant.label, "unsupported", words)
    outcome = Outcome(entrant.label, "timed")
    entrant.peak = 0
    outcome.first = _call(entrant.watched, rung, task, outcome)
    if not entrant.elsewhere:
        outcome.peak = entrant.peak
    if outcome.status == "timed" and rounds * outcome.first > budget:
        outcome.status = "skipped"
        outcome.message = (
            f"right, but not timed: the first call took {outcome.first:.3g} s; "
            f"the budget of the rung is {budget:.3g} s"
        )
    return outcome


def _call(guarded: Guarded, rung: Rung, task: Workload, outcome: Outcome) -> float:
    """Ask everything of a rung once, judge the answers, and return the seconds inside the solver."""
    before = sum(guarded.seconds.values())
    system = copy.copy(task.system)
    answers: dict[str, Any] = {}
    try:
        for name in rung.asked:
            answers[name] = getattr(guarded, name)(system, *arguments(name))
    except Unsupported as error:
        outcome.status, outcome.message = "unsupported", str(error)
    except SolverFault as fault:
        outcome.status, outcome.message = "crashed", str(fault)
    spent = sum(guarded.seconds.values()) - before
    for name, value in answers.items():
        comparison = task.compare(name, value)
        allowed = tolerance(comparison, task.system.levels, guarded.accuracy)
        right = digits(comparison.error)
        if outcome.digits is None or right < outcome.digits:
            outcome.digits, outcome.error, outcome.tolerance = right, comparison.error, allowed
        if not comparison.error <= allowed:
            outcome.status = "wrong"
            outcome.message = (
                f"{name} is off by {comparison.error:.2g} of its size, and {allowed:.2g} is allowed"
            )
    return spent


def _time(entrant: Entrant, rung: Rung, task: Workload, outcome: Outcome, tolls: tuple[float, float]) -> None:
    """Add one timing, unless an answer has turned out to be wrong."""
    if outcome.status != "timed":
        return
    if not outcome.calls:
        outcome.calls = min(max(1, int(SHORTEST / max(outcome.first or 0.0, 1e-9))), REPEATS)
    entrant.cpu = 0.0
    spent = [_call(entrant.guarded, rung, task, outcome) for _ in range(outcome.calls)]
    if outcome.status == "timed":
        paid, worked = tolls if entrant.pays else (0.0, 0.0)
        outcome.times.append(after(paid, float(np.mean(spent))))
        if not entrant.elsewhere:
            outcome.cpu.append(after(worked, entrant.cpu / outcome.calls))
    else:
        outcome.message += "; an earlier call was right"
        outcome.times, outcome.cpu = [], []


def _time_floor(matrices: np.ndarray[Any, Any], standing: Standing) -> None:
    start, worked = time.perf_counter(), time.process_time()
    calls = 0
    while not calls or (time.perf_counter() - start < SHORTEST and calls < REPEATS):
        np.linalg.eig(matrices)
        calls += 1
    standing.floor.append((time.perf_counter() - start) / calls)
    standing.floor_cpu.append((time.process_time() - worked) / calls)
