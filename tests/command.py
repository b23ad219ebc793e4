"""The command line, as a user types it."""

import pytest

from electronwind.validation.cli import app as cli


def electronwind(*arguments: str) -> int:
    """Run the command line here, and return its exit code."""
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    return int(left.value.code or 0)
