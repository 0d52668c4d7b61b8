"""What a card's page and its Markdown make of texts that strangers wrote."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.evaluation.card.blocks import Badge, Block, Card, Facts, Picture, Section, Table, Text
from lifecycle.evaluation.card.html import render_html
from lifecycle.evaluation.card.markdown import render_markdown
from lifecycle.evaluation.card.plain import plain

HOSTILE = [
    pytest.param("<script>alert(1)</script>", id="a script"),
    pytest.param('"><img src=x onerror=alert(1)>', id="out of an attribute"),
    pytest.param("</style></title><svg onload=alert(1)>", id="out of the head"),
    pytest.param("[x](javascript:alert(1))", id="a link of Markdown"),
    pytest.param("![x](http://evil.example/p.png)", id="a picture of Markdown"),
    pytest.param("see http://evil.example/ and www.evil.example or a@evil.example", id="bare links"),
    pytest.param("<http://evil.example>", id="a link in angle brackets"),
    pytest.param("a | b\n| --- |\n# title\n- item", id="another table, title and list"),
    pytest.param("`code` **bold** _it_ ~~no~~ $x$", id="marks"),
    pytest.param("\\| \\[x](y)", id="marks that were escaped before"),
    pytest.param("evil\u202egpj.exe \u2066x\u2069 \u200b\ufeff\x00\x1b[31m\x85", id="hidden characters"),
    pytest.param("1. one\n\n2) two", id="a numbered list"),
]
PIXEL = b"\x89PNG pixel"


def card(text: str) -> Card:
    """A card with the text in every place that there is for one."""
    table = Table(title=text, head=(text, "verdict"), rows=[(text, Badge(verdict="fail"))], numbers=(0,))
    blocks: list[Block] = [Text(text=text), Facts(facts=[(text, text)]), table, Picture(png=PIXEL, alt=text)]
    return Card(
        title=text, subtitle=text, description=text, verdict="pass", headline=[(text, text, text)],
        sections=[Section(title=text, blocks=blocks)],
    )  # fmt: skip


class Reader(HTMLParser):
    """Collects tags, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


PLAIN = read(render_html(card("harmless")))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_tag_or_an_attribute_of_the_page(text: str) -> None:
    found = read(render_html(card(text)))
    assert found.tags == PLAIN.tags
    assert [name for name, _ in found.attributes] == [name for name, _ in PLAIN.attributes]
    assert plain(text) in found.text, "it is shown as it stands"


def test_a_page_needs_nothing_else_and_runs_nothing() -> None:
    assert PLAIN.tags & {"script", "link", "iframe", "object", "embed", "form", "a", "base"} == set()
    addresses = [value for name, value in PLAIN.attributes if name in ("src", "href", "action", "srcset")]
    assert addresses and all(value.startswith("data:image/png;base64,") for value in addresses)
    page = render_html(card("harmless"))
    assert "@import" not in page and "url(" not in page
    assert "default-src 'none'" in dict(PLAIN.attributes)["content"] or "default-src 'none'" in page


def test_the_same_card_gives_the_same_bytes() -> None:
    assert render_html(card("a")) == render_html(card("a"))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markdown(text: str) -> None:
    page = render_markdown(card(text))
    assert len(page.splitlines()) == len(render_markdown(card("harmless")).splitlines())
    assert "<" not in page
    # What is left of marks is escaped: a backslash stands before each.
    unescaped = re.sub(r"\\.", "", page.replace("**", ""))
    assert not re.search(r"[`*_\[\]~$]", unescaped)
    assert not re.search(r"https?://|www\.|\w@\w", page)
    table_rows = [line for line in page.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table_rows} <= {3, 4}


@given(st.text(min_size=1, max_size=60).filter(str.strip))
def test_no_text_at_all_becomes_a_tag_or_a_line(text: str) -> None:
    assert read(render_html(card(text))).tags == PLAIN.tags
    lines = render_markdown(card(text)).split("\n")
    assert len(lines) == len(render_markdown(card("harmless")).split("\n"))


@given(st.text())
def test_plain_text_has_nothing_hidden_and_is_plain_already(text: str) -> None:
    shown = plain(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", shown)
    assert plain(shown) == shown


def test_a_table_without_rows_and_a_section_without_blocks_are_not_there() -> None:
    empty = Card(
        title="t", subtitle="s", description="", verdict="inconclusive", headline=[],
        sections=[Section(title="Empty", blocks=[Table(head=("a",), rows=[])])],
    )  # fmt: skip
    assert "<table" not in render_html(empty)
    assert "Empty" not in render_markdown(empty)
    assert "inconclusive" in render_html(empty) and "**inconclusive**" in render_markdown(empty)
