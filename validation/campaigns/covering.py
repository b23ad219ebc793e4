"""Making the rows of features that hold every pair of values that go together, and every triple.

``python -m electronwind.validation.campaigns.covering`` writes the file that `systems.combinations` reads. It
takes `covertable`, which nothing else needs; `make covering` installs it.
"""

from __future__ import annotations

import json

from electronwind import CALLS

from ..systems.combinations import IMPOSSIBLE, PATH, parts, sort_of
from ..systems.features import code, words_of

__all__ = ["made", "main"]


def made(strength: int, name: str) -> list[str]:
    """Return the words of a new array, the most telling first; for who writes the file.

    Parameters
    ----------
    strength : {2, 3}
        Of what it is to hold every tuple.
    name : str
        The function that is asked.
    """
    from covertable import make  # pyright: ignore[reportMissingImports] - `make covering` installs it

    factors = {feature: list(values) for feature, values in words_of(name).items()}
    constraints = [
        {
            "operator": "not",
            "condition": {
                "operator": "and",
                "conditions": [{"operator": "in", "left": n, "values": list(v)} for n, v in line.items()],
            },
        }
        for line in IMPOSSIBLE
        if line.keys() <= factors.keys()
    ]
    rows = make(factors, strength=strength, constraints=constraints)
    if "empty" in factors.get("batch", []):
        # Rows of an empty batch, where no number is compared, must hold no pair that no other row holds.
        full = factors | {"batch": [value for value in factors["batch"] if value != "empty"]}
        empty = factors | {"batch": ["empty"]}
        rows = [
            *make(full, strength=strength, constraints=constraints),
            *make(empty, strength=strength - 1, constraints=constraints),
        ]
    left = [code(name, row) for row in rows]
    ordered: list[str] = []
    seen: list[set[object]] = [set(), set()]
    while left:
        # Single values first, then pairs.
        best = max(left, key=lambda word: [len(parts(name, word, s + 1) - seen[s]) for s in (0, 1)])
        left.remove(best)
        ordered.append(best)
        seen = [seen[s] | parts(name, best, s + 1) for s in (0, 1)]
    return ordered


def main() -> None:
    """Write the file of rows, which takes some minutes."""
    names = ("force", "transmission", *CALLS)
    found = {f"{sort_of(name)}-{strength}": made(strength, name) for strength in (2, 3) for name in names}
    PATH.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
