"""The checks; importing this package registers them, module by module."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from . import contract, motion, steady

for _room in (motion, steady, contract):
    for _found in iter_modules(_room.__path__):
        import_module(f"{_room.__name__}.{_found.name}")
