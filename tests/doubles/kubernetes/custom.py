"""Fields of the custom resources: no more of them than the real definitions have, and those that we use.

A schema is a mapping of fields; `Every(x)` is a list of x, a string names a class of the client, `int`, `str`
and `bool` are themselves, and `dict` is a mapping of strings. After kubeflow/trainer v2.2,
kubeflow/training-operator v1, the Gateway API v1, KServe v0.20 and KEDA v2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Every:
    """A list whose elements have one schema."""

    element: Any


_POD_PATCH = {
    "serviceAccountName": str,
    "volumes": Every("V1Volume"),
    "containers": Every(
        {
            "name": str,
            "env": Every("V1EnvVar"),
            "volumeMounts": Every("V1VolumeMount"),
            "securityContext": "V1SecurityContext",
        }
    ),
    "imagePullSecrets": Every("V1LocalObjectReference"),
    "securityContext": "V1PodSecurityContext",
    "nodeSelector": dict,
    "affinity": "V1Affinity",
    "tolerations": Every("V1Toleration"),
    "schedulingGates": Every("V1PodSchedulingGate"),
}
_TEMPLATE_PATCH = {"metadata": "V1ObjectMeta", "spec": _POD_PATCH}
_JOB_PATCH = {"metadata": "V1ObjectMeta", "spec": {"template": _TEMPLATE_PATCH}}
_TRAIN_JOB = {
    "runtimeRef": {"name": str, "apiGroup": str, "kind": str},
    "trainer": {
        "image": str,
        "command": Every(str),
        "args": Every(str),
        "env": Every("V1EnvVar"),
        "numNodes": int,
        "resourcesPerNode": "V1ResourceRequirements",
        "numProcPerNode": int,
    },
    "runtimePatches": Every(
        {
            "manager": str,
            "trainingRuntimeSpec": {
                "template": {
                    "metadata": "V1ObjectMeta",
                    "spec": {"replicatedJobs": Every({"name": str, "template": _JOB_PATCH})},
                }
            },
        }
    ),
    "suspend": bool,
    "activeDeadlineSeconds": int,
    "managedBy": str,
}
_REPLICAS = {"replicas": int, "restartPolicy": str, "template": "V1PodTemplateSpec"}
_PYTORCH_JOB = {
    "runPolicy": {
        "cleanPodPolicy": str,
        "ttlSecondsAfterFinished": int,
        "activeDeadlineSeconds": int,
        "backoffLimit": int,
        "schedulingPolicy": {"queue": str, "priorityClass": str, "minAvailable": int},
        "suspend": bool,
    },
    "nprocPerNode": str,
    "pytorchReplicaSpecs": {"Master": _REPLICAS, "Worker": _REPLICAS},
}
_BACKEND = {"name": str, "namespace": str, "port": int, "kind": str, "group": str}
_FRACTION = {"numerator": int, "denominator": int}
_HTTP_ROUTE = {
    "parentRefs": Every(
        {"name": str, "namespace": str, "sectionName": str, "kind": str, "group": str, "port": int}
    ),
    "hostnames": Every(str),
    "rules": Every(
        {
            "name": str,
            "matches": Every(
                {
                    "path": {"type": str, "value": str},
                    "headers": Every({"type": str, "name": str, "value": str}),
                    "method": str,
                }
            ),
            "filters": Every(
                {
                    "type": str,
                    "requestMirror": {"backendRef": _BACKEND, "percent": int, "fraction": _FRACTION},
                }
            ),
            "backendRefs": Every({**_BACKEND, "weight": int}),
            "timeouts": {"request": str, "backendRequest": str},
        }
    ),
}
_PREDICTOR = {
    "name": str,
    "minReplicas": int,
    "maxReplicas": int,
    "canaryTrafficPercent": int,
    "labels": dict,
    "annotations": dict,
    "timeout": int,
    "serviceAccountName": str,
    "priorityClassName": str,
    "imagePullSecrets": Every("V1LocalObjectReference"),
    "nodeSelector": dict,
    "tolerations": Every("V1Toleration"),
    "terminationGracePeriodSeconds": int,
    "automountServiceAccountToken": bool,
    "enableServiceLinks": bool,
    "securityContext": "V1PodSecurityContext",
    "containers": Every("V1Container"),
    "volumes": Every("V1Volume"),
}
_INFERENCE_SERVICE = {
    "predictor": _PREDICTOR,
    "transformer": _PREDICTOR,
    "explainer": _PREDICTOR,
    "canary": Every({"trafficPercent": int, "predictor": _PREDICTOR}),
}
_SCALED_OBJECT = {
    "scaleTargetRef": {"apiVersion": str, "kind": str, "name": str, "envSourceContainerName": str},
    "minReplicaCount": int,
    "maxReplicaCount": int,
    "idleReplicaCount": int,
    "pollingInterval": int,
    "cooldownPeriod": int,
    "fallback": {"failureThreshold": int, "replicas": int, "behavior": str},
    "triggers": Every(
        {
            "type": str,
            "name": str,
            "metricType": str,
            "useCachedMetrics": bool,
            "metadata": dict,
            "authenticationRef": {"name": str, "kind": str},
        }
    ),
}
CUSTOM: Mapping[str, Mapping[str, Any]] = {
    name: {"apiVersion": str, "kind": str, "metadata": "V1ObjectMeta", "spec": spec}
    for name, spec in {
        "TrainJob": _TRAIN_JOB,
        "PyTorchJob": _PYTORCH_JOB,
        "HTTPRoute": _HTTP_ROUTE,
        "InferenceService": _INFERENCE_SERVICE,
        "ScaledObject": _SCALED_OBJECT,
    }.items()
}
