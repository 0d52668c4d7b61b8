"""A card as one HTML page that needs nothing else: no host, no script, pictures and style inside."""

import base64
import html
from collections.abc import Iterator
from importlib.resources import files

from lifecycle.evaluation.card.blocks import Badge, Block, Card, Facts, Picture, Section, Table, Text
from lifecycle.evaluation.card.plain import plain

# The browser itself is told to load nothing and to run nothing, should an escape ever be forgotten.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_WORDS = {
    "pass": "passed",
    "fail": "failed",
    "inconclusive": "inconclusive",
    "not_enough_data": "not enough data",
}


def render_html(card: Card) -> str:
    """The whole page; the same card gives the same bytes."""
    style = files("lifecycle.evaluation.card").joinpath("card.css").read_text(encoding="utf-8")
    body = "".join(_page(card))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{_text(card.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def _page(card: Card) -> Iterator[str]:
    yield f"<header>\n<p class=kind>Model card</p>\n<h1>{_text(card.title)} {_badge(card.verdict)}</h1>\n"
    yield f"<p class=sub>{_text(card.subtitle)}</p>\n"
    yield f"<p>{_text(card.description)}</p>\n" if card.description else ""
    yield "</header>\n<main>\n"
    if card.headline:
        yield "<ul class=tiles>\n"
        for name, value, meaning in card.headline:
            yield f"<li><span>{_text(name)}</span><b>{_text(value)}</b><small>{_text(meaning)}</small></li>\n"
        yield "</ul>\n"
    for section in card.sections:
        yield from _section(section)
    yield "</main>\n"


def _section(section: Section) -> Iterator[str]:
    yield f"<section>\n<h2>{_text(section.title)}</h2>\n"
    pictures = [block for block in section.blocks if isinstance(block, Picture)]
    for block in section.blocks:
        if isinstance(block, Picture):
            continue
        yield from _block(block)
    if pictures:
        yield "<div class=pictures>\n"
        for picture in pictures:
            data = base64.b64encode(picture.png).decode()
            yield f'<img src="data:image/png;base64,{data}" alt="{_text(picture.alt)}">\n'
        yield "</div>\n"
    yield "</section>\n"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Text):
        yield f"<p>{_text(block.text)}</p>\n"
    elif isinstance(block, Facts):
        yield "<dl>\n"
        yield from (
            f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>\n" for name, value in block.facts
        )
        yield "</dl>\n"
    elif isinstance(block, Table) and block.rows:
        yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    kinds = [
        " class=n" if i in table.numbers else " class=t" if i in table.prose else ""
        for i in range(len(table.head))
    ]
    yield f"<h3>{_text(table.title)}</h3>\n" if table.title else ""
    yield "<div class=wide><table>\n<thead><tr>"
    for name, kind in zip(table.head, kinds, strict=True):
        yield f"<th scope=col{kind}>{_text(name)}</th>"
    yield "</tr></thead>\n<tbody>\n"
    for row in table.rows:
        cells = (f"<td{kind}>{_cell(cell)}</td>" for cell, kind in zip(row, kinds, strict=True))
        yield f"<tr>{''.join(cells)}</tr>\n"
    yield "</tbody></table></div>\n"


def _cell(cell: str | Badge) -> str:
    return _badge(cell.verdict) if isinstance(cell, Badge) else _text(cell)


def _badge(verdict: str) -> str:
    return f'<span class="badge {_text(verdict)}">{_text(_WORDS[verdict])}</span>'


def _text(text: str) -> str:
    return html.escape(plain(text))
