"""`<model>/endpoint` of a model whose versions take over in a rollout."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from assets.endpoint import approved_bundle, deployment, endpoint_metadata, health_result, serves
from assets.keys import ENDPOINT, EVALUATION, HEALTHY_CHECK, WEIGHTS_CHECK, stage_key
from assets.metadata import Metadata
from assets.partitions import newest_mapping, partitions_of
from assets.provenance import code_version
from assets.rollout_drive import Driven, drive
from assets.rollout_events import rollout_metadata, weights_result
from assets.rollout_measure import ports_of
from assets.rollout_observe import backend_of
from assets.verdicts import judged_problem
from lifecycle.clock import now
from lifecycle.errors import LifecycleError
from lifecycle.rollout.observations import Replay
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.split import wanted
from lifecycle.spec.model_spec import ModelSpec
from resources.rollouts.base import RolloutStore
from resources.serving.base import EndpointState, Serving
from resources.tracking.base import Tracking
from resources.traffic.base import Traffic
from resources.warehouse.base import Warehouse


def rolled_out_endpoint_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `endpoint` asset of a model with `deployment.rollout`, and its checks.

    Materializing it begins the rollout that is due and carries it on as far as it goes now. It skips no
    stage: the sensor `rollouts` does the same, and goes on from there.
    """
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
            dg.AssetCheckSpec(HEALTHY_CHECK, asset=key, description="the endpoint answers with the champion"),
            dg.AssetCheckSpec(
                WEIGHTS_CHECK, asset=key, description="the endpoint has the weights that the record asks for"
            ),
        ],
        kinds={"http"},
        description="The live endpoint. A version that passed its gates takes over step by step.",
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def endpoint(
        context: dg.AssetExecutionContext,
        tracking: dg.ResourceParam[Tracking],
        serving: dg.ResourceParam[Serving],
        rollouts: dg.ResourceParam[RolloutStore],
        traffic: dg.ResourceParam[Traffic],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        ports = ports_of(
            spec, store=rollouts, serving=serving, tracking=tracking, traffic=traffic, warehouse=warehouse
        )
        driven = drive(spec, ports, clock=now)
        if driven.record is None or driven.record.state.closed:
            yield from _restored(context, spec, tracking, serving, driven)
            return
        record, state = driven.record, serving.state(spec.name)
        context.log.info(f"{record.stage.label}: {record.entries[-1].reason}")
        yield dg.MaterializeResult(
            metadata={**_open_metadata(record, state), **_replayed(driven.replay)},
            data_version=dg.DataVersion(_digests(state)),
        )
        checked = weights_result(record, backend_of(serving, spec.name))
        yield dg.AssetCheckResult(
            check_name=WEIGHTS_CHECK, passed=checked.passed, description=checked.description
        )
        yield dg.AssetCheckResult(
            check_name=HEALTHY_CHECK,
            passed=bool(state and state.healthy),
            description=state.detail if state else "nothing was deployed yet",
        )

    return endpoint


def _restored(
    context: dg.AssetExecutionContext, spec: ModelSpec, tracking: Tracking, serving: Serving, driven: Driven
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """No rollout is open: the endpoint serves the champion, and is put back where it does not."""
    champion = tracking.holder(spec.name, "champion")
    if champion is None:
        raise LifecycleError(driven.waits or _why_nobody(spec, driven))
    if problem := judged_problem(champion):
        raise LifecycleError(f"version {champion.version} of {spec.name} may not be deployed: {problem}")
    if driven.waits:
        context.log.warning(driven.waits)
    with TemporaryDirectory() as folder:
        bundle = approved_bundle(tracking, champion, Path(folder))
        state = serving.state(spec.name)
        if state is None or not serves(serving, champion):
            state = serving.deploy(deployment(spec, champion, bundle))
        metadata = {**endpoint_metadata(champion, state, bundle), **_last_rollout(driven.record)}
        yield dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(champion.bundle_digest))
    yield health_result(champion, state)
    yield dg.AssetCheckResult(check_name=WEIGHTS_CHECK, passed=True, description="no rollout is open")


def _why_nobody(spec: ModelSpec, driven: Driven) -> str:
    if driven.record is not None:
        return f"{spec.name} has no champion to serve; its last rollout {driven.record.entries[-1].reason}"
    return (
        f"no version of {spec.name} passed its gates: materialize {spec.name}/{EVALUATION} and see its checks"
    )


def _last_rollout(record: RolloutRecord | None) -> dict[str, dg.MetadataValue]:
    if record is None:
        return {}
    return {f"rollout_{name}": value for name, value in _shown(record).items()}


def _shown(record: RolloutRecord) -> Metadata:
    return rollout_metadata(
        record,
        text=record.entries[-1].reason,
        weight=wanted(record, record.state).weight(record.challenger),
        with_picture=True,
    )


def _open_metadata(record: RolloutRecord, state: EndpointState | None) -> dict[str, dg.MetadataValue]:
    if state is None:
        return dict(_shown(record))
    where = {"url": dg.MetadataValue.url(state.url), "where": dg.MetadataValue.text(state.detail)}
    return {**_shown(record), **where}


def _replayed(replay: Replay | None) -> dict[str, dg.MetadataValue]:
    return {"replay": dg.MetadataValue.text(replay.told)} if replay else {}


def _digests(state: EndpointState | None) -> str:
    """What is served, as a data version: bundles and weights."""
    served = [f"{v.bundle_digest[:12]}={v.weight}" for v in state.variants] if state else []
    return ",".join(served) or "nothing"
