"""`<model>/model`: the model as of a partition's end, trained as a job and registered once."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from assets.contract import sound_snapshot
from assets.coverage import window_metadata
from assets.history import recent_history
from assets.keys import DATA, FEATURES, MODEL, SMOKE_CHECK, stage_key
from assets.lineage import datasets, lineage_metadata, outdated
from assets.links import dagster_link
from assets.model_metadata import smoke_result, split_told, training_metadata, version_metadata
from assets.partitions import partitions_of, training_mapping, training_partitions, window_of
from assets.provenance import code_version, provenance_tags
from assets.sealing import sealed_bundle
from assets.search import search_metadata, search_tags
from assets.semantic import makings_tags, numbered
from assets.signing import signed
from assets.taking_up import taken_up
from assets.training import training_identity, training_job, training_record, training_tables
from lifecycle.endpoint.scorer import Scorer
from lifecycle.features.build import build_plan
from lifecycle.features.online_tables import KnownBy
from lifecycle.registry.bundle import TRAINING_FILE, open_bundle
from lifecycle.spec.model_spec import ModelSpec
from resources.compute.base import Compute
from resources.tracking.base import Tracking
from resources.warehouse.base import Warehouse


def model_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `model` asset of a model with its blocking smoke check."""
    key, plan, partitions = stage_key(spec.name, MODEL), build_plan(spec), partitions_of(spec)

    @dg.asset(
        key=key,
        deps=[
            # Its golden requests are rows of `data`; and Dagster passes staleness on from step to step only.
            dg.AssetDep(stage_key(spec.name, DATA), partition_mapping=training_mapping(spec, partitions)),
            dg.AssetDep(stage_key(spec.name, FEATURES), partition_mapping=training_mapping(spec, partitions)),
        ],
        partitions_def=partitions,
        code_version=code_version(spec, MODEL),
        check_specs=[
            dg.AssetCheckSpec(
                SMOKE_CHECK,
                asset=key,
                blocking=True,
                description="the registered bundle gives the scores of training",
            )
        ],
        # Whoever launches it: an instance may limit how many trainings use accelerators at a time.
        pool=spec.training.compute.accelerator,
        kinds={"python" if ":" in spec.training.trainer else spec.training.trainer, "mlflow"},
        description=f"{spec.model.description} Trained on what was known at the partition's end.".lstrip(),
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def model(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        compute: dg.ResourceParam[Compute],
        tracking: dg.ResourceParam[Tracking],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        as_of = context.partition_key
        tables = training_tables(spec, warehouse, training_partitions(spec, partitions, as_of))
        files = [warehouse.parquet(table) for table in tables]
        job = training_job(spec, plan, tables, as_of=as_of, window=window_of(partitions, as_of), files=files)
        lookups = {
            name: warehouse.lookup_rows(spec, name, known_by=job.cut_off) for name in spec.features.lookups
        }
        snapshot_of = cache(lambda partition: sound_snapshot(spec, warehouse, partition))
        recent = recent_history(spec, plan, warehouse, partitions, KnownBy.at(job.cut_off), snapshot_of)
        if old := outdated(spec, warehouse, tables):
            context.log.warning(f"newer data than the features were made from: {', '.join(old)}")
        identity = training_identity(spec, plan, job, tables, lookups, recent)
        version = tracking.find(spec.name, identity)
        if version is None:
            context.log.info(
                f"training {spec.name} as of {as_of} on {', '.join(t.partition for t in tables)}"
            )
            done = compute.train(job, identity, progress=context.log.info)
            bundle = sealed_bundle(spec, plan, warehouse, tables, job, done, lookups, recent, snapshot_of)
            tags = {
                **provenance_tags(context, spec, plan, job),
                **search_tags(done.result),
                **makings_tags(bundle, job),
                **signed(bundle),
                **dagster_link(context.run.run_id),
            }
            read = datasets(spec, warehouse, tables, lookups, recent, bundle.manifest)
            version = tracking.register(training_record(spec, job, done.result, bundle, identity, read, tags))
        else:
            version = taken_up(tracking, version)
        version = numbered(tracking, version)
        with TemporaryDirectory() as folder:
            fetched = tracking.fetch_bundle(spec.name, version.version, Path(folder))
            bundle = open_bundle(fetched, expect_digest=version.bundle_digest)
            yield dg.MaterializeResult(
                metadata={
                    **version_metadata(version),
                    **training_metadata(bundle.read_json(TRAINING_FILE)),
                    **search_metadata(bundle.read_json(TRAINING_FILE)),
                    "split": dg.MetadataValue.text(split_told(spec)),
                    **lineage_metadata(bundle.manifest),
                    **window_metadata(spec, warehouse, tables, as_of=job.cut_off),
                },
                data_version=dg.DataVersion(version.bundle_digest),
            )
            yield smoke_result(Scorer.load(bundle).smoke())

    return model
