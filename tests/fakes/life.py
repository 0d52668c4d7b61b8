"""The whole life of the parcels model in this process: the real assets and lake, fakes of the other ports."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from assets.data import data_asset
from assets.drift import drift_asset
from assets.endpoint import endpoint_asset
from assets.evaluation import evaluation_asset
from assets.features import features_asset
from assets.keys import (
    DATA,
    DRIFT,
    ENDPOINT,
    EVALUATION,
    FEATURES,
    LABELS,
    MODEL,
    ONLINE,
    PERFORMANCE,
    PREDICTIONS,
    TRAFFIC,
    WALK_FORWARD,
    stage_key,
)
from assets.labels import labels_asset
from assets.model import model_asset
from assets.online import online_asset
from assets.performance import performance_asset
from assets.predictions import predictions_asset
from assets.traffic import traffic_asset
from assets.walk_forward import walk_forward_asset
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import parse_spec
from resources.batch.local import LocalBatch
from resources.traffic.local import LocalTraffic
from resources.warehouse.base import Warehouse
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.fakes.bundles import INSTANT, SPEC, WIND, parcels
from tests.fakes.compute import FakeCompute
from tests.fakes.serving import FakeServing
from tests.fakes.tracking import FakeTracking

FACTORIES: Mapping[str, Callable[[ModelSpec], dg.AssetsDefinition]] = {
    DATA: data_asset,
    FEATURES: features_asset,
    MODEL: model_asset,
    EVALUATION: evaluation_asset,
    ENDPOINT: endpoint_asset,
    ONLINE: online_asset,
    PERFORMANCE: performance_asset,
    WALK_FORWARD: walk_forward_asset,
    PREDICTIONS: predictions_asset,
    DRIFT: drift_asset,
    TRAFFIC: traffic_asset,
    LABELS: labels_asset,
}
N_ROWS = 1500
TRAINING = "training: {rounds: 15, early_stopping_rounds: 5, parameters: {max_depth: 3, eta: 0.3}}\n"
_SCHEMA = pa.schema(
    {
        "parcel": pa.string(),
        "sent_at": INSTANT,
        "distance": pa.float64(),
        "carrier": pa.string(),
        "outcome": pa.bool_(),
    }
)


def parcels_text(*changes: tuple[str, str]) -> str:
    """The spec's text: parcels of two months, a gate that a fair model passes, pieces of it replaced."""
    text = SPEC.format(task="binary", label="bool", metric="log_loss")
    text = text.replace("start: 2024-01-01", "start: 2024-01-01, end: 2024-04-01")
    text = text.replace("evaluation:", f"{TRAINING}evaluation:")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def write_parcels(folder: Path) -> None:
    """The sources that the spec names."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = pa.Table.from_pylist(list(parcels(n_rows=N_ROWS).rows), _SCHEMA)
    pq.write_table(rows, folder / "parcels.parquet")
    pq.write_table(WIND, folder / "wind.parquet")


@dataclass(kw_only=True)
class Life:
    """One model with everything that its assets need."""

    folder: Path
    instance: dg.DagsterInstance
    spec: ModelSpec
    tracking: FakeTracking = field(default_factory=FakeTracking)
    serving: FakeServing = field(default_factory=FakeServing)

    @property
    def warehouse(self) -> Warehouse:
        return DuckDBWarehouse(root=str(self.folder / "lake"), home=str(self.folder), threads=1)

    @property
    def traffic(self) -> LocalTraffic:
        return LocalTraffic(endpoints=str(self.folder / "endpoints"), lake=str(self.folder / "lake"))

    @property
    def compute(self) -> FakeCompute:
        return FakeCompute(self.folder / "jobs")

    def edit(self, *changes: tuple[str, str]) -> None:
        """Replace pieces of the spec's text."""
        self.spec = without_page(parse_spec(parcels_text(*changes)).with_folder(self.folder))

    def run(
        self, *stages: str, partition: str | None = None, last: str | None = None, good: bool = True
    ) -> dg.ExecuteInProcessResult:
        """Materialize stages for a partition, or for a range of them in one run; `good`: it must succeed."""
        span = {"start": partition, "end": last} if partition and last else {}
        done = dg.materialize(
            [factory(self.spec) for factory in FACTORIES.values()],
            selection=dg.AssetSelection.assets(*(stage_key(self.spec.name, stage) for stage in stages)),
            partition_key=None if span else partition,
            tags={f"dagster/asset_partition_range_{end}": key for end, key in span.items()},
            resources={
                "warehouse": self.warehouse,
                "compute": self.compute,
                "tracking": self.tracking,
                "serving": self.serving,
                "traffic": self.traffic,
                "batch": LocalBatch(),
            },
            instance=self.instance,
            raise_on_error=good,
        )
        assert done.success == good
        return done


def new_life(folder: Path, instance: dg.DagsterInstance, *, page: bool = False) -> Life:
    """A life that has its sources and nothing more; `page`: its evaluations make Evidently's."""
    write_parcels(folder)
    spec = parse_spec(parcels_text()).with_folder(folder)
    return Life(folder=folder, instance=instance, spec=spec if page else without_page(spec))


def without_page(spec: ModelSpec) -> ModelSpec:
    """The spec without Evidently's page, which takes longer than the rest of an evaluation."""
    evaluation = spec.evaluation.model_copy(update={"page": False})
    return spec.model_copy(update={"evaluation": evaluation})
