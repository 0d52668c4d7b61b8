"""When lookups and past rows beside the endpoints are made anew: once they are older than the spec allows."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from assets.keys import ONLINE, TRIGGER_TAG, stage_key
from assets.online import needs_online
from lifecycle.spec.model_spec import ModelSpec

if TYPE_CHECKING:
    from dagster._core.storage.event_log.base import AssetRecord

JOB = "refresh_online"
TICK_S = 60


def refresh_sensor(specs: Sequence[ModelSpec], *, name: str = JOB) -> dg.Definitions:
    """One sensor and one job for all models that have an `online` asset; nothing where none has.

    Only what was put beside an endpoint once is refreshed: a model that was never deployed is left alone.
    """
    keys = {stage_key(spec.name, ONLINE): spec for spec in specs if needs_online(spec)}
    if not keys:
        return dg.Definitions()
    job = dg.define_asset_job(
        name,
        dg.AssetSelection.assets(*keys),
        description="Lookups and past rows as they are known now; and do they give the offline features?",
    )

    @dg.sensor(
        name=name,
        job=job,
        minimum_interval_seconds=TICK_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Refreshes what endpoints answer with besides their bundles, as often as specs ask.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        # One query for all models.
        records = context.instance.get_asset_records(list(keys))
        now_s = time.time()
        requests = [
            dg.RunRequest(
                run_key=run_key(keys[key].name, now_s, every_s=keys[key].deployment.refresh),
                asset_selection=[key],
                tags={TRIGGER_TAG: "refresh"},
            )
            for key, made_s in _last_made(records).items()
            if is_due(made_s, now_s, every_s=keys[key].deployment.refresh)
        ]
        return requests or dg.SkipReason("everything beside the endpoints is fresh enough")

    return dg.Definitions(sensors=[sensor], jobs=[job])


def _last_made(records: Sequence["AssetRecord"]) -> dict[dg.AssetKey, float | None]:
    """When assets were materialized last, in seconds since 1970; None: never."""
    entries = (record.asset_entry for record in records)
    return {
        e.asset_key: e.last_materialization.timestamp if e.last_materialization else None for e in entries
    }


def is_due(made_s: float | None, now_s: float, *, every_s: int) -> bool:
    """Whether tables that were made at a time are to be made anew; those that never were are not."""
    return made_s is not None and now_s - made_s >= every_s


def run_key(model: str, now_s: float, *, every_s: int) -> str:
    """One run a period: a tick that comes twice starts one, and what failed is tried again in the next.

    >>> run_key("m", 7199.0, every_s=3600), run_key("m", 7200.0, every_s=3600)
    ('m/3600/1', 'm/3600/2')
    """
    return f"{model}/{every_s}/{int(now_s // every_s)}"
