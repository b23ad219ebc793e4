"""The layout: one description of it for the build, one for tools that resolve imports by path."""

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("reference", "fast", "validation")

if not (ROOT / "pyproject.toml").exists():
    pytest.skip("not in a checkout: nothing to compare the installed package with", allow_module_level=True)


def on_disk():
    found = {"electronwind"}
    for top, package in (("src/electronwind", "electronwind"), *((f, f"electronwind.{f}") for f in FOLDERS)):
        for init in (ROOT / top).rglob("__init__.py"):
            parts = init.parent.relative_to(ROOT / top).parts
            if top != "src/electronwind" or not parts or parts[0] not in FOLDERS:
                found.add(".".join([package, *parts]))
    return found


def test_every_package_on_disk_is_listed():
    """A package that the list leaves out would be missing from a wheel, and only there."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert set(config["tool"]["setuptools"]["packages"]) == on_disk()


@pytest.mark.parametrize("folder", FOLDERS)
def test_links_point_at_the_folders(folder):
    """The links that type checkers follow lead to the folders that the build takes."""
    link = ROOT / "src" / "electronwind" / folder
    if not link.is_symlink():
        pytest.skip("this checkout was made without symbolic links; only type checkers need them")

    assert link.resolve() == ROOT / folder


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_is_not_a_module(folder):
    """Importing a folder by its bare name is stopped by name, not by a puzzle later."""
    done = subprocess.run(
        [sys.executable, "-c", f"import {folder}"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert f"this folder is the package electronwind.{folder}" in done.stderr


@pytest.mark.parametrize("house", ["fast", "reference"])
def test_all_names_are_there(house):
    """Both solvers export the same observables and runs; each may have more."""
    more = {
        "fast": {"Grid", "bound_states", "critical_bias", "pair_density", "relaxed"},
        "reference": {"bound_states", "force_correlation", "pair_density"},
    }
    module = importlib.import_module(f"electronwind.{house}")
    from electronwind import NAMES

    assert set(module.__all__) == set(NAMES) | more[house]
    assert all(callable(getattr(module, name)) for name in module.__all__)


def test_both_houses_have_the_same_rooms():
    """Whoever knows where one solver keeps an observable knows it of the other."""
    from electronwind import NAMES

    def rooms(house):
        module = importlib.import_module(f"electronwind.{house}")
        return {name: getattr(module, name).__module__.rpartition(".")[2] for name in NAMES}

    assert rooms("fast") == rooms("reference")


@pytest.mark.parametrize("name", ["lock.txt", "tools.txt"])
def test_no_address_in_a_lock_file(name):
    """A lock file names versions and no registry."""
    assert "://" not in (ROOT / "requirements" / name).read_text()


def test_one_version_of_what_both_lock_files_name():
    """What lint and the benchmarks need changes nothing that the tests ran on."""
    both = [
        {line for line in (ROOT / "requirements" / name).read_text().splitlines() if ";" not in line}
        for name in ("lock.txt", "tools.txt")
    ]
    versions = [dict(line.split("==") for line in lines) for lines in both]
    shared = versions[0].keys() & versions[1].keys()
    assert "click" in shared
    assert [name for name in shared if versions[0][name] != versions[1][name]] == []


def loaded(module):
    """Return the modules that importing a module loads, but for those of numpy."""
    command = f"import numpy, sys; a = {{*sys.modules}}; import {module}; print(*{{*sys.modules}} - a)"
    done = subprocess.run([sys.executable, "-c", command], check=True, capture_output=True, text=True)
    return done.stdout.split()


# What each part of the package does without: it is loaded where it is used, not at each start.
FEW = ("scipy.stats", "scipy.optimize", "matplotlib", "jinja2", "numba", "flint", "h5py", "distributed")
JUDGE = (*FEW, "scipy.constants", "asyncio", "jsonschema", "rich", "filelock")
COMMAND = (*JUDGE, "hypothesis", "mpmath", "scipy", "importlib.metadata", "electronwind.fast")
PROBLEM = (*COMMAND, "numpy.ma", "click")
SPARED = {
    "electronwind": PROBLEM,
    "electronwind.external.worker": PROBLEM,
    "electronwind.validation.cli.app": COMMAND,
    "electronwind.validation.run.runner": JUDGE,
    "electronwind.fast": (*JUDGE, "hypothesis", "mpmath", "scipy.interpolate", "scipy.integrate"),
}


@pytest.mark.parametrize(("module", "heavy"), SPARED.items(), ids=list(SPARED))
def test_nobody_waits_for_what_is_not_needed(module, heavy):
    """What loads slowly is loaded where it is used: each command and each process of a solver pays for it."""
    slow = tuple(f"{name}." for name in heavy)

    assert [name for name in loaded(module) if f"{name}.".startswith(slow)] == []
