"""Where the module of a solver is: in the current folder first, never at the cost of the standard library."""

from __future__ import annotations

import importlib
import os
import sys
import sysconfig
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["ADMITTED", "admit", "import_solver", "module_file", "search_path", "two_of_one_name"]

# What was put on the path for a solver: it must not be searched before a new interpreter has its own modules.
ADMITTED: set[str] = set()


def import_solver(name: str) -> ModuleType:
    """Return the module of a solver.

    A module of that name in the current folder is taken whatever else has the name, and takes the place of
    nothing: who imports the name gets the module of the standard library as before. What the solver itself
    imports is looked for in the standard library, in the current folder, and among what is installed.

    Raises
    ------
    Exception
        Whatever the import raises.
    """
    top, _, rest = name.partition(".")
    here, elsewhere = _candidates(top)
    admit([str(Path.cwd())])
    if here is None or here.origin is None or (here.loader is None and elsewhere is not None):
        return importlib.import_module(name)
    for known in (top, _alias(top)):
        if _file(getattr(sys.modules.get(known), "__spec__", None)) == _file(here):
            return _renamed(importlib.import_module(f"{known}.{rest}" if rest else known), name)
    taken = top in sys.stdlib_module_names or top in sys.modules
    spec = here
    if taken:
        found = spec_from_file_location(_alias(top), here.origin, submodule_search_locations=_folders(here))
        assert found is not None
        spec = found
    module = sys.modules[spec.name] = module_from_spec(spec)
    try:
        assert spec.loader is not None
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(spec.name, None)
        raise
    return _renamed(importlib.import_module(f"{spec.name}.{rest}") if rest else module, name)


def module_file(name: str) -> str | None:
    """Return the file of the module that `import_solver` imports, without running any of it."""
    top, *rest = name.split(".")
    here, elsewhere = _candidates(top)
    spec = elsewhere if here is None or (here.loader is None and elsewhere is not None) else here
    for i, _ in enumerate(rest):
        if spec is None or (folders := _folders(spec)) is None:
            return None
        spec = PathFinder.find_spec(".".join([top, *rest[: i + 1]]), folders)
    return _file(spec)


def search_path() -> list[str]:
    """Return where this interpreter looks for modules, the current folder left out, as absolute paths."""
    folder = str(Path.cwd())
    paths = [os.path.abspath(path) for path in sys.path if isinstance(path, str) and path]
    return [path for path in dict.fromkeys(paths) if path != folder]


def admit(paths: Sequence[str]) -> None:
    """Have modules looked for in more places: after the standard library, before what is installed.

    Parameters
    ----------
    paths : sequence of str
        In the order in which they are searched; what is searched already stays where it is.
    """
    installed = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    first = next((i for i, path in enumerate(sys.path) if path in installed), len(sys.path))
    new = [path for path in dict.fromkeys(paths) if path not in sys.path]
    sys.path[first:first] = new
    ADMITTED.update(new)


def two_of_one_name(name: str) -> str:
    """Return in words what else has the name of a module in the current folder, or an empty string."""
    top = name.partition(".")[0]
    here, elsewhere = _candidates(top)
    if here is None or here.loader is None or elsewhere is None or _file(here) == _file(elsewhere):
        return ""
    other = "of the standard library" if top in sys.stdlib_module_names else f"in {elsewhere.origin}"
    return f"{top} is the module in {here.origin}, and not that {other}"


def _candidates(top: str) -> tuple[ModuleSpec | None, ModuleSpec | None]:
    """Return the module of the current folder, and the one that is found without it."""
    # Finders of others end in errors of their own for what cannot be the name of a module.
    if not top:
        return None, None
    folder = str(Path.cwd())
    others = [path for path in sys.path if path not in ("", folder)]
    elsewhere = None
    for finder in sys.meta_path:
        elsewhere = finder.find_spec(top, others if finder is PathFinder else None)
        if elsewhere is not None:
            break
    return PathFinder.find_spec(top, [folder]), elsewhere


def _folders(spec: ModuleSpec) -> list[str] | None:
    found: Sequence[str] | None = spec.submodule_search_locations
    return None if found is None else list(found)


def _file(spec: Any) -> str | None:
    """Return the file of a module; a namespace, or what is built in, has none."""
    return spec.origin if spec is not None and spec.has_location else None


def _alias(top: str) -> str:
    return f"{top} (of the solver)"


def _renamed(module: ModuleType, name: str) -> ModuleType:
    """Return a module that goes by the name that was asked for."""
    module.__name__ = name
    return module
