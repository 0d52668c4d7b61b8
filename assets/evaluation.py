"""`<model>/evaluation`: what a version is worth on rows it never saw, and whether it may be challenger."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from assets.breakdown import judged_parts
from assets.card import CARD_MARKDOWN, learning_curve_of, write_card
from assets.challenger import appoint_challenger
from assets.coverage import window_metadata
from assets.evaluation_metadata import (
    compared_with,
    evaluation_tags,
    flat_metrics,
    page_metadata,
    report_metadata,
)
from assets.gates import gate_result, gates_of
from assets.keys import DATA, EVALUATION, FEATURES, MODEL, gate_check, stage_key
from assets.part_metadata import part_metadata
from assets.partitions import partitions_of, training_mapping
from assets.provenance import code_version
from assets.scoring import score_parts, trained_on
from assets.taking_up import given_at
from assets.trials import run_trials
from assets.verdicts import verdict_tags
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.gates.evidence import with_evidence
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.registry.bundle import TRAINING_FILE, Bundle, open_bundle
from lifecycle.registry.judging import Scored, draw, write_artifacts
from lifecycle.registry.judging_parts import draw_parts
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import EvaluationRecord, ModelVersion, Tracking
from resources.warehouse.base import Warehouse


def evaluation_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `evaluation` asset of a model with one blocking check per gate."""
    key, partitions = stage_key(spec.name, EVALUATION), partitions_of(spec)

    @dg.asset(
        key=key,
        deps=[
            stage_key(spec.name, MODEL),
            # Dagster passes staleness on from step to step only: a new snapshot shows here at once.
            dg.AssetDep(stage_key(spec.name, DATA), partition_mapping=training_mapping(spec, partitions)),
            dg.AssetDep(stage_key(spec.name, FEATURES), partition_mapping=training_mapping(spec, partitions)),
        ],
        partitions_def=partitions,
        code_version=code_version(spec, EVALUATION),
        check_specs=[
            dg.AssetCheckSpec(gate_check(name), asset=key, blocking=True, description=what)
            for name, what in gates_of(spec).items()
        ],
        kinds={"mlflow", *(["evidently"] if spec.evaluation.page else [])},
        description="Metrics with intervals on rows the model never saw, and the gates to deployment.",
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def evaluation(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        tracking: dg.ResourceParam[Tracking],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        version = version_as_of(tracking, spec.name, context.partition_key)
        with TemporaryDirectory() as folder:
            fetched = tracking.fetch_bundle(spec.name, version.version, Path(folder))
            bundle = open_bundle(fetched, expect_digest=version.bundle_digest)
            context.log.info(f"version {version.version} as of {version.as_of}: scoring its holdout")
            scored, reference = score_parts(spec, warehouse, bundle)
            report = judged(spec, warehouse, tracking, bundle, scored, tell=context.log.warning)
            metric = spec.evaluation.metric_gates[0].metric
            pictures = {**draw(report, learning_curve_of(bundle)), **draw_parts(report, metric)}
            artifacts = [
                *write_artifacts(
                    spec, bundle, Path(folder), report, pictures, reference=reference, current=scored.shown
                ),
                *write_card(spec, bundle, version, report, pictures, Path(folder)),
            ]
            card = (Path(folder) / CARD_MARKDOWN).read_text(encoding="utf-8")
            record = EvaluationRecord(
                verdict=report.verdict,
                metrics=flat_metrics(report),
                artifacts=artifacts,
                tags={
                    **evaluation_tags(spec),
                    **compared_with(report),
                    **verdict_tags(bundle.digest, report.gates),
                },
            )
            version = tracking.record_evaluation(spec.name, version.version, record)
            manifest = bundle.manifest
            evidence = tracking.evidence_uri(spec.name, version.version)
        role = appoint_challenger(tracking, version)
        context.log.info(f"version {version.version}: {report.verdict}; {role}")
        yield dg.MaterializeResult(
            metadata={
                **report_metadata(version, report, pictures, role, evidence),
                **page_metadata(spec, evidence),
                **part_metadata(report, metric),
                "card": dg.MetadataValue.md(card),
                **window_metadata(
                    spec,
                    warehouse,
                    trained_on(spec, warehouse, manifest.data_versions),
                    as_of=manifest.cut_off,
                    since=manifest.holdout_start,
                ),
            },
            # Without what changes around it: the same rows judged again are the same evaluation.
            data_version=dg.DataVersion(
                fingerprint(version.bundle_digest, report.verdict, lasting(spec, report).to_json())
            ),
        )
        yield from map(gate_result, report.gates)

    return evaluation


def lasting(spec: ModelSpec, report: EvaluationReport) -> EvaluationReport:
    """The report without what a clock, a machine or the champion of the day said.

    Those differ from one evaluation of a version to the next; the verdict that they led to is left in.
    """
    passing = {"latency", "memory", *(gate.name for gate in spec.evaluation.relative_gates)}
    trials = replace(report.trials, footprint=None) if report.trials else None
    gates = tuple(gate for gate in report.gates if gate.gate not in passing)
    return replace(report, trials=trials, comparison=None, gates=gates)


def judged(
    spec: ModelSpec,
    warehouse: Warehouse,
    tracking: Tracking,
    bundle: Bundle,
    holdout: Scored,
    *,
    tell: Callable[[str], object],
) -> EvaluationReport:
    """The report of a version with its parts and its trials, put to all of its gates."""
    tables = trained_on(spec, warehouse, bundle.manifest.data_versions)
    trials = run_trials(spec, warehouse, bundle, holdout, tables=tables, tell=tell)
    fit_rows = bundle.read_json(TRAINING_FILE)["split"]["fit"]
    report = judged_parts(spec, warehouse, tracking, bundle, holdout)
    return with_evidence(report, spec.evaluation, trials=trials, fit_rows=fit_rows)


def version_as_of(tracking: Tracking, model: str, as_of: str) -> ModelVersion:
    """The version that `model` gave last as of a partition.

    Raises:
        LifecycleError: there is none.
    """
    found = [version for version in tracking.versions(model) if version.as_of == as_of]
    if not found:
        raise LifecycleError(
            f"{model} has no version as of {as_of}: materialize {model}/{MODEL} {as_of} first"
        )
    return max(found, key=given_at)
