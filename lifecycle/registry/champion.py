"""The champion on a challenger's holdout: which rows it never saw, and its scores of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.features.encoding import Encoding, encode_table
from lifecycle.features.expression import Expression, Kind, references
from lifecycle.features.history import SCOPE
from lifecycle.features.online import OnlineFeatures
from lifecycle.features.online_tables import OnlineTables
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.position import positions
from lifecycle.features.request import from_python
from lifecycle.registry.bundle import ENCODING_FILE, Bundle, BundleManifest
from lifecycle.registry.predictor import load_predictor
from lifecycle.spec.features import Lookup
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.training.split import microseconds

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A bundle with what is needed to score tables by it."""

    bundle: Bundle
    plan: FeaturePlan
    encoding: Encoding

    @classmethod
    def load(cls, bundle: Bundle) -> "Contender":
        """Read the plan and the encoding of an audited bundle.

        Raises:
            LifecycleError: they are of a format that this release does not read.
        """
        return cls(
            bundle=bundle,
            plan=bundle.plan,
            encoding=Encoding.from_json(bundle.read_json(ENCODING_FILE)),
        )

    def scores(self, features: "pa.Table") -> NDArray[np.float64]:
        """Scores of a table that holds the features of the encoding; shape as in `Scored`."""
        found = load_predictor(self.bundle).predict(encode_table(self.encoding, features))
        return found if self.bundle.manifest.task == "multiclass" else found[:, 0]


def unseen_rows(champion: BundleManifest, version: BundleManifest, rows: "pa.Table") -> NDArray[np.bool_]:
    """Rows that had no part in making the champion: those from the start of its own holdout on.

    Its fit and validation rows lie before. Rows of its holdout judged it and made nothing of it; that it was
    chosen by them flatters the champion, if anybody. Rows before its first partition count as seen: it has
    not met them, but it knows what came after, which the version on trial could not. Where its window was cut
    at random, the same draw tells of every row whether it was, or would have been, of its holdout.

    Args:
        rows: of the version on trial, with its entity and event time.
    """
    if (cut := champion.random_split) is not None:
        return positions(rows[version.entity], seed=cut.seed) >= cut.holdout_start
    if champion.holdout_start is None or version.event_time is None:
        return np.zeros(rows.num_rows, dtype=bool)
    return microseconds(rows[version.event_time]) >= round(champion.holdout_start.timestamp() * 1e6)


def unseen_told(champion: BundleManifest) -> str:
    """Which rows `unseen_rows` means, in words."""
    if champion.random_split is not None or champion.holdout_start is None:
        return "rows of its random holdout"
    return f"rows from {starts_at(champion.holdout_start)} on"


def why_not_comparable(champion: BundleManifest, version: BundleManifest) -> str | None:
    """Why the two predict different things; None: they predict the same."""
    if champion.task != version.task:
        return f"it is a {champion.task} model, this one is {version.task}"
    if None not in (champion.label, version.label) and champion.label != version.label:
        return f"it predicts {champion.label!r}, this one {version.label!r}"
    if champion.classes != version.classes:
        return f"it knows the classes {list(champion.classes)}, this one {list(version.classes)}"
    return None


def shares_features(champion: Contender, plan: FeaturePlan) -> bool:
    """Whether a feature table of a plan holds all that the champion sees: same names, same meanings."""
    if champion.plan.histories != plan.histories or champion.plan.sources != plan.sources:
        return False
    theirs = {feature.name: feature.expression for feature in champion.plan.features}
    ours = {feature.name: feature.expression for feature in plan.features}
    if champion.plan.calendar != plan.calendar:
        return False
    return all(
        ours.get(name) == theirs[name] and _same_lookups(theirs[name], champion.plan, plan)
        for name in champion.encoding.names
    )


def missing_inputs(plan: FeaturePlan, spec: ModelSpec) -> Iterator[str]:
    """What the champion's features read and the spec no longer has, in words; nothing: they can be made."""
    kinds = {name: column.type for name, column in spec.data.columns.items()}
    for name in (plan.entity, plan.event_time, *plan.reads):
        if name is not None and kinds.get(name) != plan.request[name].type:
            yield f"the column {name!r} as {plan.request[name].type}"
    for lookup in plan.lookups:
        held = spec.features.lookups.get(lookup.name)
        if held is None or not _holds(held, lookup.key, lookup.known_at, lookup.columns):
            yield f"the lookup {lookup.name!r} with its key, time and columns"


def rebuilt_features(plan: FeaturePlan, requests: "pa.Table", beside: OnlineTables) -> "pa.Table":
    """The features of request rows by another plan, through its online path.

    Args:
        requests: rows of the snapshot with the columns that the plan reads, and the event time.
        beside: rows of every lookup known by the cut-off of the version on trial, and the past that the
            requests see. The bundle's own end at the champion's cut-off: with them it would be judged by
            stale weather.
    """
    import pyarrow as pa

    compute = OnlineFeatures(plan, beside.lookups, beside.histories).compute
    features = [compute(row) for row in _online(requests)]
    types = {"string": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
    return pa.table(
        {
            feature.name: pa.array([row[feature.name] for row in features], types[feature.kind])
            for feature in plan.features
        }
    )


def starts_at(moment: datetime) -> str:
    """A time as reasons show it: minutes, UTC.

    >>> from datetime import UTC
    >>> starts_at(datetime(2013, 6, 1, 4, tzinfo=UTC))
    '2013-06-01 04:00 UTC'
    """
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _same_lookups(expression: Expression, champion: FeaturePlan, version: FeaturePlan) -> bool:
    names = {ref.lookup for ref in references(expression) if ref.lookup not in (None, SCOPE)}
    theirs = {lookup.name: lookup for lookup in champion.lookups}
    ours = {lookup.name: lookup for lookup in version.lookups}
    return all(
        name in ours
        and (theirs[name].key, theirs[name].known_at, theirs[name].max_age_s)
        == (ours[name].key, ours[name].known_at, ours[name].max_age_s)
        for name in names
    )


def _holds(held: Lookup, key: Mapping[str, str], known_at: str | None, columns: Mapping[str, Kind]) -> bool:
    return (
        dict(held.key) == dict(key)
        and held.known_at == known_at
        and all(held.columns.get(name) == kind for name, kind in columns.items())
    )


def _online(table: "pa.Table") -> "Iterator[dict[str, str | int | float | bool | None]]":
    for row in table.to_pylist():
        yield {name: from_python(value) for name, value in row.items()}
