"""The feature plan: everything needed to compute a model's features, offline and online, as one record.

A bundle stores it as JSON; nothing here needs the spec, SQL or a warehouse.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from lifecycle.errors import LifecycleError
from lifecycle.features.calendar import Calendar
from lifecycle.features.expression import Expression, Kind, from_json, references, to_json
from lifecycle.features.history import HistoryPlan, HistorySource, lookback_s
from lifecycle.spec.columns import Column
from lifecycle.spec.features import Lookup
from lifecycle.spec.fingerprint import fingerprint

PLAN_FORMAT = 2
READABLE_FORMATS = (1, 2)
"""Format 1 knew no history features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One column of the feature table."""

    name: str
    expression: Expression

    @property
    def kind(self) -> Kind:
        """Kind of its values."""
        return self.expression.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupPlan:
    """A side table: which columns to take, by which key, as known when."""

    name: str
    key: Mapping[str, str]
    """Column of the lookup -> column of the request."""
    known_at: str | None
    max_age_s: int | None
    columns: Mapping[str, Kind]


def found_by(lookup: LookupPlan | Lookup) -> list[str]:
    """Columns that find one row of a lookup: its keys, and its time where it has one."""
    return [*lookup.key, *([] if lookup.known_at is None else [lookup.known_at])]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturePlan:
    """All features of a model, over a request, its lookups and the past."""

    entity: str
    event_time: str | None
    """None: the model's rows have no time, and neither have its requests."""
    request: Mapping[str, Column]
    """Columns that a request may hold, with their contract."""
    features: tuple[Feature, ...]
    lookups: tuple[LookupPlan, ...]
    calendar: Calendar
    histories: tuple[HistoryPlan, ...] = ()
    sources: tuple[HistorySource, ...] = ()
    """What the histories look back on."""

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a request must hold: read by a feature or a key, and never missing by contract.

        The event time is never among them: a request without it is asked now.
        """
        asked = (name for name in self.reads if name != self.event_time)
        return tuple(name for name in asked if self.request[name].null_share == 0)

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns of the request that the features depend on."""
        used = {
            ref.name for feature in self.features for ref in references(feature.expression) if not ref.lookup
        }
        keys = [*(lookup.key for lookup in self.lookups), *(history.key for history in self.histories)]
        used |= {column for key in keys for column in key.values()}
        return tuple(name for name in self.request if name in used)

    @property
    def own_lookback_s(self) -> int:
        """How far before a partition the event times of the model's own rows count in it; 0: not at all."""
        own = (source for source in self.sources if source.role != "events")
        return max((lookback_s(source, self.histories) for source in own), default=0)

    @property
    def asked_at(self) -> str:
        """Column of the event time, for what only plans with one have: histories, and lookups with times."""
        if self.event_time is None:
            raise ValueError("a plan without an event time has no past")
        return self.event_time

    def source(self, name: str) -> HistorySource:
        """A source of the histories."""
        return next(source for source in self.sources if source.name == name)

    @property
    def fingerprint(self) -> str:
        """Digest of what the features mean."""
        return fingerprint(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON-like values."""
        return {
            "format": PLAN_FORMAT,
            "entity": self.entity,
            "event_time": self.event_time,
            "request": {
                name: column.model_dump(mode="json", exclude={"description"})
                for name, column in self.request.items()
            },
            "features": [[feature.name, to_json(feature.expression)] for feature in self.features],
            "lookups": [asdict(lookup) for lookup in self.lookups],
            "calendar": asdict(self.calendar),
            "histories": [_history_json(history) for history in self.histories],
            "sources": [asdict(source) for source in self.sources],
        }

    @classmethod
    def from_json(cls, raw: object) -> "FeaturePlan":
        """Read what `to_json` gave.

        Raises:
            LifecycleError: another format, or not a plan.
        """
        found = raw.get("format") if isinstance(raw, Mapping) else None
        if not isinstance(raw, Mapping) or found not in READABLE_FORMATS:
            raise LifecycleError(
                f"feature plan of format {found!r}; this version reads "
                f"{' and '.join(map(str, READABLE_FORMATS))}: upgrade Flywheel"
            )
        try:
            zone = raw["calendar"]
            return cls(
                entity=raw["entity"],
                event_time=raw["event_time"],
                request={
                    name: Column.model_validate_json(json.dumps(column))
                    for name, column in raw["request"].items()
                },
                features=tuple(
                    Feature(name=name, expression=from_json(text)) for name, text in raw["features"]
                ),
                lookups=tuple(LookupPlan(**lookup) for lookup in raw["lookups"]),
                calendar=Calendar(zone["time_zone"], tuple(zone["starts_s"]), tuple(zone["offsets_s"])),
                histories=() if found == 1 else tuple(map(_history, raw["histories"])),
                sources=() if found == 1 else tuple(HistorySource(**source) for source in raw["sources"]),
            )
        except (KeyError, TypeError, ValueError) as exc:
            raise LifecycleError(
                f"a stored feature plan is not readable: {exc}; train the model again"
            ) from exc


def _history_json(history: HistoryPlan) -> dict[str, Any]:
    value = None if history.value is None else to_json(history.value)
    plain = (field.name for field in fields(HistoryPlan) if field.name != "value")
    return {**{name: getattr(history, name) for name in plain}, "value": value}


def _history(raw: Mapping[str, Any]) -> HistoryPlan:
    value = raw["value"]
    return HistoryPlan(**{**raw, "value": None if value is None else from_json(value)})
