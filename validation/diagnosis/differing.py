"""Whether a solver answers a question of some kind wrongly: its answer beside that of the fast solver."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np

from electronwind import DYNAMICS, OBSERVABLES, OpenSystem, fast
from electronwind.external.caller import Question

from ..checks.motion.kinds import answer, compared, wanted
from ..core.check import Comparison
from ..core.tolerances import condition, natural, tolerance
from ..systems.call_questions import asked, posed_call
from ..systems.features import Row, code, decoded
from ..systems.posed import posed
from ..under_test.guard import Guarded, Hung, SolverFault, Unsupported

__all__ = ["Found", "differs"]

# Whether an answer is wrong, with "no answer" where there is none; None where that cannot be told.
Found = bool | Literal["no answer"] | None

# The fast solver errs as well.
BOTH = 4
# Nothing that is posed is conditioned so badly, and to measure it costs more than the answer.
HOPELESS = 1e9


class _Posed(NamedTuple):
    """A question about an observable, and its answer."""

    system: OpenSystem
    argument: tuple[Any, ...]
    want: Any
    scale: float


# A search comes back to the plain questions, and so do those for other solvers.
@lru_cache(maxsize=512)
def _posed(observable: str, word: str, seed: int) -> _Posed:
    problem = posed(observable, decoded(observable, word), seed)
    system, argument = problem.system, tuple(problem.numbers.values())
    want = np.asarray(getattr(fast, observable)(system, *argument))
    largest = float(np.max(np.abs(want), initial=0.0))
    return _Posed(system, argument, want, max(natural(observable, system, *argument), largest))


@lru_cache(maxsize=512)
def _called(name: str, word: str, seed: int) -> tuple[Question, Any]:
    question = asked(name, posed_call(name, decoded(name, word), seed))
    return question, wanted(question)


def differs(guarded: Guarded, name: str, row: Row, seed: int) -> Found:
    """Return whether the answer to a question is wrong, or none; None where that cannot be told.

    Parameters
    ----------
    guarded : Guarded
        The solver.
    name : str
        The function that is asked.
    row : dict
        Features of the question.
    seed : int
        Of all that they leave open.

    Raises
    ------
    Hung
        The solver had to be stopped.
    """
    try:
        return (_value if name in OBSERVABLES else _call)(guarded, name, code(name, row), seed)
    except Hung:
        raise
    except SolverFault:
        return "no answer"
    except Unsupported:
        return None


def _value(guarded: Guarded, name: str, word: str, seed: int) -> bool | None:
    known = _posed(name, word, seed)
    got = getattr(guarded, name)(known.system, *known.argument)
    if not known.want.size:
        return None
    comparison = Comparison(name, got, known.want, known.scale)
    if comparison.error <= tolerance(comparison, known.system.levels, guarded.accuracy):
        return False
    blatant = replace(comparison, condition=HOPELESS)
    if comparison.error > BOTH * tolerance(blatant, known.system.levels, guarded.accuracy):
        return True
    scale, kappa = condition(name, known.system, *known.argument)
    comparison = Comparison(name, got, known.want, scale, condition=kappa)
    return comparison.error > BOTH * tolerance(comparison, known.system.levels, guarded.accuracy)


def _call(guarded: Guarded, name: str, word: str, seed: int) -> bool | None:
    question, want = _called(name, word, seed)
    claim = guarded.time_accuracy if name in DYNAMICS else guarded.accuracy
    got = answer(guarded, question)
    return any(not one.error <= BOTH * tolerance(one, 1, claim) for one in compared(question, got, want))
