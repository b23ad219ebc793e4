"""The report as JUnit XML, which every CI server reads."""

from __future__ import annotations

from xml.etree import ElementTree

from ..core.record import Record
from ..core.writing import visible
from .model import Report

__all__ = ["junit"]


def junit(report: Report) -> str:
    """Return one test case per check; what is not supported, or fails as expected, is skipped."""
    counts = report.counts()
    name = visible(f"electronwind {report.solver['name']}")
    suite = ElementTree.Element(
        "testsuite",
        name=name,
        tests=str(len(report.records)),
        failures=str(counts["failed"] + counts["unexpected-pass"]),
        errors=str(counts["crashed"] + counts["error"]),
        skipped=str(counts["unsupported"] + counts["expected-failure"]),
        time=f"{report.seconds:.3f}",
        timestamp=report.started,
    )
    for record in report.records:
        suite.append(_case(record))
    root = ElementTree.Element("testsuites", name=name)
    root.append(suite)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _case(record: Record) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", classname=record.tier, name=record.id, time=f"{record.seconds:.3f}"
    )
    kind = {
        "failed": "failure",
        "unexpected-pass": "failure",
        "crashed": "error",
        "error": "error",
        "unsupported": "skipped",
        "expected-failure": "skipped",
    }.get(record.status)
    if kind is not None:
        said = ElementTree.SubElement(case, kind, message=visible(record.message))
        if kind != "skipped":
            said.set("type", record.status)
        said.text = visible(f"{record.says}\n{record.failure.details if record.failure else ''}")
    return case
