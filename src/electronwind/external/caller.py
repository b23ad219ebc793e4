"""What a careless caller does to a Python solver: beside it, in its process, with nothing in between.

The suite lends copies, casts arguments and reads answers at once, and the line to another process carries
neither strides nor threads. What a solver makes of arguments in other forms, of answers that are kept and of
callers at the same time is found here. Each function takes the solver first, then a `Question`, and returns
arrays by name.
"""

from __future__ import annotations

import copy
import os
import random
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind.calls import CALLS
from electronwind.dynamics import answered

from .forms import FORMS, reformed
from .wire import plain

__all__ = [
    "STATES",
    "Found",
    "Question",
    "arrays_in",
    "given",
    "given_as",
    "kept",
    "states",
    "together",
]

Array = NDArray[Any]
Found = dict[str, Array]

# Objects in objects: a family in a body in a path is as deep as it gets.
DEEPEST = 5
THREADS = 8
# Seconds between two threads: so short that one hardly finishes a function of numpy undisturbed.
SWITCH = 1e-6


@dataclass(frozen=True)
class Question:
    """A call of a solver.

    Attributes
    ----------
    name : str
        The function.
    problem : object
        Its first argument: a system, a family or a wire.
    arguments : tuple
        The others: numbers, arrays, tuples of them, or objects.
    options : mapping
        What is given by name.
    """

    name: str
    problem: Any
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """The parts of an answer by name."""
        row = CALLS.get(self.name)
        return ("value",) if row is None else tuple(row.fields)


def _ask(solver: Any, question: Question, arguments: tuple[Any, ...]) -> Any:
    result = getattr(solver, question.name)(question.problem, *arguments, **question.options)
    if result is None:
        raise TypeError("returned None")
    return result


def _read(question: Question, result: Any, prefix: str = "") -> Found:
    """Return copies of what an answer holds now."""
    parts = answered(result, question.fields)
    return {prefix + name: np.array(plain(value)) for name, value in parts.items()}


def _own(question: Question) -> tuple[Any, ...]:
    """Return arguments of the caller's own, which can be written into."""
    return copy.deepcopy(question.arguments)


def arrays_in(value: Any, depth: int = 0) -> Iterator[Array]:
    """Yield the arrays in a value, and in the attributes of objects in it."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from arrays_in(part, depth)
    elif depth < DEEPEST and not isinstance(value, (type, ModuleType)) and hasattr(value, "__dict__"):
        for part in vars(value).values():
            yield from arrays_in(part, depth + 1)


class _Held:
    """Arrays of the caller, and what was in them."""

    def __init__(self, *values: Any) -> None:
        found = [array for array in arrays_in(values) if array.dtype != object]
        self._arrays = [(array, array.tobytes()) for array in found]

    @property
    def changed(self) -> bool:
        """Whether something else is in them now."""
        return any(array.tobytes() != before for array, before in self._arrays)


def given(solver: Any, question: Question) -> Found:
    """Return what a solver answers to the very arguments of the question, by field: no copies of them."""
    return _read(question, _ask(solver, question, question.arguments))


# --- forms of arguments ---------------------------------------------------------------------------


def given_as(solver: Any, question: Question) -> Found:
    """Return an answer where every argument comes as is usual, and where all come in another form.

    Returns
    -------
    dict
        Each field under ``usual``, and under each of `FORMS`. A form is left out where no argument can be
        written so, or where the solver refuses it by an error: that is no wrong answer.
    """
    # First, so that an error here is one of the question.
    found = _read(question, _ask(solver, question, _own(question)), "usual.")
    for form in FORMS:
        arguments, changed = reformed(_own(question), form)
        if changed:
            with suppress(Exception):
                found |= _read(question, _ask(solver, question, arguments), f"{form}.")
    return found


# --- answers that are kept ------------------------------------------------------------------------


def _overwritten(value: Any) -> None:
    """Put other numbers into all arrays of the caller's own, in place."""
    for array in arrays_in(value):
        if array.flags.writeable and array.dtype != object:
            array[...] = array + 1


def kept(solver: Any, question: Question, other: Question) -> Found:
    """Return an answer as it was read at once, and as it is later.

    Parameters
    ----------
    solver : object
        The solver.
    question, other : Question
        What is asked, and what is asked after it.

    Returns
    -------
    dict
        Each field under ``usual``; under ``arguments`` where arrays of the arguments got other numbers after
        the call and before the answer was read; under ``next`` where the answer was read after the next
        call; under ``written`` where the answer was written into before the question came again. Besides
        ``changed``, whether a call changed its arguments or its problem.
    """
    own = _own(question)
    held = _Held(own, question.problem, getattr(question.problem, "leads", ()))
    first = _ask(solver, question, own)
    found = _read(question, first, "usual.")
    changed = held.changed
    own = _own(question)
    late = _ask(solver, question, own)
    _overwritten([part for part in own if isinstance(part, (np.ndarray, tuple))])
    found |= _read(question, late, "arguments.")
    _ask(solver, other, _own(other))
    found |= _read(question, first, "next.")
    # Both: a question may be known again only from its second time on.
    for answer in (first, late):
        for raw in answered(answer, question.fields).values():
            if isinstance(raw, np.ndarray) and raw.flags.writeable and raw.dtype.kind in "fc":
                raw[...] = raw + 1
    found |= _read(question, _ask(solver, question, _own(question)), "written.")
    return found | {"changed": np.array(float(changed))}


# --- threads --------------------------------------------------------------------------------------


def together(solver: Any, *questions: Question) -> Found:
    """Return the answers of questions asked one after another, and in eight threads at once.

    Of the answers in threads the one that deviates most from the one alone is returned, by number of
    question: ``0.alone.field`` and ``0.threads.field``.
    """
    alone = [_read(q, _ask(solver, q, _own(q))) for q in questions]
    start = threading.Barrier(THREADS)
    answers: list[list[Found]] = [[] for _ in questions]
    errors: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            start.wait()
            for k in range(len(questions)):
                which = (thread + k) % len(questions)
                asked = questions[which]
                answers[which].append(_read(asked, _ask(solver, asked, _own(asked))))
        except BaseException as error:
            start.abort()
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,), daemon=True) for k in range(THREADS)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    if errors:
        raise next((e for e in errors if not isinstance(e, threading.BrokenBarrierError)), errors[0])
    found = {}
    for k, (usual, many) in enumerate(zip(alone, answers, strict=True)):
        for name, value in usual.items():
            found[f"{k}.alone.{name}"] = value
            found[f"{k}.threads.{name}"] = max((one[name] for one in many), key=lambda got: _far(got, value))
    return found


def _far(got: Array, want: Array) -> float:
    if got.shape != want.shape:
        return np.inf
    distance = float(np.max(np.abs(got.astype(complex) - want), initial=0.0))
    return distance if np.isfinite(distance) else np.inf


# --- what the process has besides -----------------------------------------------------------------


def _generator() -> Any:
    # The generator that all share is the point here.
    name, key, *rest = np.random.get_state(legacy=True)
    return name, np.asarray(key).tobytes(), *rest


def _precision() -> Any:
    mpmath = sys.modules.get("mpmath")
    return None if mpmath is None else mpmath.mp.prec


# By name: what a call must leave alone.
STATES: dict[str, Callable[[], Any]] = {
    "the generator of numpy": _generator,
    "the generator of Python": random.getstate,
    "the folder of the process": os.getcwd,
    "the environment": lambda: dict(os.environ),
    "the precision of mpmath": _precision,
    "how numpy prints": np.get_printoptions,
}


GENERATORS = ("the generator of numpy", "the generator of Python")
# What a library may set at its first call, for good.
ONCE = ("the environment",)


def states(solver: Any, question: Question) -> Found:
    """Return which states of the process calls change, and an answer on two states of the generators.

    Returns
    -------
    dict
        Each field under ``usual`` and, on another state of both generators, under ``other``; and for each of
        `STATES` 1 where the call changed it, else 0.
    """
    numpys, pythons = np.random.get_state(), random.getstate()
    folder, surroundings, printed = os.getcwd(), dict(os.environ), np.get_printoptions()
    precision = _precision()
    before = {name: state() for name, state in STATES.items()}
    try:
        _ask(solver, question, _own(question))
        # Off what the first call may have set them to, which the next one would set them to again.
        np.random.seed(54321)
        random.seed(54321)
        before |= {name: STATES[name]() for name in (*GENERATORS, *ONCE)}
        found = _read(question, _ask(solver, question, _own(question)), "usual.")
        # What was not there before has not changed.
        flags = {
            name: np.array(float(before[name] is not None and state() != before[name]))
            for name, state in STATES.items()
        }
        np.random.seed(12345)
        random.seed(12345)
        return found | flags | _read(question, _ask(solver, question, _own(question)), "other.")
    finally:
        np.random.set_state(numpys)
        random.setstate(pythons)
        os.chdir(folder)
        for name in set(os.environ) - set(surroundings):
            del os.environ[name]
        os.environ.update(surroundings)
        np.set_printoptions(**printed)
        if precision is not None and _precision() != precision:
            sys.modules["mpmath"].mp.prec = precision
