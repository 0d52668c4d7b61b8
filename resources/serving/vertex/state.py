"""The state of an endpoint on Vertex AI: weights by its split, everything else by its replicas."""

from collections.abc import Sequence

from lifecycle.endpoint.manifest import EndpointManifest
from resources.serving.base import EndpointState, VariantState
from resources.serving.k8s.pods import ServingPod
from resources.serving.k8s.route import RouteFacts
from resources.serving.k8s.state import BY_CHANCE, by_pods, by_route, champion_answer
from resources.serving.k8s.units import Unit, units_of
from resources.serving.vertex.endpoint import VertexEndpoint


def read_state(manifest: EndpointManifest | None, endpoint: VertexEndpoint) -> EndpointState | None:
    """An endpoint as it is now.

    Args:
        manifest: what it was last told to serve; None: nothing that can be read.
        endpoint: what the service has of it.

    Returns:
        None where none was ever deployed.
    """
    endpoint.takes_older = True
    found = endpoint.calls.found()
    if manifest is None and (found is None or not found.deployed_models):
        return None
    route, deployed = endpoint.route_of(found), endpoint.deployed_of(found)
    pods = [pod for pod in endpoint.pods_of(found) if pod.unit in deployed]
    answer = champion_answer(manifest, pods) if manifest is not None else None
    units = units_of(endpoint.home, manifest, endpoint.routing, settled=True) if manifest else ()
    variants: tuple[VariantState, ...] = ()
    if manifest is not None and deployed:
        inside = endpoint.routing == "endpoint"
        variants = by_pods(pods) if inside else by_route(manifest, units, pods, route)
    return EndpointState(
        model=endpoint.home.model,
        url=endpoint.url(found) if found is not None else "",
        healthy=answer is not None and route is not None,
        version=answer.version if answer else None,
        bundle_digest=answer.digest if answer else None,
        known_by=answer.known_by if answer else None,
        detail=_detail(endpoint, units, pods, route),
        variants=variants,
        salt=answer.salt if answer else "",
        can_mirror=endpoint.can_mirror,
        gone=not deployed,
    )


def _detail(
    endpoint: VertexEndpoint, units: Sequence[Unit], pods: Sequence[ServingPod], route: RouteFacts | None
) -> str:
    if route is None:
        return f"{endpoint.name} sends requests nowhere; deploy the model"
    told = [f"{sum(pod.serves for pod in pods)} of {len(pods)} replicas serve behind {endpoint.name}"]
    if endpoint.routing != "endpoint":
        told.append(BY_CHANCE)
    known = {unit.name for unit in units}
    told += [
        f"the split sends {weight} % to {name}, which is none of ours or of other settings: deploy again"
        for name, weight in route.weights.items()
        if weight and name not in known
    ]
    told += sorted({p.answer.last_error.message for p in pods if p.answer and p.answer.last_error})
    told += sorted({p.facts.message for p in pods if p.facts.message})
    return "; ".join(told)
