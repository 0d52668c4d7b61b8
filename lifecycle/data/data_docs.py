"""Data docs of a snapshot: what its Great Expectations suite found, as one page that runs and loads nothing.

The page that Great Expectations makes puts values of the data into HTML as they are, and loads scripts and
styles from other hosts (`docs/decisions/004-validation.md`). This one has the same parts: the verdict, the
counts, the table's expectations, then those of each column.
"""

from html import escape

from lifecycle.data.expectations import ExpectationResult, SuiteResult

DATA_DOCS = "data-docs.html"
"""Name of the page beside a snapshot."""
# No script, no picture, no font, no form, no frame, from anywhere; the one style sheet is in the page.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c1c1c}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #ddd}"
    "td{overflow-wrap:anywhere}.met{color:#1a7f37}.failed{color:#b3261e;font-weight:600}.warns{color:#8a5a00}"
)


def data_docs(model: str, partition: str, result: SuiteResult, *, total_rows: int) -> bytes:
    """The page of one snapshot, in UTF-8; whatever stands in the data is shown, never interpreted."""
    met = sum(found.success for found in result.results)
    seen = "all rows" if result.rows == total_rows else f"a sample of {result.rows:,} of {total_rows:,} rows"
    verdict = ("met", "succeeded") if result.success else ("failed", "failed")
    parts = [
        f"<h1>{escape(model)}/data {escape(partition)}</h1>",
        f'<p>Suite <b>{escape(model)}</b>: <span class="{verdict[0]}">{verdict[1]}</span>. ',
        f"{met} of {len(result.results)} expectations were met ({met / max(len(result.results), 1):.1%}), "
        f"evaluated on {seen}.</p>",
    ]
    columns = dict.fromkeys(found.column for found in result.results)
    for column in sorted(columns, key=lambda name: name is not None):
        parts.append(f"<h2>{escape(column) if column else 'The table'}</h2>")
        parts.append(_table([found for found in result.results if found.column == column]))
    title, style = escape(f"{model}/data {partition}"), f"<style>{_STYLE}</style>"
    policy = f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
    head = f'<head><meta charset="utf-8"><title>{title}</title>{policy}{style}</head>'
    return f'<!doctype html><html lang="en">{head}<body>{"".join(parts)}</body></html>'.encode()


def _table(results: list[ExpectationResult]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("", "expectation", "asked", "unexpected rows", "such as"))
    return f"<table><tr>{head}</tr>{''.join(map(_row, results))}</table>"


def _row(found: ExpectationResult) -> str:
    kind, mark = (
        ("met", "met")
        if found.success
        else ("warns", "not met, warns")
        if found.warns
        else ("failed", "not met")
    )
    such = found.error if found.error is not None else ", ".join(found.samples)
    cells = [found.expectation, found.details, f"{found.unexpected_rows:,}", such]
    return f'<tr><td class="{kind}">{mark}</td>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
