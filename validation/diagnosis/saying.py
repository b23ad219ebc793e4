"""What makes a function wrong, in words: the values of features that a question must have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from electronwind import OBSERVABLES

from ..systems.features import words_of

__all__ = ["BALANCE", "WORDS", "Trigger"]

# A feature that is two: whether all leads agree on temperature and potential.
BALANCE = "balance"

# What is counted: of these, values are in an order.
COUNTED = ("levels", "coordinates", "leads")
# What several values of a feature are in a word: the first that holds for all that are wrong, and for none
# that is right.
WORDS: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "batch": (
        (("some", "several axes", "100+"), "for a batch of more than one"),
        (("one", "some", "several axes", "100+"), "for a batch"),
        (("one", "some", "several axes", "100+", "empty"), "for a batch"),
    ),
    "kind": (
        (("chain", "mixed"), "where there is a chain lead"),
        (("periodic", "mixed"), "where there is a lead of cells"),
        (("chain", "periodic", "mixed"), "where a lead has a band"),
        (("wide-band", "mixed"), "where there is a wide-band lead"),
    ),
    "parameters": ((("as h", "their own"), "where the numbers of the leads are batched"),),
    "gap": (
        (("1e-12", "1e-8"), "where two levels nearly coincide"),
        (("none", "1e-12", "1e-8"), "where two levels coincide or nearly do"),
    ),
    "temperatures": (
        (("zero", "some zero"), "where a temperature is 0"),
        (("equal", "zero"), "where all temperatures are equal"),
        (("different", "nearly equal", "some zero"), "whenever two temperatures differ"),
        (("different", "equal", "nearly equal"), "where no temperature is 0"),
        (("different", "equal", "nearly equal", "some zero"), "where a temperature is above 0"),
    ),
    "potentials": (
        (("different", "tiny bias", "reversed"), "whenever two potentials differ"),
        (("equal", "tiny bias"), "where potentials agree or nearly do"),
    ),
    "unit": ((("tiny", "huge"), "where energies are not of order 1"),),
    "spin": ((("2", "3+"), "where the spin factor is not 1"),),
    "shape": (
        (("list of one", "list", "not in order", "the same twice"), "for a list of {arguments}"),
        (("list", "not in order", "the same twice"), "for a list of more than one {argument}"),
    ),
    "sign": (
        (("negative", "both"), "for {argument} < 0"),
        (("positive", "both"), "for {argument} > 0"),
        (("positive", "negative", "both"), "for {argument} other than 0"),
    ),
    "size": ((("usual", "large"), "unless the {argument} is small"),),
    "family": (
        (("curved", "tangent", "object"), "where h is not linear in x"),
        (("curved", "object"), "where h is quadratic in x"),
    ),
    "masses": ((("different", "equal"), "where each coordinate has its mass"),),
    "surface": (
        (("springs", "one spring"), "in a harmonic potential"),
        (("quartic", "gradient only"), "in a potential that is not harmonic"),
        (("quartic", "springs", "one spring"), "in a potential with second derivatives"),
    ),
    "place": (
        (("ends", "shared", "inner"), "where no lead reaches every level"),
        (("batch", "several axes", "the same twice"), "for a batch of more than one position"),
        (("batch", "several axes", "the same twice", "one of a batch"), "for a batch of positions"),
        (("one", "batch", "several axes", "one of a batch", "whole numbers", "the same twice"),
         "away from x = 0"),
    ),
    "start": (
        (("batch", "one velocity", "one position", "several axes"), "for a batch of starts"),
        (("batch", "one velocity", "several axes"), "for a batch of positions at the start"),
        (("one", "batch", "one velocity", "one position", "whole numbers", "several axes"),
         "where the start is not at rest"),
    ),
    "path": (
        (("oscillation", "straight", "knots", "function"), "along a path that moves"),
        (("oscillation", "knots", "function"), "along a path that is not straight"),
    ),
    "times": (
        (("uneven", "even", "late", "negative", "whole numbers", "long", "many"),
         "for more than a single time"),
    ),
    "delays": (
        (("rising", "not in order", "the same twice", "whole numbers"), "for several delays"),
        (("rising", "one", "not in order", "the same twice", "whole numbers"), "for delays above 0"),
        (("not in order", "the same twice"), "unless delays are in rising order"),
    ),
    "functional": (
        (("strengths", "one strength", "one site", "not in order"), "for a repulsion of sites"),
        (("strengths", "neutral", "not in order"), "where sites differ"),
    ),
    "points": (
        (("list", "several axes", "the same twice", "whole numbers"), "for several points"),
    ),
    "bias": ((("positive", "negative", "large"), "unless the bias is small"),),
    "motion": ((("usual", "small", "large"), "unless the frequency is 0"),
               (("usual", "large"), "unless the frequency is low")),
    "mass": ((("usual", "heavy", "light"), "for a mass other than 1"),),
}  # fmt: skip


@dataclass(frozen=True)
class Trigger:
    """What a question about a function must be for the answer to be wrong.

    Attributes
    ----------
    observable : str
        What is wrong.
    values : dict
        By feature that matters, the values for which the answer is wrong; empty where it always is.
    right : dict
        By feature that matters, the values for which the answer is right.
    """

    observable: str
    values: Mapping[str, tuple[str, ...]]
    right: Mapping[str, tuple[str, ...]]

    @property
    def says(self) -> str:
        """The trigger in words that follow "wrong"."""
        if not self.values:
            return "whatever was asked"
        row = OBSERVABLES.get(self.observable)
        argument = row.argument.removesuffix("s") if row is not None else "frequency"
        found = [_words(self.observable, name, self.values[name], self.right[name]) for name in self.values]
        return " and ".join(found).format(argument=argument, arguments=_plural(argument))


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if word in ("energy", "frequency") else f"{word}s"


def _words(of: str, name: str, wrong: tuple[str, ...], right: tuple[str, ...]) -> str:
    if name == BALANCE:
        return "out of equilibrium"
    values = words_of(of)[name]
    if name in COUNTED and len(wrong) > 1:
        if min(map(_count, wrong)) > max(map(_count, right)):
            return f"from {min(map(_count, wrong))} {name} on"
        if max(map(_count, wrong)) < min(map(_count, right)):
            return f"up to {max(wrong, key=_count).split('-')[-1]} {name}"
    for several, words in WORDS.get(name, ()):
        if len(wrong) > 1 and set(wrong) <= set(several) and not set(right) & set(several):
            return words
    return " or ".join(values[value] for value in wrong)


def _count(value: str) -> int:
    """Return the least number that a value such as ``3-4`` or ``9+`` stands for."""
    return int(re.split(r"\D", value)[0])
