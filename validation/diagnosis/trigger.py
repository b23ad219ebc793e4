"""What makes a function wrong: the smallest set of features that a question must have.

A plain question is tried first, then those that the run saw answered wrongly, then those of a covering array
until one is wrong. It is made plainer as long as the answer stays wrong, and then every other value of every
feature is tried: a feature matters where some value makes the answer right, and makes it so beside most of
what else can be asked. Equilibrium is tried besides: it takes two features at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from electronwind import DYNAMICS, NAMES

from ..core.record import Cause, Record
from ..systems.combinations import apart, rows
from ..systems.features import KIND, Row, code, decoded, read
from ..under_test.guard import Guarded, Hung
from .differing import Found, differs
from .evidence import Clock, Evidence, extent
from .saying import Trigger
from .turning import Turning, Wrong, plain

__all__ = ["failed", "search", "told", "trigger"]

# Questions of one kind that must all be answered rightly before the kind counts as right.
DRAWS = 4
# Of runs, which take longer.
FEW = 2
# More features than this are no trigger that a reader could use: something else decides that has no name.
MOST = 5
# Questions that a run saw answered wrongly, of each function.
SEEN = 3


def trigger(
    observable: str, wrong: Wrong, once: Wrong | None = None, seen: Iterable[Row] = ()
) -> Trigger | None:
    """Return the smallest set of features that makes an answer wrong, or None where no small one is found.

    Parameters
    ----------
    observable : str
        What is asked.
    wrong : callable
        ``wrong(row)`` tells whether a question of that kind is answered wrongly, or not at all; None where
        the solver declines it, or the answer has no number that could be wrong.
    once : callable, optional
        The same by a single question, which chance may make right.
    seen : iterable of dict
        Features of questions that were answered wrongly: tried before others.
    """
    first = (plain(observable), *seen, *rows(observable, 2))
    start = next((row for row in first if wrong(row)), None)
    if start is None:
        return None
    turning = Turning(observable, start, wrong, once or wrong)
    turning.all()
    told = {name: known for name, known in turning.kinds.items() if not all(known.values())}
    if len(told) > MOST:
        return None
    values, right = (
        {name: tuple(value for value in known if known[value] == wanted) for name, known in told.items()}
        for wanted in (True, False)
    )
    return Trigger(observable, values, right)


def search(observable: str, solver: Any, clock: Clock, seen: Sequence[Row] = ()) -> Trigger | None:
    """Return what makes a solver wrong about an observable, as far as the time allows.

    Parameters
    ----------
    observable : str
        What is asked.
    solver : object
        The solver under test, held against the fast one.
    clock : Clock
        Where it runs out, nothing is said: half of a search tells no trigger.
    seen : sequence of dict
        Features of questions that were answered wrongly.
    """
    guarded = Guarded(solver)
    known: dict[tuple[str, int], Found] = {}

    def asked(row: Row, seed: int) -> Found:
        key = code(observable, row), seed
        if key not in known:
            if not clock.left:
                raise _Late
            known[key] = differs(guarded, observable, row, seed)
        return known[key]

    def wrong(row: Row) -> Found:
        for seed in range(FEW if observable in DYNAMICS else DRAWS):
            if (found := asked(row, seed)) is not False:
                return found
        return False

    try:
        return trigger(observable, wrong, lambda row: asked(row, 0), seen)
    # Another question would cost as much waiting again.
    except (_Late, Hung):
        return None


def told(
    causes: list[Cause], solver: Any, clock: Clock, seen: Mapping[str, Sequence[Row]] | None = None
) -> list[Cause]:
    """Return the causes, each with what makes the first of its functions wrong, as far as the time allows.

    Parameters
    ----------
    causes : list of Cause
        What some failures have in common.
    solver : object
        The solver under test.
    clock : Clock
        Time for all of them together.
    seen : mapping, optional
        By function, features of questions that were answered wrongly.
    """
    triggers: dict[str, Trigger | None] = {}
    found = []
    for cause in causes:
        name = next((name for name in cause.observables if name in NAMES), None)
        if name is None:
            found.append(cause)
            continue
        # Two causes may be about one function, which has but one trigger.
        if name not in triggers:
            triggers[name] = search(name, solver, clock, (seen or {}).get(name, ()))
        trigger = triggers[name]
        words = "" if trigger is None else f"{name} is wrong {trigger.says}"
        found.append(replace(cause, trigger=words))
    return found


def failed(evidence: Evidence) -> dict[str, list[Row]]:
    """Return by function the features of a few questions that were answered wrongly, the smallest first."""
    found: dict[str, list[Row]] = {}
    for record in sorted(evidence.failures, key=lambda record: extent(evidence, record)):
        # A report that is resumed may hold what no run wrote.
        with suppress(Exception):
            name, row = _asked(evidence, record)
            rows = found.setdefault(name, [])
            if len(rows) < SEEN and row not in rows and not apart(row):
                rows.append(row)
    return found


def _asked(evidence: Evidence, record: Record) -> tuple[str, Row]:
    """Return what a check asked for when it failed, and the features of that.

    Raises
    ------
    LookupError
        They are not known: a question about a function of x remembers them only where it was made from them.
    """
    call, failure = evidence.calls.get(record.id), record.failure
    if call is not None:
        return call.observable, read(call.observable, call.system, *call.argument)
    if failure is None:
        raise LookupError(record.id)
    return failure.observable, decoded(failure.observable, failure.numbers[KIND])


class _Late(Exception):  # noqa: N818 - no error, and for nobody outside
    """The time is up."""
