"""What was meant by the name of a solver that names none."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

__all__ = ["did_you_mean", "malformed", "nearest"]


def malformed(spec: str) -> str:
    """Return what is wrong with the form of a solver's name and what was meant, or an empty string.

    Parameters
    ----------
    spec : str
        As `load_solver` takes it, but no command.
    """
    head, colon, rest = spec.partition(":")
    path = head.replace("\\", "/")
    if "/" in path or (path.endswith(".py") and Path(path).is_file()) or path.startswith("."):
        return f"expected a module, not a path; {_module_of(path, f':{rest}' if rest else '')}"
    if colon and not rest.strip():
        return f"expected the name of an object after the colon; did you mean {head}?"
    return ""


def _module_of(path: str, rest: str) -> str:
    """Return the way from a path to the name of the module that it holds."""
    file = Path(path)
    if not path.endswith(".py") and file.is_file() and os.access(file, os.X_OK):
        return f"did you mean exec:{path}?"
    if file.is_absolute() and file.is_relative_to(Path.cwd()):
        file = file.relative_to(Path.cwd())
    pure = PurePosixPath(os.path.normpath(file))
    name = pure.with_suffix("") if pure.suffix == ".py" else pure
    if name.name == "__init__":
        name = name.parent
    if name.name in ("", ".."):
        return "see `electronwind validate --help`"
    if name.is_absolute() or ".." in name.parts:
        where = f"modules are searched in the current folder: in {name.parent}"
        return f"{where}, did you mean {name.name}{rest}?"
    return f"did you mean {'.'.join(name.parts)}{rest}?"


def did_you_mean(spec: str, error: BaseException, known: Iterable[str]) -> str:
    """Return what was meant by a solver that could not be loaded, or where it was sought, or nothing.

    Parameters
    ----------
    spec : str
        As `load_solver` takes it.
    error : BaseException
        Why it could not be loaded.
    known : iterable of str
        Names that need no module.
    """
    head, _, path = spec.partition(":")
    if isinstance(error, ModuleNotFoundError) and error.name and f"{head}.".startswith(f"{error.name}."):
        # A module that the solver's own module imports is another matter.
        parent, _, missing = error.name.rpartition(".")
        rest = head.removeprefix(error.name).removesuffix(".py") + (f":{path}" if path else "")
        if missing == "py":
            return f"; did you mean {parent}{rest}?"
        found = nearest(missing, [*(() if parent else known), *_modules_in(Path(*parent.split(".")))])
        if not found:
            return "; it is neither in the current folder nor among what is installed"
        return f"; did you mean {f'{parent}.' if parent else ''}{found}{rest}?"
    if isinstance(error, AttributeError) and error.name in path.split("."):
        found = nearest(str(error.name), [name for name in dir(error.obj) if not name.startswith("_")])
        return f"; did you mean {head}:{path.replace(str(error.name), found)}?" if found else ""
    return ""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the one of `known` that `name` was meant to be, or an empty string."""
    by_case = {one.casefold(): one for one in known}
    near = get_close_matches(name.casefold(), by_case, n=1, cutoff=0.7)
    return by_case[near[0]] if near else ""


def _modules_in(folder: Path) -> list[str]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return []
    modules = [entry.stem for entry in entries if entry.suffix == ".py"]
    folders = [entry.name for entry in entries if entry.name.isidentifier() and any(entry.glob("*.py"))]
    return [name for name in (*modules, *folders) if name not in sys.stdlib_module_names]
