"""Which of KServe's modes an endpoint runs in: that of its InferenceService, else the cluster's."""

from resources.cluster.api import ClusterApi
from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving.k8s.units import Home
from resources.serving.kserve.cluster import KServeCluster
from resources.serving.kserve.knative import KnativeCluster
from resources.serving.kserve.mode import abilities, choose_mode, mode_of
from resources.serving.kserve.service import SERVICE
from resources.serving.kserve.standard import StandardCluster


def kserve_cluster(
    api: ClusterApi, home: Home, settings: ClusterSettings, serving: ServingSettings
) -> KServeCluster:
    """What a cluster has of one endpoint under KServe. KServe never changes the mode of what is there."""
    obj, asked = api.get(SERVICE.group_version, SERVICE.plural, home.name), serving.kserve_mode
    there = mode_of(obj) if obj is not None else None
    mode = there or choose_mode(abilities(api), asked=asked)
    kind = KnativeCluster if mode == "knative" else StandardCluster
    cluster = kind(api, home, settings, serving)
    if mode not in ("standard", "knative"):
        cluster.problem = mode
    elif asked not in (None, mode):
        cluster.problem = (
            f"it runs in the mode {mode}, which KServe keeps: stop it before `kserve_mode: {asked}`"
        )
    elif mode == "standard" and serving.transformer is not None:
        cluster.problem = (
            "in Standard mode KServe's route sends requests to the transformer, and its weights tell nothing "
            "of versions: leave `transformer` out, or set `kserve_mode: knative`"
        )
    return cluster
