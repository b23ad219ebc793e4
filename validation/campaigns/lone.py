"""Planted faults that one check alone can find, and why no second one can."""

from __future__ import annotations

__all__ = ["LONE"]

_COPIES = "what a caller keeps or writes into: every other check is given copies, and copies what it gets"
_FORMS = "other checks write numbers as floats, in arrays side by side in memory"
_THREADS = "other checks ask from one thread"
_STATES = "what a call leaves behind in generators is in no answer"
_GROWTH = "what a hundred calls cost is in no answer"
_REFUSED = "the right answer is to refuse: to all other checks such a question has no answer"
_OUTSIDE = "states that no lead broadens: questions that hold a solver against others stay off them"

_BY_LAW: dict[str, tuple[str, str]] = {
    "contract.kept": (
        _COPIES,
        "cache-handed-out one-output-buffer run-cache-handed-out run-one-output-buffer run-reads-late "
        "run-times-in-place",
    ),
    "contract.forms": (_FORMS, "strides-ignored run-strides-ignored"),
    "contract.threads": (_THREADS, "shared-work-array run-shared-work-array"),
    "contract.states": (_STATES, "seeds-the-generator run-seeds-the-generator"),
    "contract.growth": (_GROWTH, "answers-never-dropped slower-every-call"),
    "refuse.arguments": (_REFUSED, "refusals-become-zero"),
    "refuse.bound": (_REFUSED, "bound-state-of-first-potential bound-state-of-mean-potential"),
    "refuse.delays": (_REFUSED, "run-delays-by-size"),
    "refuse.isolated": (
        _REFUSED,
        "isolated-level-half-filled isolated-level-of-first-lead run-isolated-level-touched",
    ),
    "refuse.path": (_REFUSED, "run-jump-smoothed"),
    "refuse.times": (_REFUSED, "run-times-sorted"),
    "analytic.bound": (
        _OUTSIDE,
        "bound-state-forgotten bound-state-inverted bound-state-twice bound-state-whole",
    ),
}

# By fault: the law that finds it, and the reason.
LONE: dict[str, tuple[str, str]] = {
    name: (law, reason) for law, (reason, names) in _BY_LAW.items() for name in names.split()
}
