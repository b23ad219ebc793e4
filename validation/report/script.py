"""The script that shows a failure without the suite's machinery around it."""

from __future__ import annotations

import json
from typing import Any

from electronwind import OBSERVABLES
from electronwind.external.handshake import greeting

from .model import Record, Report

__all__ = ["MARK", "MARK_REQUESTS", "problem", "reproducer", "requests"]

MARK = "# Written by electronwind validate."
MARK_REQUESTS = '{"id": 1, "op": "describe"'
DIRECT = """\
{mark}
# {words}
import numpy as np

from electronwind import OpenSystem, load_solver

solver = {solver}
system = OpenSystem.from_json({system})
want = np.array({want})

got = np.asarray(solver.{call})
error = np.max(np.abs(got - want)) / {scale}
print(f"got\\n{{got}}\\nwant\\n{{want}}")
print(f"error {{error:.3g}}: {{-np.log10(max(error, 1e-17)):.1f}} correct digits")
"""
REPLAY = """\
{mark}
# {words}
from electronwind import OpenSystem, load_solver
from electronwind.validation import replay

solver = {solver}
system = OpenSystem.from_json({system})

replay({id}, solver, system, {numbers})
"""


def reproducer(report: Report, record: Record) -> str:
    """Return a self-contained script that repeats the failure of a record.

    Where one call of the observable is what failed, the script makes that call and compares; the
    right value is written into it. Otherwise it replays the check on the problem.
    """
    failure = record.failure
    if failure is None or not failure.system:
        return ""
    spec = report.solver["spec"]
    made = f"load_solver({spec!r})" if spec else f"...  # put {report.solver['name']!r} here"
    row = OBSERVABLES.get(failure.observable)
    extra = ""
    if failure.direct and row is not None:
        if row.argument:
            extra = f", {failure.numbers[row.argument]!r}"
        template = DIRECT
    else:
        template = REPLAY
    return template.format(
        mark=MARK,
        words=" ".join(f"{record.id}: {record.says}".split()),
        solver=made,
        system=repr(json.dumps(failure.system)),
        want=_literal(failure.want),
        scale=repr(failure.scale),
        call=f"{failure.observable}(system{extra})",
        id=repr(record.id),
        numbers=repr(failure.numbers),
    )


def requests(report: Report, record: Record) -> str:
    """Return what a program has to read to repeat a failure: ``./program < requests``."""
    failure = record.failure
    if failure is None or not failure.system or not report.solver["spec"].startswith("exec:"):
        return ""
    if (row := OBSERVABLES.get(failure.observable)) is None:
        return ""
    body: dict[str, Any] = {"id": 2, "op": row.name, "system": failure.system}
    if row.argument in failure.numbers:
        body[row.argument] = failure.numbers[row.argument]
    first = {"id": 1, "op": "describe", **greeting()}
    return "".join(json.dumps(request) + "\n" for request in (first, body))


def problem(record: Record) -> str:
    """Return two lines of Python that hold the problem of a failure, for `replay`."""
    failure = record.failure
    if failure is None or not failure.system:
        return ""
    text = json.dumps(failure.system)
    return f"system = OpenSystem.from_json({text!r})\nnumbers = {failure.numbers!r}"


def _literal(value: Any) -> str:
    """Return nested lists of numbers as Python source."""
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return f"complex({_literal(value['re'])}, {_literal(value['im'])})"
    return f'float("{value}")' if isinstance(value, str) else repr(value)
