"""What was answered beside what came true: rows of the log with their labels."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from lifecycle.endpoint.router import key_of
from lifecycle.features.request import typed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Ints = npt.NDArray[np.int64]

_NEVER = 2**63 - 1


def labels_table(
    key: "pa.ChunkedArray",
    event_time: "pa.ChunkedArray | None",
    label: "pa.ChunkedArray",
    known_at: "pa.ChunkedArray | None",
) -> "pa.Table":
    """Labels in the form of the log: keys as text, labels as JSON. Rows without either are left out.

    Args:
        key: of any scalar type.
        event_time: None in tables without time.
        label: of any scalar type.
        known_at: when it became known; None where no time tells.

    Columns: `key`, `event_time`, `label`, `known_at`; times in microseconds, UTC.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    instant = pa.timestamp("us", tz="UTC")
    nothing = pa.nulls(len(key), instant)
    table = pa.table(
        {
            "key": key_texts(key),
            "event_time": nothing if event_time is None else event_time.cast(instant),
            "label": _mapped(label, _label_text),
            "known_at": nothing if known_at is None else known_at.cast(instant),
        }
    )
    return table.filter(pc.and_(table["key"].is_valid(), table["label"].is_valid()))


def with_labels(
    traffic: "pa.Table", labels: "pa.Table", *, event_time: str | None = None, entity: str | None = None
) -> "pa.Table":
    """The rows of the log, in their order, with `label` (JSON) and `label_known_at`; null without a label.

    A row whose request told its event time has the label of that key and time. Any other has the first label
    of its key that became known at the time of the answer or later. Of several labels for one key and time
    the one that was known first counts; see `ambiguous_labels`.

    Args:
        traffic: with `at`, `key` and `columns`.
        labels: as `labels_table` makes them.
        event_time: request column with the event time; None: the model has none.
        entity: request column with the key of labels, where requests are assigned by another one.
    """
    import numpy as np
    import pyarrow as pa

    labels = labels.sort_by([("known_at", "ascending"), ("label", "ascending")])
    keys, times_us = traffic["key"], pa.nulls(traffic.num_rows, pa.int64())
    if entity is not None:
        keys = pa.chunked_array([[key_of(columns.get(entity)) for columns in _told(traffic)]], pa.string())
    if event_time is not None:
        times_us = event_times_us(traffic, event_time)
    known = labels["key"].unique()
    asked, given = _codes(keys, known), _codes(labels["key"], known)
    event_us = _us(labels["event_time"])
    asked_us = times_us.fill_null(0).to_numpy()
    exact = _first_from(asked, asked_us, given, event_us)
    there = np.append(event_us, _NEVER)[exact] == asked_us  # -1, no label, takes the appended one
    later = _first_from(asked, _us(traffic["at"]), given, _us(labels["known_at"]))
    chosen = np.where(np.asarray(times_us.is_null()), later, np.where(there, exact, -1))
    found = labels.take(pa.array(chosen, mask=chosen < 0))
    return traffic.append_column("label", found["label"]).append_column("label_known_at", found["known_at"])


def event_times_us(traffic: "pa.Table", event_time: str) -> "pa.Array":
    """Event times that requests told, in microseconds since 1970 UTC; null where one told none."""
    import pyarrow as pa

    return pa.array([typed(columns.get(event_time), "timestamp") for columns in _told(traffic)], pa.int64())


def key_texts(keys: "pa.ChunkedArray") -> "pa.Array":
    """Keys of any scalar type as the log writes them."""
    return _mapped(keys, _key_text)


def ambiguous_labels(labels: "pa.Table") -> "pa.Table":
    """Keys with more than one label for one event time: `key`, `event_time`, `labels` (how many).

    The same label twice is no doubt about the truth, and not among them.
    """
    import pyarrow.compute as pc

    by = labels.group_by(["key", "event_time"]).aggregate([("label", "count_distinct")])
    doubtful = by.filter(pc.greater(by["label_count_distinct"], 1))
    return doubtful.rename_columns(["key", "event_time", "labels"]).sort_by("key")


def _first_from(asked: "Ints", asked_us: "Ints", given: "Ints", given_us: "Ints") -> "Ints":
    """For each asked (key, time): place of the first given one of that key at that time or later; -1: none.

    Of several at one time it is the one that is given first.
    """
    import numpy as np

    if not len(given):
        return np.full(len(asked), -1)
    codes, times = np.concatenate([asked, given]), np.concatenate([asked_us, given_us])
    # Stable: at one time what is asked comes before what is given, and that in its order.
    order = np.lexsort((times, codes))
    place = np.where(order >= len(asked), np.arange(len(order)), len(order))
    following = np.minimum.accumulate(place[::-1])[::-1]
    found = np.full(len(asked), -1)
    here = np.flatnonzero((order < len(asked)) & (following < len(order)))
    rows, labels = order[here], order[following[here]] - len(asked)
    same = asked[rows] == given[labels]
    found[rows[same]] = labels[same]
    return found


def _codes(keys: "pa.ChunkedArray", known: "pa.Array") -> "Ints":
    import numpy as np
    import pyarrow.compute as pc

    return np.asarray(pc.index_in(keys, value_set=known).fill_null(-1)).astype(np.int64)


def _us(times: "pa.ChunkedArray") -> "Ints":
    """Microseconds since 1970; a time that nobody knows comes after all others."""
    import numpy as np
    import pyarrow as pa

    return np.asarray(times.cast(pa.int64()).fill_null(_NEVER))


def _told(traffic: "pa.Table") -> list[dict[str, object]]:
    return [json.loads(text) if text else {} for text in traffic["columns"].to_pylist()]


def _mapped(values: "pa.ChunkedArray", text_of: Callable[[Any], str | None]) -> "pa.Array":
    """Texts of a column; each value that it has is turned into text once."""
    import pyarrow as pa

    encoded = values.combine_chunks().dictionary_encode()
    texts = pa.array([text_of(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return texts.take(encoded.indices)


def _label_text(value: object) -> str:
    # As the log writes what was answered. A date has no JSON of its own.
    return json.dumps(value.isoformat() if isinstance(value, date) else value)


def _key_text(value: object) -> str | None:
    """A key as a request writes it: a time in ISO 8601, at UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else key_of(value)
