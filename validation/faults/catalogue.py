"""All planted faults; importing this module registers them, module by module."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from . import motion, software, steady
from .registry import FAULTS, Fault

__all__ = ["FAULTS", "Fault"]

for _room in (motion, software, steady):
    for _found in iter_modules(_room.__path__):
        import_module(f"{_room.__name__}.{_found.name}")
