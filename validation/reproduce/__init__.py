"""Published figures, computed anew by `electronwind.fast` and held against their paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .cycle import preston2022_fig6
from .figure import Figure, Statement
from .forces import preston2022_fig2, preston2022_fig3
from .memory import preston2022_fig9, preston2022_fig10
from .moving import cunningham2014_fig8
from .persistence import preston2022_fig11, preston2022_fig12
from .plane import preston2022_fig7, preston2022_fig8
from .power import preston2022_fig4, preston2022_fig5
from .steady import preston2022_fig1, todorov2010_fig3
from .wires import cunningham2014_fig2, cunningham2014_fig3

__all__ = ["FIGURES", "Figure", "Statement"]

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
    "cunningham2014-fig2": cunningham2014_fig2,
    "cunningham2014-fig3": cunningham2014_fig3,
    "cunningham2014-fig8": cunningham2014_fig8,
}
