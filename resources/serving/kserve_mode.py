"""Whether a canary would be one under a cluster's KServe, found out before anything is changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resources.cluster.api import ClusterApi

GROUP = "serving.kserve.io/v1beta1"
KNATIVE = "serving.knative.dev/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a cluster offers."""

    kserve: bool
    canary: bool
    """Its InferenceService has `spec.canary`: v0.20 or later."""
    knative: bool


def canary_problem(found: Abilities) -> str | None:
    """Why a canary would be none; None: it would be one.

    Before v0.20 KServe's Standard mode (RawDeployment) takes `canaryTrafficPercent`, passes over it without a
    word, and gives the new version every request. So what it can do is asked, not tried.
    """
    if not found.kserve:
        return f"the cluster knows no {GROUP}: install KServe, or set `routing: gateway`"
    if found.canary:
        return None
    if found.knative:
        return (
            "the cluster's KServe shares requests out between revisions of Knative only (v0.20 and later do "
            "so between Deployments, by `spec.canary`): upgrade it, or set `routing: gateway`"
        )
    return (
        "the cluster's KServe has no `spec.canary` (v0.20) and no Knative: it would give a canary all "
        "requests without a word; upgrade it, or set `routing: gateway`"
    )


def abilities(api: ClusterApi) -> Abilities:
    """What a cluster offers, by its discovery: everybody who is logged in may read it."""
    schema = api.discovered(f"/openapi/v3/apis/{GROUP}") or {}
    schemas = (schema.get("components") or {}).get("schemas") or {}
    service: Mapping[str, Any] = next(
        (one for name, one in schemas.items() if name.split(".")[-1] == "InferenceService"), {}
    )
    spec = ((service.get("properties") or {}).get("spec") or {}).get("properties") or {}
    return Abilities(
        kserve=api.discovered(f"/apis/{GROUP}") is not None,
        canary="canary" in spec,
        knative=api.discovered(f"/apis/{KNATIVE}") is not None,
    )
