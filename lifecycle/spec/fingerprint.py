"""Short digests of what a result depends on: the spec's sections and any JSON-like facts."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from lifecycle.spec.model_spec import ModelSpec

_MACHINE: Mapping[str, object] = {"rows": None}
_MACHINE_COMPUTE: Mapping[str, object] = {"memory_gib": None, "spot": False}


def fingerprint(*facts: object) -> str:
    """Digest of JSON-like facts, independent of the order of keys; 16 hexadecimal digits.

    >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    True
    """
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def stage_fingerprints(spec: ModelSpec) -> Mapping[str, str]:
    """What of the spec each stage depends on by itself; what comes from upstream is not repeated.

    An edit of `evaluation` must not make the model stale, and an edit of a description nothing at all.
    """
    # Descriptions are for people: rewording one makes nothing stale.
    raw = spec.model_dump(mode="json", exclude={"data": {"columns": {"__all__": {"description"}}}})
    data, features, training = raw["data"], raw["features"], making_training(raw["training"])
    return {
        "data": fingerprint(data),
        "features": fingerprint(features, data["time_zone"]),
        "model": fingerprint(
            training,
            data["label"],
            raw["model"]["task"],
            raw["model"]["positive"],
            *made_by(raw["evaluation"]).values(),
        ),
        "evaluation": fingerprint(_judged_by(raw["evaluation"])),
        "endpoint": fingerprint(raw["deployment"]),
        "drift": fingerprint(raw["monitoring"]["drift"]),
        "performance": fingerprint(
            raw["monitoring"]["performance"],
            [raw["evaluation"][key] for key in ("metrics", "level", "resamples")],
        ),
    }


def making_training(training: Mapping[str, Any]) -> dict[str, Any]:
    """What of the training goes into the model.

    Where its rows lie, and what memory and what kind of machine a job gets, makes no other model: they are
    told as by default. Without a search the section is as it was before there was one.
    """
    made = {**training, **_MACHINE, "compute": {**training["compute"], **_MACHINE_COMPUTE}}
    return {key: value for key, value in made.items() if key != "search" or value is not None}


def made_by(evaluation: Mapping[str, object]) -> dict[str, object]:
    """What of the evaluation goes into the model: costs choose its threshold, the curve is fit beside it."""
    return {key: evaluation[key] for key in ("costs", "learning_curve") if evaluation[key]}


def _judged_by(evaluation: Mapping[str, object]) -> dict[str, object]:
    """What of the evaluation a verdict is reached by: a page is for people, with or without it."""
    return {key: value for key, value in evaluation.items() if key != "page"}


def making_fingerprint(spec: ModelSpec) -> str:
    """Digest of what of the spec makes a model; a gate or a port judges and serves it, and makes no other."""
    stages = stage_fingerprints(spec)
    return fingerprint({stage: stages[stage] for stage in ("data", "features", "model")})


# What a model is made by. The endpoint serves it and makes it not; of the evaluation, which judges it, what
# chooses the threshold is in the bundle.
_MAKERS = ("spec", "data", "features", "training", "registry")
_THRESHOLD = ("operating_point.py", "thresholds.py", "curves.py", "sample.py")
_PAPERS = ("spec/schema.py", "registry/approval.py", "registry/semantic.py", "registry/signature.py")


@lru_cache(maxsize=1)
def code_fingerprint() -> str:
    """Digest of the source of everything that makes a model: another source may make another model."""
    root = Path(__file__).parents[1]
    return fingerprint({name: (root / name).read_text(encoding="utf-8") for name in making_sources(root)})


def making_sources(root: Path) -> list[str]:
    """Files below `lifecycle` that make a model, sorted."""
    found = [path for stage in _MAKERS for path in (root / stage).glob("**/*.py")]
    found += [root / "evaluation" / name for name in _THRESHOLD]
    return sorted({path.relative_to(root).as_posix() for path in found} - {*_PAPERS})
