"""The certified tables: values with proven digits, and how they are made.

Reading them needs nothing; deriving them needs python-flint, the extra ``certify``.
"""

from __future__ import annotations

from .storage import TABLED, CallTable, Table, TableError, Value, call_tables, tables

__all__ = ["TABLED", "CallTable", "Table", "TableError", "Value", "call_tables", "tables"]
