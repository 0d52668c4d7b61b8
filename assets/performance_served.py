"""What `performance` shows of what was really answered, by version: how it was served, how right it was."""

from datetime import datetime

from assets.keys import LABELS, TRAFFIC
from assets.labels import labels_metadata
from assets.metadata import Metadata
from assets.traffic import covered_s, traffic_metadata
from lifecycle.endpoint.log.realised import realised
from lifecycle.endpoint.log.summary import summarize
from lifecycle.spec.records import ModelSpec
from resources.warehouse.base import Warehouse


def served_metadata(spec: ModelSpec, warehouse: Warehouse, partition: str, *, as_of: datetime) -> Metadata:
    """Service metrics from the table of `traffic`, and realised ones from that of `labels`.

    The tables are those that these assets made last; the request log is not read again. What was not made yet
    is left out.
    """
    shown: Metadata = {}
    traffic = warehouse.published(spec.name, TRAFFIC, partition)
    if traffic is not None:
        found = summarize(warehouse.read(traffic), window_s=covered_s(traffic.window, as_of))
        shown = {f"served_{name}": value for name, value in traffic_metadata(found).items()}
    labels = warehouse.published(spec.name, LABELS, partition)
    if labels is None or not labels.rows:
        return shown
    right = realised(warehouse.read(labels), task=spec.model.task, positive=spec.model.positive)
    told = labels_metadata(right, known_by=as_of)
    return {
        **shown,
        **{f"served_{name}": told[name] for name in ("labelled", "coverage", "versions") if name in told},
    }
