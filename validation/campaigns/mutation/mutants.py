"""Making mutants: which changes of the source count, and the source with one of them."""

from __future__ import annotations

import difflib
import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast  # pyright: ignore[reportMissingImports] - make mutation has it
from cosmic_ray.mutating import mutate_code  # pyright: ignore[reportMissingImports] - make mutation has it
from cosmic_ray.plugins import get_operator, operator_names  # pyright: ignore[reportMissingImports] - make mutation has it

from .mutant import Mutant
from .operators import OPERATORS

__all__ = ["STEADY", "Place", "draw", "make", "population"]

# The sources of the steady state, without suffix.
STEADY = (
    "adaptive",
    "calculus",
    "chains",
    "contour",
    "curl",
    "current",
    "density",
    "eigen",
    "evaluate",
    "fermi",
    "friction",
    "levels",
    "noise",
    "pauli",
    "resolvent",
    "response",
    "spectrum",
)

# Left out: operators that raise on complex arrays whatever the numbers, identity for equality, and sign
# changes that are none. They die at the first call and would only flatter the suite.
TRIVIAL = re.compile(
    r"ReplaceBinaryOperator_\w+_(FloorDiv|Mod|RShift|LShift|BitOr|BitAnd|BitXor)$"
    r"|ReplaceComparisonOperator_(?!Is)\w+_Is(Not)?$"
    r"|ReplaceUnaryOperator_(?!Delete)\w+$"
)

COMPOUND = {"classdef", "for_stmt", "funcdef", "if_stmt", "try_stmt", "while_stmt", "with_stmt"}

# Text for people, and what only type checkers read.
UNREAD = {"fstring", "import_from", "import_name", "raise_stmt", "tfpdef"}


class Place(NamedTuple):
    """Where a mutant can be made.

    Attributes
    ----------
    file, operator : str
        Name of the module, and of the operator.
    occurrence : int
        Counts the places of one operator in one file.
    line : int
        Where the change begins.
    lines : range, optional
        As in `Mutant`.
    """

    file: str
    operator: str
    occurrence: int
    line: int
    lines: range | None


def population(folder: Path, files: Sequence[str] = STEADY) -> list[Place]:
    """Return every place in the sources where an operator can make a mutant, in a fixed order."""
    found: list[Place] = []
    for file in files:
        nodes = list(ast_nodes(get_ast((folder / f"{file}.py").read_text(encoding="utf-8"))))
        for name, operator in _operators().items():
            places = ((node, span[0][0]) for node in nodes for span in operator.mutation_positions(node))
            # The number of an occurrence counts all places of the operator, those left out too.
            found.extend(
                Place(file, name, number, line, _statement(node))
                for number, (node, line) in enumerate(places)
                if not _unread(node)
            )
    return found


def make(folder: Path, place: Place) -> Mutant | None:
    """Return the mutant, or nothing where the change changes nothing."""
    source = (folder / f"{place.file}.py").read_text(encoding="utf-8")
    changed = mutate_code(source, _operators()[place.operator], place.occurrence)
    if changed is None or changed == source:
        return None
    words = _difference(source, changed)
    return Mutant(place.file, place.line, place.lines, place.operator, *words, changed)


def draw(folder: Path, count: int, seed: int, files: Sequence[str] = STEADY) -> list[Mutant]:
    """Return `count` different mutants drawn at random, or all if there are fewer.

    The first mutants of a larger sample with the same seed are those of a smaller one.
    """
    places = population(folder, files)
    random.Random(seed).shuffle(places)
    found: dict[str, Mutant] = {}
    for place in places:
        if len(found) == count:
            break
        mutant = make(folder, place)
        if mutant is not None:
            found.setdefault(mutant.digest, mutant)
    return list(found.values())


@cache
def _operators() -> dict[str, Any]:
    # Operators with arguments of their own need a configuration.
    general = {name.partition("/")[2]: get_operator(name) for name in operator_names()}
    chosen = {n: kind() for n, kind in general.items() if not TRIVIAL.search(n) and not kind.arguments()}
    return chosen | OPERATORS


def _statement(node: Any) -> range | None:
    """Return the lines of the statement around a node, of a compound one those of its head."""
    child, above = node, node
    while above.parent is not None and above.type not in COMPOUND and above.parent.type != "simple_stmt":
        child, above = above, above.parent
    if above.type in ("classdef", "funcdef") or above.parent is None:
        return None
    if above.search_ancestor("funcdef") is None:
        return None
    if above.type not in COMPOUND:
        return range(above.start_pos[0], above.end_pos[0] + 1)
    colon = next(part for part in above.children if part.type == "operator" and part.value == ":")
    if child is above or child.start_pos < colon.start_pos:
        return range(above.start_pos[0], colon.start_pos[0] + 1)
    return range(child.start_pos[0], child.end_pos[0] + 1)


def _unread(node: Any) -> bool:
    """Return whether a node is in text for people, in a declaration of types, or in a list of names."""
    child, above = node, node.parent
    while above is not None:
        if above.type == "annassign":
            # The annotation itself; what follows the sign of equality is code.
            unread = above.children.index(child) == 1
        elif above.type == "funcdef":
            # Name, arrow and return type; the parameters have types of their own.
            unread = child.type not in ("suite", "parameters", "simple_stmt")
        elif above.type == "classdef":
            unread = "Protocol" in above.get_code().partition(":")[0]
        elif above.type == "expr_stmt":
            unread = above.children[0].get_code().strip() in ("__all__", "__slots__")
        else:
            unread = above.type in UNREAD
        if unread:
            return True
        child, above = above, above.parent
    return False


def _difference(source: str, changed: str) -> tuple[str, str]:
    old, new = source.splitlines(), changed.splitlines()
    sides: tuple[list[str], list[str]] = [], []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            sides[0].extend(old[i:j])
            sides[1].extend(new[k:m])
    before, after = (" ".join(" ".join(side).split()) for side in sides)
    return before, after
