"""The page of a report: it stands alone, shows everything, and obeys nobody."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import every_status
import pytest

from electronwind.validation import Report
from electronwind.validation.report.html import render

empty, full, partial, report = (
    every_status.empty,
    every_status.full,
    every_status.partial,
    every_status.report,
)


@pytest.fixture(scope="module")
def text(full: Report) -> str:
    """The page of the report with every status in it: its plots are drawn once."""
    return render(full)


class Page(HTMLParser):
    """Collects tags and attributes, and sees that tags are closed in order."""

    VOID = frozenset({"meta", "br", "link", "img", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag and what it refers to."""
        self.seen.add(tag)
        self.references += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        assert self.open.pop() == tag


def test_page(report: Report, full: Report, text: str) -> None:
    """The page is one file without addresses, well nested, its one script the filter; it names the solver."""
    text = text if report is full else render(report)
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.seen.isdisjoint({"link", "iframe", "img"})
    assert text.count("<script") == text.count("<script>\n(() => {\n  const form") == 1
    assert all(reference.startswith("#") for reference in page.references)
    assert not re.search("https?:|@import|url\\((?!#)", text)
    assert report.verdict.replace("'", "&#39;") in text


def test_page_escapes(text: str) -> None:
    """A malicious name or message is shown, and not obeyed."""
    assert text.count("<script") == 1
    assert text.count("&lt;script&gt;") >= 3
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_cards_are_closed_and_can_be_filtered(full: Report, text: str) -> None:
    """Every check is a closed card that carries what the filter asks for."""
    cards = re.findall(r'<details class="check [^>]*>', text)
    assert len(cards) == len(full.records)
    assert " open" not in "".join(re.findall("<details[^>]*>", text))
    for record in full.records:
        marks = f'data-status="{record.status}" data-tier="{record.tier}"'
        assert any(marks in card and " ".join(record.observables) in card for card in cards)
    assert '<form class="filter" hidden' in text


def test_page_shows_everything(full: Report, text: str) -> None:
    """Every record, the environment, the seed and the plots are on the page."""
    for record in full.records:
        assert record.id in text
    for words in ("Not tested:", "processor", "seed", "hypothesis", "RuntimeError"):
        assert words in text
    assert text.count("<svg") == text.count('role="img"') == 3


def test_ids_of_plots_differ(text: str) -> None:
    """No two elements of the page share an id."""
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len(set(ids))
