"""A rollout as events of its endpoint: what changed, on what evidence, and the picture of it so far."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

import dagster as dg

from assets.keys import ENDPOINT, WEIGHTS_CHECK, stage_key
from assets.metadata import Metadata, markdown_table, picture
from lifecycle.rollout.actions import Notice
from lifecycle.rollout.observations import Backend
from lifecycle.rollout.picture import rollout_picture
from lifecycle.rollout.reconcile import notices_since
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.split import matches, wanted
from lifecycle.rollout.telling import newest_evidence, replay_told
from resources.rollouts.base import RolloutStore

Event = dg.AssetMaterialization | dg.AssetObservation


def untold(store: RolloutStore, record: RolloutRecord, told: tuple[str, int] | None) -> list[RolloutRecord]:
    """Rollouts that have something to tell, oldest first.

    Args:
        record: the newest of the model.
        told: id of the rollout and number of the entry that were told last; None: nothing was.
    """
    if told is None or told[0] == record.id:
        return [record]
    earlier = list(store.earlier(record.model))
    names = [one.id for one in earlier]
    return [*(earlier[names.index(told[0]) :] if told[0] in names else []), record]


def events_since(records: Sequence[RolloutRecord], told: tuple[str, int] | None) -> Iterator[Event]:
    """Everything that was not told yet: a change of weights is a materialization, all else an observation.

    The last materialization of each rollout has its picture: it shows all that came before, and drawing one
    takes longer than all the rest of a look.
    """
    for record in records:
        seq = told[1] if told and told[0] == record.id else -1
        weights = [_weight_at(record, seq)]
        notices = list(notices_since(record, seq))
        weights += [notice.weight for notice in notices]
        changes = [new != old for old, new in pairwise(weights)]
        last = max((i for i, changed in enumerate(changes) if changed), default=-1)
        for i, (notice, changed) in enumerate(zip(notices, changes, strict=True)):
            yield _event(record, notice, materialized=changed, with_picture=i == last)


def rollout_metadata(record: RolloutRecord, *, text: str, weight: int, with_picture: bool) -> Metadata:
    """What the UI shows of a rollout at one of its entries."""
    champion = record.champion.version if record.champion else None
    weights = [f"version {record.challenger.version}: {weight} %"]
    if champion:
        weights.insert(0, f"version {champion}: {100 - weight} %")
    rows = [
        (
            evidence.measurement.check,
            evidence.verdict.replace("_", " "),
            evidence.reason,
            evidence.measurement.n_challenger,
            _time(evidence.measurement.ended_at),
        )
        for evidence in newest_evidence(record)
    ]
    shown: dict[str, dg.MetadataValue] = {
        "what_happened": dg.MetadataValue.text(text),
        "stage": dg.MetadataValue.text(record.stage.label),
        "weights": dg.MetadataValue.text(", ".join(weights)),
        "challenger": dg.MetadataValue.text(record.challenger.version),
        "champion": dg.MetadataValue.text(champion or "none"),
        "waits_for": dg.MetadataValue.text(record.state.waits_for or "nothing"),
        "evidence": markdown_table(["check", "verdict", "why", "n", "measured"], rows),
        "power_plan": dg.MetadataValue.text(record.planned or "not planned"),
        "rollout": dg.MetadataValue.text(record.id),
    }
    if looks_on := replay_told(record):
        shown["shadow"] = dg.MetadataValue.text(looks_on)
    if with_picture:
        shown["picture"] = picture(rollout_picture(record), "the rollout so far")
    return shown


def weights_result(record: RolloutRecord, backend: Backend) -> dg.AssetCheckEvaluation:
    """Whether the endpoint, read back, has the weights that the record asks for."""
    return dg.AssetCheckEvaluation(
        asset_key=stage_key(record.model, ENDPOINT),
        check_name=WEIGHTS_CHECK,
        passed=matches(wanted(record, record.state), backend),
        description=backend.problem or _told_weights(backend),
    )


def _event(record: RolloutRecord, notice: Notice, *, materialized: bool, with_picture: bool) -> Event:
    """The event of one entry: the record is shown as it was then."""
    then = record.model_copy(update={"entries": record.entries[: notice.seq + 1]})
    key = stage_key(record.model, ENDPOINT)
    metadata = rollout_metadata(then, text=notice.text, weight=notice.weight, with_picture=with_picture)
    if materialized:
        return dg.AssetMaterialization(asset_key=key, description=notice.text, metadata=metadata)
    return dg.AssetObservation(asset_key=key, description=notice.text, metadata=metadata)


def _weight_at(record: RolloutRecord, seq: int) -> int | None:
    if seq < 0 or seq >= len(record.entries):
        return None
    return wanted(record, record.entries[seq].state).weight(record.challenger)


def _told_weights(backend: Backend) -> str:
    told = [f"version {v.version}: {v.weight} %" for v in backend.variants]
    return ", ".join(told) or "nothing is served"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
