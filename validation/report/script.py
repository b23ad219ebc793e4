"""The script that shows a failure without the suite around it."""

from __future__ import annotations

import json
import math
from textwrap import indent
from typing import Any

import numpy as np

from electronwind import OBSERVABLES, Lead, OpenSystem
from electronwind.external.handshake import greeting
from electronwind.solvers import entry_points

from ..core.record import Call, Record, plain
from .model import Report
from .templates import (
    ASKED_PROGRAM,
    ASKED_PYTHON,
    CERTIFIED,
    HEAD,
    LOADED,
    MARK,
    REPLAY,
    UNKNOWN,
)

__all__ = ["problem", "reproducer", "requests"]


def reproducer(report: Report, record: Record) -> str:
    """Return a script that repeats the failure of a record.

    Where one call of the solver shows it, the script makes that call and needs nothing but numpy and the
    solver: the problem and the certified value are written into it. Otherwise it replays the check.

    A report may come from elsewhere. Whatever is in it stands in the script as a literal, or in a comment
    without what could end it; where it is no problem that could be posed, there is no script.
    """
    failure = record.failure
    if failure is None or not failure.system:
        return ""
    head = HEAD.format(mark=MARK, words=_comment(f"{record.id}: {record.says}"))
    try:
        spec, name = str(report.solver["spec"]), str(report.solver["name"])
        if (call := failure.call) is not None:
            made = _program(call, spec) if spec.startswith("exec:") else _python(call, spec, name)
            return head + made + _verdict(call)
        return head + REPLAY.format(
            solver=repr(spec) if spec else _unknown(name),
            system=repr(_system(failure.system).to_json()),
            id=repr(str(record.id)),
            numbers=_data(failure.numbers),
        )
    except _MALFORMED:
        return ""


def requests(report: Report, record: Record) -> str:
    """Return what a program has to read to repeat a failure: ``./program < requests``."""
    failure = record.failure
    if failure is None or not failure.system:
        return ""
    try:
        row = OBSERVABLES.get(failure.observable)
        if row is None or not report.solver["spec"].startswith("exec:"):
            return ""
        call = failure.call or Call(row.name, failure.system, failure.numbers.get(row.argument))
        return f"{_describe()}\n{json.dumps(_request(call))}\n"
    except _MALFORMED:
        return ""


def problem(record: Record) -> str:
    """Return two lines of Python that hold the problem of a failure, for `replay`."""
    failure = record.failure
    if failure is None or not failure.system:
        return ""
    text = json.dumps(failure.system)
    return f"system = OpenSystem.from_json({text!r})\nnumbers = {_data(failure.numbers)}"


# What a report that is none of ours makes of the functions below.
_MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError)


def _comment(text: Any) -> str:
    """Return text on one line, without what turns lines round, ends them or is no character."""
    line = " ".join(str(text).split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)


def _system(data: Any) -> OpenSystem:
    """Return the system of a report, which holds numbers and nothing else.

    Raises
    ------
    InvalidSystemError
        It is none.
    """
    return OpenSystem.from_dict(data)


def _python(call: Call, spec: str, name: str) -> str:
    """Return the lines that ask a Python solver."""
    system = _system(call.system)
    parts = system.to_dict()
    return ASKED_PYTHON.format(
        solver=indent(_loaded(spec, name), 8 * " "),
        hamiltonian=_matrix(parts["hamiltonian"]),
        gradient=_matrix(parts["gradient"]),
        leads=f"[{', '.join(map(_lead, system.leads, parts['leads']))}]",
        degeneracy=_data(parts["degeneracy"]),
        shape=system.shape,
        levels=system.levels,
        coordinates=system.coordinates,
        wide_band=system.wide_band,
        observable=OBSERVABLES[call.observable].name,
        argument="" if call.argument is None else f", {_point(call.argument)}",
    )


def _program(call: Call, spec: str) -> str:
    """Return the lines that ask a program."""
    return ASKED_PROGRAM.format(
        command=repr(spec.removeprefix("exec:")),
        describe=repr(_describe()),
        request=repr(json.dumps(_request(call))),
    )


def _verdict(call: Call) -> str:
    """Return the lines that print how many digits are right, or what was expected, and leave accordingly."""
    row = OBSERVABLES[call.observable]
    kind, real = ("complex", "") if row.complex else ("real", " and not got.imag.any()")
    if call.want is not None:
        scale, allowed = float(call.scale), float(call.allowed)
        if not (math.isfinite(scale) and math.isfinite(allowed)):
            raise ValueError(f"expected finite numbers, got {scale} and {allowed}")
        places = min(300, 17 - math.floor(math.log10(scale)))
        want = _array(_cleared(call.want, 10.0 ** (-places)))
        return CERTIFIED.format(want=want, scale=scale, places=places, allowed=allowed, real=real)
    shape = row.shape(_system(call.system), np.shape(call.argument) if row.argument else ())
    return UNKNOWN.format(kind=kind, real=real, expected=shape)


def _cleared(value: Any, least: float) -> Any:
    """Return a value without what rounding leaves: parts below `least`, and imaginary ones where all are."""
    array = np.asarray(_numbers(value))
    real, imaginary = (np.where(np.abs(part) > least, part, 0.0) for part in (np.real(array), np.imag(array)))
    return plain(real + 1j * imaginary if np.any(imaginary) else real)


def _loaded(spec: str, name: str) -> str:
    """Return the lines that load a Python solver, as a run does or, without electronwind, from the folder."""
    if not spec:
        return f"solver = {_unknown(name)}"
    if spec in ("fast", "reference"):
        return f"from electronwind import {spec} as solver"
    found = entry_points()
    object = found[spec].value if spec in found.names else spec
    lines = LOADED.format(spec=object)
    # A class is called without arguments.
    return f"{lines}\nsolver = solver() if isinstance(solver, type) else solver" if ":" in object else lines


def _unknown(name: str) -> str:
    return f"...  # put {name!r} here"


def _describe() -> str:
    return json.dumps({"id": 1, "op": "describe", **greeting()})


def _request(call: Call) -> dict[str, Any]:
    row = OBSERVABLES[call.observable]
    extra = {row.argument: _numbers(call.argument)} if row.argument and call.argument is not None else {}
    return {"id": 2, "op": row.name, "system": _system(call.system).to_dict(), **extra}


def _lead(lead: Lead, data: dict[str, Any]) -> str:
    said = [f"{key}={_part(value)}" for key, value in data.items() if key != "kind"]
    return f"({type(lead).__name__!r}, dict({', '.join(said)}))"


def _part(value: Any) -> str:
    """Return what a lead is made of as Python source: matrices, numbers, the places where it is bonded."""
    if isinstance(value, dict) and isinstance(value["re"], list):
        return _matrix(value)
    return _data(value) if type(value) is int else _array(value)


def _matrix(parts: dict[str, Any]) -> str:
    """Return a complex matrix as Python source, its imaginary part where there is one."""
    if any(c in "123456789" for c in json.dumps(parts["im"])):
        return f"{_array(parts['re'])} + 1j * {_array(parts['im'])}"
    return f"np.array({_data(parts['re'])}, dtype=complex)"


def _array(value: Any) -> str:
    return f"np.array({_data(_numbers(value))})"


def _point(value: Any) -> str:
    return _array(value) if isinstance(value, list) else _data(_numbers(value))


def _numbers(value: Any) -> Any:
    """Return nested lists of numbers as Python has them: `plain` wrote words for some, and pairs.

    Raises
    ------
    ValueError, TypeError
        Something else.
    """
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    if isinstance(value, dict):
        return complex(float(value["re"]), float(value["im"]))
    return value if type(value) in (int, float) else float(value)


def _data(value: Any) -> str:
    """Return plain data as Python source that holds nothing but literals.

    Raises
    ------
    TypeError
        Data of another kind.
    """
    if isinstance(value, list):
        return f"[{', '.join(map(_data, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_data(key)}: {_data(item)}" for key, item in value.items()) + "}"
    if isinstance(value, complex):
        return f"complex({_data(value.real)}, {_data(value.imag)})"
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if value is None or type(value) in (bool, int, float, str):
        return repr(value)
    raise TypeError(f"expected plain data, got {type(value).__name__}")
