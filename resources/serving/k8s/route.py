"""The HTTPRoute of an endpoint: which share of the requests goes to which unit, written and read back."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from resources.cluster.pod import Manifest, own_labels
from resources.cluster.settings import ClusterSettings, GatewayListener, ServingSettings
from resources.serving.k8s.objects import ENDPOINT_LABEL, SERVICE_PORT, ApiKind
from resources.serving.k8s.units import Home, Unit, host_label

ROUTE = ApiKind("HTTPRoute", "gateway.networking.k8s.io/v1", "httproutes")
GENERATION, FENCE = "flywheel/generation", "flywheel/fence"
MIRROR, VARIANT_HEADER = "RequestMirror", "x-flywheel-variant"
DENOMINATOR = 10_000
EVERY_PATH = ("/", "^/.*$")
"""As a prefix, and as the expression that KServe writes."""


def url_of(model: str, serving: ServingSettings) -> str:
    """Where clients find an endpoint.

    >>> url_of("flight_delay", ServingSettings.model_construct(url="https://{model}.example.com"))
    'https://flight-delay.example.com'
    """
    return serving.url.replace("{model}", host_label(model))


def route(
    home: Home,
    units: Sequence[Unit],
    cluster: ClusterSettings,
    serving: ServingSettings,
    gateway: GatewayListener,
) -> Manifest:
    """The route of an endpoint: the whole split, units without a share among them."""
    serves = units[0].serves
    refs = [_backend(unit, weight=unit.weight) for unit in units]
    copies = [_mirror(unit) for unit in units if unit.copied and serving.mirror]
    rules: list[Manifest] = [{"backendRefs": refs, **({"filters": copies} if copies else {})}]
    if len(units) > 1 and serves.settings.endpoint.header_override:
        rules += [_by_header(unit) for unit in units]
    return {
        "apiVersion": ROUTE.group_version,
        "kind": ROUTE.kind,
        "metadata": {
            "name": home.name,
            "namespace": cluster.namespace,
            "labels": {**cluster.labels, **own_labels("serving", home.model), ENDPOINT_LABEL: home.key},
            "annotations": {
                **cluster.annotations,
                GENERATION: str(serves.generation),
                FENCE: str(serves.fence),
            },
        },
        "spec": {**taking(home.model, serving, gateway), "rules": rules},
    }


def taking(model: str, serving: ServingSettings, gateway: GatewayListener) -> Manifest:
    """The part of a route's `spec` that says which requests it takes."""
    names = hostnames(model, serving)
    return {"parentRefs": [_parent(gateway)], **({"hostnames": names} if names else {})}


def hostnames(model: str, serving: ServingSettings) -> list[str]:
    """Hosts whose requests are the endpoint's; none: all of the gateway, where the URL names an address."""
    host = urlsplit(url_of(model, serving)).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return [host]
    return []


def claims(spec: Mapping[str, Any], namespace: str) -> tuple[frozenset[tuple[str, ...]], frozenset[str]]:
    """Which requests a route takes: listeners of gateways, and hosts. The server adds fields of its own."""
    parents = {
        (p["name"], p.get("namespace") or namespace, p.get("sectionName") or "")
        for p in spec.get("parentRefs") or []
    }
    return frozenset(parents), frozenset(spec.get("hostnames") or [])


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts:
    """A route as the cluster has it."""

    version: str
    """Its resourceVersion: who writes it anew says which it read. A status changes it, too."""
    spec: int
    """Generation of its `spec`: that changes it only when somebody writes the route."""
    weights: Mapping[str, int]
    """Percent by the name of the Service, as the weights work out."""
    copied: frozenset[str]
    """Services that get copies."""
    generation: int
    """Of the manifest that it was written for."""
    fence: int
    accepted: bool
    """Some gateway has taken this very version of it."""
    problem: str
    """What a gateway says against it; empty: nothing."""


def route_facts(obj: Mapping[str, Any]) -> RouteFacts:
    """Facts of a route as the API server keeps it."""
    meta = obj["metadata"]
    told = meta.get("annotations") or {}
    rule: Mapping[str, Any] = next((r for r in obj["spec"].get("rules") or [] if _takes_all(r)), {})
    filters = [f for f in rule.get("filters") or [] if f["type"] == MIRROR]
    accepted, problem = _taken(obj)
    return RouteFacts(
        version=meta["resourceVersion"],
        spec=meta.get("generation") or 0,
        weights=_percents({r["name"]: r.get("weight", 1) for r in rule.get("backendRefs") or []}),
        copied=frozenset(f["requestMirror"]["backendRef"]["name"] for f in filters),
        generation=_number(told.get(GENERATION)),
        fence=_number(told.get(FENCE)),
        accepted=accepted,
        problem=problem,
    )


def _takes_all(rule: Mapping[str, Any]) -> bool:
    """Whether a rule is for everybody, not for a variant by its header, nor for a path.

    The API server puts in what is not said: every path. KServe says so itself, as a regular expression.

    >>> _takes_all({"matches": [{"path": {"type": "PathPrefix", "value": "/"}}]})
    True
    >>> _takes_all({"matches": [{"path": {"type": "PathPrefix", "value": "/"}, "headers": [{"name": "x"}]}]})
    False
    """
    return any(
        match.keys() <= {"path"} and (match.get("path") or {}).get("value", "/") in EVERY_PATH
        for match in rule.get("matches") or [{}]
    )


def _percents(weights: Mapping[str, int]) -> dict[str, int]:
    """Weights as whole percents of their sum: they are what they are to each other.

    >>> _percents({"a": 19, "b": 1})
    {'a': 95, 'b': 5}
    """
    total = sum(weights.values())
    return {name: round(100 * weight / total) if total else 0 for name, weight in weights.items()}


def _taken(obj: Mapping[str, Any]) -> tuple[bool, str]:
    generation, problems, accepted = obj["metadata"].get("generation"), [], False
    for parent in (obj.get("status") or {}).get("parents") or []:
        conditions = {c["type"]: c for c in parent.get("conditions") or []}
        newest = all(c.get("observedGeneration", generation) == generation for c in conditions.values())
        if not newest or "Accepted" not in conditions:
            continue
        against = [
            c
            for kind, good in (("Accepted", "True"), ("ResolvedRefs", "True"), ("PartiallyInvalid", "False"))
            if (c := conditions.get(kind)) and c["status"] != good
        ]
        problems += [f"{c.get('reason', c['type'])}: {c.get('message', '')}" for c in against]
        accepted = accepted or not against
    return accepted, "; ".join(problems)


def _number(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() else 0


def _parent(gateway: GatewayListener) -> Manifest:
    return {
        "name": gateway.name,
        **({"namespace": gateway.namespace} if gateway.namespace is not None else {}),
        **({"sectionName": gateway.section} if gateway.section is not None else {}),
    }


def _backend(unit: Unit, **more: object) -> Manifest:
    return {"name": unit.name, "port": SERVICE_PORT, **more}


def _mirror(unit: Unit) -> Manifest:
    share = unit.serves.settings.endpoint.shadow_share
    part: Manifest = {}
    if share < 1:
        part = {"fraction": {"numerator": round(share * DENOMINATOR), "denominator": DENOMINATOR}}
    return {"type": MIRROR, "requestMirror": {"backendRef": _backend(unit), **part}}


def _by_header(unit: Unit) -> Manifest:
    header = {"type": "Exact", "name": VARIANT_HEADER, "value": unit.serves.champion.name}
    return {"matches": [{"headers": [header]}], "backendRefs": [_backend(unit, weight=1)]}
