"""The systems of the papers, by name."""

from __future__ import annotations

from dataclasses import dataclass

from electronwind import OBSERVABLES, OpenSystem
from electronwind.models import bent_chain, single_level, stretch_and_turn, two_level

__all__ = ["CASES", "Case"]


@dataclass(frozen=True)
class Case:
    """A named system.

    Attributes
    ----------
    name : str
        Model and place.
    system : OpenSystem
        The snapshot.
    source : str
        Paper and equation.
    infinite : tuple of str
        Observables that are infinite there, at frequency 0 where they have one.
    """

    name: str
    system: OpenSystem
    source: str
    infinite: tuple[str, ...] = ()

    def has(self, observable: str, frequency: float = 0.0) -> bool:
        """Return whether an observable is finite here, at a frequency where it has one."""
        moving = OBSERVABLES[observable].argument == "frequency" and frequency != 0
        return moving or observable not in self.infinite


_ONE, _TWO, _TURN = single_level(), two_level(), stretch_and_turn()
_WARM = two_level(temperature=(0.001, 0.02))
# A perfect chain, bent or not, has a state at either edge of its band: where its occupation fluctuates, or
# the two leads fill it differently, what it does to a force grows without bound.
_EDGE = ("friction", "white_noise", "force_noise", "response", "pair_density")

CASES: dict[str, Case] = {
    case.name: case
    for case in (
        Case("single-level/resonant", _ONE.at(0.0), "preston2022 Sec. III A"),
        Case("single-level/edge", _ONE.at(1.2), "preston2022 Sec. III A"),
        *(
            Case(f"two-level/{x:g}", _TWO.at(x), "preston2022 Eq. 54, 55 and Fig. 1")
            for x in (-0.75, -0.2, 0.0, 0.68)
        ),
        Case("two-level/unequal-temperatures", _WARM.at(-0.2), "preston2022 Eq. 54, 55"),
        *(
            Case(f"stretch-and-turn/{q:g},{theta:g}", _TURN.at([q, theta]),
                 "preston2022 Eq. 56-59 and Fig. 7, 8")
            for q, theta in ((2.0, 1.0), (1.0, -0.5), (3.5, 0.25))
        ),
        Case("bent-chain/ideal", bent_chain().at([0.0, 0.0]), "todorov2010 Eq. 26-32", ("pair_density",)),
        Case("bent-chain/stretched", bent_chain().at([-0.05, 0.02]), "todorov2010 Eq. 26-28"),
        Case("bent-chain/warm",
             bent_chain(mu=(-0.4, -0.9), temperature=(0.08, 0.15)).at([0.0, 0.0]),
             "todorov2010 Eq. 24-28", _EDGE),
    )
}  # fmt: skip
