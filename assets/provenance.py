"""Where a version comes from: the facts that travel with it as tags."""

import os
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import dagster as dg

from assets.keys import FEATURES, MODEL, TRIGGER_TAG
from lifecycle.features.build import build_plan
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.fingerprint import (
    code_fingerprint,
    fingerprint,
    making_fingerprint,
    stage_fingerprints,
)
from lifecycle.spec.records import ModelSpec

COMMIT_VARIABLE = "FLYWHEEL_GIT_COMMIT"
"""Set in images, which carry no git folder."""


def provenance_tags(
    context: dg.AssetExecutionContext, spec: ModelSpec, plan: FeaturePlan
) -> Mapping[str, str]:
    """Commit, fingerprints, trigger and Dagster run of a training."""
    return {
        "flywheel.commit": git_commit(),
        "flywheel.version": version("dagster-flywheel"),
        "flywheel.code": code_fingerprint(),
        "flywheel.spec": making_fingerprint(spec),
        "flywheel.plan": plan.fingerprint,
        "flywheel.trigger": context.run.tags.get(TRIGGER_TAG, "manual"),
        "flywheel.dagster_run": context.run.run_id,
    }


def code_version(spec: ModelSpec, stage: str) -> str:
    """Code version of a stage's asset: what of the spec, and of our code, it depends on by itself."""
    asked = stage_fingerprints(spec)[stage]
    if stage == FEATURES:
        return fingerprint(asked, build_plan(spec).fingerprint)
    return fingerprint(asked, code_fingerprint()) if stage == MODEL else asked


@lru_cache(maxsize=1)
def git_commit() -> str:
    """Commit of the code that runs; `unknown` where neither the variable nor git tells."""
    if told := os.environ.get(COMMIT_VARIABLE):
        return told
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return asked.stdout.strip() if asked.returncode == 0 else "unknown"
