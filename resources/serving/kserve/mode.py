"""In which of KServe's two modes an endpoint can run, found out before anything is changed."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from resources.cluster.api import ApiRefusedError, ClusterApi

GROUP = "serving.kserve.io/v1beta1"
KNATIVE = "serving.knative.dev/v1"
CONFIG = "/api/v1/namespaces/kserve/configmaps/inferenceservice-config"
FEATURES = "/api/v1/namespaces/knative-serving/configmaps/config-features"

Mode = Literal["standard", "knative"]
MODES: Mapping[str, Mode] = {
    "Standard": "standard",
    "RawDeployment": "standard",
    "Knative": "knative",
    "Serverless": "knative",
}
"""KServe's names of its modes, those before v0.16 among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a cluster offers."""

    kserve: bool
    canary: bool
    """Its InferenceService has `spec.canary`: v0.20 or later."""
    knative: bool
    default: str | None = None
    """Mode of those who do not say, by KServe's own configuration; None: that cannot be read."""


def choose_mode(found: Abilities, *, asked: Mode | None) -> Mode | str:
    """The mode of an endpoint, or why there is none in which a canary would be one.

    Before v0.20 KServe's Standard mode (RawDeployment) takes `canaryTrafficPercent`, passes over it without a
    word, and gives the new version every request. So what it can do is asked, not tried.

    Args:
        found: what the cluster offers.
        asked: by the settings, or by the InferenceService that is there; None: by nobody.
    """
    if not found.kserve:
        return f"the cluster knows no {GROUP}: install KServe, or set `routing: gateway`"
    can: Mapping[Mode, bool] = {"standard": found.canary, "knative": found.knative}
    if asked is None:
        preferred = MODES.get(found.default or "", "standard")
        other: Mode = "knative" if preferred == "standard" else "standard"
        for mode in (preferred, other):
            if can[mode]:
                return mode
    elif can[asked]:
        return asked
    elif asked == "knative":
        return f"the cluster knows no {KNATIVE}: install Knative Serving, or let `kserve_mode` be standard"
    beside = " (Knative is there: `kserve_mode: knative`)" if found.knative else ""
    return (
        "the cluster's KServe has no `spec.canary` (v0.20): its Standard mode would give a canary all "
        f"requests without a word; upgrade it, or set `routing: gateway`{beside}"
    )


def mode_of(obj: Mapping[str, Any]) -> Mode | None:
    """The mode of an InferenceService, as KServe tells it: else as it was asked for."""
    asked = (obj["metadata"].get("annotations") or {}).get("serving.kserve.io/deploymentMode")
    return MODES.get((obj.get("status") or {}).get("deploymentMode") or asked or "")


def abilities(api: ClusterApi) -> Abilities:
    """What a cluster offers, by its discovery: everybody who is logged in may read it."""
    schema = api.discovered(f"/openapi/v3/apis/{GROUP}") or {}
    schemas = (schema.get("components") or {}).get("schemas") or {}
    service: Mapping[str, Any] = next(
        (one for name, one in schemas.items() if name.split(".")[-1] == "InferenceService"), {}
    )
    spec = ((service.get("properties") or {}).get("spec") or {}).get("properties") or {}
    deploy = json.loads((_config(api, CONFIG) or {}).get("deploy") or "{}")
    return Abilities(
        kserve=api.discovered(f"/apis/{GROUP}") is not None,
        canary="canary" in spec,
        knative=api.discovered(f"/apis/{KNATIVE}") is not None,
        default=deploy.get("defaultDeploymentMode"),
    )


def features_off(api: ClusterApi, predictor: Mapping[str, Any]) -> list[str]:
    """Features of Knative that a predictor needs, and that are off; none where that cannot be read."""
    data = _config(api, FEATURES)
    return sorted(f for f in needed_features(predictor) if data is not None and _is_off(data.get(f)))


def needed_features(predictor: Mapping[str, Any]) -> set[str]:
    """Features of Knative that are off as it comes, and that a predictor needs.

    >>> sorted(needed_features({"nodeSelector": {"zone": "a"}, "containers": []}))
    ['kubernetes.podspec-nodeselector']
    """
    by_part = {
        "nodeSelector": "nodeselector",
        "tolerations": "tolerations",
        "priorityClassName": "priorityclassname",
        "securityContext": "securitycontext",
    }
    found = {feature for part, feature in by_part.items() if predictor.get(part)}
    if any("persistentVolumeClaim" in volume for volume in predictor.get("volumes") or []):
        found |= {"persistent-volume-claim", "persistent-volume-write"}
    return {f"kubernetes.podspec-{feature}" for feature in found}


def _is_off(told: str | None) -> bool:
    return (told or "disabled").lower() == "disabled"


def _config(api: ClusterApi, path: str) -> dict[str, str] | None:
    """A ConfigMap's data; None where it is not there, or is not ours to read."""
    try:
        found = api.discovered(path)
    except ApiRefusedError as exc:
        if exc.status == http.client.FORBIDDEN:
            return None
        raise
    return (found.get("data") or {}) if found is not None else None
