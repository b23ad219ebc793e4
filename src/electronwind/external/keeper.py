"""Keeps a solver's process: sets its limits, waits for it, and leaves nothing of it behind.

It is run as a program of its own, ``python -I -S -c SOURCE FD KILOBYTES COMMAND``, and so imports nothing but
the standard library. Children of the solver that left its process group are adopted by the keeper (Linux) and
end with it; elsewhere only the group of the solver is ended.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
from contextlib import suppress

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
UNEXECUTABLE = 126


def control(option: int, value: int) -> None:
    """Call ``prctl`` of Linux; elsewhere nothing is done."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def children() -> list[int]:
    """Return the processes whose parent this one is, those that it adopted included; Linux only."""
    found = []
    with suppress(OSError):
        for name in filter(str.isdigit, os.listdir("/proc")):
            with suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                # The name of the program stands in brackets and may hold anything.
                if int(file.read().rpartition(b")")[2].split()[1]) == os.getpid():
                    found.append(int(name))
    return found


def end_children(spare: frozenset[int] = frozenset()) -> None:
    """Kill all descendants: those of a child that died are adopted, and found in the next turn."""
    while doomed := set(children()) - spare:
        for pid in doomed:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        for pid in doomed:
            with suppress(OSError):
                os.waitpid(pid, 0)


def _run(command: list[str], kilobytes: int, keeper: int) -> None:
    """Become the solver; never returns."""
    try:
        os.setsid()
        # Whoever ends the keeper ends the solver.
        control(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:
            os._exit(UNEXECUTABLE)
        if kilobytes:
            # Not the address space: Java and the WebAssembly of node reserve tens of gigabytes of it that
            # they never touch.
            limit = kilobytes * 1024
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(ignored, signal.SIG_DFL)
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error}\n".encode(errors="backslashreplace"))
    finally:
        os._exit(UNEXECUTABLE)


def _leave(status: int) -> None:
    """End as the solver did."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(OSError, ValueError):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
        # A signal that ends nothing here.
        code = 128 - code
    os._exit(code)


def main() -> None:
    """Run a command until it ends, or until the other end of a pipe is closed."""
    line, kilobytes, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    control(PR_SET_CHILD_SUBREAPER, 1)
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    keeper, solver = os.getpid(), os.fork()
    if solver == 0:
        for inherited in (line, wake, woken):
            os.close(inherited)
        _run(command, kilobytes, keeper)
    # The ends of the pipes are the solver's alone: its end must be seen.
    with open(os.devnull, "r+b", buffering=0) as nothing:
        for used in range(3):
            os.dup2(nothing.fileno(), used)
    poll = select.poll()
    poll.register(line, select.POLLIN)
    poll.register(wake, select.POLLIN)
    status = None
    while status is None:
        if any(ready == line for ready, _ in poll.poll()):
            with suppress(OSError):
                os.killpg(solver, signal.SIGKILL)
            status = os.waitpid(solver, 0)[1]
        else:
            os.read(wake, 4096)
            with suppress(ChildProcessError):
                while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                    if ended[0] == solver:
                        status = ended[1]
    with suppress(OSError):
        os.killpg(solver, signal.SIGKILL)
    end_children()
    _leave(status)


if __name__ == "__main__":
    main()
