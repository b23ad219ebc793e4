"""What a figure computed anew is: statements held against numbers, a plot, and a table of the numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = [
    "BLACK", "BLUE", "GREEN", "GREY", "ORANGE", "RED", "TITLE", "TITLES", "Figure", "Floats", "Statement",
    "span", "stack", "tabulate", "title", "write",
]  # fmt: skip

Floats = NDArray[np.float64]

# The palette of Okabe and Ito: distinct for all common kinds of colour vision, and in print.
BLUE, RED, GREEN, ORANGE = "#0072b2", "#d55e00", "#009e73", "#e69f00"
BLACK, GREY = "#222222", "#999999"

# Size of a title, in points: the longest fits the narrowest plot.
TITLE = 9
# What is seen in each figure.
TITLES = {
    "preston2022-fig1": "electronic viscosity against position",
    "preston2022-fig2": "electronic force against time, exact and to first order in the velocity",
    "preston2022-fig3": "electronic force: first order in the velocity, and all higher orders",
    "preston2022-fig4": "position against time, coloured by the power of the current",
    "preston2022-fig5": "mean power of the current over a period, by frequency and amplitude",
    "preston2022-fig6": "growth of the oscillation to the limit cycle, and its rate by amplitude",
    "preston2022-fig7": "electronic forces on stretch q and angle theta against time",
    "preston2022-fig8": "trajectories of q and theta in the field of the adiabatic force",
    "preston2022-fig9": "correlation of the force D against the delay tau",
    "preston2022-fig10": "noise D_w over its adiabatic value, along a period and by temperature",
    "preston2022-fig11": "correlation time of the force over the period, by frequency",
    "preston2022-fig12": "correlation time of the force over the period, by energy of the level",
    "todorov2010-fig3": "curl of the force at the corner of a bent chain, by filling",
    "todorov2010-strength": "curl at a screened corner by the strength of the repulsion",
    "todorov2010-neutrality": "curl by the number of neutral atoms, temperature and bias",
    "todorov2011-ribbon": "curl of the force on a test particle across a ribbon",
    "todorov2011-rates": "growth of the two circular modes by bias",
    "todorov2014-fig5": "curl of the force over the cross section of a wire",
    "todorov2014-fig6": "curl of the force next to the surface of a wire",
    "todorov2014-response": "parts of the force on moving atoms by frequency",
    "cunningham2014-fig2": "frequencies of gold wires, and their instability, by length",
    "cunningham2014-fig3": "instability of gold wires by bias, and the critical bias by length",
    "cunningham2014-fig4": "kinetic energy and current of a gold wire in time",
    "cunningham2014-fig5": "spread of the current along gold wires, against driven diffusion",
    "cunningham2014-fig6": "mean current of gold wires by mass and by length",
    "cunningham2014-fig7": "kinetic energy per atom of gold wires by length",
    "cunningham2014-fig8": "kinetic energy of gold wires by bias over current, and by mass",
}


def title(name: str) -> str:
    """Return the title of a figure: the paper, its number there if it has one, and what is seen."""
    paper, _, number = name.partition("-")
    kind = f"{paper} Fig. {number[3:]}" if number.startswith("fig") else f"beyond {paper}"
    return f"{kind}: {TITLES[name]}"


@dataclass(frozen=True)
class Statement:
    """A statement of a paper, held against our numbers.

    Attributes
    ----------
    says : str
        What the paper states.
    ours : str
        Our numbers for it.
    agrees : bool
        Whether they bear the statement out.
    chosen : str
        Parameters that the paper does not give, and our choice of them.
    erratum : str
        Why the statement is known not to hold; empty where it is expected to.
    """

    says: str
    ours: str
    agrees: bool
    chosen: str = ""
    erratum: str = ""

    def __post_init__(self) -> None:
        # A comparison of numpy's is no bool to JSON, and the class is frozen.
        object.__setattr__(self, "agrees", bool(self.agrees))

    @property
    def expected(self) -> bool:
        """Whether the verdict is the one that is known: an erratum that holds after all is news, too."""
        return self.agrees != bool(self.erratum)

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        if self.agrees:
            return "agrees with the paper" + (", though it is listed as an erratum" if self.erratum else "")
        return (
            f"DISAGREES with the paper, as is known: {self.erratum}"
            if self.erratum
            else ("DISAGREES with the paper")
        )


@dataclass(frozen=True)
class Figure:
    """A figure computed anew.

    Attributes
    ----------
    name : str
        Paper and figure.
    statements : tuple of Statement
        What the paper states about it, with our numbers.
    numbers : dict
        Our numbers.
    files : tuple of Path
        What was written: the plot and its numbers.
    """

    name: str
    statements: tuple[Statement, ...]
    numbers: dict[str, float] = field(repr=False)
    files: tuple[Path, ...]

    @property
    def expected(self) -> bool:
        """Whether every statement is borne out, and none that is listed as an erratum."""
        return all(statement.expected for statement in self.statements)


def write(
    out: Path,
    name: str,
    columns: Mapping[str, Floats],
    draw: Callable[[Canvas], None],
    size: tuple[float, float] = (6, 4),
) -> tuple[Path, Path]:
    """Write the plot and the columns it shows; return the two files."""
    # Imported late: the command line answers without it. No pyplot, which keeps global state.
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=size, layout="constrained")
    canvas.suptitle(title(name), fontsize=TITLE)
    draw(canvas)
    plot = out / f"{name}.png"
    canvas.savefig(plot, dpi=150)
    return plot, tabulate(out, name, columns)


def tabulate(out: Path, name: str, columns: Mapping[str, Floats]) -> Path:
    """Write columns of numbers, in 17 digits."""
    table = out / f"{name}.csv"
    np.savetxt(
        table,
        np.column_stack(list(columns.values())),
        fmt="%.17g",
        delimiter=",",
        header=",".join(columns),
        comments="",
    )
    return table


def stack(parts: Sequence[Mapping[str, Floats | float]]) -> dict[str, Floats]:
    """Return one table of several parts, one below the other; a bare number fills its column."""
    rows = [dict(zip(part, np.broadcast_arrays(*part.values()), strict=True)) for part in parts]
    return {name: np.concatenate([np.ravel(row[name]) for row in rows]) for name in rows[0]}


def span(values: Floats) -> float:
    """Return the range of the values."""
    return float(np.ptp(values))
