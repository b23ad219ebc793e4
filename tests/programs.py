"""A program as a solver: the fixture `write` writes it, right but for what it is told to do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Answers `describe` and `current` as it should; what it does for the force is filled in.
PROGRAM = """
import ctypes, json, os, sys, time

def say(**more):
    print(json.dumps(more), flush=True)

for line in sys.stdin:
    request = json.loads(line)
    id = request["id"]
    if request["op"] == "describe":
        say(id=id, **({{"protocol": "electronwind/1", "name": "toy",
                       "observables": ["force", "current", "transmission"]}} | {describe}))
    elif request["op"] == "current":
        say(id=id, value=[0.0])
    else:
        {does}
"""
RIGHT = 'say(id=id, value=[-request["system"]["hamiltonian"]["re"][0][0]])'
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a program, and returns what names it as a solver."""

    def write(does: str = RIGHT, **describe: Any) -> str:
        path = tmp_path / "program.py"
        path.write_text(PROGRAM.format(does=does, describe=repr(describe)))
        return f"exec:{sys.executable} -I -S '{path}'"

    return write
