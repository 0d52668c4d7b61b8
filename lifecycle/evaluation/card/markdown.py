"""A card as Markdown, for the UI: no pictures, which the UI shows beside it."""

import html
import re
from collections.abc import Iterator

from lifecycle.evaluation.card.blocks import Badge, Block, Card, Facts, Picture, Table, Text
from lifecycle.evaluation.card.plain import plain

_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]()#|~!$"})
# What becomes a link without any mark around it: an address after its scheme or www, or a mail address.
_LINKS = re.compile(r"(?<=[A-Za-z]):(?=/)|(?<=[wW]{3})\.|@")
_AT_START = re.compile(r"^\s*(?:[-+=]|\d+(?=[.)](?:\s|$)))")


def render_markdown(card: Card) -> str:
    """The card; a text in it is shown as it stands and never becomes markup."""
    lines = [f"# {_escaped(card.title)}", f"**{_verdict(card.verdict)}**, {_escaped(card.subtitle)}"]
    lines += [_paragraph(card.description)] if card.description.strip() else []
    if card.headline:
        rows = [(name, value, meaning) for name, value, meaning in card.headline]
        lines.append("\n".join(_table(Table(head=("", "value", "what it is"), rows=rows))))
    for section in card.sections:
        blocks = [text for block in section.blocks if (text := "\n".join(_block(block)))]
        lines += [f"## {_escaped(section.title)}", *blocks] if blocks else []
    return "\n\n".join(lines) + "\n"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Text):
        yield _paragraph(block.text)
    elif isinstance(block, Facts):
        yield from (f"- **{_escaped(name)}**: {_escaped(value)}" for name, value in block.facts)
    elif isinstance(block, Table):
        yield from _table(block)
    else:
        assert isinstance(block, Picture)


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        return
    if table.title:
        yield f"**{_escaped(table.title)}**\n"
    yield "| " + " | ".join(map(_escaped, table.head)) + " |"
    yield "|" + "".join("---:|" if i in table.numbers else "---|" for i in range(len(table.head)))
    for row in table.rows:
        yield "| " + " | ".join(map(_cell, row)) + " |"


def _cell(cell: str | Badge) -> str:
    return f"**{_verdict(cell.verdict)}**" if isinstance(cell, Badge) else _escaped(cell)


def _verdict(verdict: str) -> str:
    return verdict.replace("_", " ")


def _escaped(text: str) -> str:
    """Text as Markdown that shows it.

    >>> _escaped("<b>[x](http://e.vil)</b> a|b")
    '&lt;b&gt;\\\\[x\\\\]\\\\(http&#58;//e.vil\\\\)&lt;/b&gt; a\\\\|b'
    """
    marked = html.escape(plain(text), quote=False).translate(_MARKS)
    return _LINKS.sub(lambda found: f"&#{ord(found[0])};", marked)


def _paragraph(text: str) -> str:
    """Text on a line of its own, which must not begin a list or a rule.

    >>> _paragraph("1. one"), _paragraph("0.5 of them")
    ('&#49;. one', '0.5 of them')
    """
    return _AT_START.sub(lambda found: found[0][:-1] + f"&#{ord(found[0][-1])};", _escaped(text).strip())
