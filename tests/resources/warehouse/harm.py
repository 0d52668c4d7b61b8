"""Harm done to the tables of a warehouse behind its back."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from resources.warehouse.base import TableRef, Warehouse
from resources.warehouse.bigquery.client import clients
from resources.warehouse.bigquery.files import Files
from resources.warehouse.bigquery.lake import URI
from resources.warehouse.bigquery.warehouse import BigQueryWarehouse

Harm = Literal["gone", "cut", "changed"]


def _remove(path: Path) -> None:
    path.unlink()


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def _flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


_OF_FILES: Mapping[Harm, Callable[[Path], None]] = {
    "gone": _remove,
    "cut": _truncate,
    "changed": _flip_a_bit,
}
_SQL: Mapping[Harm, str] = {
    "gone": "DROP TABLE `{table}`",
    # Not by DELETE: the emulator tells neither that nor when a table was changed by one.
    "cut": "CREATE OR REPLACE TABLE `{table}` AS SELECT * FROM `{table}` WHERE order_id != 'a'",
    "changed": "UPDATE `{table}` SET shop = 'south' WHERE order_id = 'a'",
}


def harm(warehouse: Warehouse, table: TableRef, how: Harm) -> None:
    """Do harm to a table of orders."""
    if not isinstance(warehouse, BigQueryWarehouse):
        _OF_FILES[how](Path(table.uri))
        return
    client = clients(warehouse.project, warehouse.location).jobs
    client.query_and_wait(_SQL[how].format(table=table.uri.removeprefix(URI)))


def beside(warehouse: Warehouse, table: TableRef, name: str) -> Path:
    """The file that is attached to a table under a name."""
    if isinstance(warehouse, BigQueryWarehouse):
        return Path(Files(warehouse.files).path(table, name))
    return Path(table.uri).with_name(f"{table.content_hash}.{name}")
