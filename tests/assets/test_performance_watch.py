"""Which partitions `performance` measures together: the last ones by the calendar, however long they last."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from assets.keys import FEATURES
from assets.partitions import partitions_of, window_of
from assets.performance_watch import PerformanceWatch
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import Alias, ModelVersion, Tracking
from resources.warehouse.base import TableRef, TimeWindow, Warehouse
from tests.fakes.orders import orders_spec
from tests.fakes.versions import Line, registry


class Tables:
    """Feature tables that lie in a lake; nothing else is asked of it."""

    def __init__(self, spec: ModelSpec, partitions: Sequence[str]) -> None:
        self.refs = [
            TableRef(
                model=spec.name, stage=FEATURES, partition=one, window=window_of(partitions_of(spec), one),
                uri="", content_hash=one, file_sha256="", rows=1, columns={}, nulls={},
            )
            for one in partitions
        ]  # fmt: skip

    def before(self, model: str, stage: str, window: TimeWindow, *, at_most: int) -> Sequence[TableRef]:
        return [ref for ref in self.refs if ref.window.end <= window.start][-at_most:]


def watch(spec: ModelSpec, tracking: Tracking, folder: Path, lake: Tables | None = None) -> PerformanceWatch:
    return PerformanceWatch(
        spec=spec,
        warehouse=cast(Warehouse, lake),
        tracking=tracking,
        folder=folder,
        as_of=datetime(2024, 5, 1, tzinfo=UTC),
    )


def days(first: int, last: int) -> list[str]:
    return [f"2024-03-{day:02}" for day in range(first, last + 1)]


@pytest.mark.parametrize(
    ("partition", "count", "there", "trained", "measured"),
    [
        pytest.param("month", 2, ["2024-01", "2024-02"], "2023-12", ["2024-01", "2024-02"],
                     id="a short month after a long one"),
        pytest.param("month", 2, ["2023-12", "2024-02"], "2023-11", ["2024-02"],
                     id="a hole is a smaller window"),
        pytest.param("day", None, days(24, 31), "2024-03-01", days(25, 31),
                     id="a week whose last day has 23 hours"),
        pytest.param("day", None, days(24, 31), "2024-03-28", days(29, 31),
                     id="what the version has seen is left out"),
    ],
)  # fmt: skip  # one case a line or two
def test_the_last_partitions_are_measured_together(
    tmp_path: Path, partition: str, count: int | None, there: list[str], trained: str, measured: list[str]
) -> None:
    rules = f"monitoring: {{performance: {{partitions: {count}}}}}\n" if count else ""
    spec = orders_spec(
        ("{every: day, start: 2024-03-01}", f"{{every: {partition}, start: 2023-01-01}}"),
        ("time_zone: UTC", "time_zone: Europe/London"),
        ("evaluation:\n", f"{rules}evaluation:\n"),
    )
    lake, tracking = Tables(spec, there), registry(tmp_path, [(trained, "d1", "pass", ("champion",))])
    (version,) = tracking.versions("orders")
    found = watch(spec, tracking, tmp_path, lake).tables(lake.refs[-1], version)
    assert [one.partition for one in found] == measured


@pytest.mark.parametrize(
    ("champion", "answers"),
    [
        pytest.param([], "2", id="the newest that had passed by then"),
        pytest.param(["champion"], "version 1 is as of 2024-03-01, which is no partition any more",
                     id="an old champion"),
    ],
)  # fmt: skip  # one case a line or two
def test_a_version_of_the_time_before_the_cadence_changed_answers_for_nothing(
    tmp_path: Path, champion: list[Alias], answers: str
) -> None:
    """Days became months."""
    spec = orders_spec(("{every: day, start: 2024-03-01}", "{every: month, start: 2024-01-01}"))
    lines: list[Line] = [("2024-03-01", "d1", "pass", tuple(champion)), ("2024-02", "d2", "pass", ())]
    window = window_of(partitions_of(spec), "2024-04")
    found = watch(spec, registry(tmp_path, lines), tmp_path).version_of(window)
    assert (found.version if isinstance(found, ModelVersion) else found) == answers
