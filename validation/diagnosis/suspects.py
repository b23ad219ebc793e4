"""Mistakes that may be behind the failures, each as a solver that makes it, and how well it fits."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OBSERVABLES, OpenSystem, fast

from ..core.record import Record
from ..faults.catalogue import FAULTS
from ..under_test.guard import Guarded
from .culprit import Culprit
from .evidence import Clock, Evidence, ask, extent, is_wrong, replay
from .likeness import likely
from .panel import HARD
from .symptoms import likenesses
from .where import separating

__all__ = ["Suspect", "suspects"]

# A likeness counts where it explains all but this fraction of an error; where the answer is right, to so
# many units of its scale.
UNEXPLAINED, SAME = 1e-4, 1e-6
# Replays of checks take longer than calls: so many failures of a function are replayed with every mistake
# that may be behind them, the others with the ones that fitted.
REPLAYED = 3
# Of what must fit: less may be an accident of small problems.
LEAST_FIT = 0.5
# Of a mistake that misses so many times more answers than it hits, no more are looked at.
HOPELESS = 3


@dataclass(eq=False)
class Suspect:
    """A mistake, and what speaks for it.

    Attributes
    ----------
    name : str
        Of a planted fault, or what a value looks like: "multiplied by 2".
    planted : bool
        Which of the two.
    observables : tuple of str
        The functions that it makes wrong.
    factory : callable
        Returns a solver with the mistake.
    hits, misses : int
        Answers of the solver that it gives too, and others.
    where : str
        Where it is made, where it is not made everywhere.
    fits : set of str
        Ids of the failures that it explains.
    """

    name: str
    planted: bool
    observables: tuple[str, ...]
    factory: Callable[[], Any]
    hits: int = 0
    misses: int = 0
    where: str = ""
    fits: set[str] = field(default_factory=set)

    @property
    def consistency(self) -> float:
        """Fraction of the known answers that it gives too; 1 where none is known."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else 1.0


def suspects(evidence: Evidence, solver: Any, clock: Clock) -> list[Suspect]:
    """Return the mistakes that explain at least one failure, with what speaks for each.

    Parameters
    ----------
    evidence : Evidence
        Of the run.
    solver : object
        Is asked for more where something is wrong.
    clock : Clock
        When it has run out, what was found until then is returned.
    """
    blamed = dict.fromkeys(evidence.blamed(record) for record in evidence.failures)
    for name in blamed:
        ask(evidence, solver, name, clock, HARD)
    for name in blamed:
        ask(evidence, solver, name, clock)
    found = [*_looks(evidence, list(blamed)), *_planted(evidence, solver, list(blamed), clock)]
    for suspect in found:
        _compare(evidence, suspect)
    # Replays take long: first with those that fit best, and of what one of them explains no others but peers.
    found.sort(key=_standing, reverse=True)
    explained: dict[str, tuple[float, ...]] = {}
    for suspect in found:
        standing = _standing(suspect)
        _replay(evidence, suspect, {id for id, other in explained.items() if other > standing}, clock)
        for id in suspect.fits:
            explained.setdefault(id, standing)
    return [suspect for suspect in found if suspect.fits]


def _standing(suspect: Suspect) -> tuple[float, ...]:
    return (len(suspect.fits) * round(suspect.consistency, 2), round(suspect.consistency, 2))


# --- what values look like ------------------------------------------------------------------------


def _looks(evidence: Evidence, blamed: list[str]) -> Iterator[Suspect]:
    """Yield each look that the wrong values of one or more functions have."""
    found: dict[str, Suspect] = {}
    for name in blamed:
        if name not in OBSERVABLES:
            continue
        known = [call for call in evidence.known(name) if call.got is not None]
        wrong = [call for call in known if is_wrong(call)]
        for predicate in dict.fromkeys(p for call in wrong for p in _resembled(call)):
            hits = [call for call in known if _near(call, _look(predicate, call))]
            misses = [call for call in known if call not in hits]
            made = [call for call in hits if is_wrong(call)]
            where = separating(made, misses) if not any(map(is_wrong, misses)) else ""
            if len(made) < LEAST_FIT * len(wrong):
                continue
            suspect = found.setdefault(f"{predicate} {where}", Suspect(predicate, False, (), lambda: None))
            suspect.observables += (name,)
            suspect.where = where
            suspect.hits += len(hits)
            suspect.misses += 0 if where else len(misses)
    for suspect in found.values():
        suspect.factory = partial(_mistaken, suspect.name, suspect.observables)
        yield suspect


def _resembled(call: Culprit) -> Iterator[str]:
    assert call.want is not None
    # What cancels to nothing looks like anything.
    if np.max(np.abs(call.want), initial=0.0) <= SAME * call.scale:
        return
    for like in likenesses(call.want, call.observable, call.system.degeneracy):
        if _near(call, like.value):
            yield like.predicate


def _look(predicate: str, call: Culprit) -> ArrayLike | None:
    return _turned(predicate, call.observable, call.system, call.want)


def _turned(predicate: str, observable: str, system: OpenSystem, right: Any) -> NDArray[Any]:
    """Return what a right value becomes by a mistake; the value itself where the mistake has no effect."""
    for like in likenesses(right, observable, system.degeneracy):
        if like.predicate == predicate:
            return like.value
    return np.asarray(right)


def _mistaken(predicate: str, observables: tuple[str, ...]) -> Any:
    """Return the fast solver with the mistake in some of its functions."""

    def wrong(name: str, system: OpenSystem, *argument: Any) -> Any:
        value = _turned(predicate, name, system, getattr(fast, name)(system, *argument))
        return value if OBSERVABLES[name].complex else np.real(value)

    right = {name: getattr(fast, name) for name in OBSERVABLES}
    return SimpleNamespace(name="wrong", **right | {name: partial(wrong, name) for name in observables})


# --- planted faults -------------------------------------------------------------------------------


def _planted(evidence: Evidence, solver: Any, blamed: list[str], clock: Clock) -> Iterator[Suspect]:
    """Yield the planted faults that answer as the solver did."""
    names: dict[str, None] = {}
    failing = [check for r in evidence.failures if (check := evidence.checks.get(r.id)) is not None]
    expected = {name for check in failing for name in check.catches}
    for name in blamed:
        for call in _telling(evidence, name):
            # A mistake in many functions is looked up once, and first among those that the checks are for.
            for among in (list(names), [n for n in FAULTS if n in expected], None):
                if matched := likely(call, seconds=clock.left / 4, among=among):
                    names |= dict.fromkeys(matched)
                    break
    for record in _unexplained(evidence):
        check = evidence.checks.get(record.id)
        names |= dict.fromkeys(name for name in (check.catches if check else ()) if name in FAULTS)
        if record.status == "crashed":
            touched = set(record.observables)
            names |= dict.fromkeys(
                n for n, f in FAULTS.items() if f.kind == "software" and touched & set(f.observables)
            )
    for name in names:
        fault = FAULTS[name]
        suspect = Suspect(name, True, fault.observables, fault.factory)
        for observable in fault.observables:
            ask(evidence, solver, observable, clock, HARD)
        for call, value in _answers(evidence, suspect):
            if not clock.left or suspect.misses > HOPELESS * (suspect.hits + 1):
                break
            alike = _near(call, value)
            suspect.hits += alike
            suspect.misses += not alike
        yield suspect


def _answers(evidence: Evidence, suspect: Suspect) -> Iterator[tuple[Culprit, NDArray[Any] | None]]:
    """Yield what is known of the functions of a suspect, and what it says.

    Questions come in the order in which the solver was asked: some keep what they must not.
    """
    for name in suspect.observables:
        same = suspect.factory()
        for call in evidence.asked.get(name, []):
            yield call, _answer(same, call)
    for call in evidence.calls.values():
        if call.observable in suspect.observables:
            yield call, _answer(suspect.factory(), call)


def _telling(evidence: Evidence, observable: str) -> list[Culprit]:
    """Return the wrong answers on which mistakes differ most."""
    asked = [call for call in evidence.asked.get(observable, []) if is_wrong(call)][:2]
    shown = [call for call in evidence.calls.values() if call.observable == observable]
    shown.sort(key=lambda call: (-call.system.levels, -len(call.system.leads)))
    return [*asked, *shown[: 3 - len(asked)]]


def _unexplained(evidence: Evidence) -> list[Record]:
    """Return the failures without a call that shows them, the simplest ones of each function."""
    left: dict[str, list[Record]] = {}
    for record in sorted(evidence.failures, key=lambda record: extent(evidence, record)):
        if record.id not in evidence.calls:
            left.setdefault(evidence.blamed(record), []).append(record)
    return [record for records in left.values() for record in records[:REPLAYED]]


def _answer(solver: Any, call: Culprit) -> NDArray[Any] | None:
    guarded = Guarded(solver)
    # Overflow is a usual sign of a wrong solver, and no news.
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return np.asarray(getattr(guarded, call.observable)(call.system, *call.argument))
        # Some raise where others return nonsense.
        except Exception:
            return None


def _near(call: Culprit, value: ArrayLike | None) -> bool:
    """Return whether a mistake gives the answer of a call."""
    if value is None or call.got is None or np.shape(value) != call.got.shape:
        return False
    off = float(np.max(np.abs(np.asarray(value) - call.got), initial=0.0))
    if not is_wrong(call):
        return off <= max(SAME, call.allowed) * call.scale
    error = call.error * call.scale
    # A solver that claims an accuracy is granted it, within limits: beyond, anything looks alike.
    return off <= max(UNEXPLAINED * error, min(1e-2 * error, call.allowed * call.scale))


# --- what a mistake explains ----------------------------------------------------------------------


def _compare(evidence: Evidence, suspect: Suspect) -> None:
    """Note the failures with a call on which the mistake gives the same answer."""
    for id, call in evidence.calls.items():
        if call.observable in suspect.observables and _near(call, _answer(suspect.factory(), call)):
            suspect.fits.add(id)


def _replay(evidence: Evidence, suspect: Suspect, settled: set[str], clock: Clock) -> None:
    """Note the failures that a check finds of the mistake just as of the solver, but for the settled ones."""
    # What is kept from call to call shows in the order of a check only.
    keeps = suspect.planted and FAULTS[suspect.name].kind == "software"
    tried = 0
    for record in sorted(evidence.failures, key=lambda record: extent(evidence, record)):
        if not clock.left:
            return
        if record.id in suspect.fits | settled or not evidence.involved(record) & set(suspect.observables):
            continue
        if record.id in evidence.calls and not keeps:
            continue
        # Of a mistake that fits none of the simplest, no more are asked.
        if tried >= REPLAYED and not suspect.fits:
            return
        tried += 1
        if replay(evidence, record, suspect.factory()):
            suspect.fits.add(record.id)
