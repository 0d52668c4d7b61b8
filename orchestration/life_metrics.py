"""Drift, performance and rollouts of models, in the text format of Prometheus."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assets.keys import DRIFT, PERFORMANCE
from lifecycle.endpoint.exposition import Sample, family_text
from lifecycle.rollout.record import RolloutRecord

Values = Mapping[str, object]
"""Metadata of an event, as it was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest event of a stage.

    Attributes:
        at_s: when, in seconds of the Unix epoch.
    """

    at_s: float
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeFacts:
    """What is told of one model.

    Attributes:
        newest: stage -> its newest event; a stage that never was is not there.
        rollout: the newest; None: there was none.
    """

    model: str
    newest: Mapping[str, Newest]
    rollout: RolloutRecord | None


def render_life(models: Sequence[LifeFacts]) -> bytes:
    """All families. What is not known has no sample: it is never a zero."""
    families = [
        _family(name, told, [sample for facts in models for sample in samples(facts)])
        for name, told, samples in _FAMILIES
    ]
    return "".join(families).encode()


def _family(name: str, told: str, samples: Sequence[Sample]) -> str:
    return family_text(f"flywheel_{name}", "gauge", told, samples)


def _made(facts: LifeFacts) -> Iterator[Sample]:
    for stage, event in facts.newest.items():
        yield "", {"model": facts.model, "stage": stage}, event.at_s


def _drift(key: str) -> Callable[[LifeFacts], Iterator[Sample]]:
    def samples(facts: LifeFacts) -> Iterator[Sample]:
        values = _values(facts, DRIFT)
        # A partition that could not be judged is no report of peace.
        if values.get("status") == "judged" and (number := _number(values.get(key))) is not None:
            yield "", {"model": facts.model, "partition": values.get("partition", "")}, number

    return samples


def _performance(*keys: str) -> Callable[[LifeFacts], Iterator[Sample]]:
    def samples(facts: LifeFacts) -> Iterator[Sample]:
        values = _values(facts, PERFORMANCE)
        common = {
            "model": facts.model,
            **{name: values.get(name, "") for name in ("metric", "partition", "version")},
        }
        for key in keys:
            if (number := _number(values.get(key))) is not None:
                yield "", common if len(keys) == 1 else {**common, "kind": key}, number

    return samples


def _rollout_open(facts: LifeFacts) -> Iterator[Sample]:
    if (record := facts.rollout) is not None:
        yield "", {"model": facts.model, "version": record.challenger.version}, float(not record.state.closed)


def _rollout_stage(facts: LifeFacts) -> Iterator[Sample]:
    if (record := facts.rollout) is not None and not record.state.closed:
        labels = {"model": facts.model, "version": record.challenger.version, "stage": record.stage.label}
        yield "", labels, record.state.stage


def _rollout_outcome(facts: LifeFacts) -> Iterator[Sample]:
    if (record := facts.rollout) is not None and (outcome := record.state.outcome) is not None:
        labels = {"model": facts.model, "version": record.challenger.version, "outcome": outcome.kind}
        yield "", labels, 1.0


def _values(facts: LifeFacts, stage: str) -> Values:
    event = facts.newest.get(stage)
    return {} if event is None else event.values


def _number(value: object) -> float | None:
    """A number; a list of names in text is how many they are.

    >>> _number(True), _number(0.5), _number("rain, wind"), _number(""), _number(None)
    (1.0, 0.5, 2.0, 0.0, None)
    """
    if isinstance(value, str):
        return float(len([name for name in value.split(", ") if name]))
    return float(value) if isinstance(value, int | float) else None


_FAMILIES: Sequence[tuple[str, str, Callable[[LifeFacts], Iterator[Sample]]]] = (
    ("made_timestamp_seconds", "When the newest partition of a stage was made.", _made),
    ("drift_drifted", "1 where the newest judged partition drifted.", _drift("drifted")),
    ("drift_score", "How far drift moves the scores of the model, in their unit.", _drift("drift_score")),
    ("drift_columns", "Columns that drifted.", _drift("drifted_columns")),
    ("drift_incidents", "Blocks, such as days, that stand out in the partition.", _drift("incidents")),
    (
        "performance",
        "The judged metric: realised, estimated, with their intervals, and on the version's holdout.",
        _performance(
            "realised",
            "realised_low",
            "realised_high",
            "estimated",
            "estimated_low",
            "estimated_high",
            "baseline",
        ),
    ),
    ("performance_coverage", "Share of the rows whose label is known.", _performance("coverage")),
    ("rollout_open", "1 while a version is on trial.", _rollout_open),
    ("rollout_stage", "Number of the stage that an open rollout is in, from 0.", _rollout_stage),
    ("rollout_outcome", "1 for how the newest rollout ended.", _rollout_outcome),
)
