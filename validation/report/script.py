"""The script that shows a failure without the suite around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from electronwind import OBSERVABLES
from electronwind.external.handshake import greeting
from electronwind.solvers import ENTRY_POINTS

from .model import Call, Record, Report

__all__ = ["MARK", "MARK_REQUESTS", "problem", "reproducer", "requests"]

MARK = "# Written by electronwind validate."
MARK_REQUESTS = '{"id": 1, "op": "describe"'
HEAD = """\
{mark}
# {words}
"""
# Where electronwind is missing, plain data with the same attributes stand for its classes.
PYTHON = """\
import sys
from importlib import import_module

import numpy as np

sys.path.insert(0, "")  # the current folder
{solver}
hamiltonian = {hamiltonian}
gradient = {gradient}
leads = {leads}
try:
    import electronwind as ew

    leads = [getattr(ew, kind)(**parts) for kind, parts in leads]
    system = ew.OpenSystem(hamiltonian, gradient, leads, {degeneracy})
except ImportError:
    from types import SimpleNamespace as Data

    leads = [Data(**parts) for _, parts in leads]
    system = Data(hamiltonian=hamiltonian, gradient=gradient, leads=leads, degeneracy={degeneracy},
                  shape={shape}, levels={levels}, coordinates={coordinates}, wide_band={wide_band})

got = np.asarray(solver.{observable}(system{argument}))
"""
PROGRAM = """\
import json, shlex
from subprocess import PIPE, Popen

import numpy as np


def written(x):  # numbers as the program asks for them
    if isinstance(x, list):
        return [written(i) for i in x]
    if isinstance(x, dict):
        return {{key: written(i) for key, i in x.items()}}
    return x.hex() if hexadecimal and isinstance(x, float) else x


def read(x):
    if isinstance(x, dict):
        return np.array(read(x["re"])) + 1j * np.array(read(x["im"]))
    if isinstance(x, list):
        return [read(i) for i in x]
    return x if not isinstance(x, str) else float.fromhex(x) if "0x" in x else float(x.replace("D", "e"))


program = Popen(shlex.split({command}), stdin=PIPE, stdout=PIPE, text=True, bufsize=1)
print({describe}, file=program.stdin)
hexadecimal = json.loads(program.stdout.readline()).get("floats") == "hexadecimal"
request = json.loads({request})
print(json.dumps({{key: x if key == "id" else written(x) for key, x in request.items()}}), file=program.stdin)
answer = json.loads(program.stdout.readline())
program.stdin.close()
got = np.array(read(answer["value"])) if "value" in answer else print(answer)
"""
DIGITS = """\
want = {want}  # certified
error = np.max(np.abs(got - want)) / {scale}
print(f"got\\n{{got}}\\nwant\\n{{want}}")
print(f"error {{error:.3g}}: {{-np.log10(max(error, 1e-17)):.1f}} correct digits")
"""
NO_DIGITS = """\
print(f"got\\n{{got}}\\nexpected finite {kind} numbers of shape {expected}")
"""
REPLAY = """\
# No single call shows it: this script needs electronwind.
from electronwind import OpenSystem, load_solver
from electronwind.validation import replay

solver = {solver}
system = OpenSystem.from_json({system})

replay({id}, solver, system, {numbers})
"""


def reproducer(report: Report, record: Record) -> str:
    """Return a script that repeats the failure of a record.

    Where one call of the solver shows it, the script makes that call and needs nothing but numpy and the
    solver: the problem and the certified value are written into it. Otherwise it replays the check.
    """
    failure = record.failure
    if failure is None or not failure.system:
        return ""
    spec, name = report.solver["spec"], report.solver["name"]
    head = HEAD.format(mark=MARK, words=" ".join(f"{record.id}: {record.says}".split()))
    if (call := failure.call) is not None:
        made = _program(call, spec) if spec.startswith("exec:") else _python(call, spec, name)
        return head + made + _verdict(call)
    return head + REPLAY.format(
        solver=f"load_solver({spec!r})" if spec else _unknown(name),
        system=repr(json.dumps(failure.system)),
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
    call = failure.call or Call(row.name, failure.system, failure.numbers.get(row.argument))
    return f"{_describe()}\n{json.dumps(_request(call))}\n"


def problem(record: Record) -> str:
    """Return two lines of Python that hold the problem of a failure, for `replay`."""
    failure = record.failure
    if failure is None or not failure.system:
        return ""
    text = json.dumps(failure.system)
    return f"system = OpenSystem.from_json({text!r})\nnumbers = {failure.numbers!r}"


def _python(call: Call, spec: str, name: str) -> str:
    """Return the lines that ask a Python solver."""
    h, d = call.system["hamiltonian"], call.system["gradient"]
    leads = call.system["leads"]
    return PYTHON.format(
        solver=_loaded(spec, name),
        hamiltonian=_matrix(h),
        gradient=_matrix(d),
        leads=f"[{', '.join(map(_lead, leads))}]",
        degeneracy=call.system["degeneracy"],
        shape=_shape(h)[:-2],
        levels=_shape(h)[-1],
        coordinates=_shape(d)[-3],
        wide_band=all(lead["kind"] == "wide-band" for lead in leads),
        observable=call.observable,
        argument="" if call.argument is None else f", {_point(call.argument)}",
    )


def _program(call: Call, spec: str) -> str:
    """Return the lines that ask a program."""
    return PROGRAM.format(
        command=repr(spec.removeprefix("exec:")),
        describe=repr(_describe()),
        request=repr(json.dumps(_request(call))),
    )


def _verdict(call: Call) -> str:
    """Return the lines that print how many digits are right, or what was expected."""
    if call.want is not None:
        return DIGITS.format(want=_array(call.want), scale=repr(call.scale))
    row = OBSERVABLES[call.observable]
    sizes = {
        "n": _shape(call.system["hamiltonian"])[-1],
        "d": _shape(call.system["gradient"])[-3],
        "leads": len(call.system["leads"]),
    }
    points = (len(call.argument),) if isinstance(call.argument, list) else ()
    shape = (*_shape(call.system["hamiltonian"])[:-2], *points, *(sizes[axis] for axis in row.axes))
    return NO_DIGITS.format(kind="complex" if row.complex else "real", expected=shape)


def _loaded(spec: str, name: str) -> str:
    """Return the lines that load a Python solver without electronwind, unless it is a part of it."""
    if not spec:
        return f"solver = {_unknown(name)}"
    if spec in ("fast", "reference"):
        return f'solver = import_module("electronwind.{spec}")'
    found = entry_points(group=ENTRY_POINTS)
    module, _, path = (found[spec].value if spec in found.names else spec).partition(":")
    lines = f"solver = import_module({module!r}){path and '.'}{path}"
    # A class is called without arguments.
    return f"{lines}\nsolver = solver() if isinstance(solver, type) else solver" if path else lines


def _unknown(name: str) -> str:
    return f"...  # put {name!r} here"


def _describe() -> str:
    return json.dumps({"id": 1, "op": "describe", **greeting()})


def _request(call: Call) -> dict[str, Any]:
    row = OBSERVABLES[call.observable]
    extra = {row.argument: call.argument} if row.argument and call.argument is not None else {}
    return {"id": 2, "op": row.name, "system": call.system, **extra}


def _lead(lead: dict[str, Any]) -> str:
    kind = {"wide-band": "WideBandLead", "chain": "ChainLead"}[lead["kind"]]
    write: dict[str, Callable[[Any], str]] = {"broadening": _matrix, "site": repr}
    said = [f"{key}={write.get(key, _array)(value)}" for key, value in lead.items() if key != "kind"]
    return f"({kind!r}, dict({', '.join(said)}))"


def _matrix(parts: dict[str, Any]) -> str:
    """Return a complex matrix as Python source, its imaginary part where there is one."""
    if any(c in "123456789" for c in json.dumps(parts["im"])):
        return f"{_array(parts['re'])} + 1j * {_array(parts['im'])}"
    return f"np.array({_literal(parts['re'])}, dtype=complex)"


def _array(value: Any) -> str:
    return f"np.array({_literal(value)})"


def _point(value: Any) -> str:
    return _array(value) if isinstance(value, list) else repr(value)


def _shape(parts: dict[str, Any]) -> tuple[int, ...]:
    sizes, part = [], parts["re"]
    while isinstance(part, list):
        sizes.append(len(part))
        part = part[0]
    return tuple(sizes)


def _literal(value: Any) -> str:
    """Return nested lists of numbers as Python source."""
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return f"complex({_literal(value['re'])}, {_literal(value['im'])})"
    return f'float("{value}")' if isinstance(value, str) else repr(value)
