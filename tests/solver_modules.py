"""A Python solver in a file: a module in an empty folder, right but for what it is told to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import toys

from electronwind.validation.checks import catalogue

MODULE = """
import ctypes, os, sys, time
import numpy as np

def force(system):
    {does}
    return -system.hamiltonian[..., 0].real

def current(system):
    return np.zeros(1)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(does: str = "pass") -> str:
    """Write a module that does something before it returns the right force, and return its name."""
    Path("toy_apart.py").write_text(MODULE.format(does=does))
    return "toy_apart"


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a solver with a wrong force; the toy checks are the suite."""
    monkeypatch.setattr(catalogue, "all_checks", lambda: toys.APART)
    write("return 1 - system.hamiltonian[..., 0].real")
    name = "toy_folder"
    Path("toy_apart.py").rename(f"{name}.py")
    for module in (name, "toy_apart"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    return name
