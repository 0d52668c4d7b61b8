"""What assets show in the UI: tables, pictures, and the events of partitions that were made in one run."""

import base64
import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from lifecycle.spec.fingerprint import fingerprint
from resources.warehouse.base import Scan, TableRef

Metadata = Mapping[str, dg.MetadataValue]
# What Markdown would make a link, a picture, code or a new cell of; and a line break, which ends the table.
_PLAIN = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]|~"} | dict.fromkeys("\r\n", " "))
# Tags that Dagster itself reads from a materialization; it exports no names for them.
DATA_VERSION_TAG, CODE_VERSION_TAG = "dagster/data_version", "dagster/code_version"
INPUT_DATA_VERSION_TAG = "dagster/input_data_version"
INPUT_EVENT_TAG = "dagster/input_event_pointer"


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """Rows as a Markdown table; what stands in a cell is shown, never interpreted.

    >>> markdown_table(["a", "b"], [[1, "<x|y>"]]).value
    '| a | b |\\n|---|---|\\n| 1 | &lt;x\\\\|y&gt; |'
    """
    shown = ["| " + " | ".join(_plain(cell) for cell in line) + " |" for line in (head, *rows)]
    return dg.MetadataValue.md("\n".join([shown[0], "|" + "---|" * len(head), *shown[1:]]))


def picture(png: bytes, title: str) -> dg.MarkdownMetadataValue:
    """A PNG inside the event itself: it needs no file server to be seen."""
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{base64.b64encode(png).decode()})")


def table_metadata(table: TableRef) -> Metadata:
    """Rows, schema and null shares of a table."""
    shares = [(name, f"{count / max(table.rows, 1):.2%}") for name, count in table.nulls.items() if count]
    columns = [dg.TableColumn(name=name, type=kind) for name, kind in table.columns.items()]
    return {
        "dagster/row_count": dg.MetadataValue.int(table.rows),
        "dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns=columns)),
        "content_hash": dg.MetadataValue.text(table.content_hash),
        "file": dg.MetadataValue.path(table.uri),
        "null_shares": markdown_table(["column", "missing"], shares)
        if shares
        else dg.MetadataValue.text("none"),
    }


def scan_metadata(scan: Scan | None) -> Metadata:
    """What a query would read by its dry run, and what that costs; nothing where nothing is paid for it."""
    if scan is None:
        return {}
    shown: dict[str, dg.MetadataValue] = {"dry_run_bytes": dg.MetadataValue.int(scan.bytes)}
    if scan.price is not None:
        shown["dry_run_cost"] = dg.MetadataValue.float(scan.price)
    return shown


def log_partitions(
    context: dg.AssetExecutionContext,
    tables: Mapping[str, TableRef],
    code_version: str,
    inputs: Mapping[str, Mapping[str, str]],
    seen: Mapping[str, int] | None = None,
    more: Mapping[str, Metadata] | None = None,
    *,
    alone: bool = False,
) -> None:
    """Give each partition of a range run its own data version.

    Dagster gives all partitions of one run the data version of the whole output. A partition that is
    made again by itself would then look changed though it is not, and everything downstream with it; so each
    partition's own event follows, and is the one that counts.

    Args:
        context: of the running asset.
        tables: partition -> table.
        code_version: of the asset.
        inputs: partition -> upstream asset -> data version that was read.
        seen: upstream asset -> its newest event when it was read; see `newest_event`. Dagster looks for later
            ones, and takes an input without it for a new dependency.
        more: partition -> what its event shows beside the table.
        alone: no event of the whole output tells of them, as some of the range could not be made.
    """
    if len(tables) < 2 and not alone:
        return
    for partition, table in tables.items():
        log_partition(
            context,
            partition,
            metadata={**table_metadata(table), **(more or {}).get(partition, {})},
            data_version=table.content_hash,
            code_version=code_version,
            read=inputs.get(partition, {}),
            seen=seen or {},
        )


def log_partition(
    context: dg.AssetExecutionContext,
    partition: str,
    *,
    metadata: Metadata,
    data_version: str,
    code_version: str,
    read: Mapping[str, str],
    seen: Mapping[str, int],
) -> None:
    """The event of one partition of a range run; see `log_partitions`.

    Args:
        read: upstream asset -> data version that was read.
        seen: upstream asset -> its newest event when it was read.
    """
    tags = {
        DATA_VERSION_TAG: data_version,
        CODE_VERSION_TAG: code_version,
        **{f"{INPUT_DATA_VERSION_TAG}/{key}": version for key, version in read.items()},
        **{f"{INPUT_EVENT_TAG}/{key}": str(event) for key, event in seen.items()},
    }
    context.log_event(
        dg.AssetMaterialization(
            asset_key=context.asset_key, partition=partition, metadata=metadata, tags=tags
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionEvent:
    """What the event of one partition of a run tells.

    Attributes:
        read: upstream asset -> data version that was read.
    """

    metadata: Metadata
    data_version: str
    read: Mapping[str, str]


def results_of(
    context: dg.AssetExecutionContext,
    events: Mapping[str, PartitionEvent],
    whole: Callable[[], Metadata],
    *,
    code_version: str,
    seen: Mapping[str, int],
) -> Iterator[dg.MaterializeResult[None]]:
    """The result of a run: of its one partition, or of all of them together and then of each.

    Each partition's own event comes last, and is the one that counts and that sensors read.

    Args:
        events: partition -> its event; one at least.
        whole: what the result of several partitions shows.
        seen: upstream asset -> its newest event when it was read.
    """
    first, *others = events.values()
    if not others:
        yield dg.MaterializeResult(metadata=first.metadata, data_version=dg.DataVersion(first.data_version))
        return
    version = fingerprint([one.data_version for one in events.values()])
    yield dg.MaterializeResult(metadata=whole(), data_version=dg.DataVersion(version))
    for partition, one in events.items():
        log_partition(
            context,
            partition,
            metadata=one.metadata,
            data_version=one.data_version,
            code_version=code_version,
            read=one.read,
            seen=seen,
        )


def newest_event(context: dg.AssetExecutionContext, upstream: dg.AssetKey) -> Mapping[str, int]:
    """Upstream asset -> storage ID of its newest materialization; empty where it has none.

    To be asked before the asset is read: a table that is published in between then looks newer than what was
    read, never older.
    """
    records = context.instance.get_asset_records([upstream])
    newest = records[0].asset_entry.last_materialization_storage_id if records else None
    return {} if newest is None else {upstream.to_user_string(): newest}


def range_metadata(tables: Mapping[str, TableRef]) -> Metadata:
    """Metadata of one partition, or of a range of them."""
    if len(tables) == 1:
        return table_metadata(*tables.values())
    rows = [(partition, f"{table.rows:,}", table.content_hash[:12]) for partition, table in tables.items()]
    return {"partitions": markdown_table(["partition", "rows", "content"], rows)}


def _plain(cell: object) -> str:
    return html.escape(str(cell)).translate(_PLAIN)
