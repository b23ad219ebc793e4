"""What README and the pages of docs/ tell people to type is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import click
import pytest

from electronwind.validation.checks.catalogue import all_checks, select
from electronwind.validation.cli.app import app
from electronwind.validation.core.check import TIERS
from electronwind.validation.faults.catalogue import FAULTS

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
IDS = re.compile(rf"\b(?:{'|'.join(TIERS)})\.[a-z_]+(?:\.[a-z_]+)?\b")

if not (ROOT / "docs").exists():
    pytest.skip("not in a checkout: the pages are not installed", allow_module_level=True)


def typed(text: str) -> Iterator[str]:
    """Yield the command lines of a page: a line of its own, or a piece of code in a sentence."""
    for line in text.splitlines():
        if line.startswith("electronwind "):
            # What follows two spaces or a hash explains it.
            yield re.split(r"\s{2,}|\s#", line)[0]
        yield from (code for code in re.findall(r"`([^`]+)`", line) if code.startswith("electronwind "))


def complaint(line: str) -> str:
    """Return what is wrong with a command line, or an empty string; nothing is run."""
    name, *arguments = shlex.split(line)[1:]
    parent = click.Context(app, **app.context_settings)
    if (command := app.get_command(parent, name)) is None:
        return f"there is no command {name}"
    # Words in capitals stand for something.
    if any(re.fullmatch(r"[A-Z]+", argument) for argument in arguments):
        return ""
    try:
        context = command.make_context(name, list(arguments), parent=parent)
    except click.MissingParameter:
        return ""
    except click.UsageError as error:
        return error.format_message()
    given = context.params
    if name == "explain" and (unknown := set(given["names"]) - set(all_checks())):
        return f"there is no check {', '.join(unknown)}"
    if name in ("list", "validate") and given["only"]:
        select(all_checks(), given["only"])
    if name == "faults" and given["only"] and not any(fnmatchcase(f, given["only"]) for f in FAULTS):
        return f"there is no fault {given['only']}"
    return ""


def complaints(text: str) -> list[str]:
    """Return what is wrong with the command lines of a page, and the checks it names that are none."""
    found = [f"{line}: {words}" for line in typed(text) if (words := complaint(line))]
    known = set(all_checks()) | {id.rpartition(".")[0] for id in all_checks()}
    return found + [f"there is no check {id}" for id in IDS.findall(text) if id not in known]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_exist(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command, option, figure, fault and check that a page names exists."""
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    for name in {word for line in typed(text) for word in shlex.split(line) if word.endswith(".json")}:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert complaints(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "electronwind explain link.curl-is-derivative",
        "electronwind explain law.nothing.force    # says what it demands",
        "electronwind reproduce preston2022-fig999",
        "electronwind validate mycode --tpye law",
        "electronwind convince mycode",
        "electronwind faults --only 'nothing-*'   some faults",
        "Failing `cross.chains.colour` is expected.",
    ],
)
def test_misspelt_command_is_seen(line: str) -> None:
    """The test above sees a name that does not exist."""
    assert len(complaints(line)) >= 1


def test_the_number_of_faults() -> None:
    """README states how many faults are planted, to the fifty below."""
    stated = re.search(r"more than (\d+) planted faults", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert stated
    assert int(stated[1]) < len(FAULTS) <= int(stated[1]) + 50
