"""Which rows a spec's slices and groups hold, over the columns that are known at evaluation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.features.calendar import calendar
from lifecycle.features.expression import Expression, Kind, references
from lifecycle.features.online import OnlineFeatures
from lifecycle.features.parse import parse_expression
from lifecycle.features.plan import Feature, FeaturePlan
from lifecycle.features.request import from_python
from lifecycle.features.shown import hidden_names
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.slices import SliceFamily

if TYPE_CHECKING:
    import pyarrow as pa

Mask = NDArray[np.bool_]

MAX_SLICES = 50
"""Most slices of one family, largest first. More than that nobody reads, and each costs an interval."""
GROUP_KINDS: tuple[Kind, ...] = ("string", "int", "bool")
"""Kinds of columns whose single values can be slices and groups; a float hardly takes a value twice."""
MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SliceRows:
    """One slice: its rows as a mask of shape (n_rows,), and its name in words."""

    family: str
    name: str
    mask: Mask
    min_rows: int


def known_columns(plan: FeaturePlan) -> Mapping[str, Kind]:
    """Columns that slices and attributes may read, with their kinds.

    Every feature, and every column of the request: what the model sees and what it does not, such as an
    attribute kept out of the features on purpose. Of two with one name the feature is meant. The label and
    what became known after the request are none of them.
    """
    request: dict[str, Kind] = {name: column.type for name, column in plan.request.items()}
    return request | {feature.name: feature.kind for feature in plan.features}


def columns_read(spec: ModelSpec, plan: FeaturePlan) -> tuple[str, ...]:
    """Columns that the spec's slices and attributes read."""
    section, kinds = spec.evaluation, known_columns(plan)
    names = [name for family in section.slices for name in family.by]
    for family in section.slices:
        if family.where is not None:
            names += [ref.name for ref in references(parse_expression(family.where, {"": kinds}))]
    names += section.fairness.attributes if section.fairness else ()
    return tuple(dict.fromkeys(names))


def spec_slices(spec: ModelSpec, plan: FeaturePlan, table: "pa.Table") -> tuple[SliceRows, ...]:
    """The rows of every slice of a spec.

    Args:
        table: the evaluated rows, with the columns of `columns_read` and the event time.
    """
    return tuple(part for family in spec.evaluation.slices for part in _family(spec, plan, family, table))


def group_masks(
    table: "pa.Table", columns: Sequence[str], hidden: Collection[str] = ()
) -> list[tuple[str, Mask]]:
    """One mask for each combination of values that occurs, the largest first, equals by name.

    Values of `hidden` columns are numbered in the order of their digests, which says nothing of them.

    >>> import pyarrow as pa
    >>> [(name, mask.tolist()) for name, mask in group_masks(pa.table({"a": ["x", None, "x"]}), ["a"])]
    [('a = x', [True, False, True]), ('a is missing', [False, True, False])]
    >>> [name for name, _ in group_masks(pa.table({"a": ["x", None, "x"]}), ["a"], hidden=["a"])]
    ['a is value 1', 'a is missing']
    """
    codes, names = np.zeros(table.num_rows, dtype=np.int64), [""]
    for column in columns:
        values = table[column].combine_chunks().dictionary_encode(null_encoding="encode")
        said = _said(column, values.dictionary.to_pylist(), hidden=column in hidden)
        found = values.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        codes = codes * len(said) + found
        names = [f"{a} and {b}" if a else b for a in names for b in said]
    present, counts = np.unique(codes, return_counts=True)
    ordered = sorted(zip(present, counts, strict=True), key=lambda item: (-item[1], names[item[0]]))
    return [(names[code], codes == code) for code, _ in ordered]


def where_mask(condition: Expression, table: "pa.Table", *, event_time: str | None, time_zone: str) -> Mask:
    """Rows where a condition holds; where it is missing it does not. It means what it means in a feature."""
    plan = FeaturePlan(
        entity="",
        event_time=event_time,
        request={},
        features=(Feature(name="holds", expression=condition),),
        lookups=(),
        calendar=calendar(time_zone),
    )
    compute = OnlineFeatures(plan, {}).compute
    names = [] if event_time is None else [event_time]
    names += [ref.name for ref in references(condition)]
    rows = table.select(list(dict.fromkeys(names))).to_pylist()
    return np.array(
        [compute({name: from_python(value) for name, value in row.items()})["holds"] is True for row in rows],
        dtype=np.bool_,
    )


def _family(spec: ModelSpec, plan: FeaturePlan, family: SliceFamily, table: "pa.Table") -> list[SliceRows]:
    if family.where is None:
        found = group_masks(table, family.by, hidden_names(plan))[:MAX_SLICES]
    else:
        condition = parse_expression(family.where, {"": known_columns(plan)})
        mask = where_mask(condition, table, event_time=spec.data.event_time, time_zone=spec.data.time_zone)
        found = [(family.where, mask)]
    return [
        SliceRows(family=family.name, name=name, mask=mask, min_rows=family.min_rows) for name, mask in found
    ]


def _said(column: str, values: Sequence[object], *, hidden: bool) -> list[str]:
    """What the rows of each value are called."""
    said = [f"{column} is {MISSING}" if value is None else f"{column} = {value}" for value in values]
    if not hidden:
        return said
    ordered = sorted(
        (text for text, value in zip(said, values, strict=True) if value is not None), key=_digest
    )
    numbers = {text: f"{column} is value {number}" for number, text in enumerate(ordered, start=1)}
    return [numbers.get(text, text) for text in said]


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
