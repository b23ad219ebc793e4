"""What the failures of a run have in common: their likely causes, the likeliest first."""

from .conclude import conclude

__all__ = ["conclude"]
