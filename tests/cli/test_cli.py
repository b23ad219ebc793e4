"""The command line: exit codes, files, and words for those who mistype."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import sys
from itertools import product
from pathlib import Path

import click
import pytest
import toys
from command import commands, electronwind
from jsonschema import Draft202012Validator

from electronwind import __version__
from electronwind.validation.checks import catalogue
from electronwind.validation.cli import app as cli
from electronwind.validation.report.model import schema

SOLVERS = {
    "right": "def force(system): return -system.hamiltonian[..., 0].real",
    "wrong": "def force(system): return 1 - system.hamiltonian[..., 0].real",
    "nan": "def force(system): return [float('nan')]",
    "nothing": "",
    "broken": "import no_such_library",
    "quits": "raise SystemExit(0)",
    "boasts": "accuracy = 0.5\ndef force(system): return [0.0]",
}


pytestmark = pytest.mark.usefixtures("hasty")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the toy solvers, and the toy check for the suite."""
    for name, text in SOLVERS.items():
        (tmp_path / f"toy_{name}.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    checks = toys.suite(
        toys.make(toys.compare_force, "law.force_is_minus_level"),
        toys.make(toys.compare_force, "cross.curl", "curl"),
    )
    monkeypatch.setattr(catalogue, "all_checks", lambda: checks)
    return tmp_path


def validate(*arguments: str) -> int:
    return electronwind("validate", *arguments, "--quick", "--report", "out")


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(
    ("solver", "code"),
    [
        ("toy_right", 0),
        ("toy_wrong", 1),
        pytest.param("toy_nan", 1, marks=pytest.mark.slow),
        ("toy_nothing", 5),
        ("toy_broken", 3),
        ("toy_quits", 3),
        ("toy_boasts", 3),
        ("no_such_module", 3),
        ("exec:program", 3),
    ],
)
def test_exit_code(solver: str, code: int, folder: Path) -> None:
    """The exit code tells right, wrong, nothing and not loadable apart."""
    assert validate(solver) == code
    assert (folder / "out" / "report.json").exists() == (code != 3)


@pytest.mark.usefixtures("together")
def test_files(folder: Path) -> None:
    """A run leaves data that obey the schema, a page, JUnit, a script per failure; nothing else."""
    before = set(folder.iterdir())
    assert validate("toy_wrong") == 1
    data = json.loads((folder / "out" / "report.json").read_text())
    Draft202012Validator(schema()).validate(data)
    assert data["summary"]["exit_code"] == 1
    assert data["solver"]["spec"] == "toy_wrong"
    names = {path.name for path in (folder / "out").iterdir()}
    assert names == {"report.json", "report.html", "junit.xml", "failures"}
    left = {path.name for path in set(folder.iterdir()) - before}
    assert left <= {"out", "__pycache__"}


def test_a_solver_that_changes_the_folder(folder: Path) -> None:
    """The report is where it was asked for, wherever the solver goes."""
    (folder / "elsewhere").mkdir()
    (folder / "toy_goes.py").write_text(f"import os\nos.chdir('elsewhere')\n{SOLVERS['wrong']}")
    assert validate("toy_goes") == 1
    names = {path.name for path in (folder / "out").iterdir()}
    assert names == {"report.json", "report.html", "junit.xml", "failures"}


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(
    "text",
    [
        "import os\ndef force(system): raise ValueError(os.fsdecode(b'\\xff.dat'))",
        f"version = name = 'caf\\udce9'\n{SOLVERS['wrong']}",
    ],
)
def test_halves_of_characters(text: str, folder: Path) -> None:
    """What a solver says reaches every file of the report, though no encoding knows all of it."""
    (folder / "toy_half.py").write_text(text)
    assert validate("toy_half") == 1
    assert "\\udc" in (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert len(list((folder / "out" / "failures").iterdir())) == 1


@pytest.mark.usefixtures("together")
def test_says_what_was_not_tested(capsys: pytest.CaptureFixture[str]) -> None:
    """A run of a solver that offers one thing says what was not tested."""
    assert validate("toy_right") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Not tested: density_matrix, friction, curl" in said
    assert "1 of 2 checks ran, 1 not supported by the solver" in said


@pytest.mark.usefixtures("together")
def test_original_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The reason why a solver cannot be loaded is on stderr, in a line or two."""
    assert validate("toy_broken") == 3
    said = capsys.readouterr().err
    assert "No module named 'no_such_library'" in said
    assert len(said.splitlines()) <= 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "law.forse"], "no check matches 'law.forse'"),
        (["--tier", "lore"], "lore"),
        (["--jobs", "0"], "0"),
        (["--timeout", "0"], "0"),
        (["--report", "toy_right.py"], "file"),
        (["--expected-failures", "missing.toml"], "missing.toml"),
        (["--no-such-option"], "no-such-option"),
    ],
)
def test_usage(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped command is refused with the reason, before anything runs."""
    assert electronwind("validate", "toy_right", *arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.usefixtures("together")
@pytest.mark.thin(most=3)
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('"law.force_is_minus_level" = "our sign"', 0),
        ('law.force_is_minus_level = "our sign"', 0),
        ('[expected-failures]\n"law.force_is_minus_level" = "our sign"', 0),
        ('"law.force_is_minus_levle" = "our sign"', 2),
        ('"law.force_is_minus_level" = ""', 2),
        ('"law.force_is_minus_level" = 3', 2),
        ('expected-failures = "law.force_is_minus_level"', 2),
        ('expected-failures = ["law.force_is_minus_level"]', 2),
        ("not toml", 2),
    ],
)
def test_expected_failures(text: str, code: int, folder: Path) -> None:
    """Expected failures come from the user's own file, each with a reason; typing errors show."""
    (folder / "known.toml").write_text(text)
    assert validate("toy_wrong", "--expected-failures", "known.toml") == code


@pytest.mark.usefixtures("together")
def test_unexpected_pass(folder: Path) -> None:
    """A check on the list that passes after all fails the run."""
    (folder / "known.toml").write_text('"law.force_is_minus_level" = "our sign"')
    assert validate("toy_right", "--expected-failures", "known.toml") == 1


@pytest.mark.usefixtures("together")
def test_selection(folder: Path) -> None:
    """Only the checks that were asked for run."""
    assert validate("toy_right", "--tier", "cross") == 5
    assert validate("toy_right", "--only", "law.*") == 0
    data = json.loads((folder / "out" / "report.json").read_text())
    assert [record["id"] for record in data["records"]] == ["law.force_is_minus_level"]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version is that of the package."""
    assert electronwind("--version") == 0
    assert capsys.readouterr().out == f"electronwind, version {__version__}\n"


ALL = list(commands())


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) or "electronwind" for path, _ in ALL])
def test_help(path: tuple[str, ...], command: click.Command, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command has help, the same for -h and --help, with an example that is right."""
    said = []
    for option in ("-h", "--help"):
        assert electronwind(*path, option) == 0
        said.append(capsys.readouterr())
    assert said[0] == said[1]
    assert not said[0].err
    _, _, line = " ".join(said[0].out.split()).partition("Example: electronwind ")
    words = shlex.split(line.partition(" | ")[0])
    # What comes after the name of a command: its files are not here.
    parent = click.Context(cli.app, **cli.app.context_settings)
    example: click.Command = cli.app
    while isinstance(example, click.Group):
        example = example.get_command(parent, words.pop(0))
    with contextlib.suppress(click.BadParameter):
        example.make_context(str(example.name), words, parent=parent)
    assert path == () or (line.startswith(path[0]) and command.name == path[-1])


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) or "electronwind" for path, _ in ALL])
def test_wrong_values_of_options(
    path: tuple[str, ...], command: click.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong value is answered by words that begin with the program and name the option."""
    asked = 0
    for option in command.params:
        checked = isinstance(
            option.type, click.Choice | click.types.IntParamType | click.types.FloatParamType
        )
        if not isinstance(option, click.Option) or not checked or option.is_flag:
            continue
        # Not a number is within no bounds, and no span of time is infinite.
        real = isinstance(option.type, click.types.FloatParamType)
        for name, value in product(option.opts, ["never-a-value", *(["nan", "inf", "1e999"] * real)]):
            assert electronwind(*path, name, value) == 2, (name, value)
            said = capsys.readouterr()
            assert said.err.startswith("electronwind: ")
            assert f"'{name}'" in said.err or all(f"'{one}'" in said.err for one in option.opts)
            assert value in said.err or "inf" in said.err
            assert not said.out
            asked += 1
    assert electronwind(*path, "--never-an-option") == 2
    assert capsys.readouterr().err.startswith("electronwind: No such option")
    assert asked or not any(option.type is click.INT for option in command.params)


def test_both_ways_to_start() -> None:
    """The program and the module give the same words and exit codes, with nothing else beside them."""
    program = str(Path(sys.executable).with_name("electronwind"))
    # Of a command: the help of the whole program would load all of them.
    words = ["observables", "--nonsense"]
    both = [
        subprocess.run([*way, *words], capture_output=True, text=True, timeout=120, check=False)
        for way in ([program], [sys.executable, "-m", "electronwind"])
    ]
    first, second = ((done.returncode, done.stdout, done.stderr) for done in both)
    assert first == second
    assert (first[0], first[1]) == (2, "")
    assert first[2].startswith("electronwind: ")
