"""Systems for the tables whose scales lie far apart, and a ring in a magnetic field."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from electronwind import Lead, OpenSystem, WideBandLead

from .drawing import Dyadic, TableProblem

__all__ = ["extreme"]


def extreme() -> Iterator[TableProblem]:
    """Yield the problems, each of which strains a closed form in a way of its own."""
    bright, dark = np.array([[1, 1], [1, 1]]) / 2, np.array([[1, -1], [-1, 1]]) / 2
    for label, heat in (("cold", (0.0, 0.0)), ("unequal", (2.0**-12, 0.05))):
        draw = Dyadic(f"dark-{label}")
        leads: list[Lead] = [
            WideBandLead(bright + 0j, 0.125 + 2.0**-13, heat[0]),
            WideBandLead(bright / 2 + dark * 2.0**-12, -0.25, heat[1]),
        ]
        h = np.array([[0.25, 0.125], [0.125, 0.25]])
        yield TableProblem(
            f"dark-state-{label}",
            "drawn: interference leaves one of two levels a width of 2^-12, half of it from a potential",
            OpenSystem(h, [draw.hermitian(2) for _ in range(2)], leads),
            frequency=2.0**-11,
        )
    draw = Dyadic("broad")
    leads = [WideBandLead(np.diag([64.0, 0]), 0.25, 0.02), WideBandLead(np.diag([0, 2.0**-8]), -0.5, 0.02)]
    yield TableProblem(
        "broad-and-narrow",
        "drawn: two levels, one 2^14 times broader than the other",
        OpenSystem([[1, 0.25 - 0.5j], [0.25 + 0.5j, -0.25]], [draw.hermitian(2) for _ in range(2)], leads),
    )
    draw, hop = Dyadic("ring"), -0.5 + 0.25j
    leads = [WideBandLead(np.diag(np.eye(3)[a]) * (a + 1) / 8, 0.25, 0.02) for a in range(3)]
    yield TableProblem(
        "ring-with-flux",
        "drawn: three sites around a magnetic flux at equilibrium; what flows between them returns",
        OpenSystem(
            [[0, hop, hop.conjugate()], [hop.conjugate(), 0, hop], [hop, hop.conjugate(), 0]],
            [draw.hermitian(3) for _ in range(2)],
            leads,
        ),
        frequency=-0.25,
    )
