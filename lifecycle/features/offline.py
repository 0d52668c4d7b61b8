"""The feature plan over tables: one ibis expression, hence SQL for every engine that ibis compiles for.

Only operations whose meaning is the same on the engines we use: as-of joins are a running maximum and an
equal join, never ASOF JOIN; local time is whole numbers added to UTC, never the engine's zone tables.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lifecycle.features.functions import epoch_s
from lifecycle.features.history import history_groups
from lifecycle.features.history_offline import EVENT_US, epoch_us, with_histories
from lifecycle.features.lowering import IBIS_TYPES, lower_value, with_local_times
from lifecycle.features.plan import FeaturePlan, LookupPlan, found_by
from lifecycle.spec.data import Label

if TYPE_CHECKING:
    import ibis.expr.types as ir

LABEL_KNOWN_AT = "label_known_at"


def known_at_column(lookup: str) -> str:
    """Column of the feature table that tells which row of a timed lookup was used."""
    return f"{lookup}__known_at"


def known_at_columns(plan: FeaturePlan) -> Mapping[str, str]:
    """Columns of the feature table that tell from when a value is, by what it is a value of.

    None of them may be after the event time: a check of the feature table rests on them.
    """
    timed = {lookup.name: known_at_column(lookup.name) for lookup in plan.lookups if lookup.known_at}
    groups = history_groups(plan.histories)
    return timed | {", ".join(h.name for h in group.histories): group.at_column for group in groups}


def feature_table(
    plan: FeaturePlan,
    label: Label,
    events: "ir.Table",
    lookups: Mapping[str, "ir.Table"],
    window: tuple[datetime, datetime],
    sources: Mapping[str, "ir.Table"] | None = None,
) -> "ir.Table":
    """The feature table of some events.

    Args:
        plan: what to compute.
        label: which column is the label and when it becomes known.
        events: rows with the columns of the request and the label.
        lookups: side tables by name; at most one row a key (and time).
        window: bounds of the event times, UTC; it limits what is read of timed lookups and of the past.
        sources: past rows by the name of the plan's source; of the model's own, the events and those that
            lie before them as far back as they count.

    Returns:
        One row an event: entity, event time, the features, the label, `label_known_at`,
        `<lookup>__known_at` for each timed lookup, and `history__<n>__at` for each group of histories.
        Without an event time there are no times at all.
    """
    rows = events
    for lookup in plan.lookups:
        rows = _joined(rows, plan, lookup, lookups[lookup.name], window)
    if plan.histories:
        rows = rows.mutate(**{EVENT_US: epoch_us(rows[plan.asked_at])})
        rows = with_histories(rows, plan, events, sources or {}, window)
    rows, local = with_local_times(rows, (f.expression for f in plan.features), plan.calendar)
    features = {f.name: lower_value(f.expression, rows, plan.calendar, local) for f in plan.features}
    if plan.event_time is None:
        return rows.select(rows[plan.entity], **features, **{label.column: rows[label.column]})
    timed = known_at_columns(plan).values()
    return rows.select(
        rows[plan.entity],
        rows[plan.event_time],
        **features,
        **{label.column: rows[label.column], LABEL_KNOWN_AT: _label_known_at(rows, plan.event_time, label)},
        **{name: rows[name] for name in timed},
    )


def duplicate_keys(lookup: LookupPlan, table: "ir.Table") -> "ir.Table":
    """Keys (and times) that a lookup answers with more than one row; it must be empty.

    Rows without a key or a time answer nothing, however many there are.
    """
    by = found_by(lookup)
    table = table.filter(*(table[column].notnull() for column in by))
    return table.group_by(by).aggregate(rows=table.count()).filter(lambda t: t["rows"] > 1)


def _label_known_at(rows: "ir.Table", event_time: str, label: Label) -> Any:
    import ibis

    if label.known_at is not None:
        return rows[label.known_at]
    return rows[event_time] + ibis.interval(seconds=label.delay or 0)


def _joined(
    rows: "ir.Table",
    plan: FeaturePlan,
    lookup: LookupPlan,
    table: "ir.Table",
    window: tuple[datetime, datetime],
) -> "ir.Table":
    """The rows with a lookup's columns as `<lookup>.<column>`, missing where it has no row."""
    import ibis

    keys = list(lookup.key)
    side = table.filter(*(table[key].notnull() for key in keys))
    taken = {
        f"{lookup.name}.{name}": side[name].cast(IBIS_TYPES[kind]) for name, kind in lookup.columns.items()
    }
    side_keys = {f"{lookup.name}#{key}": side[key] for key in keys}
    on = [(lookup.key[key], f"{lookup.name}#{key}") for key in keys]
    if lookup.known_at is None:
        return rows.left_join(side.select(**side_keys, **taken), on).drop(*side_keys)
    known_at = known_at_column(lookup.name)
    chosen = side.select(
        **side_keys, **taken, **{known_at: side[lookup.known_at].cast(IBIS_TYPES["timestamp"])}
    )
    chosen = chosen.filter(chosen[known_at] < ibis.literal(window[1], type=IBIS_TYPES["timestamp"]))
    latest = _latest_known(rows, plan, lookup, chosen, known_at)
    used = chosen.rename(**{f"{lookup.name}#known": known_at})
    on_latest = [(lookup.key[key], f"{lookup.name}#k{i}") for i, key in enumerate(keys)]
    rows = rows.left_join(latest, [*on_latest, (plan.event_time, f"{lookup.name}#at")])
    rows = rows.drop(f"{lookup.name}#at", *(f"{lookup.name}#k{i}" for i in range(len(keys))))
    rows = rows.left_join(used, [*on, (known_at, f"{lookup.name}#known")])
    return rows.drop(f"{lookup.name}#known", *side_keys)


def _latest_known(
    rows: "ir.Table", plan: FeaturePlan, lookup: LookupPlan, side: "ir.Table", known_at: str
) -> "ir.Table":
    """For each key and event time, the time of the latest row known by then, no older than `max_age`."""
    import ibis

    keys = [f"{lookup.name}#k{i}" for i in range(len(lookup.key))]
    at = f"{lookup.name}#at"
    asked = rows.select(
        **{key: rows[column] for key, column in zip(keys, lookup.key.values(), strict=True)},
        **{at: rows[plan.event_time]},
    ).distinct()
    asked = asked.mutate(known=ibis.null(IBIS_TYPES["timestamp"]), asks=ibis.literal(1, type="int8"))
    told = side.select(
        **{key: side[f"{lookup.name}#{name}"] for key, name in zip(keys, lookup.key, strict=True)},
        **{at: side[known_at], "known": side[known_at], "asks": ibis.literal(0, type="int8")},
    )
    both = ibis.union(asked, told)
    # A row known at the very event time counts: it sorts before the question.
    running = ibis.cumulative_window(group_by=[both[key] for key in keys], order_by=[both[at], both["asks"]])
    answered = both.mutate(known=both["known"].max().over(running)).filter(lambda t: t["asks"] == 1)
    if lookup.max_age_s is not None:
        age_s = epoch_s(answered[at]) - epoch_s(answered["known"])
        fresh = (age_s <= lookup.max_age_s).ifelse(answered["known"], ibis.null(IBIS_TYPES["timestamp"]))
        answered = answered.mutate(known=fresh)
    return answered.select(*keys, at, **{known_at: answered["known"]})
