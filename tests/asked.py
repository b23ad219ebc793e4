"""Questions as the checks of callers pose them."""

from electronwind.external.caller import Question
from electronwind.validation.campaigns.matrix import drawn
from electronwind.validation.systems.questions import posed


def question(name: str = "transmission", index: int = 0) -> Question:
    """Return what one of the first problems of a function asks."""
    return posed(name, drawn(f"contract.kept.{name}", 3)[index])
