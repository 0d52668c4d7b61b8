"""What Knative has of one endpoint: revisions of its predictor, and who of them gets which share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from resources.serving.k8s.objects import RENDERED_ANNOTATION, UNIT_LABEL, ApiKind

REVISION = ApiKind("Revision", "serving.knative.dev/v1", "revisions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """Facts of the InferenceService and of the revisions of its predictor, read together."""

    predictor: Mapping[str, Any]
    """As it is asked for: the newest revision is made of it."""
    percent: int | None
    """What the newest revision is to get; None: all."""
    units: Mapping[str, str]
    """Name of the unit by that of the revision."""
    marks: Mapping[str, str | None]
    """What a revision was rendered as."""
    ready: frozenset[str]
    """Revisions that served, and can be started again."""
    latest_created: str = ""
    latest_ready: str = ""
    rolled_out: str = ""
    """The last one that got all requests: it has what the newest one does not get."""
    shares: Mapping[str, int] = field(default_factory=dict)
    """Percent by the name of the revision, as Knative says."""
    routed: bool = False
    """Knative says that its route holds."""
    problem: str = ""

    @property
    def newest(self) -> str:
        """The unit that the predictor is of."""
        return str((self.predictor.get("labels") or {}).get(UNIT_LABEL, ""))

    @property
    def stable(self) -> str:
        """The unit that has what the newest revision does not get; empty: none yet."""
        return self.units.get(self.rolled_out, "")

    @property
    def is_newest_ready(self) -> bool:
        """Whether a share is given to the newest revision: until then the one before it gets that."""
        mark = (self.predictor.get("annotations") or {}).get(RENDERED_ANNOTATION)
        there = self.latest_ready
        is_newest = self.units.get(there) == self.newest and self.marks.get(there) == mark
        return is_newest and there == self.latest_created

    @property
    def weights(self) -> dict[str, int]:
        """Percent by the name of the unit; a revision of nobody is told by its own name."""
        found: dict[str, int] = {}
        for name, percent in self.shares.items():
            unit = self.units.get(name, name)
            found[unit] = found.get(unit, 0) + percent
        return found

    def can_wake(self, unit: str) -> bool:
        """Whether pods of a unit are started when requests come."""
        return any(self.units.get(name) == unit for name in self.ready)


def revisions_of(obj: Mapping[str, Any], revisions: Sequence[Mapping[str, Any]]) -> Revisions:
    """Facts of an InferenceService and its revisions as the API server keeps them."""
    status = obj.get("status") or {}
    told = (status.get("components") or {}).get("predictor") or {}
    conditions = {c["type"]: c for c in status.get("conditions") or []}
    shares: dict[str, int] = {}
    for target in told.get("traffic") or []:
        name = target.get("revisionName", "")
        shares[name] = shares.get(name, 0) + (target.get("percent") or 0)
    against = [c for c in conditions.values() if c["status"] == "False" and c.get("message")]
    asked = dict(obj["spec"]["predictor"])
    return Revisions(
        percent=asked.pop("canaryTrafficPercent", None),
        predictor=asked,
        units={_name(one): (one["metadata"].get("labels") or {}).get(UNIT_LABEL, "") for one in revisions},
        marks={
            _name(one): (one["metadata"].get("annotations") or {}).get(RENDERED_ANNOTATION)
            for one in revisions
        },
        ready=frozenset(_name(one) for one in revisions if _is_ready(one)),
        latest_created=told.get("latestCreatedRevision") or "",
        latest_ready=told.get("latestReadyRevision") or "",
        rolled_out=told.get("latestRolledoutRevision") or "",
        shares=shares,
        routed=(conditions.get("PredictorRouteReady") or {}).get("status") == "True",
        problem="; ".join(f"{c['type']}: {c['message']}" for c in against),
    )


def _name(obj: Mapping[str, Any]) -> str:
    return str(obj["metadata"]["name"])


def _is_ready(obj: Mapping[str, Any]) -> bool:
    conditions = (obj.get("status") or {}).get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
