"""The report as JUnit XML, which every CI server reads."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from .model import Record, Report

__all__ = ["write_junit"]

# Characters that XML 1.0 cannot hold, even escaped; a solver's message may contain any.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(report: Report, path: Path) -> None:
    """Write one test case per check; what is not supported, or fails as expected, is skipped."""
    counts = report.counts()
    name = _clean(f"electronwind {report.solver['name']}")
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
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


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
        said = ElementTree.SubElement(case, kind, message=_clean(record.message))
        if kind != "skipped":
            said.set("type", record.status)
        said.text = _clean(f"{record.says}\n{record.failure.details if record.failure else ''}")
    return case


def _clean(text: str) -> str:
    return FORBIDDEN.sub("?", text)
