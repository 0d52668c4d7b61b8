"""What a cluster's KServe can do with a canary, found out before anything is changed."""

from dataclasses import dataclass

from lifecycle.errors import LifecycleError
from resources.cluster.api import ClusterApi
from resources.cluster.settings import KServeMode

GROUP = "serving.kserve.io/v1beta1"
KNATIVE = "serving.knative.dev/v1"
SERVICE_SCHEMA = "InferenceService"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a cluster offers."""

    kserve: bool
    canary: bool
    """Its InferenceService has `spec.canary`: v0.20 or later."""
    knative: bool


def decide_mode(found: Abilities, wanted: KServeMode | None) -> KServeMode:
    """The mode in which a canary is one.

    Args:
        found: in the cluster.
        wanted: of the settings; None: whichever there is.

    Raises:
        LifecycleError: there is none. In Standard mode older versions pass over `canaryTrafficPercent`
            without a word, and the new version would get every request.
    """
    if not found.kserve:
        raise LifecycleError(f"the cluster knows no {GROUP}: install KServe, or set `routing: gateway`")
    if wanted == "standard" and not found.canary:
        raise LifecycleError(
            "the cluster's KServe has no `spec.canary`: before v0.20 its Standard mode (RawDeployment) gives "
            "a canary all requests without a word; upgrade KServe, or set `routing: gateway`"
        )
    if wanted == "knative" and not found.knative:
        raise LifecycleError(
            f"the cluster knows no {KNATIVE}: install Knative Serving, or set `kserve: standard`"
        )
    if wanted is not None:
        return wanted
    if found.canary:
        return "standard"
    if found.knative:
        return "knative"
    raise LifecycleError(
        "the cluster's KServe has neither `spec.canary` (v0.20) nor Knative: it would give a canary all "
        "requests without a word; upgrade KServe, or set `routing: gateway`"
    )


def abilities(api: ClusterApi) -> Abilities:
    """What a cluster offers, by its discovery: everybody who is logged in may read it."""
    schema = api.discovered(f"/openapi/v3/apis/{GROUP}") or {}
    schemas = (schema.get("components") or {}).get("schemas") or {}
    service = next((one for name, one in schemas.items() if name.split(".")[-1] == SERVICE_SCHEMA), {})
    spec = ((service.get("properties") or {}).get("spec") or {}).get("properties") or {}
    return Abilities(
        kserve=api.discovered(f"/apis/{GROUP}") is not None,
        canary="canary" in spec,
        knative=api.discovered(f"/apis/{KNATIVE}") is not None,
    )
