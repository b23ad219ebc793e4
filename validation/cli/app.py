"""The command line."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import cast

import click

from ..core.exit_codes import Exit
from ..core.folder import in_words
from ..work.streams import colour, forgiving
from .supervisor import supervised

__all__ = ["app", "main"]

# Where each command is; it needs some rooms of the judge, and no other command's.
COMMANDS = {
    "alarms": "..campaigns.alarms:alarms",
    "benchmark": ".benchmark:benchmark",
    "compare": "..compare.command:compare",
    "explain": ".listing:explain",
    "faults": ".faults:faults",
    "list": ".listing:list_checks",
    "observables": ".listing:observables",
    "reproduce": ".reproduce:reproduce",
    "simulate": ".simulate:simulate",
    "tables": ".tables:tables",
    "validate": ".validate:validate",
    "verify": "..compare.verify:verify",
}


class _Commands(click.Group):
    """Commands that are loaded when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one by its name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name].partition(":")
        return cast("click.Command", getattr(import_module(module, __package__), function))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=False,
    epilog="Example: electronwind validate mycode",
)
@click.version_option(package_name="electronwind", prog_name="electronwind")
@click.pass_context
def app(context: click.Context) -> None:
    """A wind tunnel for codes that compute the forces an electrical current exerts on atoms.

    Exit codes: 0 all right, 1 a check failed, 2 usage, 3 the solver could not be loaded,
    4 accuracy or speed got worse, 5 nothing ran, 130 interrupted.
    """
    context.color = colour()
    # A benchmark times what the user's settings give; a check is of a few levels.
    if context.invoked_subcommand != "benchmark":
        _one_thread()


def _one_thread() -> None:
    """Keep BLAS to one thread, here and in processes to come, unless the user has said how many.

    On matrices as small as those of the checks more of them cost more than they give.
    """
    from threadpoolctl import threadpool_limits

    from ..core.environment import THREADS

    if not any(name in os.environ for name in THREADS):
        os.environ |= dict.fromkeys(THREADS, "1")
        threadpool_limits(1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code, which depends on no printing.

    That of the process itself is run under supervision; `arguments` are run in this process.
    """
    with forgiving():
        code = supervised(_forgiven) if arguments is None else _run(arguments)
    sys.exit(code)


def _forgiven(arguments: Sequence[str] | None = None) -> int:
    with forgiving():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        # The supervisor kept it back.
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
        code: int = app.main(arguments, prog_name="electronwind", standalone_mode=False)
    except click.ClickException as error:
        _explain(error)
        code = error.exit_code
    # click turns the user's interrupt into the first, after a line feed.
    except (click.Abort, KeyboardInterrupt):
        click.echo("electronwind: interrupted", err=True)
        code = Exit.INTERRUPTED
    # A full disk, mostly: commands say beforehand what they know, and the result cannot be kept.
    except OSError as error:
        click.echo(f"electronwind: {in_words(error)}", err=True)
        code = Exit.USAGE
    # No command leaves so: a solver did.
    except SystemExit as left:
        click.echo(f"electronwind: the solver left the run by SystemExit({left.code!r:.40})", err=True)
        code = Exit.FAILED
    return code


def _explain(error: click.ClickException) -> None:
    """Say what is wrong with the command, then how it is used."""
    click.echo(f"electronwind: {error.format_message()}", err=True)
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        whole = isinstance(context.command, click.Group)
        click.echo(context.get_help() if whole else context.get_usage(), err=True)
        click.echo(f"Try '{context.command_path} --help'." if not whole else "", err=True, nl=not whole)
