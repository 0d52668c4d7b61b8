"""The state of an endpoint on a cluster: weights by its route, everything else by its pods."""

from collections.abc import Collection, Sequence

from lifecycle.endpoint.manifest import EndpointManifest, Variant
from lifecycle.endpoint.readiness import Readiness, VariantReadiness
from resources.serving.base import EndpointState, VariantState
from resources.serving.k8s.cluster import EndpointCluster
from resources.serving.k8s.pods import ServingPod
from resources.serving.k8s.route import RouteFacts
from resources.serving.k8s.units import Home, Unit, units_of

BY_CHANCE = "requests are shared out by chance, not by key"


def read_state(manifest: EndpointManifest | None, cluster: EndpointCluster) -> EndpointState | None:
    """An endpoint as it is now.

    Args:
        manifest: what it was last told to serve; None: nothing that can be read.
        cluster: its objects.

    Returns:
        None where none was ever deployed.
    """
    route, deployed = cluster.route(), cluster.deployed()
    if manifest is None and route is None and not deployed:
        return None
    # Pods of a unit that was just removed are told to end a little later.
    pods = [pod for pod in cluster.pods() if pod.unit in deployed] if deployed else []
    answer = champion_answer(manifest, pods) if manifest is not None else None
    units = units_of(cluster.home, manifest, cluster.serving.routing, settled=True) if manifest else ()
    variants: tuple[VariantState, ...] = ()
    if manifest is not None and deployed:
        in_pods = cluster.serving.routing == "endpoint"
        asleep = frozenset(unit.name for unit in units if cluster.can_wake(unit))
        variants = by_pods(pods) if in_pods else by_route(manifest, units, pods, route, asleep)
    healthy = answer is not None and route is not None and route.accepted
    return EndpointState(
        model=cluster.home.model,
        url=cluster.url,
        healthy=healthy,
        version=answer.version if answer else None,
        bundle_digest=answer.digest if answer else None,
        known_by=answer.known_by if answer else None,
        detail=_detail(cluster, units, pods, route),
        variants=variants,
        salt=answer.salt if answer else "",
        can_mirror=cluster.can_mirror,
        gone=not deployed,
    )


def champion_answer(manifest: EndpointManifest, pods: Sequence[ServingPod]) -> Readiness | None:
    """What the champion's pods say; of several, the one that is furthest behind. None: none serves."""
    champion = (manifest.champion.version, manifest.champion.digest)
    answers = [pod.answer for pod in pods if pod.serves and pod.answer]
    answers = [answer for answer in answers if (answer.version, answer.digest) == champion]
    return min(answers, key=lambda answer: answer.generation or 0, default=None)


def by_pods(pods: Sequence[ServingPod]) -> tuple[VariantState, ...]:
    """Variants of pods that hold all of them; as the pod says that is furthest behind."""
    answers = [pod.answer for pod in pods if pod.serves and pod.answer]
    oldest = min(answers, key=lambda answer: answer.generation or 0, default=None)
    return tuple(_state(v, weight=v.weight, mirrored=v.mirrored) for v in (oldest.variants if oldest else ()))


def by_route(
    manifest: EndpointManifest,
    units: Sequence[Unit],
    pods: Sequence[ServingPod],
    route: RouteFacts | None,
    asleep: Collection[str] = (),
) -> tuple[VariantState, ...]:
    """Variants of pods that hold one each, with the weights of the route; those asleep wait for requests."""
    found = []
    for variant, unit in zip(manifest.variants, units, strict=True):
        weight = route.weights.get(unit.name, 0) if route is not None else 0
        copied = route is not None and unit.name in route.copied
        told = [one for pod in pods if pod.unit == unit.name and pod.serves for one in _answers(pod, variant)]
        # One pod that serves is enough: the gateway sends nothing to the others.
        best = next((one for one in told if one.ready), None)
        found.append(
            VariantState(
                name=variant.name,
                role=variant.role,
                version=variant.version,
                bundle_digest=variant.digest,
                weight=weight,
                ready=best is not None or unit.name in asleep,
                mirrored=copied,
            )
        )
    return tuple(found)


def _answers(pod: ServingPod, variant: Variant) -> Sequence[VariantReadiness]:
    told = pod.answer.variants if pod.answer else ()
    return [one for one in told if (one.version, one.digest) == (variant.version, variant.digest)]


def _state(told: VariantReadiness, *, weight: int, mirrored: bool) -> VariantState:
    return VariantState(
        name=told.name,
        role=told.role,
        version=told.version,
        bundle_digest=told.digest,
        weight=weight,
        ready=told.ready,
        mirrored=mirrored,
    )


def _detail(
    cluster: EndpointCluster, units: Sequence[Unit], pods: Sequence[ServingPod], route: RouteFacts | None
) -> str:
    if route is None:
        return f"no route {cluster.home.name} in {cluster.settings.namespace}; deploy the model"
    told = [_counted(cluster.home, pods)]
    if cluster.serving.routing != "endpoint":
        told.append(BY_CHANCE)
    known = {unit.name for unit in units}
    told += [
        f"the route sends {weight} % to {name}, which is none of ours: deploy again"
        for name, weight in route.weights.items()
        if weight and name not in known
    ]
    if not route.accepted:
        told.append(f"no gateway has taken the route ({route.problem or 'none says why'})")
    told += sorted({p.answer.last_error.message for p in pods if p.answer and p.answer.last_error})
    return "; ".join(told)


def _counted(home: Home, pods: Sequence[ServingPod]) -> str:
    serving = sum(pod.serves for pod in pods)
    return f"{serving} of {len(pods)} pods serve behind the route {home.name}"
