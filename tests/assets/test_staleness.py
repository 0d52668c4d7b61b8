"""What Dagster itself calls stale: after the same data again, and after rows that came late.

Each partition of a life, as of Dagster's own resolver, after each of a row of runs.
"""

from collections.abc import Iterator, Mapping

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, stage_key
from tests.fakes.life import FACTORIES, Life, new_life

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
JANUARY, FEBRUARY = "2024-01", "2024-02"
TABLES, JUDGED = (DATA, FEATURES), (MODEL, EVALUATION)
ANY_MODEL_PASSES = ("metric: log_loss, max: 1}", 'metric: log_loss, max: 9, "on": point, min_rows: 1}')
Stale = frozenset[str]
NOTHING: Stale = frozenset()


def stale(life: Life) -> Stale:
    """Everything that is not fresh, as `stage/partition`."""
    graph = AssetGraph.from_assets([factory(life.spec) for factory in FACTORIES.values()])
    resolver = CachingStaleStatusResolver(life.instance, graph, LoadingContextForTest(life.instance))
    parts = [(stage, month) for stage in (*TABLES, *JUDGED) for month in (JANUARY, FEBRUARY)]
    asked: list[tuple[str, str | None]] = [*parts, (ENDPOINT, None)]
    return frozenset(
        f"{stage}/{month}" if month else stage
        for stage, month in asked
        if resolver.get_status(stage_key("parcels", stage), month).value != "FRESH"
    )


def versions(life: Life) -> Mapping[str, str]:
    """Data version of the newest event of every partition."""
    found = {}
    for stage in (*TABLES, *JUDGED, ENDPOINT):
        for month in (JANUARY, FEBRUARY) if stage != ENDPOINT else (None,):
            wanted = dg.AssetRecordsFilter(
                stage_key("parcels", stage), asset_partitions=[month] if month else None
            )
            made = life.instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
            assert made is not None and made.tags is not None
            found[f"{stage}/{month}"] = made.tags["dagster/data_version"]
    return found


def add_late_row(life: Life) -> None:
    """One more row of February in the source."""
    source = life.folder / "parcels.parquet"
    rows = pq.read_table(source)
    late = pa.Table.from_pylist([{**rows.slice(len(rows) - 1).to_pylist()[0], "parcel": "late"}], rows.schema)
    pq.write_table(pa.concat_tables([rows, late]), source)


@pytest.fixture(scope="module")
def alive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Both months from data to evaluation and an endpoint; the tables were made by one range run."""
    with dg.DagsterInstance.ephemeral() as instance:
        life = new_life(tmp_path_factory.mktemp("stale") / "parcels", instance)
        life.edit(ANY_MODEL_PASSES)
        life.run(*TABLES, partition=JANUARY, last=FEBRUARY)
        life.run(*JUDGED, partition=JANUARY)
        life.run(*JUDGED, ENDPOINT, partition=FEBRUARY)
        yield life


def test_staleness_follows_content(alive: Life) -> None:
    """One test, as each step goes on from the one before: a life takes longer than all of them."""
    life, before = alive, versions(alive)
    assert stale(life) == NOTHING, "a life just made"
    life.run(DATA, partition=JANUARY)
    assert stale(life) == NOTHING, "the same data again, one partition"
    life.run(*TABLES, partition=JANUARY, last=FEBRUARY)
    assert stale(life) == NOTHING, "the same data and features again, a range"
    life.run(*JUDGED, ENDPOINT, partition=FEBRUARY)
    assert stale(life) == NOTHING, "the same model, evaluation and endpoint again"
    assert versions(life) == before
    assert len(life.tracking.versions("parcels")) == 2

    add_late_row(life)
    life.run(DATA, partition=JANUARY, last=FEBRUARY)
    of_february = {f"{stage}/{FEBRUARY}" for stage in (FEATURES, MODEL, EVALUATION)}
    assert stale(life) == of_february, "a late row of February, nothing of January"
    life.run(FEATURES, partition=FEBRUARY)
    assert stale(life) == of_february - {f"{FEATURES}/{FEBRUARY}"}
    life.run(*JUDGED, partition=FEBRUARY)
    assert stale(life) == {ENDPOINT}, "a new version was judged, and waits"
    life.run(ENDPOINT)
    assert stale(life) == NOTHING
    after = versions(life)
    assert {name for name in after if after[name] != before[name]} == {
        f"{DATA}/{FEBRUARY}",
        *of_february,
        f"{ENDPOINT}/None",
    }
