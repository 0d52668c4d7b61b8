"""Local files as tables of BigQuery, which vanish after a day."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from resources.warehouse.bigquery.client import Clients
from resources.warehouse.bigquery.jobs import Jobs
from resources.warehouse.bigquery.sources import Relation, find_relation
from tests.doubles.bigquery_place import Place


@pytest.mark.parametrize("late", [pytest.param(False, id="in time"), pytest.param(True, id="gone meanwhile")])
def test_a_staged_file_stays_while_its_rows_are_read(
    bigquery: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    (tmp_path / "wind.csv").write_text("carrier,wind\nnorth,3\n")
    client = bigquery.client
    jobs, work = Jobs(Clients(client, None)), f"{bigquery.project}.{bigquery.prefix}_{uuid.uuid4().hex[:8]}"

    def look() -> Relation:
        return find_relation("wind.csv", role="r", folder=tmp_path, home=tmp_path, jobs=jobs, work=work)

    first = look()
    name = first.sql.replace("`", "")
    table = client.get_table(name)
    table.expires = datetime.now(UTC) + timedelta(seconds=60)
    prolong = client.update_table
    prolong(table, ["expires"])

    def prolong_late(table: Any, fields: Sequence[str]) -> Any:
        client.delete_table(name)
        return prolong(table, fields)

    if late:
        monkeypatch.setattr(client, "update_table", prolong_late)
    assert look() == first
    left = client.get_table(name).expires
    assert left is not None and left - datetime.now(UTC) > timedelta(hours=23)
    assert jobs.rows(f"SELECT carrier, wind FROM {first.sql}", purpose="p") == [("north", "3")]
