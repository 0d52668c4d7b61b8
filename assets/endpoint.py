"""`<model>/endpoint`: the deployed endpoint, which serves the champion."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import dagster as dg

from assets.approval import missing_approval
from assets.keys import ENDPOINT, EVALUATION, HEALTHY_CHECK, stage_key
from assets.links import mlflow_links
from assets.partitions import newest_mapping, partitions_of
from assets.provenance import code_version
from assets.semantic import SEMANTIC_TAG
from assets.signing import SIGNATURE_TAG
from assets.verdicts import judged_problem
from lifecycle.clock import now
from lifecycle.endpoint.manifest import Settings
from lifecycle.endpoint.scorer import Scorer
from lifecycle.endpoint.wire import curl_line
from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import GOLDEN_FILE, Bundle, open_bundle
from lifecycle.registry.signature import VERIFY_KEY, attach_signature, key_file
from lifecycle.spec.model_spec import ModelSpec
from resources.serving.base import Deployment, EndpointState, Serving
from resources.tracking.base import ModelVersion, Tracking

Approval = Literal["none", "required"]
CHAMPION_SINCE_TAG = "flywheel.champion_since"


def endpoint_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `endpoint` asset of a model with its health check."""
    key = stage_key(spec.name, ENDPOINT)

    @dg.asset(
        key=key,
        deps=[
            dg.AssetDep(
                stage_key(spec.name, EVALUATION), partition_mapping=newest_mapping(partitions_of(spec))
            )
        ],
        code_version=code_version(spec, ENDPOINT),
        check_specs=[
            dg.AssetCheckSpec(HEALTHY_CHECK, asset=key, description="the endpoint answers with the champion")
        ],
        kinds={"http"},
        description="The live endpoint. It serves only a version whose gates passed, whoever asks.",
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def endpoint(
        context: dg.AssetExecutionContext,
        tracking: dg.ResourceParam[Tracking],
        serving: dg.ResourceParam[Serving],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        version = version_to_serve(
            tracking,
            spec.name,
            approval=spec.deployment.approval,
            champion_answers=serves(serving, tracking.holder(spec.name, "champion")),
        )
        with TemporaryDirectory() as folder:
            bundle = approved_bundle(tracking, version, Path(folder))
            context.log.info(f"deploying version {version.version} as of {version.as_of}")
            state = serving.deploy(deployment(spec, version, bundle))
            crown(tracking, version, now=now())
            yield dg.MaterializeResult(
                metadata=endpoint_metadata(version, state, bundle),
                data_version=dg.DataVersion(version.bundle_digest),
            )
        yield health_result(version, state)

    return endpoint


def version_to_serve(
    tracking: Tracking, model: str, *, approval: Approval = "none", champion_answers: bool = True
) -> ModelVersion:
    """The challenger, else the champion; what the gates and a person said of it is read again.

    Dagster's checks block within one run only, so the registry is asked, whoever launched this run.

    Args:
        tracking: registry.
        model: name of the model.
        approval: whether a challenger needs one.
        champion_answers: whether the endpoint serves the champion now. If not, a challenger that waits for an
            approval does not keep the champion from being put back.

    Raises:
        LifecycleError: there is neither, its gates did not pass for these bytes, or it waits for approval.
    """
    challenger, champion = tracking.holder(model, "challenger"), tracking.holder(model, "champion")
    if challenger and approval == "required" and (waits := missing_approval(challenger)):
        if champion is None or champion_answers:
            raise LifecycleError(waits)
        challenger = None
    version = challenger or champion
    if version is None:
        raise LifecycleError(
            f"no version of {model} passed its gates: materialize {model}/{EVALUATION} and see its checks"
        )
    if problem := judged_problem(version):
        raise LifecycleError(f"version {version.version} of {model} may not be deployed: {problem}")
    return version


def serves(serving: Serving, champion: ModelVersion | None) -> bool:
    """Whether the endpoint, asked now, answers with the champion."""
    state = serving.state(champion.model) if champion else None
    return bool(state and champion and state.healthy and state.bundle_digest == champion.bundle_digest)


def approved_bundle(tracking: Tracking, version: ModelVersion, folder: Path) -> Bundle:
    """The version's bundle, audited against the digest that passed the gates, and smoke-tested.

    Raises:
        LifecycleError: it was changed since, is not signed where it must be, or does not give the scores of
            training.
    """
    bundle = audited_bundle(version, tracking.fetch_bundle(version.model, version.version, folder))
    smoke = Scorer.load(bundle).smoke()
    if not smoke.ok:
        raise LifecycleError(
            f"version {version.version} of {version.model} does not give the scores of training (largest "
            f"difference {smoke.max_difference:.2g}): it is not deployed; train it again with the libraries "
            "that are installed now"
        )
    return bundle


def audited_bundle(version: ModelVersion, fetched: Path) -> Bundle:
    """A version's bundle as it was fetched, against the digest that passed the gates and its signature.

    Raises:
        LifecycleError: it was changed since, or is not signed where it must be.
    """
    attach_signature(fetched, version.tags.get(SIGNATURE_TAG))
    return open_bundle(fetched, expect_digest=version.bundle_digest, verify_key=key_file(VERIFY_KEY))


def deployment(spec: ModelSpec, version: ModelVersion, bundle: Bundle) -> Deployment:
    """What the serving adapter is asked for."""
    return Deployment(
        model=spec.name,
        version=version.version,
        bundle=bundle.path,
        bundle_digest=version.bundle_digest,
        port=spec.deployment.port,
        max_batch=spec.deployment.max_batch,
        settings=settings_of(spec),
    )


def settings_of(spec: ModelSpec) -> Settings:
    """The keys of the spec that the endpoint itself obeys."""
    asked = spec.deployment
    return Settings(endpoint=asked.endpoint, limits=asked.limits, request_log=asked.request_log)


def crown(tracking: Tracking, version: ModelVersion, *, now: datetime) -> None:
    """Make the version that was read back from the endpoint the champion, and remember since when."""
    if "champion" not in version.aliases:
        tracking.set_tags(
            version.model, version.version, {CHAMPION_SINCE_TAG: now.isoformat(timespec="seconds")}
        )
        tracking.set_alias(version.model, "champion", version.version)
    if "challenger" in version.aliases:
        tracking.drop_alias(version.model, "challenger")


def endpoint_metadata(
    version: ModelVersion, state: EndpointState, bundle: Bundle
) -> Mapping[str, dg.MetadataValue]:
    """What the UI shows of a deployment; the `curl` line works as it stands."""
    example = bundle.read_json(GOLDEN_FILE)[-1]["request"]
    return {
        "url": dg.MetadataValue.url(state.url),
        "champion": dg.MetadataValue.text(version.version),
        "semantic_version": dg.MetadataValue.text(version.tags.get(SEMANTIC_TAG, "none")),
        "as_of": dg.MetadataValue.text(version.as_of),
        "bundle_digest": dg.MetadataValue.text(version.bundle_digest),
        "where": dg.MetadataValue.text(state.detail),
        "try_it": dg.MetadataValue.md(f"```\n{curl_line(state.url, example)}\n```"),
        **mlflow_links(version),
    }


def health_result(version: ModelVersion, state: EndpointState) -> dg.AssetCheckResult:
    """Whether the endpoint, read back, serves the version that it should."""
    right = state.healthy and state.bundle_digest == version.bundle_digest
    return dg.AssetCheckResult(check_name=HEALTHY_CHECK, passed=right, description=state.detail)
