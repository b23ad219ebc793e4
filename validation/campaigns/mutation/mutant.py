"""One change of one source file of the fast solver."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

__all__ = ["Mutant"]


@dataclass(frozen=True)
class Mutant:
    """One change of one source file.

    Attributes
    ----------
    file : str
        Name of the module inside `electronwind.fast`.
    line : int
        Where the change begins.
    lines : range, optional
        The statement: only who runs one of these lines can notice. None where the import runs it.
    operator : str
        What made it.
    before, after : str
        The lines that differ, joined and without indentation.
    source : str
        The whole file with the change.
    """

    file: str
    line: int
    lines: range | None
    operator: str
    before: str
    after: str
    source: str

    @property
    def key(self) -> str:
        """What an explanation is filed under: it outlives changes elsewhere in the file."""
        return f"{self.file}: {self.before} => {self.after}"

    @property
    def digest(self) -> str:
        """What tells it from all other mutants, of earlier versions of the file too."""
        return sha256(f"{self.file}\n{self.source}".encode()).hexdigest()[:16]
