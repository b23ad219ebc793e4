"""A command that is killed at work."""

from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path
from typing import Any

from command import electronwind


def killed_at(number: int, command: tuple[str, ...]) -> bool:
    """Run a command in a process that is killed before its n-th change of `out`; whether it was."""
    out = str(Path("out").absolute())
    child = os.fork()
    if not child:
        left = number

        def watch(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal left
            writes = event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir") or (
                event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            )
            if writes and arguments and str(arguments[0]).startswith(out):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(watch)
            sys.stdout = sys.stderr = io.StringIO()
            electronwind(*command)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])
