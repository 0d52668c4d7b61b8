"""The assets of a model over BigQuery: what was answered, what came true, and what monitors make of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from assets.drift_watch import DRIFT_FILE
from assets.keys import DATA, DRIFT, FEATURES, LABELS, MODEL, PERFORMANCE, SKEW_CHECK, TRAFFIC
from assets.performance_watch import PERFORMANCE_FILE
from lifecycle.monitoring.drift_report import DriftReport, read_drift_report
from orchestration.environments import Environment
from orchestration.reproduce import reproduce
from resources.warehouse.base import Warehouse
from tests.assets.test_traffic import MONTH, answer, checks, feature_rows, metadata
from tests.doubles.bigquery_place import Place
from tests.fakes.life import Life, new_life
from tests.fakes.rollout_world import MemoryRollouts

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
]


@dataclass(kw_only=True)
class LifeOnBigQuery(Life):
    """A life whose tables are in BigQuery."""

    tables: Warehouse

    @property
    def warehouse(self) -> Warehouse:
        return self.tables


@pytest.fixture(scope="module")
def there(bigquery: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LifeOnBigQuery]:
    """A version as of the second month, learned from tables in BigQuery."""
    with dg.DagsterInstance.ephemeral() as instance:
        life = new_life(tmp_path_factory.mktemp("there") / "parcels", instance)
        life.edit(("evaluation:", "monitoring: {drift: {page: false}}\nevaluation:"))
        tables = bigquery.warehouse(life.folder, life.folder / "files", price_per_tib=6.25)
        found = LifeOnBigQuery(folder=life.folder, instance=instance, spec=life.spec, tables=tables)
        found.run(DATA, FEATURES, partition="2024-01", last=MONTH)
        found.run(MODEL, partition=MONTH)
        found.tracking.set_alias("parcels", "champion", "1")
        yield found


def drift_of(life: Life) -> DriftReport:
    table = life.warehouse.published("parcels", FEATURES, MONTH)
    assert table is not None
    text = life.warehouse.attached(table, DRIFT_FILE)
    assert text is not None
    return read_drift_report(text)


def test_answers_get_their_labels_and_monitors_their_reports(there: LifeOnBigQuery) -> None:
    rows = feature_rows(there)
    answer(there, rows)
    done = there.run(TRAFFIC, LABELS, PERFORMANCE, DRIFT, partition=MONTH)
    assert metadata(done, TRAFFIC)["requests"].value == 40
    assert checks(done)[SKEW_CHECK] == (True, f"{MONTH}: 40 rows compared, all alike")
    assert metadata(done, LABELS)["coverage"].value == 1.0
    traffic = there.warehouse.published("parcels", TRAFFIC, MONTH)
    assert traffic is not None and traffic.columns["feature.carrier"] == "string"
    for stage, name in [(DRIFT, DRIFT_FILE), (PERFORMANCE, PERFORMANCE_FILE)]:
        place = Path(str(metadata(done, stage)["report"].value))
        assert place.name.endswith(name) and place.read_bytes()
    assert drift_of(there).status == "judged"
    scanned, cost = (metadata(done, DRIFT)[name].value for name in ("dry_run_bytes", "dry_run_cost"))
    assert isinstance(scanned, int) and cost == scanned / 2**40 * 6.25  # 0 on the emulator


def test_a_version_is_made_again_to_the_byte_from_tables_in_bigquery(there: LifeOnBigQuery) -> None:
    environment = Environment(
        name="fake",
        home=there.folder,
        models=there.folder.parent,
        warehouse=there.warehouse,
        compute=there.compute,
        tracking=there.tracking,
        serving=there.serving,
        traffic=there.traffic,
        rollouts=MemoryRollouts(),
        executor=dg.in_process_executor,
    )
    (version,) = there.tracking.versions("parcels")
    found = reproduce(environment, version, there.spec, tell=lambda line: None)
    assert (found.problems, found.tables, found.other_tables) == ((), 2, ())
    assert found.bundle is not None and found.bundle.same
