"""What BigQuery cannot hold is refused before it is asked anything."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from lifecycle.errors import LifecycleError
from resources.warehouse.base import TimeWindow
from tests.resources.warehouse.conftest import bigquery_warehouse


def test_a_column_with_a_dot_in_its_name_is_refused(tmp_path: Path) -> None:
    window = TimeWindow(start=datetime(2024, 1, 1, tzinfo=UTC), end=datetime(2024, 1, 2, tzinfo=UTC))
    rows = pa.table({"request": ["a"], "feature.carrier": ["UA"]})
    with pytest.raises(LifecycleError, match=r"traffic table of orders has the columns feature\.carrier"):
        bigquery_warehouse(tmp_path).keep("orders", "traffic", "2024-01-01", window, rows)
