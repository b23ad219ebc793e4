"""Asking the reference again: a random sample of what a run recalled.

What is kept from run to run can be written by whoever runs as the user, such as a solver under test. The
sample is drawn from the randomness of the machine, and not from the seed, among the values that the run used:
nobody who writes the archive knows it beforehand. It is small, as the fast solver has confirmed each of them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..core.record import Fields, Recalled, Record
from ..truth.archive import alike, discard
from .asking import derived

__all__ = ["audited"]

# Values that are asked again at least, and part of the time of the run for more of them.
FEW, SHARE = 3, 0.03
# A run in time takes the reference ten times as long as an observable.
LONG = 0.1
# What does not count against a solver, and may rest on a value that is wrong.
GREEN = ("passed", "expected-failure")
WORDS = (
    "It rests on values of the reference that were on file, and of those asked again the reference did not "
    "repeat {refuted}: they were altered. The cache is thrown away; run again. Where this repeats, the "
    "answers that come with the suite were altered: install it again."
)


def audited(
    records: Sequence[Record],
    seconds: float,
    *,
    few: int = FEW,
    ask: Callable[[Any], Fields] = derived,
) -> list[Record]:
    """Return the records of a run, after the reference was asked a sample of the recalled values again.

    Where one differs, no record that rests on recalled values stays green, and all that was kept is thrown
    away.

    Parameters
    ----------
    records : sequence of Record
        The records, with what they recalled.
    seconds : float
        What the run took: a few per cent of it may go into the sample.
    few : int
        Values that are asked again whatever it takes, if there are as many.
    ask : callable
        Asks the reference a question.
    """
    found = list(records)
    start = time.perf_counter()
    for asked, (place, known) in enumerate(_shuffled(found)):
        if asked >= few and time.perf_counter() - start > SHARE * seconds:
            break
        differs = not alike(known.answer, ask(known.question), known.question["digits"])
        record = found[place]
        found[place] = replace(
            record, asked_again=record.asked_again + 1, refuted=record.refuted + int(differs)
        )
    if not (refuted := sum(record.refuted for record in found)):
        return found
    discard()
    return [_doubted(record, refuted) for record in found]


def _shuffled(records: Sequence[Record]) -> list[tuple[int, Recalled]]:
    """Return all recalled values in the order in which they are asked: at random, one of each check first."""
    chance = random.SystemRandom()
    order = []
    for place, record in enumerate(records):
        shuffled = chance.sample(record.rests_on, len(record.rests_on))
        for turn, known in enumerate(shuffled):
            weight = LONG if "run" in known.question else 1.0
            # The larger, the earlier: a random number of an exponential distribution with this rate.
            order.append((turn, chance.expovariate(weight), place, known))
    return [(place, known) for *_, place, known in sorted(order, key=lambda entry: entry[:2])]


def _doubted(record: Record, refuted: int) -> Record:
    if record.status not in GREEN or not (record.recalled or record.asked_again):
        return record
    return replace(record, status="error", message=WORDS.format(refuted=refuted))
