"""The kill matrix in a terminal, as JSON and as Markdown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from electronwind import __version__

from ..checks.catalogue import all_checks
from ..core.writing import write
from ..faults.catalogue import FAULTS
from .lone import LONE
from .matrix import FEW, IDLE, MANY, Matrix
from .outside import Power

__all__ = ["markdown", "plain", "show", "show_power", "verdict_line", "write_json", "write_power"]

SCHEMA = "electronwind-faults/1"
POWER = "electronwind-power/1"
SHOWN = 3


def plain(matrix: Matrix) -> dict[str, Any]:
    """Return the matrix as plain data."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "quick": matrix.quick,
        "seconds": round(matrix.seconds, 1),
        "faults": {
            name: {
                "kind": FAULTS[name].kind,
                "says": FAULTS[name].says,
                "source": FAULTS[name].source,
                "observables": list(FAULTS[name].observables),
                "verdicts": matrix.verdicts.get(name, {}),
            }
            for name in matrix.faults
        },
        "checks": {id: matrix.killed(id) for id in matrix.checks},
        "survivors": matrix.survivors,
        "thin": matrix.thin,
        "idle": matrix.idle,
        "broken": matrix.broken,
        "reasons": IDLE,
    }


def write_json(matrix: Matrix, path: Path) -> None:
    """Write the matrix to a file."""
    write(path, json.dumps(plain(matrix), indent=1) + "\n")


def verdict_line(matrix: Matrix) -> str:
    """Return the result in one sentence."""
    killed = len(matrix.faults) - len(matrix.survivors)
    words = f"{killed} of {len(matrix.faults)} faults killed"
    if matrix.checks:
        words += f"; {len(matrix.checks) - len(matrix.idle)} of {len(matrix.checks)} checks kill at least one"
    return f"{words}."


def show(matrix: Matrix, console: Console) -> None:
    """Print each fault with the checks that kill it, then how many faults each check kills."""
    console.print(_faults(matrix))
    if matrix.checks:
        console.print(_checks(matrix))
    for name in matrix.survivors:
        console.print(Text.assemble((f"survived: {name}. ", "bold red"), FAULTS[name].says))
    for name in matrix.thin:
        words = f"{FAULTS[name].says} Killed by {_first(matrix.killers(name))} alone."
        console.print(Text.assemble((f"thin: {name}. ", "bold red"), words))
    for id in matrix.idle:
        console.print(Text(f"kills nothing: {id}", style="bold red"))
    for words in _broken(matrix):
        console.print(Text(words, style="bold red"))
    style = "bold red" if matrix.exit_code else "bold green"
    console.print(Text(f"{verdict_line(matrix)} {matrix.seconds:.0f} s.", style=style))
    if matrix.kills:
        console.print(f"The search stopped at {matrix.kills} kills of each fault by different checks.")
        for name in [name for name in matrix.faults if name in LONE]:
            console.print(Text(f"{name}: {LONE[name][0]} alone: {LONE[name][1]}."))
    if matrix.quick:
        console.print("Quick: the search stopped at the first kill; the counts are not those of all checks.")


def write_power(power: Power, path: Path) -> None:
    """Write what runs found of somebody's wrong solvers to a file."""
    data = {
        "schema": POWER,
        "version": __version__,
        "module": power.module,
        "seconds": round(power.seconds, 1),
        "solvers": {name: {"says": power.says[name], **row} for name, row in power.found.items()},
        "rates": {depth: power.rate(depth) for depth in power.depths} if power.wrong else {},
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def show_power(power: Power, console: Console) -> None:
    """Print what found each wrong solver, and which part of them a run of each kind finds."""
    table = _table("wrong solver", *power.depths)
    for name in power.wrong:
        row = power.found[name]
        table.add_row(
            name, *(Text(row[d] or "missed", style="" if row[d] else "bold red") for d in power.depths)
        )
    console.print(table)
    for name in power.right:
        console.print(Text(f"not counted: {name} is right at its probe. {power.says[name]}"))
    for name in power.missed(power.depths[-1]):
        words = f"{power.says[name]} ({power.found[name]['probe']})"
        console.print(Text.assemble((f"missed: {name}. ", "bold red"), words))
    for depth in power.depths if power.wrong else ():
        rate, low, high = power.rate(depth)
        killed, total = len(power.wrong) - len(power.missed(depth)), len(power.wrong)
        words = (
            f"A {depth} run finds {killed} of {total} ({rate:.0%}; 95 % interval {low:.0%} to {high:.0%})."
        )
        console.print(Text(words, style="bold"))


def _broken(matrix: Matrix) -> list[str]:
    """Return a sentence for each check that is itself at fault."""
    return [f"the check itself is at fault: {id}, on {_first(names)}" for id, names in matrix.broken.items()]


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name == "kills" else "left", no_wrap=name != columns[-1])
    return table


def _faults(matrix: Matrix) -> Table:
    table = _table("fault", "kills", "killed by")
    for name in matrix.faults:
        killers = matrix.killers(name)
        count = Text(str(len(killers)), style="" if killers else "bold red")
        table.add_row(name, count, _first(killers))
    return table


def _checks(matrix: Matrix) -> Table:
    table = _table("check", "kills", "faults")
    for id in matrix.checks:
        killed = matrix.killed(id)
        count = Text(str(len(killed)), style="" if killed else "bold red")
        table.add_row(id, count, _first(killed) or IDLE.get(id, ""))
    return table


def _first(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def markdown(matrix: Matrix) -> str:
    """Return the page of the documentation on faults."""
    kinds = {kind: [n for n in matrix.faults if FAULTS[n].kind == kind] for kind in ("physics", "software")}
    many = (
        "The search stopped at the first kill of each fault and of each check, so counts are lower bounds."
        if matrix.quick
        else f"Every check judged every fault that changes what it asks for, on {FEW} problems, and on up "
        f"to {MANY} where it names the fault and the first {FEW} do not show it."
    )
    lines = [
        "# The planted faults",
        "",
        f"`validation/faults/` holds {len(matrix.faults)} wrong solvers, each the fast solver with the least "
        "possible change, or with some functions that integrate the definition and make one mistake in it: "
        f"{len(kinds['physics'])} mistakes of physics and {len(kinds['software'])} that only software makes. "
        "A suite of checks is worth what it finds: every fault must be killed by "
        "some check, and every check must kill some fault, or give a written reason to stay.",
        "",
        "```",
        "electronwind faults --quick                  stop at the first kill of each fault and each check",
        "electronwind faults --jobs 4                 every check on every fault",
        "electronwind faults --journal FILE           keep what is done, and go on from it",
        "electronwind faults --only 'cache-*'         some faults",
        "electronwind faults --kills 2                which faults does one check alone find?",
        "electronwind faults --markdown FILE          write this page",
        "```",
        "",
        "`electronwind-faults.json` then holds the verdict of each check on each fault that it was tried on "
        "(`--json FILE` names another file). `electronwind explain CHECK` says what a check demands.",
        "",
        "Exit code 1: a fault survives, a check kills nothing and gives no reason, or a check is itself at "
        "fault. A kill is a comparison that fails or, for solvers that give no usable answer, a refusal by "
        "the guard.",
        "",
        "## Measured",
        "",
        f"{verdict_line(matrix)} {many}",
        "",
        *(line for words in _broken(matrix) for line in (f"{words[0].upper()}{words[1:]}.", "")),
    ]
    for kind, names in kinds.items():
        lines += [
            f"### {kind.capitalize()}",
            "",
            "| fault | mistake | breaks | kills | by, for some observable |",
        ]
        lines += ["|---|---|---|--:|---|"]
        for name in names:
            fault, killers = FAULTS[name], matrix.killers(name)
            by = ", ".join(_families(killers))
            lines.append(f"| `{name}` | {fault.says} | {fault.source} | {len(killers)} | {by} |")
        lines.append("")
    if matrix.checks:
        lines += ["## What each check kills", "", "Counted here are comparisons that fail, not refusals.", ""]
        lines += ["| check | kills |", "|---|--:|"]
        lines += [f"| `{id}` | {len(matrix.killed(id))} |" for id in matrix.checks]
        lines.append("")
    return "\n".join(lines)


def _families(ids: list[str]) -> list[str]:
    """Return the names of the checks without the observable, each once."""
    found: dict[str, None] = {}
    for id in ids:
        law, _, last = id.rpartition(".")
        check = all_checks()[id]
        found[law if last in check.observables and "." in law else id] = None
    return [f"`{name}`" for name in found]
