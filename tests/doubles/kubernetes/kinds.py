"""Kinds that the double serves, and the paths of the API below which they lie."""

import re
from dataclasses import dataclass

from tests.doubles.kubernetes.errors import ApiError


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object.

    `model` is the client's class that knows its fields; None: the schema is in `custom.py`.
    """

    name: str
    group_version: str
    plural: str
    model: str | None = None
    namespaced: bool = True


KINDS = tuple(
    Kind(name, group_version, plural, model, plural not in ("nodes", "namespaces"))
    for name, group_version, plural, model in (
        ("Pod", "v1", "pods", "V1Pod"),
        ("Event", "v1", "events", "CoreV1Event"),
        ("Service", "v1", "services", "V1Service"),
        ("ConfigMap", "v1", "configmaps", "V1ConfigMap"),
        ("Secret", "v1", "secrets", "V1Secret"),
        ("PersistentVolumeClaim", "v1", "persistentvolumeclaims", "V1PersistentVolumeClaim"),
        ("Node", "v1", "nodes", "V1Node"),
        ("Namespace", "v1", "namespaces", "V1Namespace"),
        ("Job", "batch/v1", "jobs", "V1Job"),
        ("Deployment", "apps/v1", "deployments", "V1Deployment"),
        ("ReplicaSet", "apps/v1", "replicasets", "V1ReplicaSet"),
        (
            "HorizontalPodAutoscaler",
            "autoscaling/v2",
            "horizontalpodautoscalers",
            "V2HorizontalPodAutoscaler",
        ),
        ("PodDisruptionBudget", "policy/v1", "poddisruptionbudgets", "V1PodDisruptionBudget"),
        ("TrainJob", "trainer.kubeflow.org/v1alpha1", "trainjobs", None),
        ("PyTorchJob", "kubeflow.org/v1", "pytorchjobs", None),
        ("InferenceService", "serving.kserve.io/v1beta1", "inferenceservices", None),
        ("ScaledObject", "keda.sh/v1alpha1", "scaledobjects", None),
        ("Revision", "serving.knative.dev/v1", "revisions", None),
        ("HTTPRoute", "gateway.networking.k8s.io/v1", "httproutes", None),
    )
)
_PATH = re.compile(
    r"^/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+/[^/]+))(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?(?:/(?P<sub>log|status))?$"
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names; without a name all objects of the kind."""

    kind: Kind
    namespace: str
    name: str
    sub: str


def target(path: str) -> Target:
    """What a path of a request names.

    Raises:
        ApiError: 404, nothing that the double serves: as from a cluster that lacks a custom resource.
    """
    found = _PATH.match(path)
    group_version = found and (found["core"] or found["group"])
    for kind in KINDS:
        if found and (kind.group_version, kind.plural) == (group_version, found["plural"]):
            return Target(kind, found["namespace"] or "", found["name"] or "", found["sub"] or "")
    raise ApiError(404, "NotFound", "the server could not find the requested resource")
