"""The command ``python -m electronwind.validation.campaigns.mutation``."""

from __future__ import annotations

import time
from pathlib import Path

import click

from electronwind import OBSERVABLES, load_solver

from ...checks.catalogue import all_checks
from ...work.progress import Progress
from .arena import STAGES, TESTS, Arena, Stage
from .mutants import STEADY, draw, population
from .page import explanations, page, summary
from .results import Result, append, load

_FILE = click.Path(dir_okay=False, path_type=Path)


def _waits(last: Result | None, stage: Stage) -> bool:
    """Return whether a mutant has still to pass a stage."""
    return last is None or (last.alive and STAGES.index(last.stage) < STAGES.index(stage))


@click.command()
@click.option("--sample", type=click.IntRange(1), default=300, show_default=True, help="Mutants.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the sample.")
@click.option("--file", "chosen", multiple=True, type=click.Choice(STEADY), help="Mutate these only.")
@click.option(
    "--results", type=_FILE, default="mutation.jsonl", show_default=True, help="Kept while it runs."
)
@click.option(
    "--tests", type=_FILE, multiple=True, default=TESTS, show_default=True, help="For survivors; repeatable."
)
@click.option("--markdown", "target", type=_FILE, help="Write the page of documentation.")
def main(
    sample: int,
    seed: int,
    chosen: tuple[str, ...],
    results: Path,
    tests: tuple[Path, ...],
    target: Path | None,
) -> None:
    """Mutate the fast solver at random, and count what the suite does not see.

    Exit code 1 when a mutant survives without an explanation.
    """
    if missing := [file for file in tests if not file.exists()]:
        raise click.UsageError(f"--tests: no file {missing[0]}; run this in the top folder of a checkout")
    folder = Path(load_solver("fast").__file__).parent
    files = chosen or STEADY
    drawn = draw(folder, sample, seed, files)
    done = load(results)
    steady = [id for id, check in all_checks().items() if set(OBSERVABLES).issuperset(check.observables)]
    arena = Arena(steady, tests=tests)
    for stage in STAGES:
        # All mutants first meet what is cheap.
        waiting = [mutant for mutant in drawn if _waits(done.get(mutant.digest), stage)]
        with Progress(f"mutants ({stage})", len(waiting), bad="") as bar:
            for mutant in waiting:
                start = time.perf_counter()
                result = Result.of(mutant, arena.fight(mutant, stage), time.perf_counter() - start)
                append(results, result)
                done[mutant.digest] = result
                bar.advance(f"{mutant.file}:{mutant.line}")
    found = [done[mutant.digest] for mutant in drawn]
    known = explanations()
    for words in summary(found, known):
        click.echo(words)
    silent = [result for result in found if not result.seen and result.key not in known]
    for result in silent:
        click.echo(f"unexplained: {result.file}.py:{result.line}: {result.before} => {result.after}")
    if target is not None:
        target.write_text(page(found, known, len(population(folder, files)), seed), encoding="utf-8")
    raise SystemExit(bool(silent))


if __name__ == "__main__":
    main()
