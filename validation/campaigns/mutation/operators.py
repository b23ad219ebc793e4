"""Mutations that this field is prone to, next to the general ones of cosmic-ray.

An operator has cosmic-ray's two methods, ``mutation_positions(node)`` and ``mutate(node, index)``, on the
nodes of a parso tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

__all__ = ["OPERATORS"]

Span = tuple[tuple[int, int], tuple[int, int]]

# One name for another: the wrong part, the wrong side, the wrong lead, a conjugate forgotten.
SIBLINGS = {
    "adjoint": "np.copy",
    "all": "any",
    "any": "all",
    "conj": "copy",
    "cos": "sin",
    "empty": "occupied",
    "imag": "real",
    "left": "right",
    "max": "min",
    "maximum": "minimum",
    "min": "max",
    "minimum": "maximum",
    "occupied": "empty",
    "ones": "zeros",
    "ones_like": "zeros_like",
    "real": "imag",
    "right": "left",
    "sin": "cos",
    "zeros": "ones",
    "zeros_like": "ones_like",
}


class ReplaceName:
    """Replace a name by a sibling that has the same type."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Yield where a name of the table is used, not where it is defined or imported."""
        if node.type != "name" or node.value not in SIBLINGS or node.is_definition():
            return
        keyword = node.parent.type == "argument" and node.parent.children[0] is node
        if not keyword and node.search_ancestor("import_from", "import_name") is None:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Put the sibling in its place."""
        node.value = SIBLINGS[node.value]
        return node


class SwapArguments:
    """Exchange the first two positional arguments of a call."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Yield the argument lists that begin with two different positional arguments."""
        if node.type != "arglist" or len(node.children) < 3:
            return
        first, second = node.children[0], node.children[2]
        plain = all(part.type != "argument" for part in (first, second))
        if plain and first.get_code(include_prefix=False) != second.get_code(include_prefix=False):
            yield first.start_pos, second.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Exchange them."""
        node.children[0], node.children[2] = node.children[2], node.children[0]
        return node


class TransposeOperand:
    """Exchange the last two subscripts of one operand, or of the result, of an einsum."""

    # A term is what stands between commas and the arrow; its last two letters are a matrix.
    TERM = re.compile(r"[a-z]{2}(?=,|->|[\"'])")

    def _terms(self, node: Any) -> list[re.Match[str]]:
        return list(self.TERM.finditer(node.value)) if node.type == "string" and "->" in node.value else []

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Yield the subscripts once for each term that is a matrix."""
        for _ in self._terms(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Transpose one term."""
        at = self._terms(node)[index].start()
        node.value = node.value[:at] + node.value[at + 1] + node.value[at] + node.value[at + 2 :]
        return node


OPERATORS = {type(each).__name__: each for each in (ReplaceName(), SwapArguments(), TransposeOperand())}
