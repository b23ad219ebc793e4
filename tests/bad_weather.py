"""A program that runs the command line where standard output or error are of no use.

Each line of its input is a case: arguments, folder, encoding, and what becomes of the two files. Each runs in
a fork, whose streams are made as Python makes them at its start; interrupted ones are under their
supervisor. It says the exit code, and what was printed; first of all that of a report it leaves in the folder
that it is given.
"""

import contextlib
import importlib
import io
import json
import os
import pkgutil
import signal
import sys
import time
import traceback
from dataclasses import replace

from in_turn import InTurn

import electronwind
from electronwind import validation
from electronwind.validation.benchmark import page
from electronwind.validation.campaigns import alarms, answers
from electronwind.validation.cli import app as cli
from electronwind.validation.cli import supervisor
from electronwind.validation.report import plots
from electronwind.validation.run import runner

PARTS = {"good": None, "full": "/dev/full", "closed": None, "gone": None}


def attach(number, kind, keep):
    """Give a standard file what the case says: a file to read afterwards, a full disk, nothing, or a pipe."""
    if kind == "closed":
        os.close(number)
        return
    if kind == "gone":
        reader, file = os.pipe()
        os.close(reader)
    else:
        file = os.open(PARTS[kind] or keep, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, number)
    os.close(file)


def stream(number, encoding, errors):
    """Return what Python would make of a standard file, or nothing where it is closed."""
    try:
        os.fstat(number)
    except OSError:
        return None
    return io.TextIOWrapper(
        open(number, "wb", closefd=False), encoding=encoding, errors=errors, line_buffering=number == 2
    )


def work(case):
    """Run one case, and return its exit code as the operating system would see it."""
    os.chdir(case["folder"])
    for number, kind in enumerate(case["files"], 1):
        attach(number, kind, f"{case['keep']}.{number}")
    sys.stdout = sys.__stdout__ = stream(1, case["encoding"], "strict")
    sys.stderr = sys.__stderr__ = stream(2, case["encoding"], "backslashreplace")
    try:
        if "interrupts" in case:
            sys.argv = ["electronwind", *case["arguments"]]
            cli.main()
        else:
            # Where nobody interrupts it a campaign needs no process of its own, which takes seconds to start.
            alarms.executor = lambda *_: contextlib.nullcontext(InTurn())
            cli.main(case["arguments"])
        code = 0
    except SystemExit as left:
        code = left.code
    except BaseException:
        code = 99
        with open(f"{case['keep']}.2", "a", encoding="utf-8") as file:
            traceback.print_exc(file=file)
    for one in (sys.stdout, sys.stderr):
        try:
            if one is not None:
                one.flush()
        except (OSError, ValueError):
            code = 120
    return code


def main():
    """Serve the cases that come as lines, each answered by a line with its exit code."""
    # Whatever a command imports late: once here, and not in every fork.
    for package in (electronwind, validation):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            # No command needs these, and some of them take as long as all others.
            if not {"__main__", "mutation", "peers"} & set(module.name.split(".")):
                try:
                    importlib.import_module(module.name)
                except ImportError:
                    continue
    # As of a failure, however short the search for its cause is, and of a page without its plots.
    for module in (plots, page):
        for name in module.__all__:
            if name not in ("render", "svg"):
                setattr(module, name, lambda *_: "<svg></svg>")
    runner.QUICK, runner.CONCLUDING = replace(runner.QUICK, shrinking=0.05, naming=0.02), 0
    runner.QUICK_RUN = 0.2
    # What is drawn for the first time takes seconds as well.
    words = "validate fast --quick --only analytic.one_level.density_matrix --report"
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing):
        try:
            cli.main([*words.split(), sys.argv[1]])
        except SystemExit as left:
            first = left.code
    supervisor._SETTLED.clear()
    # The reference takes minutes over the answers; what is printed about them is the same.
    answers.gather = lambda note: {}
    say, lines = os.dup(1), sys.stdin.buffer
    os.write(say, f"{first}\n".encode())
    for line in lines:
        case = json.loads(line)
        child = os.fork()
        if child == 0:
            # A terminal interrupts all of a group.
            os.setpgid(0, 0)
            os._exit(work(case))
        for seconds in case.get("interrupts", ()):
            time.sleep(seconds)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGINT)
        _, status = os.waitpid(child, 0)
        os.write(say, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main()
