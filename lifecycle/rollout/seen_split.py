"""How requests were split, as the log tells: keys an arm, for each time of the same weights."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lifecycle.rollout.statistics.sample_ratio import Assigned

if TYPE_CHECKING:
    import pyarrow as pa

_ROUNDING = 1e-6
"""A share below this is none: weights are whole percents."""


def seen_split(table: "pa.Table") -> tuple[Assigned, ...]:
    """One entry for each generation of the endpoint that shared requests between versions, oldest first.

    Only assignments by key or by chance count, also of what another version had to answer: a version that
    fails still got its share. A key counts once in a generation; what chance assigned (no key, or a gateway
    that knows none) counts by requests. An arm that got no request is there with none, where the others'
    shares leave room for it.

    Args:
        table: `generation`, `key`, `bucket`, `request`, `assignment`, `propensity`, `assigned_version`.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    drawn = pc.is_in(table["assignment"], pa.array(["hash", "random", "fallback"]))
    # Who gets all shares nothing out. In older logs a caller's wish that fell back looks so, too.
    split = table.filter(pc.and_(drawn, pc.less(table["propensity"], 1.0 - _ROUNDING)))
    # Where chance decides, one key may be with both arms: the request is what was drawn. A fallback does not
    # tell which it was, but only an endpoint that decides itself knows a bucket.
    by_key = pc.and_(pc.greater_equal(split["bucket"], 0), pc.is_valid(split["key"]))
    unit = pc.if_else(by_key, split["key"], split["request"])
    keys = pa.table({name: split[name] for name in ("generation", "assigned_version", "propensity")})
    arms = (
        keys.append_column("unit", unit)
        .group_by(["generation", "assigned_version"])
        .aggregate([("unit", "count_distinct"), ("propensity", "max")])
        .sort_by([("generation", "ascending"), ("assigned_version", "ascending")])
        .to_pylist()
    )
    return tuple(_stages(arms))


def _stages(arms: list[dict[str, Any]]) -> Iterator[Assigned]:
    by_generation: dict[int, list[tuple[int, float]]] = {}
    for arm in arms:
        told = (arm["unit_count_distinct"], arm["propensity_max"])
        by_generation.setdefault(arm["generation"], []).append(told)
    for found in by_generation.values():
        left = 1.0 - sum(share for _, share in found)
        if left > _ROUNDING:
            found.append((0, left))
        if len(found) > 1:
            yield Assigned(counts=tuple(n for n, _ in found), weights=tuple(share for _, share in found))
