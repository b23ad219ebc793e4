"""The study of a peer: ``python -m electronwind.validation.campaigns.peers qutip``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import click

from electronwind import SolverLoadError, load_solver
from electronwind.solvers import offers

from ...core.environment import environment
from ...core.exit_codes import Exit
from ...run.runner import validate
from .measure import JUNCTIONS, digits_of, ratio, table
from .study import lorentzian_checks, run_seeds

PEERS = {
    "qutip": "electronwind.validation.campaigns.peers.qutip_heom:QutipHeom",
    "kwant": "electronwind.validation.campaigns.peers.kwant_greens:KwantGreens",
}
TEMPERATURES = (0.5, 0.2, 0.05)
PADE = ("force", "friction", "current")


@click.command()
@click.argument("peer", type=click.Choice(list(PEERS)))
@click.option("--seeds", default=3, show_default=True, help="Runs of the checks on Lorentzian leads.")
@click.option("--suite/--no-suite", default=True, help="Whether to run the ordinary checks too.")
def study(peer: str, seeds: int, suite: bool) -> None:
    """Run the study of PEER and print it as Markdown. Exit code 1: a check failed."""
    try:
        solver = load_solver(PEERS[peer])
    except SolverLoadError as error:
        click.echo(error, err=True)
        sys.exit(Exit.UNLOADABLE)
    click.echo(f"{solver.name} {solver.version}, claims {solver.accuracy:g}\n")
    click.echo("".join(f"{key}: {words}\n" for key, words in environment().items()))
    failed = 0
    if suite:
        failed += _suite(solver)
    failed += _seeds(solver, seeds)
    click.echo(table(["junction", "temperature", *offers(solver)], _speed(solver)) + "\n")
    click.echo(table(["junction", "temperature", *offers(solver)], _digits(solver)) + "\n")
    if peer == "qutip":
        click.echo(table(["terms", "temperature", *PADE], _pade()) + "\n")
    sys.exit(bool(failed))


def _suite(solver: Any) -> int:
    report = validate(solver, quick=True, timeout=1.0)
    count = Counter(record.status for record in report.records)
    click.echo(f"Ordinary checks: {dict(count)}\n")
    bad = [r for r in report.records if r.status not in ("passed", "unsupported")]
    for record in bad:
        click.echo(f"- {record.id}: {record.status}: {record.message}")
    return len(bad)


def _seeds(solver: Any, seeds: int) -> int:
    alarms = 0
    for seed, tally in run_seeds(solver, range(seeds)):
        click.echo(f"seed {seed}: {dict(tally.status)}", err=True)
        if seed == seeds - 1:
            fewest = {name: f"{least:.1f}" for name, least in tally.digits.items()}
            click.echo(
                f"Lorentzian leads: {len(lorentzian_checks(solver))} checks, {tally.seeds} seeds: "
                f"{dict(tally.status)}, {tally.problems} problems, {tally.comparisons} comparisons; "
                f"fewest digits {fewest}\n"
            )
            click.echo("".join(f"- {alarm}\n" for alarm in tally.alarms))
            alarms = len(tally.alarms)
    return alarms


def _cell(value: float | None) -> str:
    return "declined" if value is None else f"{value:.1f}"


def _digits(solver: Any) -> Iterator[list[str]]:
    for name, make in JUNCTIONS.items():
        for heat in TEMPERATURES:
            yield [name, f"{heat:g}", *(_cell(digits_of(solver, o, make(heat))) for o in offers(solver))]


def _speed(solver: Any) -> Iterator[list[str]]:
    for name, make in JUNCTIONS.items():
        for heat in TEMPERATURES:
            yield [name, f"{heat:g}", *(f"{ratio(solver, o, make(heat)):.0f}" for o in offers(solver))]


def _pade() -> Iterator[list[str]]:
    from .qutip_heom import QutipHeom

    for heat in (0.3, 0.1, 0.03):
        system = JUNCTIONS["two levels"](heat)
        for terms in (2, 3, 4, 6, 8, 12, 16):
            found = (digits_of(QutipHeom(terms), name, system) for name in PADE)
            yield [f"{terms}", f"{heat:g}", *map(_cell, found)]


if __name__ == "__main__":
    study()
