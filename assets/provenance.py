"""On what occasion a version was made: by which code, libraries and run. These facts travel with it as tags.

They stay out of its bundle: the same inputs give the same bundle on every occasion.
"""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import dagster as dg

from assets.keys import FEATURES, MODEL, TRIGGER_REASON_TAG, TRIGGER_TAG
from lifecycle.features.build import build_plan
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.fingerprint import (
    code_fingerprint,
    fingerprint,
    making_fingerprint,
    stage_fingerprints,
)
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.training.job import TrainingJob

COMMIT_VARIABLE = "FLYWHEEL_GIT_COMMIT"
"""Set in images, which carry no git folder."""
# What reads, computes, fits or writes some part of a bundle.
LIBRARIES = ("duckdb", "ibis-framework", "numpy", "optuna", "pyarrow", "sqlglot", "xgboost")
Tree = Literal["clean", "dirty", "unknown"]


def provenance_tags(
    context: dg.AssetExecutionContext, spec: ModelSpec, plan: FeaturePlan, job: TrainingJob
) -> Mapping[str, str]:
    """Commit, libraries, fingerprints, cut-off, trigger and Dagster run of a training."""
    reason = context.run.tags.get(TRIGGER_REASON_TAG)
    return {
        **code_facts(),
        **({"flywheel.trigger_reason": reason} if reason else {}),
        "flywheel.spec": making_fingerprint(spec),
        "flywheel.plan": plan.fingerprint,
        "flywheel.seed": str(job.seed),
        "flywheel.cut_off": job.cut_off.isoformat(),
        "flywheel.trigger": context.run.tags.get(TRIGGER_TAG, "manual"),
        "flywheel.dagster_run": context.run.run_id,
    }


def code_facts() -> Mapping[str, str]:
    """The code that makes a model now: commit, state of the tree, release, fingerprint, libraries."""
    return {
        "flywheel.commit": git_commit(),
        "flywheel.tree": git_tree(),
        "flywheel.version": version("dagster-flywheel"),
        "flywheel.code": code_fingerprint(),
        "flywheel.libraries": json.dumps(libraries(), sort_keys=True),
    }


def libraries() -> Mapping[str, str]:
    """Version of Python, the machine's kind, and the version of each library that has a part in a bundle."""
    found = {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def code_version(spec: ModelSpec, stage: str) -> str:
    """Code version of a stage's asset: what of the spec, and of our code, it depends on by itself."""
    asked = stage_fingerprints(spec)[stage]
    if stage == FEATURES:
        return fingerprint(asked, build_plan(spec).fingerprint)
    return fingerprint(asked, code_fingerprint()) if stage == MODEL else asked


@lru_cache(maxsize=1)
def git_commit() -> str:
    """Commit of the code that runs; `unknown` where neither the variable nor git tells."""
    return os.environ.get(COMMIT_VARIABLE) or _git("rev-parse", "HEAD") or "unknown"


def git_tree() -> Tree:
    """Whether the files of the checkout are those of its commit; new files count, ignored ones do not.

    An image has no tree: there a variable names the commit, and nothing tells whether that is all.
    """
    if os.environ.get(COMMIT_VARIABLE):
        return "unknown"
    changed = _git("status", "--porcelain")
    if changed is None:
        return "unknown"
    return "dirty" if changed else "clean"


def _git(*words: str) -> str | None:
    """What git answers about the code that runs; None where it does not."""
    command = ["git", *words]
    try:
        asked = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() if asked.returncode == 0 else None
