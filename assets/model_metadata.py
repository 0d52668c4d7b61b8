"""What the UI shows of a trained and registered version."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import dagster as dg

from assets.keys import SMOKE_CHECK
from assets.links import mlflow_links
from assets.metadata import markdown_table
from assets.semantic import MAKINGS_TAG, REASON_TAG, SEMANTIC_TAG
from lifecycle.endpoint.scorer import SmokeResult
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import ModelVersion


def version_metadata(version: ModelVersion) -> Mapping[str, dg.MetadataValue]:
    """What the UI shows of a registered version."""
    facts = {
        name: value
        for name, value in version.tags.items()
        if not name.startswith("mlflow.") and name != MAKINGS_TAG
    }
    shown: dict[str, dg.MetadataValue] = {
        "version": dg.MetadataValue.text(version.version),
        "semantic_version": dg.MetadataValue.text(version.tags.get(SEMANTIC_TAG, "none")),
        "semantic_reason": dg.MetadataValue.text(version.tags.get(REASON_TAG, "")),
        "as_of": dg.MetadataValue.text(version.as_of),
        "bundle_digest": dg.MetadataValue.text(version.bundle_digest),
        "mlflow_run": dg.MetadataValue.text(version.run_id),
        "made_from": markdown_table(["fact", "value"], sorted(facts.items())),
    }
    return {**shown, **mlflow_links(version)}


def training_metadata(facts: Mapping[str, Any]) -> Mapping[str, dg.MetadataValue]:
    """What the UI shows of a training: where its rows went, how it went, and what it looks at."""
    gains = sorted(facts["importance"].items(), key=lambda item: -item[1])
    split = {name: value for name, value in facts["split"].items() if value is not None and name != "random"}
    total = sum(facts["importance"].values()) or 1.0
    return {
        "rows": markdown_table(["part", "rows or start"], list(split.items())),
        "best_round": dg.MetadataValue.int(facts["best_round"]),
        "scores": markdown_table(["score", "value"], [(k, f"{v:.5f}") for k, v in facts["metrics"].items()]),
        "importance": markdown_table(
            ["feature", "share of gain"], [(k, f"{v / total:.1%}") for k, v in gains]
        ),
    }


def split_told(spec: ModelSpec) -> str:
    """How the window was cut, with what that is worth."""
    if spec.split == "time":
        return "by time: validation and holdout are the rows that came last"
    if spec.data.event_time is None:
        return (
            "at random, as the table has no event time: nothing guards against what was known too late, "
            "and the scores are optimistic wherever rows depend on time"
        )
    return (
        "at random, though the table has an event time: rows that came later than the holdout's fit the "
        "model, so the scores are optimistic; drop `training.split`"
    )


def smoke_result(smoke: SmokeResult) -> dg.AssetCheckResult:
    """The result of loading a registered bundle and scoring its golden rows again."""
    worst = f"largest difference {smoke.max_difference:.2g}"
    told = f"{smoke.rows} golden rows, {worst}, {smoke.milliseconds} ms a row"
    wrong = (
        f"; features that differ: {', '.join(smoke.differing_features)}" if smoke.differing_features else ""
    )
    return dg.AssetCheckResult(
        check_name=SMOKE_CHECK,
        passed=smoke.ok,
        description=told + wrong,
        metadata={name: str(value) for name, value in asdict(smoke).items()},
    )
