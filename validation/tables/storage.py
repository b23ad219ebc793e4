"""The table files: JSON that a person can read, refused wherever it is not what was written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES, OpenSystem

from ..core.canonical import checksum
from .seal import SEAL

__all__ = [
    "CALL_SCHEMA",
    "DIGITS",
    "MANIFEST",
    "SCHEMA",
    "TABLED",
    "CallTable",
    "Table",
    "TableError",
    "Value",
    "call_table",
    "call_tables",
    "data",
    "manifest_text",
    "parse",
    "read",
    "sealed",
    "table",
    "tables",
    "text",
    "verified",
    "verified_calls",
]

SCHEMA = "electronwind-table/1"
CALL_SCHEMA = "electronwind-call-table/1"
MANIFEST_SCHEMA = "electronwind-tables/1"
MANIFEST = "manifest.json"
# Significant decimal digits of the largest entry of a value.
DIGITS = 36
# Observables that no table holds yet.
WITHOUT: tuple[str, ...] = ()
TABLED = tuple(name for name in OBSERVABLES if name not in WITHOUT)
ADVICE = "Restore it from the repository, or run `electronwind tables regenerate`."


class TableError(ValueError):
    """A table file is missing, cut short or not what was certified."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"table {name}: {what} {ADVICE}")


@dataclass(frozen=True, eq=False)
class Value:
    """One observable of a table.

    Attributes
    ----------
    entry : dict
        ``re`` and, for complex observables, ``im``: nested lists of decimal midpoints; ``radius``: a bound
        of the error of each real and imaginary part; ``condition``; ``route``; ``certified``.
    """

    entry: Mapping[str, Any]

    @cached_property
    def midpoint(self) -> NDArray[Any]:
        """The value rounded to double precision."""
        parts = [np.array(self.entry[key], dtype=object) for key in ("re", "im") if key in self.entry]
        real = np.asarray(parts[0].astype(float))
        return real + 1j * parts[1].astype(float) if len(parts) > 1 else real

    @property
    def radius(self) -> float:
        """Absolute bound of the error of the stored value."""
        return float(self.entry["radius"])

    @property
    def condition(self) -> float:
        """Condition number of the value."""
        return float(self.entry["condition"])

    @property
    def route(self) -> str:
        """How the value was enclosed."""
        return str(self.entry["route"])

    @property
    def certified(self) -> bool:
        """Whether the value is a rigorous enclosure."""
        return bool(self.entry["certified"])


@dataclass(frozen=True, eq=False)
class Table:
    """The certified values of one system.

    Attributes
    ----------
    id, source : str
        Name, and where the system is from.
    system : OpenSystem
        The system; its floats are exact binary numbers.
    arguments : dict
        ``energy``, ``frequency`` and ``delays``.
    values : dict of Value
        By observable.
    inputs : str
        Digest of all that the values depend on.
    """

    id: str
    source: str
    system: OpenSystem
    arguments: Mapping[str, float]
    values: Mapping[str, Value]
    inputs: str

    def argument(self, observable: str) -> float | None:
        """Return the energy, frequency or delay that an observable was taken at."""
        key = OBSERVABLES[observable].argument
        return self.arguments[key] if key else None


@dataclass(frozen=True, eq=False)
class CallTable:
    """The certified values of one question beyond the observables of a system.

    Attributes
    ----------
    id, source : str
        Name, and where the problem is from.
    call : str
        A row of `STATICS`.
    data : dict
        What `calls.arguments` makes the arguments of.
    values : dict of Value
        By field of the result.
    """

    id: str
    source: str
    call: str
    data: Mapping[str, Any]
    values: Mapping[str, Value]


def text(payload: Mapping[str, Any]) -> str:
    """Return the content of a file for a payload: one line per key, two levels deep, and the checksum."""
    return _lines({**payload, "sha256": checksum(payload)})


def _lines(payload: Mapping[str, Any]) -> str:
    rows = []
    for key, value in payload.items():
        if isinstance(value, dict) and value:
            inner = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items())
            rows.append(f" {json.dumps(key)}: {{\n{inner}\n }}")
        else:
            rows.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


def parse(name: str, content: str, schema: str = SCHEMA) -> dict[str, Any]:
    """Return the payload of a file.

    Raises
    ------
    TableError
        Cut short, of another schema, or not what its checksum says.
    """
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise TableError(name, f"no complete JSON ({error}): cut short or damaged.") from error
    if not isinstance(payload, dict) or payload.get("schema") != schema:
        raise TableError(name, f"not of schema {schema}.")
    if payload.pop("sha256", None) != checksum(payload):
        raise TableError(name, "its checksum is not that of its content: edited by hand, or damaged.")
    return payload


def table(payload: dict[str, Any]) -> Table:
    """Return the table of a payload."""
    return Table(
        payload["id"],
        payload["source"],
        OpenSystem.from_dict(payload["system"]),
        payload["arguments"],
        {name: Value(entry) for name, entry in payload["values"].items()},
        payload["inputs"],
    )


def call_table(payload: dict[str, Any]) -> CallTable:
    """Return the table of the payload of a question."""
    values = {name: Value(entry) for name, entry in payload["values"].items()}
    return CallTable(payload["id"], payload["source"], payload["call"], payload["data"], values)


def data() -> Traversable:
    """Return the folder of the tables that come with electronwind."""
    return files("electronwind.validation.tables") / "data"


def read(folder: Traversable | Path, name: str) -> str:
    """Return the content of a file.

    Raises
    ------
    TableError
        There is none.
    """
    try:
        return (folder / name).read_text(encoding="utf-8")
    except OSError as error:
        raise TableError(name, f"it is missing, or no file ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise TableError(name, "no text: damaged.") from error


def manifest_text(
    problem_set: int,
    versions: Mapping[str, str],
    checksums: Mapping[str, str],
    calls: Mapping[str, str] | None = None,
) -> str:
    """Return the content of the manifest for the checksums of the tables, and of the questions, by id."""
    return text(
        {
            "schema": MANIFEST_SCHEMA,
            "problem_set": problem_set,
            "made_by": "electronwind tables regenerate",
            "made_with": dict(versions),
            "tables": dict(checksums),
            "calls": dict(calls or {}),
        }
    )


def sealed(manifest: Mapping[str, Any]) -> str:
    """Return the digest of a set of tables that the source holds: anybody can write checksums that fit."""
    return checksum([manifest["problem_set"], manifest["tables"], manifest["calls"]])


def verified(folder: Traversable | Path) -> Iterator[Table]:
    """Yield every table of a folder, each held against its own checksum and the manifest's.

    Raises
    ------
    TableError
        The first file that is missing, damaged, or of another set.
    """
    for payload in _payloads(folder, "tables", SCHEMA):
        yield table(payload)


def verified_calls(folder: Traversable | Path) -> Iterator[CallTable]:
    """Yield every question of a folder, held against checksums like `verified`.

    Raises
    ------
    TableError
        The first file that is missing, damaged, or of another set.
    """
    for payload in _payloads(folder, "calls", CALL_SCHEMA):
        yield call_table(payload)


def _payloads(folder: Traversable | Path, kind: str, schema: str) -> Iterator[dict[str, Any]]:
    manifest = parse(MANIFEST, read(folder, MANIFEST), MANIFEST_SCHEMA)
    if folder == data() and sealed(manifest) != SEAL:
        raise TableError(MANIFEST, "the tables are not those that this version of electronwind came with.")
    for id, wanted in manifest[kind].items():
        payload = parse(id, read(folder, f"{id}.json"), schema)
        if checksum(payload) != wanted:
            raise TableError(id, "its checksum is not that of the manifest: it belongs to another set.")
        yield payload


@cache
def tables() -> Mapping[str, Table]:
    """Return all tables that come with electronwind, by id; the small systems first.

    Raises
    ------
    TableError
        A file is missing or not what was certified.
    """
    return {found.id: found for found in verified(data())}


@cache
def call_tables() -> Mapping[str, CallTable]:
    """Return all questions that come with electronwind, by id.

    Raises
    ------
    TableError
        A file is missing or not what was certified.
    """
    return {found.id: found for found in verified_calls(data())}
