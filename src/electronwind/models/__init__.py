"""The named families h(x) of the papers, and families of a user's own."""

from .base import Model
from .chains import bent_chain
from .family import family
from .junctions import single_level, stretch_and_turn, two_level
from .probes import probe_chain
from .ribbons import ribbon_particle
from .tangent import tangent
from .wires import wire

__all__ = [
    "Model",
    "bent_chain",
    "family",
    "probe_chain",
    "ribbon_particle",
    "single_level",
    "stretch_and_turn",
    "tangent",
    "two_level",
    "wire",
]
