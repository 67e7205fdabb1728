"""What every page must keep: links that lead somewhere, files that exist, a length that is read, blocks that parse."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs.pages import MOST_LINES, PACKAGE, PAGES, ROOT, anchors, blocks, inline, links, name_of

PLACES = (ROOT, ROOT / "src", PACKAGE)
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.(?:py|md|sql|svg|json|txt|toml)")
PLACEHOLDERS = re.compile(r"KIND|NAME|NNNN")
TARGETS = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text()))

by_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


def broken(page: Path) -> Iterator[str]:
    """Links of a page that lead nowhere."""
    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        there = target.exists() and ROOT in target.parents
        if not there or (parts.fragment and parts.fragment not in anchors(target)):
            yield link


def test_there_are_pages() -> None:
    assert {"README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/glossary.md"} <= {name_of(page) for page in PAGES}


@by_page
def test_links_lead_somewhere(page: Path) -> None:
    assert list(broken(page)) == []


@by_page
def test_no_page_is_too_long(page: Path) -> None:
    assert len(page.read_text().splitlines()) <= MOST_LINES


@by_page
def test_files_that_are_named_exist(page: Path) -> None:
    named = [text for text in inline(page) if FILE.fullmatch(text) and not PLACEHOLDERS.search(text)]
    assert [text for text in named if not any((place / text).exists() for place in (*PLACES, page.parent))] == []


@by_page
def test_json_parses(page: Path) -> None:
    for block in blocks(page, "json"):
        try:
            json.loads(block.text)
        except ValueError as error:
            pytest.fail(f"{block}: {error}")


@by_page
def test_json_that_curl_sends_parses(page: Path) -> None:
    """What stands between single quotes behind -d."""
    for block in blocks(page, "", "sh"):
        for body in re.findall(r"-d '(.*?)'", block.text, re.DOTALL):
            try:
                json.loads(body)
            except ValueError as error:
                pytest.fail(f"{block}: {error}: {body}")


@by_page
def test_targets_of_make_exist(page: Path) -> None:
    texts = [*inline(page), *(line for block in blocks(page, "", "sh") for line in block.text.splitlines())]
    named = [match[1] for text in texts if (match := re.match(r"(?:\w+=\S+ )*make ([a-z]+)", text))]
    assert set(named) <= TARGETS


@by_page
def test_fences_are_closed(page: Path) -> None:
    assert len(re.findall(r"(?m)^```", page.read_text())) % 2 == 0


def test_every_document_can_be_reached() -> None:
    """From README, by links."""
    seen, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        seen.add(page)
        here = [(page.parent / urlsplit(link).path).resolve() for link in links(page) if not urlsplit(link).scheme]
        ahead += [found for found in here if found.suffix == ".md" and found.exists() and found not in seen]
    documents = [page for page in PAGES if page.is_relative_to(ROOT / "docs") and page.parent.name != "decisions"]
    assert [name_of(page) for page in documents if page not in seen] == []


def test_decisions_are_numbered_and_say_what_they_cost() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        headings = re.findall(r"(?m)^##? (.+)$", page.read_text())
        assert headings[0].startswith(f"{page.name[:4]}: "), page.name
        assert headings[1:] == ["Context", "Choice", "Cost"], page.name


def test_the_picture_is_whole_and_asks_nobody() -> None:
    root = ET.fromstring((ROOT / "docs" / "picture.svg").read_text())
    names = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text") if text.get("class") == "name"]
    assert names == ["client", "dialect", "services", "store", "engine", "channel", "carrier"]
    outside = [value for each in root.iter() for value in each.attrib.values() if "://" in value]
    assert outside == []
