"""Which paths there are: one dictionary, made anew with each manifest, so that a request is one look-up."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from lifecycle.endpoint.exposition import MEDIA_TYPE, render_metrics
from lifecycle.endpoint.openapi import document
from lifecycle.endpoint.protocols.codec import Codec
from lifecycle.endpoint.protocols.instances import V1, VERTEX
from lifecycle.endpoint.protocols.plain import PLAIN
from lifecycle.endpoint.protocols.tensors import V2, metadata
from lifecycle.endpoint.readiness import Readiness, VariantReadiness
from lifecycle.endpoint.served import Served
from lifecycle.endpoint.wire import JSON, Header, Refusal, to_json
from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from lifecycle.endpoint.app import App


class Answer(NamedTuple):
    """What goes back."""

    body: bytes
    status: int = 200
    headers: Iterable[Header] = ()
    media: bytes = JSON


Handler = Callable[["App"], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a path leads to: a question about the endpoint, or a protocol that asks for scores."""

    method: str
    handler: Handler = lambda app: Answer(body=b"")
    codec: Codec | None = None
    variant: str | None = None
    """Name of the variant that the path itself asks for."""
    is_open: bool = False
    """Answers without a token: whoever runs the endpoint must see whether it lives."""


def routes(served: Served | None, fixed: Mapping[str, Target]) -> Mapping[str, Target]:
    """All paths.

    Args:
        served: what is served; None: nothing yet.
        fixed: paths that the environment asks for.
    """
    known = {
        "/": Target(method="GET", handler=describe),
        "/predict": Target(method="POST", codec=PLAIN),
        "/health/live": Target(method="GET", handler=live, is_open=True),
        "/health/ready": Target(method="GET", handler=ready, is_open=True),
        "/metrics": Target(method="GET", handler=metrics),
        "/openapi.json": Target(method="GET", handler=openapi),
        "/v1/models": Target(method="GET", handler=list_models),
        "/v2": Target(method="GET", handler=server_metadata),
        "/v2/health/live": Target(method="GET", handler=live, is_open=True),
        "/v2/health/ready": Target(method="GET", handler=v2_ready, is_open=True),
    }
    if served is not None:
        known |= _model_routes(served)
    return {**known, **fixed}


def vertex_routes(environment: Mapping[str, str]) -> Mapping[str, Target]:
    """The paths that Vertex AI names when it starts a container.

    Raises:
        LifecycleError: one that is no path.
    """
    found = {}
    for variable, target in (
        ("AIP_PREDICT_ROUTE", Target(method="POST", codec=VERTEX)),
        ("AIP_HEALTH_ROUTE", Target(method="GET", handler=ready, is_open=True)),
    ):
        if path := environment.get(variable):
            if not path.startswith("/"):
                raise LifecycleError(f"{variable}: found {path!r}; allowed: a path that begins with /")
            found[path] = target
    return found


def _model_routes(served: Served) -> Mapping[str, Target]:
    model = served.manifest.model
    v1, v2 = f"/v1/models/{model}", f"/v2/models/{model}"
    known = {
        v1: Target(method="GET", handler=v1_ready),
        f"{v1}:predict": Target(method="POST", codec=V1),
        v2: Target(method="GET", handler=model_metadata),
        f"{v2}/ready": Target(method="GET", handler=v2_ready, is_open=True),
        f"{v2}/infer": Target(method="POST", codec=V2),
    }
    for one in served.variants.values():
        champion = one is served.champion
        # Only the champion may be asked for by its version where callers may not choose: else a caller could
        # turn a rollout's few percent into all of its own.
        if not champion and not served.manifest.settings.endpoint.header_override:
            continue
        at = f"{v2}/versions/{one.variant.version}"
        if at not in known:
            known[at] = Target(method="GET", handler=model_metadata)
            known[f"{at}/ready"] = Target(method="GET", handler=v2_ready, is_open=True)
            known[f"{at}/infer"] = Target(method="POST", codec=V2, variant=one.variant.name)
    return known


def live(app: "App") -> Answer:
    """The process runs."""
    return Answer(body=b'{"live":true}')


def ready(app: "App") -> Answer:
    """What answers, variant by variant."""
    told = readiness(app)
    return Answer(status=200 if told.ready else 503, body=told.model_dump_json().encode())


def readiness(app: "App") -> Readiness:
    """The same as a record."""
    served, failure = app.watcher.served, app.watcher.failure
    if served is None:
        return Readiness(ready=False, pid=os.getpid(), last_error=failure)
    champion = served.champion
    return Readiness(
        ready=True,
        pid=os.getpid(),
        model=served.manifest.model,
        version=champion.variant.version,
        digest=champion.variant.digest,
        generation=served.manifest.generation,
        plan=champion.loaded.plan,
        tables=champion.tables.digest if champion.tables else None,
        known_by=champion.loaded.known_by,
        variants=_variants(app, served),
        salt=served.manifest.salt,
        last_error=failure,
    )


def _variants(app: "App", served: Served) -> tuple[VariantReadiness, ...]:
    found = []
    for variant in served.manifest.variants:
        error = served.failures.get(variant.name)
        one = served.variants.get(variant.name)
        if one is not None:
            breaker = app.answerer.lane(one, served.manifest.settings.limits).breaker
            if breaker.open_until_s is not None:
                error = f"left alone after {breaker.failures} failures in a row"
        found.append(
            VariantReadiness(
                name=variant.name,
                role=variant.role,
                version=variant.version,
                digest=variant.digest,
                weight=variant.weight,
                loaded=one is not None,
                ready=error is None,
                mirrored=variant.mirrored or variant.role == "shadow",
                error=error,
            )
        )
    return tuple(found)


def describe(app: "App") -> Answer:
    """What a request may hold, with an example."""
    served = app.served()
    champion = served.champion
    return Answer(
        body=to_json(
            {
                "model": served.manifest.model,
                "version": champion.variant.version,
                "digest": champion.variant.digest,
                "max_batch": served.manifest.max_batch,
                "known_by": champion.loaded.known_by.isoformat(),
                **champion.loaded.description,
            }
        )
    )


def metrics(app: "App") -> Answer:
    """Counts for Prometheus."""
    text = render_metrics(app.counts, app.answerer, app.watcher.served, shadow_queue=app.shadows.waiting)
    return Answer(body=text, media=MEDIA_TYPE)


def openapi(app: "App") -> Answer:
    """The OpenAPI document of the model."""
    return Answer(body=to_json(document(app.served(), with_token=app.access.has_token)))


def list_models(app: "App") -> Answer:
    """KServe V1: the models of the server."""
    return Answer(body=to_json({"models": [app.served().manifest.model]}))


def v1_ready(app: "App") -> Answer:
    """KServe V1: whether the model is ready."""
    return Answer(body=to_json({"name": app.served().manifest.model, "ready": True}))


def v2_ready(app: "App") -> Answer:
    """Open Inference: whether the server, or the model, is ready."""
    try:
        return Answer(body=to_json({"name": app.served().manifest.model, "ready": True}))
    except Refusal:
        return Answer(status=503, body=b'{"ready":false}')


def server_metadata(app: "App") -> Answer:
    """Open Inference: what the server is."""
    return Answer(body=b'{"name":"flywheel","version":"2","extensions":[]}')


def model_metadata(app: "App") -> Answer:
    """Open Inference: inputs and outputs of the model."""
    served = app.served()
    versions = [one.variant.version for one in served.variants.values()]
    return Answer(body=to_json(metadata(served.manifest.model, versions, served.champion.loaded.manifest)))
