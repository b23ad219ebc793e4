"""The commands that say what there is: checks, checks in full, and observables."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any

import click

from electronwind import CALLS, NAMES, OBSERVABLES

from ..core.check import TIERS, Check
from ..core.exit_codes import Exit
from ..core.writing import counted

__all__ = ["explain", "list_checks", "observables", "unwrapped"]

# Ids that an answer names at most.
SHOWN = 6


@click.command(
    "list",
    epilog="Example: electronwind list --tier law --ids | xargs -n1 electronwind validate mycode --only",
)
@click.option("--only", metavar="PATTERN", help="Part of a check's id, or a pattern like 'law.*'.")
@click.option("--tier", "tiers", type=click.Choice(TIERS), multiple=True, help="May be repeated.")
@click.option("--observable", type=click.Choice(NAMES), help="Checks that need it.")
@click.option("--ids", is_flag=True, help="Ids only, one a line.")
def list_checks(only: str | None, tiers: tuple[str, ...], observable: str | None, ids: bool) -> int:
    """List the checks: a table in a terminal, else a line for each, id and sentence with a tab between."""
    from rich.console import Console
    from rich.table import Table

    from ..checks.catalogue import all_checks, select

    try:
        matching = select(all_checks(), only, tiers)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    checks = [check for check in matching if observable in (None, *check.observables)]
    if not checks:
        raise click.UsageError(f"--observable: none of the {len(matching)} checks needs {observable}")
    console = Console()
    if ids or not console.file.isatty():
        click.echo(
            "".join(
                check.id + "\n" if ids else f"{click.style(check.id, bold=True)}\t{check.says}\n"
                for check in checks
            ),
            nl=False,
        )
        return Exit.RIGHT
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("check", no_wrap=True)
    table.add_column("what a failing user reads", overflow="fold")
    for check in checks:
        table.add_row(check.id, check.says)
    console.print(table)
    click.echo(f"{counted(len(checks), 'check')}; electronwind explain CHECK tells more.")
    return Exit.RIGHT


@click.command(epilog="Example: electronwind explain link.curl_force law.pauli.density_matrix")
@click.argument("names", nargs=-1, required=True, metavar="CHECK [CHECK ...]")
def explain(names: tuple[str, ...]) -> int:
    """Say what each CHECK demands, as a formula too, where that comes from, what it catches; show its code.

    The beginning of an id is enough where only one check begins so.
    """
    from ..checks.catalogue import all_checks

    found = [_meant(name, all_checks()) for name in names]
    for i, check in enumerate(found):
        click.echo("\n" if i else "", nl=False)
        _explain(check)
    return Exit.RIGHT


def _meant(name: str, checks: Mapping[str, Check]) -> Check:
    """Return the check that a user's word is for: its id in whatever case, or the beginning of it."""
    wanted = name.strip().casefold()
    for id, check in checks.items():
        if id.casefold() == wanted:
            return check
    family = [id for id in checks if id.casefold().startswith(f"{wanted}.")]
    begins = family or [id for id in checks if wanted and id.casefold().startswith(wanted)]
    if len(begins) == 1:
        return checks[begins[0]]
    if begins:
        more = f" and {len(begins) - SHOWN} more" if len(begins) > SHOWN else ""
        words = f"{len(begins)} checks begin with {name!r}: {', '.join(begins[:SHOWN])}{more}."
        raise click.UsageError(
            f"{words} `electronwind list --only '{wanted}{'.' if family else ''}*'` lists them."
        )
    if wanted in NAMES:
        raise click.UsageError(
            f"{name!r} is an observable, no check: `electronwind list --observable {wanted}` lists the "
            "checks that need it, `electronwind observables` says what it is."
        )
    near = get_close_matches(wanted, checks, n=3, cutoff=0.4)
    hint = f" Did you mean {', '.join(near)}?" if near else " See electronwind list."
    raise click.UsageError(f"no check is called {name!r}.{hint}")


def unwrapped(judge: Callable[..., Any]) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Return the function behind a judge that was made by a factory, and the values bound in it."""
    bound: dict[str, Any] = {}
    while isinstance(judge, partial):
        bound |= inspect.signature(judge.func).bind_partial(*judge.args, **judge.keywords).arguments
        judge = judge.func
    judge = inspect.unwrap(judge)
    if not inspect.isroutine(judge):
        bound |= vars(judge)
        judge = type(judge).__call__
    if inspect.ismethod(judge):
        bound |= {"self": judge.__self__}
        judge = judge.__func__
    bound |= inspect.getclosurevars(judge).nonlocals
    return judge, bound


def _explain(check: Check) -> None:
    from ..checks.formulas import LEGEND, formula

    judge, bound = unwrapped(check.judge)
    try:
        lines, first = inspect.getsourcelines(judge)
        place, code = f"{inspect.getsourcefile(judge)}:{first}", textwrap.dedent("".join(lines))
    # A judge made at run time, or an installation without sources.
    except (OSError, TypeError):
        place, code = f"{judge.__module__}.{judge.__qualname__}", "(its source is not at hand)"
    try:
        demanded, symbols = formula(check), LEGEND
    # A check of a user's own.
    except KeyError:
        demanded = inspect.getdoc(judge) or "none is stated; the code says what is compared"
        symbols = ""
    facts = {
        "says": check.says,
        "formula": demanded,
        "symbols": symbols,
        "tier": check.tier,
        "observables": ", ".join(check.observables),
        "source": check.source,
        "cost": check.cost,
        "catches": "; ".join(check.catches),
        "bound": ", ".join(f"{name} = {value!r:.80}" for name, value in bound.items()),
        "code": place,
    }
    click.secho(check.id, bold=True)
    for name, value in facts.items():
        if value:
            indented = textwrap.fill(value, 96, subsequent_indent=" " * 13, break_on_hyphens=False)
            click.echo(f"{name:<12} {indented if name != 'code' else value}")
    click.echo(f"\n{code.rstrip()}")


@click.command(epilog="Example: electronwind observables --ids")
@click.option("--ids", is_flag=True, help="Names only, one a line.")
def observables(ids: bool) -> int:
    """List what a solver may offer: functions, shapes, units and conventions.

    Where no terminal shows them, a line for each: signature, shape, unit and meaning with tabs between.
    """
    from rich.console import Console

    if ids:
        click.echo("\n".join(NAMES))
        return Exit.RIGHT
    lines = not Console().file.isatty()
    for row in OBSERVABLES.values():
        shape = f"{'complex' if row.complex else 'real'}, shape (..., {', '.join(row.axes)})"
        if lines:
            click.echo("\t".join([click.style(row.signature, bold=True), shape, row.unit, row.meaning]))
            continue
        click.secho(row.signature, bold=True, nl=False)
        click.echo(f"  {shape}, unit {row.unit}\n    {row.meaning}\n    {row.symmetry}; {row.source}")
    for run in CALLS.values():
        fields = ", ".join(f"{name} (..., {', '.join(axes)})" for name, axes in run.fields.items())
        if lines:
            click.echo(
                "\t".join([click.style(run.signature, bold=True), f"result with {fields}", "", run.meaning])
            )
            continue
        click.secho(run.signature, bold=True, nl=False)
        click.echo(f"  result with {fields}\n    {run.meaning}\n    {run.source}")
    return Exit.RIGHT
