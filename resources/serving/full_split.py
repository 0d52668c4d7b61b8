"""One version for all requests, as a split."""

from resources.serving.base import Deployment, EndpointSpec, VariantSpec


def full_split(deployment: Deployment) -> EndpointSpec:
    """The endpoint that a deployment asks for: its version as the only variant."""
    champion = VariantSpec(
        name="champion",
        role="champion",
        version=deployment.version,
        bundle=deployment.bundle,
        bundle_digest=deployment.bundle_digest,
        weight=100,
    )
    return EndpointSpec(
        model=deployment.model,
        variants=(champion,),
        salt="",
        port=deployment.port,
        max_batch=deployment.max_batch,
        settings=deployment.settings,
    )
