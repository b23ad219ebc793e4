"""The command line, as a user types it."""

import multiprocessing
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

import click
import pytest

from electronwind.validation.cli import app as cli


def electronwind(*arguments: str) -> int:
    """Run the command line here, and return its exit code."""
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    return int(left.value.code or 0)


@contextmanager
def copied(*arguments: str) -> Iterator[BaseProcess]:
    """Run the command line in a copy of this process: to load the suite anew takes longer than many a run."""
    with warnings.catch_warnings():
        # As the command itself does it: threads of BLAS count as threads to Python, and survive.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = multiprocessing.get_context("fork").Process(target=_typed, args=arguments)
        process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _typed(*arguments: str) -> None:
    sys.argv[1:] = arguments
    cli.main()


def commands(
    command: click.Command = cli.app, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with the words that lead to it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            one = command.get_command(context, name)
            assert one is not None
            yield from commands(one, (*path, name))


# As the fixture `hasty` does it here.
HASTY = """
from dataclasses import replace
from electronwind.validation.benchmark import page
from electronwind.validation.cli.app import main
from electronwind.validation.report import plots
from electronwind.validation.run import runner

for module in (plots, page):
    for name in module.__all__:
        if name not in ("render", "svg"):
            setattr(module, name, lambda *_: "<svg></svg>")

runner.QUICK = replace(runner.QUICK, shrinking=0.05, naming=0.02)
runner.CONCLUDING = 0
runner.QUICK_RUN = 0.5
main()
"""


def program(*arguments: str) -> list[str]:
    """Return the command line of a process of its own that looks only briefly for causes of failures."""
    return [sys.executable, "-c", HASTY, *arguments]
