"""What shells make of the command: pipes, colours, and how wide a terminal is."""

from __future__ import annotations

import subprocess
import sys

import pytest
from command import electronwind

# Each starts an interpreter: what differs least from another one waits for the night.
SHELLS = [
    ("{} > /dev/full", 0),
    ("{} >&- 2>&-", 0),
    ("{} | true; exit ${{PIPESTATUS[0]}}", 0),
    ("LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 {}", 0),
    ("{} --nonsense > /dev/full 2>&1", 2),
    *(
        pytest.param(shell, 0, marks=pytest.mark.slow)
        for shell in (
            "{} >&-", "{} 2>&-", "PYTHONIOENCODING=ascii {}", "PYTHONUNBUFFERED=1 {} > /dev/full",
        )
    ),
]  # fmt: skip


@pytest.mark.night("| true", ">&- 2", "nonsense", "LC_ALL")
@pytest.mark.parametrize(("shell", "code"), SHELLS)
def test_real_shells(shell: str, code: int) -> None:
    """What forks are shown in bad weather is what a shell gives."""
    command = shell.format(f"{sys.executable} -m electronwind --version")
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=120)
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.thin
@pytest.mark.parametrize(
    ("settings", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": ""}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, False),
    ],
)
@pytest.mark.parametrize("arguments", [("observables",), ("list",), ("explain", "law.pauli.density_matrix")])
def test_colours(
    arguments: tuple[str, ...],
    settings: dict[str, str],
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A pipe gets colours where they are forced, and never where they are declined."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    electronwind(*arguments)
    said = capsys.readouterr()
    assert ("\x1b[" in said.out) == coloured
