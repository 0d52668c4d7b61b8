"""What assets show in the UI."""

import base64
from datetime import UTC, datetime

import dagster as dg
import pytest

from assets.metadata import markdown_table, picture, range_metadata, table_metadata
from resources.warehouse.base import TableRef, TimeWindow


def table(partition: str, **changes: object) -> TableRef:
    facts: dict[str, object] = {
        "model": "orders",
        "stage": "data",
        "partition": partition,
        "window": TimeWindow(start=datetime(2024, 3, 1, tzinfo=UTC), end=datetime(2024, 3, 2, tzinfo=UTC)),
        "uri": f"/lake/{partition}.parquet",
        "content_hash": partition.replace("-", "") * 4,
        "file_sha256": "f" * 64,
        "rows": 1200,
        "columns": {"order_id": "string", "amount": "float"},
        "nulls": {"order_id": 0, "amount": 300},
    }
    return TableRef(**facts | changes)  # type: ignore[arg-type]  # facts by name, as a test changes them


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        pytest.param(0.25, "0.25", id="a number is itself"),
        pytest.param("2013-01", "2013-01", id="a partition is itself"),
        pytest.param("<img src=x>", "&lt;img src=x&gt;", id="HTML is text"),
        pytest.param("a|b", r"a\|b", id="a bar starts no cell"),
        pytest.param("a\r\nb", "a  b", id="a line break starts no row"),
        pytest.param(r"a\|b", r"a\\\|b", id="a backslash does not free a bar"),
        pytest.param("![x](http://e.vil)", r"!\[x\](http://e.vil)", id="a picture is not fetched"),
        pytest.param("__init__ *b* `c` ~~d~~", r"\_\_init\_\_ \*b\* \`c\` \~\~d\~\~", id="nothing is styled"),
    ],
)
def test_a_cell_is_shown_and_never_interpreted(cell: object, shown: str) -> None:
    assert markdown_table(["what"], [[cell]]).value == f"| what |\n|---|\n| {shown} |"


def test_a_table_without_rows_keeps_its_head() -> None:
    assert markdown_table(["a", "b"], []).value == "| a | b |\n|---|---|"


def test_a_picture_lies_in_the_event_itself() -> None:
    png = bytes(range(256))
    head, _, rest = (picture(png, "roc").value or "").partition("base64,")
    assert head == "![roc](data:image/png;"
    assert base64.b64decode(rest.removesuffix(")")) == png


def test_one_partition_shows_its_rows_schema_and_missing_values() -> None:
    assert range_metadata({"2024-03-01": table("2024-03-01")}) == table_metadata(table("2024-03-01"))
    columns = [dg.TableColumn("order_id", "string"), dg.TableColumn("amount", "float")]
    assert table_metadata(table("2024-03-01")) == {
        "dagster/row_count": dg.MetadataValue.int(1200),
        "dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns=columns)),
        "content_hash": dg.MetadataValue.text("20240301" * 4),
        "file": dg.MetadataValue.path("/lake/2024-03-01.parquet"),
        "null_shares": markdown_table(["column", "missing"], [("amount", "25.00%")]),
    }


def test_a_table_without_rows_has_no_missing_values() -> None:
    empty = table("2024-03-01", rows=0, nulls={"order_id": 0, "amount": 0})
    assert table_metadata(empty)["null_shares"] == dg.MetadataValue.text("none")


def test_a_range_shows_a_line_for_each_partition() -> None:
    days = ("2024-03-01", "2024-03-02")
    assert range_metadata({day: table(day) for day in days}) == {
        "partitions": markdown_table(
            ["partition", "rows", "content"], [(day, "1,200", table(day).content_hash[:12]) for day in days]
        )
    }
