"""The commands that say what there is: checks, one check in full, and observables."""

from __future__ import annotations

import inspect
from difflib import get_close_matches

import click

from electronwind import DYNAMICS, NAMES, OBSERVABLES

from .check import TIERS

__all__ = ["explain", "list_checks", "observables"]


@click.command("list")
@click.option("--tier", "tiers", type=click.Choice(TIERS), multiple=True, help="May be repeated.")
@click.option("--observable", type=click.Choice(NAMES), help="Checks that need it.")
def list_checks(tiers: tuple[str, ...], observable: str | None) -> int:
    """List the checks."""
    from rich.console import Console
    from rich.table import Table

    from .runner import all_checks

    checks = [
        check
        for check in all_checks().values()
        if (not tiers or check.tier in tiers) and observable in (None, *check.observables)
    ]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("check", no_wrap=True)
    table.add_column("what a failing user reads", overflow="fold")
    for check in checks:
        table.add_row(check.id, check.says)
    Console().print(table)
    click.echo(f"{len(checks)} checks; electronwind explain CHECK tells more.")
    return 0


@click.command()
@click.argument("check")
def explain(check: str) -> int:
    """Say what CHECK demands, where that comes from, what it catches, and show its code."""
    from .runner import all_checks

    checks = all_checks()
    if check not in checks:
        near = get_close_matches(check, checks, n=3, cutoff=0.4)
        hint = f" Did you mean {', '.join(near)}?" if near else " See electronwind list."
        raise click.UsageError(f"no check is called {check!r}.{hint}")
    record = checks[check]
    lines, first = inspect.getsourcelines(record.judge)
    facts = {
        "says": record.says,
        "tier": record.tier,
        "observables": ", ".join(record.observables),
        "source": record.source,
        "cost": record.cost,
        "catches": "; ".join(record.catches),
        "code": f"{inspect.getsourcefile(record.judge)}:{first}",
    }
    click.secho(record.id, bold=True)
    for name, value in facts.items():
        indented = click.wrap_text(value, 96, " " * 13, " " * 13).lstrip()
        click.echo(f"{name:<12} {indented if name != 'code' else value}")
    click.echo("\n" + inspect.cleandoc("".join(lines)))
    return 0


@click.command()
def observables() -> int:
    """List what a solver may offer: functions, shapes, units and conventions."""
    for row in OBSERVABLES.values():
        click.secho(row.signature, bold=True, nl=False)
        kind = "complex" if row.complex else "real"
        click.echo(f"  {kind}, shape (..., {', '.join(row.axes)}), unit {row.unit}")
        click.echo(f"    {row.meaning}\n    {row.symmetry}; {row.source}")
    for run in DYNAMICS.values():
        click.secho(run.signature, bold=True, nl=False)
        fields = (f"{name} (..., {', '.join(axes)})" for name, axes in run.fields.items())
        click.echo(f"  result with {', '.join(fields)}\n    {run.meaning}\n    {run.source}")
    return 0
