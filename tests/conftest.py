"""What all tests share: an archive of the reference that begins empty, and a key, apart from the user's."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import collecting
import cpu_seconds
import pytest
from hypothesis.internal.conjecture import providers
from thinning import dear, thin

# Before any test: pytester forgets what its sessions import, and checks register themselves only once.
import electronwind.validation.checks  # noqa: F401 - for what it registers
from electronwind.fast import compiled, sliced
from electronwind.validation.benchmark import measure, page
from electronwind.validation.core.seal import KEY
from electronwind.validation.report import plots
from electronwind.validation.run import runner
from electronwind.validation.run.drawing import from_the_seed_alone
from electronwind.validation.truth.archive import FOLDER
from electronwind.validation.under_test import loading


def pytest_configure(config: pytest.Config) -> None:
    """Watch what each test of the day costs, and let workers share what is before the first one."""
    config.pluginmanager.register(cpu_seconds, "cpu_seconds")
    config.pluginmanager.register(collecting, "collecting")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while thousands of tests are made, nor among them later on."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """Leave to the night what a product of parameters holds more than once, before pytest deselects."""
    thin(items)
    with pytest.MonkeyPatch.context() as patch:
        # Hypothesis reads the numbers in all source files, for a second, and `drawn_alike` lets it use none.
        patch.setattr(providers, "_get_local_constants", lambda: None, raising=False)
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem() -> Generator[None, Any, Any]:
    """Leave the dear parameter sets of a test to the night; here are all of them, whatever was asked for."""
    made = yield
    if isinstance(made, list):
        dear(made)
    return made


# Their assertions say what they compared, like those of a test.
pytest.register_assert_rewrite("entrants", "reference_values")


@pytest.fixture(autouse=True, scope="session")
def drawn_alike() -> Iterator[None]:
    """Draw the same whichever modules other tests have loaded."""
    with from_the_seed_alone():
        yield


@pytest.fixture(autouse=True, scope="session")
def chains_in_numpy(request: pytest.FixtureRequest) -> Iterator[None]:
    """Follow electrons on chains without numba by day: what it takes to compile is a twentieth of all tests.

    At night, in `validate` and in the benchmarks its loops do it; those, not compiled, have tests by day.
    """
    if request.config.getoption("markexpr") != "not slow":
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        plain = compiled.Engine(sliced.density, sliced.modes, "numpy")
        patch.setattr(compiled, "engine", lambda: plain)
        yield


@pytest.fixture(autouse=True, scope="session")
def key() -> Iterator[None]:
    """Keep the key of the seals of reports out of the user's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY, "the key of the tests")
        yield


@pytest.fixture(autouse=True, scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Keep what the reference says in a folder that the session begins without."""
    folder = str(tmp_path_factory.mktemp("archive"))
    before = os.environ.get(FOLDER)
    os.environ[FOLDER] = folder
    yield folder
    if before is None:
        del os.environ[FOLDER]
    else:
        os.environ[FOLDER] = before


# What draws the plots of pages.
DRAWS = [
    (module, name) for module in (plots, page) for name in module.__all__ if name not in ("render", "svg")
]


@pytest.fixture(scope="module")
def hasty() -> Iterator[None]:
    """Let quick runs be short, ask hardly anything after a failure, and let pages do without plots.

    Other tests are about what is found and drawn.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "QUICK", replace(runner.QUICK, shrinking=0.05, naming=0.02))
        patch.setattr(runner, "CONCLUDING", 0)
        patch.setattr(runner, "QUICK_RUN", 0.5)
        for module, name in DRAWS:
            patch.setattr(module, name, lambda *_, name=name: f"<svg id='{name}'></svg>")
        yield


@pytest.fixture
def together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Load the solvers of a test into this process, and forget them.

    Another process takes longer to start than a toy to run; other tests are about what it is good for.
    """
    for module in (loading, runner):
        monkeypatch.setattr(module, "bounds_of", lambda spec, bounds, here: bounds)
    monkeypatch.setattr(measure, "load", lambda spec, bounds: loading.load(spec))
    yield
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]
