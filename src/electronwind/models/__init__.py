"""The named families h(x) of the papers."""

from .base import Model
from .chains import bent_chain
from .junctions import single_level, stretch_and_turn, two_level
from .tangent import tangent

__all__ = ["Model", "bent_chain", "single_level", "stretch_and_turn", "tangent", "two_level"]
