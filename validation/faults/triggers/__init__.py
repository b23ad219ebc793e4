"""What triggers each planted fault, by construction: the kinds of questions that it answers wrongly."""

from __future__ import annotations

from collections.abc import Mapping

from . import motion, software, steady
from .declared import Declared, Reading

__all__ = ["TRIGGERS", "Declared", "Reading"]

TRIGGERS: Mapping[str, Declared] = {
    name: declared
    for module in (steady, software, motion)
    for declared in module.DECLARED
    for name in declared.names
}
