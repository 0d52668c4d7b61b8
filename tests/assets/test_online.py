"""What is put beside an endpoint: which moment it knows, and that it answers as the tables do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from assets.contract import sound_snapshot
from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, ONLINE, OWN_ROWS_CHECK, PARITY_CHECK
from assets.online import MARGIN, asked_time, known_by, next_end
from assets.own_rows import own_rows_end, own_rows_known
from assets.partitions import partitions_of
from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from lifecycle.features.online_tables import KnownBy
from resources.warehouse.base import TimeWindow
from tests.assets.conftest import copied
from tests.assets.test_history import EDIT, MONTHS
from tests.fakes.bundles import CUT_OFF
from tests.fakes.flowers import flowers_spec
from tests.fakes.life import Life, new_life
from tests.fakes.orders import orders_spec

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


def day(number: int) -> datetime:
    return datetime(2024, 3, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "next_one", "now", "asked", "expected"),
    [
        pytest.param(5, 6, 5, None, KnownBy(moment=day(5), own=day(5)), id="the next day just begins"),
        pytest.param(4, 6, 5, None, KnownBy(moment=day(5), own=day(4)), id="own rows come by partitions"),
        pytest.param(4, 5, 20, None, KnownBy(moment=day(4), own=day(4)), id="nobody follows it any more"),
        pytest.param(4, None, 20, None, KnownBy(moment=day(4), own=day(4)), id="a finished table"),
        pytest.param(9, 10, 5, None, KnownBy(moment=day(5), own=day(5)), id="nothing is known before it is"),
        pytest.param(4, 5, 20, 3, KnownBy(moment=day(3), own=day(3)), id="an earlier moment was asked for"),
        pytest.param(4, 5, 20, 6, KnownBy(moment=day(6), own=day(4)), id="a later moment was asked for"),
    ],
)
def test_known_by(end: int, next_one: int | None, now: int, asked: int | None, expected: KnownBy) -> None:
    assert expected == known_by(
        day(end),
        None if next_one is None else day(next_one),
        now=day(now),
        asked=None if asked is None else day(asked),
    )


@pytest.mark.parametrize("text", ["yesterday", "2024-03-01", "2024-03-01T00:00:00"])
def test_a_moment_without_its_offset_is_no_moment(text: str) -> None:
    with pytest.raises(LifecycleError, match=f"as_of is '{text}'; allowed: an ISO 8601 time"):
        asked_time(text)


def test_the_partition_after_the_last_one_never_ends() -> None:
    open_ended, bounded = (
        partitions_of(orders_spec()),
        partitions_of(orders_spec(("start: 2024-03-01", "start: 2024-03-01, end: 2024-03-03"))),
    )
    assert next_end(open_ended, "2024-03-02") == datetime(2024, 3, 4, tzinfo=UTC)
    assert next_end(bounded, "2024-03-01") == datetime(2024, 3, 3, tzinfo=UTC)
    assert next_end(bounded, "2024-03-02") is None
    everything = next_end(partitions_of(flowers_spec()), "all")
    assert everything is not None
    assert everything > datetime(9000, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def looks_back(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """A model that looks back, and answers. No test changes it."""
    with dg.DagsterInstance.ephemeral() as instance:
        life = new_life(tmp_path_factory.mktemp("looks_back") / "parcels", instance)
        life.edit(EDIT)
        life.run(DATA, FEATURES, partition=MONTHS[0], last=MONTHS[1])
        life.run(MODEL, EVALUATION, partition=MONTHS[1])
        life.run(ENDPOINT)
        yield life


@pytest.fixture
def live(looks_back: Life, tmp_path: Path) -> Iterator[Life]:
    """A copy of it."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield copied(looks_back, tmp_path / "parcels", instance)


def test_the_endpoint_gets_what_is_known_by_the_newest_partition(live: Life) -> None:
    done = live.run(ONLINE)
    served = live.serving.tables["parcels"]
    assert (served.known_by, live.serving.state("parcels").known_by) == (CUT_OFF, CUT_OFF)  # type: ignore[union-attr]  # it was deployed
    checks = {one.check_name: one for one in done.get_asset_check_evaluations()}
    assert {name: one.passed for name, one in checks.items()} == {PARITY_CHECK: True, OWN_ROWS_CHECK: True}
    assert int(checks[PARITY_CHECK].metadata["rows"].value) > 10  # type: ignore[arg-type]  # a number of rows


def test_the_same_tables_have_the_same_digest(live: Life) -> None:
    live.run(ONLINE)
    first = live.serving.tables["parcels"].digest
    live.run(ONLINE)
    assert live.serving.tables["parcels"].digest == first


def test_parity_fails_where_the_tables_are_not_those_of_the_features(live: Life) -> None:
    source = live.folder / "wind.parquet"
    rows = pq.read_table(source)
    speed = rows.schema.get_field_index("speed")
    pq.write_table(rows.set_column(speed, "speed", pc.add(rows["speed"], pa.scalar(1.0))), source)
    checks = {one.check_name: one for one in live.run(ONLINE).get_asset_check_evaluations()}
    compared = checks[PARITY_CHECK]
    assert (compared.passed, compared.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "differs in" in (checks[PARITY_CHECK].description or "")


def test_without_a_champion_there_is_nothing_to_refresh(young: Life) -> None:
    young.edit(EDIT)
    done = young.run(ONLINE, good=False)
    (failure,) = done.get_step_failure_events()
    assert "parcels has no champion: materialize parcels/endpoint first" in str(failure.event_specific_data)


def test_a_lookup_that_the_champion_reads_cannot_just_go(live: Life) -> None:
    before = live.serving.state("parcels")
    live.edit()
    done = live.run(ONLINE, good=False)
    (failure,) = done.get_step_failure_events()
    assert "the champion of parcels reads gusts, which the spec lacks by now" in str(
        failure.event_specific_data
    )
    assert live.serving.state("parcels") == before


def test_a_partition_that_breaks_its_contract_keeps_nothing_else_from_being_fresh(
    live: Life,
) -> None:
    source = live.folder / "parcels.parquet"
    rows = pq.read_table(source)
    broken = pc.greater_equal(rows["sent_at"], pa.scalar(datetime(2024, 2, 1, tzinfo=UTC)))
    distance = pc.if_else(broken, pa.scalar(None, pa.float64()), rows["distance"])
    pq.write_table(rows.set_column(rows.schema.get_field_index("distance"), "distance", distance), source)
    live.run(DATA, partition=MONTHS[1], good=False)

    checks = {one.check_name: one for one in live.run(ONLINE).get_asset_check_evaluations()}
    told = checks[OWN_ROWS_CHECK]
    assert (told.passed, told.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "known by 2024-02-01T00:00:00+00:00, without 2024-02: parcels/data" in (told.description or "")
    assert "breaks its contract: distance" in (told.description or "")
    assert live.serving.tables["parcels"].known_by == CUT_OFF
    # None of the questions of the last day can be asked again, and what was not compared is no pass.
    compared = checks[PARITY_CHECK]
    assert (compared.passed, compared.severity) == (False, dg.AssetCheckSeverity.WARN)


@pytest.mark.parametrize(
    ("broken", "ends"),
    [
        pytest.param([], 8, id="all of them are sound"),
        pytest.param([7], 7, id="the newest one ends own rows"),
        pytest.param([6, 7], 6, id="so do the newest ones"),
        pytest.param([5], 8, id="one on the way is left out, and those after it are not"),
        pytest.param([4, 7], 7, id="one on the way, and the newest"),
    ],
)
def test_when_own_rows_end(broken: list[int], ends: int) -> None:
    windows = [TimeWindow(start=day(number), end=day(number + 1)) for number in broken]
    assert own_rows_end(day(8), windows) == day(ends)


def test_a_partition_that_was_never_made_is_an_error(live: Life) -> None:
    plan, partitions = build_plan(live.spec), partitions_of(live.spec)
    known = KnownBy.at(datetime(2024, 4, 1, tzinfo=UTC))
    with pytest.raises(LifecycleError, match="parcels/data has no partition 2024-03"):
        own_rows_known(
            live.spec,
            plan,
            live.warehouse,
            partitions,
            known,
            lambda partition: sound_snapshot(live.spec, live.warehouse, partition),
            margin=MARGIN,
        )
