"""The table `statement of the paper / our numbers / verdict`: in a terminal, as JSON and as a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from ..core.writing import write
from .figure import Figure

__all__ = ["rows", "show", "write_json", "write_markdown"]


def show(figure: Figure, seconds: float) -> None:
    """Print the statements of a figure, our numbers and the verdicts."""
    click.secho(figure.name, bold=True, nl=False)
    click.echo(f"  {seconds:.1f} s")
    for statement in figure.statements:
        click.echo(_line("statement", statement.says))
        click.echo(_line("ours", statement.ours))
        if statement.chosen:
            click.echo(_line("chosen", statement.chosen))
        colour = "red" if not statement.expected else "green" if statement.agrees else "yellow"
        click.echo(_line("verdict", click.style(statement.verdict, fg=colour)))
    click.echo(_line("files", ", ".join(map(str, figure.files))))


def _line(label: str, text: str) -> str:
    return click.wrap_text(f"{label:<10} {text}", 100, "  ", " " * 13)


def write_json(figures: Sequence[Figure], path: Path) -> Path:
    """Write all statements and numbers, one object per figure."""
    data = [
        {
            "figure": figure.name,
            "statements": [
                {
                    "statement": s.says,
                    "ours": s.ours,
                    "chosen": s.chosen,
                    "agrees": s.agrees,
                    "erratum": s.erratum,
                }
                for s in figure.statements
            ],
            "numbers": {name: float(number) for name, number in figure.numbers.items()},
            "files": [file.name for file in figure.files],
        }
        for figure in figures
    ]
    write(path, json.dumps(data, indent=1) + "\n")
    return path


def rows(figures: Sequence[Figure]) -> list[str]:
    """Return the lines of the table in Markdown."""
    lines = [("figure", "statement of the paper", "our numbers", "chosen by us", "holds"), ("---",) * 5]
    for figure in figures:
        for s in figure.statements:
            verdict = "yes" if s.agrees else "**no**"
            lines.append((figure.name, s.says, s.ours, s.chosen, verdict))
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]


def write_markdown(figures: Sequence[Figure], path: Path) -> Path:
    """Write the table of statements as a page."""
    write(path, "\n".join(rows(figures)) + "\n")
    return path
