"""The checks; importing this package registers them."""

from __future__ import annotations

from .motion import (
    bodies as time_bodies,
)
from .motion import (
    cross as time_cross,
)
from .motion import (
    laws as time_laws,
)
from .motion import (
    links as time_links,
)
from .motion import (
    noise as time_noise,
)
from .motion import (
    oscillator as time_oscillator,
)
from .motion import (
    slow as time_slow,
)
from .motion import (
    symmetries as time_symmetries,
)
from .motion import (
    values as time_values,
)
from .motion import (
    wires as time_wires,
)
from .steady import (
    analytic,
    analytic_many,
    balances,
    batches,
    bound,
    calls,
    composition,
    cross,
    jellium,
    laws,
    links,
    pairs,
    papers,
    refusals,
    ribbons,
    screened_chain,
    screening,
    screening_calls,
    statistical,
    symmetries,
    table,
    vibrations,
    waterwheel,
    wires,
)

__all__ = [
    "analytic",
    "analytic_many",
    "balances",
    "batches",
    "bound",
    "calls",
    "composition",
    "cross",
    "jellium",
    "laws",
    "links",
    "pairs",
    "papers",
    "refusals",
    "ribbons",
    "screened_chain",
    "screening",
    "screening_calls",
    "statistical",
    "symmetries",
    "table",
    "time_bodies",
    "time_cross",
    "time_laws",
    "time_links",
    "time_noise",
    "time_oscillator",
    "time_slow",
    "time_symmetries",
    "time_values",
    "time_wires",
    "vibrations",
    "waterwheel",
    "wires",
]
