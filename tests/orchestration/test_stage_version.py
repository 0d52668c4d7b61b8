"""The version of what a step made changes exactly when what the next one reads does."""

from dataclasses import replace

import pytest

from lifecycle.errors import LifecycleError
from orchestration.stage_version import stage_version
from resources.warehouse.base import TableRef
from tests.fakes.orders import WINDOW, orders_spec

SPEC = orders_spec(("evaluation:\n", "training: {window: {kind: rolling, partitions: 2}}\nevaluation:\n"))


def table(stage: str, partition: str, content: str = "a") -> TableRef:
    return TableRef(
        model="orders",
        stage=stage,
        partition=partition,
        window=WINDOW,
        uri="u",
        content_hash=content,
        file_sha256="f",
        rows=1,
        columns={},
        nulls={},
        made_from={"data/2024-03-02": "s"},
    )


class Published:
    """The one question that is asked of a warehouse."""

    def __init__(self, *tables: TableRef) -> None:
        self.tables = {(one.stage, one.partition): one for one in tables}

    def published(self, model: str, stage: str, partition: str) -> TableRef | None:
        return self.tables.get((stage, partition))


def version(stage: str, *tables: TableRef) -> str:
    return stage_version(SPEC, Published(*tables), stage, "2024-03-02")  # type: ignore[arg-type]  # asks one thing


OWN, BEFORE, LONG_AGO = (table("features", f"2024-03-{day}") for day in ("02", "01", "00"))


def test_of_data_it_is_the_snapshot() -> None:
    first = version("data", table("data", "2024-03-02"))
    assert first == version("data", table("data", "2024-03-02"), table("data", "2024-03-01"))
    assert first != version("data", table("data", "2024-03-02", "b"))


@pytest.mark.parametrize(
    ("tables", "same"),
    [
        pytest.param((OWN, BEFORE), True, id="the same tables"),
        pytest.param((OWN, BEFORE, LONG_AGO), True, id="another table before the window"),
        pytest.param(
            (OWN, table("features", "2024-03-01", "b")), False, id="an earlier table is another one"
        ),
        pytest.param((OWN,), False, id="an earlier table lacks"),
        pytest.param((replace(OWN, made_from={}), BEFORE), False, id="the same rows of another snapshot"),
    ],
)
def test_of_features_it_is_the_window(tables: tuple[TableRef, ...], same: bool) -> None:
    assert (version("features", *tables) == version("features", OWN, BEFORE)) is same


def test_what_was_not_made_has_no_version() -> None:
    with pytest.raises(LifecycleError, match="orders/features has no table of 2024-03-02: materialize it"):
        version("features", BEFORE)
