"""The page of documentation on a campaign."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files

from .arena import STAGES
from .results import Result, tally, wilson

__all__ = ["explanations", "page", "summary"]

HEAD = """# Automatic mutation

`validation/campaigns/mutation/` makes small random changes in the fast solver at rest (what runs in time
need besides is not mutated) and asks the suite about each: a mutant that no check finds is an equivalent
program, a matter of speed, or a gap. The planted faults ([faults.md](faults.md)) are the mistakes we thought
of; these are the ones nobody thought of.

```
make mutation ARGS="--sample 330 --seed 1"        continues where it was interrupted
```

It is no part of CI: it takes an hour of one core.

* **Mutants.** The operators of cosmic-ray, and three of ours for what this field gets wrong: a name for its
  sibling (`real`/`imag`, `conj`, `adjoint`, `min`/`max`, `occupied`/`empty`), the first two arguments of a
  call exchanged, an operand of an einsum transposed. All mutants are equally likely to be drawn.
* **Left out.** Annotations, docstrings, `__all__` and `__slots__`, imports, protocols, `raise` statements and
  formatted text; replacements by `//`, `%`, `<<`, `>>`, `&`, `|`, `^`, `~`, `is` and unary `+`, which raise
  on complex arrays or change nothing and would only flatter the suite.
* **Judge.** The steady-state checks of `electronwind validate fast`, first on the problems of `--quick`, then
  on those of the default depth; a mutant dies at the first comparison that fails, or when it raises,
  returns NaN or takes too long.
  Problems that never run the mutated statement are passed over. As in a real run, the suite measures the
  conditions of its problems with the mutant. What survives meets `tests/fast/test_fast.py`,
  `tests/fast/test_fast_functions.py`, `tests/fast/test_fast_chains.py` and
  `tests/fast/test_adaptive.py`, counted apart.
"""

KINDS = """Equivalent: the same values, to rounding, for every input. Performance: only time or memory differ.
Margin: digits are lost that no tolerance asks for. Unreached: no input is known that gets there. Declined:
the solver says that it does not serve the request. Door: a refusal of what has no answer. Gap: a mistake that
the suite has to see and does not; where a test of the project sees it by now, its name is given. The numbers
of lines are those of the campaign."""

ENDS = (
    ("quick", "import", "does not import"),
    ("quick", "number", "`--quick`, a wrong number"),
    ("quick", "crash", "`--quick`, an error, NaN or a wrong shape"),
    ("quick", "timeout", "`--quick`, a timeout"),
    ("default", "number", "default depth, a wrong number"),
    ("default", "crash", "default depth, an error, NaN or a wrong shape"),
    ("default", "timeout", "default depth, a timeout"),
    ("tests", "test", "the project's tests only"),
    ("tests", "crash", "the project's tests only, a crash"),
    ("tests", "timeout", "the project's tests only, a timeout"),
    ("tests", "", "none of these"),
)


def explanations() -> dict[str, dict[str, str]]:
    """Return by the key of a mutant why it survives: its kind, and a sentence."""
    text = (files("electronwind.validation.campaigns.mutation") / "survivors.json").read_text(
        encoding="utf-8"
    )
    found: dict[str, dict[str, str]] = json.loads(text)
    return found


def _rate(survivors: int, mutants: int) -> str:
    low, high = wilson(survivors, mutants)
    return f"{survivors} of {mutants}, {survivors / mutants:.1%} (95 %: {low:.1%} to {high:.1%})"


def summary(results: Sequence[Result], known: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the rates in words."""
    unseen = [result for result in results if not result.seen]
    survived = [result for result in unseen if result.alive]
    gaps = [r for r in unseen if known.get(r.key, {}).get("kind") not in ("equivalent", "performance")]
    return [
        f"Not seen by the suite: {_rate(len(unseen), len(results))}.",
        f"Not seen by suite and tests: {_rate(len(survived), len(results))}.",
        "Not seen by the suite, and neither equivalent nor a matter of speed: "
        f"{_rate(len(gaps), len(results))}.",
    ]


def page(
    results: Sequence[Result], known: Mapping[str, Mapping[str, str]], population: int, seed: int
) -> str:
    """Return the page in Markdown."""
    counts = tally(results)
    lines = [HEAD, "## Measured", ""]
    lines += [f"{len(results)} mutants drawn from {population} places, seed {seed}.", ""]
    lines += [f"* {words}" for words in summary(results, known)]
    lines += ["", "| killed by | mutants |", "|---|--:|"]
    lines += [f"| {words} | {counts[stage, how]} |" for stage, how, words in ENDS if counts[stage, how]]
    lines += ["", "| file | mutants | `--quick` | default | tests | survived |", "|---|--:|--:|--:|--:|--:|"]
    for file in sorted({result.file for result in results}):
        mine = [result for result in results if result.file == file]
        killed = Counter(result.stage for result in mine if not result.alive)
        row = (len(mine), *(killed[stage] for stage in STAGES), sum(result.alive for result in mine))
        lines.append(f"| `{file}.py` | {' | '.join(map(str, row))} |")
    lines += ["", "## Not seen by the suite", "", KINDS, ""]
    lines += ["| place | mutation | kind | why |", "|---|---|---|---|"]
    for result in sorted(results, key=lambda r: (r.alive, r.file, r.line)):
        if not result.seen:
            said = known.get(result.key, {"kind": "unexplained", "why": ""})
            why = f"{said['why']} Killed by `{result.by}`." if result.by else said["why"]
            change = f"`{result.before}` → `{result.after}`".replace("|", "\\|")
            lines.append(f"| `{result.file}.py:{result.line}` | {change} | {said['kind']} | {why.strip()} |")
    return "\n".join(lines) + "\n"
