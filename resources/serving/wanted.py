"""What an adapter makes of what is asked of it: the manifest that an endpoint is to obey, or why not."""

from collections.abc import Sequence

from lifecycle.endpoint.manifest import EndpointManifest, Tables, Variant
from lifecycle.endpoint.readiness import Readiness
from lifecycle.errors import LifecycleError
from resources.serving.base import EndpointSpec, FreshTables


def manifest_for(
    endpoint: EndpointSpec, *, bundles: Sequence[str], tables: Tables | None, generation: int, fence: int
) -> EndpointManifest:
    """The manifest of an endpoint.

    Args:
        endpoint: what it is to serve.
        bundles: folder of each variant's bundle, relative to the manifest's.
        tables: newer ones than those of the bundles.
        generation: above all before.
        fence: number of the decision.
    """
    variants = tuple(
        Variant(
            name=variant.name,
            role=variant.role,
            version=variant.version,
            bundle=bundle,
            digest=variant.bundle_digest,
            weight=variant.weight,
            mirrored=variant.mirrored,
        )
        for variant, bundle in zip(endpoint.variants, bundles, strict=True)
    )
    return EndpointManifest(
        model=endpoint.model,
        generation=generation,
        variants=variants,
        salt=endpoint.salt,
        fence=fence,
        tables=tables,
        max_batch=endpoint.max_batch,
        settings=endpoint.settings,
    )


def fence_of(model: str, fence: int | None, obeyed: int) -> int:
    """Number of the decision that is obeyed from now on.

    Args:
        model: whose endpoint it is.
        fence: of what is asked for; None: it has no number.
        obeyed: the highest that was obeyed so far.

    Raises:
        LifecycleError: a later decision was obeyed already.
    """
    if fence is not None and fence < obeyed:
        raise LifecycleError(
            f"the endpoint of {model} obeyed decision {obeyed} already, {fence} is older: nothing was changed"
        )
    return obeyed if fence is None else fence


def misfit(tables: FreshTables, answer: Readiness) -> str | None:
    """Why tables cannot be used by the endpoint that gave an answer; None where they can."""
    if tables.plan != answer.plan:
        return (
            f"version {answer.version} of {tables.model}, which answers, has another feature plan than the "
            "tables: build them for its plan, or deploy the version that they are for"
        )
    if answer.known_by is not None and tables.known_by < answer.known_by:
        return (
            f"the endpoint of {tables.model} knows what became known by {answer.known_by.isoformat()}, the "
            f"tables only what did by {tables.known_by.isoformat()}: build them as of a later time"
        )
    return None


def versions_of(manifest: EndpointManifest) -> str:
    """All versions, for a message."""
    return ", ".join(variant.version for variant in manifest.variants)
