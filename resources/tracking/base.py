"""The tracking port: runs, registered versions, their evidence and their aliases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

Alias = Literal["champion", "challenger", "shadow"]
Verdict = Literal["pass", "fail", "inconclusive", "not_enough_data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFact:
    """One table that a model was made from: enough to find and to recognise it again."""

    name: str
    uri: str
    digest: str
    rows: int
    role: Literal["training", "evaluation", "source"]
    """`source`: what the tables that were trained on were computed from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFact:
    """One trial of a search for parameters, kept as a run below that of the version."""

    number: int
    state: Literal["complete", "pruned", "failed"]
    parameters: Mapping[str, str]
    metric: str
    value: float | None
    """None: it failed."""
    best_round: int | None
    """None: it did not come to its end."""
    curve: Sequence[tuple[int, float]]
    """Rounds, and the metric then."""
    seconds: float
    reason: str
    """Why it failed; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecord:
    """All that is kept of one training: what went in, what came out."""

    model: str
    description: str
    identity: str
    """Digest of everything that went in; the same identity is the same version."""
    as_of: str
    """Partition whose end is the cut-off."""
    bundle: Path
    bundle_digest: str
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    curves: Mapping[str, Sequence[float]]
    """Metric name -> one value a boosting round, logged as steps."""
    datasets: Sequence[DatasetFact]
    input_example: "pa.Table"
    output_example: Sequence[float]
    tags: Mapping[str, str]
    """Git commit, fingerprints, data versions, trigger, Dagster run."""
    spec: str = "{}"
    """The whole spec as JSON, gates and endpoint included: kept with the run as it was."""
    trials: Sequence[TrialFact] = ()
    """Of the search that chose the parameters, by number; empty where there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """A registered version as the registry holds it now."""

    model: str
    version: str
    identity: str
    as_of: str
    bundle_digest: str
    verdict: Verdict | None
    """None: not evaluated yet, which is never a pass."""
    aliases: tuple[Alias, ...]
    run_id: str
    url: str | None
    """Where people look at it, when a tracking UI is known."""
    created_at: float
    """Seconds since 1970."""
    tags: Mapping[str, str]
    run_url: str | None = None
    """Where people look at its run, when a tracking UI is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRecord:
    """The evidence that an evaluation leaves with a version."""

    verdict: Verdict
    metrics: Mapping[str, float]
    artifacts: Sequence[Path]
    """Files (reports, pictures) kept under `evaluation/` of the version's run."""
    tags: Mapping[str, str]


class Tracking(Protocol):
    """Keeps runs and versions. A call may be repeated: a retry finds what is there and adds nothing twice."""

    def register(self, record: TrainingRecord) -> ModelVersion:
        """Record a training as a run and register its bundle as a version.

        The same identity a second time gives the version that is there. A call that was killed midway is
        completed by the next one: one version, one finished run.

        Raises:
            LifecycleError: the store cannot be reached or is locked; or a version with this identity exists
                with another bundle digest (training was not reproducible).
        """
        ...

    def find(self, model: str, identity: str) -> ModelVersion | None:
        """The version with this identity, or None."""
        ...

    def version(self, model: str, version: str) -> ModelVersion:
        """One version.

        Raises:
            LifecycleError: there is no such version.
        """
        ...

    def versions(self, model: str) -> Sequence[ModelVersion]:
        """All versions of a model, oldest first; empty where the model is unknown."""
        ...

    def holder(self, model: str, alias: Alias) -> ModelVersion | None:
        """The version that holds an alias, or None."""
        ...

    def record_evaluation(self, model: str, version: str, record: EvaluationRecord) -> ModelVersion:
        """Keep metrics, files and the verdict with the version."""
        ...

    def trials(self, model: str, version: str) -> Sequence[TrialFact]:
        """The trials that were recorded with a version, each once, by number; empty without a search.

        Raises:
            LifecycleError: there is no such version.
        """
        ...

    def metrics(self, model: str, version: str) -> Mapping[str, float]:
        """The metrics that the newest evaluation of a version recorded; empty where there was none."""
        ...

    def evidence_uri(self, model: str, version: str) -> str:
        """Where the files of a version's evaluation lie, for people to open."""
        ...

    def evidence_file(self, model: str, version: str, name: str) -> bytes:
        """A file of the newest evaluation of a version.

        Raises:
            LifecycleError: no such version, it was not evaluated, or its evaluation left no such file.
        """
        ...

    def set_tags(self, model: str, version: str, tags: Mapping[str, str]) -> ModelVersion:
        """Give tags to a version, beside those that it has; of one name the new value counts.

        Raises:
            LifecycleError: there is no such version, or a tag is one of what makes it that version.
        """
        ...

    def set_alias(self, model: str, alias: Alias, version: str) -> None:
        """Give an alias to a version; whoever held it before loses it."""
        ...

    def drop_alias(self, model: str, alias: Alias) -> None:
        """Take an alias away; nothing happens where nobody holds it."""
        ...

    def fetch_bundle(self, model: str, version: str, to: Path) -> Path:
        """Copy a version's bundle below `to` and return its folder; the caller audits it before use."""
        ...

    def forget(self, model: str) -> None:
        """Delete a model with its versions and runs; nothing happens where it is unknown."""
        ...
