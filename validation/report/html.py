"""The report as one self-contained page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.record import BAD, Cause, Record
from ..core.values import array_of
from ..core.writing import visible
from . import plots
from .model import Report
from .pages import template
from .script import reproducer
from .summary import SHOWN, covered, duration, grouped, headline, hints, part, rows, shares, why

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["page", "render"]

SIGNS = {
    "passed": "✓",
    "failed": "✗",
    "crashed": "✗",
    "error": "!",
    "unexpected-pass": "✗",
    "expected-failure": "○",
    "unsupported": "·",
}
REST = ("expected-failure", "passed", "unsupported")
# What must not reach a page as it is: control characters, and marks that turn the direction of text.
UNSEEN = {
    code: 0x2400 + code if code < 32 else 0xFFFD
    for code in (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\n\t"
}


def render(report: Report) -> str:
    """Return the page: no address, everything inline; its only script filters the checks."""
    from markupsafe import Markup

    return _template().render(
        report=report,
        counts=report.counts(),
        rows=rows(report),
        shares=shares(report),
        hints=hints(report),
        covered=covered(report),
        shown=SHOWN,
        signs=SIGNS,
        bad=BAD,
        groups=grouped(report),
        rest=sorted((r for r in report.records if r.status in REST), key=lambda r: REST.index(r.status)),
        headline=lambda cause: headline(report, cause),
        why=why,
        tried=lambda cause: _tried(report, cause),
        script=lambda record: reproducer(report, record),
        problem=_problem,
        strip=Markup(plots.digits_per_observable(report)),
        condition=Markup(plots.digits_against_condition(report)),
        work=Markup(plots.work_against_precision(report)),
    )


@cache
def _template() -> Template:
    from markupsafe import Markup

    filters: dict[str, Callable[..., Any]] = {
        "duration": duration, "number": _number, "array": _array, "ticks": _ticks, "part": part,
    }  # fmt: skip
    return template(
        "electronwind.validation.report",
        "report.html.j2",
        filters,
        finalize=lambda value: value if isinstance(value, Markup) else _visible(value),
    )


def page(report: Report) -> str:
    """Return what `render` does, as the content of a file: nothing in it steers who reads it."""
    return visible(render(report))


def _visible(value: Any) -> Any:
    return value.translate(UNSEEN) if isinstance(value, str) else value


def _ticks(text: str) -> Any:
    """Return a sentence with the names between backticks as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([\w.-]+)`", r"<code>\1</code>", str(escape(_visible(text)))))


def _tried(report: Report, cause: Cause) -> str:
    """Return the name of the script that shows a cause, or nothing where there is none."""
    found = {record.id: record for record in report.records if record.id in cause.fits[:1]}
    return next((f"failures/{id}.py" for id, record in found.items() if reproducer(report, record)), "")


def _number(value: float | str | None, digits: int = 2) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:.{digits}g}"


def _array(value: Any) -> str:
    """Return nested lists as numpy prints them, at the digits that matter."""
    if value is None:
        return "no value"
    return np.array2string(array_of(value), precision=12, threshold=60, max_line_width=88, separator="  ")


def _problem(record: Record) -> str:
    """Return the system and its numbers as JSON, one key per line."""
    if record.failure is None:
        return ""
    data = record.failure.system | {"numbers": record.failure.numbers}
    return "{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in data.items()) + "\n}"
