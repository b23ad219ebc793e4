"""Mistakes that a caller sees who keeps what it gave and got, writes numbers otherwise, or has threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import cloudpickle
import numpy as np
from numpy.typing import NDArray

from electronwind import CALLS, DYNAMICS, OBSERVABLES, STATICS, fast
from electronwind.dynamics import answered

from .. import registry
from ..motion.registry import plant_run

Array = NDArray[Any]
# What is asked: name, problem, arguments; options.
Wrong = Callable[..., Any]

STEADY = (*OBSERVABLES, *STATICS)
GIVEN = tuple(name for name in STEADY if name in CALLS or OBSERVABLES[name].argument)
RUNS = tuple(DYNAMICS)
ALONE = "an answer depends on the question only"
WRITTEN = "a number is the same however it is written"
OWNED = "an answer belongs to the caller, and so does what was given"


def careless(
    name: str, says: str, make: Callable[[], Wrong], source: str, names: Iterable[str] = STEADY,
    runs: Iterable[str] = RUNS,
) -> None:  # fmt: skip
    """Plant a mistake in functions of every kind: in those at rest, and as ``run-name`` in runs in time.

    ``make()`` returns a function that takes the name of what is asked, then what that takes.
    """

    def functions(of: Iterable[str]) -> dict[str, Callable[..., Any]]:
        wrong = make()
        return {o: partial(wrong, o) for o in of}

    if names := tuple(names):
        registry.plant(name, says, partial(functions, names), names, kind="software", source=source)
    if runs := tuple(runs):
        plant_run(f"run-{name}", says, partial(functions, runs), source=source, kind="software", runs=runs)


def parts(name: str, result: Any) -> dict[str, Any]:
    """Return the arrays of an answer by field."""
    fields = CALLS[name].fields if name in CALLS else ("value",)
    return {field: np.array(value) for field, value in answered(result, fields).items()}


def whole(name: str, fields: dict[str, Any]) -> Any:
    """Return an answer with these fields."""
    return fields["value"] if name not in CALLS or tuple(CALLS[name].fields) == ("value",) else fields


def leaves(value: Any) -> list[Any]:
    """Return the numbers and arrays in arguments; a list counts as one array."""
    if isinstance(value, tuple) and any(np.ndim(part) for part in value):
        return [leaf for part in value for leaf in leaves(part)]
    return [value] if isinstance(value, (list, tuple, int, float, np.ndarray, np.generic)) else []


def mapped(change: Callable[[Any], Any], value: Any) -> Any:
    """Return arguments with a function applied to each of their arrays."""
    if isinstance(value, tuple) and any(isinstance(part, np.ndarray) for part in value):
        return tuple(mapped(change, part) for part in value)
    return change(value) if isinstance(value, np.ndarray) else value


def _integer_results() -> Wrong:
    def ask(name: str, problem: Any, *arguments: Any, **options: Any) -> Any:
        found = parts(name, getattr(fast, name)(problem, *arguments, **options))
        given = [np.asarray(leaf).dtype.kind for argument in arguments for leaf in leaves(argument)]
        if set(given) <= set("iu") and given:
            found = {key: np.trunc(v.real) if v.dtype.kind in "fc" else v for key, v in found.items()}
        return whole(name, found)

    return ask


def _first_of_memory(array: Array) -> Array:
    """Return as many numbers as the array has, from where its memory begins."""
    if array.flags.c_contiguous or not isinstance(array.base, np.ndarray):
        return array
    return np.ravel(array.base)[: array.size].reshape(array.shape)


def _strides_ignored() -> Wrong:
    def ask(name: str, problem: Any, *arguments: Any, **options: Any) -> Any:
        return getattr(fast, name)(problem, *mapped(_first_of_memory, arguments), **options)

    return ask


careless("integer-results", "The result is made like the arguments: whole numbers where those are.",
         _integer_results, WRITTEN, GIVEN)  # fmt: skip
careless("strides-ignored", "An array is read from its first number on, whatever lies between its entries.",
         _strides_ignored, WRITTEN, GIVEN)  # fmt: skip


def _one_output_buffer() -> Wrong:
    buffers: dict[Any, Array] = {}

    def ask(name: str, problem: Any, *arguments: Any, **options: Any) -> Any:
        found = parts(name, getattr(fast, name)(problem, *arguments, **options))
        for key, value in found.items():
            found[key] = buffers.setdefault((name, key, value.shape), value)
            found[key][...] = value
        return whole(name, found)

    return ask


def _cache_handed_out() -> Wrong:
    known: dict[Any, dict[str, Any]] = {}

    def ask(name: str, *given: Any, **options: Any) -> Any:
        key = name, cloudpickle.dumps((given, options))
        if key not in known:
            known[key] = parts(name, getattr(fast, name)(*given, **options))
        return whole(name, dict(known[key]))

    return ask


careless("one-output-buffer", "All calls return the same array, filled anew.", _one_output_buffer, OWNED)
careless("cache-handed-out", "A cache hands out its own array.", _cache_handed_out, OWNED)


class _Late:
    """A run that is done when its result is first read."""

    def __init__(self, run: Callable[[], Any]) -> None:
        self._run = run

    def __getattr__(self, name: str) -> Any:
        # Not kept, and not asked by `copy` for what every object has.
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._run(), name)


def _reads_late() -> Wrong:
    return lambda name, *given, **options: _Late(partial(getattr(fast, name), *given, **options))


def _times_in_place() -> Wrong:
    def ask(name: str, problem: Any, *arguments: Any, **options: Any) -> Any:
        found = getattr(fast, name)(problem, *arguments, **options)
        times = arguments[-1]
        if isinstance(times, np.ndarray) and times.flags.writeable:
            times -= times[0] + 1
        return found

    return ask


careless("reads-late", "A run is done when its result is first read, with what its arguments are then.",
         _reads_late, OWNED, ())  # fmt: skip
careless("times-in-place", "Times and delays are shifted in the array of the caller.",
         _times_in_place, OWNED, ())  # fmt: skip


def _shared_work_array() -> Wrong:
    work: dict[str, Any] = {}

    def ask(name: str, *given: Any, **options: Any) -> Any:
        work[name] = given, options
        # As long as a library takes that lets other threads run.
        time.sleep(1e-4)
        arguments, more = work[name]
        return getattr(fast, name)(*arguments, **more)

    return ask


careless("shared-work-array", "All calls copy their input into one work array.", _shared_work_array, ALONE)


def _seeds() -> Wrong:
    def ask(name: str, *given: Any, **options: Any) -> Any:
        # The generator that all share is the point.
        np.random.seed(len(given))
        return getattr(fast, name)(*given, **options)

    return ask


def _draws() -> Wrong:
    def ask(name: str, *given: Any, **options: Any) -> Any:
        found = parts(name, getattr(fast, name)(*given, **options))
        drift = 1 + 1e-3 * np.random.random()
        return whole(name, {k: v * drift if v.dtype.kind in "fc" else v for k, v in found.items()})

    return ask


careless("seeds-the-generator", "The generator of numpy is seeded, so that answers repeat.", _seeds, ALONE)
careless("draws-from-the-generator", "An iteration begins with numbers from the generator of numpy.",
         _draws, ALONE)  # fmt: skip

SHORT = (*OBSERVABLES, "mode_rates", "jellium_curl", "jellium_friction", "jellium_vector_potential")


def _never_dropped() -> Wrong:
    answers: list[Any] = []

    def ask(name: str, *given: Any, **options: Any) -> Any:
        answers.append(parts(name, getattr(fast, name)(*given, **options)))
        return whole(name, {key: value.copy() for key, value in answers[-1].items()})

    return ask


def _slower() -> Wrong:
    answers: list[Any] = []

    def ask(name: str, *given: Any, **options: Any) -> Any:
        answers.append(None)
        for _ in range(len(answers) // 12):
            getattr(fast, name)(*given, **options)
        return getattr(fast, name)(*given, **options)

    return ask


careless("answers-never-dropped", "Every answer goes into a list that nobody reads.", _never_dropped, ALONE,
         SHORT, ())  # fmt: skip
careless("slower-every-call", "What was asked before is computed anew, part by part, before each answer.",
         _slower, ALONE, SHORT, ())  # fmt: skip
