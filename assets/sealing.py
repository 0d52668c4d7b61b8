"""The bundle of a finished training: what it left, with what only the warehouse knows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.history import SnapshotOf, asked_history
from assets.lineage import made_from
from assets.partitions import partitions_of
from assets.requests import snapshot_rows
from lifecycle.evaluation.operating_point import choose_operating_point
from lifecycle.evaluation.thresholds import cheapest_point
from lifecycle.features.plan import FeaturePlan
from lifecycle.registry.assemble import assemble_bundle
from lifecycle.registry.bundle import Bundle
from lifecycle.spec.evaluation import Costs
from lifecycle.spec.fingerprint import making_fingerprint
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.training.job import TrainingJob
from lifecycle.training.run import VALIDATION_FILE
from resources.compute.base import FinishedJob
from resources.warehouse.base import TableRef, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


def sealed_bundle(
    spec: ModelSpec,
    plan: FeaturePlan,
    warehouse: Warehouse,
    tables: Sequence[TableRef],
    job: TrainingJob,
    done: FinishedJob,
    lookups: Mapping[str, "pa.Table"],
    recent: Mapping[str, "pa.Table"],
    snapshot_of: SnapshotOf,
) -> Bundle:
    """The bundle of a finished job, with the tables and golden requests that only the warehouse knows."""
    requests = snapshot_rows(spec, warehouse, tables, {row.entity for row in done.result.golden})
    return assemble_bundle(
        done.folder / "bundle",
        job=job,
        result=done.result,
        trained=done.folder,
        plan=plan,
        lookups=lookups,
        histories=_shipped(spec, plan, warehouse, job, list(requests.values()), recent, snapshot_of),
        requests=requests,
        threshold=_threshold(job, done.folder, spec.evaluation.costs),
        spec_fingerprint=making_fingerprint(spec),
        data_versions={table.partition: table.content_hash for table in tables},
        made_from=made_from(spec, tables, lookups, recent),
    )


def _shipped(
    spec: ModelSpec,
    plan: FeaturePlan,
    warehouse: Warehouse,
    job: TrainingJob,
    golden: Sequence[Mapping[str, Any]],
    recent: Mapping[str, "pa.Table"],
    snapshot_of: SnapshotOf,
) -> Mapping[str, "pa.Table"]:
    """The past as of the cut-off, and what the golden rows look back on: they are computed again."""
    import pyarrow as pa

    if not golden or not recent:
        return recent
    older = asked_history(spec, plan, warehouse, partitions_of(spec), golden, snapshot_of, before=job.cut_off)
    return {name: pa.concat_tables([older[name], rows]) for name, rows in recent.items()}


def _threshold(job: TrainingJob, folder: Path, costs: Costs | None) -> float | None:
    """Operating point of a binary model, chosen on the validation rows, which are neither fit nor judged."""
    import pyarrow.parquet as pq

    if job.task != "binary":
        return None
    rows = pq.read_table(folder / VALIDATION_FILE, columns=["label", "score_0"])
    labels, scores = rows["label"].to_numpy(), rows["score_0"].to_numpy()
    if costs is not None:
        return cheapest_point(labels, scores, costs).threshold
    return choose_operating_point(labels, scores).threshold
