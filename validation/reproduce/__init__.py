"""Published figures, computed anew by `electronwind.fast` and held against their paper."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from .cycle import preston2022_fig6
from .figure import Figure, Statement
from .forces import preston2022_fig2, preston2022_fig3
from .jellium import todorov2014_fig5, todorov2014_fig6
from .memory import preston2022_fig9, preston2022_fig10
from .moving import cunningham2014_fig4, cunningham2014_fig5
from .persistence import preston2022_fig11, preston2022_fig12
from .plane import preston2022_fig7, preston2022_fig8
from .power import preston2022_fig4, preston2022_fig5
from .saturation import cunningham2014_fig6, cunningham2014_fig7, cunningham2014_fig8
from .screening import todorov2010_fig3, todorov2010_neutrality, todorov2010_strength
from .steady import preston2022_fig1
from .waterwheel import todorov2011_rates, todorov2011_ribbon, todorov2014_response
from .wire_runs import FULL as LONG_RUNS
from .wires import cunningham2014_fig2, cunningham2014_fig3

__all__ = ["FIGURES", "FULL", "Figure", "Statement"]

FIGURES: dict[str, Callable[[Path], Figure]] = {
    "preston2022-fig1": preston2022_fig1,
    "preston2022-fig2": preston2022_fig2,
    "preston2022-fig3": preston2022_fig3,
    "preston2022-fig4": preston2022_fig4,
    "preston2022-fig5": preston2022_fig5,
    "preston2022-fig6": preston2022_fig6,
    "preston2022-fig7": preston2022_fig7,
    "preston2022-fig8": preston2022_fig8,
    "preston2022-fig9": preston2022_fig9,
    "preston2022-fig10": preston2022_fig10,
    "preston2022-fig11": preston2022_fig11,
    "preston2022-fig12": preston2022_fig12,
    "todorov2010-fig3": todorov2010_fig3,
    "todorov2010-strength": todorov2010_strength,
    "todorov2010-neutrality": todorov2010_neutrality,
    "todorov2011-ribbon": todorov2011_ribbon,
    "todorov2011-rates": todorov2011_rates,
    "todorov2014-fig5": todorov2014_fig5,
    "todorov2014-fig6": todorov2014_fig6,
    "todorov2014-response": todorov2014_response,
    "cunningham2014-fig2": cunningham2014_fig2,
    "cunningham2014-fig3": cunningham2014_fig3,
    "cunningham2014-fig4": cunningham2014_fig4,
    "cunningham2014-fig5": cunningham2014_fig5,
    "cunningham2014-fig6": cunningham2014_fig6,
    "cunningham2014-fig7": cunningham2014_fig7,
    "cunningham2014-fig8": cunningham2014_fig8,
}
# Those with runs as long as in the paper, and their wires.
FULL: dict[str, Callable[[Path], Figure]] = {
    f"cunningham2014-fig{number}": partial(function, plan=LONG_RUNS)
    for number, function in (
        (4, cunningham2014_fig4),
        (5, cunningham2014_fig5),
        (6, cunningham2014_fig6),
        (7, cunningham2014_fig7),
        (8, cunningham2014_fig8),
    )
}
