"""Names of solvers that are misspelt: what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import electronwind

from electronwind import SolverLoadError, load_solver

pytestmark = pytest.mark.usefixtures("hasty")

TEXT = "force = None\nclass Solver:\n    force = None\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a module, one in a folder below, one beside it, a broken one and a program."""
    here = tmp_path / "here"
    (here / "below" / "pack").mkdir(parents=True)
    for place in ("here/spelt_code.py", "here/below/spelt_inner.py", "spelt_outer.py"):
        (tmp_path / place).write_text(TEXT)
    (here / "below" / "pack" / "__init__.py").write_text(TEXT)
    (here / "spelt_broken.py").write_text("import no_such_librery")
    (here / "spelt_program").write_text("#!/bin/sh\n")
    (here / "spelt_program").chmod(0o755)
    monkeypatch.chdir(here)
    return here


@pytest.mark.thin(most=8)
@pytest.mark.parametrize(
    ("spec", "meant"),
    [
        ("spelt_code.py", "spelt_code"),
        ("spelt_code.py:Solver", "spelt_code:Solver"),
        ("spelt_code:", "spelt_code"),
        ("spelt_code.py:", "spelt_code"),
        ("spelt_code/", "spelt_code"),
        ("./spelt_code", "spelt_code"),
        ("./spelt_code.py", "spelt_code"),
        ("Spelt_Code", "spelt_code"),
        ("Spelt_Code.py", "spelt_code"),
        ("SPELT_CODE:Solver", "spelt_code:Solver"),
        ("spelt_cod", "spelt_code"),
        ("spelt_code:solver", "spelt_code:Solver"),
        ("spelt_code:Solvr", "spelt_code:Solver"),
        ("below/spelt_inner.py", "below.spelt_inner"),
        ("below/spelt_inner", "below.spelt_inner"),
        ("below\\spelt_inner.py", "below.spelt_inner"),
        ("below//spelt_inner.py:Solver", "below.spelt_inner:Solver"),
        ("below.spelt_iner", "below.spelt_inner"),
        ("below/pack/__init__.py", "below.pack"),
        ("below/pack/", "below.pack"),
        ("../spelt_outer.py", "spelt_outer"),
        ("./spelt_program", "exec:./spelt_program"),
        ("Fast", "fast"),
        ("fsat", "fast"),
        ("refrence", "reference"),
        ("fast:", "fast"),
    ],
)
def test_the_way_out(spec: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever names a solver by mistake is answered with the name that was meant, and exit code 3."""
    assert electronwind("validate", spec, "--quick") == 3
    said = " ".join(capsys.readouterr().err.split())
    assert f"did you mean {meant}?" in said
    assert repr(spec) in said


def test_an_absolute_path(folder: Path) -> None:
    """A file in the current folder is named by its module; of another, the folder is named too."""
    with pytest.raises(SolverLoadError, match=r"did you mean below\.spelt_inner\?"):
        load_solver(str(folder / "below" / "spelt_inner.py"))
    with pytest.raises(SolverLoadError, match="did you mean spelt_outer") as caught:
        load_solver(str(folder.parent / "spelt_outer.py"))
    assert f"in {folder.parent}," in str(caught.value)


def test_a_name_that_is_like_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    """It is named once, with where modules are sought: the folder may be the wrong one."""
    assert electronwind("validate", "quite_another_thing", "--quick") == 3
    said = " ".join(capsys.readouterr().err.split())
    assert said.count("solver 'quite_another_thing'") == 1
    assert "neither in the current folder nor among what is installed" in said


@pytest.mark.parametrize(
    "spec", [".", "..", "/", "spelt_broken", "quite_another_thing", "spelt_code:Nothing_like_it"]
)
def test_nothing_is_guessed(spec: str) -> None:
    """Where nothing is near, or the fault is within the module, no name is offered."""
    with pytest.raises(SolverLoadError) as caught:
        load_solver(spec)
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("spec", ["spelt_code", "below.spelt_inner", "below.pack", "spelt_code:Solver"])
def test_right_names(spec: str) -> None:
    """A name that is right is taken."""
    assert load_solver(spec).force is None
