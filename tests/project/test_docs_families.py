"""The examples of docs/families.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "families.md"

if not PAGE.exists():
    pytest.skip("not in a checkout: the pages are not installed", allow_module_level=True)

EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("code", EXAMPLES, ids=range(len(EXAMPLES)))
def test_example_runs(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An example runs alone, without a warning; energy is conserved, and the two solvers agree."""
    monkeypatch.chdir(tmp_path)
    mpl.use("Agg")
    names: dict[str, object] = {}

    exec(compile(code, str(PAGE), "exec"), names)

    said = capsys.readouterr().out
    if "is conserved" in code:
        assert float(said.split()[-1]) < 1e-8
        fast, precise = map(float, said.split("force:")[1].split()[:2])
        assert fast == pytest.approx(precise, rel=1e-9)
    if "check_gradient" in code:
        assert said.startswith("dh/dx is the derivative of h")
    assert (tmp_path / "atom.png").exists() == ("savefig" in code)


def test_the_page_has_its_examples() -> None:
    """The shortest form and three worked examples are found, the last of them under 25 lines."""
    assert len(EXAMPLES) == 4
    assert len(EXAMPLES[-1].strip().splitlines()) < 25
