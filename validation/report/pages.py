"""Templates of pages: nothing undefined, everything escaped, compiled once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["template"]


def template(
    package: str,
    name: str,
    filters: Mapping[str, Callable[..., Any]],
    finalize: Callable[[Any], Any] | None = None,
) -> Template:
    """Return a template of a package; who fills it often keeps it, since compiling takes longer.

    Parameters
    ----------
    package, name : str
        Where it is.
    filters : mapping
        What it may apply to values, by name.
    finalize : callable, optional
        What becomes of every value before it is written.
    """
    # Imported late: a command that writes no page does not pay for it.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    environment.filters |= filters
    return environment.get_template(name)
