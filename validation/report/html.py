"""The report as one self-contained page."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from . import plots
from .model import BAD, Record, Report
from .script import reproducer
from .summary import duration, hints, rows, shares

__all__ = ["render", "write_html"]

SIGNS = {
    "passed": "✓",
    "failed": "✗",
    "crashed": "✗",
    "error": "!",
    "unexpected-pass": "✗",
    "expected-failure": "○",
    "unsupported": "·",
}
WORST_FIRST = (*BAD, "expected-failure", "passed", "unsupported")


def render(report: Report) -> str:
    """Return the page: no script, no address, everything inline."""
    # Imported late: a command that writes no page does not pay for it.
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("electronwind.validation.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": duration, "number": _number, "array": _array}
    return environment.get_template("report.html.j2").render(
        report=report,
        counts=report.counts(),
        rows=rows(report),
        shares=shares(report),
        hints=hints(report),
        signs=SIGNS,
        bad=BAD,
        records=sorted(report.records, key=lambda r: WORST_FIRST.index(r.status)),
        script=lambda record: reproducer(report, record),
        problem=_problem,
        strip=Markup(plots.digits_per_observable(report)),
        condition=Markup(plots.digits_against_condition(report)),
        work=Markup(plots.work_against_precision(report)),
    )


def write_html(report: Report, path: Path) -> None:
    """Write the page at once or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    # What a solver says may hold halves of characters, which no encoding knows.
    temporary.write_text(render(report), encoding="utf-8", errors="backslashreplace")
    os.replace(temporary, path)


def _number(value: float | str | None, digits: int = 2) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:.{digits}g}"


def _array(value: Any) -> str:
    """Return nested lists as numpy prints them, at the digits that matter."""
    if value is None:
        return "no value"
    return np.array2string(
        np.array(_complex(value)), precision=12, threshold=60, max_line_width=88, separator="  "
    )


def _complex(value: Any) -> Any:
    if isinstance(value, list):
        return [_complex(item) for item in value]
    if isinstance(value, dict):
        return complex(_complex(value["re"]), _complex(value["im"]))
    return float(value) if isinstance(value, (str, int)) else value


def _problem(record: Record) -> str:
    """Return the system and its numbers as JSON, one key per line."""
    if record.failure is None:
        return ""
    data = record.failure.system | {"numbers": record.failure.numbers}
    return "{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in data.items()) + "\n}"
