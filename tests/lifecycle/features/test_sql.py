"""The SQL of a plan for each engine is what the golden files show."""

import subprocess
import sys

import pytest

from lifecycle.features.build import build_plan
from tests.doubles import bigquery_emulator
from tests.doubles.googlesql import Query, refused
from tests.lifecycle.features.golden import (
    FOLDER,
    HISTORIES,
    everything,
    golden_files,
    golden_specs,
    golden_tables,
)


def test_the_sql_of_each_engine_is_that_of_the_golden_files() -> None:
    found = golden_files()
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.sql")}
    # Whole texts of some thousand lines: the names of those that differ are told, git shows the rest.
    differing = {name for name in found.keys() | kept.keys() if found.get(name) != kept.get(name)}
    assert differing == set(), "run .venv/bin/python -m tests.lifecycle.features.golden and read the diff"


def test_bigquery_sql_needs_none_of_googles_packages() -> None:
    script = (
        "import sys, lifecycle.features.sql; from ibis.backends.sql.compilers import BigQueryCompiler; "
        # The name alone may be there: a package of Google's puts it there as Python starts.
        "print([name for name in sys.modules if name.startswith('google.') and name != 'google.cloud'])"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_the_golden_plan_has_every_aggregate() -> None:
    aggregates = {history.aggregate for history in build_plan(everything()).histories}
    assert len(HISTORIES) == 12
    assert aggregates == {"count", "mean", "sum", "min", "max", "last", "days_since", "distinct"}


def test_googles_own_analyzer_takes_the_golden_queries_for_bigquery() -> None:
    if reason := bigquery_emulator.why_not():
        pytest.skip(reason)
    for spec in golden_specs():
        sql = (FOLDER / f"{spec.name}.bigquery.sql").read_text(encoding="utf-8")
        wrong = Query(sql="SELECT APPROX_MEDIAN(1) FROM events")
        found = refused({spec.name: Query(sql=sql), "wrong": wrong}, golden_tables(spec))
        assert set(found) == {"wrong"}, found


@pytest.mark.parametrize("words", ["ASOF", "RANGE BETWEEN INTERVAL", "APPROX", "COUNT(DISTINCT"])
def test_bigquery_sql_holds_nothing_that_bigquery_refuses_or_reads_otherwise(words: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.glob("*.bigquery.sql")]
    assert len(texts) == 2
    assert not any(words in text for text in texts)
