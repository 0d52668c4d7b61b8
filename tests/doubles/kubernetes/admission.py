"""What the API server refuses although every field is known: names, labels, and what contradicts itself."""

import re
from typing import Any

from tests.doubles.kubernetes.errors import ApiError, invalid
from tests.doubles.kubernetes.kinds import Kind

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_LABEL_KEY = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?")
SHORT_NAMES = ("Service", "TrainJob", "PyTorchJob")
"""Kinds whose names become host names."""


def admit(kind: Kind, name: str, body: dict[str, Any]) -> None:
    """Refuse an object as a real server does.

    Raises:
        ApiError: 422, with the field and the reason.
    """
    if (
        body.get("kind", kind.name) != kind.name
        or body.get("apiVersion", kind.group_version) != kind.group_version
    ):
        raise ApiError(400, "BadRequest", f"the object is no {kind.group_version} {kind.name}")
    if not _NAME.fullmatch(name) or len(name) > (63 if kind.name in SHORT_NAMES else 253):
        raise invalid(kind.name, name, f'metadata.name: Invalid value: "{name}"')
    _labels(kind, name, body.get("metadata", {}), "metadata")
    spec = body.get("spec") or {}
    if kind.name == "Pod":
        _pod(kind, name, spec, "spec")
    elif kind.name == "Job":
        _job(kind, name, spec)
    elif kind.name == "Deployment":
        _deployment(kind, name, spec)
    elif kind.name == "InferenceService":
        _inference_service(kind, name, body.get("metadata") or {}, spec)
    elif kind.name == "HTTPRoute":
        _route(kind, name, spec)
    elif kind.name == "PyTorchJob":
        for role, replicas in spec.get("pytorchReplicaSpecs", {}).items():
            _template(kind, name, replicas["template"], f"spec.pytorchReplicaSpecs[{role}].template")
    elif kind.name == "TrainJob" and not spec.get("runtimeRef", {}).get("name"):
        raise invalid(kind.name, name, "spec.runtimeRef: Required value")


def _labels(kind: Kind, name: str, meta: dict[str, Any], at: str) -> None:
    for key, value in (meta.get("labels") or {}).items():
        if not _LABEL_KEY.fullmatch(key) or len(value) > 63 or not _LABEL.fullmatch(value):
            raise invalid(kind.name, name, f'{at}.labels: Invalid value: "{key}={value}"')


def _job(kind: Kind, name: str, spec: dict[str, Any]) -> None:
    template = spec.get("template")
    if template is None:
        raise invalid(kind.name, name, "spec.template: Required value")
    _template(kind, name, template, "spec.template")
    if template["spec"].get("restartPolicy") not in ("Never", "OnFailure"):
        raise invalid(
            kind.name, name, 'spec.template.spec.restartPolicy: supported values: "OnFailure", "Never"'
        )
    if spec.get("completionMode") == "Indexed":
        if spec.get("completions") is None:
            raise invalid(
                kind.name, name, "spec.completions: Required value: when completion mode is Indexed"
            )
        if len(f"{name}-{spec['completions'] - 1}") > 63:
            raise invalid(
                kind.name, name, "metadata.name: will not able to create pod with invalid DNS label"
            )


def _deployment(kind: Kind, name: str, spec: dict[str, Any]) -> None:
    wanted = (spec.get("selector") or {}).get("matchLabels") or {}
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    if not wanted or any(labels.get(key) != value for key, value in wanted.items()):
        raise invalid(kind.name, name, "spec.template.metadata.labels: `selector` does not match template")
    if (template.get("spec") or {}).get("restartPolicy", "Always") != "Always":
        raise invalid(kind.name, name, 'spec.template.spec.restartPolicy: supported values: "Always"')
    _template(kind, name, template, "spec.template")


def _inference_service(kind: Kind, name: str, meta: dict[str, Any], spec: dict[str, Any]) -> None:
    canary = spec.get("canary") or []
    mode = (meta.get("annotations") or {}).get("serving.kserve.io/deploymentMode")
    if canary and mode != "Standard":
        raise invalid(kind.name, name, "spec.canary: is only supported in Standard deployment mode")
    names = [one["predictor"].get("name", "") for one in canary]
    if "" in names or len({*names, spec["predictor"].get("name", "")}) <= len(names):
        raise invalid(kind.name, name, "spec.canary: every predictor needs a name of its own")
    if sum(one.get("trafficPercent", 0) for one in canary) > 100:
        raise invalid(kind.name, name, "spec.canary: the sum of trafficPercent must not exceed 100")
    if any("maxReplicas" in one["predictor"] for one in canary):
        raise invalid(kind.name, name, "spec.canary: autoscaling fields are not allowed")


def _route(kind: Kind, name: str, spec: dict[str, Any]) -> None:
    for index, rule in enumerate(spec.get("rules") or []):
        for ref in rule.get("backendRefs") or []:
            if not 0 <= ref.get("weight", 1) <= 1_000_000:
                raise invalid(kind.name, name, f"spec.rules[{index}].backendRefs.weight: Invalid value")
            if "port" not in ref:
                raise invalid(kind.name, name, f"spec.rules[{index}].backendRefs: Must have port for Service")
    for host in spec.get("hostnames") or []:
        if not _NAME.fullmatch(host) or re.fullmatch(r"[0-9.]+", host):
            raise invalid(kind.name, name, f'spec.hostnames: Invalid value: "{host}"')


def _template(kind: Kind, name: str, template: dict[str, Any], at: str) -> None:
    _labels(kind, name, template.get("metadata") or {}, f"{at}.metadata")
    _pod(kind, name, template.get("spec") or {}, f"{at}.spec")


def _pod(kind: Kind, name: str, spec: dict[str, Any], at: str) -> None:
    if not spec.get("containers"):
        raise invalid(kind.name, name, f"{at}.containers: Required value")
    volumes = {volume["name"] for volume in spec.get("volumes", [])}
    for index, container in enumerate(spec["containers"]):
        where = f"{at}.containers[{index}]"
        if not container.get("name") or not container.get("image"):
            raise invalid(kind.name, name, f"{where}: name and image are required")
        for mount in container.get("volumeMounts", []):
            if mount["name"] not in volumes:
                raise invalid(kind.name, name, f'{where}.volumeMounts.name: Not found: "{mount["name"]}"')
        _resources(kind, name, container.get("resources") or {}, f"{where}.resources")


def _resources(kind: Kind, name: str, resources: dict[str, Any], at: str) -> None:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for resource, amount in {**requests, **limits}.items():
        if not _QUANTITY.fullmatch(str(amount)):
            raise invalid(kind.name, name, f"{at}: quantities must match the regular expression: {amount!r}")
        # Devices cannot be shared: what is asked for is what one gets.
        if "/" in resource and requests.get(resource, limits.get(resource)) != limits.get(resource):
            raise invalid(kind.name, name, f"{at}.requests: must be equal to {resource} limit")
